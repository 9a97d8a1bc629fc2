"""Addresses of screens and archived pages, and the links between the slices of a list. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from monitor.model import Snapshot, SnapshotRef
from pagewitness.replay.address import digits, exact_digits
from pagewitness.replay.replayed import PREFIX, stamp_of
from storage.queries.history import Cursor, Slice, SnapshotRow
from storage.queries.paging import LARGEST_KEY

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pager:
    """Addresses of the adjacent slices of a list; None where there is none."""

    previous: str | None
    next: str | None


def history_link(url: str) -> str:
    """Return the address of the list of snapshots of the page with this URL."""
    return f"/history?{urlencode({'url': url})}"


def compare_link(
    url: str, old: datetime | None, new: datetime | None, *, exact: bool = False, side_by_side: bool = False
) -> str:
    """Return the address of the comparison of two snapshots.

    Args:
        url: The page's URL.
        old: Time of the earlier one; None for the version before the later one.
        new: Time of the later one; None for the newest.
        exact: Whether the times include a fraction, to distinguish snapshots in the same second.
        side_by_side: Whether to show both in columns.
    """
    times = {"from": old, "to": new}
    form = exact_digits if exact else digits
    query = {"url": url, **{name: form(time) for name, time in times.items() if time is not None}}
    return f"/compare?{urlencode({**query, **({'view': 'side'} if side_by_side else {})})}"


def fact_link(fact: str, url: str) -> str:
    """Return the address of the history of a fact on the page with this URL."""
    return f"/fact?{urlencode({'name': fact, 'url': url})}"


def change_link(event_id: int) -> str:
    """Return the address of the screen of a change."""
    return f"/change?id={event_id}"


def feed_query(url: str) -> str:
    """Return the query of the feeds of the page with this URL, with its question mark."""
    return f"?{urlencode({'page': url})}"


def replay_link(url: str, snapshot: Snapshot | SnapshotRef, *, exact: bool = False) -> str | None:
    """Return the replay address of a snapshot; None if it has no body.

    Args:
        url: The page's URL.
        snapshot: The snapshot.
        exact: Whether the time includes a fraction, to distinguish the snapshot from another one in the same second.
    """
    if isinstance(snapshot, Snapshot) and snapshot.body_sha256 is None:
        return None
    return f"{PREFIX}{(exact_digits if exact else digits)(snapshot.taken_at)}/{url}"


def snapshot_link(url: str, row: SnapshotRow) -> str | None:
    """Return the replay address of a snapshot in a list; None if it cannot be replayed."""
    return f"{PREFIX}{stamp_of(row.taken_at, row.following_at)}/{url}" if row.is_replayable else None


def cursor_of(query: Mapping[str, str], limit: int) -> Cursor:
    """Return the slice that an address requests by "after" or "before".

    Raises:
        ValueError: Both are given, or one is not a key.
    """
    keys = {name: key_of(query[name]) for name in ("after", "before") if name in query}
    if len(keys) > 1:
        raise ValueError("after and before are given")
    return Cursor(limit, **keys)


def key_of(text: str) -> int:
    """Return a key of the database from an address.

    Raises:
        ValueError: It is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_KEY))) or int(text) > LARGEST_KEY:
        raise ValueError("not a key")
    return int(text)


def pager(
    path: str, query: Mapping[str, str] | Sequence[tuple[str, str]], part: Slice[T], key: Callable[[T], int]
) -> Pager:
    """Return the addresses of the slices next to one.

    Args:
        path: Path of the screen.
        query: Its other parameters; a sequence where one has several values.
        part: The slice.
        key: Returns the key of a row.
    """
    pairs = list(query.items()) if isinstance(query, Mapping) else list(query)

    def address(name: str, row: T) -> str:
        return f"{path}?{urlencode([*pairs, (name, str(key(row)))])}"

    if not part.rows:
        # Nothing is beyond the given row; the list's beginning leads to everything.
        return Pager(f"{path}?{urlencode(pairs)}" if pairs else path, None) if _is_inside(part) else Pager(None, None)
    return Pager(
        address("before", part.rows[0]) if part.has_previous else None,
        address("after", part.rows[-1]) if part.has_next else None,
    )


def _is_inside(part: Slice[T]) -> bool:
    return part.has_previous or part.has_next
