"""Read items stored as deltas of one another: one query returns an item and all its bases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, literal, select

from storage.archive.compression import MAX_DEPTH, unpack
from storage.archive.rows import Row


def frames(
    key: Column[Any],
    base: Column[Any],
    frame: Column[Any],
    length: Column[Any],
    wanted: ColumnElement[bool],
    *also: Column[Any],
) -> Select[Any]:
    """Select the frames that make up one item, its keyframe first, each with its recorded `length` and the `id` of its row.

    Args:
        key: The table's key.
        base: The key of the row that a frame is a delta of; null for a keyframe.
        frame: The compressed bytes.
        length: The decompressed length of a frame in bytes.
        wanted: The condition that selects the item's row.
        also: Further columns to return for each row.
    """
    chain = select(
        key.label("id"),
        base.label("base_id"),
        frame.label("frame"),
        length.label("length"),
        literal(0).label("steps"),
        *also,
    )
    item = chain.where(wanted).cte("chain", recursive=True)
    older = key.table.alias("older")
    bases = select(
        *(older.c[column.name] for column in (key, base, frame, length)),
        item.c.steps + 1,
        *(older.c[column.name] for column in also),
    ).where(older.c[key.name] == item.c.base_id, item.c.steps < MAX_DEPTH)
    item = item.union_all(bases)
    return select(item.c.frame, item.c.length, item.c.id, *(item.c[column.name] for column in also)).order_by(
        item.c.steps.desc()
    )


def unwind(chain: Iterable[Row]) -> bytes | None:
    """Decompress the item whose frames `chain` holds, the rows of `frames`; return None if it is empty.

    Raises:
        ZstdError: A frame is damaged, a base is missing, or a length is not the recorded one.
    """
    data: bytes | None = None
    for row in chain:
        data = unpack(row.frame, data, row.length)
    return data
