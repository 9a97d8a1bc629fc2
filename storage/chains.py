"""Reading what is stored as deltas of one another: one query for an item and all its bases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, literal, select

from storage.compression import MAX_DEPTH, unpack


def frames(
    key: Column[Any], base: Column[Any], frame: Column[Any], wanted: ColumnElement[bool], *also: Column[Any]
) -> Select[Any]:
    """The frames that one item is made of, its keyframe first, each with the `id` that it belongs to.

    Args:
        key: The table's key.
        base: The key of the row that a frame is a delta of; null for a keyframe.
        frame: The compressed bytes.
        wanted: Which row is wanted.
        also: What else is wanted of each row.
    """
    chain = select(key.label("id"), base.label("base_id"), frame.label("frame"), literal(0).label("steps"), *also)
    item = chain.where(wanted).cte("chain", recursive=True)
    older = key.table.alias("older")
    bases = select(
        *(older.c[column.name] for column in (key, base, frame)),
        item.c.steps + 1,
        *(older.c[column.name] for column in also),
    ).where(older.c[key.name] == item.c.base_id, item.c.steps < MAX_DEPTH)
    item = item.union_all(bases)
    return select(item.c.frame, item.c.id, *(item.c[column.name] for column in also)).order_by(item.c.steps.desc())


def unwind(chain: Iterable[tuple[bytes, int]]) -> bytes | None:
    """The item that `chain` comes to: frames with the recorded lengths of what they hold, keyframe first. None where it is empty.

    Raises:
        ZstdError: A frame is damaged, holds more or less than was recorded, or a base is missing.
    """
    data: bytes | None = None
    for frame, length in chain:
        data = unpack(frame, data, length)
    return data
