"""The service in one process, run step by step with any clock: for the demo, for tests, and for alerts of a check requested by a user."""

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
from pagewitness.service.requisite_discovery import RequisiteDiscovery
from pagewitness.service.visit_logger import log_processed


class InProcessService:
    """The service without child processes: each method runs one step.

    Attributes:
        metrics: Counters and durations of the steps.
        fetching: The fetcher's loop.
        extracting: The extractor's loop.
        discovering: Discovers requisites.
        delivering: The loop of the deliveries.
    """

    def __init__(self, app: AppContext, *, clock: Callable[[], datetime]) -> None:
        """Create the loops; nothing runs yet.

        Args:
            app: The application context.
            clock: The observing clock. Leases, retries and timeouts use real time.
        """
        owner = owner_name()
        self.metrics = Metrics(app.database, clock=clock, version=version("pagewitness"))
        processing = Processing(
            app.store,
            clock,
            app.settings.absences_before_lost,
            self.metrics.timed("analyze", app.analyze),
            AdaptSchedule(),
        )
        lease = timedelta(seconds=app.settings.lease_seconds)
        self.fetching = FetchLoop(app, self.metrics, clock=clock, owner=owner)
        processor = PageProcessor(app.store, processing, owner=owner, on_processed=log_processed(self.metrics))
        self.extracting = ExtractLoop(app.store, processor, owner=owner, lease=lease)
        self.discovering = RequisiteDiscovery(
            app.store, clock, app.settings.requisites_per_page, app.analyze.requisites
        )
        self.delivering = DeliveryLoop(app, self.metrics, clock=clock, owner=owner)

    def tick(self) -> int:
        """Start a visit for each host with due pages, up to the number of free places; returns the number of visits started."""
        return self.fetching.tick()

    def renew(self) -> None:
        """Renew the leases of hosts that are being visited."""
        self.fetching.renew()

    def settle(self) -> None:
        """Wait until no visit is running, and process the archived snapshots."""
        self.fetching.settle()
        self.extract()

    def extract(self) -> int:
        """Process all unprocessed snapshots; returns the number processed or attempted."""
        return self.extracting.drain()

    def archive_requisites(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Discover and request the requisites that are due, until none is left that can be requested now.

        Args:
            progress: Called after each round of visits with the number of requisites so far.

        Returns:
            The number of requisites requested or decided on.
        """
        first = last = self.fetching.requisites_recorded
        while True:
            found = self.discovering.drain()
            self.fetching.tick_requisites()
            self.fetching.settle()
            recorded = self.fetching.requisites_recorded
            progress(recorded - first)
            if recorded == last and not found:
                return recorded - first
            last = recorded

    def plan(self) -> int:
        """Create alerts from unplanned events; returns the number of new deliveries."""
        return self.delivering.plan()

    def dispatch(self) -> int:
        """Send due deliveries; returns the number sent."""
        return self.delivering.dispatch()

    def sweep(self) -> SweepResult:
        """Record stale pages, expiring certificates and failing channels."""
        return self.delivering.sweep()

    def close(self) -> None:
        """Start no more visits and wait for running ones."""
        self.fetching.stop()
        self.fetching.close()
