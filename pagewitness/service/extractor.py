"""An extractor: claims a page, processes its archived snapshots in order, and records each result (T2).

A few pages that take long must not hold up all others. So one of several extractors processes quick pages only, and any other gives pages that take long a
quarter of its processor time while quick ones wait. A page takes long if its body is large, its last snapshot took long or its last attempt failed.
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
from pagewitness.service.visit_logger import log_processed
from storage.store import SqlStore
from storage.watched.page_claims import Claimed, QuickOnly

log = logs.get("pagewitness.service")

SNAPSHOTS_A_CLAIM = 100
"""After so many snapshots of one page the others have their turn."""

SECONDS_A_CLAIM = 2.0
"""So they have after so many seconds, at the end of a snapshot."""

LONG_SECONDS = 0.25
"""What takes so much processor time is long: hardly a page needs a tenth of it."""

LONG_BYTES = 500_000
"""A body of more bytes is expected to take long: 0.2 s where paragraphs are all alike, more where they are not."""

FIRST_ATTEMPT_SECONDS = 5.0
"""Processor time of a first attempt: hardly a page takes longer, and one that does has its full time at the next attempt, when only one extractor is risked."""

_QUICK_PER_LONG = 3.0
"""Seconds that quick pages get, as long as some wait, for each second that a long one took."""
_MOST_OWED_SECONDS = 30.0
_MOST_LONG = 500
# On a busy machine a second of processor time takes several; this limit is for code that waits without using any.
_WALL_PER_CPU, _WALL_SECONDS = 4.0, 10.0
_RETRY_SECONDS = 2.0
_DRAIN_SECONDS = 2.0


class ExtractLoop:
    """Processes snapshots until it is stopped. Its steps can also be taken one by one, under any clock."""

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
        """Nothing runs yet.

        Args:
            store: Where snapshots wait.
            processor: Processes them, in the name of the same owner.
            owner: In whose name pages are claimed.
            lease: How long a claim holds without renewal.
            quick_only: Whether pages that take long are left to other extractors.
            timer: Processor time of this thread, in seconds.
        """
        self._store = store
        self._processor = processor
        self._owner = owner
        self._lease = lease
        self._quick_only = quick_only
        self._timer = timer
        self._woken = threading.Event()
        self._long: dict[int, None] = {}  # pages, the one that took long last in the end
        self._owed = 0.0  # seconds that quick pages get before the next long one
        self._idle = False

    def step(self) -> int:
        """Process what waits of one page; returns how many snapshots were processed, or tried. 0 means that nothing waits.

        Raises:
            StorageError: The database could not do what was asked; the page waits on.
        """
        claimed = self._claim()
        return 0 if claimed is None else self._process(claimed)

    def _claim(self) -> Claimed | None:
        # A claim is a write, for which all writers of an SQLite file queue up; so only look while nothing comes.
        if self._idle and not self._store.has_unprocessed():
            return None
        claimed = None
        if self._quick_only or self._owed > 0:
            quick = QuickOnly(LONG_BYTES, tuple(self._long), imported=self._quick_only)
            claimed = self._store.claim_next(self._owner, self._lease, quick)
        if claimed is None and not self._quick_only:
            claimed = self._store.claim_next(self._owner, self._lease)
        self._idle = claimed is None
        return claimed

    def drain(self) -> int:
        """Process all that waits; returns how many snapshots that were."""
        total = 0
        while count := self.step():
            total += count
        return total

    def wait(self, seconds: float) -> None:
        """Wait until there may be something to do, for so long at most."""
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
                self._note(page.id, used - before)
                if done >= SNAPSHOTS_A_CLAIM or time.monotonic() > end:
                    break
            self._store.release_page(page.id, self._owner)
        except UnknownName:
            pass  # it was removed meanwhile, its claim with it
        except ExtractionFailed:
            pass  # it was counted and logged; the page's turn comes again
        except ClaimLost:
            log.warning("claim lost", page=claimed.page_id)
        return max(done, 1)

    def _note(self, page_id: int, seconds: float) -> None:
        """Remember whether the last snapshot of a page took long, and what that leaves to quick pages."""
        self._long.pop(page_id, None)
        if seconds <= LONG_SECONDS:
            self._owed = max(0.0, self._owed - seconds)
            return
        self._owed = min(self._owed + _QUICK_PER_LONG * seconds, _MOST_OWED_SECONDS)
        self._long[page_id] = None
        if len(self._long) > _MOST_LONG:
            del self._long[next(iter(self._long))]


def run(child: Child) -> None:
    """Process what waits until the process is to end."""
    settings, reporter = child.settings, child.reporter

    @contextmanager
    def watch(page_id: int, snapshot_id: int, attempts: int) -> Iterator[None]:
        seconds = settings.parse_seconds if attempts else min(FIRST_ATTEMPT_SECONDS, settings.parse_seconds)
        limit_cpu(seconds)
        reporter.working(page_id, snapshot_id, _WALL_PER_CPU * seconds + _WALL_SECONDS)
        yield

    def on_processed(page: Page, snapshot: Snapshot, interpretation: AnalysisOutcome) -> None:
        reporter.idle()
        told(page, snapshot, interpretation)

    told = log_processed(child.metrics)
    processing = Processing(
        child.parts.store,
        system_clock,
        settings.absences_before_lost,
        child.metrics.timed("read", analyze),
        AdaptSchedule(),
    )
    store, owner = child.parts.store, child.owner
    processor = PageProcessor(
        store, processing, owner=owner, watch=watch, on_processed=on_processed, on_failed=reporter.idle
    )
    # One of several never takes what takes long: whatever pages do, the others are processed within seconds.
    quick_only = settings.extractors > 1 and child.name == f"extractor-{settings.extractors}"
    loop = ExtractLoop(
        store, processor, owner=owner, lease=timedelta(seconds=settings.lease_seconds), quick_only=quick_only
    )
    pulse = Liveness(settings.tick_seconds)
    pulse.begin()
    limit_memory(settings.parse_memory_bytes)

    def stop(*_: object) -> None:
        child.stopping.set()
        loop.wake()

    signal.signal(signal.SIGTERM, stop)
    with reporting(child, pulse, woken=loop.wake):
        try:
            _run_extractor(child, loop, pulse)
        except MemoryError:
            os._exit(EXIT_MEMORY)


def _run_extractor(child: Child, loop: ExtractLoop, pulse: Liveness) -> None:
    complaints = ThrottledLogger()
    while not child.stopping.is_set():
        try:
            pulse.tick(worked=False)
            limit_cpu(child.settings.parse_seconds)
            worked = loop.step()
            pulse.tick(worked=True)
            if not worked:
                loop.wait(child.settings.tick_seconds)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 — the database, or our own fault: the page waits, and is tried again
            child.metrics.failed("extract")
            complaints.complain("step failed, will be tried again", error, step="extract")
            child.stopping.wait(_RETRY_SECONDS)
    # What the fetcher archived last should not have to wait for the next start.
    last = time.monotonic() + _DRAIN_SECONDS
    with suppress(PagewitnessError):
        while time.monotonic() < last and loop.step():
            pass
