"""Find menus that no element identifies: links in a row, and links in the page's header."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby
from unicodedata import category

from monitor.extraction import link_lists
from monitor.extraction.elements import HEADINGS, ElementContext, Kind, RawBlock
from monitor.extraction.main_content import Region, weight
from monitor.extraction.phrase_rules import has_figure
from monitor.model import READING_KINDS, BlockKind

_LINKED = 0.75
"""Minimum share of link text for a short block to count as a link and not as prose with links in it."""
_SHORT = 90
"""Maximum number of characters of a menu entry; a longer linked block is a sentence."""
_LEAST_CARDS = 3
_LEAST_SPACES = 3
SENTENCE_ENDS = frozenset(".!?…。！？؟।")
_BY_ELEMENT = frozenset({(BlockKind.NAVIGATION, why) for why in ("nav element", "menu element", "role navigation")})
LEAST_LINKS = 4
"""Minimum number of consecutive linked blocks that form a menu."""


def restore_sentences(raw: Sequence[RawBlock], known: list[Kind | None]) -> None:
    """Unmark sentences with figures in a nav element: a menu consists of links; what one of its panels says ("The council has 4 committees.") is text.

    tests/monitor/extraction/test_widgets.py::test_a_sentence_in_a_panel_of_a_menu_is_read
    """
    for index, kind in enumerate(known):
        if kind in _BY_ELEMENT and not raw[index].links and _is_sentence(raw[index]):
            known[index] = None


def _is_sentence(block: RawBlock) -> bool:
    """Return whether a block is a sentence with a figure."""
    text = block.text
    return (
        block.place.tag not in HEADINGS
        and not block.link_chars
        and text[-1] in SENTENCE_ENDS
        and has_figure(text)
        and (text.count(" ") >= _LEAST_SPACES or bool(weight(block)))
    )


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
        if row.start not in listed and not (main is None and _are_cards(raw, row)):
            _mark_menu(raw, kinds, row)
    return listed


def _are_cards(raw: Sequence[RawBlock], row: range) -> bool:
    """Return whether a row consists of cards that state figures: links around several blocks, a name and a price or a count. A menu entry is one block.

    tests/monitor/extraction/test_link_lists.py::test_cards_that_state_figures_are_read
    """
    return sum(not raw[index].links and _states_a_figure(raw[index].text) for index in row) >= _LEAST_CARDS


def _states_a_figure(text: str) -> bool:
    """Return whether a text has a number with a word or a currency sign; "(21)" is the number of results behind a filter."""
    return has_figure(text) and any(sign.isalpha() or category(sign) == "Sc" for sign in text)


def _heads_text(raw: Sequence[RawBlock], index: int) -> bool:
    """Return whether a paragraph follows a heading, which then is its heading and not the last entry of a menu above.

    tests/monitor/extraction/test_link_lists.py::test_a_linked_heading_after_a_menu_is_no_entry_of_it
    """
    return index + 1 < len(raw) and bool(weight(raw[index + 1]))


def _mark_menu(raw: Sequence[RawBlock], kinds: list[Kind], row: range) -> None:
    for index in row:
        if kinds[index][0] in (BlockKind.CONTENT, BlockKind.HEADING) and raw[index].place.tag != "h1":
            kinds[index] = BlockKind.NAVIGATION, f"one of {len(row)} links in a row"
