"""Find boxes of links to other pages, products and articles by their headings: "You may also like", "Related articles"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from monitor.extraction.elements import HEADINGS, LISTS, ElementContext, Kind, RawBlock
from monitor.lexicon import alternatives
from monitor.lexicon.prefilter import Openings
from monitor.model import BlockKind

_RECOMMENDED: Kind = (BlockKind.NAVIGATION, "a box of recommendations")
_HEADINGS = re.compile(alternatives("lists.recommendations"), re.IGNORECASE)
_MAY_HEAD = Openings("lists.recommendations", whole=True)
_HEADING_CHARS = 70
_AROUND = " :.…!?»›>→-–|"
_LEAST_LINKS = 2
_CHARS_A_LINK = 400
"""Maximum number of characters for each link of such a box; a section with fewer links is a text."""
_MOST_OF_PAGE = 0.5
_LOWEST = 7
"""The rank of an element that is not a heading."""


def is_heading(text: str) -> bool:
    """Return whether a short text is the heading of such a box."""
    folded = text.strip(_AROUND).replace("’", "'")
    return len(folded) <= _HEADING_CHARS and _MAY_HEAD.may_match(folded) and _HEADINGS.fullmatch(folded) is not None


def mark(raw: Sequence[RawBlock], known: list[Kind | None]) -> None:
    """Mark the blocks of boxes of recommendations, with their headings, as navigation.

    Args:
        raw: The page's blocks, their elements resolved.
        known: The kind of each block, as far as known; changed in place.

    tests/monitor/extraction/test_recommendations.py::test_a_box_of_recommendations_is_no_text
    """
    heads = [index for index, kind in enumerate(known) if kind is None and _may_head(raw, index)]
    if not heads:
        return
    chars = [0, *accumulate(len(block.text) if kind is None else 0 for block, kind in zip(raw, known, strict=True))]
    links = [0, *accumulate(block.links for block in raw)]
    for head in heads:
        end = _end(raw, head)
        held = chars[end] - chars[head]
        found = links[end] - links[head]
        if found >= _LEAST_LINKS and held <= min(_CHARS_A_LINK * found, _MOST_OF_PAGE * chars[-1]):
            for index in range(head, end):
                if known[index] is None and raw[index].place.tag != "h1":
                    known[index] = _RECOMMENDED


def _may_head(raw: Sequence[RawBlock], index: int) -> bool:
    """Return whether a block is worded as such a heading and is at the beginning of an element, or a heading element."""
    block = raw[index]
    tag = block.place.tag
    if tag == "h1" or len(block.text) > _HEADING_CHARS:
        return False
    if tag not in HEADINGS:
        around = block.place.above
        if tag in LISTS or around is None or not around.first == index < around.end - 1:
            return False
    return is_heading(block.text)


def _end(raw: Sequence[RawBlock], head: int) -> int:
    """Return the index after the box: the end of the largest element that begins with the heading, else of what follows up to a heading of its rank."""
    place = raw[head].place
    box: ElementContext | None = None
    around = place.above
    while around is not None and around.above is not None and around.first == head and not around.landmark:
        if around.titled or around.tag == "article":
            break
        if around.end > head + 1:
            box = box if box is not None and _has_more_headings(raw, head, around) else around
        around = around.above
    if box is not None:
        return box.end
    rank = HEADINGS.get(place.tag, _LOWEST)
    limit = around.end if around is not None else len(raw)
    return next((n for n in range(head + 1, limit) if HEADINGS.get(raw[n].place.tag, _LOWEST + 1) <= rank), limit)


def _has_more_headings(raw: Sequence[RawBlock], head: int, around: ElementContext) -> bool:
    """Return whether an element contains another heading of the same rank: a further section."""
    rank = HEADINGS.get(raw[head].place.tag, _LOWEST)
    return any(HEADINGS.get(raw[index].place.tag, _LOWEST + 1) <= rank for index in range(head + 1, around.end))
