"""The part of a page that is monitored: blocks outside it become controls, which are archived but in which no change is reported.

Whole blocks are selected. A block that is partly in an element of `without` stays, so that no change beside the element is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.model import Block, BlockKind, Found, Lookup, Selection, Span

_NOTHING = Found(trouble="the page has no elements to find")


@dataclass(frozen=True, slots=True)
class Selected:
    """The blocks of a page after its selection.

    Attributes:
        blocks: All blocks, those outside the selection as controls.
        is_missing: Whether `only` is given, and none of its selectors matches.
        unmatched: For each selector that matches nothing, the selector and the reason.
    """

    blocks: tuple[Block, ...]
    is_missing: bool = False
    unmatched: tuple[str, ...] = ()


def select(blocks: Sequence[Block], found: Mapping[Lookup, Found], selection: Selection) -> Selected:
    """Return the blocks of a page with those outside the selection as controls.

    Args:
        blocks: The blocks in reading order.
        found: The results of the lookups of the selection.
        selection: The part of the page to select.
    """
    inside = {span.block for span in _spans(selection.only, found) if span.block < len(blocks)}
    covered = _covered(blocks, _spans(selection.without, found))
    unmatched = tuple(_unmatched((*selection.only, *selection.without), found))
    if selection.only and not inside:
        return Selected(tuple(blocks), is_missing=True, unmatched=unmatched)
    return Selected(tuple(_selected(blocks, inside if selection.only else None, covered)), unmatched=unmatched)


def _selected(blocks: Iterable[Block], inside: set[int] | None, covered: set[int]) -> Iterator[Block]:
    for index, block in enumerate(blocks):
        if index in covered:
            yield block._replace(kind=BlockKind.CONTROL, why="in an element of without", links=())
        elif inside is not None and index not in inside:
            yield block._replace(kind=BlockKind.CONTROL, why="outside the elements of only", links=())
        else:
            yield block


def _spans(selectors: Iterable[str], found: Mapping[Lookup, Found]) -> Iterator[Span]:
    for selector in selectors:
        for element in found.get(Lookup(selector), _NOTHING).elements:
            yield from element


def _covered(blocks: Sequence[Block], spans: Iterable[Span]) -> set[int]:
    """Return the indexes of the blocks whose whole text is inside the spans."""
    by_block: dict[int, list[Span]] = {}
    for span in spans:
        by_block.setdefault(span.block, []).append(span)
    # A page that exceeds the limits of a version has fewer blocks than were searched.
    return {
        index for index, within in by_block.items() if index < len(blocks) and not _outside(blocks[index].text, within)
    }


def _outside(text: str, spans: Iterable[Span]) -> bool:
    """Return whether a text has visible characters outside the spans."""
    at = 0
    for span in sorted(spans, key=lambda span: span.start):
        if text[at : span.start].strip(" |"):
            return True
        at = max(at, span.end)
    return bool(text[at:].strip(" |"))


def _unmatched(selectors: Iterable[str], found: Mapping[Lookup, Found]) -> Iterator[str]:
    for selector in dict.fromkeys(selectors):
        result = found.get(Lookup(selector), _NOTHING)
        if not result.elements:
            yield f"{selector} ({result.trouble or 'nothing matches'})"
