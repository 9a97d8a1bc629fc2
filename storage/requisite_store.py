"""`RequisiteStore`: discovery, visits and archiving of requisites. Each method is one transaction; the SQL is in the modules it calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.fetching.requisite_outcome import RequisiteResult
from monitor.model import FetchResult, Requisite
from storage.database.connection import Database
from storage.requisites import archiving, counts, discovery, visits
from storage.requisites.counts import RequisiteCounts
from storage.requisites.discovery import Discovery
from storage.requisites.visits import DueRequisite


class RequisiteStore:
    """Requisites of pages."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def has_discovery(self, now: datetime) -> bool:
        """Return whether requisites of a body are to be discovered; a read, so that an idle extractor writes nothing."""
        with self.database.read() as connection:
            return discovery.is_due(connection, now)

    def next_discovery(self, now: datetime) -> Discovery | None:
        """Return a body whose requisites are to be discovered, after counting this as an attempt; None if there is none."""
        with self.database.begin() as connection:
            return discovery.next_discovery(connection, now)

    def store_discovery(self, searched: Discovery, found: Sequence[Requisite], now: datetime, most: int) -> int:
        """Store what was discovered; see `storage.requisites.discovery.store_discovery`."""
        with self.database.begin() as connection:
            return discovery.store_discovery(connection, searched, found, now, most)

    def due_requisite_hosts(self, now: datetime, limit: int) -> Sequence[str]:
        """Return hosts with due requisites that can be visited and have no due page."""
        with self.database.read() as connection:
            return visits.due_requisite_hosts(connection, now, limit)

    def due_requisites(self, host: str, now: datetime, most: int) -> Sequence[DueRequisite]:
        """Return a host's due requisites, each URL once."""
        with self.database.read() as connection:
            return visits.due_requisites(connection, host, now, most)

    def has_due_page(self, host: str, now: datetime) -> bool:
        """Return whether a host has a due page, to which a visit for requisites gives way."""
        with self.database.read() as connection:
            return visits.has_due_page(connection, host, now)

    def archive_requisite(
        self, requisite: DueRequisite, fetched: FetchResult | None, result: RequisiteResult, now: datetime
    ) -> None:
        """Transaction T1 of a requisite; see `storage.requisites.archiving.archive_requisite`."""
        self.database.write(lambda connection: archiving.archive_requisite(connection, requisite, fetched, result, now))

    def count_requisites(self, page_id: int, snapshot_id: int) -> RequisiteCounts:
        """Return how many requisites a snapshot refers to, and how many of them are archived."""
        with self.database.read() as connection:
            return counts.count_requisites(connection, page_id, snapshot_id)
