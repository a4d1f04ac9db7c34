"""What members may not add, since it is said to somebody sad: cruelty, and links."""

from collections.abc import Mapping

import pytest

from bot.errors import UserError
from bot.languages import Language
from bot.models import Author, Platform, Scope
from bot.services import Services
from bot.services.feelings.reader import Feelings
from bot.services.links import has_link
from tests.conftest import Server

CRUEL = [
    "killyourself",
    "kill ur self",
    "k y s",
    "just give up on life",
    "vatependre",
    "t'as qu'à te suicider",
    "fais-toi du mal",
    "disparais",
    *(
        "va mourir",
        "kill yourself",
        "kys",
        "personne ne t'aime",
        "suicide-toi",
        "nobody loves you",
    ),
    *(
        "you're worthless",
        "Personne ne t'aime.",
        "va te pendre",
        "va crever",
        "crève",
        "meurs !",
        "tue-toi",
    ),
    *(
        "jette-toi sous un train",
        "saute du pont",
        "tu devrais mourir",
        "tu mérites de crever",
    ),
    *(
        "tu ne mérites pas de vivre",
        "j'espère que tu vas mourir",
        "tu vas mourir seul",
    ),
    *(
        "personne ne te regrettera",
        "tu ne manqueras à personne",
        "tout le monde te déteste",
    ),
    *(
        "tout le monde s'en fout de toi",
        "le monde serait mieux sans toi",
        "on serait mieux sans toi",
    ),
    *(
        "tu ne sers à rien",
        "tu sers à rien",
        "tu vaux rien",
        "tu es nul",
        "t'es nul",
        "t'es qu'une merde",
    ),
    *(
        "tu es un déchet",
        "t'es moche",
        "t'es une honte pour ta famille",
        "ta vie ne vaut rien",
        "ta gueule",
    ),
    *(
        "va te faire foutre",
        "arrête de chialer",
        "c'est de ta faute",
        "ouvre-toi les veines",
    ),
    *(
        "tu n'aurais jamais dû naître",
        "k*ll yourself",
        "kill urself",
        "k1ll yourself",
        "KILL YOURSELF",
    ),
    *(
        "kiiiill yourself",
        "you should kill yourself",
        "go die",
        "just die already",
        "die",
        "you should die",
    ),
    *(
        "i hope you die",
        "no one loves you",
        "nobody cares about you",
        "no one would miss you",
    ),
    *(
        "everyone hates you",
        "i hate you",
        "the world would be better without you",
        "you'd be better off dead",
    ),
    *(
        "youre worthless",
        "you are so pathetic",
        "you are a waste of space",
        "ur ugly",
        "you're a burden",
    ),
    *(
        "you deserve to die",
        "drink bleach",
        "jump off a bridge",
        "slit your wrists",
        "shut up",
        "stfu loser",
    ),
    *(
        "fuck you",
        "you should never have been born",
        "your life is worthless",
        "you will die alone",
    ),
    *(
        "stop whining",
        "you are nothing",
        "hang yourself",
        "`kill yourself`",
        "||kill yourself||",
    ),
    *(
        "be brave. kill yourself",
        "unalive yourself",
        "you will never be happy",
        "tu ne seras jamais heureux",
    ),
    *(
        "sui­cide-toi",
        "va te suicider mdr",
        "tu es un poids pour tout le monde",
        "you're a failure",
    ),
    *(
        "end your life",
        "why don't you just die",
    ),
]
KIND = [
    "nobody loves you like I do",
    "even when you feel worthless, we love you",
    "never give up on life",
    "personne ne t'aime comme moi",
    "ne te fais pas de mal",
    *(
        "you could kill it on stage",
        "tu vas tuer le game",
        "don't let anyone tell you you're worthless",
    ),
    *(
        "tu n'es pas nul",
        "you are not worthless",
        "you're not a burden",
        "nobody can replace you",
    ),
    *(
        "tu n'es pas un poids",
        "tu es précieux",
        "Positive attitude!",
        "You can do it.",
    ),
    *(
        "Je suis là si tu veux en parler",
        "tu n'es pas seul",
        "you are not alone",
        "everyone makes mistakes",
    ),
    *(
        "tout le monde t'aime",
        "tu vas y arriver",
        "ne laisse personne te dire que tu es nul",
    ),
    *(
        "ne crois jamais que tu ne vaux rien",
        "you are loved",
        "somebody loves you",
    ),
    *(
        "even if you feel nobody loves you, we do",
        "tu comptes pour nous",
    ),
    *(
        "il y a toujours quelqu'un qui t'aime",
        "tu mérites d'être heureux",
        "you deserve to be happy",
    ),
    *(
        "you deserve this rest",
        "never give up",
        "ça va aller",
        "le monde est mieux avec toi",
    ),
    *(
        "the world is better with you",
        "you are stronger than you think",
        "it's not your fault",
    ),
    *(
        "ce n'est pas de ta faute",
        "saute de joie",
        "crève l'écran",
        "tu es fort",
        "tu es géniale",
    ),
    *(
        "nothing is impossible",
        "rien n'est impossible",
        "tu n'es pas bête",
        "you're nothing short of amazing",
    ),
    *(
        "your life has meaning",
        "ta vie a de la valeur",
        "ta vie n'est pas finie",
        "hug yourself",
    ),
    *(
        "be kind to yourself",
        "don't be so hard on yourself",
        "take care of yourself",
        "prends soin de toi",
    ),
    *(
        "respire",
        "pleurer n'est pas une faiblesse",
        "it's ok to cry",
        "tu as le droit de pleurer",
    ),
    *(
        "you are enough",
        "hang in there!",
        "hang on",
        "cut yourself some slack",
    ),
    *(
        "tu vas mourir de rire en relisant ça",
        "You're not stupid, you're learning",
        "tu vaux mieux que ça",
    ),
    *(
        "tu as de la valeur",
        "t'es pas moche, t'es magnifique",
        "tu n'es pas une erreur",
        "we would miss you",
    ),
    *(
        "tu nous manquerais",
        "on t'aime",
        "fais-le à ton rythme",
        "fais-le pour toi",
        "you're a star",
    ),
    *(
        "la vie est dure mais toi aussi",
        "you're so much more than your failures",
        "tout le monde se trompe",
    ),
    *(
        "les gens qui disent que tu es nul se trompent",
        "don't listen to anyone who says you are useless",
    ),
    *(
        "your feelings are not a burden",
        "you never have to be alone",
        "go easy on yourself",
    ),
    *(
        "you don't have to be strong all the time",
        "it takes courage to be weak",
    ),
    *(
        "Let it out, cry as much as you need",
        "tu es un cas unique et précieux",
    ),
    *("tu n'es rien de moins qu'extraordinaire",),
]
LINKS = [
    "-https://example.test",
    *(
        "https://example.org",
        "Bravo http://example.org",
        "www.example.fr",
        "discord.gg/abc",
    ),
    *(
        "discord . gg/abc",
        "DISCORD.GG/X",
        "discord.com/invite/x",
        "t.me/x",
        "[clique](https://example.org)",
    ),
    *(
        "viens sur mon-site.fr",
        "ftp://example.org",
        "youtu.be/abc",
        "example.co/x",
        "ｄiscord．gg/x",
    ),
]
NO_LINKS = [
    *(
        "Courage.tu vas y arriver",
        "ok.me voilà",
        "fort.e/belle",
        "heureux.se/triste",
        "tu es fort.e",
    ),
    *(
        "c'est fini.ça va aller",
        "3.5/5",
        "et/ou",
        "bien...ça va",
        "1.2.3",
        "it's ok :/",
        "[tu] - (moi)",
    ),
    *("Point.de suture",),
]


