"""Find boxes that tools place over or in a page, by their wording: cookie consent, newsletter sign-up, feedback.

Many have no telling name: a box in which one text mentions cookies or personal data and another says "Accept" is a consent box, in any language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from monitor.extraction.elements import HEADINGS, LISTS, ElementContext, Kind, RawBlock
from monitor.extraction.main_content import weight
from monitor.extraction.phrase_rules import WORDED_CONSENT as WORDED
from monitor.extraction.phrase_rules import is_dateline
from monitor.extraction.prompts import CONSENT_SUBJECTS, accepts, is_sure, may_head, may_prompt, prompts
from monitor.lexicon.prefilter import fold
from monitor.model import BlockKind

_CONSENT: Kind = (BlockKind.CONSENT, "a box that asks for consent")
_PROMPT: Kind = (BlockKind.CONTROL, "a box headed as a prompt")

_BUTTONS = frozenset({(BlockKind.CONTROL, why) for why in ("button element", "role button")})
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_YEAR_CHARS = 6
_BUTTON_CHARS = 45
_SAYING_CHARS = 24
"""Minimum length in characters of a text that can explain a button."""
_MOST_BLOCKS = 80
_MOST_BLOCKS_IN_MAIN = 8
_MOST_CHARS = 8_000
_PROSE_OUTSIDE = 80
"""Number of non-link characters of a block outside a box that prove that the box is part of a page.

If there is no such block, the page is a wall, and the verdict rules evaluate its wording.
"""
_MIN_OTHER_PARAGRAPHS = 2
"""Number of paragraphs next to a sentence about cookies that make it part of a text."""
_MAX_WRAPPER_RATIO = 1.6
"""Maximum ratio of text length at which an enclosing box is only a wrapper of the inner one."""

_LONGEST_HEAD = 90
"""Maximum length of a box's heading, in characters."""
_LONGEST_POST = 400
"""Maximum length of one paragraph of a post, in characters."""
_PROMPT_BLOCKS = 12
_PROMPT_CHARS = 700
_PROMPT_SHARE = 0.35
_PROMPT_PROSE = 200
"""Length in characters above which a block has content of its own."""


class Survey(NamedTuple):
    """Candidate blocks for later checks; except for the controls, their kind is still unknown.

    Attributes:
        heads: Short blocks that may be the heading of a box (headings, and first blocks of an element): their indexes and their texts, folded.
        signed: Indexes of blocks with a sign that occurs in posts.
        pressed: Indexes of short controls.
    """

    heads: list[tuple[int, str]]
    signed: list[int]
    pressed: list[int]


def survey(raw: Sequence[RawBlock], known: Sequence[Kind | None]) -> Survey:
    """Return the blocks that may be the heading of a box or part of a post, in one pass."""
    heads: list[tuple[int, str]] = []
    signed: list[int] = []
    pressed: list[int] = []
    for index, kind in enumerate(known):
        if kind is not None:
            if kind[0] is BlockKind.CONTROL and len(raw[index].text) <= _BUTTON_CHARS:
                pressed.append(index)
            continue
        block = raw[index]
        text, place = block.text, block.place
        size = len(text)
        if size > _LONGEST_POST:
            continue
        if "@" in text or "#" in text or "t.co/" in text:
            signed.append(index)
        if size > _LONGEST_HEAD:
            continue
        tag = place.tag
        around = place if place.end - place.first > 1 else place.above or place
        if (around.first == index or tag in HEADINGS) and tag not in LISTS and tag != "h1":
            folded = fold(text)
            if may_head(folded):
                heads.append((index, folded))
    return Survey(heads, signed, pressed)


def mark(raw: Sequence[RawBlock], known: list[Kind | None], survey: Survey) -> None:
    """Mark the blocks of consent boxes and prompts.

    Args:
        raw: The page's blocks, their elements resolved.
        known: The kind of each block, as far as known; changed in place.
        survey: The candidate blocks.
    """
    accepting = [index for index in survey.pressed if accepts(raw[index].text)]
    page_text = _extent_of_page_text(raw) if accepting else range(0)
    for index in accepting:
        _put(known, _consent_box(raw, raw[index].place, page_text), _CONSENT)
    sums: list[int] | None = None
    for index, folded in survey.heads:
        text = raw[index].text
        if may_prompt(folded) and known[index] is None and prompts(text):
            sums = sums or [0, *accumulate(len(each.text) for each in raw)]
            _put(known, _prompt_box(raw, known, raw[index].place, sums, sure=is_sure(text)), _PROMPT)


def restore_texts(raw: Sequence[RawBlock], known: list[Kind | None]) -> None:
    """Unmark sentences about cookies that belong to a text: worded like a consent bar, but below a heading, among other paragraphs, and not last.

    Args:
        raw: The page's blocks, their elements resolved.
        known: The kind of each block, as far as known; changed in place.
    """
    if WORDED not in known:
        return
    for index, block in enumerate(raw):
        if known[index] == WORDED and _is_among_others(raw, known, index, block.place.home or block.place):
            known[index] = None


