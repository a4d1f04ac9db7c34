"""The shape that keeps the project simple: who imports whom, how long things are, and that words and code agree."""

import ast
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from discord import app_commands

from bot import languages as language_folders
from bot.discord.client import EncourageBot
from bot.discord.context import FALLBACK
from bot.languages import Language
from tests.conftest import Server

# To parse the program takes longer than each of them.
pytestmark = pytest.mark.together

ROOT = Path(__file__).parent.parent
PROGRAM = sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/*.py")])
SITE = {
    *(
        "discord",
        "aiohttp",
        "aiosqlite",
        "asyncpg",
        "sqlite3",
        "dotenv",
        "yarl",
        "simcord",
        "telegram",
        "os",
        "prometheus_client",
    ),
}
PLAIN = ("bot.models", "bot.errors", "bot.health", "bot.background", "bot.postgres_url")

# Which of the project's modules, and which of the libraries in SITE, each layer may import besides its own folder; the
# first row that matches a module counts. "*" is everything.
MAY_IMPORT: list[tuple[tuple[str, ...], set[str]]] = [
    (
        (
            "bot.__main__",
            "bot.process",
            "bot.telegram_process",
            "bot.serving",
            "bot.sharing",
            "bot.wiring",
            "bot.operator",
            "bot.databases",
            "bot.prepared",
        ),
        {"*"},
    ),
    (("cogs",), {"bot.discord", "bot.services", "bot.text", *PLAIN, "discord"}),
    (("bot.discord",), {"bot.services", "bot.text", *PLAIN, "discord", "aiohttp", "yarl"}),
    (("bot.telegram",), {"bot.services", "bot.text", "bot.web", *PLAIN, "telegram", "aiohttp"}),
    (("bot.web",), {"bot.services", "bot.text", *PLAIN, "aiohttp", "prometheus_client"}),
    (("bot.text",), {"bot.services", "bot.languages", *PLAIN}),
    (("bot.config",), {"bot.services", "bot.languages", *PLAIN, "os", "dotenv"}),
    (("bot.zenquotes",), {"bot.services", *PLAIN, "aiohttp"}),
    (("bot.services",), {"bot.storage.base", "bot.languages", *PLAIN}),
    (("bot.storage",), {*PLAIN, "aiosqlite", "asyncpg", "sqlite3", "os"}),
    (("bot.languages",), {"bot.kept", *PLAIN}),
    (("bot.garbage", "bot.kept", "bot.logs", *PLAIN), set()),
]


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@cache
def imported(file: Path, *, at_once: bool = False) -> frozenset[str]:
    """What a module imports; `at_once`: as soon as it is imported itself, and not for its types alone."""
    return frozenset(_imported(file, at_once=at_once))


def _imported(file: Path, *, at_once: bool) -> Iterator[str]:
    for node in parsed(file).body if at_once else ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} has a relative import"
            assert node.module is not None
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                is_module = (ROOT / inner.replace(".", "/")).with_suffix(".py").is_file() or (
                    ROOT / inner.replace(".", "/")
                ).is_dir()
                yield inner if is_module else node.module


def test_imports_point_one_way() -> None:
    wrong = []
    for file in PROGRAM:
        module = name_of(file)
        if module == "bot":
            continue
        own, allowed = next(
            (layer, allowed) for layers, allowed in MAY_IMPORT for layer in layers if within(module, layer)
        )
        # A cog knows no other; every other folder is one layer.
        allowed = allowed if own == "cogs" else {*allowed, own}
        wrong += [
            f"{module} may not import {name}"
            for name in imported(file)
            if "*" not in allowed
            and name.split(".")[0] in {"bot", "cogs", *SITE}
            and not any(within(name, each) for each in allowed)
        ]

    assert wrong == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Not even for their types: what both need belongs in a third one."""
    modules = {name_of(file): file for file in PROGRAM}
    imports = {name: {each for each in imported(file) if each in modules} for name, file in modules.items()}
    while free := [name for name, needed in imports.items() if needed.isdisjoint(imports)]:
        for name in free:
            del imports[name]

    assert imports == {}


@pytest.mark.parametrize(
    ("begins", "needless"),
    [(("bot.process", "cogs"), "telegram"), (("bot.telegram_process", "bot.telegram"), "discord")],
)
def test_a_platform_loads_nothing_of_the_other(begins: tuple[str, ...], needless: str) -> None:
    modules = {name_of(file): file for file in PROGRAM}
    due = [name for name in modules if any(within(name, each) for each in begins)]
    loaded: set[str] = set()
    while due:
        name = due.pop()
        loaded.add(name)
        if name in modules:
            due += imported(modules[name], at_once=True) - loaded

    assert not [name for name in loaded if within(name, needless) or within(name, f"bot.{needless}")]
    assert len(loaded) > 100


def test_importing_a_module_does_nothing() -> None:
    """A module's top level holds definitions and constants; a call there makes a constant or a logger, no more."""
    harmless = {
        *("getLogger", "TypeVar", "ParamSpec", "Path", "Permissions", "Colour", "field", "dataclass", "frozenset"),
        *(
            "compile",
            "maketrans",
            "fromkeys",
            "Step",
            "Reading",
            "fields",
            "join",
            "ContextVar",
            "settings_of",
            "RateLimit",
            "ScopePreferences",
            "partial",
        ),
    }
    for file in PROGRAM:
        for statement in parsed(file).body:
            place = f"line {statement.lineno} of {name_of(file)} runs at import"
            if isinstance(statement, ast.Expr):
                assert isinstance(statement.value, ast.Constant), place
            if isinstance(statement, ast.If):
                assert ast.unparse(statement.test) in ("TYPE_CHECKING", "__name__ == '__main__'"), place
            if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
                for call in (node for node in ast.walk(statement.value) if isinstance(node, ast.Call)):
                    assert ast.unparse(call.func).split(".")[-1] in harmless, place
            assert not isinstance(statement, ast.For | ast.While | ast.With | ast.Global), place


def test_files_and_functions_stay_short() -> None:
    for file in PROGRAM:
        text = file.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= (250 if file.parent.name == "cogs" else 350), name_of(file)
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                assert lines <= 45, f"{name_of(file)}: {node.name} has {lines} lines"


def test_packages_are_listed_for_the_build() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    packages = {name_of(file) for file in PROGRAM if file.name == "__init__.py"}

    assert set(setuptools["packages"]) == packages


def test_every_file_that_is_no_python_goes_into_the_build() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    included = {
        file
        for package, patterns in setuptools["package-data"].items()
        for pattern in patterns
        for file in (ROOT / package.replace(".", "/")).glob(pattern)
    }

    files = {file for file in ROOT.glob("bot/**/*.*") if file.is_file() and file.suffix != ".py"}
    files = {file for file in files if file.parent.name != "__pycache__"}
    assert files == included


