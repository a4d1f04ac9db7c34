"""The languages and the reader of feelings for all tests: nothing changes them, and to make them takes a while."""

from bot import languages
from bot.services.feelings.reader import Feelings

LANGUAGES = languages.load()
FEELINGS = Feelings({code: language.feelings for code, language in LANGUAGES.items()})
