"""The part of a text that a search shows, with the words that were found marked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from monitor.search.tokens import Phrase, occurrences

LENGTH = 400
"""Characters of an excerpt."""
_BEFORE = 100
_MOST_WORD = 30


class Part(NamedTuple):
    """A part of an excerpt.

    Attributes:
        text: The characters.
        is_match: Whether they were searched for.
    """

    text: str
    is_match: bool


def excerpt(text: str, phrases: Sequence[Phrase], length: int = LENGTH) -> list[Part]:
    """Return a text, or the part around the first match if it is longer, cut at spaces and with "…" where something is left out.

    Args:
        text: The text.
        phrases: What was searched for.
        length: Maximum number of characters of the text.
    """
    spans = occurrences(text, phrases)
    start, end = _window(text, spans[0][0] if spans else 0, length)
    parts = [Part("… ", is_match=False)] if start else []
    at = start
    for low, high in spans:
        if low >= end or high <= start:
            continue
        parts += [Part(text[at:low], is_match=False), Part(text[max(low, at) : min(high, end)], is_match=True)]
        at = min(high, end)
    parts.append(Part(text[at:end], is_match=False))
    if end < len(text):
        parts.append(Part(" …", is_match=False))
    return [part for part in parts if part.text]


def _window(text: str, match: int, length: int) -> tuple[int, int]:
    """Return start and end of the excerpt around a match."""
    if len(text) <= length:
        return 0, len(text)
    start = max(0, min(match - min(_BEFORE, length // 4), len(text) - length))
    end = start + length
    if start:
        # A script without spaces is cut anywhere.
        space = text.find(" ", start, min(start + _MOST_WORD, match))
        start = space + 1 if space >= 0 else start
    if end < len(text):
        space = text.rfind(" ", max(start, end - _MOST_WORD), end + 1)
        end = space if space > match else end
    return start, end
