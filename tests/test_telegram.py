"""What a chat on Telegram sees: the same as Discord, in Telegram's own ways."""

import asyncio
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.config import Settings
from bot.errors import StorageUnavailableError, UserError
from bot.models import Encouragement, Platform, Scope, Written
from bot.services import Services
from bot.services.tally import FailureKind, ReplyKind
from bot.text.sentences import Texts
from tests.conftest import Clock, telegram_bot, with_plain_spaces
from tests.fake_telegram import ALEX, BOT_ID, CAMILLE, SACHA, USERNAME, Chat, FakeTelegram, Somebody

LANGUAGES = pytest.mark.parametrize("locale", ["fr", "en"], indirect=True)
CHATS = pytest.mark.parametrize("kind", ["private", "group"])
FOR_EVERYBODY = (
    *("hello", "inspire", "new", "list", "edit", "del", "helpline", "test", "optout", "optin", "privacy", "cancel"),
)
FOR_ADMINS = (
    *(
        "settings",
        "responding",
        "triggers",
        "cooldown",
        "links",
        "starters",
        "quotes",
        "language",
        "helplines",
        "country",
        "words",
    ),
    *("export", "import", "daily", "timezone"),
)
IN_GROUPS = ("encourage",)
FOR_ADMINS_OF_GROUPS = ("contributors", "pending")


def chat_of(telegram: FakeTelegram, kind: str) -> Chat:
    return telegram.private() if kind == "private" else telegram.group(admins=(CAMILLE,))


def written_as(chat: Chat) -> dict[str, Any]:
    """What makes a message one that is written in the name of a chat."""
    hidden = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    return {"from": hidden, "sender_chat": chat.as_json()}


def opened(telegram: FakeTelegram) -> str:
    """What the button under the last message opens."""
    ((button,),) = telegram.sent()[-1]["reply_markup"]["inline_keyboard"]
    return str(button["url"])


class Asker:
    """Camille in a chat, in one language; in a group, up to 20 answers a minute are quick."""

    def __init__(self, telegram: FakeTelegram, texts: Texts, locale: str, kind: str) -> None:
        self._telegram = telegram
        self._texts = texts
        self.locale = locale
        self._chat = chat_of(telegram, kind)

    async def ask(self, text: str) -> str:
        person = Somebody(CAMILLE.id, "Camille", self.locale)
        return with_plain_spaces(await self._telegram.say(text, self._chat, person))

    def text(self, key: str, **params: object) -> str:
        marked = self._texts.text(self.locale, key, prefix="/", **params).strip()
        return with_plain_spaces(re.sub(r"[`*]|^-# ", "", marked))


@pytest.fixture
def camille(telegram: FakeTelegram, texts: Texts, locale: str, kind: str) -> Asker:
    return Asker(telegram, texts, locale, kind)


@LANGUAGES
@CHATS
async def test_it_greets_inspires_and_keeps_messages_as_on_discord(camille: Asker, locale: str) -> None:
    ask, text = camille.ask, camille.text

    assert (await ask("/start")).split("\n")[0] == {"fr": "démarrage...", "en": "starting..."}[locale]
    assert await ask("/hello") == text("greetings.hello")
    assert " — " in await ask("/inspire")
    assert await ask("/list") == text("list.empty")
    assert await ask("/new On est là. <b>_[là]_</b>") == text("new.added", number=1)
    assert await ask("/new on EST là. <b>_[là]_</b>") == text("new.duplicate")
    assert await ask("/new") == text("telegram.new.ask")
    listed = text("list.entry", number=1, text="On est là. <b>_[là]_</b>", author="Camille")
    assert await ask("/list") == f"{text('list.title')}\n{listed}\n\n{text('list.starters_on')}"
    assert await ask("/del") == text("del.bad_number")
    assert await ask("/del 7") == text("del.unknown", number=7)
    assert await ask("/del 1") == text("del.deleted", number=1, count=1) + "\n" + text("list.empty")


@LANGUAGES
@CHATS
async def test_it_cares_and_explains_as_on_discord(camille: Asker) -> None:
    ask, text = camille.ask, camille.text

    assert await ask("/responding") == text("settings.responding.answer_on")
    assert await ask("/responding off") == text("settings.responding.answer_off")
    assert await ask("/responding peut-être") == text("settings.responding.usage")
    assert (await ask("/helpline")).startswith(text("helpline.begin"))
    assert (await ask("/helpline Atlantis")).startswith(text("helpline.unknown"))
    assert (await ask("/test je suis triste")).startswith(text("test.feeling_sad"))
    assert await ask("/test") == text("test.missing")


