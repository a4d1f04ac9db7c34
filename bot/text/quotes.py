"""A quote in words."""

from bot.models import Quote, QuoteSource, Written
from bot.text.sentences import Voice


def quote_text(voice: Voice, quote: Quote) -> str:
    """Return a quote and who said it, with the credit that ZenQuotes asks for when it is theirs."""
    lines = [voice.text("inspire.quote", quote=Written(quote.text), author=Written(quote.author))]
    if quote.source is QuoteSource.ZENQUOTES:
        lines.append(voice.text("inspire.credit"))
    return "\n".join(lines)
