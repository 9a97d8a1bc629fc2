"""`CheckStore`: what a check reads and writes, and its reprocessing. Each method is one transaction; the SQL is in the modules it calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.model import (
    AnalysisOutcome,
    Cause,
    HostTemplate,
    Observation,
    Origin,
    Page,
    PageLists,
    PageMemory,
    PageVersion,
    ParserVersion,
    Snapshot,
    Validators,
    Version,
)
from monitor.ports import LearnTemplate, Observe
from storage.archive import archiving, bodies, host_templates, page_memory, recording, snapshots, versions
from storage.database.connection import Database
from storage.maintenance import reprocessing
from storage.maintenance.page_history import PageHistory, Replaced
from storage.search.indexing import index_next, index_page


class CheckStore:
    """Implements `monitor.ports.Store`; adds the methods that reprocessing needs."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def latest(self, page_id: int) -> Snapshot | None:
        with self.database.read() as connection:
            return snapshots.latest(connection, page_id)

    def validators(self, page_id: int) -> Validators | None:
        with self.database.read() as connection:
            return snapshots.validators(connection, page_id)

    def archive(
        self,
        page: Page,
        observation: Observation | Observe,
        *,
        taken_at: datetime,
        origin: Origin,
        reader: str,
        next_check_at: datetime | None,
        late: bool = False,
        reason: str | None = None,
        visit_id: int | None = None,
    ) -> Snapshot:
        """Transaction T1. A snapshot that is not live leaves the page's schedule unchanged, whatever `next_check_at` is."""
        return self.database.write(
            lambda connection: archiving.archive(
                connection,
                page,
                observation,
                taken_at=taken_at,
                origin=origin,
                reader=reader,
                next_check_at=next_check_at,
                late=late,
                reason=reason,
                visit_id=visit_id,
            )
        )

    def unprocessed(self, page_id: int) -> Sequence[Snapshot]:
        with self.database.read() as connection:
            return snapshots.unprocessed(connection, page_id)

    def snapshot(self, snapshot_id: int) -> Snapshot:
        with self.database.read() as connection:
            return snapshots.load_snapshot(connection, snapshot_id)

    def page_memory(self, page_id: int) -> PageMemory:
        with self.database.read() as connection:
            return page_memory.load_page_memory(connection, page_id)

    def version(self, version_id: int) -> Version:
        with self.database.read() as connection:
            return versions.load_version(connection, version_id)

    def body(self, sha256: str) -> bytes:
        with self.database.read() as connection:
            return bodies.load_body(connection, sha256)

    def host_template(self, host: str) -> HostTemplate | None:
        with self.database.read() as connection:
            return host_templates.load_template(connection, host)

    def outdated_lists(self, host: str, code: str, most: int) -> Sequence[PageVersion]:
        with self.database.read() as connection:
            return host_templates.outdated_lists(connection, host, code, most)

    def learn_template(self, host: str, found: Sequence[PageLists], learn: LearnTemplate) -> HostTemplate:
        with self.database.begin() as connection:
            return host_templates.learn_template(connection, host, found, learn)

    def record(
        self,
        snapshot: Snapshot,
        outcome: AnalysisOutcome,
        *,
        now: datetime,
        owner: str | None = None,
        more: bool = False,
    ) -> int:
        with self.database.begin() as connection:
            return recording.record(connection, snapshot, outcome, now, owner=owner, more=more)

    def by_time(self, page_id: int) -> Sequence[Snapshot]:
        """Return the page's snapshots in order of time, failed ones included."""
        with self.database.read() as connection:
            return reprocessing.by_time(connection, page_id)

    def is_reprocessing_due(self, page_id: int, reader: ParserVersion) -> bool:
        """Whether the page must be reprocessed: a version has another parser version, or a snapshot was archived late."""
        with self.database.read() as connection:
            return reprocessing.is_due(connection, page_id, reader)

    def replace_history(self, page_id: int, history: PageHistory, *, cause: Cause, now: datetime) -> Replaced | None:
        """Replace the stored page history with a reprocessed one, then index it again for search; see `storage.maintenance.reprocessing.replace_history`."""
        with self.database.begin() as connection:
            replaced = reprocessing.replace_history(connection, page_id, history, cause=cause, now=now)
        if replaced is not None:
            index_page(self.database, page_id)
        return replaced

    def index_next(self) -> bool:
        """Index some versions of the next page that waits for it, for search; see `storage.search.indexing.index_next`."""
        return index_next(self.database)
