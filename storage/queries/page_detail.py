"""`PageDetails`: what the screen of one page shows beside its history; each query reads a bounded number of rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from alerts.model import BrokenDeclaration, RecordedEvent, Rule
from monitor.errors import UnknownName
from monitor.model import Page
from storage.archive.archived_urls import digest_of
from storage.database.connection import ReadDatabase, database_now
from storage.outbox.planning import EVENTS_OF_VISITS, event_of_visit
from storage.queries import summaries
from storage.queries.summaries import PageSummary
from storage.schema import archived_urls, bodies, body_links, events, hosts, page_checks, versions
from storage.schema import pages as page_table
from storage.watched.definitions import rules_in_force
from storage.watched.pages import PAGE_COLUMNS, pages_of

COUNTED_BODIES = 5_000
"""Bodies, and versions, of a page whose stored size is added up: of the others it is not known."""


@dataclass(frozen=True, slots=True)
class HostState:
    """How politely a host is visited, and whether it is at this moment.

    Attributes:
        is_visited: Whether a process is visiting it.
        spacing: Minimum interval between two requests that it asks for; None if it asks for none.
        paused_until: No visit before this (real time), because the host requested a pause; None: no pause.
        pause_reason: Its request; "" without one.
    """

    is_visited: bool = False
    spacing: timedelta | None = None
    paused_until: datetime | None = None
    pause_reason: str = ""


@dataclass(frozen=True, slots=True)
class StoredSize:
    """What a page's own documents and versions take in the database.

    Attributes:
        body_bytes: Size of its bodies as stored, compressed; requisites are not included.
        version_bytes: Size of its versions as stored.
        is_complete: Whether all were counted: at most `COUNTED_BODIES` of each are.
    """

    body_bytes: int
    version_bytes: int
    is_complete: bool


class PageDetails:
    """Queries about one page. Each method sees the database as of one moment."""

    def __init__(self, database: ReadDatabase) -> None:
        self.database = database

    def summary(self, page_id: int) -> PageSummary:
        """Return a page with its statistics.

        Raises:
            UnknownName: No page has this id.
        """
        with self.database.read() as connection:
            found = summaries.page_summary(connection, page_id)
        if found is None:
            raise UnknownName(f"there is no page {page_id}")
        return found

    def pages(self, page_ids: Collection[int]) -> list[Page]:
        """Return pages by id, in order of id; unknown ones are left out."""
        query = PAGE_COLUMNS.where(page_table.c.id.in_(page_ids)).order_by(page_table.c.id)
        with self.database.read() as connection:
            return pages_of(connection, connection.execute(query).all())

    def latest_snapshot_id(self, page_id: int) -> int | None:
        """Return the page's newest snapshot that did not fail; None before the first."""
        query = select(page_checks.c.latest_snapshot_id).where(page_checks.c.page_id == page_id)
        with self.database.read() as connection:
            return connection.execute(query).scalar()

    def host(self, host: str) -> HostState:
        """Return the state of a host; of one that was never visited, the default."""
        with self.database.read() as connection:
            row = connection.execute(select(hosts).where(hosts.c.host == host)).first()
            if row is None:
                return HostState()
            now = database_now(connection)
        spacing = None if row.spacing_seconds is None else timedelta(seconds=row.spacing_seconds)
        is_paused = row.not_before is not None and row.not_before > now
        return HostState(
            row.lease_until is not None and row.lease_until > now,
            spacing,
            row.not_before if is_paused else None,
            row.not_before_why if is_paused else "",
        )

    def stored_size(self, page_id: int, url: str) -> StoredSize:
        """Return what a page takes in the database."""
        with self.database.read() as connection:
            body_count, body_bytes = _size_of_bodies(connection, url)
            version_count, version_bytes = _size_of_versions(connection, page_id)
        return StoredSize(body_bytes, version_bytes, max(body_count, version_count) < COUNTED_BODIES)

    def newest_events(self, page_id: int, limit: int) -> list[RecordedEvent]:
        """Return the newest events of a page, noise included, the newest first; without those that reprocessing has removed from its history."""
        query = (
            EVENTS_OF_VISITS.where(events.c.page_id == page_id, events.c.superseded_at.is_(None))
            .order_by(events.c.at.desc(), events.c.id.desc())
            .limit(limit)
        )
        with self.database.read() as connection:
            return [event_of_visit(row) for row in connection.execute(query)]

    def rules(self) -> list[Rule | BrokenDeclaration]:
        """Return the rules in force."""
        with self.database.read() as connection:
            return list(rules_in_force(connection))


def _size_of_bodies(connection: Connection, url: str) -> tuple[int, int]:
    lengths = (
        select(func.length(bodies.c.data).label("length"))
        .select_from(archived_urls)
        .join(body_links, body_links.c.url_id == archived_urls.c.id)
        .join(bodies, bodies.c.id == body_links.c.body_id)
        .where(archived_urls.c.url_sha256 == digest_of(url))
        .order_by(body_links.c.n.desc())
        .limit(COUNTED_BODIES)
        .subquery()
    )
    row = connection.execute(select(func.count(), func.coalesce(func.sum(lengths.c.length), 0))).one()
    return row[0], int(row[1])


def _size_of_versions(connection: Connection, page_id: int) -> tuple[int, int]:
    lengths = (
        select(func.length(versions.c.blob).label("length"))
        .where(versions.c.page_id == page_id)
        .order_by(versions.c.seq.desc())
        .limit(COUNTED_BODIES)
        .subquery()
    )
    row = connection.execute(select(func.count(), func.coalesce(func.sum(lengths.c.length), 0))).one()
    return row[0], int(row[1])
