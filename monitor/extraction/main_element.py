"""Use the main element of a page: what is outside it is repeated on other pages or is beside the subject (HTML Standard §4.4.14, ARIA role main).

Many pages put it around a part of their text only, so it counts if it contains the headline and most of the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from monitor.extraction.class_hints import ASIDE, ROLES, Hint, terms_of
from monitor.extraction.elements import ElementContext, Kind, RawBlock
from monitor.extraction.main_content import weight
from monitor.extraction.number_boxes import BOX_CHARS, labels_of_numbers
from monitor.extraction.phrase_rules import has_figure
from monitor.model import BlockKind

_OUTSIDE: Kind = (BlockKind.NAVIGATION, "outside the main element")
_SIDEBAR: Kind = (BlockKind.NAVIGATION, "in a sidebar")
_SIDEBARS = frozenset({"sidebar", "widgetarea"})
_MOST_OF_SIDEBAR = 0.5
"""Share of a page's text above which an element is no sidebar, whatever its name."""
_MOST_OF_TEXT = 0.6
"""Minimum share of the characters of text, links aside, that the main element must contain."""
_COUNTER = re.compile(r"[^\w\s]{0,3}\s?\d")
_ROWS = frozenset({"tr", "dd"})


def mark_outside(raw: Sequence[RawBlock], places: Sequence[ElementContext], known: list[Kind | None]) -> None:
    """Mark what is outside the main element, apart from rows and from boxes that begin with a number ("87 members").

    Args:
        raw: The page's blocks.
        places: The elements that contain them, outer before inner.
        known: The kind of each block, as far as known; changed in place.

    tests/monitor/extraction/test_main_element.py::test_what_is_outside_the_main_element_is_not_read
    """
    inside = _inside(raw, places)
    if inside is None:
        return
    chars = [0, 0]
    for index, block in enumerate(raw):
        if known[index] is None:
            chars[inside[index]] += len(block.text) - block.link_chars
    if not chars[0] or chars[1] < _MOST_OF_TEXT * sum(chars):
        return
    boxes = {index for index, block in enumerate(raw) if not inside[index] and _is_box(block)}
    labels = labels_of_numbers(raw, boxes)
    for index, kind in enumerate(known):
        if kind is None and not inside[index] and index not in boxes and index not in labels:
            known[index] = _OUTSIDE


def mark_sidebars(raw: Sequence[RawBlock], places: Sequence[ElementContext], known: list[Kind | None]) -> None:
    """Mark headings, links and short texts without a number in the page's sidebars: elements outside main and article elements that say so.

    tests/monitor/extraction/test_main_element.py::test_a_sidebar_beside_little_text_is_no_text
    """
    # Valid throughout: elements are in order, and those inside a marked sidebar are skipped.
    chars = [0, *accumulate(len(block.text) if kind is None else 0 for block, kind in zip(raw, known, strict=True))]
    end = 0
    for place in places:
        hint = place.hint
        if hint is None or place.first < end or place.main or place.titled or not _is_sidebar(hint):
            continue
        if chars[place.end] - chars[place.first] > _MOST_OF_SIDEBAR * chars[-1]:
            continue
        end = place.end
        blocks = [index for index in range(place.first, place.end) if known[index] is None]
        kept = {index for index in blocks if _may_matter(raw[index])}
        kept |= labels_of_numbers(raw, kept)
        for index in blocks:
            if index not in kept:
                known[index] = _SIDEBAR


def _is_sidebar(hint: Hint) -> bool:
    return hint.beside and (
        hint is ASIDE or hint is ROLES["complementary"] or not _SIDEBARS.isdisjoint(terms_of(hint.why))
    )


def _may_matter(block: RawBlock) -> bool:
    """Return whether a block is a row, or has a number and is not mostly a link, or is a paragraph without a link."""
    if block.place.tag in _ROWS or (block.link_chars * 2 <= len(block.text) and has_figure(block.text)):
        return True
    return not block.links and bool(weight(block))


def _inside(raw: Sequence[RawBlock], places: Sequence[ElementContext]) -> bytearray | None:
    """Return for each block whether a main element contains it; None if there is no main element, or if a headline (h1) is outside."""
    landmarks = [place for place in places if place.landmark]
    if not landmarks:
        return None
    inside = bytearray(len(raw))
    for place in landmarks:
        inside[place.first : place.end] = b"\1" * (place.end - place.first)
    if any(block.place.tag == "h1" and not inside[index] for index, block in enumerate(raw)):
        return None
    return inside


def _is_box(block: RawBlock) -> bool:
    if block.place.tag in _ROWS:
        return True
    return len(block.text) <= BOX_CHARS and block.link_chars * 2 <= len(block.text) and bool(_COUNTER.match(block.text))
