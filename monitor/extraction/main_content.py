"""Find a page's main text, and decide whether the page is an article.

Prose is weighed: text of some length that is not a link. A paragraph counts if there are other paragraphs in the same element or it is long itself:
the teasers of a list stand alone next to their headings. The main region is the innermost element that contains nearly all counted prose.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from monitor.extraction.elements import HEADINGS, LISTS, ElementContext, Kind, RawBlock

_PROSE_CHARS = 50
"""Minimum number of non-link characters of prose; shorter texts are labels, names and dates."""
_ALONE_CHARS = 250
"""Length in characters from which a paragraph counts even if it is the only one in its element."""
_NEARLY_ALL = 0.75
"""Share of the prose that the main region must contain."""
_LEAST_CHARS = 300
"""Minimum number of characters of prose in an article."""
_SHARE = 0.8
_MOST_OF_TEXT = 0.3
"""Minimum share of all text, headings and links included, that the region of an article must contain if the page does not declare itself one."""
_WIDE = re.compile("[\u3040-\u9fff\uac00-\ud7af]")
_NOT_PROSE = frozenset([*HEADINGS, "tr", "dd", "figcaption", "caption", "label", "legend", "figure"])


class Region(NamedTuple):
    """The main text of an article page.

    Attributes:
        first: Index of its first block.
        end: Index after its last block.
        declared: Whether the page declares itself an article; False if only its layout suggests it.
    """

    first: int
    end: int
    declared: bool


def find(
    blocks: Sequence[RawBlock], places: Sequence[ElementContext], kinds: Sequence[Kind | None], *, declared: bool
) -> Region | None:
    """Return the main region of an article page; None if the page is not an article.

    Args:
        blocks: The page's blocks.
        places: The elements that contain them, outer before inner.
        kinds: The kind of each block, as far as known.
        declared: Whether the page's metadata declares it an article.
    """
    counted = _counted(blocks, kinds)
    sums = [0, *accumulate(counted)]
    total = sums[-1]
    if total < _LEAST_CHARS:
        return None
    region = named = None
    for place in places:
        held = sums[place.end] - sums[place.first]
        if held >= _NEARLY_ALL * total and place.tag not in LISTS:
            region = place
        if place.body and held >= 0.5 * total and (named is None or held > sums[named.end] - sums[named.first]):
            named = place
    assert region is not None
    if named is not None:
        region = named
    if not declared and named is None and not _dominates(blocks, kinds, region):
        return None
    end = region.end
    while (
        end < len(blocks)
        and kinds[end] is None
        and blocks[end].place.beside is None
        and not blocks[end].link_chars
        and weight(blocks[end])
    ):
        end += 1
    return Region(region.first, end, declared)


def _dominates(blocks: Sequence[RawBlock], kinds: Sequence[Kind | None], region: ElementContext) -> bool:
    """Return whether the region contains nearly all prose, including short texts and single paragraphs, and a good part of all text.

    tests/monitor/extraction/test_articles.py::test_a_card_with_a_longer_text_among_many_titles_makes_no_article
    """
    inside = outside = held = rest = 0
    for index, (block, kind) in enumerate(zip(blocks, kinds, strict=True)):
        if kind is None and block.place.beside is None:
            prose = 0 if block.place.tag in _NOT_PROSE else weight(block)
            if region.first <= index < region.end:
                inside += prose
                held += len(block.text)
            else:
                outside += prose
                rest += len(block.text)
    return inside >= _SHARE * (inside + outside) and held >= _MOST_OF_TEXT * (held + rest)


def _counted(blocks: Sequence[RawBlock], kinds: Sequence[Kind | None]) -> list[int]:
    """Return the counted prose of each block, in characters."""
    prose = [
        0 if kind is not None or block.place.beside is not None or block.place.tag in _NOT_PROSE else weight(block)
        for block, kind in zip(blocks, kinds, strict=True)
    ]
    homes = [id(block.place.home or block.place) if chars else 0 for block, chars in zip(blocks, prose, strict=True)]
    company = Counter(homes)
    return [
        chars if chars >= _ALONE_CHARS or company[home] > 1 else 0 for chars, home in zip(prose, homes, strict=True)
    ]


def weight(block: RawBlock) -> int:
    """Return the amount of prose in a block, in characters; an ideograph counts as two and a half letters. Cached in the block."""
    if block.weight is None:
        block.weight = _weighed(block.text, block.link_chars)
    return block.weight


def _weighed(text: str, link_chars: int) -> int:
    if link_chars * 2 > len(text):
        return 0
    chars = len(text) - link_chars
    if not text.isascii():
        chars += 3 * len(_WIDE.findall(text)) // 2
    return chars if chars >= _PROSE_CHARS else 0