@LANGUAGES
@CHATS
async def test_everyone_decides_about_what_is_read_and_kept_as_on_discord(camille: Asker, kind: str) -> None:
    ask, text = camille.ask, camille.text
    noted = "" if kind == "private" else "\n" + text("telegram.alone.sent")

    assert await ask("/optout") == text("telegram.optout.done") + noted
    assert await ask("/optin") == text("optin.done") + noted
    assert (await ask("/privacy")).startswith(text("telegram.privacy.kept", days=30, pending_days=30)[:60])
    assert await ask("/privacy forget") == text("privacy.ask") + noted
    assert await ask("/language tlh") == text("settings.language.usage", languages="en (English), fr (Français)")
    assert await ask("/language English") == "Here I speak English."
    assert await ask("/hello") == "Hello!"
    help_text = await ask("/help")
    expected = {*FOR_EVERYBODY, *FOR_ADMINS, *(IN_GROUPS + FOR_ADMINS_OF_GROUPS if kind == "group" else ())}
    assert set(re.findall(r"(?m)^/(\w+)", help_text)) == expected


@LANGUAGES
@CHATS
async def test_every_setting_is_a_command_and_all_are_shown_together(camille: Asker) -> None:
    ask, text = camille.ask, camille.text

    assert await ask("/triggers any") == text("settings.triggers.any")
    assert await ask("/triggers everything") == text("settings.triggers.usage")
    assert await ask("/helplines off") == text("settings.helplines.answer_off")
    assert await ask("/cooldown 60 0") == text("telegram.settings.cooldown.effect_member", member="1 min")
    assert await ask("/cooldown soon") == text("telegram.settings.cooldown.usage")
    assert (await ask("/country belgium")).endswith({"fr": "Belgique.", "en": "Belgium."}[camille.locale])
    everything = await ask("/settings")
    assert text("settings.triggers.any") in everything
    assert "silence" not in everything


async def test_administrators_change_the_settings_with_buttons(telegram: FakeTelegram) -> None:
    group = telegram.group(admins=(CAMILLE,))

    def buttons(sent: dict[str, Any]) -> dict[str, str]:
        rows = sent["reply_markup"]["inline_keyboard"]
        return {button["callback_data"]: button["text"] for row in rows for button in row}

    await telegram.say("/settings", group)
    assert buttons(telegram.sent()[-1])["settings:responding:off"] == "✅ Réponses aux messages tristes"

    await telegram.deliver(telegram.click("settings:responding:off", group))
    assert buttons(telegram.sent("editMessageText")[-1])["settings:responding:on"] == "❌ Réponses aux messages tristes"
    await telegram.deliver(telegram.click("settings:triggers", group))
    assert buttons(telegram.sent("editMessageText")[-1])["settings:triggers:own"].startswith("✅ ")
    await telegram.deliver(telegram.click("settings:triggers:any", group))
    assert "« il est triste »" in with_plain_spaces(telegram.sent("editMessageText")[-1]["text"])
    assert await telegram.say("/responding", group) == "Réponse désactivée."


async def test_who_does_not_administer_the_group_changes_nothing_with_buttons(telegram: FakeTelegram) -> None:
    group = telegram.group(admins=(CAMILLE,))

    for data in ("settings", "settings:responding:off", "settings:triggers", "settings:triggers:any"):
        await telegram.deliver(telegram.click(data, group, ALEX))
        assert "administrateur" in telegram.sent("answerCallbackQuery")[-1]["text"]
    await telegram.deliver(telegram.click("settings:silence:1", group))

    assert "vient de changer" in telegram.sent("answerCallbackQuery")[-1]["text"]
    assert telegram.sent("editMessageText") == []
    assert await telegram.say("/responding", group) == "Réponse activée."


