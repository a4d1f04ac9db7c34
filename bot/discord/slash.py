"""What slash commands say of themselves, and when they are sent to Discord."""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.discord.context import FALLBACK
from bot.services.deliveries import PublishedCommands
from bot.text.sentences import Texts

Location = app_commands.TranslationContextLocation
# What shows a list of words, which typing the name of the group does.
LIST = "list"
Described = app_commands.Command[Any, ..., Any] | app_commands.Group

log = logging.getLogger(__name__)


class Tree(app_commands.CommandTree[commands.Bot]):
    """The bot's slash commands; none begins once the bot is stopping, or while a member or the bot has too many."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let a command through, and let it finish before the bot closes."""
        bot = interaction.client
        command = bot.all_commands.get(str(dict(interaction.data or {}).get("name")))
        always = command is not None and command.extras["always"]
        return bool(await bot.admits(interaction, always=always))


class Translator(app_commands.Translator):
    """Gives Discord every text of the commands in each language that we speak and its clients do."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._languages = {locale: texts.match(locale.value) for locale in discord.Locale}

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """Return the text in the language of `locale`; None for one that we do not speak, and for what is typed."""
        language = self._languages[locale]
        if language is None:
            return None
        key: str | None = string.extras.get("key")
        # A command's description is marked for translation when the command is made, before its key is known.
        if context.location in (Location.command_description, Location.group_description):
            key = f"{_key(context.data)}.summary"
        return None if key is None else self._texts.text(language, key)


def localised(texts: Texts, locale: str, key: str) -> app_commands.locale_str:
    """Return the sentence `key` in `locale`, for a client in a language that we do not speak, and its key."""
    return app_commands.locale_str(texts.text(locale, key), key=key)


def describe(tree: app_commands.CommandTree[Any], texts: Texts, locale: str) -> None:
    """Give every command, option and choice of `tree` its texts.

    An option is offered the choices that the texts have for it, below `commands.<name>.choices.<option>`: each key
    is a value, each sentence its name.
    """
    for command in tree.walk_commands():
        key = _key(command)
        command.description = texts.text(locale, f"{key}.summary")
        if not isinstance(command, app_commands.Command):
            continue
        names = [parameter.name for parameter in command.parameters]
        named = {name: app_commands.locale_str(name, key=f"{key}.names.{name}") for name in names}
        described = {name: localised(texts, locale, f"{key}.parameters.{name}") for name in names}
        offered = {name: choices for name in names if (choices := _choices(texts, locale, f"{key}.choices.{name}"))}
        app_commands.rename(**named)(command)
        app_commands.describe(**described)(command)
        app_commands.choices(**offered)(command)


async def publish(tree: app_commands.CommandTree[Any], texts: Texts, published: PublishedCommands) -> bool:
    """Send the commands to Discord, in every language, if they differ from those last sent; learn how to mention them.

    Return False when they differ, and another process is to send them.

    Raises:
        CommandSyncFailure: Discord finds a mistake in them.
        HTTPException: Discord refuses them, or can't take them now.
    """
    translator = Translator(texts)
    await tree.set_translator(translator)
    payload = [await command.get_translated_payload(tree, translator) for command in tree.get_commands()]
    text = json.dumps([tree.client.application_id, payload], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    known: dict[str, str] = tree.client.voices.mentions
    mentions = await published.mentions(digest)
    if mentions is not None:
        known.update(mentions)
        return True
    if not published.leads():
        return False
    known.update(_mentions(await tree.sync()))
    await published.record(digest, known)
    log.info("%d slash commands sent to Discord", len(payload))
    return True


def is_by_slash(interaction: discord.Interaction[Any]) -> bool:
    """Tell whether somebody gives a slash command, fills in a form, or clicks in the answer to such a command."""
    message = interaction.message
    if message is None:
        return True
    return message.flags.ephemeral or message.interaction_metadata is not None


def _mentions(commands: Iterable[app_commands.AppCommand]) -> Iterator[tuple[str, str]]:
    """Yield the names of the commands that can be given, and what shows each; that of a group stands for its first."""
    for command in commands:
        if command.type is not discord.AppCommandType.chat_input:
            continue
        below = [each for each in command.options if isinstance(each, app_commands.AppCommandGroup)]
        if not below:
            yield command.name, command.mention
        for each in below:
            if each.name in (FALLBACK, LIST):
                yield command.name, each.mention
            yield f"{command.name} {each.name}", each.mention


def _key(command: Described) -> str:
    return f"commands.{command.qualified_name.removesuffix(f' {FALLBACK}')}"


def _choices(texts: Texts, locale: str, key: str) -> list[app_commands.Choice[str]]:
    return [
        app_commands.Choice(name=localised(texts, locale, f"{key}.{value}"), value=value)
        for value in texts.names_below(locale, key)
    ]
