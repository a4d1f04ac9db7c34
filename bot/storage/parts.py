"""What the parts of the storage have in common."""

from contextlib import AbstractAsyncContextManager

from bot.storage.engine import Connection, Engine


class Part:
    """A part of the storage, which makes each of its changes in one transaction."""

    _database: Engine

    def _transaction(self) -> AbstractAsyncContextManager[Connection]:
        raise NotImplementedError
