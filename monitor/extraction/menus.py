"""Find menus that no element identifies: links in a row, and links in the page's header."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby

from monitor.extraction import link_lists
from monitor.extraction.elements import HEADINGS, ElementContext, Kind, RawBlock
from monitor.extraction.main_content import Region, weight
from monitor.model import READING_KINDS, BlockKind

_LINKED = 0.75
"""Minimum share of link text for a short block to count as a link and not as prose with links in it."""
_SHORT = 90
"""Maximum number of characters of a menu entry; a longer linked block is a sentence."""
LEAST_LINKS = 4
"""Minimum number of consecutive linked blocks that form a menu."""


def mark_mastheads(raw: Sequence[RawBlock], places: Sequence[ElementContext], kinds: list[Kind]) -> None:
    """Classify blocks that consist of links only, in a header element without the headline, as navigation: the site's name and its menu."""
    for place in places:
        if place.tag == "header" and not place.main and not place.titled:
            for index in range(place.first, place.end):
                block = raw[index]
                if kinds[index][0] in READING_KINDS and block.link_chars >= len(block.text):
                    kinds[index] = BlockKind.NAVIGATION, "a link in the page's header"


def mark_rows(raw: Sequence[RawBlock], kinds: list[Kind], main: Region | None) -> AbstractSet[int]:
    """Classify several consecutive links without text between them as a menu, unless they are a list of names.

    Returns:
        Indexes of the blocks that belong to lists of names.
    """
    at = 0
    rows: list[range] = []
    links = [
        block.link_chars > 0
        and len(block.text) <= _SHORT
        and block.link_chars >= _LINKED * len(block.text)
        and not (block.place.tag in HEADINGS and _heads_text(raw, index))
        for index, block in enumerate(raw)
    ]
    for linked, group in groupby(links):
        size = len(list(group))
        if linked and size >= LEAST_LINKS:
            rows.append(range(at, at + size))
        at += size
    listed = link_lists.find(raw, rows, main) if rows else frozenset()
    for row in rows:
        if row.start not in listed:
            _mark_menu(raw, kinds, row)
    return listed


def _heads_text(raw: Sequence[RawBlock], index: int) -> bool:
    """Return whether a paragraph follows a heading, which then is its heading and not the last entry of a menu above.

    tests/monitor/extraction/test_link_lists.py::test_a_linked_heading_after_a_menu_is_no_entry_of_it
    """
    return index + 1 < len(raw) and bool(weight(raw[index + 1]))


def _mark_menu(raw: Sequence[RawBlock], kinds: list[Kind], row: range) -> None:
    for index in row:
        if kinds[index][0] in (BlockKind.CONTENT, BlockKind.HEADING) and raw[index].place.tag != "h1":
            kinds[index] = BlockKind.NAVIGATION, f"one of {len(row)} links in a row"
