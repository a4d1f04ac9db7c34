"""The reader of feelings as a server with default settings has it: three detectors, and what they make of public chat.

`python benchmarks/feelings.py FOLDER` prints the table of the README. FOLDER holds `*.jsonl.gz`, a row
`{"set", "split", "lang", "text", "y", "labels"}` each, where `y` is 1 (sad), 0 (not sad) or null (nobody has said).
Without FOLDER, and below the table, it prints what reading costs; with it, of the messages of FOLDER too.
The detectors take a text and its language, and read every language whatever that one is, as the bot does.
"""

import gc
import gzip
import json
import random
import re
import statistics
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bot import languages  # noqa: E402
from bot.languages import Language  # noqa: E402
from bot.services.feelings.reader import Feeling, Feelings  # noqa: E402

SPLIT = "dev"
NEUTRAL = {"neutral", "others", "none", "Neutre"}
SADNESS = {"sadness", "grief"}
SHORT, LONGEST = 150, 4_000
# Each is repeated up to the longest message that the bot can be sent.
HOSTILE = (
    '"a',
    '"' + "a" * (LONGEST - 20),
    "«",
    "`",
    "||",
    "<@",
    "a://",
    "je suis ",
    "i want to ",
    "sad and ",
    "😢",
    "k*ll ",
    "é",
    "my friend wants to die ",
    "i don't think i want to die ",
    "soooo saaaad ",
)
# What people write all day, invented, in each language.
EVERYDAY = {
    "fr": (
        "ok",
        "on se retrouve à 21h ?",
        "quelqu'un a le lien du document d'hier, je ne le trouve plus dans le salon",
        "merci beaucoup pour ton aide !",
        "trop bien ce film, la fin est vraiment surprenante",
        "je passe te prendre vers 8h si ça te va",
        "ptdr mais non t'as vraiment fait ça",
        "il pleut encore, le match est reporté à dimanche",
        "j’ai fini le niveau 12 hier soir 😄",
        "tu peux m'envoyer la photo de tout à l'heure stp",
        "c'est quoi le mot de passe du serveur de test ?",
        "bon je vais manger, à toute",
    ),
    "en": (
        "ok",
        "I pushed the fix, can you have a look when you are back?",
        "the train leaves at noon, don't be late",
        "anyone up for a game tonight",
        "lol that was not supposed to happen",
        "does it work with the new version or should i wait?",
        "we could meet at 8 near the station, what do you think",
        "thanks, I'll try that tomorrow morning",
        "my internet is so slow today, I can't even open the page",
        "that’s the best pizza I’ve had in years 😄",
        "just finished season 2, no spoilers please!",
        "who has the notes of the last meeting",
    ),
}


@cache
def shipped() -> Feelings:
    """Return the reader with all languages of the project."""
    return Feelings({code: language.feelings for code, language in languages.load().items()})


def reading(text: str) -> str:
    """Tell what is read in a message."""
    return shipped().read(text).feeling.value


def answered(text: str, lang: str) -> bool:
    """Tell whether a message gets any answer."""
    return shipped().read(text).feeling is not Feeling.NONE


def helplines(text: str, lang: str) -> bool:
    """Tell whether a message is answered with helplines."""
    return shipped().read(text).feeling not in (Feeling.NONE, Feeling.SAD)


def rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the labelled messages; in GoEmotions, disappointment and remorse are neither sad nor not."""
    for file in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row["set"] == "goemotions" and row["y"] == 1 and SADNESS.isdisjoint(row["labels"]):
                    row["y"] = None
                if row["split"] == SPLIT:
                    yield row


def table(folder: Path) -> Iterator[str]:
    """Yield a row for each set: what was found of the sad, and how much was answered that should not be."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows(folder):
        read, count = reading(row["text"]), counts[row["set"]]
        labels = ["all", {1: "labelled sad", 0: "labelled calm", None: "unlabelled"}[row["y"]]]
        if row["y"] == 0 and NEUTRAL.issuperset(row["labels"]):
            labels.append("neutral")
        count.update([read, *labels])
        if read != Feeling.NONE:
            count.update(f"{label}, answered" for label in labels)
    yield "| set | messages | precision | recall | false per 1,000 neutral | answered per 1,000 | helplines |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name, count in counts.items():
        found, false, answers = (count[f"{label}, answered"] for label in ("labelled sad", "labelled calm", "all"))
        sad, labelled = count["labelled sad"], count["labelled sad"] + count["labelled calm"]
        figures = (
            f"{count['all']:,}",
            _share(found, (found + false) * bool(labelled), ".2f"),
            _share(found, sad, ".2f"),
            _share(1_000 * count["neutral, answered"], count["neutral"], ".1f"),
            _share(1_000 * answers, count["all"], ".1f"),
            str(answers - count[Feeling.SAD]),
        )
        yield f"| {' | '.join((name, *figures))} |"


def _share(part: int, whole: int, form: str) -> str:
    return format(part / whole, form) if whole else ""


def milliseconds(text: str, clock: Callable[[], int] = time.process_time_ns, readings: int = 15) -> float:
    """Return what reading a text takes at the least of several times."""
    times = []
    for _ in range(readings):
        began = clock()
        reading(text)
        times.append(clock() - began)
    return min(times) / 1_000_000


def soups(spoken: Mapping[str, Language]) -> Iterator[str]:
    """Yield texts made of nothing but the words that the patterns of a language name most often."""
    for code, language in spoken.items():
        named = Counter(re.findall(r"[a-z]+", json.dumps(language.feelings).lower()))
        for most in (30, 100, 400, 1_500):
            words = [word for word, _ in named.most_common(most)]
            yield " ".join(random.Random(code).choices(words, k=LONGEST))


def letters() -> Iterator[str]:
    """Yield texts of nothing but sentences of the corpus, in all languages: in each something stands."""
    sentences = [
        row["text"]
        for file in sorted((ROOT / "tests" / "corpus").glob("*.toml"))
        for row in tomllib.loads(file.read_text(encoding="utf-8"))["sentence"]
    ]
    for seed in range(4):
        yield "\n".join(random.Random(seed).sample(sentences, LONGEST // 20))


def medians(folder: Path | None) -> Iterator[tuple[str, str, float]]:
    """Yield what an everyday message takes, in microseconds, by where it comes from and in which language."""
    sources = {("the messages of this file", lang): [*texts] for lang, texts in EVERYDAY.items()}
    chat: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows(folder) if folder else ():
        if len(row["text"]) <= SHORT:
            chat[row["lang"]].append(row["text"])
    for lang, texts in chat.items():
        sources["2,000 messages of FOLDER", lang] = random.Random(7).sample(texts, min(2_000, len(texts)))
    for (source, lang), texts in sources.items():
        yield source, lang, statistics.median(milliseconds(text, time.perf_counter_ns) for text in texts) * 1_000


def main(folder: Path | None) -> None:
    """Print the table, and what reading costs."""
    began = time.process_time()
    shipped()
    print(f"making the reader ready: {(time.process_time() - began) * 1_000:.0f} ms")
    for line in table(folder) if folder else ():
        print(line)
    gc.freeze()
    for source, lang, median in medians(folder):
        print(f"reading an everyday message, {source}, {lang}: {median:.1f} µs (median)")
    hostile = [(text * LONGEST)[:LONGEST] for text in (*letters(), *HOSTILE, *soups(languages.load()))]
    first = milliseconds(hostile[0], readings=1)
    print(f"the first letter of {LONGEST:,} characters: {first:.1f} ms, and then {milliseconds(hostile[0]):.2f} ms")
    worst, text = max((milliseconds(text), text) for text in hostile)
    print(f"the worst of {len(hostile)} texts of {LONGEST:,} characters, {text[:24]!r} and so on: {worst:.2f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
