"""The command line: `python -m bot [run | telegram | try | invite | check | backup | copy]`."""

import argparse
import asyncio
import io
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import garbage, languages
from bot.config import Settings, locale_for_operator, read_environment, secrets_in
from bot.databases import place_of, unusable
from bot.errors import ExitCode, StartError
from bot.languages import Language
from bot.logs import log_to_stdout, without_secrets
from bot.operator import command_line
from bot.storage.engine import UnusableDatabaseError
from bot.storage.offline import back_up
from bot.text.sentences import Texts


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code; a mistake of the operator is one sentence on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # on Windows, a pipe may not take every character
            stream.reconfigure(errors="backslashreplace")
    arguments = sys.argv[1:] if arguments is None else arguments
    spoken, environment, problems = _surroundings()
    operator = Operator(
        texts=Texts(spoken),
        locale=next(code for code in (locale_for_operator(environment), *spoken) if code in spoken),
        secrets=[*secrets_in(environment), *(each for given in arguments for each in secrets_in({"DATABASE": given}))],
    )
    try:
        options = command_line.read(arguments, operator.of_command_line)
        if options.command == "check":
            return _check(operator, environment, spoken, problems)
        if problems:
            raise problems[0]
        _carry_out(options, Settings.from_env(environment), spoken, operator)
    except StartError as error:
        print(operator.sentence(error.key, error.params), file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        pass
    return ExitCode.OK


@dataclass(frozen=True, slots=True)
class Operator:
    """Who reads what a command prints: in which language, and what must not be shown."""

    texts: Texts
    locale: str
    secrets: Sequence[str]

    def of_command_line(self, name: str) -> str:
        """Return one of the sentences of the command line."""
        return self.texts.text(self.locale, f"cli.{name}")

    def sentence(self, key: str, params: Mapping[str, object]) -> str:
        """Return what to tell; `expected` names a sentence within the sentence."""
        filled = dict(params)
        if "expected" in filled:
            filled["expected"] = self.texts.text(self.locale, str(filled["expected"]), **filled)
        return without_secrets(self.texts.text(self.locale, key, **filled), self.secrets)


def _surroundings() -> tuple[dict[str, Language], dict[str, str], list[StartError]]:
    """Read the languages and the environment, as far as they can be; return them and what is wrong with them."""
    spoken, reasons = languages.load_readable()
    if not spoken:
        languages.load()  # and let it raise: no language is left to say it in
    problems = [
        StartError("start.broken_language", ExitCode.BROKEN_LANGUAGE, name=code, reason=reason)
        for code, reason in reasons.items()
    ]
    try:
        return spoken, read_environment(), problems
    except StartError as error:
        return spoken, read_environment(env_file=None), [error, *problems]


def _carry_out(
    options: argparse.Namespace, settings: Settings, spoken: Mapping[str, Language], operator: Operator
) -> None:
    """Carry out a command; each loads what it needs, so that Telegram alone loads nothing of Discord's."""
    match options.command:
        case "try":
            _try(settings, spoken, options.port)
        case "invite":
            from bot.discord.permissions import invite_url

            print(invite_url(options.application or _application_id(settings)))
            if not settings.message_content:
                print(operator.sentence("without_content.invite", {}), file=sys.stderr)
        case "backup":
            if settings.postgres is not None:
                raise StartError("start.backup_of_postgres", ExitCode.USAGE, file=options.file)
            _back_up(settings.database, options.file)
            print(operator.sentence("backup.made", {"path": options.file}))
        case "copy":
            from bot.operator.copying import copy

            target = place_of(Settings.from_env({"DATABASE": options.target}))
            _clean_up_on_sigterm()
            count = asyncio.run(copy(place_of(settings), target))
            print(operator.sentence("copy.made", {"count": count, "path": target}))
        case "telegram":
            garbage.begin()
            from bot.telegram_process import delete_webhook, run_telegram

            _start_log(settings, operator)
            if options.delete_webhook:
                asyncio.run(delete_webhook(settings, spoken))
            else:
                _run_fast(run_telegram(settings, spoken, poll=options.poll))
        case _:
            garbage.begin()
            from bot.process import run

            _start_log(settings, operator)
            _run_fast(run(settings, spoken))


def _run_fast(process: Coroutine[Any, Any, None]) -> None:
    """Run it on uvloop, where that is installed."""
    make_loop: Callable[[], asyncio.AbstractEventLoop] | None = None
    try:
        import uvloop

        make_loop = uvloop.new_event_loop
    except ModuleNotFoundError:
        pass
    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(process)


def _start_log(settings: Settings, operator: Operator) -> None:
    log_to_stdout(settings.log_level, as_json=settings.log_format == "json", secrets=operator.secrets)


def _check(
    operator: Operator,
    environment: Mapping[str, str],
    spoken: Mapping[str, Language],
    problems: Sequence[StartError],
) -> ExitCode:
    from bot.operator.check import Mark, examine

    log_to_stdout("CRITICAL", secrets=operator.secrets)
    examination = asyncio.run(examine(environment, spoken, problems))
    for finding in examination.findings:
        print(finding.mark, operator.sentence(finding.key, finding.params))
    count = sum(finding.mark is Mark.BAD for finding in examination.findings)
    if count:
        print(operator.sentence("check.bad", {"count": count}))
        return ExitCode.FAILED
    how = examination.on_telegram
    print(operator.sentence("check.good" if how is None else "check.good_on_telegram", {"command": how}))
    return ExitCode.OK


def _try(settings: Settings, spoken: Mapping[str, Language], port: int) -> None:
    try:
        from bot.operator.tryout import try_out
    except ModuleNotFoundError as error:
        if error.name != "simcord":
            raise
        raise StartError("start.missing_extra", ExitCode.MISSING_EXTRA, extra="try") from error
    asyncio.run(try_out(settings, spoken, port=port))


def _application_id(settings: Settings) -> int:
    if settings.token is None:
        raise StartError("start.no_application", ExitCode.NO_TOKEN)
    return settings.application_id()


def _clean_up_on_sigterm() -> None:
    """Clean up what is half done: by itself, SIGTERM would end the process at once."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))


def _back_up(database: Path, file: Path) -> None:
    _clean_up_on_sigterm()
    try:
        back_up(database, file)
    except FileExistsError:
        raise StartError("start.backup_exists", ExitCode.BACKUP, path=file) from None
    except OSError as error:
        raise StartError("start.backup", ExitCode.BACKUP, path=file, reason=error.strerror or error) from error
    except UnusableDatabaseError as error:
        raise unusable(database, error) from error


if __name__ == "__main__":
    sys.exit(main())
