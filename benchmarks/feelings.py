"""The reader of feelings as a server with default settings has it: three detectors, and what they make of public chat.

`python benchmarks/feelings.py FOLDER` prints the table of the README. FOLDER holds `*.jsonl.gz`, a row
`{"set", "split", "lang", "text", "y", "labels"}` each, where `y` is 1 (sad), 0 (not sad) or null (nobody has said).
The detectors take a text and its language, and read every language whatever that one is, as the bot does.
"""

import gzip
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bot import languages  # noqa: E402
from bot.services.feelings.reader import Feeling, Feelings  # noqa: E402

SPLIT = "dev"
NEUTRAL = {"neutral", "others", "none", "Neutre"}
SADNESS = {"sadness", "grief"}
LONGEST = 4_000
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
)


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


def milliseconds(text: str) -> float:
    """Return what reading a text takes of the processor, the least of several times."""
    times = []
    for _ in range(7):
        began = time.process_time()
        reading(text)
        times.append(time.process_time() - began)
    return min(times) * 1_000


def main(folder: Path | None) -> None:
    """Print the table, and what reading costs."""
    for line in table(folder) if folder else ():
        print(line)
    worst, text = max((milliseconds((text * LONGEST)[:LONGEST]), text) for text in HOSTILE)
    print(f"the worst of {len(HOSTILE)} texts of {LONGEST:,} characters, {text[:4]!r} repeated: {worst:.2f} ms")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
