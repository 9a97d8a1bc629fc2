"""Visits from the service's side: who has which host's lease, which clock tells the time, when each page is due next."""

from __future__ import annotations

import random  # noqa: TID251 (chance enters here, as the wall clock does in pagewitness.clock)
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from monitor import health
from monitor.check import Checked, Understand, read_up, take
from monitor.conditional import Revalidation
from monitor.errors import PagewitnessError, StorageError
from monitor.interfaces import Store
from monitor.manners import asks_for_peace
from monitor.model import Look, Page, PageState, Schedule, Verdict
from monitor.robots import Ruling, origin_of
from monitor.understand import understand
from monitor.visit import Told, visit
from pagewitness.guest import Guest, GuestFetch, GuestStore, Manners
from pagewitness.triggers import adapt, next_time, next_try, phase_of, spoken
from storage.health import Decide

PAGES_A_VISIT = 100
"""Pages taken up by one visit; a host with more stays due."""

PATIENCE_SECONDS = 60
"""How long a check by hand waits for a host that another process is visiting."""

VISIT_BYTES, VISIT_SECONDS = 50_000_000, 300.0
"""What one visit takes at most, where the settings say nothing else."""

REVALIDATION = Revalidation()
"""When a page is requested without validators, likewise."""


class HostStore(Store, GuestStore, Protocol):
    """What visits ask of the memory, beyond what a check does."""

    def due_pages(self, host: str, now: datetime, limit: int) -> Sequence[Page]:
        """A host's due pages, the longest waiting first."""
        ...

    def behind(self, limit: int) -> Sequence[Page]:
        """Pages with unread snapshots, the longest unread first."""
        ...

    def claim_host(self, host: str, owner: str, lease: timedelta) -> bool:
        """Take a host's lease; False where somebody else has it."""
        ...

    def release_host(self, host: str, owner: str) -> None:
        """Give a lease back."""
        ...

    def reschedule(self, page_id: int, due: datetime | None, *, interval: timedelta | None, reason: str) -> None:
        """Say when a page is due next, and why."""
        ...

    def turn(self, page_id: int, decide: Decide, *, now: datetime) -> int:
        """Decide anew how a page stands."""
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
        interval: Least time between two requests to one host.
        absences_before_lost: See `monitor.decide.decide`.
        stopping: Set when no further page is to be begun.
        understand: Who reads bodies.
        max_bytes: How much one visit takes; see `pagewitness.guest.Manners`.
        max_seconds: How long one visit lasts; likewise.
        revalidation: When a page is requested without validators.
        chance: A number from 0 up to (not including) 1, for jitter.
    """

    store: HostStore
    fetcher: Callable[[], AbstractContextManager[GuestFetch]]
    clock: Callable[[], datetime]
    owner: str
    lease: timedelta
    interval: timedelta
    absences_before_lost: int
    stopping: threading.Event
    understand: Understand = understand
    max_bytes: int = VISIT_BYTES
    max_seconds: float = VISIT_SECONDS
    revalidation: Revalidation = REVALIDATION
    chance: Callable[[], float] = random.random

    def due(self, host: str, told: Told) -> int:
        """Visit a leased host's due pages and give the lease back.

        Returns:
            How many pages were looked at.
        """
        try:
            return self._visit(host, self.store.due_pages(host, self.clock(), PAGES_A_VISIT), told)
        finally:
            self.store.release_host(host, self.owner)

    def leased(self, host: str, pages: Iterable[Page], told: Told) -> int:
        """Lease a host, visit these pages of it, due or not, and give the lease back.

        Whoever asks for this wants it now: that the host asked to be left alone holds only for visits of the service's own.

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
            return self._visit(host, pages, told)
        finally:
            self.store.release_host(host, self.owner)

    def catch_up(self, told: Told) -> int:
        """Read what a process that died, or a parser, left unread, without looking anew: an alert must not wait for the page's next look.

        Returns:
            How many snapshots were read.
        """
        count = 0
        for page in self.store.behind(PAGES_A_VISIT):
            if self.stopping.is_set():
                break
            # Whoever holds the host reads its pages; two readers would only do the work twice.
            if self.store.claim_host(page.host, self.owner, self.lease):
                try:
                    count += self._read_up(page)
                except StorageError:
                    raise
                except Exception as error:  # noqa: BLE001 — as in a visit: the other pages still wait
                    told.faulted(page, error)
                finally:
                    self.store.release_host(page.host, self.owner)
        return count

    def _read_up(self, page: Page) -> int:
        return read_up(
            page,
            self.store,
            self.clock,
            absences_before_lost=self.absences_before_lost,
            understand=self.understand,
        )

    def _visit(self, host: str, pages: Iterable[Page], told: Told) -> int:
        manners = Manners(self.owner, self.lease, self.interval, self.max_bytes, self.max_seconds, self.stopping)
        with self.fetcher() as fetch:
            guest = Guest(host, manners, self.store, fetch)
            return visit(_while_welcome(pages, guest), check=lambda page: self._check(page, guest), told=told)

    def _check(self, page: Page, guest: Guest) -> Checked | str | None:
        """Look at a page and record it, if robots.txt lets us; see `monitor.visit.visit`."""
        ruling = guest.ruling(page, self.clock())
        if ruling is None:
            return None
        now = self.clock()
        if page.obey_robots and ruling is Ruling.FORBIDDEN:
            return self._stay_away(page, now, guest)
        validators = self.revalidation.trusted(self.store.validators(page.id), now)
        kept_out = page.obey_robots and ruling is Ruling.UNKNOWN
        look = guest.not_asked(page, now) if kept_out else guest.look(page, validators, now)
        if look is None:
            return None
        chance = self.chance()
        failures = page.failures + 1 if _failed(look) else 0
        due = next_check(page, now, failures=failures, chance=chance)
        checked = take(
            page,
            look,
            store=self.store,
            now=now,
            next_check_at=due,
            validators=validators,
            absences_before_lost=self.absences_before_lost,
            understand=self.understand,
            robots_overruled=ruling is Ruling.FORBIDDEN,
        )
        if guest.was_forbidden(page) and not kept_out:
            self.store.turn(page.id, lambda looks: health.allowed_again(looks.health, now), now=now)
        self._reschedule(page, checked, now, due, chance, forbidden=guest.was_forbidden(page))
        return checked

    def _reschedule(
        self, page: Page, checked: Checked, now: datetime, due: datetime | None, chance: float, *, forbidden: bool
    ) -> None:
        """Keep what the look means for the schedule, beyond when the page is due: most looks mean nothing."""
        if due is None:
            return
        if _failed(checked.look):
            failures = page.failures + 1
            looks = "1 look" if failures == 1 else f"{failures} looks in a row"
            reason = f"{looks} in vain, so it is tried again after {spoken(due - now)}"
            self.store.reschedule(page.id, due, interval=page.interval, reason=reason)
        elif page.schedule.adaptive is not None:
            interval, reason = _adapted(page, checked)
            due = next_time(page.schedule, now, phase=phase_of(page.url), interval=interval, chance=chance)
            self.store.reschedule(page.id, due, interval=interval, reason=reason)
        elif page.failures or forbidden:
            self.store.reschedule(page.id, due, interval=None, reason="")

    def _stay_away(self, page: Page, now: datetime, guest: Guest) -> str:
        why = f"robots.txt of {origin_of(page.url)} forbids looking at it"
        due = next_check(page, now, chance=self.chance())
        self.store.reschedule(page.id, due, interval=page.interval, reason=why)
        if not guest.was_forbidden(page):
            self.store.turn(page.id, lambda looks: health.disallowed(looks.health, now), now=now)
        return why


