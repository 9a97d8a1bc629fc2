"""The deliveries process: plans alerts, sends due deliveries, and detects health problems that no single check shows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial

from alerts.dispatch import Dispatcher, DispatchReport
from alerts.model import ChannelConfig
from alerts.plan import plan_once
from alerts.ports import Channel
from monitor.errors import PagewitnessError
from monitor.parser_version import PARSER_VERSION
from pagewitness import logs
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, new_uid
from pagewitness.service.child_context import Child, reporting
from pagewitness.service.control import ask
from pagewitness.service.health_sweep import SweepResult, sweep_once
from pagewitness.service.heartbeat import Heartbeat
from pagewitness.service.interval_jobs import JobClock
from pagewitness.service.liveness import Liveness
from pagewitness.service.metrics import Metrics
from pagewitness.service.visit_logger import ObservedChannel, delivery_of

log = logs.get("pagewitness.service")

PLAN_BATCH = 100
SWEEP_SECONDS = 30


class DeliveryLoop:
    """Plans, sends and sweeps; each step can also be called by itself, with any clock."""

    def __init__(self, app: AppContext, metrics: Metrics, *, clock: Callable[[], datetime], owner: str) -> None:
        """Create the dispatcher; nothing is sent yet.

        Args:
            app: The application context.
            metrics: Where sends are counted.
            clock: The observing clock. Leases, retries and timeouts use real time.
            owner: Owner of the delivery leases.
        """
        self._app = app
        self._metrics = metrics
        self._clock = clock
        self._dispatcher = Dispatcher(
            app.outbox,
            self._channel,
            owner,
            lease=timedelta(seconds=app.settings.lease_seconds),
            longest_send=timedelta(seconds=app.settings.send_seconds),
        )

    def plan(self) -> int:
        """Create alerts from unplanned events; returns the number of new deliveries."""
        return plan_once(self._app.outbox, self._app.links(), self._clock(), new_uid, PLAN_BATCH)

    def dispatch(self) -> int:
        """Send due deliveries in this thread, channel by channel; returns the number sent."""
        return self._reported(self._dispatcher.drain())

    def dispatch_apart(self) -> int:
        """Start sending due deliveries in background threads; returns the number sent since the last call."""
        return self._reported(self._dispatcher.step())

    def stop(self, within: float) -> bool:
        """Start no further sends and wait up to `within` seconds for running ones; returns whether all of them ended."""
        ended = self._dispatcher.stop(within)
        self._reported(self._dispatcher.step())
        return ended

    def _reported(self, report: DispatchReport) -> int:
        for problem in report.problems:
            log.warning("delivery failed", delivery=delivery_of(problem), problem=problem)
        return report.sent

    def sweep(self) -> SweepResult:
        """Record stale pages, expiring certificates and failing channels; requeue unreadable snapshots for another attempt."""
        requeued = self._app.store.requeue_unreadable(PARSER_VERSION)
        if requeued:
            log.info("unreadable pages are retried", pages=requeued)
        result = sweep_once(self._app.store, self._app.database, self._clock())
        if result != SweepResult():
            log.warning("health problems found", **asdict(result))
        for broken in self._app.outbox.broken():
            log.error("stored definition cannot be used, apply the watchlist again", **asdict(broken))
        return result

    def _channel(self, config: ChannelConfig) -> Channel:
        return ObservedChannel(self._app.channel(config), config.name, self._metrics)


def run(child: Child) -> None:
    """Plan, send and sweep until the process is to end."""
    clock = JobClock(child.metrics)
    loop = DeliveryLoop(child.parts, child.metrics, clock=system_clock, owner=child.owner)
    liveness = Liveness(child.settings.tick_seconds)
    liveness.begin()

    def plan() -> int:
        planned = loop.plan()
        if planned:
            clock.hurry("dispatch")
        return planned

    clock.add("plan", plan, child.settings.tick_seconds, liveness=liveness)
    clock.add("dispatch", loop.dispatch_apart, child.settings.tick_seconds)
    clock.add("sweep", loop.sweep, SWEEP_SECONDS)
    if child.settings.heartbeat_url is not None:
        heartbeat = Heartbeat(child.settings, child.parts.database, partial(ask, child.settings), system_clock)
        clock.add("heartbeat", heartbeat.beat, child.settings.heartbeat_seconds)
    with reporting(child, liveness, woken=lambda: clock.hurry("plan")):
        clock.start()
        child.stopping.wait()
        clock.stop()
        # Send alerts for the last events now, without retries.
        with suppress(PagewitnessError):
            loop.plan()
            loop.dispatch_apart()
            loop.stop(child.settings.shutdown_seconds)
