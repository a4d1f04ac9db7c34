"""Reads what a client says that it prefers (RFC 9110, section 12.5)."""

import re
from collections.abc import Collection, Iterator

_WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


def prefers_html(accept: str) -> bool:
    """Tell whether an `Accept` header asks for HTML rather than for plain text; one that leaves it open does not."""
    html = _preference(accept, "text/html")
    return html[0] > 0 and html > _preference(accept, "text/plain")


def language(accept_language: str, available: Collection[str], default: str) -> str:
    """Return the available language that an `Accept-Language` header wants most, or `default`."""
    wanted = sorted(_weights(accept_language), key=lambda item: item[1], reverse=True)
    for tag, weight in wanted:
        code = default if tag == "*" else tag.split("-")[0]
        if weight > 0 and code in available:
            return code
    return default


def _preference(accept: str, media_type: str) -> tuple[float, int]:
    """Return the weight of a media type, and how exactly the header names it."""
    weights = dict(_weights(accept))
    for exactness, name in ((2, media_type), (1, f"{media_type.split('/')[0]}/*"), (0, "*/*")):
        if name in weights:
            return weights[name], exactness
    return 0.0, 0


def _weights(header: str) -> Iterator[tuple[str, float]]:
    """Yield each name of the header and its weight; one whose weight can't be read is left out."""
    for item in header.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weight = next((part.removeprefix("q=").strip() for part in parameters if part.startswith("q=")), "1")
        if name and _WEIGHT.fullmatch(weight):
            yield name, float(weight)