async def test_what_somebody_wrote_is_shown_as_it_is_in_a_refusal_too(
    telegram: FakeTelegram, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise UserError("words.unknown", word=Written("*a*\n`b` [c](https://d.example)"))

    monkeypatch.setattr(services.quotes, "next", refuse)

    assert "« *a* `b` [c](https://d.example) »" in with_plain_spaces(await telegram.say("/inspire"))
    assert telegram.sent()[-1]["entities"] == []


async def test_start_says_what_the_bot_does_in_a_second_message(telegram: FakeTelegram) -> None:
    said = await telegram.deliver(telegram.message("/start", telegram.private()))

    assert len(said) == 2
    assert said[0] == "démarrage..."
    assert "/help" in said[1]


async def test_alone_with_somebody_it_speaks_that_persons_language_until_told_otherwise(
    telegram: FakeTelegram,
) -> None:
    assert await telegram.say("/hello", person=ALEX) == "Hello!"
    await telegram.say("/language fr", person=ALEX)
    assert await telegram.say("/hello", person=ALEX) == "Bonjour !"
    assert await telegram.say("/hello", telegram.group(), ALEX) == "Bonjour !"


async def test_commands_of_other_bots_are_left_alone(telegram: FakeTelegram) -> None:
    group = telegram.group()

    assert await telegram.say("/hello@AnotherBot", group) == ""
    assert await telegram.say(f"/hello@{USERNAME.upper()}", group) == "Bonjour !"
    assert await telegram.say("/unknown", group) == ""


@pytest.mark.parametrize("command", ["/responding off", "/language en", "/responding"])
async def test_in_groups_some_things_are_for_administrators(telegram: FakeTelegram, command: str) -> None:
    group = telegram.group(admins=(SACHA,))

    refusal = await telegram.say(command, group)
    assert "administrateur" in refusal
    assert await telegram.say("/hello", group) == "Bonjour !"
    assert "administrateur" not in await telegram.say(command, group, SACHA)


async def test_somebody_elses_message_takes_an_administrator(telegram: FakeTelegram) -> None:
    group = telegram.group(admins=(SACHA,))
    await telegram.say("/new Un", group, ALEX)
    await telegram.say("/new Deux", group, ALEX)

    assert "administrateur du groupe" in await telegram.say("/del 1", group)
    assert "supprimé" in await telegram.say("/del 1", group, ALEX)
    assert "2. Deux — Alex" in await telegram.say("/del 2", group, SACHA)
    yes = telegram.sent()[-1]["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    await telegram.deliver(telegram.click(yes, group, ALEX))
    assert "Deux" in await telegram.say("/list", group)
    await telegram.deliver(telegram.click(yes, group, SACHA))
    assert "supprimé" in telegram.sent("editMessageText")[-1]["text"]
    assert "aucun message" in await telegram.say("/list", group)


async def test_who_changes_their_mind_is_not_forgotten(telegram: FakeTelegram) -> None:
    await telegram.say("/new Bravo")
    await telegram.say("/privacy forget")
    yes, no = (button["callback_data"] for button in telegram.sent()[-1]["reply_markup"]["inline_keyboard"][0])

    await telegram.deliver(telegram.click(no, telegram.private()))
    assert "1. Bravo — Camille" in await telegram.say("/list")
    await telegram.deliver(telegram.click(yes, telegram.private()))
    assert "aucun message" in await telegram.say("/list")


async def test_an_anonymous_administrator_is_one(telegram: FakeTelegram) -> None:
    group = telegram.group()

    assert await telegram.say("/responding off", group, **written_as(group)) == "Réponse désactivée."


async def test_a_channel_in_a_group_is_no_administrator(telegram: FakeTelegram) -> None:
    group, channel = telegram.group(), telegram.group(type="channel")

    assert "administrateur" in await telegram.say("/responding off", group, **written_as(channel))


@CHATS
async def test_a_sad_message_gets_a_kind_word_once_in_a_while(
    telegram: FakeTelegram, clock: Clock, services: Services, kind: str
) -> None:
    chat = chat_of(telegram, kind)

    answer = with_plain_spaces(await telegram.say("je suis triste", chat))
    assert "Je réponds parce que ton message m'a semblé triste" in answer
    assert "-#" not in answer
    assert await telegram.say("je suis triste", chat) == ""
    clock.advance(seconds=121)
    assert await telegram.say("je suis triste", chat) != ""
    assert not any(services.tally.replies.values())


async def test_responding_off_is_respected(telegram: FakeTelegram) -> None:
    await telegram.say("/responding off")

    assert await telegram.say("je suis triste") == ""


@pytest.mark.parametrize("before", ["", "/hello ", "/del ", "/responding ", "/unknown@OtherBot "])
@CHATS
async def test_danger_gets_helplines_whatever_it_begins_with(telegram: FakeTelegram, before: str, kind: str) -> None:
    chat = chat_of(telegram, kind)
    await telegram.say("/responding off", chat)

    assert "3114" in await telegram.say(f"{before}je veux mourir", chat)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("je veux mourir", ""),
        ("/unknown@OtherBot je veux mourir", ""),
        ("/hello je veux mourir", "Bonjour !"),
        ("/new je veux mourir", "/helpline"),
        ("/helpline je veux mourir", "3114"),
    ],
)
async def test_what_is_asked_for_within_ten_minutes_of_the_helplines_is_given(
    telegram: FakeTelegram, text: str, answer: str
) -> None:
    await telegram.say("je veux mourir")

    said = with_plain_spaces(await telegram.say(text))

    assert answer in said if answer else said == ""


