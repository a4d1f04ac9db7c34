"""Who sees an answer on Telegram, where a link leads, and what the bot understands without a command."""

from typing import Any

import pytest

from bot.models import Platform
from bot.services import Services
from tests.conftest import Clock, with_plain_spaces
from tests.fake_telegram import ALEX, CAMILLE, SACHA, USERNAME, Chat, FakeTelegram
from tests.test_telegram import opened, written_as

OPEN = "Touche ce bouton"


def sent_to(telegram: FakeTelegram, chat: Chat) -> list[str]:
    """What has arrived in a chat."""
    return [
        with_plain_spaces(call["text"])
        for call in telegram.sent()
        if call.get("arrived") and call["chat_id"] == chat.id
    ]


async def test_what_its_author_alone_should_see_comes_in_private(telegram: FakeTelegram) -> None:
    for command, begin in {
        "/helpline": "À qui parler",
        "/helpline Belgique": "À qui parler",
        "/test je suis triste": "Dans cette phrase, je lis de la tristesse",
        "/privacy": "Ce que je garde",
        "/privacy forget": "Tes messages d'encouragement resteront",
        "/optout": "C'est noté : je ne lis plus tes messages",
        "/optin": "C'est noté : je lis de nouveau",
    }.items():
        group = telegram.group()
        await telegram.say(command, group)

        assert sent_to(telegram, telegram.private())[-1].startswith(begin)
        assert sent_to(telegram, group) == ["Je t'ai répondu en privé."]
        assert opened(telegram) == f"https://t.me/{USERNAME}"


# What is typed in a group, what is said there, what the button opens, and what is said there.
BEHIND_A_LINK = (
    ("/helpline", "À qui parler", "helpline", "3114"),
    ("/helpline Belgique", "0800 32 123", "helpline-BE", "0800 32 123"),
    ("/test je suis triste", OPEN, "test", "/test Je suis triste"),
    ("/privacy", OPEN, "privacy", "Ce que je garde"),
    ("/privacy forget", OPEN, "privacy-forget", "Je t'oublie ?"),
    ("/optout", "C'est noté.", "optout", "je ne lis plus tes messages"),
    ("/optin", "C'est noté.", "optin", "je lis de nouveau"),
)


async def test_whoever_has_not_begun_a_private_chat_gets_a_link_that_opens_the_answer(telegram: FakeTelegram) -> None:
    for command, said, link, there in BEHIND_A_LINK:
        group = telegram.group()
        telegram.kicked.add(CAMILLE.id)
        await telegram.say(command, group)
        telegram.kicked.clear()

        (answer,) = sent_to(telegram, group)
        assert said in answer
        assert OPEN in answer
        assert "triste" not in answer
        assert opened(telegram) == f"https://t.me/{USERNAME}?start={link}"
        assert there in with_plain_spaces(await telegram.say(f"/start {link}"))


async def test_whoever_writes_as_the_group_gets_such_a_link(telegram: FakeTelegram) -> None:
    for command, said, link, _ in BEHIND_A_LINK:
        if command == "/privacy forget":
            # Whom the group forgets is asked there.
            continue
        group = telegram.group()
        await telegram.say(command, group, **written_as(group))

        (answer,) = sent_to(telegram, group)
        assert said in answer
        assert opened(telegram) == f"https://t.me/{USERNAME}?start={link}"
    assert sent_to(telegram, telegram.private()) == []


async def test_a_file_waits_behind_its_link_for_the_one_who_opens_it(telegram: FakeTelegram) -> None:
    await telegram.say("/start privacy-export")

    assert [call["chat_id"] for call in telegram.sent("sendDocument")] == [CAMILLE.id]
    assert telegram.said() == []


