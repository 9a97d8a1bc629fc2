"""The service: a clock that ticks, a bounded pool of visits, a planner, a dispatcher and the web. It holds no state that a restart would lose.

APScheduler is only the clock: a few interval jobs, in memory. When a page is due is a column of the database.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime, timedelta
from importlib.metadata import version

from apscheduler.schedulers.background import BackgroundScheduler
from structlog.contextvars import bound_contextvars

from alerts.dispatch import dispatch_once
from alerts.interfaces import Channel
from alerts.model import ChannelConfig
from alerts.plan import plan_once
from monitor.errors import BodyCorrupt, StorageError
from pagewitness import logs
from pagewitness.backsteps import Backsteps
from pagewitness.course import Course, WatchedChannel, delivery_of
from pagewitness.metrics import Metrics
from pagewitness.pulse import Pulse, Seldom, Step
from pagewitness.tidy import Tidied, tidy_once
from pagewitness.visits import Visitor
from pagewitness.wiring import Parts, new_uid, owner_name
from storage.engine import reopen
from storage.exclusive import Hold

log = logs.get("pagewitness.service")

PLAN_BATCH = 100
TIDY_SECONDS = 30
CATCH_UP_SECONDS = 60


class Service:
    """Watches, plans and sends until it is stopped. Its steps can also be taken one by one, under any clock.

    Attributes:
        metrics: What it counts and measures.
        pulse: Whether it ticks.
    """

    def __init__(self, parts: Parts, *, clock: Callable[[], datetime], hold: Hold | None = None) -> None:
        """Put the parts together; nothing runs yet.

        Args:
            parts: What to work with.
            hold: Where it keeps how the last write went, for `status`; None: nowhere.
            clock: The observing clock. Leases, retries and timeouts run on real time whatever it says.
        """
        settings = parts.settings
        self._parts = parts
        self._hold = hold or Hold(None)
        self._clock = clock
        self._owner = owner_name()
        self._stopping = threading.Event()
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._places = settings.visits
        self._pool = ThreadPoolExecutor(max_workers=settings.visits, thread_name_prefix="visit")
        self._active: set[str] = set()
        self._changed = threading.Condition()
        self._catching_up = threading.Lock()
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._complaints = Seldom()
        self._held_until = time.monotonic()
        self._unkept = ""  # why the last visit could not be recorded
        self.metrics = Metrics(parts.database, clock=clock, version=version("pagewitness"))
        self.pulse = Pulse(settings.tick_seconds)
        self._visitor = Visitor(
            store=parts.store,
            fetcher=parts.fetcher,
            clock=clock,
            owner=self._owner,
            lease=self._lease,
            interval=timedelta(seconds=settings.host_interval_seconds),
            absences_before_lost=settings.absences_before_lost,
            stopping=self._stopping,
            understand=self.metrics.timed("read", parts.understand),
            max_bytes=settings.visit_bytes,
            max_seconds=settings.visit_seconds,
        )
        self._backsteps = Backsteps(parts.store)

    # --- the steps ---

    def tick(self) -> int:
        """Begin a visit for each host with due pages, as far as there is room; returns how many were begun."""
        with self._changed:
            free = self._places - len(self._active)
        if free <= 0 or self._stopping.is_set() or self._is_held():
            return 0
        self._mind_the_file()
        now = self._clock()
        if pulled_in := self._backsteps.notice(now):
            log.warning("the clock was put back", pages_pulled_in=pulled_in)
        due = [host for host in self._parts.store.due_hosts(now, free) if not self._is_active(host)]
        if self._is_held():
            return 0  # since this tick began: a visit says so before it stops being active
        begun = self._parts.store.claim_hosts(due, self._owner, self._lease)
        for host in begun:
            self._begin(host)
        return len(begun)

    def renew(self) -> None:
        """Keep the leases of hosts that are being visited: one look may take longer than a lease holds."""
        with self._changed:
            hosts = sorted(self._active)
        for host in hosts:
            # A visit that ended meanwhile has given its lease back.
            if not self._parts.store.renew_host(host, self._owner, self._lease) and self._is_active(host):
                log.warning("lease lost", host=host)

    def plan(self) -> int:
        """Turn events into alerts; returns how many deliveries are new."""
        return plan_once(self._parts.outbox, self._parts.links(), self._clock(), new_uid, PLAN_BATCH)

    def dispatch(self) -> int:
        """Send what is due; returns how many deliveries went out."""
        report = dispatch_once(self._parts.outbox, self._channel, self._owner, lease=self._lease)
        for problem in report.problems:
            log.warning("delivery failed", delivery=delivery_of(problem), problem=problem)
        return report.sent

    def tidy(self) -> Tidied:
        """Find what no look finds by itself: stale pages, certificates that run out, channels that take nothing."""
        tidied = tidy_once(self._parts.store, self._parts.database, self._clock())
        if tidied != Tidied():
            log.warning("trouble found", **asdict(tidied))
        return tidied

    def catch_up(self) -> int:
        """Read what was left unread; returns how many snapshots that were."""
        with self._catching_up:
            count = self._visitor.catch_up(Course(self.metrics))
        if count:
            log.info("read what was left unread", snapshots=count)
        return count

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
            (self.catch_up, CATCH_UP_SECONDS),
        ):
            step = Step(job, self.metrics)
            self._scheduler.add_job(
                self._beating(step) if job == self.tick else step,
                "interval",
                seconds=seconds,
                id=job.__name__,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        self.pulse.begin()
        self._scheduler.start()
        log.info("watching", owner=self._owner, visits=self._places)

    def stop(self, within: float | None = None) -> bool:
        """Begin nothing more, let what is under way finish, and give the leases back.

        Args:
            within: Seconds to wait for that at most; None waits as long as it takes.

        Returns:
            Whether all of it ended. What did not is safe to abandon with the process: its leases end by themselves.
        """
        self._stopping.set()
        self.pulse.end()
        ending = threading.Thread(target=self._end, name="ending", daemon=True)
        ending.start()
        ending.join(within)
        if ending.is_alive():
            with self._changed:
                log.warning("stopped without waiting for what is under way", hosts=sorted(self._active))
            return False
        log.info("stopped")
        return True

    def _end(self) -> None:
        self.settle()  # before the clock stops: it keeps the leases of visits that take long
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._pool.shutdown(wait=True)

    def _beating(self, step: Step) -> Callable[[], None]:
        def tick() -> None:
            self.pulse.tick(worked=False)
            worked = step()
            self._note_writing()
            self.pulse.tick(worked=worked and not self._is_held())

        return tick

    def _note_writing(self) -> None:
        """Keep how the last write went, where `status` finds it when the database cannot take it."""
        self._hold.note(self._unkept or self._parts.database.write_error)

    def _channel(self, config: ChannelConfig) -> Channel:
        return WatchedChannel(self._parts.channel(config), config.name, self.metrics)

    def _begin(self, host: str) -> None:
        with self._changed:
            self._active.add(host)
        self._pool.submit(self._visit, host)

    def _ended(self, host: str) -> None:
        with self._changed:
            self._active.discard(host)
            self._changed.notify_all()

    def _mind_the_file(self) -> None:
        """Go over to another database file that was put in the place of the one that was opened, when nothing is under way on that."""
        file = self._parts.database.file
        if file is None or file.trouble() is None:
            return
        with self._changed:
            busy = bool(self._active)
        # Whatever is under way holds keys of the old database.
        if not busy and self._catching_up.acquire(blocking=False):
            try:
                if reopen(self._parts.database):
                    log.warning("another database file was put in place, going on with that one")
            finally:
                self._catching_up.release()

    def _is_held(self) -> bool:
        """Whether no visit begins for now, because the last one could not be recorded."""
        return time.monotonic() < self._held_until

    def _is_active(self, host: str) -> bool:
        with self._changed:
            return host in self._active

    def _visit(self, host: str) -> None:
        with bound_contextvars(visit=uuid.uuid4().hex[:12]):
            try:
                if self._visitor.due(host, Course(self.metrics)):
                    self.pulse.visited(kept=True)
                    self._unkept = ""
            except Exception as error:  # noqa: BLE001 — one host's visit must not end the others
                self.metrics.failed("visit")
                self._complaints.complain("visit ended early", error, host=host)
                if isinstance(error, StorageError) and not isinstance(error, BodyCorrupt):
                    # What cannot be kept is not to be asked for again and again.
                    self._held_until = time.monotonic() + self._lease.total_seconds()
                    self.pulse.visited(kept=False)
                    self._unkept = str(error)
            finally:
                self._ended(host)
