"""Find the labels of numbers that are blocks of their own: <div>87</div><div>Members</div>."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.extraction.elements import RawBlock
from monitor.extraction.phrase_rules import has_figure

BOX_CHARS = 60
"""Maximum length of a box with a number, and of a label, in characters."""

_NUMBER_CHARS = 20
_MOST_DIGITS = 10


def labels_of_numbers(raw: Sequence[RawBlock], indexes: Iterable[int]) -> frozenset[int]:
    """Return the short neighbours, in the same element, of those blocks that have a number and no word of their own.

    Args:
        raw: The page's blocks, their elements resolved.
        indexes: The blocks whose labels are wanted.

    tests/monitor/extraction/test_main_element.py::test_rows_and_boxes_that_begin_with_a_number_are_read_there_too
    """
    found: set[int] = set()
    for index in indexes:
        block = raw[index]
        if len(block.text) > _NUMBER_CHARS or not _is_count(block.text):
            continue
        home = block.place.home or block.place
        found.update(
            beside
            for beside in (index - 1, index + 1)
            if home.first <= beside < home.end and len(raw[beside].text) <= BOX_CHARS
        )
    return frozenset(found)


def _is_count(text: str) -> bool:
    """Return whether a text is a number without a word: no date, no time, no telephone number."""
    digits = sum(map(str.isdigit, text))
    if any(map(str.isalpha, text)) or not 0 < digits <= _MOST_DIGITS or (digits > 1 and text.lstrip("+( ")[:1] == "0"):
        return False
    return has_figure(text)
