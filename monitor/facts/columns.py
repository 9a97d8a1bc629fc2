"""Finds the column heading above a number in the row of totals of a table. Pure.

The number of any other row counts what its own row names: "Asia | 5" under "Members" counts a part, and only "Total | 12" counts the members.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.lexicon import words
from monitor.model import Block, BlockKind

_BAR = " | "
_TOTALS = words("numbers.totals")
_HEADING_CHARS = 40


def is_total(text: str) -> bool:
    """Return whether a text is a row of totals: several cells, the first of which is a word for the sum."""
    label, bar, _ = text.partition(_BAR)
    return bool(bar) and label.strip(" :").lower() in _TOTALS


def headings(blocks: Sequence[Block]) -> dict[int, list[str]]:
    """Return the column headings of each row of totals, by block: the first row of its table, if that has as many cells and no digits.

    See tests/monitor/facts/test_columns.py::test_a_total_counts_what_its_column_heading_names.
    """
    found: dict[int, list[str]] = {}
    first = 0
    for index, block in enumerate(blocks):
        if block.kind is not BlockKind.ROW:
            first = index + 1
        elif index > first and is_total(block.text):
            heads = blocks[first].text.split(_BAR)
            if len(heads) == block.text.count(_BAR) + 1 and not any(map(str.isdigit, blocks[first].text)):
                found[index] = [head if len(head) <= _HEADING_CHARS else "" for head in heads]
    return found


def heading_of(heads: Sequence[str], row: str, start: int, end: int) -> str:
    """Return the heading of a cell that consists of the number from `start` to `end` only; "" for other cells.

    Args:
        heads: The headings of the row's cells.
        row: The text of the row.
        start: Start of the number.
        end: Its end (exclusive).
    """
    alone = row[:start].endswith(_BAR) and (end == len(row) or row.startswith(_BAR, end))
    return heads[row.count(_BAR, 0, start)] if alone else ""