async def test_helplines_of_somebody_who_may_not_choose_shows_the_helplines(telegram: FakeTelegram) -> None:
    group = telegram.group(admins=(CAMILLE,))

    assert "3114" in await telegram.say("/helplines", group, SACHA)
    assert "3114" not in await telegram.say("/helplines off", group, SACHA)


@pytest.mark.parametrize(
    ("said", "begin", "number"),
    [
        ("je veux mourir", "Ça a l'air très lourd", "3114"),
        ("ma mère est morte hier", "Toutes mes condoléances", "3114"),
        ("mon amie veut se suicider", "Tu fais bien d'en parler", "3114"),
        ("mon chat est mort", "Toutes mes condoléances", ""),
    ],
)
@CHATS
async def test_danger_grief_and_worry_have_an_answer_each_with_a_way_to_the_private_chat(
    telegram: FakeTelegram, kind: str, said: str, begin: str, number: str
) -> None:
    answer = with_plain_spaces(await telegram.say(said, chat_of(telegram, kind)))

    assert answer.startswith(begin)
    assert number in answer
    assert "je n'ai prévenu personne" in answer
    rows = telegram.sent()[-1]["reply_markup"]["inline_keyboard"]
    urls = [button.get("url") for (button,) in rows]
    private = f"https://t.me/{USERNAME}?start=helpline-FR"
    assert urls == ([private, None] if kind == "group" and number else [None])
    assert ("écris-moi /helpline en privé" in answer) == (kind == "group" and begin.startswith("Ça"))


async def test_the_private_chat_that_the_button_opens_shows_every_line_of_the_country(telegram: FakeTelegram) -> None:
    answer = await telegram.say("/start helpline-BE")

    assert "0800 32 123" in answer
    assert "tele-onthaal.be" in answer


async def test_what_is_said_after_a_command_is_read_for_danger_alone(telegram: FakeTelegram) -> None:
    assert await telegram.say("/hello je suis triste") == "Bonjour !"
    assert await telegram.say("/unknown@OtherBot je suis triste") == ""


async def test_what_is_asked_for_is_counted(telegram: FakeTelegram, services: Services) -> None:
    await telegram.say("/hello")
    await telegram.say("/del")
    await telegram.say("/hello je veux mourir")

    assert services.tally.replies[ReplyKind.TYPED] == 1
    assert services.tally.failures[FailureKind.MISTAKE] == 1


@pytest.mark.parametrize("text", ["/hello", "/del", "je veux mourir"])
async def test_a_message_asks_for_the_settings_of_its_chat_once(
    telegram: FakeTelegram, services: Services, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """What fails is remembered nowhere else than in what the message carries on its way."""
    asked: list[object] = []

    async def fail(*arguments: object) -> None:
        asked.append(arguments)
        raise StorageUnavailableError("database is locked")

    monkeypatch.setattr(type(services.preferences._storage), "load_settings", fail)

    assert await telegram.say(text)
    assert len(asked) == 1


async def test_an_example_is_no_call_for_help(telegram: FakeTelegram) -> None:
    assert "je répondrais avec des lignes d'écoute" in await telegram.say("/test je veux mourir")


def entity(kind: str, offset: int, length: int) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length}


WRITTEN_BY_OTHERS: list[dict[str, Any]] = [
    {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "x"}},
    {"via_bot": {"id": 5, "is_bot": True, "first_name": "x"}},
    {"is_automatic_forward": True},
    {"from": {"id": 5, "is_bot": True, "first_name": "x"}},
    {"entities": [entity("blockquote", 0, 17)]},
    {"entities": [entity("pre", 3, 14)]},
]


async def test_only_what_people_write_themselves_is_read(telegram: FakeTelegram) -> None:
    for more in WRITTEN_BY_OTHERS:
        assert await telegram.say("😢 je suis triste", telegram.group(), **more) == "", more
    assert await telegram.say("😢 je suis triste", telegram.group()) != ""