async def test_a_link_that_anybody_may_have_made_changes_nothing(telegram: FakeTelegram, services: Services) -> None:
    await telegram.say("/new Bravo")

    for link in ("optout", "privacy-forget", "responding-off", "new-Courage", "nothing", "help-x-y-z"):
        assert await telegram.say(f"/start {link}") != ""
    assert not services.opt_outs.has(Platform.TELEGRAM, CAMILLE.id)
    assert await telegram.say("/responding") == "Réponse activée."
    assert "1. Bravo — Camille" in await telegram.say("/list")


async def test_in_a_group_help_leads_to_the_private_help(telegram: FakeTelegram) -> None:
    group = telegram.group()

    in_group = await telegram.say("/help", group)
    assert opened(telegram) == f"https://t.me/{USERNAME}?start=help"
    in_private = await telegram.say("/start help")
    assert "si tu administres le groupe" in in_group
    assert "groupe" not in in_private.split("\n\n", 1)[1]
    assert "\n/help " not in in_group + in_private
    assert "\n/start " not in in_group + in_private


async def test_the_private_answer_is_in_the_language_of_the_one_who_reads_it(telegram: FakeTelegram) -> None:
    group = telegram.group()

    await telegram.say("/privacy", group, ALEX)

    assert sent_to(telegram, telegram.private(ALEX))[0].startswith("What I keep")
    assert sent_to(telegram, group) == ["Je t'ai répondu en privé."]


async def test_an_answer_that_came_in_private_does_not_come_again_when_the_group_refuses_the_note(
    telegram: FakeTelegram,
) -> None:
    group = telegram.group()
    telegram.refused[group.id] = "Bad Request: not enough rights to send text messages to the chat"

    assert (await telegram.post(telegram.message("/privacy", group))).status == 200
    assert len(sent_to(telegram, telegram.private())) == 1


@pytest.mark.parametrize("who", ["an anonymous administrator", "a channel"])
async def test_buttons_under_an_answer_to_a_chat_work_for_any_administrator(
    telegram: FakeTelegram, services: Services, who: str
) -> None:
    group = telegram.group(admins=(SACHA,))
    mask = written_as(group if who == "an anonymous administrator" else telegram.group(type="channel"))
    for number in range(11):
        await telegram.say(f"/new Message {number}", group)
    await telegram.say("/list", group, **mask)
    ((turn,),) = telegram.sent()[-1]["reply_markup"]["inline_keyboard"]
    await telegram.say("je suis triste", group, **mask)
    fine, *_, opt_out = [row[0] for row in telegram.sent()[-1]["reply_markup"]["inline_keyboard"]]

    for button in (turn, fine, opt_out):
        before = len(telegram.calls)
        await telegram.deliver(telegram.click(button["callback_data"], group))
        assert [name for name, _ in telegram.calls[before:]] == ["getChatMember", "answerCallbackQuery"]
        assert telegram.sent("answerCallbackQuery")[-1]["show_alert"] is True
    for button in (turn, fine, opt_out):
        await telegram.deliver(telegram.click(button["callback_data"], group, SACHA))

    assert len(telegram.sent("editMessageText")) == 1
    assert len(telegram.sent("deleteMessage")) == 1
    assert services.opt_outs.has(Platform.TELEGRAM, mask["sender_chat"]["id"])


@pytest.fixture
def hidden(telegram: FakeTelegram) -> FakeTelegram:
    """A Telegram that tells nobody who administers a group."""
    telegram.refused_methods["getChatMember"] = "Bad Request: member list is inaccessible"
    return telegram


async def test_where_administrators_are_hidden_it_says_so_and_how_to_mend_it(hidden: FakeTelegram) -> None:
    group = hidden.group(admins=(SACHA,))
    await hidden.say("/new De Camille", group)

    for command in ("/settings", "/responding off", "/words", "/export", "/del 1"):
        assert "ne me dit pas qui administre" in with_plain_spaces(await hidden.say(command, group, SACHA)), command
    await hidden.deliver(hidden.click("settings:responding:off", group, SACHA))
    alert = with_plain_spaces(hidden.sent("answerCallbackQuery")[-1]["text"])
    assert alert.startswith("Telegram ne me dit pas qui administre")
    assert alert.endswith("réessayer.")
    assert "supprimé" in await hidden.say("/del 1", group)
    assert "3114" in await hidden.say("/helplines", group)
    assert "/hello" in await hidden.say("/help", group)


