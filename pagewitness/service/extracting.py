"""An extractor's loop: claims the page that waits longest, processes its archived snapshots in order, and records each result (T2)."""

from __future__ import annotations

import threading
from datetime import timedelta

from monitor.errors import ClaimLost, UnknownName
from pagewitness import logs
from pagewitness.processing import ExtractionFailed, PageProcessor
from storage.page_claims import Claimed
from storage.store import SqlStore

log = logs.get("pagewitness.service")

SNAPSHOTS_A_CLAIM = 100
"""After so many snapshots of one page the others have their turn."""


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

    def step(self) -> int:
        """Process what waits of one page; returns how many snapshots were processed, or tried. 0 means that nothing waits.

        Raises:
            StorageError: The database could not do what was asked; the page waits on.
        """
        claimed = self._store.claim_next(self._owner, self._lease)
        return 0 if claimed is None else self._process(claimed)

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
        done = 0
        try:
            page = self._store.page(claimed.page_id)
            for _ in self._processor.backlog(page, claimed):
                done += 1
                if done >= SNAPSHOTS_A_CLAIM:
                    break
            self._store.release_page(page.id, self._owner)
        except UnknownName:
            pass  # it was removed meanwhile, its claim with it
        except ExtractionFailed:
            pass  # it was counted and logged; the page's turn comes again
        except ClaimLost:
            log.warning("claim lost", page=claimed.page_id)
        return max(done, 1)
