"""Leases and claims of the service's processes: those of ended processes are released, those of busy extractors renewed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta

from pagewitness import logs
from pagewitness.service.bookkeeping import Bookkeeper
from pagewitness.service.process import Process
from pagewitness.service.process_slot import CRASHING, DELIVERIES, EXTRACTOR, FETCHER, ProcessSlot
from storage.outbox.sql_outbox import SqlOutbox
from storage.store import SqlStore

log = logs.get("pagewitness.supervisor")


class Leases:
    """Releases and renews leases; the database operations run in the bookkeeper's thread."""

    def __init__(self, store: SqlStore, outbox: SqlOutbox, bookkeeper: Bookkeeper, lease: timedelta) -> None:
        """Renewed claims last for `lease`."""
        self._store = store
        self._outbox = outbox
        self._bookkeeper = bookkeeper
        self._lease = lease
        self._renewed = time.monotonic()

    def release(self, role: str, process: Process, own_doing: str) -> None:
        """Release a process's leases at once; count a failed attempt at the snapshot that made it exceed a limit or crash.

        Args:
            role: Its role.
            process: The process, which has ended.
            own_doing: Why its work ended it, such as an exceeded limit; "" if it did not.
        """
        owner, store = process.owner, self._store
        if role == EXTRACTOR:
            work = process.work
            if work is not None and own_doing:
                log.error("extraction ended", page=work.page_id, snapshot=work.snapshot_id, why=own_doing)

            def give_back() -> None:
                if work is not None and own_doing:
                    store.fail_attempt(work.page_id, owner, own_doing, process.code)
                store.release_claims(owner, delayed=work is not None and not own_doing)

            self._bookkeeper.do("release claims", give_back)
        elif role in (FETCHER, CRASHING):
            self._bookkeeper.do("release hosts", lambda: store.release_hosts(owner, crashed=bool(own_doing)))
        elif role == DELIVERIES:
            self._bookkeeper.do("release deliveries", lambda: self._outbox.release(owner))

    def renew(self, slots: Iterable[ProcessSlot], now: float) -> None:
        """Renew the claims of busy extractors, which cannot renew them while they extract; `now` is on the monotonic clock."""
        if now - self._renewed < self._lease.total_seconds() / 3:
            return
        self._renewed = now
        owners = [
            slot.process.owner
            for slot in slots
            if slot.role == EXTRACTOR and slot.process is not None and slot.process.work is not None
        ]
        if owners:
            self._bookkeeper.do("renew claims", lambda: self._renew_claims(owners), once=True)

    def _renew_claims(self, owners: Sequence[str]) -> None:
        for owner in owners:
            self._store.renew_claims(owner, self._lease)
