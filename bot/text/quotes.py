"""A quote in words."""

from bot.models import Quote, QuoteSource
from bot.text.markdown import escape
from bot.text.sentences import Voice


def quote_text(voice: Voice, quote: Quote) -> str:
    """Return a quote and who said it, with the credit that ZenQuotes asks for when it is theirs."""
    lines = [voice.text("inspire.quote", quote=escape(quote.text), author=escape(quote.author))]
    if quote.source is QuoteSource.ZENQUOTES:
        lines.append(voice.text("inspire.credit"))
    return "\n".join(lines)
