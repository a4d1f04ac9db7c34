"""What the people of a chat on Telegram decide: settings, approval, words, and files that go elsewhere and back."""

import json
from typing import Any

import pytest

from bot.models import Platform, Scope
from bot.services import Services
from tests.conftest import with_plain_spaces
from tests.fake_telegram import ALEX, CAMILLE, SACHA, USERNAME, Chat, FakeTelegram
from tests.test_telegram import opened, written_as
from tests.test_telegram_alone import sent_to

COMMAND = {"type": "bot_command", "offset": 0, "length": 7}


def keyboard(call: dict[str, Any]) -> list[list[tuple[str, str]]]:
    rows = call.get("reply_markup", {}).get("inline_keyboard", [])
    return [[(button["callback_data"], with_plain_spaces(button["text"])) for button in row] for row in rows]


def buttons(call: dict[str, Any]) -> dict[str, str]:
    return {data: text for row in keyboard(call) for data, text in row}


def edited(telegram: FakeTelegram) -> dict[str, Any]:
    return telegram.sent("editMessageText")[-1]


def shown(telegram: FakeTelegram) -> str:
    return with_plain_spaces(edited(telegram)["text"])


async def test_the_keyboard_has_every_setting_of_the_chat(telegram: FakeTelegram) -> None:
    in_group = {
        "responding:off",
        "triggers",
        "cooldown",
        "contributors",
        "links:on",
        "starters",
        "quotes",
        "language",
        "helplines:off",
        "country",
    }
    group = telegram.group(admins=(CAMILLE,))
    # The bundled quotes are all that this bot has.
    for chat, expected in ((group, in_group - {"quotes"}), (telegram.private(), in_group - {"quotes", "contributors"})):
        await telegram.say("/settings", chat)

        assert set(buttons(telegram.sent()[-1])) == {f"settings:{name}" for name in expected}


async def test_countries_come_in_pages_that_open_at_the_one_that_counts(
    telegram: FakeTelegram, services: Services
) -> None:
    countries = services.helplines.suggest("fr", "")
    group, seen, page = telegram.group(admins=(CAMILLE,)), [], "settings:country"
    while page:
        await telegram.deliver(telegram.click(page, group))
        offered = buttons(edited(telegram))
        assert len(keyboard(edited(telegram))) <= 20
        seen += [data for data in offered if data.startswith("settings:country:")]
        page = next((data for data, text in offered.items() if text.startswith("▶️")), "")

    assert seen == [f"settings:country:{code}" for code in ("none", *(country.code for country in countries))]
    await telegram.deliver(telegram.click(seen[-1], group))
    assert (await services.preferences.get(Scope(Platform.TELEGRAM, group.id))).country == countries[-1].code
    await telegram.deliver(telegram.click("settings:country", group))
    assert buttons(edited(telegram))[seen[-1]].startswith("✅ ")
    await telegram.deliver(telegram.click("settings:country:none", group))
    assert (await services.preferences.get(Scope(Platform.TELEGRAM, group.id))).country is None
    await telegram.deliver(telegram.click("settings:country@999", group))
    assert seen[-1] in buttons(edited(telegram))


async def test_long_labels_have_a_row_of_their_own(telegram: FakeTelegram) -> None:
    await telegram.deliver(telegram.click("settings:country", telegram.private()))

    for row in keyboard(edited(telegram)):
        assert len(row) <= 2
        assert len(row) == 1 or all(len(text) <= 18 for _, text in row)


async def test_pauses_are_chosen_one_by_one(telegram: FakeTelegram) -> None:
    group = telegram.group(admins=(CAMILLE,))
    await telegram.deliver(telegram.click("settings:cooldown", group))

    assert "👤 pour une même personne" in shown(telegram)
    assert buttons(edited(telegram))["settings:cooldown:member_120"] == "✅ 👤 2 min"
    await telegram.deliver(telegram.click("settings:cooldown:channel_60", group))
    await telegram.deliver(telegram.click("settings:cooldown:member_0", group))
    assert "j'attends 1 min dans cette conversation" in shown(telegram)
    await telegram.say("/cooldown 45", group)
    await telegram.deliver(telegram.click("settings:cooldown", group))
    assert buttons(edited(telegram))["settings:cooldown:member_45"] == "✅ 👤 45 s"
    for nonsense in ("settings:cooldown:member_x", "settings:cooldown:member_99999"):
        await telegram.deliver(telegram.click(nonsense, group))
        assert telegram.sent("answerCallbackQuery")[-1].get("show_alert")
    assert "j'attends 45 s" in with_plain_spaces(await telegram.say("/cooldown", group))


