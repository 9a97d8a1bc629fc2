"""An extractor's loop: claims a page, processes its archived snapshots in order, and records each result (T2).

Pages whose last snapshot took long come after the others three times of four, else a few of them could hold up all: the page that waits longest, whatever
it takes, comes every fourth time, and where no other waits.
"""

from __future__ import annotations

import threading
import time
from datetime import timedelta

from monitor.errors import ClaimLost, UnknownName
from pagewitness import logs
from pagewitness.processing import ExtractionFailed, PageProcessor
from storage.page_claims import Claimed
from storage.store import SqlStore

log = logs.get("pagewitness.service")

SNAPSHOTS_A_CLAIM = 100
"""After so many snapshots of one page the others have their turn."""

SECONDS_A_CLAIM = 2.0
"""So they have after so many seconds, at the end of a snapshot."""

LONG_SECONDS = 0.25
"""What takes so much processor time is long: hardly a page needs a tenth of it."""

_FIFO_EVERY = 4
_MOST_LONG = 500


class ExtractLoop:
    """Processes snapshots until it is stopped. Its steps can also be taken one by one, under any clock."""

    def __init__(self, store: SqlStore, processor: PageProcessor, *, owner: str, lease: timedelta) -> None:
        """Nothing runs yet.

        Args:
            store: Where snapshots wait.
            processor: Processes them, in the name of the same owner.
            owner: In whose name pages are claimed.
            lease: How long a claim holds without renewal.
        """
        self._store = store
        self._processor = processor
        self._owner = owner
        self._lease = lease
        self._woken = threading.Event()
        self._long: dict[int, None] = {}  # pages, the one that took long last in the end
        self._turn = 0

    def step(self) -> int:
        """Process what waits of one page; returns how many snapshots were processed, or tried. 0 means that nothing waits.

        Raises:
            StorageError: The database could not do what was asked; the page waits on.
        """
        claimed = self._claim()
        return 0 if claimed is None else self._process(claimed)

    def _claim(self) -> Claimed | None:
        self._turn += 1
        if self._long and self._turn % _FIFO_EVERY:
            claimed = self._store.claim_next(self._owner, self._lease, without=tuple(self._long))
            if claimed is not None:
                return claimed
        return self._store.claim_next(self._owner, self._lease)

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
        done, end, used = 0, time.monotonic() + SECONDS_A_CLAIM, time.thread_time()
        try:
            page = self._store.page(claimed.page_id)
            for _ in self._processor.backlog(page, claimed):
                done += 1
                before, used = used, time.thread_time()
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
        """Remember whether the last snapshot of a page took long."""
        self._long.pop(page_id, None)
        if seconds > LONG_SECONDS:
            self._long[page_id] = None
            if len(self._long) > _MOST_LONG:
                del self._long[next(iter(self._long))]
