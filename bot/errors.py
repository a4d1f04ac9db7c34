"""The errors that every layer knows: a member's mistake, a storage that fails, and a start that can't go on."""

from enum import IntEnum


class UserError(Exception):
    """A member asked for something that can't be done; `key` names the sentence that says why."""

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.params = params


class StorageUnavailableError(Exception):
    """Nothing can be read or kept at this moment; the storage has said in the log why."""


class UnknownOutcomeError(StorageUnavailableError):
    """The storage failed while it was keeping a change, and can't tell whether it has."""


class OtherShardCountError(Exception):
    """The processes that are running have divided the servers into another number of shards."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


def place_of(error: BaseException) -> str:
    """Return the name of the function that raised an error; `traceback` would read its file, and keep it in memory."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return "" if traceback is None else traceback.tb_frame.f_code.co_name


class ExitCode(IntEnum):
    """How the process ended."""

    OK = 0
    FAILED = 1
    USAGE = 2
    BAD_SETTING = 3
    NO_TOKEN = 4
    REFUSED_TOKEN = 5
    MISSING_INTENT = 6
    PORT_TAKEN = 7
    DATABASE = 8
    BROKEN_COG = 9
    MISSING_EXTRA = 10
    BACKUP = 11
    BROKEN_LANGUAGE = 12
    ALREADY_RUNNING = 13
    OUTDATED = 14
    OTHER_SHARDS = 15


class StartError(Exception):
    """The bot can't start or go on; `key` names the sentence that tells its operator what to do."""

    def __init__(self, key: str, code: ExitCode, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.code = code
        self.params = params