async def test_who_may_add_messages_is_for_groups(telegram: FakeTelegram) -> None:
    group = telegram.group(admins=(CAMILLE,))

    assert await telegram.say("/contributors", group) == "Tout le monde peut ajouter des messages."
    await telegram.deliver(telegram.click("settings:contributors", group))
    assert buttons(edited(telegram))["settings:contributors:moderators"] == "Les administrateurs"
    assert "Gérer" not in str(buttons(edited(telegram)))
    await telegram.deliver(telegram.click("settings:contributors:moderators", group))
    assert "seuls les administrateurs" in with_plain_spaces(await telegram.say("/new Courage", group, SACHA))
    assert "ajouté" in await telegram.say("/new Courage", group)
    assert "que dans un groupe" in await telegram.say("/contributors everyone")


async def waiting(telegram: FakeTelegram, *texts: str) -> Chat:
    """A group that Camille administers, where these messages of Sacha's wait."""
    group = telegram.group(admins=(CAMILLE,))
    await telegram.say("/contributors approval", group)
    for text in texts:
        assert "attend l'accord d'un administrateur" in with_plain_spaces(
            await telegram.say(f"/new {text}", group, SACHA)
        )
    return group


async def test_an_administrator_approves_refuses_and_leaves_for_later(telegram: FakeTelegram) -> None:
    group = await waiting(telegram, "Un", "Deux", "Trois")

    await telegram.say("/pending", group)
    (first,) = sent_to(telegram, telegram.private())
    assert first.split("\n")[0] == "Le message n° 1 attend ton accord"
    assert "Un\n\n— Sacha, il y a " in first
    assert "1 sur 3 messages en attente" in first
    assert "blessée" not in first
    assert "Un" not in sent_to(telegram, group)[-1]
    asked = next(call for call in telegram.sent() if call["chat_id"] == CAMILLE.id)
    approve, refuse, later = buttons(asked)
    assert [*buttons(asked).values()] == ["Accepter", "Refuser", "Plus tard"]

    await telegram.deliver(telegram.click(later, telegram.private()))
    assert shown(telegram).startswith("Le message n° 2 attend ton accord")
    await telegram.deliver(telegram.click(approve, telegram.private()))
    assert shown(telegram).startswith("Le message n° 1 est accepté")
    await telegram.deliver(telegram.click(approve, telegram.private()))
    assert shown(telegram).startswith("Le message n° 1 n'attend plus")
    for number in (2, 3):
        await telegram.deliver(telegram.click(refuse.replace(":1:", f":{number}:"), telegram.private()))
    assert shown(telegram).endswith("Aucun message n'est en attente.")
    listed = await telegram.say("/list", group)
    assert "1. Un" in listed
    assert "Deux" not in listed


async def test_a_message_that_hurt_somebody_waits_again_and_nobody_learns_whom(telegram: FakeTelegram) -> None:
    group = telegram.group(admins=(CAMILLE,))
    await telegram.say("/new Courage", group, SACHA)
    await telegram.deliver(telegram.click(f"hurt:{ALEX.id}:1", group, ALEX))
    alert = with_plain_spaces(telegram.sent("answerCallbackQuery")[-1]["text"])

    assert alert.startswith("Désolé.")
    assert alert.endswith("Personne ne saura que ça vient de toi.")
    assert "Courage" not in await telegram.say("/list", group)
    await telegram.say("/pending", group)
    (pending,) = sent_to(telegram, telegram.private())
    assert "Pourquoi — Une personne à qui je l'ai dit en a été blessée." in pending
    assert "Alex" not in pending
    assert "1 sur 1 message en attente" in pending


