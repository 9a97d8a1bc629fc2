"""Cursor-based paging: a list is read in bounded slices, each found by the key of the row next to it, so that new rows do not shift the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Select

from storage.archive.rows import Row

T = TypeVar("T")
K = TypeVar("K")
Query = Select[Any]

LARGEST_KEY = 2**63 - 1
"""The largest key that both databases can compare with."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The requested slice of a list. Without a key, the list's first slice is requested; at most one of the two keys is given.

    Attributes:
        limit: Maximum number of rows.
        after: The slice begins after the row with this key; None where the list is read from its beginning, or from `before`.
        before: The slice ends before the row with this key; None where it is not.
    """

    limit: int
    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """A slice of a list, in the list's order.

    Attributes:
        rows: Its rows.
        has_previous: Whether rows precede it.
        has_next: Whether rows follow it.
    """

    rows: Sequence[T]
    has_previous: bool
    has_next: bool


def read_slice(
    connection: Connection,
    cursor: Cursor,
    following: Callable[[int | None], Query],
    preceding: Callable[[int], Query],
    row_of: Callable[[Row], T],
) -> Slice[T]:
    """Return a slice; one row more is read, which shows whether the list continues.

    Args:
        connection: The database connection.
        cursor: The requested slice.
        following: Returns the query for the rows after a key, in the list's order; after None: all rows.
        preceding: Returns the query for the rows before a key, in reverse order.
        row_of: Converts a row of the result.
    """
    query = following(cursor.after) if cursor.before is None else preceding(cursor.before)
    found = [row_of(row) for row in connection.execute(query.limit(cursor.limit + 1))]
    more, found = len(found) > cursor.limit, found[: cursor.limit]
    if cursor.before is not None:
        return Slice(found[::-1], has_previous=more, has_next=True)
    return Slice(found, has_previous=cursor.after is not None, has_next=more)


def stream(read: Callable[[Cursor], Slice[T]], key: Callable[[T], int], batch: int) -> Iterator[T]:
    """Yield all rows of a list, read slice by slice.

    Args:
        read: Reads a slice.
        key: Returns the key of a row.
        batch: Maximum number of rows of a slice.
    """
    part = read(Cursor(batch))
    yield from part.rows
    while part.has_next:
        part = read(Cursor(batch, after=key(part.rows[-1])))
        yield from part.rows


def stream_keys(keys: Sequence[K], read: Callable[[Sequence[K]], Iterable[T]], batch: int) -> Iterator[T]:
    """Yield the rows of `keys`, read slice by slice.

    Args:
        keys: The keys of all rows.
        read: Reads the rows of some keys, in their order.
        batch: Maximum number of keys of a slice.
    """
    for start in range(0, len(keys), batch):
        yield from read(keys[start : start + batch])


def stream_after(read: Callable[[K | None], Sequence[tuple[K, T]]]) -> Iterator[T]:
    """Yield all rows of a list, read slice by slice.

    Args:
        read: Reads the slice after a key, each row with its key; after None: from the beginning. An empty slice ends the list.
    """
    last: K | None = None
    while part := read(last):
        yield from (row for _, row in part)
        last = part[-1][0]
