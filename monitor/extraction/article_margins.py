"""Remove what is not part of an article on its page: blocks around the main text, and foreign blocks inside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from monitor.extraction.elements import HEADINGS, Kind, RawBlock
from monitor.extraction.main_content import Region, weight
from monitor.extraction.number_boxes import labels_of_numbers
from monitor.extraction.phrase_rules import has_figure, is_dateline, of_article
from monitor.model import READING_KINDS, BlockKind

_CAPTIONS = frozenset({"figcaption", "figure", "caption"})
_OUTSIDE = "outside the article"
_ONLY_LINK = "nothing but a link"
_ITEMS = frozenset({"li", "figure", "td"})
_SECTIONS = re.compile(r"slide|carousel|gallery|cta|call.{0,2}to.{0,2}action|promo", re.IGNORECASE)
"""Names of sections that present something: on a page that is no declared article, their paragraphs are read.

tests/monitor/extraction/test_articles.py::test_paragraphs_in_a_section_that_presents_something_are_read
"""
_ROWS = frozenset({"tr", "dd"})
_NEAR = 2
"""Number of blocks before the article's head and after its end in which its date may be."""
_BOX_CHARS = 60
_ALL_LINK = 0.9
_LABEL_CHARS = 30
_LINK_CHARS = 150


def demote(
    raw: Sequence[RawBlock], settled: list[Kind], main: Region, listed: AbstractSet[int] = frozenset()
) -> frozenset[int]:
    """Reclassify blocks that are not part of the article as navigation.

    Unless the article is declared, blocks that may contain facts (figures, rows) are kept.

    Args:
        raw: The page's blocks.
        settled: The kind of each block; changed in place.
        main: The main text.
        listed: Indexes of blocks that belong to lists of names; they are kept.

    Returns:
        Indexes of the blocks to ignore between a heading and its content: captions, dates, names.
    """
    head = _head(raw, main)
    first, last = _text(raw, settled, main)
    dated = _is_dated(raw, settled, range(min(head, first), first), range(last + 1, main.end))
    begins, ends = main.first, main.end
    passing = set(range(head + 1, begins))
    labels = frozenset[int]() if main.declared else labels_of_numbers(raw, _read(settled))
    for index, block in enumerate(raw):
        if settled[index][0] not in READING_KINDS or index == head or index in listed or index in labels:
            continue
        inside = begins <= index < ends
        if head <= index < begins and _is_lede(block):
            continue
        why = _why(block, inside=inside, edge=not first <= index <= last)
        if why == _ONLY_LINK and _heads_text(raw, settled, index, main.end):
            continue
        if why is not None and (main.declared or not (_is_box(block) if dated else _matters(block, inside=inside))):
            settled[index] = BlockKind.NAVIGATION, why
            if inside and (_is_caption(block) or _is_link(block)):
                passing.add(index)
    if not main.declared:
        _keep_headings(raw, settled)
    return frozenset(passing)


def _keep_headings(raw: Sequence[RawBlock], settled: list[Kind]) -> None:
    """Restore a heading outside the main text if the blocks below it are kept."""
    over: BlockKind | None = None
    for index in range(len(raw) - 1, -1, -1):
        kind, why = settled[index]
        if raw[index].place.tag not in HEADINGS:
            over = kind
        elif why == _OUTSIDE and over in READING_KINDS:
            settled[index] = BlockKind.HEADING, f"{raw[index].place.tag} element"


def _text(raw: Sequence[RawBlock], settled: Sequence[Kind], main: Region) -> tuple[int, int]:
    """Return the first and the last paragraph of the main text; dates and names are outside them."""
    prose = [
        index
        for index in range(main.first, main.end)
        if settled[index][0] is BlockKind.CONTENT and raw[index].place.beside is None and weight(raw[index])
    ]
    return (prose[0], prose[-1]) if prose else (main.first, main.end)


def _head(raw: Sequence[RawBlock], main: Region) -> int:
    """Return where the article's head begins: at the last h1 before its text, else at the first h1 in it."""
    before = (index for index in range(main.first - 1, -1, -1) if raw[index].place.tag == "h1")
    inside = (index for index in range(main.first, main.end) if raw[index].place.tag == "h1")
    return next(before, next(inside, main.first))


def _is_lede(block: RawBlock) -> bool:
    return bool(weight(block)) and not _is_caption(block) and of_article(block.text, edge=True, linked=False) is None


def _is_caption(block: RawBlock) -> bool:
    return block.place.tag in _CAPTIONS or "aption" in (block.place.beside or "")


def _is_dated(raw: Sequence[RawBlock], settled: Sequence[Kind], *edges: range) -> bool:
    """Return whether a date is near the edges of the main text, as on articles that are not declared."""
    near = [
        *range(max(edges[0].start - _NEAR, 0), edges[0].stop),
        *edges[1],
        *range(edges[1].stop, min(edges[1].stop + _NEAR, len(raw))),
    ]
    return any(settled[index][0] in READING_KINDS and is_dateline(raw[index].text) for index in near)


def _read(settled: Sequence[Kind]) -> list[int]:
    return [index for index, (kind, _) in enumerate(settled) if kind in READING_KINDS]


def _is_box(block: RawBlock) -> bool:
    """Return whether a block may be a box with a figure, or a row: these are kept on every page that is not a declared article."""
    if block.link_chars * 2 > len(block.text):
        return False
    return block.place.tag in _ROWS or (
        len(block.text) <= _BOX_CHARS and block.place.beside is None and has_figure(block.text)
    )


def _matters(block: RawBlock, *, inside: bool) -> bool:
    """Return whether a block is kept on a page that only looks like an article: figures, rows, and sentences outside the main text."""
    if block.link_chars * 2 > len(block.text):
        return False
    if block.place.tag in _ROWS or has_figure(block.text):
        return True
    if inside and block.place.beside is not None and _SECTIONS.search(block.place.beside):
        return bool(weight(block))
    return not inside and block.place.beside is None and bool(weight(block))


def _is_link(block: RawBlock) -> bool:
    """Return whether a block is a short text that consists of a link only; a written-out URL or email address is content."""
    text = block.text
    return (
        len(text) <= _LINK_CHARS and block.link_chars >= _ALL_LINK * len(text) and "://" not in text and "@" not in text
    )


def _heads_text(raw: Sequence[RawBlock], settled: Sequence[Kind], index: int, end: int) -> bool:
    """Return whether a block is a heading above a text: its link leads to the section itself or to what the section describes.

    tests/monitor/extraction/test_articles.py::test_a_linked_heading_above_its_text_is_content
    """
    place = raw[index].place
    level = HEADINGS.get(place.tag)
    if level is None or (place.above is not None and place.above.tag in _ITEMS):
        return False
    home = place.home or place
    for below in range(index + 1, min(end, home.end)):
        block = raw[below]
        rank = HEADINGS.get(block.place.tag)
        if rank is not None and rank <= level:
            return False
        if settled[below][0] in READING_KINDS and block.place.beside is None and weight(block):
            return True
    return False


def _why(block: RawBlock, *, inside: bool, edge: bool) -> str | None:
    if block.place.beside is not None:
        return f"beside the article: {block.place.beside}"
    if not inside:
        return _OUTSIDE
    if _is_caption(block):
        return "caption in an article"
    if block.place.tag in _ROWS:
        return None
    if _is_link(block):
        return _ONLY_LINK
    label = len(block.text) - block.link_chars
    if 0 < label <= min(_LABEL_CHARS, block.link_chars) and ":" in block.text:
        return "a link with a label"
    return of_article(block.text, edge=edge, linked=block.link_chars > 0)
