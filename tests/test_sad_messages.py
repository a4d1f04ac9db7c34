"""When the bot answers a message that nobody addressed to it, and with what."""

import discord
import pytest
import simcord
from simcord.enums import MessageType

from bot.discord.client import EncourageBot
from bot.languages import Language
from bot.services import Services
from tests.conftest import Clock, Server, kind_word, starters

SAD = [
    "je suis triste",
    "TRISTE !",
    "je me sens déprimé",
    "deprime ce soir",
    "malheureux",
    "je suis en colère",
    "en   colere",
    "misérable",
    "I am sad",
    "so depressed",
    "unhappy.",
    "ANGRY",
    "I feel miserable",
    "how depressing",
    "_sad_ today",
    "**triste**",
]
NOT_SAD = [
    "the ambassador is here",
    "crusade",
    "une tristesse",
    "encolère",
    "bonjour à tous",
    "",
    "unhappyness",
    "sad1",
    "la colère",
]


async def test_a_sad_word_gets_a_starter(server: Server, languages: dict[str, Language], clock: Clock) -> None:
    for text in SAD:
        assert kind_word(await server.ask(server.camille, text)) in starters(languages["fr"]), text
        clock.advance(seconds=120)


async def test_other_messages_get_nothing(server: Server) -> None:
    for text in filter(None, NOT_SAD):
        assert await server.ask(server.camille, text) == "", text


@pytest.mark.parametrize("locale", ["en"], indirect=True)
async def test_the_answer_is_in_the_language_of_the_bot(server: Server, languages: dict[str, Language]) -> None:
    assert kind_word(await server.ask(server.camille, "je suis triste")) in starters(languages["en"])


def test_the_starters_are_those_promised(languages: dict[str, Language]) -> None:
    assert starters(languages["fr"])[:3] == (
        "Remontez le moral !",
        "Accrochez-vous.",
        "Vous êtes une personne / un bot génial !",
    )
    assert starters(languages["en"])[:3] == ("Cheer up!", "Hang in there.", "You are a great person / bot!")


async def test_the_answer_is_a_reply_to_the_message(server: Server) -> None:
    message = await server.camille.send(server.channel, "je suis triste")

    (answer,) = server.answers()
    assert answer.reference is not None
    assert answer.reference.message_id == message.id


async def test_answers_come_from_starters_and_the_servers_own_and_never_twice_running(
    server: Server, languages: dict[str, Language], clock: Clock
) -> None:
    await server.ask(server.camille, "$new Tu vas y arriver.")

    said = []
    for _ in range(20):
        said.append(kind_word(await server.ask(server.camille, "je suis triste")))
        clock.advance(seconds=120)

    assert set(said) <= {*starters(languages["fr"]), "Tu vas y arriver."}
    assert all(one != other for one, other in zip(said, said[1:], strict=False))


@pytest.mark.parametrize("text", ["$new je suis triste", "$hello je suis triste", "$del triste", "$list triste"])
async def test_a_command_is_never_also_answered_as_a_sad_message(server: Server, text: str) -> None:
    await server.camille.send(server.channel, text)

    assert len(server.answers()) == 1


async def test_a_sad_word_said_to_the_bot_itself_is_answered(server: Server, languages: dict[str, Language]) -> None:
    me = server.env.bot.user
    assert me is not None

    assert kind_word(await server.ask(server.camille, f"<@{me.id}> je suis triste")) in starters(languages["fr"])


async def test_other_bots_and_webhooks_are_not_answered(env: simcord.Env, server: Server) -> None:
    robot = server.guild.add_member(env.create_user("robot", bot=True))
    webhook = server.guild.create_webhook(server.channel)

    await robot.send(server.channel, "je suis triste")
    await robot.send(server.channel, "$hello")
    await webhook.send("je suis triste")
    await webhook.send("$hello")

    assert server.answers() == []


async def test_a_webhook_is_not_answered_whatever_discord_says_of_its_author(server: Server, bot: EncourageBot) -> None:
    sent = await server.camille.send(server.channel, "bonjour")
    channel = bot.get_channel(server.channel.id)
    assert isinstance(channel, discord.TextChannel)
    message = await channel.fetch_message(sent.id)
    message.content, message.webhook_id = "$hello", 4711

    await bot.on_message(message)

    assert server.answers() == []


async def test_system_messages_are_not_answered(env: simcord.Env, server: Server, bot: EncourageBot) -> None:
    channel = bot.get_channel(server.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.create_thread(name="je suis triste", type=discord.ChannelType.public_thread)

    (thread,) = server.channel.threads
    notice = server.guild.create_system_message(
        server.channel, MessageType.THREAD_CREATED, author=server.camille, target_channel=thread
    )
    await env.settle()

    assert notice.content == "je suis triste"
    assert [message for message in server.answers() if message.type is discord.MessageType.reply] == []


async def test_the_bot_does_not_answer_itself(server: Server, clock: Clock) -> None:
    await server.ask(server.camille, "$new je suis triste aussi, courage")

    for _ in range(30):
        before = len(server.answers())
        await server.ask(server.camille, "je suis triste")
        assert len(server.answers()) == before + 1
        clock.advance(seconds=120)


async def test_an_ordinary_message_asks_nothing_of_the_disk_or_discord(
    env: simcord.Env, server: Server, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    import aiosqlite

    async def touched(*_: object, **__: object) -> None:
        raise AssertionError("an ordinary message touched the database")

    monkeypatch.setattr(aiosqlite.Connection, "_execute", touched)
    before = len(env.http_requests)

    await server.camille.send(server.channel, "bonjour à tous, quel temps !")

    assert len(env.http_requests) == before
    monkeypatch.undo()


async def test_without_the_right_to_read_the_history_the_answer_is_no_reply(server: Server, bot: EncourageBot) -> None:
    guild = bot.get_guild(server.guild.id)
    assert guild is not None
    channel = guild.get_channel(server.channel.id)
    assert channel is not None
    await channel.set_permissions(guild.me, read_message_history=False)

    await server.camille.send(server.channel, "je suis triste")

    (answer,) = server.answers()
    assert answer.reference is None


async def test_a_message_deleted_meanwhile_is_let_be(env: simcord.Env, server: Server) -> None:
    env.inject_error("POST", "/channels/*/messages", status=400, code=50035, message="Unknown message")

    assert await server.ask(server.camille, "je suis triste") == ""
    assert env.errors == []