async def test_what_is_written_under_a_picture_is_read(telegram: FakeTelegram) -> None:
    update = telegram.message(None, telegram.private(), caption="je suis triste")

    assert await telegram.deliver(update)


@pytest.mark.parametrize("text", ["/hello", "je veux mourir"])
async def test_replies_quote_the_message_and_stay_in_its_topic(telegram: FakeTelegram, text: str) -> None:
    """In the response to the webhook as by a call."""
    group = telegram.group()
    update = telegram.message(text, group, message_thread_id=77, is_topic_message=True)
    await telegram.deliver(update)
    await telegram.say(text, group, SACHA, message_thread_id=78)

    in_topic, in_thread = telegram.sent()
    assert in_topic["message_thread_id"] == 77
    assert in_topic["reply_parameters"]["message_id"] == update["message"]["message_id"]
    assert in_topic["reply_parameters"]["allow_sending_without_reply"] is True
    assert "message_thread_id" not in in_thread


async def test_opting_out_by_the_button_is_for_the_one_it_answers(telegram: FakeTelegram, services: Services) -> None:
    group = telegram.group()
    await telegram.say("je suis triste", group)
    (button,) = telegram.sent()[-1]["reply_markup"]["inline_keyboard"][-1]

    await telegram.deliver(telegram.click(button["callback_data"], group, SACHA))
    assert not services.opt_outs.has(Platform.TELEGRAM, CAMILLE.id)
    assert "Ce bouton est pour" in telegram.sent("answerCallbackQuery")[-1]["text"]
    await telegram.deliver(telegram.click(button["callback_data"], group))
    assert services.opt_outs.has(Platform.TELEGRAM, CAMILLE.id)
    assert "C'est noté" in telegram.sent("answerCallbackQuery")[-1]["text"]
    assert all(len(call["text"]) <= 200 for call in telegram.sent("answerCallbackQuery"))
    assert await telegram.say("je veux mourir", group) == ""


async def test_a_long_list_has_pages_that_its_asker_turns(telegram: FakeTelegram) -> None:
    group = telegram.group()
    for number in range(1, 13):
        await telegram.say(f"/new Message {number}", group)
    first = await telegram.say("/list", group)
    (following,) = telegram.sent()[-1]["reply_markup"]["inline_keyboard"][0]

    assert "10. Message 10" in first
    assert "11." not in first
    assert "Page 1 sur 2" in first
    await telegram.deliver(telegram.click(following["callback_data"], group, SACHA))
    assert telegram.sent("editMessageText") == []
    assert "la personne qui a lancé la commande" in telegram.sent("answerCallbackQuery")[-1]["text"]
    await telegram.deliver(telegram.click(following["callback_data"], group))
    (page,) = telegram.sent("editMessageText")
    assert "12. Message 12" in page["text"]
    note = first.splitlines()[-1]
    assert "mots gentils" in note
    assert page["text"].endswith(f"\n\n{note}")
    assert [button["callback_data"] for button in page["reply_markup"]["inline_keyboard"][0]] == [
        f"list:{CAMILLE.id}:0"
    ]


async def test_the_longest_messages_fit_on_their_pages(telegram: FakeTelegram) -> None:
    for number in range(5):
        await telegram.say(f"/new {'😢' * 500}{'*' * 495}{number:05}")
    await telegram.say("/list")

    assert len(telegram.sent()[-1]["text"].encode("utf-16-le")) // 2 <= 4096
    assert "Page 1 sur" in telegram.sent()[-1]["text"]


async def test_the_help_says_that_privacy_mode_hides_messages(
    telegram_server: FakeTelegram, settings: Settings, services: Services, texts: Texts
) -> None:
    telegram_server.sees_everything = False
    async with telegram_bot(telegram_server, settings, services, texts):
        group, as_admin = telegram_server.group(), telegram_server.group()
        as_admin.admins.add(BOT_ID)

        told = "ne me montre que les commandes"
        assert told in await telegram_server.say("/help", group)
        assert told not in await telegram_server.say("/help", as_admin)
        assert told not in await telegram_server.say("/help")


async def test_an_export_goes_to_the_asker_alone(telegram: FakeTelegram) -> None:
    group = telegram.group()
    await telegram.say("/new Courage", group)

    assert await telegram.say("/privacy export", group) == "Je te l'ai envoyé en message privé."
    assert [call["chat_id"] for call in telegram.sent("sendDocument")] == [CAMILLE.id]
    assert b'"text": "Courage"' in telegram.files[0]
    telegram.kicked.add(CAMILLE.id)
    assert "je te réponds en privé" in with_plain_spaces(await telegram.say("/privacy export", group))
    assert opened(telegram) == f"https://t.me/{USERNAME}?start=privacy-export"


