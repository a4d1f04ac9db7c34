"""The languages, the corpus and the reader of feelings for all tests: nothing changes them, and they take a while."""

import tomllib
from pathlib import Path

from bot import languages
from bot.prepared import load_feelings

LANGUAGES = languages.load()
FEELINGS = load_feelings(LANGUAGES)
# The words by which a message may hold something to read.
KEYS = sorted({word for rules in FEELINGS._rules.values() for word in rules.entries})
CORPUS = Path(__file__).parent / "corpus"
SENTENCES = {
    file.stem: tomllib.loads(file.read_text(encoding="utf-8"))["sentence"] for file in sorted(CORPUS.glob("*.toml"))
}
