"""Visits to hosts: leases a host, checks its pages and sets when each is due next."""

from __future__ import annotations

import random  # noqa: TID251 (chance enters here, as the wall clock does in pagewitness.clock)
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

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
from monitor.tracking import page_health
from pagewitness.scheduling.next_check import adapt, interval_text, next_time, next_try, phase_of
from pagewitness.service.host_session import HostSession, PolitenessPolicy, SessionFetch
from pagewitness.service.requisite_visits import RequisiteVisitor
from storage.store import SqlStore
from storage.watched.hosts import HostVisit
from storage.watched.page_claims import Claimed

if TYPE_CHECKING:
    from pagewitness.service.page_processor import PageProcessor

PAGES_A_VISIT = 100
"""Maximum number of pages in one visit; a host with more pages stays due."""

CLAIM_WAIT_SECONDS = 60
"""How long a check by hand waits for a host that another process is visiting."""

VISIT_BYTES, VISIT_SECONDS = 50_000_000, 300.0
"""Default limits of one visit, in bytes received and seconds."""

REVALIDATION = Revalidation()
"""Default policy for requests without validators."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Runs visits.

    Attributes:
        store: Where results are stored.
        fetcher: Opens a fetcher for one visit.
        clock: The observing clock.
        owner: Owner of host leases and page claims.
        lease: Duration of a lease without renewal.
        interval: Minimum interval between two requests to one host.
        stopping: Set when no further page is to be started.
        processor: Processes snapshots as soon as they are archived, for the same owner; None leaves this to the extractors.
        max_bytes: Maximum bytes of one visit; see `pagewitness.service.host_session.PolitenessPolicy`.
        max_seconds: Maximum duration of one visit; see there.
        revalidation: When a page is requested without validators.
        chance: Returns a random number in [0, 1), for jitter.
        environ: Environment for the secrets of requests.
    """

    store: SqlStore
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
    environ: Mapping[str, str] = field(default_factory=dict)

    def visit_due(self, host_visit: HostVisit, observer: VisitObserver) -> int:
        """Visit the due pages of a leased host and release the lease.

        Returns:
            The number of pages checked.
        """
        return self._visit(host_visit.host, host_visit.pages, observer, host_visit)

    def visit_pages(self, host: str, pages: Iterable[Page], observer: VisitObserver) -> int:
        """Lease a host, visit the given pages of it, due or not, and release the lease; returns the number of pages checked.

        For checks requested by a user: a host's backoff applies only to the service's own visits.

        Raises:
            PagewitnessError: Another process held the host's lease for the whole waiting time.
        """
        for _ in range(CLAIM_WAIT_SECONDS):
            if self.store.claim_host(host, self.owner, self.lease):
                break
            self.stopping.wait(1)
        else:
            raise PagewitnessError(f"{host} is being visited by another process; try again later")
        return self._visit(host, pages, observer, None)

    def visit_requisites(self, begun: HostVisit, visitor: RequisiteVisitor) -> int:
        """Visit a leased host for its due requisites and release the lease; returns the number of requisites with a result."""
        return self._in_session(begun.host, begun, lambda session: visitor.visit(begun.host, session))

    def _visit(self, host: str, pages: Iterable[Page], observer: VisitObserver, begun: HostVisit | None) -> int:
        stored = begun.validators if begun else None
        return self._in_session(
            host,
            begun,
            lambda session: visit(
                _while_allowed(pages, session),
                check=lambda page: self._check(page, session, stored),
                observer=observer,
            ),
        )

    def _in_session(self, host: str, begun: HostVisit | None, work: Callable[[HostSession], int]) -> int:
        """Run `work` in a polite session with a leased host, and release the lease."""
        policy = PolitenessPolicy(
            self.owner, self.lease, self.interval, self.max_bytes, self.max_seconds, self.stopping
        )
        slow: bool | None = None
        try:
            with self.fetcher() as fetch:
                session = HostSession(host, policy, self.store, fetch, begun.facts if begun else None, self.environ)
                count = work(session)
                slow = session.was_slow()
                return count
        finally:
            self.store.release_host(host, self.owner, slow=slow)

    def _check(
        self, page: Page, session: HostSession, stored: Mapping[int, Validators] | None
    ) -> CheckResult | str | None:
        """Check a page if robots.txt allows it; see `monitor.pipeline.visit.visit`."""
        ruling = session.ruling(page, self.clock())
        if ruling is None:
            return None
        now = self.clock()
        if page.obey_robots and ruling is Ruling.FORBIDDEN:
            return self._reschedule_disallowed(page, now, session)
        # A visit loads the validators of its due pages when it begins, which saves a transaction for each page.
        known = self.store.validators(page.id) if stored is None else stored.get(page.id)
        validators = self.revalidation.trusted(known, now)
        robots_unreachable = page.obey_robots and ruling is Ruling.UNKNOWN
        result = session.robots_failure(page, now) if robots_unreachable else session.fetch_page(page, validators, now)
        if result is None:
            return None
        forbidden = session.was_disallowed(page)
        with nullcontext() if self.processor is None else self.processor.claim(page, self.stopping) as claimed:
            overruled = ruling is Ruling.FORBIDDEN
            snapshot = self._archive(
                page, result, validators, now, forbidden=forbidden, overruled=overruled, visit_id=session.visit_id
            )
            session.joined(snapshot)
            checked = self._process(page, snapshot, result, claimed)
        if forbidden and not robots_unreachable:
            self.store.update_health(page.id, lambda checks: page_health.allowed_again(checks.health, now), now=now)
        return checked

    def _archive(
        self,
        page: Page,
        result: FetchResult,
        validators: Validators | None,
        now: datetime,
        *,
        forbidden: bool,
        overruled: bool,
        visit_id: int | None,
    ) -> Snapshot:
        """Archive the result of a fetch (T1), with the time and reason of the next check."""
        failures = page.failures + 1 if _failed(result) else 0
        due = next_check(page, now, failures=failures, chance=self.chance())
        reason = "" if page.failures or forbidden else None
        if failures and due is not None:
            attempts = "1 check" if failures == 1 else f"{failures} checks in a row"
            reason = f"{attempts} failed, so it is tried again after {interval_text(due - now)}"
        return archive(
            page,
            result,
            store=self.store,
            now=now,
            next_check_at=due,
            validators=validators,
            robots_overruled=overruled,
            reason=reason,
            visit_id=visit_id,
        )

    def _process(self, page: Page, snapshot: Snapshot, result: FetchResult, claimed: Claimed | None) -> CheckResult:
        """Process the snapshot (T2) if this visit does that itself; otherwise leave it to the extractors."""
        if snapshot.read_at is not None:
            self._adapt_schedule(page, snapshot)
            return CheckResult(snapshot, result, ())
        if self.processor is None or claimed is None:
            return CheckResult(snapshot, result, ())
        bodies = {snapshot.id: result.final.body if snapshot.outcome is not Outcome.NOT_MODIFIED else None}
        processed = self.processor.backlog(page, claimed, bodies=bodies)
        return CheckResult(snapshot, result, tuple(outcome for _, outcome in processed))

    def _adapt_schedule(self, page: Page, snapshot: Snapshot) -> None:
        """Update an adaptive schedule after a snapshot that needed no processing."""
        if snapshot.verdict is None:
            return
        adapted = adapt_schedule(page, snapshot, snapshot.verdict, changed=False, chance=self.chance())
        if adapted is not None:
            self.store.reschedule(page.id, adapted.due, interval=adapted.interval, reason=adapted.reason)

    def _reschedule_disallowed(self, page: Page, now: datetime, session: HostSession) -> str:
        reason = f"robots.txt of {origin_of(page.url)} disallows it"
        due = next_check(page, now, chance=self.chance())
        self.store.reschedule(page.id, due, interval=page.interval, reason=reason)
        if not session.was_disallowed(page):
            self.store.update_health(page.id, lambda checks: page_health.disallowed(checks.health, now), now=now)
        return reason


