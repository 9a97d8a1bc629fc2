"""Which exchanges an export contains: chosen by page, time and change, with the requisites of the pages. Keys are kept in a temporary file, not in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from monitor.model import ExchangeRole
from monitor.urls import resolve
from storage.archive.archived_urls import digest_of
from storage.archive.exchanges import EXCHANGES, exchange_of
from storage.database.connection import Database
from storage.database.slices import slices
from storage.schema import archived_urls, exchanges, requisites, snapshots, versions

_AT_ONCE = 500
_MAX_REDIRECTS = 10


@dataclass(frozen=True, slots=True)
class Selection:
    """What to export.

    Attributes:
        page_ids: Only exchanges of these pages, in ascending order; None selects every exchange, also of URLs that are no page.
        since: Only exchanges from this time on; None: no limit.
        until: Only exchanges before this time; None: no limit.
        changed: Only snapshots that a new version was extracted from.
        requisites: Whether requisites are included.
    """

    page_ids: Sequence[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    changed: bool = False
    requisites: bool = True


class SelectedExchanges:
    """Keys of exchanges, each once, and which of them contains a body first. Stored in a temporary SQLite file, which is removed when it is closed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("CREATE TABLE selected (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE written (body INTEGER PRIMARY KEY, id INTEGER NOT NULL)")

    def add(self, keys: Iterable[int]) -> None:
        """Add keys; those that are selected already are ignored."""
        self._connection.executemany("INSERT OR IGNORE INTO selected VALUES (?)", ((key,) for key in keys))

    def count(self) -> int:
        """Return the number of exchanges."""
        number: int = self._connection.execute("SELECT count(*) FROM selected").fetchone()[0]
        return number

    def batches(self) -> Iterator[Sequence[int]]:
        """Iterate over the keys in ascending order, the order of archiving, in slices; keys added meanwhile behind the last one are included."""
        last = 0
        query = "SELECT id FROM selected WHERE id > ? ORDER BY id LIMIT ?"
        while keys := [row[0] for row in self._connection.execute(query, (last, _AT_ONCE))]:
            yield keys
            last = keys[-1]

    def first_with_body(self, body_id: int, key: int) -> int:
        """Return the first exchange whose record contains a body; `key` if none was written with it, which is recorded."""
        self._connection.execute("INSERT OR IGNORE INTO written VALUES (?, ?)", (body_id, key))
        first: int = self._connection.execute("SELECT id FROM written WHERE body = ?", (body_id,)).fetchone()[0]
        return first

    def forget_body(self, body_id: int) -> None:
        """Record that no record contains a body after all."""
        self._connection.execute("DELETE FROM written WHERE body = ?", (body_id,))


@contextmanager
def select_exchanges(database: Database, selection: Selection) -> Iterator[SelectedExchanges]:
    """Select exchanges as of one moment. Those that a selected 304 confirms are included, so that the file is complete.

    Raises:
        StorageError: A database operation failed.
    """
    # An empty name is a temporary database on disk, in memory up to its page cache.
    with closing(sqlite3.connect("", isolation_level=None)) as temporary:
        selected = SelectedExchanges(temporary)
        with database.read() as connection:
            _select(connection, selected, selection)
        yield selected


def _select(connection: Connection, selected: SelectedExchanges, selection: Selection) -> None:
    if selection.page_ids is None and not selection.changed:
        _add(connection, selected, _of_role(selection, *_within(selection, exchanges.c.started_at)))
    else:
        page_ids = selection.page_ids
        if page_ids is None:
            page_ids = connection.execute(select(snapshots.c.page_id).distinct()).scalars().all()
        for page_id in page_ids:
            _add(connection, selected, _of_snapshots(selection, snapshots.c.page_id == page_id))
            _add_requisites(connection, selected, selection, page_id)
    _add_confirmed(connection, selected)


def _add(connection: Connection, selected: SelectedExchanges, query: Select[int]) -> None:
    """Add the keys that a query of `exchanges.id` returns, in slices."""
    last = 0
    ordered = query.order_by(exchanges.c.id).limit(_AT_ONCE)
    while keys := connection.execute(ordered.where(exchanges.c.id > last)).scalars().all():
        selected.add(keys)
        last = keys[-1]


