"""The command line: `python -m bot [run | try | invite | backup]`."""

import argparse
import asyncio
import base64
import binascii
import gc
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot import languages
from bot.client import invite_url
from bot.config import DEFAULT_LOCALE, Settings, locale_for_operator, read_environment, secrets_in
from bot.errors import ExitCode, StartError
from bot.i18n import Texts
from bot.languages import Language
from bot.logs import log_to_stdout, without_secrets
from bot.process import run
from bot.storage.offline import back_up
from bot.storage.sqlite import UnusableDatabaseError
from bot.wiring import unusable


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code; a mistake of the operator is one sentence on standard error."""
    spoken = languages.load()
    texts = Texts(spoken)
    locale = DEFAULT_LOCALE
    secrets: Sequence[str] = ()
    try:
        environment = read_environment()
        secrets = secrets_in(environment)
        locale = locale_for_operator(environment)
        options = _parser(texts, locale).parse_args(arguments)
        settings = Settings.from_env(environment)
        match options.command:
            case "try":
                _try(settings, spoken, options.port)
            case "invite":
                print(invite_url(_application_id(settings, options.application)))
                if not settings.message_content:
                    print(texts.text(locale, "without_content.invite"), file=sys.stderr)
            case "backup":
                _back_up(settings.database, options.file)
                print(texts.text(locale, "backup.made", path=options.file))
            case _:
                log_to_stdout(settings.log_level, as_json=settings.log_format == "json", secrets=secrets)
                # What the imports made stays until the end: collections need not walk it.
                gc.freeze()
                asyncio.run(run(settings, spoken))
    except StartError as error:
        print(without_secrets(_sentence(texts, locale, error), secrets), file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        pass
    return ExitCode.OK


def _parser(texts: Texts, locale: str) -> argparse.ArgumentParser:
    def text(key: str) -> str:
        return texts.text(locale, f"cli.{key}")

    parser = argparse.ArgumentParser(prog="python -m bot", description=text("description"))
    commands = parser.add_subparsers(dest="command", metavar="run | try | invite | backup")
    commands.add_parser("run", help=text("run"))
    attempt = commands.add_parser("try", help=text("try"))
    attempt.add_argument("--port", type=int, default=0, choices=range(65536), metavar="PORT", help=text("try_port"))
    invite = commands.add_parser("invite", help=text("invite"))
    invite.add_argument("application", type=int, nargs="?", help=text("invite_application"))
    backup = commands.add_parser("backup", help=text("backup"))
    backup.add_argument("file", type=Path, metavar=text("backup_metavar"), help=text("backup_file"))
    return parser


def _try(settings: Settings, spoken: Mapping[str, Language], port: int) -> None:
    try:
        from bot.tryout import try_out
    except ModuleNotFoundError as error:
        if error.name != "simcord":
            raise
        raise StartError("start.missing_extra", ExitCode.MISSING_EXTRA) from error
    asyncio.run(try_out(settings, spoken, port=port))


def _back_up(database: Path, file: Path) -> None:
    try:
        back_up(database, file)
    except FileExistsError:
        raise StartError("start.backup_exists", ExitCode.BACKUP, path=file) from None
    except OSError as error:
        raise StartError("start.backup", ExitCode.BACKUP, path=file, reason=error.strerror or error) from error
    except UnusableDatabaseError as error:
        raise unusable(database, error) from error


def _application_id(settings: Settings, given: int | None) -> int:
    """Return the application's id: the one given, or the one that a bot token begins with (in base 64)."""
    if given is not None:
        return given
    first = (settings.token or "").split(".")[0]
    try:
        return int(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, binascii.Error):
        raise StartError("start.no_application", ExitCode.NO_TOKEN) from None


def _sentence(texts: Texts, locale: str, error: StartError) -> str:
    params = dict(error.params)
    if "expected" in params:
        params["expected"] = texts.text(locale, str(params["expected"]), **params)
    return texts.text(locale, error.key, **params)


if __name__ == "__main__":
    sys.exit(main())