@pytest.mark.parametrize("kind", ["private", "group"])
async def test_a_message_that_is_changed_is_read_again_for_danger(telegram: FakeTelegram, kind: str) -> None:
    for before, after, answer in (
        ("/test", "/test je veux mourir", ""),
        ("bonjour", "je suis triste", ""),
        ("bonjour", "/hello", ""),
        ("bonjour", f"@{USERNAME} ça va ?", ""),
        ("bonjour", "je veux mourir", "3114"),
        ("je veux mourir", "je veux mourir.", ""),
        ("/hello", "/hello mon amie veut se suicider", "3114"),
    ):
        chat = telegram.private() if kind == "private" else telegram.group(admins=(CAMILLE,))
        update = telegram.message(before, chat)
        await telegram.deliver(update)
        edited = telegram.message(after, chat, message_id=update["message"]["message_id"], edit_date=1_770_000_001)

        said = await telegram.deliver(telegram.update(edited_message=edited["message"]))

        assert answer in "".join(said) if answer else said == [], after


async def test_a_command_that_there_is_not_gets_one_line_in_private(telegram: FakeTelegram) -> None:
    assert await telegram.say("/ban") == "Je ne connais pas cette commande. Tout ce que je sais faire : /help"
    assert "3114" in await telegram.say("/ban je veux mourir")
    assert await telegram.say("/ban", telegram.group()) == ""
    assert await telegram.say("/ban@AnotherBot") == ""


def mentioning(text: str) -> dict[str, Any]:
    name = f"@{USERNAME}"
    return {"entities": [{"type": "mention", "offset": text.index("@"), "length": len(name)}]}


async def test_its_name_with_plain_words_gets_a_hint(telegram: FakeTelegram) -> None:
    for text in (f"@{USERNAME} tu fais quoi ?", f"hé @{USERNAME}, ça va ?"):
        answer = await telegram.say(text, telegram.group(), **mentioning(text))

        assert answer == "Je suis là. Tout ce que je sais faire : /help"
        assert opened(telegram) == f"https://t.me/{USERNAME}?start=help"


async def test_its_name_from_somebody_sad_or_in_danger_gets_no_hint(telegram: FakeTelegram) -> None:
    group, sad, danger = telegram.group(), f"@{USERNAME} je suis triste", f"@{USERNAME} je veux mourir"

    assert "m'a semblé triste" in with_plain_spaces(await telegram.say(sad, group, **mentioning(sad)))
    assert await telegram.say(sad, group, **mentioning(sad)) == ""
    assert "3114" in await telegram.say(danger, group, **mentioning(danger))
    other = f"@{USERNAME}2 salut"
    assert await telegram.say(other, group, **mentioning(other)) == ""


@pytest.mark.parametrize("kind", ["private", "group"])
async def test_new_on_its_own_asks_for_the_message(telegram: FakeTelegram, kind: str) -> None:
    chat = telegram.private() if kind == "private" else telegram.group()
    await telegram.say("/new", chat)
    asked = telegram.sent()[-1]
    question = telegram.own(chat, asked)

    assert asked["reply_markup"]["force_reply"] is True
    assert asked["reply_markup"]["selective"] is True
    added = "Nouveau message d'encouragement ajouté. C'est le n° 1."
    assert with_plain_spaces(await telegram.say("Tu vas y arriver.", chat, reply_to_message=question)) == added
    assert "3114" in await telegram.say("je veux mourir", chat, reply_to_message=question)
    assert with_plain_spaces(await telegram.say("/cancel", chat, reply_to_message=question)) == (
        "D'accord : rien n'a été changé."
    )
    assert await telegram.say("Une réponse à autre chose.", chat, reply_to_message=telegram.own(chat)) == ""
    under_a_picture = telegram.message(None, chat, caption="Le jour va se lever.", reply_to_message=question)
    assert len(await telegram.deliver(under_a_picture)) == 1
    listed = await telegram.say("/list", chat)
    assert "Tu vas y arriver." in listed
    assert "Le jour va se lever." in listed