async def test_a_kind_word_that_is_too_old_to_be_deleted_is_taken_away_all_the_same(telegram: FakeTelegram) -> None:
    group = telegram.group(admins=(CAMILLE,))
    await telegram.say("/new Courage", group, SACHA)
    telegram.refused_methods["deleteMessage"] = "Bad Request: message can't be deleted for everyone"
    old = telegram.click(f"hurt:{ALEX.id}:1", group, ALEX)
    old["callback_query"]["message"] = {"chat": group.as_json(), "message_id": 7, "date": 0}

    await telegram.deliver(old)

    assert (edited(telegram)["message_id"], shown(telegram)) == (7, "Ce mot est retiré.")
    assert "blessée" in await telegram.say("/pending", group)
    telegram.refused_methods["editMessageText"] = "Bad Request: message to edit not found"
    await telegram.say("/new Bravo", group, SACHA)
    await telegram.deliver(telegram.click(f"hurt:{ALEX.id}:2", group, ALEX))
    assert "Bravo" not in await telegram.say("/list", group)


async def test_approval_is_for_administrators_of_that_group(telegram: FakeTelegram, services: Services) -> None:
    group = await waiting(telegram, "Un")

    assert "administrateur" in await telegram.say("/pending", group, SACHA)
    await telegram.deliver(telegram.click(f"pending:approve:1:{group.id}", telegram.private(SACHA), SACHA))
    assert "administrateur" in telegram.sent("answerCallbackQuery")[-1]["text"]
    assert "administrateur" in await telegram.say(f"/start pending-{group.id}", person=SACHA)
    assert "que dans un groupe" in await telegram.say("/pending")
    assert await services.encouragements.list(Scope(Platform.TELEGRAM, group.id)) == []


@pytest.mark.parametrize("why", ["not begun", "anonymous"])
async def test_approval_waits_behind_a_link_for_whoever_can_not_be_written_to(telegram: FakeTelegram, why: str) -> None:
    group = await waiting(telegram, "Un")
    if why == "not begun":
        telegram.kicked.add(CAMILLE.id)

    said = await telegram.say("/pending", group, **(written_as(group) if why == "anonymous" else {}))

    assert said.startswith("Touche ce bouton")
    assert opened(telegram) == f"https://t.me/{USERNAME}?start=pending-{group.id}"
    telegram.kicked.clear()
    assert "Un" in await telegram.say(f"/start pending-{group.id}")


async def test_where_nobody_tells_who_administers_a_members_message_waits_all_the_same(telegram: FakeTelegram) -> None:
    group = await waiting(telegram)
    telegram.refused_methods["getChatMember"] = "Bad Request: member list is inaccessible"

    assert "attend l'accord" in with_plain_spaces(await telegram.say("/new Un", group, SACHA))


async def test_a_chat_has_words_of_its_own(telegram: FakeTelegram) -> None:
    group = telegram.group(admins=(CAMILLE,))

    assert "Ce groupe n'a pas encore de mots" in with_plain_spaces(await telegram.say("/words", group))
    assert "« spleen » compte comme triste" in with_plain_spaces(await telegram.say("/words add spleen", group))
    assert "« dépit »" in with_plain_spaces(await telegram.say("/words IGNORE  dépit", group))
    assert "déjà dans cette liste" in await telegram.say("/words add Spleen", group)
    listed = with_plain_spaces(await telegram.say("/words list", group))
    assert listed.startswith("Mots de ce groupe\n1 mot qui compte comme triste")
    assert "spleen" in listed
    assert "dépit" in listed
    assert "m'a semblé triste" in with_plain_spaces(await telegram.say("spleen", group, SACHA))
    assert "« spleen »" in with_plain_spaces(await telegram.say("/words remove spleen", group))
    for wrong in ("/words add", "/words delete x", "/words spleen"):
        assert "/words ignore <mot>" in await telegram.say(wrong, group), wrong
    assert "Notre conversation n'a pas encore" in await telegram.say("/words")


async def test_a_word_that_an_administrator_adds_is_no_call_for_help_and_anybody_elses_is(
    telegram: FakeTelegram,
) -> None:
    group = telegram.group(admins=(CAMILLE,))

    assert "3114" not in await telegram.say("/words ignore je veux mourir", group)
    assert "3114" in await telegram.say("/words ignore je veux mourir", group, SACHA)


