"""`History`: the read-only queries of screens, replay, feeds and exports."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import chain, islice

from sqlalchemy import ColumnElement, bindparam, func, select, text

from alerts.model import RecordedEvent
from monitor.model import Exchange, Page, Snapshot, Version
from monitor.search.query import SearchQuery
from storage.archive import rows
from storage.archive.bodies import body_length, load_body
from storage.archive.exchanges import EXCHANGES, exchange_of
from storage.archive.snapshot_text import snapshot_text
from storage.archive.snapshots import SNAPSHOTS, load_snapshot
from storage.archive.versions import load_version
from storage.database.compiled_statements import CompiledStatement
from storage.database.connection import DatabaseView, ReadDatabase, sqlite_path
from storage.maintenance.tombstones import Tombstone, find_tombstone
from storage.outbox.planning import EVENTS_OF_VISITS
from storage.queries import (
    change_calendar,
    current_facts,
    exchange_lookup,
    fact_history,
    search,
    snapshot_list,
    summaries,
    version_steps,
)
from storage.queries.change_calendar import CalendarDay, SnapshotChanges
from storage.queries.current_facts import CurrentFact, NeverMatched
from storage.queries.exchange_lookup import ArchivedExchange, nearest_exchange
from storage.queries.fact_history import FactHistoryRow
from storage.queries.feed_events import EventFilter, newest_matching
from storage.queries.gauges import Gauges, gauges
from storage.queries.paging import Cursor, Slice, stream, stream_after, stream_keys
from storage.queries.search import SearchResult, SearchSlice
from storage.queries.snapshot_list import Neighbours, SnapshotFilter, SnapshotRow, replayable
from storage.queries.summaries import AlertRow, EventKey, PageSummary
from storage.queries.version_steps import VersionNeighbours, VersionSteps
from storage.requisites.counts import RequisiteCounts, count_requisites
from storage.schema import events, exchanges, metadata, pages, snapshots
from storage.search.indexing import backlog_count
from storage.watched.pages import page_by_url, pages_between, pages_labelled

__all__ = [
    "AlertRow",
    "CalendarDay",
    "CurrentFact",
    "Cursor",
    "EventFilter",
    "FactHistoryRow",
    "History",
    "Neighbours",
    "NeverMatched",
    "PageSummary",
    "RequisiteCounts",
    "SearchResult",
    "SearchSlice",
    "Slice",
    "SnapshotChanges",
    "SnapshotFilter",
    "SnapshotRow",
    "VersionNeighbours",
    "VersionSteps",
]

# Built once: building a query takes longer than running it.
_WHEN: ColumnElement[datetime] = bindparam("when", type_=snapshots.c.taken_at.type)
_REPLAYABLE = SNAPSHOTS.where(snapshots.c.page_id == bindparam("page"), replayable()).limit(1)
_AT_OR_BEFORE = CompiledStatement(
    _REPLAYABLE.where(snapshots.c.taken_at <= _WHEN).order_by(snapshots.c.taken_at.desc(), snapshots.c.seq.desc())
)
_AFTER = CompiledStatement(
    _REPLAYABLE.where(snapshots.c.taken_at > _WHEN).order_by(snapshots.c.taken_at, snapshots.c.seq)
)
_EXCHANGES = CompiledStatement(
    EXCHANGES.where(exchanges.c.snapshot_id == bindparam("snapshot")).order_by(exchanges.c.hop)
)
# How many rows are fetched at once while a caller iterates over them.
_BATCH = 500


class History:
    """Queries of stored pages, snapshots, events and facts.

    Each method sees the database as of one moment, except those that return an iterator: they read one slice after another, so that a slow reader,
    such as a pager, keeps no transaction open.
    """

    def __init__(self, database: ReadDatabase) -> None:
        self.database = database

    @contextmanager
    def at_one_moment(self) -> Iterator[History]:
        """Run the block with a `History` whose queries, iterators included, all see the database as of one moment, in one transaction of one thread.

        For several short queries: what a slow reader holds open delays the cleaning of the database.
        """
        with self.database.read() as connection:
            yield History(DatabaseView(self.database.engine, connection))

    def pages(self) -> list[PageSummary]:
        """Return every page with its statistics, in the order in which they were added; retired ones included. For few pages: all are in memory."""
        return list(self.stream_pages())

    def stream_pages(self) -> Iterator[PageSummary]:
        """Iterate over every page with its statistics, in the order in which they were added; retired ones included.

        Each slice is read in a transaction of its own, so that a slow reader of the list holds none open.
        """
        return stream(self.page_slice, lambda row: row.page.id, _BATCH)

    def page_slice(self, cursor: Cursor) -> Slice[PageSummary]:
        """Return a slice of the list of pages, by page id: the order in which they were added; retired ones included."""
        with self.database.read() as connection:
            return summaries.page_slice(connection, cursor)

    def page_count(self) -> int:
        """Return the number of pages, retired ones included."""
        with self.database.read() as connection:
            return summaries.page_count(connection)

    def titles(self, page_ids: Collection[int]) -> dict[int, str]:
        """Return the titles of the pages' current versions; a page without a title is left out."""
        with self.database.read() as connection:
            return summaries.titles(connection, page_ids)

    def pages_near(self, url: str, limit: int) -> list[Page]:
        """Return the pages next to `url` in the order of URLs, on both sides, at most `limit` on each; most have the beginning of their URLs in common."""
        with self.database.read() as connection:
            return summaries.pages_near(connection, url, limit)

    def current_facts(self, page_ids: Collection[int]) -> dict[int, list[CurrentFact]]:
        """Return the state of each fact on these pages, by page id; facts that were never stated are left out."""
        with self.database.read() as connection:
            return current_facts.of_pages(connection, page_ids)

    def never_matched(self) -> Iterator[NeverMatched]:
        """Yield each fact that an active page tracks but never stated, although the page had an ok check; in the order of pages.

        Each slice is read in a transaction of its own.
        """

        def read(last: int | None) -> list[tuple[int, tuple[NeverMatched, ...]]]:
            with self.database.read() as connection:
                return current_facts.never_matched(connection, last or 0, _BATCH)

        return chain.from_iterable(stream_after(read))

    def page(self, url: str) -> Page | None:
        """Return the page of a normalised URL; None if it is unknown."""
        with self.database.read() as connection:
            return page_by_url(connection, url)

    def pages_labelled(self, label: str) -> list[Page]:
        """The pages with a label; retired ones only where no other has it."""
        with self.database.read() as connection:
            return pages_labelled(connection, label)

    def pages_between(self, beginning: str, end: str, limit: int = 100) -> list[Page]:
        """Return at most `limit` pages whose URL starts with `beginning` and ends with `end`; on SQLite ASCII letters match in either case."""
        with self.database.read() as connection:
            return pages_between(connection, beginning, end, limit)

    def tombstone(self, url: str) -> Tombstone | None:
        """Return the tombstone of a normalised URL; None if its content was never erased. Call `page` first: it may have been added again."""
        with self.database.read() as connection:
            return find_tombstone(connection, url)

    def snapshot(self, snapshot_id: int) -> Snapshot:
        """Return one snapshot.

        Raises:
            UnknownName: No snapshot has this id.
        """
        with self.database.read() as connection:
            return load_snapshot(connection, snapshot_id)

    def snapshots(self, page_id: int, *, newest_first: bool = True, limit: int | None = None) -> list[Snapshot]:
        """Return the page's snapshots in order of archiving, failed ones included."""
        order = snapshots.c.seq.desc() if newest_first else snapshots.c.seq.asc()
        query = SNAPSHOTS.where(snapshots.c.page_id == page_id).order_by(order).limit(limit)
        with self.database.read() as connection:
            return [rows.snapshot(row) for row in connection.execute(query)]

    def snapshot_slice(self, page_id: int, cursor: Cursor, wanted: SnapshotFilter | None = None) -> Slice[SnapshotRow]:
        """Return a slice of the page's snapshots by `seq`, the newest first, failed ones included.

        Args:
            page_id: The page.
            cursor: The slice.
            wanted: Which snapshots; None: all.
        """
        with self.database.read() as connection:
            return snapshot_list.snapshot_slice(connection, page_id, cursor, wanted or SnapshotFilter())

    def changes_of(self, snapshot_ids: Collection[int]) -> dict[int, SnapshotChanges]:
        """Return what each of these snapshots changed, by snapshot id; those that changed nothing but noise are left out."""
        with self.database.read() as connection:
            return change_calendar.changes_of(connection, snapshot_ids)

    def calendar(self, page_id: int, year: int) -> list[CalendarDay]:
        """Return the days of a year on which the page was checked or changed, of the newest `change_calendar.CONSIDERED` checks and changes of that year."""
        with self.database.read() as connection:
            return change_calendar.calendar_of(connection, page_id, year)

    def years(self, page_id: int) -> tuple[int, int] | None:
        """Return the years of the page's first and last snapshot; None if it has none."""
        with self.database.read() as connection:
            return change_calendar.year_range(connection, page_id)

    def stream_snapshots(self, page_id: int) -> Iterator[SnapshotRow]:
        """Iterate over all snapshots of the page, the newest first, failed ones included. Each slice is read in a transaction of its own."""
        return stream(lambda cursor: self.snapshot_slice(page_id, cursor), lambda row: row.seq, _BATCH)

    def newest_snapshots(self, page_ids: Collection[int], limit: int) -> dict[int, list[SnapshotRow]]:
        """Return the newest snapshots of each page by page id, the newest first, at most `limit` of each."""
        with self.database.read() as connection:
            return snapshot_list.newest_of_pages(connection, page_ids, limit)

    def snapshot_count(self, page_id: int) -> int:
        """Return the number of the page's snapshots, failed ones included."""
        with self.database.read() as connection:
            return snapshot_list.snapshot_count(connection, page_id)

    def stream_times(self, page_id: int) -> Iterator[datetime]:
        """Iterate over the times of the page's replayable snapshots, in order. Each slice is read in a transaction of its own."""

        def read(last: datetime | None) -> list[tuple[datetime, datetime]]:
            with self.database.read() as connection:
                times = snapshot_list.replayable_times(connection, page_id, last, _BATCH)
            return [(time, time) for time in times]

        return stream_after(read)

    def last_time(self, page_id: int, until: datetime) -> datetime | None:
        """Return the time of the page's newest replayable snapshot up to a time; None if there is none."""
        with self.database.read() as connection:
            return snapshot_list.last_time(connection, page_id, until)

    def neighbours(self, page_id: int, taken_at: datetime) -> Neighbours:
        """Return the times of the page's replayable snapshots around the one taken at `taken_at`."""
        with self.database.read() as connection:
            return snapshot_list.neighbours(connection, page_id, taken_at)

    def at_or_before(self, page_id: int, when: datetime) -> Snapshot | None:
        """Return the newest snapshot with a body that was taken at `when` or before; None if there is none."""
        return self._one(_AT_OR_BEFORE, page_id, when)

    def nearest(self, page_id: int, when: datetime, *, exact: bool = False) -> Snapshot | None:
        """Return the snapshot with a body that was taken nearest to `when`; None if there is none.

        `when` denotes a whole second, and the last snapshot within it is the nearest; if `exact`, it denotes an instant. Of two
        equally near snapshots, the earlier one is returned.
        """
        second = when.replace(microsecond=0) + timedelta(seconds=1) - timedelta(microseconds=1)
        within = when if exact else second
        before = self.at_or_before(page_id, within)
        if before is not None and before.taken_at >= when:
            return before
        after = self._one(_AFTER, page_id, within)
        if before is None or after is None:
            return before or after
        return before if when - before.taken_at <= after.taken_at - when else after

    def nearest_exchange(self, url: str, when: datetime) -> ArchivedExchange | None:
        """Return the exchange of a normalised URL nearest to a time; see `storage.queries.exchange_lookup.nearest_exchange`."""
        with self.database.read() as connection:
            return nearest_exchange(connection, url, when)

    def received(self, snapshot_id: int) -> ArchivedExchange | None:
        """Return the response that the page's own URL had in a snapshot: its first redirect, or without redirects its only exchange.

        A redirect to an equivalent URL (http to https, a slash added) is skipped. None if no response is stored.
        """
        with self.database.read() as connection:
            return exchange_lookup.received(connection, snapshot_id)

    def with_other_version(self, page_id: int, snapshot: Snapshot) -> Snapshot | None:
        """Return the newest snapshot before this one whose version is another one; None if there is none."""
        query = SNAPSHOTS.where(
            snapshots.c.page_id == page_id,
            snapshots.c.taken_at < snapshot.taken_at,
            snapshots.c.version_id.is_not(None),
            snapshots.c.version_id.is_distinct_from(snapshot.version_id),
        ).order_by(snapshots.c.seq.desc())
        with self.database.read() as connection:
            row = connection.execute(query.limit(1)).first()
        return None if row is None else rows.snapshot(row)

    def version_steps(self, page_id: int, version_id: int) -> VersionSteps:
        """Return when this version of the page began, and the ones before and after it; all None if it was removed."""
        with self.database.read() as connection:
            return version_steps.version_steps(connection, page_id, version_id)

    def version_neighbours(self, snapshot: Snapshot) -> VersionNeighbours:
        """Return the versions before and after a snapshot, and the first and the last one; the cost grows with the logarithm of their number."""
        with self.database.read() as connection:
            return version_steps.version_neighbours(connection, snapshot)

    def noise_places(self, page_id: int, until: datetime, limit: int = 500) -> frozenset[str]:
        """Return the digests of the places whose changes were recorded as noise because they change often or are muted.

        Args:
            page_id: The page.
            until: Only events up to this time.
            limit: Number of events that are searched, the newest first.
        """
        with self.database.read() as connection:
            return version_steps.noise_places(connection, page_id, until, limit)

    def count_requisites(self, page_id: int, snapshot_id: int) -> RequisiteCounts:
        """Return how many requisites a snapshot refers to, and how many of them are archived."""
        with self.database.read() as connection:
            return count_requisites(connection, page_id, snapshot_id)

    def exchanges(self, snapshot_id: int) -> tuple[Exchange, ...]:
        """Return the snapshot's exchanges, redirect hops first, without bodies (None): load those with `body`."""
        with self.database.read() as connection:
            return tuple(exchange_of(row) for row in _EXCHANGES.all(connection, {"snapshot": snapshot_id}))

    def body(self, sha256: str) -> bytes:
        """Return a stored body, checked against its SHA-256.

        Raises:
            UnknownName: No body with this SHA-256 is stored.
            BodyCorrupt: The stored data does not match the SHA-256.
        """
        with self.database.read() as connection:
            return load_body(connection, sha256)

    def body_length(self, sha256: str) -> int:
        """Return the length of a stored body in bytes, without decompressing it; 0 if it is not stored."""
        with self.database.read() as connection:
            return body_length(connection, sha256)

    def version(self, version_id: int) -> Version:
        """Return a stored version.

        Raises:
            UnknownName: No version has this id.
        """
        with self.database.read() as connection:
            return load_version(connection, version_id)

    def events(
        self,
        *,
        url: str | None = None,
        limit: int | None = None,
        superseded: bool = False,
        since: datetime | None = None,
    ) -> Iterator[RecordedEvent]:
        """Yield events of every origin, oldest first, with the visits that they were recorded in. Each slice is read in a transaction of its own.

        Args:
            url: Only events of the page with this normalised URL.
            limit: At most this many, the newest.
            superseded: Whether to include events that reprocessing has removed from the page history.
            since: Only events at this time or later; None: from the beginning.
        """
        query = EVENTS_OF_VISITS if url is None else EVENTS_OF_VISITS.where(pages.c.url == url)
        if since is not None:
            query = query.where(events.c.at >= since)
        if not superseded:
            query = query.where(events.c.superseded_at.is_(None))

        def read(last: EventKey | None) -> list[tuple[EventKey, RecordedEvent]]:
            with self.database.read() as connection:
                if last is None and limit is not None:
                    return summaries.newest_events(connection, query, limit, _BATCH)
                return summaries.events_after(connection, query, last, _BATCH)

        return islice(stream_after(read), limit)

    def event_count(self, since: datetime | None = None) -> int:
        """Return the number of events at this time or later, without those that reprocessing has removed from the page history."""
        query = select(func.count()).select_from(events).where(events.c.superseded_at.is_(None))
        with self.database.read() as connection:
            return connection.execute(query if since is None else query.where(events.c.at >= since)).scalar_one()

    def event_slice(self, cursor: Cursor) -> Slice[RecordedEvent]:
        """Return a slice of all events by event id, the newest first, without those that reprocessing has removed from the page history."""
        with self.database.read() as connection:
            return summaries.event_slice(connection, cursor)

    def event(self, event_id: int) -> RecordedEvent | None:
        """Return an event; None if there is none with this key, or reprocessing has removed it from the page history."""
        with self.database.read() as connection:
            return summaries.event(connection, event_id)

    def text_of(self, snapshot_id: int) -> str | None:
        """Return the text of a snapshot's version; None where it has none, or it was removed."""
        with self.database.read() as connection:
            return snapshot_text(connection, snapshot_id)

    def changes_at(self, page_id: int, snapshot_id: int, limit: int) -> list[RecordedEvent]:
        """Return events of a page that one of its snapshots first showed, in the order in which they were recorded, at most `limit`."""
        with self.database.read() as connection:
            return summaries.events_at(connection, page_id, snapshot_id, limit)

    def feed_events(self, wanted: EventFilter, limit: int) -> list[RecordedEvent]:
        """Return the newest events that a filter accepts; see `storage.queries.feed_events.newest_matching`."""
        with self.database.read() as connection:
            return newest_matching(connection, wanted, limit)

    def gauges(self, now: datetime) -> Gauges:
        """Return the state of pages, checks and deliveries; see `storage.queries.gauges.gauges`."""
        return gauges(self.database, now)

    def alerts(self, limit: int | None = None) -> list[AlertRow]:
        """Return alerts with their deliveries, newest first."""
        with self.database.read() as connection:
            return summaries.alerts(connection, limit)

    def stream_statements(self, fact: str | None = None) -> Iterator[FactHistoryRow]:
        """Yield what versions of pages state, in order of time; a version whose stored text is that of the page's previous version is left out.

        The keys are read at once; the rows of each slice in a transaction of its own.

        Args:
            fact: Only this fact.
        """
        with self.database.read() as connection:
            keys = fact_history.changed_keys(connection, fact)

        def read(part: Sequence[fact_history.Key]) -> list[FactHistoryRow]:
            with self.database.read() as connection:
                return fact_history.rows_of(connection, part)

        yield from stream_keys(keys, read, _BATCH)

    def search(self, query: SearchQuery, limit: int, after: int | None = None) -> SearchSlice:
        """Return a slice of the texts that a query finds; see `storage.queries.search.search`.

        Raises:
            QueryError: A filter names no page, tag or host.
        """
        with self.database.read() as connection:
            return search.search(connection, query, limit, after)

    def search_backlog(self) -> int:
        """Return the number of pages whose versions are not all indexed for search."""
        with self.database.read() as connection:
            return backlog_count(connection)

    def counts(self) -> dict[str, int]:
        """Return the rows per table, by name."""
        with self.database.read() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in metadata.sorted_tables
            }

    def size_bytes(self) -> int:
        """Return the size of the database on disk in bytes."""
        if self.database.engine.dialect.name == "sqlite":
            path = sqlite_path(self.database.engine.url)
            files = [path, path.with_name(path.name + "-wal")]
            return sum(file.stat().st_size for file in files if file.exists())
        with self.database.read() as connection:
            size: int = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
            return size

    def _one(self, query: CompiledStatement, page_id: int, when: datetime) -> Snapshot | None:
        with self.database.read() as connection:
            row = query.first(connection, {"page": page_id, "when": when})
        return None if row is None else rows.snapshot(row)