def _of_role(selection: Selection, *conditions: ColumnElement[bool]) -> Select[int]:
    query = select(exchanges.c.id).where(*conditions)
    return query if selection.requisites else query.where(exchanges.c.role != ExchangeRole.REQUISITE)


def _of_snapshots(selection: Selection, *conditions: ColumnElement[bool]) -> Select[int]:
    return (
        select(exchanges.c.id)
        .join(snapshots, snapshots.c.id == exchanges.c.snapshot_id)
        .where(*conditions, *_of_selected(selection))
    )


def _of_selected(selection: Selection) -> list[ColumnElement[bool]]:
    conditions = _within(selection, snapshots.c.taken_at)
    if selection.changed:
        conditions.append(snapshots.c.id.in_(select(versions.c.snapshot_id)))
    return conditions


def _within(selection: Selection, time: ColumnElement[datetime]) -> list[ColumnElement[bool]]:
    since = [] if selection.since is None else [time >= selection.since]
    return since if selection.until is None else [*since, time < selection.until]


def _add_requisites(connection: Connection, selected: SelectedExchanges, selection: Selection, page_id: int) -> None:
    """Add the exchanges of a page's requisites from just before its first selected snapshot to just after the last one: replay uses the nearest."""
    if not selection.requisites:
        return
    of_page = (snapshots.c.page_id == page_id, *_of_selected(selection))
    ids = (func.min(snapshots.c.id), func.max(snapshots.c.id))
    times = (func.min(snapshots.c.taken_at), func.max(snapshots.c.taken_at))
    first, last, begin, end = connection.execute(select(*ids, *times).where(*of_page)).one()
    if first is None:
        return
    found = select(requisites.c.url_id).where(
        requisites.c.page_id == page_id,
        requisites.c.first_snapshot_id <= last,
        requisites.c.last_snapshot_id >= first,
    )
    for url_id in connection.execute(found).scalars().all():
        keys = _around(connection, url_id, begin, end)
        selected.add(keys)
        for key in keys:
            selected.add(_redirected(connection, key))


def _around(connection: Connection, url_id: int, begin: datetime, end: datetime) -> Sequence[int]:
    """Return a URL's exchanges with a response from the last one before `begin` to the first one after `end`."""
    time = exchanges.c.started_at
    answered = (exchanges.c.url_id == url_id, exchanges.c.status.is_not(None))
    before = select(func.max(time)).where(*answered, time <= begin).scalar_subquery()
    after = select(func.min(time)).where(*answered, time >= end).scalar_subquery()
    bounds = and_(time >= func.coalesce(before, begin), time <= func.coalesce(after, end))
    return connection.execute(select(exchanges.c.id).where(*answered, bounds).order_by(exchanges.c.id)).scalars().all()


def _redirected(connection: Connection, key: int) -> Iterator[int]:
    """Yield the exchanges that followed a redirect of a requisite."""
    for _ in range(_MAX_REDIRECTS):
        row = connection.execute(EXCHANGES.where(exchanges.c.id == key)).one()
        location = exchange_of(row).header("Location") if row.status in range(300, 400) else None
        try:
            digest = None if location is None else digest_of(resolve(row.url, location))
        except ValueError:
            digest = None
        if digest is None:
            return
        of_target = select(exchanges.c.id).join(archived_urls).where(archived_urls.c.url_sha256 == digest)
        followed = connection.execute(
            of_target.where(exchanges.c.id > key, exchanges.c.role == ExchangeRole.REQUISITE)
            .order_by(exchanges.c.id)
            .limit(1)
        ).scalar()
        if followed is None:
            return
        yield followed
        key = followed


def _add_confirmed(connection: Connection, selected: SelectedExchanges) -> None:
    for keys in selected.batches():
        for part in slices(keys):
            is_confirmation = and_(exchanges.c.id.in_(part), exchanges.c.repeats_id.is_not(None))
            selected.add(connection.execute(select(exchanges.c.repeats_id).where(is_confirmation)).scalars().all())
