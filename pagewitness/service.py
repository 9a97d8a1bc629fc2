"""The service: a clock that ticks, a bounded pool of visits, a planner, a dispatcher and the web. It holds no state that a restart would lose.

APScheduler is only the clock: a few interval jobs, in memory. When a page is due is a column of the database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from alerts.dispatch import dispatch_once
from alerts.plan import plan_once
from monitor.check import Checked
from monitor.errors import PagewitnessError
from monitor.model import Page
from pagewitness import logs
from pagewitness.tidy import Tidied, tidy_once
from pagewitness.visits import Visitor
from pagewitness.wiring import Parts, new_uid, owner_name

log = logs.get("pagewitness.service")

PLAN_BATCH = 100
TIDY_SECONDS = 30


class Service:
    """Watches, plans and sends until it is stopped. Its steps can also be taken one by one, under any clock."""

    def __init__(self, parts: Parts, *, clock: Callable[[], datetime]) -> None:
        """Put the parts together; nothing runs yet.

        Args:
            parts: What to work with.
            clock: The observing clock. Leases, retries and timeouts run on real time whatever it says.
        """
        settings = parts.settings
        self._parts = parts
        self._clock = clock
        self._owner = owner_name()
        self._stopping = threading.Event()
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._places = settings.visits
        self._pool = ThreadPoolExecutor(max_workers=settings.visits, thread_name_prefix="visit")
        self._active: set[str] = set()
        self._changed = threading.Condition()
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._visitor = Visitor(
            store=parts.store,
            fetcher=parts.fetcher,
            clock=clock,
            owner=self._owner,
            lease=self._lease,
            interval=timedelta(seconds=settings.host_interval_seconds),
            absences_before_lost=settings.absences_before_lost,
            stopping=self._stopping,
        )

    # --- the steps ---

    def tick(self) -> int:
        """Begin a visit for each host with due pages, as far as there is room; returns how many were begun."""
        with self._changed:
            free = self._places - len(self._active)
        if free <= 0 or self._stopping.is_set():
            return 0
        begun = 0
        for host in self._parts.store.due_hosts(self._clock(), free):
            if not self._is_active(host) and self._parts.store.claim_host(host, self._owner, self._lease):
                self._begin(host)
                begun += 1
        return begun

    def renew(self) -> None:
        """Keep the leases of hosts that are being visited: one look may take longer than a lease holds."""
        with self._changed:
            hosts = sorted(self._active)
        for host in hosts:
            if not self._parts.store.renew_host(host, self._owner, self._lease):
                log.warning("lease lost", host=host)

    def plan(self) -> int:
        """Turn events into alerts; returns how many deliveries are new."""
        return plan_once(self._parts.outbox, self._parts.links(), self._clock(), new_uid, PLAN_BATCH)

    def dispatch(self) -> int:
        """Send what is due; returns how many deliveries went out."""
        report = dispatch_once(self._parts.outbox, self._parts.channel, self._owner, lease=self._lease)
        for problem in report.problems:
            log.warning("delivery failed", problem=problem)
        return report.sent

    def tidy(self) -> Tidied:
        """Find what no look finds by itself: stale pages, certificates that run out, channels that take nothing."""
        return tidy_once(self._parts.store, self._parts.database, self._clock())

    def settle(self) -> None:
        """Wait until no visit is under way."""
        with self._changed:
            self._changed.wait_for(lambda: not self._active)

    # --- the life ---

    def start(self) -> None:
        """Begin to tick."""
        every = self._parts.settings.tick_seconds
        for job, seconds in (
            (self.tick, every),
            (self.renew, self._lease.total_seconds() / 3),
            (self.plan, every),
            (self.dispatch, every),
            (self.tidy, TIDY_SECONDS),
        ):
            self._scheduler.add_job(
                _guarded(job),
                "interval",
                seconds=seconds,
                id=job.__name__,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        self._scheduler.start()
        log.info("watching", owner=self._owner, visits=self._places)

    def stop(self) -> None:
        """Begin nothing more, let what is under way finish, and give the leases back."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._pool.shutdown(wait=True)
        log.info("stopped")

    def _begin(self, host: str) -> None:
        with self._changed:
            self._active.add(host)
        self._pool.submit(self._visit, host)

    def _ended(self, host: str) -> None:
        with self._changed:
            self._active.discard(host)
            self._changed.notify_all()

    def _is_active(self, host: str) -> bool:
        with self._changed:
            return host in self._active

    def _visit(self, host: str) -> None:
        try:
            self._visitor.due(host, _Logged())
        except PagewitnessError as error:
            log.error("visit ended early", host=host, error=str(error))  # noqa: TRY400 — the message says it all
        except Exception:
            log.exception("visit ended early", host=host)
        finally:
            self._ended(host)


class _Logged:
    """Writes a visit's course to the log."""

    def checked(self, page: Page, checked: Checked) -> None:
        snapshot, failure = checked.snapshot, checked.look.failure
        last = checked.readings[-1] if checked.readings else None
        log.info(
            "looked",
            url=page.url,
            snapshot=snapshot.id,
            outcome=snapshot.outcome.value,
            verdict=(last.verdict if last else snapshot.verdict),
            events=sum(len(reading.events) for reading in checked.readings),
            **({"error": failure.message} if failure else {}),
        )

    def faulted(self, page: Page, error: Exception) -> None:
        log.error("page left unread", url=page.url, error=f"{type(error).__name__}: {error}", exc_info=error)


def _guarded(job: Callable[[], object]) -> Callable[[], None]:
    """A job whose fault is logged and tried again at the next tick: the clock must not stop."""

    def run() -> None:
        try:
            job()
        except PagewitnessError as error:
            log.error("step failed, will be tried again", step=job.__name__, error=str(error))  # noqa: TRY400
        except Exception:
            log.exception("step failed, will be tried again", step=job.__name__)

    run.__name__ = job.__name__
    return run