def restore_dates(raw: Sequence[RawBlock], known: list[Kind | None]) -> None:
    """Unmark buttons that show a date with its year, more than the year alone: the edition of the data, which the button chooses.

    Args:
        raw: The page's blocks, their elements resolved.
        known: The kind of each block, as far as known; changed in place.
    """
    for index, kind in enumerate(known):
        if kind in _BUTTONS and _YEAR.search(text := raw[index].text) and len(text) > _YEAR_CHARS and is_dateline(text):
            known[index] = None


def _is_among_others(raw: Sequence[RawBlock], known: Sequence[Kind | None], index: int, home: ElementContext) -> bool:
    headings = [raw[before] for before in range(home.first, index) if raw[before].place.tag in HEADINGS]
    if not headings:
        return False
    others = [other for other in range(home.first, home.end) if known[other] is None and weight(raw[other])]
    about_it = headings[0].place.tag == "h1" and CONSENT_SUBJECTS.search(headings[0].text) is not None
    return len(others) >= (1 if about_it else _MIN_OTHER_PARAGRAPHS) and others[-1] > index


def _put(known: list[Kind | None], box: range | None, kind: Kind) -> None:
    for index in box or ():
        previous = known[index]
        if previous is None or previous[0] is BlockKind.CONTROL:
            known[index] = kind


def _consent_box(raw: Sequence[RawBlock], button: ElementContext, page_text: range) -> range | None:
    """Return the blocks of the consent box that a button belongs to; None if the button asks for something else.

    Args:
        raw: The page's blocks.
        button: The button's element.
        page_text: The blocks from the first to the last that prove a page.
    """
    found: ElementContext | None = None
    length = 0
    seen = range(button.first, button.first)
    for place in _around(button):
        if not _may_be_box(place):
            break
        chars = sum(len(block.text) for block in raw[place.first : place.end])
        if chars > _MOST_CHARS or (found is not None and chars > _MAX_WRAPPER_RATIO * length):
            break
        around = (*range(place.first, seen.start), *range(seen.stop, place.end))
        if found is not None or any(_mentions_consent(raw[index].text) for index in around):
            found, length = place, chars
        seen = range(place.first, place.end)
    if found is None or not page_text or (found.first <= page_text.start and page_text.stop <= found.end):
        return None
    return range(found.first, found.end)


def _mentions_consent(text: str) -> bool:
    """Return whether a text of some length mentions cookies or personal data."""
    return len(text) > _SAYING_CHARS and CONSENT_SUBJECTS.search(text) is not None


def _around(place: ElementContext | None) -> Iterator[ElementContext]:
    """Yield an element and its enclosing elements, without the body."""
    while place is not None and place.above is not None:
        yield place
        place = place.above


def _may_be_box(place: ElementContext) -> bool:
    most = _MOST_BLOCKS_IN_MAIN if place.main else _MOST_BLOCKS
    return place.end - place.first <= most and not place.titled and place.tag not in ("main", "article")


def _extent_of_page_text(raw: Sequence[RawBlock]) -> range:
    """Return the blocks from the first to the last that, outside a box, prove that it is part of a page; an empty range if there is none."""
    proofs = [
        index
        for index, block in enumerate(raw)
        if block.place.tag == "h1" or len(block.text) - block.link_chars >= _PROSE_OUTSIDE
    ]
    return range(proofs[0], proofs[-1] + 1) if proofs else range(0)


def _prompt_box(
    raw: Sequence[RawBlock], known: Sequence[Kind | None], heading: ElementContext, sums: Sequence[int], *, sure: bool
) -> range | None:
    """Return the blocks of the box below a prompt: the largest element that begins with it and is still small; None if there is none."""
    box: range | None = None
    for place in _around(heading):
        chars = sums[place.end] - sums[place.first]
        if (
            place.titled
            or place.tag in ("main", "article")
            or place.end - place.first > _PROMPT_BLOCKS
            or chars > min(_PROMPT_CHARS, _PROMPT_SHARE * sums[-1])
            or any(len(raw[index].text) > _PROMPT_PROSE for index in range(place.first, place.end))
            or any(raw[index].place.tag in HEADINGS for index in range(place.first, heading.first))
        ):
            break
        box = range(place.first, place.end)
    if box is None or (len(box) == 1 and not (heading.tag in HEADINGS and _has_no_content_below(known, box.stop))):
        return None
    if not sure and not any(kind is not None and kind[0] is BlockKind.CONTROL for kind in known[box.start : box.stop]):
        return None
    return box


def _has_no_content_below(known: Sequence[Kind | None], below: int) -> bool:
    return below == len(known) or known[below] is not None
