"""The fetcher: starts visits to hosts with due pages, many at the same time, each in its own thread."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from structlog.contextvars import bound_contextvars

from monitor.errors import StorageError
from monitor.model import RequisiteState
from pagewitness import logs
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, revalidation_of
from pagewitness.scheduling.clock_skew import ClockSkew
from pagewitness.service.child_context import Child, reporting
from pagewitness.service.host_visits import PAGES_A_VISIT, Visitor
from pagewitness.service.interval_jobs import JobClock
from pagewitness.service.liveness import Liveness, ThrottledLogger
from pagewitness.service.metrics import Metrics
from pagewitness.service.requisite_visits import RequisiteVisitor
from pagewitness.service.visit_logger import VisitLogger
from pagewitness.settings import Settings
from storage.watched.hosts import HostVisit

log = logs.get("pagewitness.service")


def _nothing() -> None:
    """Do nothing; the default callback."""


class FetchLoop:
    """Visits hosts with due pages until it is stopped. Its steps can also be called one by one, with any clock.

    Attributes:
        liveness: Tracks whether it ticks, and whether its visits can be recorded.
        lease: Duration of a host lease without renewal.
        requisites_recorded: Number of requisites that were requested or decided on.
    """

    def __init__(
        self,
        app: AppContext,
        metrics: Metrics,
        *,
        clock: Callable[[], datetime],
        owner: str,
        crashing: bool = False,
        on_room: Callable[[], None] = _nothing,
        on_archived: Callable[[], None] = _nothing,
    ) -> None:
        """Create the thread pool; `tick` starts visits.

        Args:
            app: The application context.
            metrics: Where visits are counted.
            clock: The observing clock. Leases and timeouts use real time.
            owner: Owner of the host leases.
            crashing: Whether to visit only the hosts at which fetchers crashed repeatedly, one at a time; otherwise all other hosts.
            on_room: Called when at least half of the places are free after a tick that filled all of them.
            on_archived: Called after each T1 that leaves a snapshot unprocessed.
        """
        settings = app.settings
        self._app = app
        self._metrics = metrics
        self._clock = clock
        self._owner = owner
        self._crashing = crashing
        self._on_room = on_room
        self._on_archived = on_archived
        self._stopping = threading.Event()
        self.lease = timedelta(seconds=settings.lease_seconds)
        self._places = 1 if crashing else settings.visits
        self._pool = ThreadPoolExecutor(max_workers=self._places, thread_name_prefix="visit")
        self._active: dict[str, bool] = {}  # host → whether it is slow
        self._requisite_hosts: set[str] = set()  # those of them that are visited for requisites
        self._changed = threading.Condition()
        self._saturated = False
        self._errors = ThrottledLogger()
        self._held_until = time.monotonic()
        self.liveness = Liveness(settings.tick_seconds)
        self._clock_skew = ClockSkew(app.store)
        self._visitor = _visitor(app, settings, clock, owner, self._stopping)
        self.requisites_recorded = 0
        self._pages_wait = False  # for a place that a visit for requisites has
        self._requisites = RequisiteVisitor(
            app.store, clock, settings.requisite_bytes, self._record_requisite, gives_way=lambda: self._pages_wait
        )

    def tick(self) -> int:
        """Start a visit for each host with due pages, up to the number of free places; returns the number of visits started."""
        with self._changed:
            free = self._places - len(self._active)
            slow_free = max(1, self._places // 2) - sum(self._active.values())
            with_requisites = bool(self._requisite_hosts)
        if self._stopping.is_set() or self._is_held():
            return 0
        now = self._clock()
        if free <= 0:
            self._pages_wait = with_requisites and bool(self._app.store.due_hosts(now, 1, crashing=self._crashing))
            return 0
        if rescheduled := self._clock_skew.detect(now):
            log.warning("the clock was set back", pages_rescheduled=rescheduled)
        store = self._app.store
        hosts = store.due_hosts(now, free, slow_limit=max(0, slow_free), crashing=self._crashing)
        due = [host for host in hosts if not self._is_active(host)]
        if self._is_held():
            return 0  # held since this tick began: a failed visit sets the hold before it stops being active
        host_visit = store.begin_visits(due, now, self._owner, self.lease, pages_a_visit=PAGES_A_VISIT)
        with self._changed:
            self._saturated = len(host_visit) == free
            self._pages_wait = self._saturated
        for visit in host_visit:
            self._start(visit)
        return len(host_visit)

    def tick_requisites(self) -> int:
        """Start visits for requisites in free places, to hosts without due pages; returns the number of visits started.

        At most half of the places are used, so that a page that becomes due finds one. Where none is left, these visits end with their current request.
        """
        with self._changed:
            free = self._places - len(self._active)
            most = max(1, self._places // 2) - len(self._requisite_hosts)
        if min(free, most) <= 0 or self._stopping.is_set() or self._is_held() or not self._requisites.page_bytes:
            return 0
        self._pages_wait = False  # a place is free
        now = self._clock()
        store = self._app.store
        hosts = [host for host in store.due_requisite_hosts(now, min(free, most)) if not self._is_active(host)]
        begun = store.begin_visits(hosts, now, self._owner, self.lease, pages_a_visit=0)
        for visit in begun:
            self._start(visit, requisites=True)
        return len(begun)

    def renew(self) -> None:
        """Renew the leases of hosts that are being visited: one check may take longer than a lease."""
        with self._changed:
            hosts = sorted(self._active)
        for host in hosts:
            # A visit that has ended in the meantime has released its lease.
            if not self._app.store.renew_host(host, self._owner, self.lease) and self._is_active(host):
                log.warning("lease lost", host=host)

    def settle(self) -> None:
        """Wait until no visit is running."""
        with self._changed:
            self._changed.wait_for(lambda: not self._active)

    def active(self) -> list[str]:
        """Return the hosts that are being visited, sorted."""
        with self._changed:
            return sorted(self._active)

    def is_held(self) -> bool:
        """Return whether new visits are on hold because a visit could not be recorded."""
        return self._is_held()

    def stop(self) -> None:
        """Start no more visits; running visits end after their current page."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Wait for running visits and shut the thread pool down."""
        self.settle()
        self._pool.shutdown(wait=True)

    def _start(self, host_visit: HostVisit, *, requisites: bool = False) -> None:
        with self._changed:
            self._active[host_visit.host] = host_visit.is_slow
            if requisites:
                self._requisite_hosts.add(host_visit.host)
        self._pool.submit(self._visit_requisites if requisites else self._visit, host_visit)

    def _end_visit(self, host: str) -> None:
        with self._changed:
            self._active.pop(host, None)
            self._requisite_hosts.discard(host)
            self._changed.notify_all()
            # Only at half the capacity, so that many leases are taken in one transaction.
            has_room = self._saturated and 2 * len(self._active) <= self._places
            self._saturated = self._saturated and not has_room
        if has_room and not self._stopping.is_set():
            self._on_room()

    def _is_held(self) -> bool:
        return time.monotonic() < self._held_until

    def _is_active(self, host: str) -> bool:
        with self._changed:
            return host in self._active

    def _visit(self, host_visit: HostVisit) -> None:
        logger = VisitLogger(self._metrics, self._on_archived)
        self._guarded(host_visit, lambda: self._visitor.visit_due(host_visit, logger))

    def _visit_requisites(self, host_visit: HostVisit) -> None:
        self._guarded(host_visit, lambda: self._visitor.visit_requisites(host_visit, self._requisites))

    def _record_requisite(self, state: RequisiteState) -> None:
        self._metrics.requisite(state)
        with self._changed:
            self.requisites_recorded += 1

    def _guarded(self, host_visit: HostVisit, work: Callable[[], int]) -> None:
        """Run a visit; its faults are logged and do not end the others."""
        with bound_contextvars(visit=uuid.uuid4().hex[:12]):
            try:
                if work():
                    self.liveness.visited(kept=True)
            except Exception as error:  # noqa: BLE001 — one host's visit must not end the others
                self._metrics.failed("visit")
                self._errors.log("visit ended early", error, host=host_visit.host)
                if isinstance(error, StorageError):
                    # Do not keep requesting pages that cannot be archived.
                    self._held_until = time.monotonic() + self.lease.total_seconds()
                    self.liveness.visited(kept=False)
            finally:
                self._end_visit(host_visit.host)