@pytest.mark.parametrize("who", ["an anonymous administrator", "a channel"])
async def test_an_export_goes_to_nobody_when_it_is_not_known_who_asks(telegram: FakeTelegram, who: str) -> None:
    group = telegram.group()
    mask = group if who == "an anonymous administrator" else telegram.group(type="channel")
    await telegram.say("/new Courage", group, **written_as(mask))

    answer = with_plain_spaces(await telegram.say("/privacy export", group, **written_as(mask)))

    assert "je te réponds en privé" in answer
    assert opened(telegram) == f"https://t.me/{USERNAME}?start=privacy-export"
    assert telegram.sent("sendDocument") == []


async def test_an_anonymous_administrator_who_is_forgotten_takes_nothing_of_the_group_along(
    telegram: FakeTelegram, services: Services
) -> None:
    group = telegram.group()
    await telegram.say("/new De Camille", group)
    await telegram.say("/new Du groupe", group, **written_as(group))
    await telegram.say("/responding off", group, **written_as(group))

    await telegram.say("/privacy forget", group, **written_as(group))
    question = telegram.click(f"ask:forget:{group.id}::yes", group)
    await telegram.deliver(question)
    assert [each.author for each in await services.encouragements.list(Scope(Platform.TELEGRAM, group.id))][1]
    group.admins.add(CAMILLE.id)
    await telegram.deliver(telegram.click(f"ask:forget:{group.id}::yes", group))

    scope = Scope(Platform.TELEGRAM, group.id)
    kept = await services.encouragements.list(scope)
    assert [(each.text, each.author and each.author.name) for each in kept] == [
        ("De Camille", "Camille"),
        ("Du groupe", None),
    ]
    assert not (await services.preferences.get(scope)).responding


async def test_chats_see_nothing_of_each_other(telegram: FakeTelegram, services: Services) -> None:
    group = telegram.group()
    await telegram.say("/new Au groupe", group)
    await telegram.say("/new Rien que pour moi")

    assert "Rien que pour moi" not in await telegram.say("/list", group)
    assert "Au groupe" not in await telegram.say("/list")
    assert [kept.number for kept in await services.encouragements.list(Scope(Platform.TELEGRAM, CAMILLE.id))] == [1]


async def test_a_long_list_of_long_messages_makes_nobody_wait(telegram: FakeTelegram, services: Services) -> None:
    group = telegram.group()
    kept = [Encouragement(number, "_*a" * 330, None, datetime.now(UTC)) for number in range(1, 501)]
    services.encouragements.list = lambda *_: asyncio.sleep(0, kept)  # type: ignore[method-assign]
    longest, asking = 0.0, asyncio.create_task(telegram.say("/list", group))
    while not asking.done():
        begin = time.thread_time()
        await asyncio.sleep(0)
        longest = max(longest, time.thread_time() - begin)

    assert "Page 1 sur" in await asking
    assert longest < 0.02  # 0.005 on a quiet machine


async def test_a_click_on_a_button_of_an_older_version_is_told_so(telegram: FakeTelegram) -> None:
    await telegram.deliver(telegram.click("opt-out-of-everything:11", telegram.private()))

    (told,) = telegram.sent("answerCallbackQuery")
    assert told["show_alert"] is True
    assert told["text"].startswith("Cette commande vient de changer")


@pytest.mark.parametrize("buttons", [{}, {"inline_keyboard": [[{"text": "…", "callback_data": "fine:1"}]]}])
async def test_a_click_on_a_button_that_the_message_does_not_have_does_nothing(
    telegram: FakeTelegram, services: Services, buttons: dict[str, Any]
) -> None:
    """A client can claim any: it would take back helplines that were meant for somebody else."""
    group = telegram.group()
    await telegram.say("/new Courage", group)
    for data in (f"fine:{CAMILLE.id}", f"hurt:{CAMILLE.id}:1", f"opt-out:{CAMILLE.id}"):
        await telegram.deliver(telegram.click(data, group, reply_markup=buttons))

    assert telegram.sent("deleteMessage") == telegram.sent("answerCallbackQuery") == []
    assert not services.opt_outs.has(Platform.TELEGRAM, CAMILLE.id)
    assert len(await services.encouragements.list(Scope(Platform.TELEGRAM, group.id))) == 1
