"""Distinguishes sentences of one form by their place: the headings above, and in a table the group of rows. Pure.

"Partners | 7" under Asia and "Partners | 4" under Africa are two statements. Where they swap their numbers, both texts are still on the page, but neither
statement is. The place counts only for sentences with numbers whose words occur more than once; any other sentence may move freely.

See tests/monitor/diff/test_tables.py::test_numbers_that_swap_their_groups_are_changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from monitor.diff import location_keys
from monitor.diff.tables import BAR
from monitor.model import Block, BlockKind

_TITLE_CHARS = 60


class Part(NamedTuple):
    """A sentence of one side.

    Attributes:
        text: Its text.
        block: The index of its block.
        start: Its start offset in the block's text.
        place: The place that distinguishes it from others of its form; "" if it may move freely.
    """

    text: str
    block: int
    start: int
    place: str = ""


def row_groups(blocks: Sequence[Block]) -> dict[int, str]:
    """Return the group of each row that has one, by block: the first cell of the row whose cells span it (`rowspan`), or the row of one cell above it."""
    groups: dict[int, str] = {}
    width, label, section = 0, "", ""
    for index, block in enumerate(blocks):
        first, bar, _ = block.text.partition(BAR)
        cells = block.text.count(BAR) + 1
        if block.kind is not BlockKind.ROW:
            width, label, section = 0, "", ""
        elif not bar:
            section, width = block.text[:_TITLE_CHARS], 0
        elif cells < width:
            groups[index] = label[:_TITLE_CHARS]
        else:
            width, label = cells, first
            if section:
                groups[index] = section
    return groups


def _titles(blocks: Sequence[Block]) -> dict[int, str]:
    """Return the short text directly above its table for each row, by block."""
    titles: dict[int, str] = {}
    title = ""
    for index, block in enumerate(blocks):
        if block.kind is BlockKind.ROW:
            titles[index] = title
        else:
            title = block.text if block.kind is BlockKind.CONTENT and len(block.text) <= _TITLE_CHARS else ""
    return titles


def placed(
    old: Sequence[Part], new: Sequence[Part], old_blocks: Sequence[Block], new_blocks: Sequence[Block]
) -> tuple[list[Part], list[Part]]:
    """Return the sentences of both sides with their places."""
    repeated = _repeated(old) | _repeated(new)
    if not repeated:
        return list(old), list(new)
    return _with_places(old, old_blocks, repeated), _with_places(new, new_blocks, repeated)


def _repeated(parts: Sequence[Part]) -> set[str]:
    """Return the forms with numbers that occur more than once."""
    counts = Counter(location_keys.masked(part.text) for part in parts if _has_digit(part.text))
    return {form for form, count in counts.items() if count > 1}


def _with_places(parts: Sequence[Part], blocks: Sequence[Block], repeated: set[str]) -> list[Part]:
    groups = {**_titles(blocks), **row_groups(blocks)}
    return [
        part._replace(place="\x1f".join((*blocks[part.block].anchor, groups.get(part.block, ""))))
        if _has_digit(part.text) and location_keys.masked(part.text) in repeated
        else part
        for part in parts
    ]


def known_to_both(old: Sequence[Part], new: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    """Return the sentences of both sides without the places that only one side has: a heading was reworded, or the page redesigned."""
    here, there = {part.place for part in old}, {part.place for part in new}
    both = here & there
    return [_within(part, both) for part in old], [_within(part, both) for part in new]


def _within(part: Part, places: set[str]) -> Part:
    return part if part.place in places else part._replace(place="")


def _has_digit(text: str) -> bool:
    return any(map(str.isdecimal, text))
