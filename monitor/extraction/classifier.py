"""Assign a kind to each raw block, from its enclosing elements, its wording, its neighbours and the type of the page."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate, groupby

from monitor.extraction import article_margins, link_lists, main_content, social_feeds, widgets
from monitor.extraction.class_hints import Hint
from monitor.extraction.elements import HEADINGS, LISTS, ElementContext, Kind, RawBlock
from monitor.extraction.link_targets import placed
from monitor.extraction.phrase_rules import by_wording
from monitor.limits import HEADING_CHARS, cut
from monitor.model import READING_KINDS, Block, BlockKind

_WHOLE_PAGE = 0.35
"""Share of the page's non-link characters above which an element is the page itself, whatever its id or class (a "paywall" around an article)."""
_WHOLE_PAGE_ABOVE = 0.75
"""The same share for a footer at the very end of the page: pages with little text have long footers."""
_LINKED = 0.75
"""Minimum share of link text for a short block to count as a link and not as prose with links in it."""
_SHORT = 90
"""Maximum number of characters of a menu entry; a longer linked block is a sentence."""
_MENU = 4
"""Minimum number of consecutive linked blocks that form a menu."""
# Separators between the entries of a menu written in one line. A comma is not among them: it separates the parts of a sentence.
_BETWEEN_LINKS = dict.fromkeys(map(ord, " |·•/»>–-"))
_BOILERPLATE = frozenset(BlockKind) - READING_KINDS


def classify(raw: Sequence[RawBlock], places: Sequence[ElementContext], *, declared: bool) -> tuple[Block, ...]:
    """Return the blocks with their final kinds, in the same order and with the same text.

    Args:
        raw: The page's blocks.
        places: The elements that contain them, outer before inner.
        declared: Whether the page's metadata declares it an article.

    Returns:
        The classified blocks, with the headings above them and their links.
    """
    _resolve(raw, places)
    known = [block.place.kind or by_wording(block) for block in raw]
    widgets.spare(raw, known)
    survey = widgets.survey(raw, known)
    widgets.mark(raw, known, survey)
    main = main_content.find(raw, places, known, declared=declared)
    social_feeds.mark(raw, known, main, survey)
    settled = [kind or _alone(block) for kind, block in zip(known, raw, strict=True)]
    _mastheads(raw, places, settled)
    listed = _menus(raw, settled, main)
    passing = article_margins.demote(raw, settled, main, listed) if main is not None else frozenset()
    _orphaned_headings(settled, passing)
    return tuple(_anchored(raw, settled))


def _resolve(raw: Sequence[RawBlock], places: Sequence[ElementContext]) -> None:
    """Set the kind that each element gives to its blocks: its own hint, unless an enclosing element has already set one."""
    sums = [0, *accumulate(len(block.text) - block.link_chars for block in raw)]
    _mark_titled(raw)
    for place in places:
        above = place.above
        if above is None:
            place.kind = place.beside = place.home = None
        else:
            place.kind, place.beside, place.main = above.kind, above.beside, place.main or above.main
            parts_only = place.end - place.first < 2 or place.tag in LISTS
            place.home = (above.home or above) if parts_only else None
        hint = place.hint
        if hint is not None and (place.kind is None or _outdoes(hint, place.kind)):
            last = hint.kind is BlockKind.FOOTER and place.end == len(raw)
            most = _WHOLE_PAGE_ABOVE if last else _WHOLE_PAGE
            _hinted(place, hint, whole=sums[place.end] - sums[place.first] > most * sums[-1])


def _mark_titled(raw: Sequence[RawBlock]) -> None:
    """Mark the elements that contain a headline (h1)."""
    for block in raw:
        if block.place.tag == "h1":
            place: ElementContext | None = block.place
            while place is not None and not place.titled:
                place.titled = True
                place = place.above


def _outdoes(hint: Hint, kind: Kind) -> bool:
    """Return whether a hint overrides the kind of an enclosing element: a feed or consent bar keeps its kind inside a box of controls."""
    return kind[0] is BlockKind.CONTROL and hint.kind in (BlockKind.FEED, BlockKind.CONSENT)


