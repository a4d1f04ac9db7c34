"""The settings: what they take, what they refuse, and that the papers agree with them."""

import re
from pathlib import Path

import pytest

from bot.config import Settings, locale_for_operator, read_environment, secrets_in
from bot.errors import ExitCode, StartError
from bot.logs import without_secrets
from bot.models import QuoteSource
from tests.fake_telegram import TOKEN as TELEGRAM_TOKEN

EXAMPLE = Path(__file__).parent.parent / ".env.example"


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_env({}) == Settings()
    assert Settings.from_env({"TOKEN": " ", "PORT": "", "PREFIX": ""}) == Settings()


def test_every_setting_can_be_set() -> None:
    settings = Settings.from_env(
        {
            "TOKEN": " abc\n",
            "PREFIX": "!!",
            "LOCALE": "en",
            "DATABASE": "/srv/bot/kind.db",
            "BACKUPS": "30",
            "BACKUP_FOLDER": "/srv/backups",
            "MESSAGE_CONTENT": "False",
            "PRIVACY_URL": "https://example.org/privacy",
            "QUOTES": "Bundled",
            "ZENQUOTES_URL": "http://localhost:1/zen/",
            "HOST": "127.0.0.1",
            "PORT": "0",
            "METRICS": "off",
            "DEAF_AFTER_SECONDS": "90",
            "SHARDS": "8",
            "SHARD_IDS": "0-2, 6",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "JSON",
            "DISCORD_API_URL": "http://localhost:8081/api/v10/",
            "DISCORD_GATEWAY_URL": "ws://localhost:8082",
            "TELEGRAM_TOKEN": TELEGRAM_TOKEN,
            "TELEGRAM_WEBHOOK_URL": "https://bot.example.org:8443/kind/telegram",
            "TELEGRAM_SECRET": "s-3_cret",
            "TELEGRAM_API_URL": "http://localhost:8083/",
            "TELEGRAM_MESSAGES_PER_SECOND": "1000",
        }
    )

    assert settings == Settings(
        token="abc",
        prefix="!!",
        locale="en",
        database=Path("/srv/bot/kind.db"),
        backups=30,
        backup_folder=Path("/srv/backups"),
        message_content=False,
        privacy_url="https://example.org/privacy",
        quotes=QuoteSource.BUNDLED,
        zenquotes_url="http://localhost:1/zen",
        host="127.0.0.1",
        port=0,
        metrics=False,
        deaf_after_seconds=90,
        shards=8,
        shard_ids=(0, 1, 2, 6),
        log_level="DEBUG",
        log_format="json",
        discord_api_url="http://localhost:8081/api/v10",
        discord_gateway_url="ws://localhost:8082",
        telegram_token=TELEGRAM_TOKEN,
        telegram_messages_per_second=1000,
        telegram_webhook_url="https://bot.example.org:8443/kind/telegram",
        telegram_secret="s-3_cret",
        telegram_api_url="http://localhost:8083",
    )


def test_the_token_has_two_names_and_the_short_one_wins() -> None:
    assert Settings.from_env({"DISCORD_TOKEN": "long"}).token == "long"
    assert Settings.from_env({"DISCORD_TOKEN": "long", "TOKEN": "short"}).token == "short"


def test_the_token_is_not_shown() -> None:
    assert "secret!" not in repr(Settings(token="secret!", telegram_token="secret!", telegram_secret="secret!"))


def test_the_token_is_a_secret_by_either_name_and_half_a_word_is_none() -> None:
    given = {"TOKEN": " first.token ", "DISCORD_TOKEN": "second.token", "PREFIX": "!"}

    assert secrets_in(given) == ["first.token", "second.token"]
    assert secrets_in({"TOKEN": " ", "DISCORD_TOKEN": "abc"}) == []


