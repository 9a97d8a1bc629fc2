"""Visits from the service's side: who has which host's lease, which clock tells the time, when each page is due next."""

from __future__ import annotations

import random  # noqa: TID251 (chance enters here, as the wall clock does in pagewitness.clock)
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from monitor.errors import PagewitnessError
from monitor.fetching.conditional import Revalidation
from monitor.fetching.retry_after import is_rate_limited
from monitor.fetching.robots import Ruling, origin_of
from monitor.model import (
    AnalysisOutcome,
    FetchResult,
    Origin,
    Outcome,
    Page,
    PageState,
    Rescheduling,
    Schedule,
    Snapshot,
    Validators,
    Verdict,
)
from monitor.pipeline.archive import CheckResult, archive
from monitor.pipeline.visit import VisitObserver, visit
from monitor.ports import Store
from monitor.tracking import page_health
from pagewitness.scheduling.next_check import adapt, interval_text, next_time, next_try, phase_of
from pagewitness.service.host_session import HostSession, PolitenessPolicy, SessionFetch, SessionStore
from storage.watched.health import Decide
from storage.watched.hosts import HostFacts, HostVisit
from storage.watched.page_claims import Claimed

if TYPE_CHECKING:
    from pagewitness.service.page_processor import PageProcessor

PAGES_A_VISIT = 100
"""Pages taken up by one visit; a host with more stays due."""

PATIENCE_SECONDS = 60
"""How long a check by hand waits for a host that another process is visiting."""

VISIT_BYTES, VISIT_SECONDS = 50_000_000, 300.0
"""What one visit takes at most, where the settings say nothing else."""

REVALIDATION = Revalidation()
"""When a page is requested without validators, likewise."""


