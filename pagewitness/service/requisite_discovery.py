"""Discovers the requisites of archived bodies, one body at a time, while no snapshot waits to be processed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from monitor.errors import BodyCorrupt, UnknownName
from monitor.model import Requisite, RequisiteKind
from monitor.requisites.collector import RequisiteLimits
from monitor.requisites.discovery import requisites_of
from pagewitness import logs
from pagewitness.workers.model import WorkerError
from storage.requisites.discovery import Discovery
from storage.store import SqlStore

log = logs.get("pagewitness.service.requisite_discovery")


class Discover(Protocol):
    """Finds requisites as `monitor.requisites.discovery.requisites_of` does, in this process or another."""

    def __call__(
        self, body: bytes, content_type: str | None, url: str, *, limits: RequisiteLimits
    ) -> Sequence[Requisite]:
        """Return the requisites of a body, in order of priority."""
        ...


class RequisiteDiscovery:
    """Searches bodies for requisites and queues what it finds."""

    def __init__(
        self,
        store: SqlStore,
        clock: Callable[[], datetime],
        most: int,
        discover: Discover = requisites_of,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        """Create it.

        Args:
            store: Where bodies are queued and requisites are stored.
            clock: The observing clock.
            most: Maximum number of requisites of one version of a page.
            discover: Finds the requisites of a body.
            before: Called before each body is searched; may set limits.
        """
        self._store = store
        self._clock = clock
        self._most = most
        self._discover = discover
        self._before = before

    def step(self) -> bool:
        """Search one body; returns False if none is queued.

        Raises:
            StorageError: A database operation failed; the body stays queued.
        """
        now = self._clock()
        if not self._store.has_discovery(now):
            return False
        searched = self._store.next_discovery(now)
        if searched is None:
            return False
        added = self._store.store_discovery(searched, self._found(searched), now, self._most)
        log.debug("requisites discovered", page=searched.page_id, snapshot=searched.snapshot_id, new=added)
        return True

    def drain(self) -> int:
        """Search all queued bodies; returns their number."""
        count = 0
        while self.step():
            count += 1
        return count

    def _found(self, searched: Discovery) -> Sequence[Requisite]:
        """Return the requisites of a body; none if it cannot be read or searched."""
        self._before()
        # A style sheet may be sent without a type, or with a wrong one that browsers accept in old pages.
        content_type = "text/css" if searched.kind is RequisiteKind.STYLE_SHEET else searched.content_type
        try:
            body = self._store.body(searched.body_sha256)
            found = self._discover(body, content_type, searched.url, limits=RequisiteLimits(count=self._most))
        except (BodyCorrupt, UnknownName, WorkerError) as error:
            log.warning("requisites not discovered", page=searched.page_id, url=searched.url, error=str(error))
            return ()
        if searched.kind is None:
            return found
        # Documents are archived one hop from the page itself.
        return [item for item in found if item.kind is not RequisiteKind.DOCUMENT]
