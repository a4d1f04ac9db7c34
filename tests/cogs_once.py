"""Makes the cogs ready once for all bots of a process, and of its forks; discord.py does it anew for each of them."""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from functools import cache
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from types import ModuleType, SimpleNamespace
from typing import Any

from discord import app_commands
from discord.ext import commands
from discord.ext.commands.bot import BotBase

# The modules that have been executed, by their file.
EXECUTED: dict[str | None, ModuleType] = {}


def execute(names: Iterable[str]) -> None:
    """Execute these modules ahead of the first bot; they don't count as imported."""
    before = {*sys.modules}
    for name in names:
        spec = find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        module = EXECUTED[spec.origin] = module_from_spec(spec)
        spec.loader.exec_module(module)
    for name in {*sys.modules} - before:
        if name.partition(".")[0] == "cogs":
            del sys.modules[name]


def changes() -> Iterator[tuple[object, str, object]]:
    """Yield what to change in discord.py: where, which name, and what it is to stand for."""
    yield BotBase, "_load_from_module_spec", _loading_once()
    # The parameters of each command are worked out thrice.
    for module, name in (
        (commands.core, "get_signature_parameters"),
        (app_commands.commands, "_extract_parameters_from_callback"),
    ):
        yield module, name, _inspecting_once(getattr(module, name))
    yield commands.HybridCommand, "copy", _copied
    yield commands.hybrid, "inspect", SimpleNamespace(**vars(inspect) | {"signature": cache(inspect.signature)})


def _copied(command: commands.HybridCommand[Any, ..., Any]) -> commands.HybridCommand[Any, ..., Any]:
    """Copy a command, as is done for each cog, without working out anew all that is known of it."""
    copied = object.__new__(type(command))
    copied.__dict__.update(command.__dict__)
    copied.aliases, copied.checks, copied.params = copy(command.aliases), [*command.checks], {**command.params}
    copied._buckets, copied._max_concurrency = command._buckets.copy(), None
    return command._ensure_assignment_on_copy(copied)


def _loading_once() -> Callable[..., Any]:
    load = BotBase._load_from_module_spec

    async def load_executed(bot: BotBase, spec: ModuleSpec, key: str) -> None:
        assert spec.loader is not None
        spec.loader = _Once(spec.loader)
        await load(bot, spec, key)

    return load_executed


def _inspecting_once(extract: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    known: dict[Callable[..., Any], dict[str, Any]] = {}

    def parameters(function: Callable[..., Any], names: dict[str, Any], **options: Any) -> dict[str, Any]:
        if function not in known:
            known[function] = extract(function, names, **options)
        return {name: copy(each) for name, each in known[function].items()}

    return parameters


class _Once(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return EXECUTED.get(spec.origin)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        file = module.__spec__.origin
        if file not in EXECUTED:
            self._loader.exec_module(module)
            EXECUTED[file] = module
