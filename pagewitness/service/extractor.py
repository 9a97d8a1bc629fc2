"""An extractor: claims a page, processes its archived snapshots in order, and records each result (T2).

A few slow pages must not delay all others. So one of several extractors processes only quick pages, and the others spend at most a quarter of their
processor time on slow pages while quick ones wait. A page is slow if its body is large, its last snapshot took long or its last attempt failed.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from monitor.errors import ClaimLost, PagewitnessError, UnknownName
from monitor.model import AnalysisOutcome, Page, Snapshot
from monitor.pipeline.analyze import analyze
from monitor.pipeline.process import Processing
from pagewitness import logs
from pagewitness.clock import system_clock
from pagewitness.service.child_context import Child, reporting
from pagewitness.service.host_visits import AdaptSchedule
from pagewitness.service.liveness import Liveness, ThrottledLogger
from pagewitness.service.page_processor import ExtractionFailed, PageProcessor
from pagewitness.service.process_limits import EXIT_MEMORY, limit_cpu, limit_memory
from pagewitness.service.requisite_discovery import RequisiteDiscovery
from pagewitness.service.visit_logger import log_processed
from storage.store import SqlStore
from storage.watched.claim_queue import QuickOnly
from storage.watched.page_claims import Claimed

log = logs.get("pagewitness.service")

SNAPSHOTS_A_CLAIM = 100
"""Maximum number of snapshots processed under one claim; then other pages are next."""

SECONDS_A_CLAIM = 2.0
"""Maximum duration of a claim, checked after each snapshot; then other pages are next."""

SLOW_SECONDS = 0.25
"""A snapshot that takes more processor time than this makes its page slow; almost all pages need less than a tenth of it."""

SLOW_BYTES = 500_000
"""A page with a longer body is expected to be slow: it takes 0.2 s if all paragraphs are alike, more if they differ."""

FIRST_ATTEMPT_SECONDS = 5.0
"""Processor time of a first attempt. Few pages need more; they get the full time in the next attempt, which a quick-only extractor does not make."""

_QUICK_PER_SLOW = 3.0
"""Seconds reserved for quick pages, while any wait, for each second spent on a slow one."""
_MAX_OWED_SECONDS = 30.0
_MAX_SLOW_PAGES = 500
# On a busy machine a second of processor time takes several seconds; the wall-time limit is for code that waits without using processor time.
_WALL_PER_CPU, _WALL_SECONDS = 4.0, 10.0
_RETRY_SECONDS = 2.0
_DRAIN_SECONDS = 2.0


class ExtractLoop:
    """Processes snapshots until it is stopped. Its steps can also be called one by one, with any clock."""

    def __init__(
        self,
        store: SqlStore,
        processor: PageProcessor,
        *,
        owner: str,
        lease: timedelta,
        quick_only: bool = False,
        timer: Callable[[], float] = time.thread_time,
    ) -> None:
        """Create the loop; `step` processes snapshots.

        Args:
            store: Where unprocessed snapshots are queued.
            processor: Processes them, for the same owner.
            owner: Owner of the page claims.
            lease: Duration of a claim without renewal.
            quick_only: Whether slow pages are left to other extractors.
            timer: Returns the processor time of this thread, in seconds.
        """
        self._store = store
        self._processor = processor
        self._owner = owner
        self._lease = lease
        self._quick_only = quick_only
        self._timer = timer
        self._woken = threading.Event()
        self._slow_pages: dict[int, None] = {}  # ids of slow pages, the most recent last
        self._owed_seconds = 0.0  # seconds reserved for quick pages before the next slow one
        self._idle = False

    def step(self) -> int:
        """Process the unprocessed snapshots of one page; returns the number processed or attempted, 0 if there are none.

        Raises:
            StorageError: A database operation failed; the page stays queued.
        """
        claimed = self._claim()
        return 0 if claimed is None else self._process(claimed)

    def _claim(self) -> Claimed | None:
        # A claim is a write, and writers of an SQLite file block each other; so an idle extractor only reads.
        if self._idle and not self._store.has_unprocessed():
            return None
        claimed = None
        if self._quick_only or self._owed_seconds > 0:
            quick = QuickOnly(SLOW_BYTES, tuple(self._slow_pages), imported=self._quick_only)
            claimed = self._store.claim_next(self._owner, self._lease, quick)
        if claimed is None and not self._quick_only:
            claimed = self._store.claim_next(self._owner, self._lease)
        self._idle = claimed is None
        return claimed

    def drain(self) -> int:
        """Process all unprocessed snapshots; returns the number processed or attempted."""
        total = 0
        while count := self.step():
            total += count
        return total

    def wait(self, seconds: float) -> None:
        """Wait until `wake` is called, for `seconds` at most."""
        self._woken.wait(seconds)
        self._woken.clear()

    def wake(self) -> None:
        """End a wait."""
        self._woken.set()

    def _process(self, claimed: Claimed) -> int:
        done, end, used = 0, time.monotonic() + SECONDS_A_CLAIM, self._timer()
        try:
            page = self._store.page(claimed.page_id)
            for _ in self._processor.backlog(page, claimed):
                done += 1
                before, used = used, self._timer()
                self._record_time(page.id, used - before)
                if done >= SNAPSHOTS_A_CLAIM or time.monotonic() > end:
                    break
            self._store.release_page(page.id, self._owner)
        except UnknownName:
            pass  # the page was removed in the meantime, and its claim with it
        except ExtractionFailed:
            pass  # already counted and logged; the page will be claimed again
        except ClaimLost:
            log.warning("claim lost", page=claimed.page_id)
        return max(done, 1)

    def _record_time(self, page_id: int, seconds: float) -> None:
        """Record whether the last snapshot of a page was slow, and the time owed to quick pages."""
        self._slow_pages.pop(page_id, None)
        if seconds <= SLOW_SECONDS:
            self._owed_seconds = max(0.0, self._owed_seconds - seconds)
            return
        self._owed_seconds = min(self._owed_seconds + _QUICK_PER_SLOW * seconds, _MAX_OWED_SECONDS)
        self._slow_pages[page_id] = None
        if len(self._slow_pages) > _MAX_SLOW_PAGES:
            del self._slow_pages[next(iter(self._slow_pages))]


def run(child: Child) -> None:
    """Process unprocessed snapshots until the process is to end."""
    settings, reporter = child.settings, child.reporter

    @contextmanager
    def watch(page_id: int, snapshot_id: int, attempts: int) -> Iterator[None]:
        seconds = settings.parse_seconds if attempts else min(FIRST_ATTEMPT_SECONDS, settings.parse_seconds)
        limit_cpu(seconds)
        reporter.working(page_id, snapshot_id, _WALL_PER_CPU * seconds + _WALL_SECONDS)
        yield

    def on_processed(page: Page, snapshot: Snapshot, outcome: AnalysisOutcome) -> None:
        reporter.idle()
        log_outcome(page, snapshot, outcome)

    log_outcome = log_processed(child.metrics)
    processing = Processing(
        child.parts.store,
        system_clock,
        settings.absences_before_lost,
        child.metrics.timed("analyze", analyze),
        AdaptSchedule(),
    )
    store, owner = child.parts.store, child.owner
    processor = PageProcessor(
        store, processing, owner=owner, watch=watch, on_processed=on_processed, on_failed=reporter.idle
    )
    # One of several extractors never claims slow pages, so that quick pages are processed within seconds whatever slow pages do.
    quick_only = settings.extractors > 1 and child.name == f"extractor-{settings.extractors}"
    loop = ExtractLoop(
        store, processor, owner=owner, lease=timedelta(seconds=settings.lease_seconds), quick_only=quick_only
    )
    discovery = None
    if settings.requisites_per_page and not quick_only:
        discovery = RequisiteDiscovery(
            store, system_clock, settings.requisites_per_page, before=lambda: limit_cpu(settings.parse_seconds)
        )
    liveness = Liveness(settings.tick_seconds)
    liveness.begin()
    limit_memory(settings.parse_memory_bytes)

    def stop(*_: object) -> None:
        child.stopping.set()
        loop.wake()

    signal.signal(signal.SIGTERM, stop)
    with reporting(child, liveness, woken=loop.wake):
        try:
            _run_extractor(child, loop, liveness, discovery, (lambda: False) if quick_only else store.index_next)
        except MemoryError:
            os._exit(EXIT_MEMORY)


def _run_extractor(
    child: Child, loop: ExtractLoop, liveness: Liveness, discovery: RequisiteDiscovery | None, index: Callable[[], bool]
) -> None:
    errors = ThrottledLogger()
    while not child.stopping.is_set():
        try:
            liveness.tick(worked=False)
            limit_cpu(child.settings.parse_seconds)
            worked = loop.step() or (discovery is not None and discovery.step()) or index()
            liveness.tick(worked=True)
            if not worked:
                loop.wait(child.settings.tick_seconds)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 — a database error or a bug of ours: the page stays queued and is retried
            child.metrics.failed("extract")
            errors.log("step failed, will be tried again", error, step="extract")
            child.stopping.wait(_RETRY_SECONDS)
    # The snapshots that the fetcher archived last should not wait for the next start.
    last = time.monotonic() + _DRAIN_SECONDS
    with suppress(PagewitnessError):
        while time.monotonic() < last and loop.step():
            pass