def next_check(page: Page, now: datetime, *, failures: int = 0, chance: float = 0.0) -> datetime | None:
    """When a page that is looked at now is due next; None where it never is.

    Args:
        page: The page.
        now: The time of the look.
        failures: Looks in a row, this one included, that brought no response or one that asks to be left alone.
        chance: See `pagewitness.triggers.next_time`.
    """
    if page.state is not PageState.ACTIVE or page.schedule == Schedule():
        return None
    phase = phase_of(page.url)
    if failures:
        return next_try(page.schedule, now, failures, phase=phase, chance=chance, interval=page.interval)
    return next_time(page.schedule, now, phase=phase, chance=chance, interval=page.interval)


def _while_welcome(pages: Iterable[Page], guest: Guest) -> Iterator[Page]:
    for page in pages:
        if not guest.welcome():
            return
        yield page


def _failed(look: Look) -> bool:
    return look.failure is not None or asks_for_peace(look.final)


def _adapted(page: Page, checked: Checked) -> tuple[timedelta, str]:
    """What an adaptive page's interval comes to, and why. Only good looks say whether it changes; the first one begins with its own interval."""
    assert page.schedule.adaptive is not None
    assert page.schedule.every is not None
    interval = page.interval or page.schedule.every
    verdict = checked.readings[-1].verdict if checked.readings else checked.snapshot.verdict
    if page.interval is None or verdict is not Verdict.OK:
        return interval, f"looked at every {spoken(interval)} until it is seen how often it changes"
    changed = any(reading.version is not None for reading in checked.readings)
    return adapt(interval, changed, page.schedule.adaptive)
