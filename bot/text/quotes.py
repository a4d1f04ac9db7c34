"""A quote in words."""

import re

from bot.models import Quote, QuoteSource, Written
from bot.text.sentences import Voice


def quote_text(voice: Voice, quote: Quote) -> str:
    """Return a quote and who said it, where and when if that is known, or with the credit that ZenQuotes asks for."""
    if quote.work is not None:
        # What is quoted inside a quote has other marks.
        text = re.sub(r"«\s?(.*?)\s?»", r"“\1”", quote.text)
        said = {"quote": Written(text), "author": Written(quote.author), "work": Written(quote.work)}
        return voice.text("inspire.bundled", **said, year=quote.year)
    lines = [voice.text("inspire.quote", quote=Written(quote.text), author=Written(quote.author))]
    if quote.source is QuoteSource.ZENQUOTES:
        lines.append(voice.text("inspire.credit"))
    return "\n".join(lines)
