"""Composition root: builds the application's components from the settings and chooses the implementation of each port."""

from __future__ import annotations

import importlib.util
import os
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.model import ChannelConfig
from alerts.ports import Channel
from monitor.fetching.conditional import Revalidation
from pagewitness.clock import system_clock
from pagewitness.settings import Settings, variable
from pagewitness.workers.extraction import LimitedExtractor
from pagewitness.workers.model import WorkerLimits
from pagewitness.workers.pool import WorkerPool
from rendering.links import Links
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
    """The components that commands and the service use.

    Attributes:
        settings: The settings of this installation.
        database: The open database.
        store: Persistence of pages, snapshots and versions.
        outbox: Persistence of alerts and deliveries.
        history: Read-only queries for the web and the command line.
        analyze: Analyzes bodies in a worker process with hard limits.
    """

    settings: Settings
    database: Database
    store: SqlStore
    outbox: SqlOutbox
    history: History
    analyze: LimitedExtractor

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment, for secrets that the watchlist refers to."""
        return os.environ

    def fetcher(self) -> Fetcher:
        """Return a new fetcher, for one visit."""
        return open_fetcher(self.settings)

    def reprocessor(self) -> Reprocessor:
        """Return a new reprocessor, which reprocesses one page at a time."""
        from pagewitness.maintenance.reprocessing import Reprocessor  # noqa: PLC0415 (imports all of extraction)

        return Reprocessor(
            self.store,
            self.analyze,
            self.settings.absences_before_lost,
            system_clock,
            owner_name(),
            timedelta(seconds=self.settings.lease_seconds),
        )

    def channel(self, config: ChannelConfig) -> Channel:
        """Return the channel that a configuration describes."""
        from alerts.channels.factory import open_channel  # noqa: PLC0415

        bundle = self.settings.ca_bundle
        return open_channel(
            config,
            os.environ,
            now=system_clock,
            user_agent=self.settings.user_agent,
            timeout_seconds=self.settings.send_seconds,
            ca_bundle=str(bundle) if bundle else None,
            apprise_refusal=apprise_refusal(self.settings),
        )

    def links(self) -> Links:
        """Return the builder of links to archived pages and screens."""
        return Links(self.settings.replay_origin or self.settings.base_url, self.settings.base_url)


def apprise_refusal(settings: Settings) -> str | None:
    """Return why channels of type apprise cannot be used, with what to do about it; None where they can be."""
    if not settings.allow_apprise:
        return f"apprise is not allowed here; set {variable('allow_apprise')}=true"
    # Found, not imported: that takes a third of a second, and happens in the process that sends only.
    if importlib.util.find_spec("apprise") is None:
        return "Apprise is not installed; pip install 'pagewitness[apprise]'"
    return None


@contextmanager
def open_app(settings: Settings, *, create: bool = True) -> Iterator[AppContext]:
    """Open the components on the settings' database; close them on exit.

    Raises:
        StorageError: The database cannot be opened, or has another schema version.
        ConfigurationError: The URL does not name a possible database.
    """
    database = open_database(settings.database_url, create=create)
    analyze = open_extractor(settings)
    try:
        yield AppContext(settings, database, SqlStore(database), SqlOutbox(database), History(database), analyze)
    finally:
        analyze.close()
        database.close()


def open_extractor(settings: Settings) -> LimitedExtractor:
    """Return an extractor with the settings' limits and its own worker processes. The caller closes it."""
    return LimitedExtractor(WorkerPool(WorkerLimits(settings.parse_seconds, settings.parse_memory_bytes)))


def open_fetcher(settings: Settings) -> Fetcher:
    """Return a fetcher with the settings' limits."""
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
    """Return the rule for when a page is requested without validators."""
    return Revalidation(settings.unconditional_after_checks, timedelta(days=settings.unconditional_after_days))


def owner_name() -> str:
    """Return a unique name for this process: host name, process id and a random suffix."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def new_uid() -> str:
    """Return a new delivery id."""
    return f"msg_{uuid.uuid4().hex}"