@pytest.fixture(scope="module")
def feelings(languages: Mapping[str, Language]) -> Feelings:
    return Feelings({code: language.feelings for code, language in languages.items()})


@pytest.mark.parametrize("text", CRUEL)
def test_what_would_wound_is_read_as_cruel(feelings: Feelings, text: str) -> None:
    assert feelings.wounds(text)
    assert feelings.wounds(f"Courage. {text.upper()}. Bravo")


@pytest.mark.parametrize("text", KIND)
def test_what_consoles_or_cheers_is_not_cruel(feelings: Feelings, text: str) -> None:
    assert not feelings.wounds(text)


@pytest.mark.parametrize("text", LINKS)
def test_a_link_is_found_in_many_disguises(text: str) -> None:
    assert has_link(text)
    assert has_link(f"Courage, {text} !")


@pytest.mark.parametrize("text", NO_LINKS)
def test_a_full_stop_makes_no_link(text: str) -> None:
    assert not has_link(text)


def test_every_starter_could_be_added_by_a_member(feelings: Feelings, languages: Mapping[str, Language]) -> None:
    starters = [
        starter
        for language in languages.values()
        for starter in (*language.starters.exhorting, *language.starters.listening)
    ]

    assert not [starter for starter in starters if feelings.wounds(starter) or has_link(starter)]


async def test_no_list_takes_what_would_wound_or_links_whatever_the_server_ignores(services: Services) -> None:
    scope = Scope(Platform.DISCORD, 42)
    await services.words.ignore(scope, "kill yourself")
    for text, key in (("kill yourself", "new.cruel"), ("Bravo, discord.gg/abc", "new.link"), ("kys", "new.cruel")):
        with pytest.raises(UserError) as refusal:
            await services.encouragements.add(scope, author=Author(1, "Camille"), text=text, may_moderate=True)
        assert refusal.value.key == key

    assert not await services.encouragements.list(scope)


async def test_new_says_why_it_does_not_keep_a_message(server: Server) -> None:
    cruel = await server.ask(server.camille, "$new va mourir")
    link = await server.ask(server.camille, "$new viens sur www.example.org")

    assert cruel.startswith("Ce message pourrait blesser la personne qui le reçoit")
    assert link.startswith("Je ne garde ni liens ni invitations")
