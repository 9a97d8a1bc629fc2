"""Finds quotes in the text of a page, as in the Web Annotation Data Model (TextQuoteSelector: exact, prefix, suffix). Pure.

Texts are compared without white space and invisible characters. The work is bounded by the length of the text times the number of quotes.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NamedTuple

CONTEXT_CHARS = 32
"""Number of characters of prefix and suffix that are compared, without white space."""

# White space, the bars with which extraction separates the cells of a row, and the characters that `folded` removes.
DROPPED = re.compile("[\\s|\u00ad\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
"""Characters that are not compared."""

_MOST_PLACES = 100_000
_NEAREST = 200
_FEWEST_CONTEXT_CHARS = 6


class TextQuote(NamedTuple):
    """A text to mark on a page. Plain data for a worker process.

    Attributes:
        name: Name of the fact that it states; part of the mark's id.
        exact: The text, such as a sentence.
        start: Start of the value in it, in characters.
        end: End of the value (exclusive).
        prefix: Text before it.
        suffix: Text after it.
        position: Where in the page's text it begins: 0 at the beginning, 1 at the end.
    """

    name: str
    exact: str
    start: int
    end: int
    prefix: str
    suffix: str
    position: float


class TextRange(NamedTuple):
    """A place in a condensed text: its begin and end, and those of the value in it."""

    begin: int
    end: int
    value_begin: int
    value_end: int


def condensed(text: str) -> str:
    """Return the characters of a text that are compared."""
    plain = "".join(text.split())
    return plain if plain.isalnum() else DROPPED.sub("", plain)


def find(text: str, quote: TextQuote) -> TextRange | None:
    """Return the place of a quote: of several, one with as much of its context as possible, and of these the one nearest to its position.

    `text` is condensed. If the page writes the rest of a sentence differently, the value alone is marked where the text around it is the same.
    """
    exact, lead = condensed(quote.exact), len(condensed(quote.exact[: quote.start]))
    value = condensed(quote.exact[quote.start : quote.end])
    expected = int(quote.position * len(text))
    begin, _ = _best(text, exact, condensed(quote.prefix), condensed(quote.suffix), expected)
    if begin is not None:
        return TextRange(begin, begin + len(exact), begin + lead, begin + lead + len(value))
    prefix, suffix = condensed(quote.prefix) + exact[:lead], exact[lead + len(value) :] + condensed(quote.suffix)
    begin, same = _best(text, value, prefix, suffix, expected)
    if begin is None or same < min(_FEWEST_CONTEXT_CHARS, len(prefix) + len(suffix)):
        return None
    return TextRange(begin, begin + len(value), begin, begin + len(value))


def _best(text: str, exact: str, prefix: str, suffix: str, expected: int) -> tuple[int | None, int]:
    """Return the best place of a text and how many characters of its context are the same there; None and 0 if there is no place."""
    places = _places(text, exact)
    if not places:
        return None, 0
    prefix, suffix = prefix[-CONTEXT_CHARS:], suffix[:CONTEXT_CHARS]
    middle = bisect_left(places, expected)
    near = places[max(middle - _NEAREST, 0) : middle + _NEAREST]
    scored = (
        (_same_end(text[max(at - len(prefix), 0) : at], prefix) + _same_start(text[at + len(exact) :][: len(suffix)], suffix), -abs(at - expected), at)
        for at in near
    )  # fmt: skip
    same, _, at = max(scored)
    return at, same


def _places(text: str, exact: str) -> list[int]:
    places: list[int] = []
    at = text.find(exact) if exact else -1
    while at >= 0 and len(places) < _MOST_PLACES:
        places.append(at)
        at = text.find(exact, at + len(exact))
    return places


def _same_start(one: str, other: str) -> int:
    return next(
        (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _same_end(one: str, other: str) -> int:
    return _same_start(one[::-1], other[::-1])