def test_constraints_pin_every_version_and_name_no_index() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]

    assert len(pins) > 20
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line) for line in pins)


def forms(sentence: str | tuple[str, ...]) -> tuple[str, ...]:
    """A sentence, or all the forms of one that counts something."""
    return (sentence,) if isinstance(sentence, str) else sentence


def placeholders(sentence: str | tuple[str, ...]) -> set[str]:
    return {name for form in forms(sentence) for _, name, _, _ in string.Formatter().parse(form) if name}


def test_every_language_has_the_same_keys_and_placeholders(languages: Mapping[str, Language]) -> None:
    french = languages["fr"].texts
    for code, language in languages.items():
        assert set(language.texts) == set(french), code
        for key, sentence in language.texts.items():
            assert placeholders(sentence) == placeholders(french[key]), f"{code}: {key}"
            if not isinstance(sentence, str):
                assert {language.plural(count) for count in range(200)} == set(range(len(sentence))), f"{code}: {key}"
                assert "count" in placeholders(sentence)
        assert language.yes
        assert language.no
        assert language.starters.exhorting
        assert len(language.starters.listening) >= 20
        assert language.feelings


def test_every_language_folder_has_the_same_files() -> None:
    folder = Path(language_folders.__file__).parent
    expected = {file.name for file in (folder / "fr").iterdir()}
    for code in language_folders.available():
        assert {file.name for file in (folder / code).iterdir()} == expected


