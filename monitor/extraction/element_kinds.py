"""Set the kind that each element gives to its blocks: its own hint, unless an enclosing element has already set one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from monitor.extraction.class_hints import Hint
from monitor.extraction.elements import LISTS, ElementContext, Kind, RawBlock
from monitor.model import BlockKind

_WHOLE_PAGE = 0.35
"""Share of the page's non-link characters above which an element is the page itself, whatever its id or class (a "paywall" around an article)."""
_WHOLE_PAGE_ABOVE = 0.75
"""The same share for a footer at the very end of the page: pages with little text have long footers."""


def resolve(raw: Sequence[RawBlock], places: Sequence[ElementContext]) -> None:
    """Set `kind`, `beside`, `home` and `main` of each element.

    Args:
        raw: The page's blocks.
        places: The elements that contain them, outer before inner.
    """
    sums = [0, *accumulate(len(block.text) - block.link_chars for block in raw)]
    _mark_titled(raw)
    for place in places:
        above = place.above
        if above is None:
            place.kind = place.beside = place.home = None
        else:
            place.kind, place.beside, place.main = above.kind, above.beside, place.main or above.main
            divides_only = place.end - place.first < 2 or place.tag in LISTS
            place.home = (above.home or above) if divides_only else None
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
