"""Settings to working parts: the one place that says which implementation stands behind which interface."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.model import ChannelConfig
from alerts.ports import Channel
from alerts.rendering.links import Links
from monitor.fetching.conditional import Revalidation
from pagewitness.clock import system_clock
from pagewitness.settings import Settings
from pagewitness.workers.extraction import LimitedExtractor
from pagewitness.workers.model import WorkerLimits
from pagewitness.workers.pool import WorkerPool
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.store import SqlStore

# What follows is slow to import, and most commands need none of it.
if TYPE_CHECKING:
    from monitor.fetching.fetch import Fetcher
    from pagewitness.maintenance.reprocessing import Reprocessor


@dataclass(frozen=True, slots=True)
class AppContext:
    """What a command or the service works with.

    Attributes:
        settings: The machine's choices.
        database: The open database.
        store: The memory of checks.
        outbox: The memory of telling.
        history: What screens read.
        understand: Extracts from bodies, in a worker process within hard limits.
    """

    settings: Settings
    database: Database
    store: SqlStore
    outbox: SqlOutbox
    history: History
    understand: LimitedExtractor

    def fetcher(self) -> Fetcher:
        """Somebody who fetches, for one visit."""
        return open_fetcher(self.settings)

    def reprocessor(self) -> Reprocessor:
        """Somebody who tells stories anew, one page at a time."""
        from pagewitness.maintenance.reprocessing import Reprocessor  # noqa: PLC0415 (imports all of extraction)

        return Reprocessor(
            self.store,
            self.understand,
            self.settings.absences_before_lost,
            system_clock,
            owner_name(),
            timedelta(seconds=self.settings.lease_seconds),
        )

    def channel(self, config: ChannelConfig) -> Channel:
        """The channel that a configuration describes."""
        from alerts.channels.factory import open_channel  # noqa: PLC0415

        bundle = self.settings.ca_bundle
        return open_channel(
            config,
            os.environ,
            now=system_clock,
            user_agent=self.settings.user_agent,
            timeout_seconds=self.settings.send_seconds,
            ca_bundle=str(bundle) if bundle else None,
        )

    def links(self) -> Links:
        """Where archived pages can be seen."""
        return Links(self.settings.replay_origin or self.settings.base_url)


@contextmanager
def open_app(settings: Settings, *, create: bool = True) -> Iterator[AppContext]:
    """The parts on the settings' database, which is closed in the end.

    Raises:
        StorageError: The database cannot be opened, or is of another schema version.
        ConfigurationError: Its URL names no database that could exist.
    """
    database = open_database(settings.database_url, create=create)
    understand = open_extractor(settings)
    try:
        yield AppContext(settings, database, SqlStore(database), SqlOutbox(database), History(database), understand)
    finally:
        understand.close()
        database.close()


def open_extractor(settings: Settings) -> LimitedExtractor:
    """An extractor within the settings' limits, in worker processes of its own; to be closed."""
    return LimitedExtractor(WorkerPool(WorkerLimits(settings.parse_seconds, settings.parse_memory_bytes)))


def open_fetcher(settings: Settings) -> Fetcher:
    """A fetcher within the settings' limits."""
    from monitor.fetching.fetch import Fetcher, FetchLimits  # noqa: PLC0415

    limits = FetchLimits(
        connect_seconds=settings.connect_seconds,
        read_seconds=settings.read_seconds,
        total_seconds=settings.total_seconds,
        max_body_bytes=settings.max_body_bytes,
        max_redirects=settings.max_redirects,
    )
    return Fetcher(
        limits,
        settings.user_agent,
        ca_bundle=str(settings.ca_bundle) if settings.ca_bundle else None,
        proxy=settings.proxy,
    )


def revalidation_of(settings: Settings) -> Revalidation:
    """When a page is requested without validators."""
    return Revalidation(settings.unconditional_after_checks, timedelta(days=settings.unconditional_after_days))


def owner_name() -> str:
    """A name for this process that no other has: machine, process and a random tail."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def new_uid() -> str:
    """An id for a delivery."""
    return f"msg_{uuid.uuid4().hex}"
