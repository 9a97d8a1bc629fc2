"""The deliveries' loop: plans alerts, sends what is due, and sweeps for what no check finds by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta

from alerts.dispatch import dispatch_once
from alerts.interfaces import Channel
from alerts.model import ChannelConfig
from alerts.plan import plan_once
from monitor.understand import READING_VERSION
from pagewitness import logs
from pagewitness.course import WatchedChannel, delivery_of
from pagewitness.metrics import Metrics
from pagewitness.tidy import Tidied, tidy_once
from pagewitness.wiring import Parts, new_uid

log = logs.get("pagewitness.service")

PLAN_BATCH = 100
SWEEP_SECONDS = 30


class DeliveryLoop:
    """Steps that turn events into messages; each can be taken by itself, under any clock."""

    def __init__(self, parts: Parts, metrics: Metrics, *, clock: Callable[[], datetime], owner: str) -> None:
        """Nothing runs yet.

        Args:
            parts: What to work with.
            metrics: Where sends are counted.
            clock: The observing clock. Leases, retries and timeouts run on real time whatever it says.
            owner: In whose name deliveries are leased.
        """
        self._parts = parts
        self._metrics = metrics
        self._clock = clock
        self._owner = owner
        self._lease = timedelta(seconds=parts.settings.lease_seconds)

    def plan(self) -> int:
        """Turn events into alerts; returns how many deliveries are new."""
        return plan_once(self._parts.outbox, self._parts.links(), self._clock(), new_uid, PLAN_BATCH)

    def dispatch(self) -> int:
        """Send what is due; returns how many deliveries went out."""
        report = dispatch_once(self._parts.outbox, self._channel, self._owner, lease=self._lease)
        for problem in report.problems:
            log.warning("delivery failed", delivery=delivery_of(problem), problem=problem)
        return report.sent

    def sweep(self) -> Tidied:
        """Find stale pages, certificates that run out and channels that take nothing; try unreadable snapshots again in time."""
        requeued = self._parts.store.requeue_unreadable(READING_VERSION)
        if requeued:
            log.info("unreadable pages are tried again", pages=requeued)
        tidied = tidy_once(self._parts.store, self._parts.database, self._clock())
        if tidied != Tidied():
            log.warning("trouble found", **asdict(tidied))
        return tidied

    def _channel(self, config: ChannelConfig) -> Channel:
        return WatchedChannel(self._parts.channel(config), config.name, self._metrics)
