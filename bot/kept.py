"""Keeps where Python keeps what it has compiled what takes a start long to make of the files of the program.

As with what Python compiles, whoever may write there may as well change the program; where nobody may, and where Python
is told to write nothing, nothing is kept. What was kept counts only for the very files that it was made from.
"""

import gc
import pickle
import sys
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import NamedTemporaryFile

DIGEST_BYTES = 32


def digest_of(files: Iterable[Traversable], *more: object) -> bytes | None:
    """Return what tells these files, and more, from others, or from the same for another Python; None if it can't."""
    digest = blake2b(f"{sys.version} {more}".encode(), digest_size=DIGEST_BYTES)
    try:
        for file in files:
            content = file.read_bytes()
            digest.update(len(content).to_bytes(8))
            digest.update(content)
    except OSError:
        return None
    return digest.digest()


def kept(folder: Path, name: str, digest: bytes) -> object:
    """Return what was kept in a folder by this name, made from what has this digest, if it is whole; or None."""
    try:
        content = memoryview(_file(folder, name, digest).read_bytes())
    except OSError:
        return None
    whole, seal = content[2 * DIGEST_BYTES :], bytes(content[: 2 * DIGEST_BYTES])
    if seal != digest + blake2b(whole, digest_size=DIGEST_BYTES).digest():
        return None
    collecting = gc.isenabled()
    gc.disable()  # which takes half as long again, and finds nothing
    try:
        made: object = pickle.loads(whole)
    finally:
        if collecting:
            gc.enable()
    return made


def keep(folder: Path, name: str, digest: bytes, made: object) -> None:
    """Keep what was made in the place of all others of this name, or not at all."""
    whole = pickle.dumps(made, pickle.HIGHEST_PROTOCOL)
    file = _file(folder, name, digest)
    with suppress(OSError):
        folder.mkdir(exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix=file.stem, suffix=".new", delete=False) as written:
            written.write(digest + blake2b(whole, digest_size=DIGEST_BYTES).digest() + whole)
        Path(written.name).chmod(0o644)
        Path(written.name).replace(file)
        for other in folder.glob(f"{name}-{sys.implementation.cache_tag}-*"):
            if other != file:
                other.unlink(missing_ok=True)


def may_keep(told: bool | None) -> bool:
    """Tell whether to keep anything: as told, or else as Python is told about what it compiles."""
    return not sys.dont_write_bytecode if told is None else told


def _file(folder: Path, name: str, digest: bytes) -> Path:
    return folder / f"{name}-{sys.implementation.cache_tag}-{digest.hex()[:16]}.pickle"
