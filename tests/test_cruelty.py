"""What members may not add, since it is said to somebody sad: cruelty, and links."""

import json
from collections.abc import Mapping

import pytest

from bot.errors import UserError
from bot.languages import Language
from bot.models import Author, Platform, Scope
from bot.services import Services
from bot.services.feelings.reader import Feelings
from bot.services.links import has_link
from tests.conftest import Server
from tests.reading import FEELINGS

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
# What people say in as many ways, one a line.
SAID_TO_WOUND = """
va crever sale merde
jette toi du pont
ouvre toi les veines
t'es une merde
sale grosse
tu me dégoûtes
nique ta mère
connard
t'es qu'un déchet
tu mérites de mourir
tu devrais pas exister
tu manqueras à personne
bouffe de la javel
tu devrais te tuer
pleure encore petite victime
bien fait pour ta gueule
t'as aucun ami
tu n'arriveras jamais à rien
pauvre type
ton suicide ferait plaisir
même ta mère te déteste
t'es trop con
sale pédé
je vais te tuer
étouffe-toi
prends une corde et fais le boulot
tu es la honte de ta famille
vas-y saute
tu pues
tes parents regrettent de t'avoir eu
t'es insupportable, dégage
coupe-toi plus profond
rien à foutre de tes pleurs
va te faire soigner
ta vie n'a aucun intérêt
t'as vu ta tronche ?
encore toi ? dégage
le jour où tu mourras on fera la fête
personne voudra jamais de toi
j'ai honte de te connaître
rends service à tout le monde, tue-toi
plante-toi un couteau
t'es qu'une attention whore
on n'a pas besoin de toi
tu n'es personne
la terre se porterait mieux sans toi
t'inquiète, personne ne te pleurera
tu as tout raté dans ta vie
die in a hole
go jump off a bridge
neck yourself
do us all a favor and disappear
end yourself
no one will ever love you
even your mom hates you
ur trash
you're a waste of oxygen
you are ugly
you're so fat
shut the fuck up
eat shit
you stupid bitch
you are so dumb
what a loser
you'll never amount to anything
nobody would miss you
cry about it
it's your own fault she left
your death would make my day
you should've been aborted
you failure
i hope you rot alone
rid us of yourself
your face makes me puke
you're useless
nobody will remember you
cut deeper
no one cares about your tears
you're a nobody
nobody wants you here
stop existing
you're not wanted here
take a long walk off a short pier
the best thing you could do is die
i wish you were never born
you make me sick
put a bullet in your head
you deserve everything that happened to you
just end it already
you are the problem
you look like trash
unalive urself
we don't want you
""".strip().splitlines()
SAID_TO_COMFORT = """
celui qui dit que tu ne sers à rien ment
tu sers à quelque chose, toujours
ce n'est pas vrai que personne ne t'aime
personne n'a le droit de te dire que tu ne vaux rien
tu n'es pas un déchet
le monde serait plus triste sans toi
tu manquerais à plein de gens
ta vie vaut la peine
merci d'être là.Vraiment
tu déchires
ferme les yeux et respire
pleure si tu en as besoin, ça soulage
tu as le droit d'être triste
t'es pas tout seul
ne meurs pas, on a besoin de toi
reste avec nous
ne te suicide pas, appelle quelqu'un
va te coucher, demain ira mieux
va dormir mon grand
jette tes soucis à la poubelle
tu n'arriveras peut-être pas du premier coup, et c'est normal
ce n'est pas de ta faute si elle est partie
personne ne te juge ici
je te déteste pas, je t'adore
t'es trop bon
t'es con mais on t'aime
crève l'écran !
tu vas tout déchirer
rien de ce qu'ils disent n'est vrai
t'inquiète, même les nuls finissent par gagner
vas-y, saute le pas !
tu n'es pas inutile, crois-moi
prends soin de toi, et un thé
on s'en fout de ce qu'ils pensent de toi, tu es génial
ne dis pas que tu es un raté
tu as survécu à 100 % de tes pires journées
ton chagrin n'intéresse peut-être pas tout le monde, mais moi si
même les jours nuls finissent
personne ne te remplacera jamais
tu me manques
tu n'es jamais de trop
même les jours où tu te trouves nul, on t'aime
tu as raté un examen, pas ta vie
tu n'as rien fait de mal
arrête de te faire du mal, tu mérites de la douceur
personne ne peut te remplacer
tu seras toujours mon ami
tu n'es pas ce que tu as raté
tu te trouves moche ? moi je te trouve belle
tu n'es pas ta dépression
ceux qui se moquent de toi ne te valent pas
je serais triste si tu disparaissais
ne disparais pas, on tient à toi
tu n'as pas besoin d'être fort
il n'y a pas de honte à demander de l'aide
whoever says you're worthless is lying
nobody loves you? i do
don't believe anyone who says you're ugly
the world would be darker without you
we'd miss you
please don't die
stay with us
don't kill yourself over this exam
if you think about suicide, talk to someone
you're killing it
knock em dead
jump in, the water's fine
hang in there
take it easy
you deserve better
you don't deserve to suffer
cry if you need to
it's okay to cry about it
nobody is perfect
you will never be alone
you'll never walk alone
you matter to us
your story isn't over
you're fucking awesome
hell yeah you can
i hate that you feel this way
thanks.you are great
you're stupidly brave
dying is not the answer
you're not a loser
this too shall pass
go on, take the leap
you're not useless, trust me
put the kettle on and look after yourself
who cares what they think of you, you're great
don't call yourself a failure
you've survived 100% of your worst days
maybe nobody asked today, so: how are you?
even bad days end
you can cry here
you don't have to be perfect
the world needs you
whatever they said, you're not stupid
nobody can take that from you
you have nothing to be ashamed of
those who laugh at you are wrong
you think you're ugly? i think you're beautiful
we all need you here
rest, you deserve it
there's no shame in asking for help
your pain is real
life sucks sometimes but you don't
please don't disappear
you are worth the wait
tonight you can just be sad
""".strip().splitlines()
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