def next_check(page: Page, now: datetime, *, failures: int = 0, chance: float = 0.0) -> datetime | None:
    """Return when a page that is checked now is due next; None if it has no next check.

    Args:
        page: The page.
        now: The time of this check.
        failures: Consecutive failed checks, including this one: those without a response, or with a rate-limiting one.
        chance: See `pagewitness.scheduling.next_check.next_time`.
    """
    if page.state is not PageState.ACTIVE or page.schedule == Schedule():
        return None
    phase = phase_of(page.url)
    if failures:
        return next_try(page.schedule, now, failures, phase=phase, chance=chance, interval=page.interval)
    return next_time(page.schedule, now, phase=phase, chance=chance, interval=page.interval)


def _while_allowed(pages: Iterable[Page], session: HostSession) -> Iterator[Page]:
    for page in pages:
        if not session.can_continue():
            return
        yield page


def _failed(result: FetchResult) -> bool:
    return result.failure is not None or is_rate_limited(result.final)


class AdaptSchedule:
    """Updates an adaptive schedule after a processed snapshot; implements `monitor.pipeline.process.Adapt`."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance

    def __call__(self, page: Page, snapshot: Snapshot, outcome: AnalysisOutcome) -> Rescheduling | None:
        changed = outcome.version is not None
        return adapt_schedule(page, snapshot, outcome.verdict, changed=changed, chance=self._chance())


def adapt_schedule(
    page: Page, snapshot: Snapshot, verdict: Verdict, *, changed: bool, chance: float
) -> Rescheduling | None:
    """Return the new schedule of a page after a snapshot; None if the schedule is not adaptive or the snapshot not live.

    Only snapshots with verdict ok adapt the interval. The first interval is the one declared in the schedule.
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
