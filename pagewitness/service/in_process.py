"""All loops in one process, step by step and under any clock: for the demo, for tests, and for what a check by hand has to send."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.metadata import version

from monitor.pipeline.process import Processing
from pagewitness.composition import AppContext, owner_name
from pagewitness.service.deliveries import DeliveryLoop
from pagewitness.service.extractor import ExtractLoop
from pagewitness.service.fetcher import FetchLoop
from pagewitness.service.health_sweep import SweepResult
from pagewitness.service.host_visits import AdaptSchedule
from pagewitness.service.metrics import Metrics
from pagewitness.service.page_processor import PageProcessor
from pagewitness.service.visit_logger import log_processed


class InProcessService:
    """The service without processes: every step is taken when it is called.

    Attributes:
        metrics: What it counts and measures.
        fetching: The fetcher's loop.
        extracting: An extractor's loop.
        delivering: The deliveries' loop.
    """

    def __init__(self, parts: AppContext, *, clock: Callable[[], datetime]) -> None:
        """Put the parts together; nothing runs yet.

        Args:
            parts: What to work with.
            clock: The observing clock. Leases, retries and timeouts run on real time whatever it says.
        """
        owner = owner_name()
        self.metrics = Metrics(parts.database, clock=clock, version=version("pagewitness"))
        processing = Processing(
            parts.store,
            clock,
            parts.settings.absences_before_lost,
            self.metrics.timed("read", parts.understand),
            AdaptSchedule(),
        )
        lease = timedelta(seconds=parts.settings.lease_seconds)
        self.fetching = FetchLoop(parts, self.metrics, clock=clock, owner=owner)
        processor = PageProcessor(parts.store, processing, owner=owner, on_processed=log_processed(self.metrics))
        self.extracting = ExtractLoop(parts.store, processor, owner=owner, lease=lease)
        self.delivering = DeliveryLoop(parts, self.metrics, clock=clock, owner=owner)

    def tick(self) -> int:
        """Begin a visit for each host with due pages, as far as there is room; returns how many were begun."""
        return self.fetching.tick()

    def renew(self) -> None:
        """Keep the leases of hosts that are being visited."""
        self.fetching.renew()

    def settle(self) -> None:
        """Wait until no visit is under way, and process what they archived."""
        self.fetching.settle()
        self.extract()

    def extract(self) -> int:
        """Process all snapshots that wait; returns how many."""
        return self.extracting.drain()

    def plan(self) -> int:
        """Turn events into alerts; returns how many deliveries are new."""
        return self.delivering.plan()

    def dispatch(self) -> int:
        """Send what is due; returns how many deliveries went out."""
        return self.delivering.dispatch()

    def sweep(self) -> SweepResult:
        """Find what no check finds by itself."""
        return self.delivering.sweep()

    def close(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self.fetching.stop()
        self.fetching.close()
