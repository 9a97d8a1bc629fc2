"""Visits from the service's side: who has which host's lease, which clock tells the time, what is logged."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from monitor.check import Checked, Understand, check
from monitor.errors import PagewitnessError
from monitor.interfaces import Fetch, Store
from monitor.model import Page, PageState, Schedule
from monitor.understand import understand
from monitor.visit import Told, visit
from pagewitness.triggers import next_time, phase_of

PAGES_A_VISIT = 100
"""Pages taken up by one visit; a host with more keeps its lease for the next."""

PATIENCE_SECONDS = 60
"""How long a check by hand waits for a host that another process is visiting."""


class HostStore(Store, Protocol):
    """What visits ask of the memory, beyond what a check does."""

    def due_pages(self, host: str, now: datetime, limit: int) -> Sequence[Page]:
        """A host's due pages, the longest waiting first."""
        ...

    def claim_host(self, host: str, owner: str, lease: timedelta) -> bool:
        """Take a host's lease; False where somebody else has it."""
        ...

    def renew_host(self, host: str, owner: str, lease: timedelta) -> bool:
        """Keep a lease; False where it is lost."""
        ...

    def release_host(self, host: str, owner: str) -> None:
        """Give a lease back."""
        ...


@dataclass(frozen=True, slots=True)
class Visitor:
    """Everything a visit needs but its pages.

    Attributes:
        store: Who remembers.
        fetcher: Opens somebody who fetches, for one visit.
        clock: The observing clock.
        owner: In whose name hosts are leased.
        lease: How long a lease holds without renewal.
        interval: Least time between two looks at one host.
        absences_before_lost: See `monitor.decide.decide`.
        stopping: Set when no further page is to be begun.
        understand: Who reads bodies.
    """

    store: HostStore
    fetcher: Callable[[], AbstractContextManager[Fetch]]
    clock: Callable[[], datetime]
    owner: str
    lease: timedelta
    interval: timedelta
    absences_before_lost: int
    stopping: threading.Event
    understand: Understand = understand

    def due(self, host: str, told: Told) -> int:
        """Visit a leased host's due pages and give the lease back.

        Returns:
            How many pages were looked at.
        """
        try:
            return self.pages(self._due_pages(host), told)
        finally:
            self.store.release_host(host, self.owner)

    def leased(self, host: str, pages: Iterable[Page], told: Told) -> int:
        """Lease a host, visit these pages of it, due or not, and give the lease back.

        Raises:
            PagewitnessError: Another process kept the host's lease all the time it was waited for.
        """
        for _ in range(PATIENCE_SECONDS):
            if self.store.claim_host(host, self.owner, self.lease):
                break
            self.stopping.wait(1)
        else:
            raise PagewitnessError(f"{host} is being visited by another process; try again later")
        try:
            return self.pages(self._renewing(host, pages), told)
        finally:
            self.store.release_host(host, self.owner)

    def pages(self, pages: Iterable[Page], told: Told) -> int:
        """Visit pages of one host, due or not."""
        with self.fetcher() as fetch:
            return visit(
                pages, check=lambda page: self._check(page, fetch), pause=self._pause, interval=self.interval, told=told
            )

    def _renewing(self, host: str, pages: Iterable[Page]) -> Iterator[Page]:
        for page in pages:
            self.store.renew_host(host, self.owner, self.lease)
            yield page

    def _due_pages(self, host: str) -> Iterator[Page]:
        yield from self.store.due_pages(host, self.clock(), PAGES_A_VISIT)

    def _check(self, page: Page, fetch: Fetch) -> Checked:
        now = self.clock()
        return check(
            page,
            fetch=fetch,
            store=self.store,
            now=now,
            next_check_at=next_check(page, now),
            absences_before_lost=self.absences_before_lost,
            understand=self.understand,
        )

    def _pause(self, wait: timedelta) -> bool:
        return not self.stopping.wait(wait.total_seconds())


def next_check(page: Page, now: datetime) -> datetime | None:
    """When a page that is looked at now is due next; None where it never is."""
    if page.state is not PageState.ACTIVE or page.schedule == Schedule():
        return None
    return next_time(page.schedule, now, phase=phase_of(page.url))