def said_in(language: Language) -> Iterator[str]:
    """All that people read in a language, as it is shown: without what is typed as it is."""
    lines = [line for country in language.helplines.countries for line in (country.emergency, *country.lines) if line]
    texts = (form for text in language.texts.values() for form in forms(text))
    for sentence in (
        *texts,
        *language.starters.exhorting,
        *language.starters.listening,
        *(quote.text for quote in language.quotes),
        *(one.hours for one in lines),
        *(one.written for one in lines),
    ):
        yield re.sub(r"`[^`]*`|https?://\S+|\{[^}]*\}[:=]?|\S*=\S*|<\S+>|\w+\.txt -e.*|NUMÉRO", "", sentence)


def test_french_is_set_as_french_is(languages: Mapping[str, Language]) -> None:
    """A mark has its space, which ends no line: thin before ! ? ; and full before : and inside « »."""
    for words in said_in(languages["fr"]):
        assert not re.search(r"[^\s!?…](?:[!?;»]|:(?!\d))|[^\S\u202f](?<!\n)[!?;]|[^\S\u00a0](?<!\n)[:»]", words), words
        assert not re.search(r"«[^\u00a0]|n°[^\u00a0]|[\"“”]", words), words


def test_english_has_ordinary_spaces_alone(languages: Mapping[str, Language]) -> None:
    assert not any(re.search("[\u00a0\u202f]", words) for words in said_in(languages["en"]))


def test_every_sentence_that_the_code_names_exists_and_every_sentence_is_named(
    languages: Mapping[str, Language],
) -> None:
    named = {
        node.value
        for file in PROGRAM
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    texts = languages["fr"].texts
    # Made of a prefix and a name in the code.
    composed = re.compile(
        r"(commands|permissions|expected|cli|languages)\..+|settings\.\w+\..+|durations\..+"
        r"|help\.(everyone|privacy|manage_\w+)"
        r"|crisis\.(danger|grief|worry)\..+|care\.why_(danger|grief|worry)|list\.(first|previous|next|last|starters_\w+)|test\.(feeling|rule)_.+|pending\.(approve|refuse|later)"
    )
    looks_like_a_key = re.compile("(" + "|".join({key.split(".")[0] for key in texts}) + r")\.(?!toml|db)[a-z_]*[a-z]")

    missing = {name for name in named if looks_like_a_key.fullmatch(name)} - set(texts)
    # What Telegram says in the place of another sentence has that one's name.
    unused = {
        key
        for key in texts
        if not composed.fullmatch(plain := key.removeprefix("telegram.").removeprefix("private."))
        and named.isdisjoint((key, plain))
    }
    assert missing == set()
    assert unused == set()


def test_every_command_has_its_texts_and_no_text_is_left_over(
    bot: EncourageBot, server: Server, languages: Mapping[str, Language]
) -> None:
    expected, offered = set(), set()
    for command in bot.tree.walk_commands():
        key = f"commands.{command.qualified_name.removesuffix(f' {FALLBACK}')}"
        expected |= {f"{key}.summary", f"{key}.usage", f"{key}.example"}
        for parameter in command.parameters if isinstance(command, app_commands.Command) else ():
            expected |= {f"{key}.parameters.{parameter.name}", f"{key}.names.{parameter.name}"}
            offered |= {f"{key}.choices.{parameter.name}.{choice.value}" for choice in parameter.choices}

    for code, language in languages.items():
        texts = {key for key in language.texts if key.startswith("commands.")}
        assert {key for key in texts if ".choices." in key} == offered, code
        assert {key for key in texts if ".choices." not in key} == expected, code


@pytest.mark.parametrize("locale", language_folders.available(), indirect=True)
async def test_the_example_of_every_command_works(
    server: Server, languages: Mapping[str, Language], locale: str
) -> None:
    for number in range(3):
        await server.ask(server.admin, f"$new message {number}")
    texts = languages[locale].texts
    refusals = {
        forms(texts[key])[0].split("{")[0]
        for key in (
            *("new.missing", "new.duplicate", "del.bad_number", "del.unknown", "test.missing", "helpline.unknown"),
            *("private_file.closed", *(key for key in texts if re.fullmatch(r"settings\.\w+\.usage", key))),
        )
    }
    for key, example in texts.items():
        if key.startswith("commands.") and key.endswith(".example"):
            answer = await server.ask(server.admin, f"${str(example).replace('@Camille', server.camille.mention)}")
            assert answer
            assert not any(answer.startswith(refusal) for refusal in refusals), answer
            if key == "commands.prefix.example":
                await server.ask(server.admin, "!prefix $")