async def test_whoever_may_not_add_a_message_is_not_asked_for_one(telegram: FakeTelegram) -> None:
    group = telegram.group(admins=(SACHA,))
    await telegram.say("/contributors moderators", group, SACHA)

    assert "seuls les administrateurs" in await telegram.say("/new", group)
    assert "Quel message" in await telegram.say("/new", group, SACHA)


def replying(telegram: FakeTelegram, group: Chat, text: str, **more: Any) -> dict[str, Any]:
    """What makes a message a reply to one of Sacha's."""
    return {"reply_to_message": telegram.message(text, group, SACHA, **more)["message"]}


async def test_encourage_replies_to_the_message_with_a_kind_word(telegram: FakeTelegram, clock: Clock) -> None:
    group = telegram.group()
    reply = replying(telegram, group, "j'ai raté mon examen")

    said = with_plain_spaces(await telegram.say("/encourage", group, **reply))

    assert "Camille t'envoie ce mot" in said
    sent = telegram.sent()[-1]
    assert sent["reply_parameters"]["message_id"] == reply["reply_to_message"]["message_id"]
    assert [row[0]["callback_data"] for row in sent["reply_markup"]["inline_keyboard"]] == [
        f"fine:{SACHA.id}",
        f"opt-out:{SACHA.id}",
    ]
    assert "vient d'être envoyé" in await telegram.say("/encourage", group, **reply)
    clock.advance(seconds=121)
    assert "t'envoie ce mot" in await telegram.say("/encourage", group, **reply)


async def test_encourage_gives_helplines_to_a_message_that_calls_for_them(telegram: FakeTelegram) -> None:
    group = telegram.group()
    reply = replying(telegram, group, "je veux mourir")

    assert "3114" in await telegram.say("/encourage", group, **reply)
    assert telegram.sent()[-1]["reply_parameters"]["message_id"] == reply["reply_to_message"]["message_id"]


@pytest.mark.parametrize("case", ["in danger a while ago", "opted out", "a bot"])
@pytest.mark.parametrize("begun", [True, False])
async def test_why_somebody_can_not_be_encouraged_is_told_to_nobody_but_the_one_who_asked(
    telegram: FakeTelegram, services: Services, case: str, *, begun: bool
) -> None:
    group = telegram.group()
    more: dict[str, Any] = {}
    if case == "in danger a while ago":
        await telegram.say("je veux mourir", group, SACHA)
    elif case == "opted out":
        await telegram.say("/optout", person=SACHA)
    else:
        more = {"from": {"id": 5, "is_bot": True, "first_name": "x"}}
    if not begun:
        telegram.kicked.add(CAMILLE.id)
    before = len(sent_to(telegram, group))

    await telegram.say("/encourage", group, **replying(telegram, group, "bof", **more))

    neutral = "Je ne peux pas répondre à ce message à ta place."
    (public,) = sent_to(telegram, group)[before:]
    assert public == "Je t'ai répondu en privé." if begun else public.startswith(neutral)
    assert len(sent_to(telegram, telegram.private())) == begun


async def test_encourage_says_how_it_is_used(telegram: FakeTelegram) -> None:
    group = telegram.group()
    topic = telegram.message(None, group, forum_topic_created={"name": "x", "icon_color": 1})["message"]

    assert "Réponds au message" in await telegram.say("/encourage", group)
    assert "Réponds au message" in await telegram.say("/encourage", group, reply_to_message=topic)
    assert "dans un groupe" in await telegram.say("/encourage")
    assert "3114" in await telegram.say("/encourage je veux mourir", group)
