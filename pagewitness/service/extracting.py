"""An extractor's loop: claims the page that waits longest, processes its archived snapshots in order, and records each result (T2)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Protocol

from alerts.shown import one_line
from monitor.check import Processing
from monitor.errors import BodyCorrupt, ClaimLost, StorageError, UnknownName
from monitor.model import Interpretation, Known, Page, Snapshot
from monitor.understand import READING_VERSION, unreadable
from pagewitness import logs
from storage.page_claims import ATTEMPTS, Claimed
from storage.store import SqlStore

log = logs.get("pagewitness.service")

SNAPSHOTS_A_CLAIM = 100
"""After so many snapshots of one page the others have their turn."""

_LONGEST_ERROR = 200


class Watch(Protocol):
    """What guards the extraction of one snapshot: it may set limits, and says what is being worked on."""

    def __call__(self, page_id: int, snapshot_id: int, attempts: int) -> AbstractContextManager[None]:
        """Around one extraction; `attempts` have failed before."""
        ...


def unwatched(page_id: int, snapshot_id: int, attempts: int) -> AbstractContextManager[None]:  # noqa: ARG001 (a Watch)
    """For extractions that are limited otherwise, or not at all."""
    return nullcontext()


class ExtractLoop:
    """Processes snapshots until it is stopped. Its steps can also be taken one by one, under any clock."""

    def __init__(
        self,
        store: SqlStore,
        processing: Processing,
        *,
        owner: str,
        lease: timedelta,
        watch: Watch = unwatched,
        on_processed: Callable[[Page, Snapshot, Interpretation], None] | None = None,
        on_failed: Callable[[], None] | None = None,
    ) -> None:
        """Nothing runs yet.

        Args:
            store: Where snapshots wait and results are kept.
            processing: How they are processed.
            owner: In whose name pages are claimed.
            lease: How long a claim holds without renewal.
            watch: Guards each extraction.
            on_processed: Called after each T2.
            on_failed: Called after each attempt that failed.
        """
        self._store = store
        self._processing = processing
        self._owner = owner
        self._lease = lease
        self._watch = watch
        self._on_processed = on_processed
        self._on_failed = on_failed
        self._woken = threading.Event()
        self._stopping = threading.Event()

    def step(self) -> int:
        """Process what waits of one page; returns how many snapshots were processed, or tried. 0 means that nothing waits.

        Raises:
            StorageError: The database could not do what was asked; the page waits on.
        """
        claimed = self._store.claim_next(self._owner, self._lease)
        if claimed is None or self._stopping.is_set():
            if claimed is not None:
                self._store.release_page(claimed.page_id, self._owner)
            return 0
        try:
            return self._page(claimed)
        except ClaimLost:
            log.warning("claim lost", page=claimed.page_id)
            return 1

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

    def stop(self) -> None:
        """Begin nothing more; the snapshot under way is finished."""
        self._stopping.set()
        self._woken.set()

    def _page(self, claimed: Claimed) -> int:
        try:
            page = self._store.page(claimed.page_id)
            known = self._store.known(page.id)
        except UnknownName:
            return 1  # it was removed meanwhile, its claim with it
        waiting = known.unread[:SNAPSHOTS_A_CLAIM]
        done = 0
        for number, snapshot in enumerate(waiting, 1):
            if self._stopping.is_set():
                break
            if number > 1:
                known, page = self._store.known(page.id), self._store.page(page.id)
            done += 1
            if not self._snapshot(page, snapshot, known, claimed, more=number < len(known.unread)):
                return done
        self._store.release_page(page.id, self._owner)
        return max(done, 1)

    def _snapshot(self, page: Page, snapshot: Snapshot, known: Known, claimed: Claimed, *, more: bool) -> bool:
        """Process one; False where its page is to be left alone for now."""
        attempts = claimed.attempts_at(snapshot.id)
        try:
            if attempts >= ATTEMPTS:
                reason = f"extraction failed {attempts} times: {claimed.reason}"
                interpretation = unreadable(snapshot, known, reason, page_url=page.url)
            else:
                with self._watch(page.id, snapshot.id, attempts):
                    interpretation = self._processing.evaluate(page, snapshot, known)
        except BodyCorrupt as error:
            return self._failed(page, snapshot, str(error))
        except (StorageError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 — whatever a parser raises is this snapshot's fault alone
            return self._failed(page, snapshot, f"{type(error).__name__}: {error}")
        recorded = self._processing.record(page, snapshot, interpretation, owner=self._owner, more=more)
        if self._on_processed is not None:
            self._on_processed(page, snapshot, recorded)
        return attempts < ATTEMPTS

    def _failed(self, page: Page, snapshot: Snapshot, why: str) -> bool:
        # Of its message only the beginning: a parser's may quote what it could not read.
        reason = one_line(why, _LONGEST_ERROR)
        attempts = self._store.fail_attempt(page.id, self._owner, reason, READING_VERSION)
        if self._on_failed is not None:
            self._on_failed()
        log.error("extraction failed", url=page.url, page=page.id, snapshot=snapshot.id, attempt=attempts, error=reason)
        return False