async def file_of(telegram: FakeTelegram, group: Chat) -> bytes:
    await telegram.say("/export", group)
    return telegram.files[-1]


async def test_an_export_of_a_group_goes_to_the_administrator_in_private(telegram: FakeTelegram) -> None:
    group = telegram.group(admins=(CAMILLE,))
    await telegram.say("/new Courage", group)
    await telegram.say("/words add spleen", group)

    assert await telegram.say("/export", group) == "Je te l'ai envoyé en message privé."
    (sent,) = telegram.sent("sendDocument")
    assert sent["chat_id"] == CAMILLE.id
    assert "dans un autre groupe : /import" in with_plain_spaces(sent["caption"])
    content = json.loads(telegram.files[0])
    assert content["messages"] == [{"text": "Courage"}]
    assert content["settings"]["words"]["sad"] == ["spleen"]
    assert "Camille" not in telegram.files[0].decode()
    assert "administrateur" in await telegram.say("/export", group, SACHA)
    await telegram.say("/export", group, **written_as(group))
    assert opened(telegram) == f"https://t.me/{USERNAME}?start=export-{group.id}"
    await telegram.say(f"/start export-{group.id}")
    assert "administrateur" in await telegram.say(f"/start export-{group.id}", person=SACHA)
    assert [call["chat_id"] for call in telegram.sent("sendDocument")] == [CAMILLE.id, CAMILLE.id]


async def test_an_import_into_a_group_is_asked_for_and_confirmed_in_private(
    telegram: FakeTelegram, services: Services
) -> None:
    source, group, alone = telegram.group(admins=(CAMILLE,)), telegram.group(admins=(CAMILLE,)), telegram.private()
    await telegram.say("/new Courage", source)
    await telegram.say("/contributors approval", source)
    document = telegram.document(await file_of(telegram, source))

    assert "en privé" in await telegram.say("/import", group)
    assert opened(telegram) == f"https://t.me/{USERNAME}?start=import-{group.id}"
    asked = with_plain_spaces(await telegram.say(f"/start import-{group.id}"))
    assert "Le Jardin" in asked
    question = telegram.own(alone, telegram.sent()[-1])
    answer = telegram.message(None, alone, document=document, reply_to_message=question)
    (summary,) = await telegram.deliver(answer)
    assert "1 nouveau message, 0 déjà là" in summary
    assert "Qui peut ajouter des messages : Tout le monde → Tout le monde, après accord" in summary
    yes, no = buttons(telegram.sent()[-1])
    assert telegram.sent()[-1]["reply_parameters"]["message_id"] == answer["message"]["message_id"]
    kept = Scope(Platform.TELEGRAM, group.id)
    assert await services.encouragements.list(kept) == []

    file_there = {"reply_to_message": answer["message"]}
    await telegram.deliver(telegram.click(no, alone, **file_there))
    assert "rien n'a été changé" in shown(telegram)
    await telegram.deliver(telegram.click(yes, alone, SACHA, **file_there))
    assert "administrateur" in telegram.sent("answerCallbackQuery")[-1]["text"]
    await telegram.deliver(telegram.click(yes, alone))
    assert "retrouve plus" in telegram.sent("answerCallbackQuery")[-1]["text"]
    assert await services.encouragements.list(kept) == []
    await telegram.deliver(telegram.click(yes, alone, **file_there))
    assert shown(telegram).startswith("C'est importé")
    await telegram.deliver(telegram.click(yes, alone, **file_there))
    assert "déjà là" in shown(telegram)
    assert [each.text for each in await services.encouragements.list(kept)] == ["Courage"]