BAD_VALUES = [
    ("PREFIX", "toolong"),
    ("PREFIX", "a b"),
    ("PREFIX", "\u200b"),
    ("LOCALE", "xx"),
    ("DATABASE", "data/"),
    ("QUOTES", "none"),
    ("BACKUPS", "-1"),
    ("BACKUPS", "1000"),
    ("BACKUPS", "seven"),
    ("BACKUP_FOLDER", "a\0b"),
    ("MESSAGE_CONTENT", "maybe"),
    ("PRIVACY_URL", "PRIVACY.md"),
    ("PORT", "65536"),
    ("PORT", "9" * 5000),
    ("HOST", "a..b"),
    ("HOST", "h" * 80),
    ("DATABASE", ":memory:"),
    ("PORT", "-1"),
    ("PORT", "http"),
    ("PORT", "8080.0"),
    ("METRICS", "some"),
    ("DEAF_AFTER_SECONDS", "0"),
    ("DEAF_AFTER_SECONDS", "86401"),
    ("DEAF_AFTER_SECONDS", "10 min"),
    ("SHARDS", "0"),
    ("SHARDS", "many"),
    ("SHARDS", "9" * 6),
    ("SHARD_IDS", "0-3"),
    ("SHARD_IDS", "3-0"),
    ("SHARD_IDS", "0,,1"),
    ("SHARD_IDS", "first"),
    ("SHARD_IDS", "0-" + "9" * 9),
    ("LOG_LEVEL", "LOUD"),
    ("LOG_FORMAT", "xml"),
    ("ZENQUOTES_URL", "zenquotes.io"),
    ("ZENQUOTES_URL", "ftp://zenquotes.io"),
    ("DISCORD_API_URL", "https://"),
    ("DISCORD_API_URL", "http://[::1"),
    ("DISCORD_GATEWAY_URL", "https://gateway.discord.gg"),
    ("DISCORD_GATEWAY_URL", "wss://host:99999"),
    ("TELEGRAM_WEBHOOK_URL", "http://bot.example.org/telegram"),
    ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org/"),
    ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org:8080/telegram"),
    ("TELEGRAM_WEBHOOK_URL", "https://bot.example.org/telegram?a=b"),
    ("TELEGRAM_TOKEN", "7000000001"),
    ("TELEGRAM_TOKEN", "7000000001:too-short"),
    ("TELEGRAM_SECRET", "s\u00e9cret"),
    ("TELEGRAM_SECRET", "x" * 257),
    ("TELEGRAM_API_URL", "api.telegram.org"),
    ("TELEGRAM_MESSAGES_PER_SECOND", "0"),
    ("TELEGRAM_MESSAGES_PER_SECOND", "1001"),
]


def test_a_bad_value_is_refused_by_name() -> None:
    for name, value in BAD_VALUES:
        with pytest.raises(StartError) as refusal:
            Settings.from_env({name: value})

        assert refusal.value.code is ExitCode.BAD_SETTING, (name, value)
        assert refusal.value.params["name"] == name, value


@pytest.mark.parametrize("name", ["TELEGRAM_TOKEN", "TELEGRAM_SECRET"])
def test_a_bad_secret_is_not_shown(name: str) -> None:
    with pytest.raises(StartError) as refusal:
        Settings.from_env({name: "not this one!"})

    assert "not this one!" not in str(refusal.value.params)
    assert secrets_in({name: "not this one!"}) == ["not this one!"]


@pytest.mark.parametrize("shards", ["", "auto", "3"])
def test_shard_ids_take_a_count_that_is_greater(shards: str) -> None:
    with pytest.raises(StartError) as refusal:
        Settings.from_env({"SHARDS": shards, "SHARD_IDS": "1,3"})

    assert (refusal.value.params["name"], refusal.value.params["value"]) == ("SHARD_IDS", "1,3")


def test_shards_may_be_left_to_discord() -> None:
    assert Settings.from_env({"SHARDS": "Auto"}).shards == "auto"


def test_every_setting_that_does_not_work_is_named_and_has_its_default() -> None:
    settings, problems = Settings.read({"PORT": "http", "PREFIX": "!", "QUOTES": "none"})

    assert settings == Settings(prefix="!")
    assert [problem.params.get("name") for problem in problems] == ["QUOTES", "PORT"]


def test_env_example_documents_every_setting_with_its_default() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    documented = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))

    # DATABASE leads to a file, or to PostgreSQL.
    assert {name.lower() for name in documented} == Settings.__dataclass_fields__.keys() - {"postgres"}
    assert Settings.from_env(documented) == Settings()
    for name in documented:
        before = text[: text.index(f"\n{name}=")].splitlines()
        assert before[-1].startswith("#") or name in ("PORT", "DISCORD_GATEWAY_URL", "BACKUP_FOLDER", "SHARD_IDS"), (
            f"{name} has no comment"
        )


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("PREFIX=$\nLOCALE=en\nHOST='::1'\n", encoding="utf-8")
    monkeypatch.setenv("LOCALE", "fr")

    environment = read_environment(file)

    assert (environment["PREFIX"], environment["LOCALE"], environment["HOST"]) == ("$", "fr", "::1")


@pytest.mark.parametrize(
    ("given", "spoken"),
    [("en", "en"), ("fr", "fr"), ("xx", "fr"), ("", "fr"), ("en-US", "en"), ("en_GB.UTF-8", "en"), ("FR-ca", "fr")],
)
def test_the_operator_is_always_spoken_to_in_a_language_that_exists(given: str, spoken: str) -> None:
    assert locale_for_operator({"LOCALE": given}) == spoken
    if given not in ("xx", ""):
        assert Settings.from_env({"LOCALE": given}).locale == spoken


