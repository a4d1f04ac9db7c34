"""Keeps the reader of feelings for the next start: making it would be most of one.

It counts only for the very rules and code that it was made from. Run this module to make and keep all that a start
would.
"""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from bot import languages
from bot.kept import digest_of, kept, may_keep
from bot.kept import keep as keep_for_next
from bot.languages import Language
from bot.services.feelings.reader import Feelings

NAME = "feelings"


def load_feelings(spoken: Mapping[str, Language], *, keep: bool | None = None) -> Feelings:
    """Return the reader of these languages, made now unless it was kept; `keep` is what Python is told, unless given.

    Raises:
        Exception: whatever a mistake in a rule leads to.
    """
    folder = _folder(spoken.values())
    digest = digest_of((*(language.rules for language in spoken.values()), *_sources()), [*spoken]) if folder else None
    if folder is None or digest is None:
        return _make(spoken)
    known = kept(folder, NAME, digest)
    if isinstance(known, Feelings):
        return known
    feelings = _make(spoken)
    if may_keep(keep):
        keep_for_next(folder, NAME, digest, feelings)
    return feelings


def _make(spoken: Mapping[str, Language]) -> Feelings:
    return Feelings({code: language.feelings for code, language in spoken.items()})


def _folder(spoken: Iterable[Language]) -> Path | None:
    """Return where Python would keep what is compiled of the languages, if they are in a folder at all."""
    folders = {rules.parent.parent for rules in (language.rules for language in spoken) if isinstance(rules, Path)}
    return folders.pop() / "__pycache__" if len(folders) == 1 else None


def _sources() -> Iterable[Traversable]:
    """Return the files of the code that a reader is made of."""
    program, services = files("bot"), files("bot.services")
    reading = (file for file in (services / "feelings").iterdir() if file.name.endswith(".py"))
    return program / "models.py", services / "recently_used.py", *sorted(reading, key=lambda file: file.name)


if __name__ == "__main__":
    languages.load_readable(keep=True)
    load_feelings(languages.load(), keep=True)