async def test_alone_a_file_is_taken_with_the_command_or_when_asked_for(
    telegram: FakeTelegram, services: Services
) -> None:
    alone = telegram.private()
    content = {
        "format": "encourage-bot",
        "version": 2,
        "messages": [{"text": "Courage"}],
        "settings": {"prefix": "!", "silence": ["1"], "contributors": "moderators", "words": {"sad": ["spleen"]}},
    }
    document = telegram.document(json.dumps(content).encode())
    caption: dict[str, Any] = {"caption": "/import", "caption_entities": [COMMAND]}
    await telegram.say("/import")
    question = telegram.own(alone, telegram.sent()[-1])
    assert telegram.sent()[-1]["reply_markup"]["force_reply"] is True

    for more in (caption, {"reply_to_message": question}):
        message = telegram.message(None, alone, document=document, **more)
        (summary,) = await telegram.deliver(message)
        assert summary.split("\n")[1:] == ["- 1 nouveau message, 0 déjà là", "- 1 nouveau mot, 0 déjà là"]
    yes, _ = buttons(telegram.sent()[-1])
    await telegram.deliver(telegram.click(yes, alone, reply_to_message=message["message"]))
    preferences = await services.preferences.get(Scope(Platform.TELEGRAM, CAMILLE.id))
    assert (preferences.words.sad, preferences.prefix, preferences.silence) == (("spleen",), None, frozenset())


async def test_a_file_that_can_not_be_taken_is_refused_with_the_reason(telegram: FakeTelegram) -> None:
    alone = telegram.private()
    await telegram.say("/import")
    question = telegram.own(alone, telegram.sent()[-1])

    async def send(document: dict[str, Any]) -> str:
        update = telegram.message(None, alone, document=document, reply_to_message=question)
        return with_plain_spaces("".join(await telegram.deliver(update)))

    assert "Ligne 1 : ce n'est pas du JSON" in await send(telegram.document(b"Courage"))
    assert "trop gros" in await send(telegram.document(b"") | {"file_size": 4_000_001})
    telegram.refused_methods["getFile"] = "Bad Request: file is temporarily unavailable"
    assert "auprès de Telegram" in await send(telegram.document(b"{}"))


async def test_a_file_given_in_a_group_is_not_taken_there(telegram: FakeTelegram) -> None:
    group = telegram.group(admins=(CAMILLE,))
    caption: dict[str, Any] = {"caption": "/import", "caption_entities": [COMMAND]}

    await telegram.deliver(telegram.message(None, group, document=telegram.document(b"{}"), **caption))

    assert opened(telegram) == f"https://t.me/{USERNAME}?start=import-{group.id}"
    assert telegram.sent("getFile") == []


@pytest.mark.parametrize("data", ["responding:off", "country:BE", "cooldown:member_7", "contributors:moderators"])
async def test_settings_are_not_changed_by_somebody_elses_click(
    telegram: FakeTelegram, services: Services, data: str
) -> None:
    group = telegram.group(admins=(ALEX,))
    before = await services.preferences.get(Scope(Platform.TELEGRAM, group.id))

    await telegram.deliver(telegram.click(f"settings:{data}", group, SACHA))
    assert await services.preferences.get(Scope(Platform.TELEGRAM, group.id)) == before
    assert "administrateur" in telegram.sent("answerCallbackQuery")[-1]["text"]
    await telegram.deliver(telegram.click(f"settings:{data}", group, ALEX))
    assert await services.preferences.get(Scope(Platform.TELEGRAM, group.id)) != before


async def test_a_private_click_into_a_group_takes_an_administrator_of_that_group(
    telegram: FakeTelegram, services: Services
) -> None:
    group, elsewhere = await waiting(telegram, "Courage"), telegram.private(SACHA)
    file = telegram.document(
        json.dumps({"format": "encourage-bot", "version": 2, "messages": [{"text": "!"}]}).encode()
    )
    asked = telegram.message(None, elsewhere, SACHA, document=file)["message"]
    for data in (f"import:yes:{group.id}", f"pending:approve:1:{group.id}", f"pending:refuse:1:{group.id}"):
        await telegram.deliver(telegram.click(data, elsewhere, SACHA, reply_to_message=asked))

    assert ["administrateur" in sent["text"] for sent in telegram.sent("answerCallbackQuery")] == [True] * 3
    scope = Scope(Platform.TELEGRAM, group.id)
    assert await services.encouragements.list(scope) == []
    assert (await services.encouragements.next_pending(scope)) is not None