def _visitor(
    app: AppContext,
    settings: Settings,
    clock: Callable[[], datetime],
    owner: str,
    stopping: threading.Event,
) -> Visitor:
    return Visitor(
        store=app.store,
        fetcher=app.fetcher,
        clock=clock,
        owner=owner,
        lease=timedelta(seconds=settings.lease_seconds),
        interval=timedelta(seconds=settings.host_interval_seconds),
        stopping=stopping,
        max_bytes=settings.visit_bytes,
        max_seconds=settings.visit_seconds,
        revalidation=revalidation_of(settings),
        environ=app.environ,
    )


def run(child: Child) -> None:
    """Visit hosts until the process is to end."""
    _run(child, crashing=False)


def run_alone(child: Child) -> None:
    """Visit the hosts at which fetchers crashed repeatedly, one at a time, until none of them is due."""
    _run(child, crashing=True)


def _run(child: Child, *, crashing: bool) -> None:
    clock = JobClock(child.metrics)
    loop = FetchLoop(
        child.parts,
        child.metrics,
        clock=system_clock,
        owner=child.owner,
        crashing=crashing,
        on_room=lambda: clock.hurry("tick"),
        on_archived=child.reporter.archived,
    )
    loop.liveness.begin()
    clock.add(
        "tick", loop.tick, child.settings.tick_seconds, liveness=loop.liveness, is_success=lambda: not loop.is_held()
    )
    if not crashing:
        clock.add("requisites", loop.tick_requisites, child.settings.tick_seconds)
    clock.add("renew", loop.renew, loop.lease.total_seconds() / 3)
    with reporting(child, loop.liveness):
        clock.start()
        if crashing:
            _wait_idle(child, loop)
        else:
            child.stopping.wait()
        loop.stop()
        loop.settle()
        clock.stop()
        loop.close()


def _wait_idle(child: Child, loop: FetchLoop) -> None:
    """Return after five ticks without an active visit, or when the process is to end."""
    quiet = 0
    while quiet < 5 and not child.stopping.wait(child.settings.tick_seconds):
        quiet = 0 if loop.active() else quiet + 1