@pytest.fixture
def feelings() -> Feelings:
    return FEELINGS


def test_what_would_wound_is_read_as_cruel(feelings: Feelings) -> None:
    assert [text for text in CRUEL if not feelings.wounds(text)] == []
    assert [text for text in CRUEL if not feelings.wounds(f"Courage. {text.upper()}. Bravo")] == []


def test_what_consoles_or_cheers_is_not_cruel(feelings: Feelings) -> None:
    assert [text for text in KIND if feelings.wounds(text)] == []


def test_constructions_that_wound_are_told_from_those_that_comfort(feelings: Feelings) -> None:
    assert not [text for text in SAID_TO_WOUND if not feelings.wounds(text)]
    assert not [text for text in SAID_TO_COMFORT if feelings.wounds(text)]


@pytest.mark.parametrize(
    ("text", "cruel"),
    [
        *(("tu ne sers à rien", True), ("celui qui dit que tu ne sers à rien ment", False)),
        *(("shut up", True), ("shut up, you're amazing", False), ("i won't shut up until you smile", False)),
        *(("ton suicide ferait plaisir", True), ("ta mort nous ferait tant de peine", False)),
        *(("n'oublie pas que tu es nul", True), ("ne crois pas que tu es nul", False)),
        *(("you're useless, they say", True), ("they say you're useless, they lie", False)),
    ],
)
def test_who_says_it_and_what_goes_with_it_decide(feelings: Feelings, text: str, cruel: bool) -> None:
    assert feelings.wounds(text) is cruel


def test_a_link_is_found_in_many_disguises() -> None:
    assert [text for text in LINKS if not has_link(text) or not has_link(f"Courage, {text} !")] == []


def test_a_full_stop_makes_no_link() -> None:
    assert [text for text in NO_LINKS if has_link(text)] == []


def test_an_ending_that_is_a_word_makes_a_link_only_of_what_is_none(feelings: Feelings) -> None:
    assert not has_link("merci.net", feelings.knows)
    assert has_link("viens sur petitserveur.net", feelings.knows)
    assert has_link("merci.net/rejoins", feelings.knows)


def test_every_starter_could_be_added_by_a_member(feelings: Feelings, languages: Mapping[str, Language]) -> None:
    starters = [
        starter
        for language in languages.values()
        for starter in (*language.starters.exhorting, *language.starters.listening)
    ]

    assert not [starter for starter in starters if feelings.wounds(starter) or has_link(starter)]


async def test_no_list_takes_what_would_wound_or_links_whatever_the_server_ignores(services: Services) -> None:
    scope = Scope(Platform.DISCORD, 42)
    await services.words.ignore(scope, "yourself")
    for text, key in (("kill yourself", "new.cruel"), ("Bravo, discord.gg/abc", "new.link"), ("kys", "new.cruel")):
        with pytest.raises(UserError) as refusal:
            await services.encouragements.add(scope, author=Author(1, "Camille"), text=text, may_moderate=True)
        assert refusal.value.key == key

    assert not await services.encouragements.list(scope)


async def test_a_server_may_allow_links_and_they_hide_nothing(
    server: Server, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.ask(server.admin, "$links on")
    await server.ask(server.camille, "$new Si tu veux : [SOS](https://example.org/aide)")
    (kept,) = await services.encouragements.list(Scope(Platform.DISCORD, server.guild.id))
    monkeypatch.setattr(services.encouragements._rng, "choice", lambda words: words[-1])

    said = await server.ask(server.camille, "je suis triste")

    assert kept.text == "Si tu veux : [SOS](https://example.org/aide)"
    assert said.startswith("Si tu veux : SOS (https://example.org/aide)")


async def test_a_file_brings_links_where_they_are_allowed_there_or_by_itself(services: Services) -> None:
    def content(**settings: bool) -> bytes:
        messages = [{"text": "Lis https://example.org"}]
        file = {"format": "encourage-bot", "version": 2, "messages": messages, "settings": settings}
        return json.dumps(file).encode()

    for refused in (content(), content(links=False)):
        found = await services.transfer.read(refused)
        assert (found.messages, found.messages_left_out) == ({}, 1)
    assert (await services.transfer.read(content(links=True))).messages
    assert (await services.transfer.read(content(), links=True)).messages


async def test_new_says_why_it_does_not_keep_a_message(server: Server) -> None:
    cruel = await server.ask(server.camille, "$new va mourir")
    link = await server.ask(server.camille, "$new viens sur www.example.org")

    assert cruel.startswith("Ce message pourrait blesser la personne qui le reçoit")
    assert link.startswith("Je ne garde ni liens ni invitations")


def test_a_stretched_letter_of_a_cruel_phrase_is_not_taken_for_another_word(feelings: Feelings) -> None:
    assert feelings.wounds("tttt n seras aussi juste une poids")