@pytest.mark.parametrize("content", ["PREFIX=$\n".encode("utf-16"), "PREFIX=é\n".encode("latin-1")])
def test_a_file_that_is_not_utf_8_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".env").write_bytes(content)

    with pytest.raises(StartError) as refusal:
        read_environment(tmp_path / ".env")
    assert refusal.value.key == "start.unreadable_env"


def test_an_empty_variable_does_not_hide_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("TOKEN=abc\n", encoding="utf-8")
    monkeypatch.setenv("TOKEN", "")

    assert read_environment(tmp_path / ".env")["TOKEN"] == "abc"


@pytest.mark.parametrize(
    "token", ["abc", "two words", "a\nb", "jeton-é", "one.two.three", "MTIz.two", "MTIz..three", "MTIz.é.é", "LTU.a.b"]
)
def test_a_token_that_can_be_none_is_refused_by_what_needs_it_without_being_shown(token: str) -> None:
    settings = Settings.from_env({"TOKEN": token})

    with pytest.raises(StartError) as refusal:
        settings.application_id()
    assert refusal.value.code is ExitCode.REFUSED_TOKEN
    assert token not in str(refusal.value.params)


def test_a_token_begins_with_the_id_of_its_application() -> None:
    assert Settings(token="MTIz.b.c").application_id() == 123


def test_backups_go_beside_the_database_unless_told_otherwise() -> None:
    assert Settings.from_env({}).folder_of_backups == Path("data/backups")
    assert Settings.from_env({"DATABASE": "/srv/bot.db"}).folder_of_backups == Path("/srv/backups")
    assert Settings.from_env({"BACKUP_FOLDER": "~/kept"}).folder_of_backups == Path.home() / "kept"


def test_capitals_and_the_home_folder_are_understood() -> None:
    settings = Settings.from_env({"LOCALE": "FR", "DATABASE": "~/bot.db"})

    assert settings.locale == "fr"
    assert settings.database == Path.home() / "bot.db"


POSTGRES = [
    ("postgresql://bot:s3cret-w0rd!@db.example.org:5433/kind", "postgresql://bot@db.example.org:5433/kind"),
    ("postgres://bot:s3cret-w0rd%21@db/kind?sslmode=verify-full", "postgresql://bot@db/kind"),
    ("postgresql:///kind?host=/run/postgresql", "postgresql:///kind?host=/run/postgresql"),
    ("postgresql://db/kind?user=bot&password=s3cret-w0rd!&application_name=one", "postgresql://bot@db/kind"),
    ("postgresql://one:5432,two:5432/kind?target_session_attrs=read-write", "postgresql://one:5432,two:5432/kind"),
]


@pytest.mark.parametrize(("value", "shown"), POSTGRES)
def test_a_database_of_postgresql_is_shown_without_its_password(value: str, shown: str) -> None:
    settings = Settings.from_env({"DATABASE": value})

    assert settings.postgres is not None
    assert settings.postgres.whole == value
    assert str(settings.postgres) == shown
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in without_secrets(value, secrets_in({"DATABASE": value}))
    if "s3cret" in value:
        assert without_secrets("s3cret-w0rd!", secrets_in({"DATABASE": value})) == "[token]"


@pytest.mark.parametrize(
    "value",
    [
        *("postgresql://bot:s3cret-w0rd!@db", "postgresql://bot:s3cret-w0rd!@db:port/kind", "postgresql://db/a/b"),
        *("postgresql://bot:s3cret-w0rd!@more@db/kind", "postgresql://bot:s3cret-w0rd!#more@db/kind", "postgresql:///"),
        *(
            "postgresql://bot:s3cret-w0rd!/more@db/kind",
            "postgresql://db/kind?sslmode=none",
            "postgresql://db/kind?a=b",
        ),
        *("mysql://bot:s3cret-w0rd!@db/kind", "sqlite:///data/encourage.db", "postgresql://db:0/kind"),
        "postgresql://db/kind?sslmode",
        *("host=db dbname=kind user=bot password=s3cret-w0rd!", "password = 's3cret-w0rd!' host = db", "dbname=kind"),
    ],
)
def test_another_address_of_a_database_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(StartError) as refusal:
        Settings.from_env({"DATABASE": value})

    assert (refusal.value.code, refusal.value.params["expected"]) == (ExitCode.BAD_SETTING, "expected.database_url")
    assert "s3cret" not in str(refusal.value.params)
    assert "s3cret" not in without_secrets(f"connecting to {value}", secrets_in({"DATABASE": value}))


def test_a_short_password_is_hidden_only_where_it_stands() -> None:
    secrets = secrets_in({"DATABASE": "postgresql://bot:bot@db/kind"})

    shown = without_secrets("the bot is at postgresql://bot:bot@db/bot", secrets)
    assert shown == "the bot is at postgresql://bot[token]db/bot"
