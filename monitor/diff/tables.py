"""Rows of tables: the label that a row is known by, and which cell of the one side stands under the same head as which of the other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.model import BlockKind, Mention, MentionType, Version
from monitor.sentences import Sentence

_BAR = " | "
_LABEL_CHARS = 40
_LONGEST_TABLE = 2_000
"""Rows below its heads that a table may have for them to be looked for, at each of its rows."""
_BARE = re.compile(r"(?!(?:19|20)\d\d$)[^\w]*\d[\d.,'\u00a0\u202f %€$£+-]*")
"""A cell that is a number and no year: a row with one is no row of heads."""
_VALUES = frozenset({MentionType.COUNT, MentionType.PERCENT, MentionType.MONEY, MentionType.VOLATILE})
"""A first cell that is one of these is a value; a year or a date is what the row is about."""


class Tables:
    """The tables of a version: which block is the first row of that which a row belongs to."""

    __slots__ = ("_blocks", "_first")

    def __init__(self, version: Version) -> None:
        self._blocks = version.blocks
        self._first: list[int] = []
        for index, block in enumerate(version.blocks):
            follows = index and block.kind is BlockKind.ROW and version.blocks[index - 1].kind is BlockKind.ROW
            self._first.append(self._first[-1] if follows else index)

    def heads(self, row: Sentence) -> Sequence[str] | None:
        """What the first row of the table says over each cell of a row, "" over its label where the heads leave that out."""
        first = self._first[row.block]
        if first == row.block:
            return None
        heads = self._blocks[first].text.split(_BAR)
        short = row.text.count(_BAR) + 1 - len(heads)
        if short not in (0, 1) or len(set(heads)) < len(heads) or len(heads) < 2 or any(map(_BARE.fullmatch, heads)):
            return None
        return [*[""] * short, *heads]


def by_column(
    old: Tables, new: Tables, row_before: Sentence, row_after: Sentence
) -> list[tuple[Mention, Mention]] | None:
    """The mentions of a row's cells, each with that of the cell under the same head on the other side.

    Returns:
        None where the cells are to be taken in order: it is no row, the heads are the same on both sides, or there are none.
    """
    if row_before.kind is not BlockKind.ROW or row_after.kind is not BlockKind.ROW:
        return None
    heads_before, heads_after = old.heads(row_before), new.heads(row_after)
    if heads_before is None or heads_after is None or heads_before == heads_after:
        return None
    place_after = {head: m for m, head in reversed(list(enumerate(heads_after)))}
    met = [(n, place_after[head]) for n, head in enumerate(heads_before) if head in place_after]
    # The first row of a table without heads is no head: its cells are values, and change.
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
    """The head over the cell that a mention stands in; None where there is none."""
    heads = within.heads(row) if row.kind is BlockKind.ROW else None
    cell = row.text.count(_BAR, 0, mention.start - row.start)
    return (heads[cell] or None) if heads is not None and cell < len(heads) else None


def label_of(row: Sentence) -> str | None:
    """The text of a row's first cell, where that has letters; None where it has not, or the sentence is no row of several cells."""
    if row.kind is not BlockKind.ROW:
        return None
    label, bar, _ = row.text.partition(_BAR)
    return label if bar and any(map(str.isalpha, label)) else None


def named(within: Tables, row: Sentence, mention: Mention) -> dict[str, str]:
    """What a cell goes by, where its row has a label: "row", and "column" where the table has heads."""
    label = label_of(row)
    if label is None or mention.start - row.start < len(label):
        return {}
    head = head_of(within, row, mention)
    return {"row": _short(label), **({} if head is None else {"column": _short(head)})}


def _short(text: str) -> str:
    return text if len(text) <= _LABEL_CHARS else text[: _LABEL_CHARS - 1] + "…"


def _cells(row: Sentence) -> list[list[Mention]]:
    """The mentions of each cell."""
    cells: list[list[Mention]] = [[] for _ in range(row.text.count(_BAR) + 1)]
    for mention in row.mentions:
        cells[row.text.count(_BAR, 0, mention.start - row.start)].append(mention)
    return cells


def known_by(row: Sentence) -> str | None:
    """What makes two rows of the same shape one row: the first cell, which may be a year or a date. None where that is a value, or it is no row."""
    if row.kind is not BlockKind.ROW or not row.mentions:
        return None
    label, bar, _ = row.text.partition(_BAR)
    if not bar:
        return None
    first = row.mentions[0]
    is_value = first.start - row.start < len(label) and first.type in _VALUES
    return None if is_value else label
