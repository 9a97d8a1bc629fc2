"""Set the kind that each element gives to its blocks: its own hint, unless an enclosing element has already set one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from monitor.extraction import threads
from monitor.extraction.class_hints import Hint
from monitor.extraction.elements import LISTS, ElementContext, Kind, RawBlock
from monitor.extraction.threads import Thread
from monitor.model import BlockKind

_WHOLE_PAGE = 0.35
"""Share of the page's non-link characters above which an element is the page itself, whatever its id or class (a "paywall" around an article)."""
_WHOLE_PAGE_ABOVE = 0.75
"""The same share for a footer at the very end of the page: pages with little text have long footers."""


def resolve(raw: Sequence[RawBlock], places: Sequence[ElementContext], thread: Thread | None = None) -> None:
    """Set `kind`, `beside`, `home` and `main` of each element.

    Args:
        raw: The page's blocks.
        places: The elements that contain them, outer before inner.
        thread: The kind of discussion that the page declares; None if it declares none.
    """
    comments = threads.comments_are_text(raw, places, thread)
    sums = [0, *accumulate(len(block.text) - block.link_chars for block in raw)]
    _mark_titled(raw)
    shares = _share_by_name(places, sums)
    for place in places:
        above = place.above
        if above is None:
            place.kind = place.beside = place.home = None
        else:
            place.kind, place.beside, place.main = above.kind, above.beside, place.main or above.main
            divides_only = place.end - place.first < 2 or place.tag in LISTS
            place.home = (above.home or above) if divides_only else None
        hint = place.hint
        if hint is not None and comments and threads.is_comments(place):
            hint = None
        if hint is not None and (place.kind is None or _outdoes(hint, place.kind)):
            last = hint.kind is BlockKind.FOOTER and place.end == len(raw)
            most = _WHOLE_PAGE_ABOVE if last else _WHOLE_PAGE
            held = sums[place.end] - sums[place.first]
            if hint.beside and held < most * sums[-1]:
                held = shares[_name(hint)]
            _hinted(place, hint, whole=held > most * sums[-1])


def _name(hint: Hint) -> str:
    """Return the name that gave a hint, without the number of the element."""
    return hint.why.rstrip("0123456789")


def _share_by_name(places: Sequence[ElementContext], sums: Sequence[int]) -> Counter[str]:
    """Return the non-link characters of all elements of each name that applies next to an article: ten "product" sections may be the article itself.

    Elements inside one of the same name are counted with it.

    tests/monitor/extraction/test_articles.py::test_sections_of_one_name_that_are_most_of_the_page_are_the_article
    """
    shares: Counter[str] = Counter()
    ends: dict[str, int] = {}
    for place in places:
        if place.hint is not None and place.hint.beside:
            name = _name(place.hint)
            if place.first >= ends.get(name, 0):
                held = sums[place.end] - sums[place.first]
                # One element that is the page says nothing of the others of its name.
                shares[name] += held if held <= _WHOLE_PAGE * sums[-1] else -sums[-1]
                ends[name] = place.end
    return shares


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
