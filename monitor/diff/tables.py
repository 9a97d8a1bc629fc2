"""Table rows: the label that identifies a row, and the matching of cells by column heading."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from monitor.limits import cut
from monitor.model import BlockKind, Mention, MentionType, Version
from monitor.sentences import Sentence

BAR = " | "
"""Separates the cells of a row."""
_LABEL_CHARS = 40
_BARE = re.compile(r"(?!(?:19|20)\d\d$)[^\w]*\d[\d.,'\u00a0\u202f %€$£+-]*")
"""A cell that is a number and not a year: a row with one is not a heading row."""
_VALUES = frozenset({MentionType.COUNT, MentionType.PERCENT, MentionType.MONEY, MentionType.VOLATILE})
"""A first cell of one of these types is a value; a year or a date identifies the row."""


class Tables:
    """The tables of a version: maps each row to the block of its table's first row."""

    def __init__(self, version: Version) -> None:
        self._blocks = version.blocks
        self._mentions = version.mentions
        self._first: list[int] = []
        for index, block in enumerate(version.blocks):
            follows = index and block.kind is BlockKind.ROW and version.blocks[index - 1].kind is BlockKind.ROW
            self._first.append(self._first[-1] if follows else index)

    def heads(self, row: Sentence) -> Sequence[str] | None:
        """Return the column heading of each cell of a row, "" over the label if the heading row omits it; None if the table has no headings."""
        first = self._first[row.block]
        if first == row.block:
            return None
        heads = self._blocks[first].text.split(BAR)
        short = row.text.count(BAR) + 1 - len(heads)
        if short not in (0, 1) or len(set(heads)) < len(heads) or len(heads) < 2 or any(map(_BARE.fullmatch, heads)):
            return None
        return [*[""] * short, *heads]

    def dates_beside(self, row: Sentence, mention: Mention) -> Sequence[Mention]:
        """Return the dates in the column of a mention, its own among them."""
        return self._dates.get((self._first[row.block], _column(row.text, mention.start - row.start)), ())

    @cached_property
    def _dates(self) -> Mapping[tuple[int, int], Sequence[Mention]]:
        """The dates of all tables, by the block of the table's first row and the number of the column."""
        dates: defaultdict[tuple[int, int], list[Mention]] = defaultdict(list)
        for mention in self._mentions:
            block = self._blocks[mention.block]
            if mention.type is MentionType.DATE and block.kind is BlockKind.ROW:
                dates[self._first[mention.block], _column(block.text, mention.start)].append(mention)
        return dates


def _column(row: str, at: int) -> int:
    """Return the number of the cell that contains a character of a row."""
    return row.count(BAR, 0, at)


def by_column(
    old: Tables, new: Tables, row_before: Sentence, row_after: Sentence
) -> list[tuple[Mention, Mention]] | None:
    """Match the mentions in two rows by column heading.

    Returns:
        The matched mentions; None if the cells are to be matched by position: not a row, equal headings on both sides, or no headings.
    """
    # See tests/monitor/diff/test_compare.py::test_columns_meet_by_their_heads_when_the_window_slides.
    if row_before.kind is not BlockKind.ROW or row_after.kind is not BlockKind.ROW:
        return None
    heads_before, heads_after = old.heads(row_before), new.heads(row_after)
    if heads_before is None or heads_after is None or heads_before == heads_after:
        return None
    place_after = {head: m for m, head in reversed(list(enumerate(heads_after)))}
    met = [(n, place_after[head]) for n, head in enumerate(heads_before) if head in place_after]
    # The first row of a table without headings contains values that change, so at least half of the columns must match.
    if 2 * sum(n > 0 for n, _ in met) < max(len(heads_before), len(heads_after)) - 1 or len(met) < 2:
        return None
    cells_before, cells_after = _cells(row_before), _cells(row_after)
    return [
        pair
        for n, m in met
        if len(cells_before[n]) == len(cells_after[m])
        for pair in zip(cells_before[n], cells_after[m], strict=True)
    ]


def head_of(within: Tables, row: Sentence, mention: Mention) -> str | None:
    """Return the heading of the cell that contains a mention; None if there is none."""
    heads = within.heads(row) if row.kind is BlockKind.ROW else None
    cell = _column(row.text, mention.start - row.start)
    return (heads[cell] or None) if heads is not None and cell < len(heads) else None


def heading_of(within: Tables, row: Sentence, mention: Mention) -> str | None:
    """Return the column heading and row label of a mention, in one text; None outside labelled tables."""
    texts = [text for text in (head_of(within, row, mention), label_of(row)) if text]
    return " ".join(texts) or None


def label_of(row: Sentence) -> str | None:
    """Return the text of a row's first cell if it contains letters; None otherwise, or if the sentence is not a row of several cells."""
    if row.kind is not BlockKind.ROW:
        return None
    label, bar, _ = row.text.partition(BAR)
    return label if bar and any(map(str.isalpha, label)) else None


def named(within: Tables, row: Sentence, mention: Mention) -> dict[str, str]:
    """Return the names of a cell if its row has a label: "row", and "column" if the table has headings."""
    # See tests/monitor/diff/test_compare.py::test_a_row_tells_its_own_number.
    label = label_of(row)
    if label is None or mention.start - row.start < len(label):
        return {}
    head = head_of(within, row, mention)
    label = f"{row.group}, {label}" if row.group else label
    return {"row": _short(label), **({} if head is None else {"column": _short(head)})}


def _short(text: str) -> str:
    return cut(text, _LABEL_CHARS)


def _cells(row: Sentence) -> list[list[Mention]]:
    """Return the mentions of each cell."""
    cells: list[list[Mention]] = [[] for _ in range(row.text.count(BAR) + 1)]
    for mention in row.mentions:
        cells[_column(row.text, mention.start - row.start)].append(mention)
    return cells


def known_by(row: Sentence) -> str | None:
    """Return the first cell, which identifies a row among rows of the same shape and can be a year or a date; None if it is a value, or for other sentences."""
    if row.kind is not BlockKind.ROW or not row.mentions:
        return None
    label, bar, _ = row.text.partition(BAR)
    if not bar:
        return None
    first = row.mentions[0]
    is_value = first.start - row.start < len(label) and first.type in _VALUES
    return None if is_value else label