def _hinted(place: ElementContext, hint: Hint, *, whole: bool) -> None:
    if hint.beside:
        if hint.kind is BlockKind.CONTENT:
            place.body = True
        elif not whole:
            place.beside = hint.why
    elif hint.kind is BlockKind.FOOTER and hint.sure and place.tag == "footer" and place.main:
        place.beside = hint.why
    elif hint.sure or hint.kind is BlockKind.CONSENT or not (whole or place.titled):
        place.kind = hint.kind, hint.why


def _alone(block: RawBlock) -> Kind:
    tag = block.place.tag
    if tag in HEADINGS:
        return BlockKind.HEADING, f"{tag} element"
    if tag in ("tr", "dd"):
        return BlockKind.ROW, "table row" if tag == "tr" else "definition"
    if block.links >= _MENU and block.link_chars >= len(block.text.translate(_BETWEEN_LINKS)):
        return BlockKind.NAVIGATION, f"{block.links} links and nothing else"
    return BlockKind.CONTENT, f"{tag} element"


def _mastheads(raw: Sequence[RawBlock], places: Sequence[ElementContext], settled: list[Kind]) -> None:
    """Classify blocks that consist of links only, in a header element without the headline, as navigation: the site's name and its menu."""
    for place in places:
        if place.tag == "header" and not place.main and not place.titled:
            for index in range(place.first, place.end):
                block = raw[index]
                if settled[index][0] in READING_KINDS and block.link_chars >= len(block.text):
                    settled[index] = BlockKind.NAVIGATION, "a link in the page's header"


def _menus(raw: Sequence[RawBlock], settled: list[Kind], main: main_content.Region | None) -> AbstractSet[int]:
    """Classify several consecutive links without text between them as a menu, unless they are a list of names.

    Returns:
        Indexes of the blocks that belong to lists of names.
    """
    at = 0
    rows: list[range] = []
    links = [
        block.link_chars > 0 and len(block.text) <= _SHORT and block.link_chars >= _LINKED * len(block.text)
        for block in raw
    ]
    for linked, group in groupby(links):
        size = len(list(group))
        if linked and size >= _MENU:
            rows.append(range(at, at + size))
        at += size
    listed = link_lists.find(raw, rows, main) if rows else frozenset()
    for row in rows:
        if row.start not in listed:
            _sink(raw, settled, row)
    return listed


def _sink(raw: Sequence[RawBlock], settled: list[Kind], row: range) -> None:
    for index in row:
        if settled[index][0] in (BlockKind.CONTENT, BlockKind.HEADING) and raw[index].place.tag != "h1":
            settled[index] = BlockKind.NAVIGATION, f"one of {len(row)} links in a row"


def _orphaned_headings(settled: list[Kind], passing: AbstractSet[int]) -> None:
    """Reclassify a heading with only navigation or a feed below it as that kind. Blocks in `passing` (captions, dates, names) are ignored."""
    below: BlockKind | None = None
    for index in range(len(settled) - 1, -1, -1):
        kind = settled[index][0]
        if kind is BlockKind.HEADING:
            if below is BlockKind.NAVIGATION or below is BlockKind.FEED:
                settled[index] = below, f"heading of {below}"
        elif index not in passing:
            below = kind if kind in _BOILERPLATE else None


def _anchored(raw: Sequence[RawBlock], settled: Sequence[Kind]) -> list[Block]:
    """Return each block with the headings above it."""
    blocks: list[Block] = []
    path: list[tuple[int, str]] = []
    anchor: tuple[str, ...] = ()
    for block, (kind, why) in zip(raw, settled, strict=True):
        level = HEADINGS.get(block.place.tag)
        if level is not None and path and path[-1][0] >= level:
            while path and path[-1][0] >= level:
                path.pop()
            anchor = tuple(heading for _, heading in path)
        blocks.append(
            Block(kind, block.text, why, anchor, tuple(placed(block.text, block.labels)) if block.labels else ())
            if kind in READING_KINDS
            else Block(kind, block.text, why)
        )
        if level is not None and kind not in (BlockKind.CONSENT, BlockKind.NAVIGATION):
            heading = cut(block.text, HEADING_CHARS)
            path.append((level, heading))
            anchor = (*anchor, heading)
    return blocks