class HostStore(Store, SessionStore, Protocol):
    """What visits ask of the memory, beyond what a check does."""

    def claim_host(self, host: str, owner: str, lease: timedelta) -> bool:
        """Take a host's lease; False where somebody else has it."""
        ...

    def release_host(self, host: str, owner: str, *, slow: bool | None = None) -> None:
        """Give a lease back, and say whether the host kept the visit waiting."""
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
        store: Where results are kept.
        fetcher: Opens a fetcher, for one visit.
        clock: The observing clock.
        owner: In whose name hosts are leased and pages claimed.
        lease: How long a lease holds without renewal.
        interval: Least time between two requests to one host.
        stopping: Set when no further page is to be begun.
        processor: Processes snapshots as soon as they are archived, in the name of the same owner; None leaves that to the extractors.
        max_bytes: How much one visit takes; see `pagewitness.service.host_session.PolitenessPolicy`.
        max_seconds: How long one visit lasts; likewise.
        revalidation: When a page is requested without validators.
        chance: A number from 0 up to (not including) 1, for jitter.
    """

    store: HostStore
    fetcher: Callable[[], AbstractContextManager[SessionFetch]]
    clock: Callable[[], datetime]
    owner: str
    lease: timedelta
    interval: timedelta
    stopping: threading.Event
    processor: PageProcessor | None = None
    max_bytes: int = VISIT_BYTES
    max_seconds: float = VISIT_SECONDS
    revalidation: Revalidation = REVALIDATION
    chance: Callable[[], float] = random.random

    def due(self, begun: HostVisit, told: VisitObserver) -> int:
        """Visit a leased host's due pages and give the lease back.

        Returns:
            How many pages were checked.
        """
        return self._visit(begun.host, begun.pages, told, begun.facts)

    def leased(self, host: str, pages: Iterable[Page], told: VisitObserver) -> int:
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
        return self._visit(host, pages, told, None)

    def _visit(self, host: str, pages: Iterable[Page], told: VisitObserver, facts: HostFacts | None) -> int:
        manners = PolitenessPolicy(
            self.owner, self.lease, self.interval, self.max_bytes, self.max_seconds, self.stopping
        )
        slow: bool | None = None
        try:
            with self.fetcher() as fetch:
                guest = HostSession(host, manners, self.store, fetch, facts)
                count = visit(_while_welcome(pages, guest), check=lambda page: self._check(page, guest), told=told)
                slow = guest.was_slow()
                return count
        finally:
            self.store.release_host(host, self.owner, slow=slow)

    def _check(self, page: Page, guest: HostSession) -> CheckResult | str | None:
        """Check a page, if robots.txt lets us; see `monitor.pipeline.visit.visit`."""
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
        forbidden = guest.was_disallowed(page)
        with nullcontext() if self.processor is None else self.processor.claim(page, self.stopping) as claimed:
            snapshot = self._archive(
                page, look, validators, now, forbidden=forbidden, overruled=ruling is Ruling.FORBIDDEN
            )
            checked = self._process(page, snapshot, look, claimed)
        if forbidden and not kept_out:
            self.store.turn(page.id, lambda looks: page_health.allowed_again(looks.health, now), now=now)
        return checked

    def _archive(
        self,
        page: Page,
        look: FetchResult,
        validators: Validators | None,
        now: datetime,
        *,
        forbidden: bool,
        overruled: bool,
    ) -> Snapshot:
        """T1, with when the page is due next and why."""
        failures = page.failures + 1 if _failed(look) else 0
        due = next_check(page, now, failures=failures, chance=self.chance())
        reason = "" if page.failures or forbidden else None
        if failures and due is not None:
            looks = "1 look" if failures == 1 else f"{failures} checks in a row"
            reason = f"{looks} failed, so it is tried again after {interval_text(due - now)}"
        return archive(
            page,
            look,
            store=self.store,
            now=now,
            next_check_at=due,
            validators=validators,
            robots_overruled=overruled,
            reason=reason,
        )

    def _process(self, page: Page, snapshot: Snapshot, look: FetchResult, claimed: Claimed | None) -> CheckResult:
        """T2, where that is done here."""
        if snapshot.read_at is not None:
            self._settle_schedule(page, snapshot)
            return CheckResult(snapshot, look, ())
        if self.processor is None or claimed is None:
            return CheckResult(snapshot, look, ())
        bodies = {snapshot.id: look.final.body if snapshot.outcome is not Outcome.NOT_MODIFIED else None}
        processed = self.processor.backlog(page, claimed, bodies=bodies)
        return CheckResult(snapshot, look, tuple(interpretation for _, interpretation in processed))

    def _settle_schedule(self, page: Page, snapshot: Snapshot) -> None:
        """What a snapshot that needed no processing means for an adaptive schedule."""
        if snapshot.verdict is None:
            return
        adapted = adapt_schedule(page, snapshot, snapshot.verdict, changed=False, chance=self.chance())
        if adapted is not None:
            self.store.reschedule(page.id, adapted.due, interval=adapted.interval, reason=adapted.reason)

    def _stay_away(self, page: Page, now: datetime, guest: HostSession) -> str:
        why = f"robots.txt of {origin_of(page.url)} disallows it"
        due = next_check(page, now, chance=self.chance())
        self.store.reschedule(page.id, due, interval=page.interval, reason=why)
        if not guest.was_disallowed(page):
            self.store.turn(page.id, lambda looks: page_health.disallowed(looks.health, now), now=now)
        return why


def next_check(page: Page, now: datetime, *, failures: int = 0, chance: float = 0.0) -> datetime | None:
    """When a page that is looked at now is due next; None where it never is.

    Args:
        page: The page.
        now: The time of the look.
        failures: Looks in a row, this one included, that brought no response or one that asks to be left alone.
        chance: See `pagewitness.scheduling.next_check.next_time`.
    """
    if page.state is not PageState.ACTIVE or page.schedule == Schedule():
        return None
    phase = phase_of(page.url)
    if failures:
        return next_try(page.schedule, now, failures, phase=phase, chance=chance, interval=page.interval)
    return next_time(page.schedule, now, phase=phase, chance=chance, interval=page.interval)


def _while_welcome(pages: Iterable[Page], guest: HostSession) -> Iterator[Page]:
    for page in pages:
        if not guest.can_continue():
            return
        yield page


def _failed(look: FetchResult) -> bool:
    return look.failure is not None or is_rate_limited(look.final)


class AdaptSchedule:
    """An `monitor.pipeline.process.Adapt`: what a processed snapshot means for an adaptive schedule."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance

    def __call__(self, page: Page, snapshot: Snapshot, interpretation: AnalysisOutcome) -> Rescheduling | None:
        changed = interpretation.version is not None
        return adapt_schedule(page, snapshot, interpretation.verdict, changed=changed, chance=self._chance())


def adapt_schedule(
    page: Page, snapshot: Snapshot, verdict: Verdict, *, changed: bool, chance: float
) -> Rescheduling | None:
    """What a snapshot means for an adaptive schedule; None for other schedules, and for snapshots that are not live.

    Only good checks say whether a page changes; the first one begins with the schedule's own interval.
    """
    if page.schedule.adaptive is None or snapshot.origin is not Origin.LIVE:
        return None
    assert page.schedule.every is not None
    interval = page.interval or page.schedule.every
    reason = f"checked every {interval_text(interval)} until it is known how often it changes"
    if page.interval is not None and verdict is Verdict.OK:
        interval, reason = adapt(interval, changed, page.schedule.adaptive)
    due = next_time(page.schedule, snapshot.taken_at, phase=phase_of(page.url), interval=interval, chance=chance)
    return Rescheduling(interval, due, reason)
