"""Keeps the reader of feelings where Python keeps what it has compiled: making it would be most of a start.

As with what Python compiles, whoever may write there may as well change the program; where nobody may, and where Python
is told to write nothing, nothing is kept. A reader counts only for the very rules and code that it was made from. Run
this module to make and keep one.
"""

import gc
import pickle
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import NamedTemporaryFile

from bot import languages
from bot.languages import Language
from bot.services.feelings.reader import Feelings

DIGEST_BYTES = 32


def load_feelings(spoken: Mapping[str, Language], *, keep: bool | None = None) -> Feelings:
    """Return the reader of these languages, made now unless it was kept; `keep` is what Python is told, unless given.

    Raises:
        Exception: whatever a mistake in a rule leads to.
    """
    folder = _folder(spoken.values())
    digest = _digest(spoken) if folder is not None else None
    if folder is None or digest is None:
        return _make(spoken)
    file = folder / f"feelings-{sys.implementation.cache_tag}-{digest.hex()[:16]}.pickle"
    feelings = _kept(file, digest)
    if feelings is None:
        feelings = _make(spoken)
        if keep or (keep is None and not sys.dont_write_bytecode):
            _keep(file, digest, feelings)
    return feelings


def _make(spoken: Mapping[str, Language]) -> Feelings:
    return Feelings({code: language.feelings for code, language in spoken.items()})


def _folder(spoken: Iterable[Language]) -> Path | None:
    """Return where Python would keep what is compiled of the languages, if they are in a folder at all."""
    folders = {rules.parent.parent for rules in (language.rules for language in spoken) if isinstance(rules, Path)}
    return folders.pop() / "__pycache__" if len(folders) == 1 else None


def _digest(spoken: Mapping[str, Language]) -> bytes | None:
    """Return what tells a reader from one of other rules, of other code or for another Python; None if it can't."""
    digest = blake2b(f"{sys.version} {[*spoken]}".encode(), digest_size=DIGEST_BYTES)
    try:
        for file in (*(language.rules for language in spoken.values()), *_sources()):
            content = file.read_bytes()
            digest.update(len(content).to_bytes(8))
            digest.update(content)
    except OSError:
        return None
    return digest.digest()


def _sources() -> Iterable[Traversable]:
    """Return the files of the code that a reader is made of."""
    program, services = files("bot"), files("bot.services")
    reading = (file for file in (services / "feelings").iterdir() if file.name.endswith(".py"))
    return program / "models.py", services / "recently_used.py", *sorted(reading, key=lambda file: file.name)


def _kept(file: Path, digest: bytes) -> Feelings | None:
    """Return the reader that was kept, if it is whole."""
    try:
        content = memoryview(file.read_bytes())
    except OSError:
        return None
    kept, seal = content[2 * DIGEST_BYTES :], bytes(content[: 2 * DIGEST_BYTES])
    if seal != digest + blake2b(kept, digest_size=DIGEST_BYTES).digest():
        return None
    collecting = gc.isenabled()
    gc.disable()  # which takes half as long again, and finds nothing
    try:
        feelings = pickle.loads(kept)
    finally:
        if collecting:
            gc.enable()
    return feelings if isinstance(feelings, Feelings) else None


def _keep(file: Path, digest: bytes, feelings: Feelings) -> None:
    """Keep a reader in the place of all others, or not at all."""
    kept = pickle.dumps(feelings, pickle.HIGHEST_PROTOCOL)
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        with NamedTemporaryFile(dir=file.parent, prefix=file.stem, suffix=".new", delete=False) as written:
            written.write(digest + blake2b(kept, digest_size=DIGEST_BYTES).digest() + kept)
        Path(written.name).chmod(0o644)
        Path(written.name).replace(file)
        for other in file.parent.glob(f"feelings-{sys.implementation.cache_tag}-*"):
            if other != file:
                other.unlink(missing_ok=True)


if __name__ == "__main__":
    load_feelings(languages.load(), keep=True)
