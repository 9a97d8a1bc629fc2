"""`History`: what screens, replay, feeds and exports read. Reads only; nothing here changes a row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from alerts.model import RecordedEvent
from monitor.model import Exchange, Outcome, Page, Snapshot, Version
from storage.archive import rows
from storage.archive.bodies import body_length, load_body
from storage.archive.snapshots import SNAPSHOTS, load_snapshot
from storage.archive.versions import load_version
from storage.database.connection import Database, sqlite_path
from storage.maintenance.tombstones import Tombstone, find_tombstone
from storage.outbox.sql_outbox import EVENTS
from storage.queries import fact_history, summaries
from storage.queries.fact_history import FactHistoryRow
from storage.queries.summaries import AlertRow, PageSummary
from storage.schema import events, exchanges, metadata, pages, snapshots
from storage.watched.pages import page_by_url, pages_between, pages_labelled

__all__ = ["AlertRow", "FactHistoryRow", "History", "PageSummary"]

_REPLAYABLE = (snapshots.c.outcome != Outcome.FAILED, snapshots.c.body_id.is_not(None))
# How many events are fetched at once while a caller goes through them.
_BATCH = 500


class History:
    """The past. Each method reads one moment of the database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def pages(self) -> list[PageSummary]:
        """Every page with figures, in the order in which they were first asked for; retired ones included."""
        with self.database.read() as connection:
            return summaries.pages(connection)

    def page(self, url: str) -> Page | None:
        """The page of a normalised URL; None where it is not known."""
        with self.database.read() as connection:
            return page_by_url(connection, url)

    def pages_labelled(self, label: str) -> list[Page]:
        """The pages with a label; retired ones only where no other has it."""
        with self.database.read() as connection:
            return pages_labelled(connection, label)

    def pages_between(self, beginning: str, end: str, limit: int = 100) -> list[Page]:
        """Pages whose URL begins and ends so, at most `limit`; on SQLite whatever the case of ASCII letters."""
        with self.database.read() as connection:
            return pages_between(connection, beginning, end, limit)

    def tombstone(self, url: str) -> Tombstone | None:
        """What stays of a normalised URL whose content was removed; None where it was not. Look for the page first: it may be watched again."""
        with self.database.read() as connection:
            return find_tombstone(connection, url)

    def snapshot(self, snapshot_id: int) -> Snapshot:
        """One snapshot.

        Raises:
            UnknownName: There is none of that id.
        """
        with self.database.read() as connection:
            return load_snapshot(connection, snapshot_id)

    def snapshots(self, page_id: int, *, newest_first: bool = True, limit: int | None = None) -> list[Snapshot]:
        """The page's snapshots in the order of archiving, failed ones included."""
        order = snapshots.c.seq.desc() if newest_first else snapshots.c.seq.asc()
        query = SNAPSHOTS.where(snapshots.c.page_id == page_id).order_by(order).limit(limit)
        with self.database.read() as connection:
            return [rows.snapshot(row) for row in connection.execute(query)]

    def at_or_before(self, page_id: int, when: datetime) -> Snapshot | None:
        """The newest snapshot with a body that was taken at `when` or before; None where there is none."""
        query = (
            SNAPSHOTS.where(snapshots.c.page_id == page_id, snapshots.c.taken_at <= when, *_REPLAYABLE)
            .order_by(snapshots.c.taken_at.desc(), snapshots.c.seq.desc())
            .limit(1)
        )
        return self._one(query)

    def nearest(self, page_id: int, when: datetime, *, exact: bool = False) -> Snapshot | None:
        """The snapshot with a body that was taken nearest to `when`; None where there is none.

        `when` names a whole second, and of several within that second the last one is the nearest; where it is `exact` it names an instant. Of two
        equally near it is the earlier one.
        """
        second = when.replace(microsecond=0) + timedelta(seconds=1) - timedelta(microseconds=1)
        within = when if exact else second
        before = self.at_or_before(page_id, within)
        after = self._one(
            SNAPSHOTS.where(snapshots.c.page_id == page_id, snapshots.c.taken_at > within, *_REPLAYABLE)
            .order_by(snapshots.c.taken_at, snapshots.c.seq)
            .limit(1)
        )
        if before is None or after is None:
            return before or after
        return before if when - before.taken_at <= after.taken_at - when else after

    def exchanges(self, snapshot_id: int) -> tuple[Exchange, ...]:
        """The look's exchanges, redirect hops first. Bodies are left None: read those with `body`."""
        query = select(exchanges).where(exchanges.c.snapshot_id == snapshot_id).order_by(exchanges.c.hop)
        with self.database.read() as connection:
            return tuple(rows.exchange(row, None) for row in connection.execute(query))

    def body(self, sha256: str) -> bytes:
        """A stored body, checked against its digest.

        Raises:
            UnknownName: No such body is stored.
            BodyCorrupt: What is stored does not match the digest.
        """
        with self.database.read() as connection:
            return load_body(connection, sha256)

    def body_length(self, sha256: str) -> int:
        """Length of a stored body in bytes, without reading it; 0 where no such body is stored."""
        with self.database.read() as connection:
            return body_length(connection, sha256)

    def version(self, version_id: int) -> Version:
        """A stored version's value.

        Raises:
            UnknownName: There is none of that id.
        """
        with self.database.read() as connection:
            return load_version(connection, version_id)

    def events(
        self, *, url: str | None = None, limit: int | None = None, superseded: bool = False
    ) -> Iterator[RecordedEvent]:
        """Events of every origin, oldest first.

        Args:
            url: Only of the page with this normalised URL.
            limit: Only that many, the newest.
            superseded: Also those that are no part of the story any more, since it was told anew.
        """
        query = EVENTS if url is None else EVENTS.where(pages.c.url == url)
        if not superseded:
            query = query.where(events.c.superseded_at.is_(None))
        if limit is not None:
            newest = query.with_only_columns(events.c.id).order_by(events.c.at.desc(), events.c.id.desc()).limit(limit)
            query = query.where(events.c.id.in_(newest))
        query = query.order_by(events.c.at, events.c.id)
        with (
            self.database.read() as connection,
            connection.execution_options(yield_per=_BATCH).execute(query) as result,
        ):
            yield from (rows.recorded_event(row) for row in result)

    def alerts(self, limit: int | None = None) -> list[AlertRow]:
        """Alerts with their deliveries, newest first."""
        with self.database.read() as connection:
            return summaries.alerts(connection, limit)

    def fact_history(self, fact: str | None = None) -> list[FactHistoryRow]:
        """What pages stated of facts: a row for each time a page's version changed what it states, in the order of time.

        Args:
            fact: Only of this fact.
        """
        with self.database.read() as connection:
            return fact_history.fact_history(connection, fact)

    def times(self, page_id: int) -> list[datetime]:
        """When the page's replayable snapshots were taken, in the order of time."""
        query = select(snapshots.c.taken_at).where(snapshots.c.page_id == page_id, *_REPLAYABLE)
        with self.database.read() as connection:
            return list(connection.execute(query.order_by(snapshots.c.taken_at, snapshots.c.seq)).scalars())

    def counts(self) -> dict[str, int]:
        """Rows per table, by name."""
        with self.database.read() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in metadata.sorted_tables
            }

    def size_bytes(self) -> int:
        """What the database takes on disk."""
        if self.database.engine.dialect.name == "sqlite":
            path = sqlite_path(self.database.engine.url)
            files = [path, path.with_name(path.name + "-wal")]
            return sum(file.stat().st_size for file in files if file.exists())
        with self.database.read() as connection:
            size: int = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
            return size

    def _one(self, query: summaries.Query) -> Snapshot | None:
        with self.database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else rows.snapshot(row)
