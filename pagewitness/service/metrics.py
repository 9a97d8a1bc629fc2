"""Metrics in Prometheus' text format: counters and durations of this process, gauges of the database.

No label holds a URL, a page or a host: their number is unbounded, and a monitoring system keeps a time series for every label value.
"""

from __future__ import annotations

import platform
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from alerts.model import DeliveryState
from monitor.errors import StorageError
from monitor.model import Outcome, RequisiteState, Verdict
from storage import schema
from storage.database.connection import Database
from storage.queries.gauges import Gauges, gauges, stored_bytes
from storage.queries.history import History

CACHED_SECONDS = 15.0
"""How long database gauges are cached."""

_RECOUNT_SECONDS = 6 * 3600.0  # bodies are rarely removed; between recounts only new ones are added
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100)

P = ParamSpec("P")
T = TypeVar("T")


class Metrics:
    """The metrics of one process, in their own registry. All methods are thread-safe."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        version: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create the counters and gauges.

        Args:
            database: The source of the gauges.
            clock: The observing clock.
            version: The version of Pagewitness.
            monotonic: A monotonic clock, in seconds.
        """
        # Counters of this process, and metrics computed where they are served: only the first are reported to the supervisor.
        self._registry, self._common = CollectorRegistry(), CollectorRegistry()
        self._checks = Counter(
            "pagewitness_checks",
            "Checks of pages, by outcome and verdict.",
            ["outcome", "verdict"],
            registry=self._registry,
        )
        self._processed = Counter(
            "pagewitness_processed",
            "Processed snapshots, by verdict.",
            ["verdict"],
            registry=self._registry,
        )
        self._requisites = Counter(
            "pagewitness_requisites",
            "Requests for resources of pages and decisions not to request them, by state afterwards.",
            ["state"],
            registry=self._registry,
        )
        self._sends = Counter(
            "pagewitness_sends",
            "Delivery attempts, by channel and result (sent, failed, refused).",
            ["channel", "result"],
            registry=self._registry,
        )
        self._failures = Counter(
            "pagewitness_failures",
            "Failed steps of the service; each is retried.",
            ["step"],
            registry=self._registry,
        )
        self._durations = Histogram(
            "pagewitness_duration_seconds",
            "Duration of each check, analysis and step of the service.",
            ["step"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        ProcessCollector(registry=self._common)
        self._common.register(_DatabaseGauges(database, clock, version, monotonic))

    def checked(self, outcome: Outcome, verdict: Verdict | None, seconds: float) -> None:
        """Count a check and its duration in seconds."""
        self._checks.labels(outcome.value, verdict.value if verdict else "none").inc()
        self._durations.labels("check").observe(seconds)

    def processed(self, verdict: Verdict) -> None:
        """Count a processed snapshot."""
        self._processed.labels(verdict.value).inc()

    def requisite(self, state: RequisiteState) -> None:
        """Count a requisite that was requested or decided on, by its state afterwards."""
        self._requisites.labels(state.value).inc()

    def sent(self, channel: str, result: str) -> None:
        """Count a delivery attempt: "sent", "failed" (to be retried) or "refused" (permanent)."""
        self._sends.labels(channel, result).inc()

    def failed(self, step: str) -> None:
        """Count a failed step."""
        self._failures.labels(step).inc()

    @contextmanager
    def timing(self, step: str) -> Iterator[None]:
        """Measure the duration of the block, also if it raises."""
        with self._durations.labels(step).time():
            yield

    def timed(self, step: str, function: Callable[P, T]) -> Callable[P, T]:
        """Wrap `function` so that the duration of each call is measured."""

        def measured(*args: P.args, **kwargs: P.kwargs) -> T:
            with self.timing(step):
                return function(*args, **kwargs)

        return measured

    def counted(self) -> list[Any]:
        """Return the counters of this process since its start: [name, type, meaning, [[sample, labels, value], …]] for each family."""
        return [
            [
                family.name,
                family.type,
                family.documentation,
                [[sample.name, sample.labels, sample.value] for sample in family.samples if _is_total(sample.name)],
            ]
            for family in self._registry.collect()
        ]

    def exposition(
        self, accept: str, *, counted: list[Any] | None = None, processes: Mapping[str, Any] | None = None
    ) -> tuple[bytes, str]:
        """Return all metrics and their media type, in the format that the Accept field prefers.

        Args:
            accept: Value of the Accept field.
            counted: Counters of all processes, in the form returned by `counted`; None for those of this process.
            processes: State of the processes, from `pagewitness.service.supervisor.Supervisor.status`; None if there are none.
        """
        registry = CollectorRegistry()
        registry.register(_Combined(self._common, self._registry if counted is None else _Reported(counted)))
        if processes is not None:
            registry.register(_Processes(processes))
        encode, media_type = choose_encoder(accept)
        return encode(registry), media_type


def _is_total(sample: str) -> bool:
    """Return whether a sample can be summed over processes."""
    return not sample.endswith("_created")


class _Combined(Collector):
    def __init__(self, *collectors: Any) -> None:
        self._collectors = collectors

    def collect(self) -> Iterator[Metric]:
        for collector in self._collectors:
            yield from collector.collect()


class _Reported(Collector):
    """Counters reported by processes; see `Metrics.counted`."""

    def __init__(self, families: list[Any]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        for name, kind, meaning, samples in self._families:
            family = Metric(name, meaning, kind)
            for sample, labels, value in samples:
                family.add_sample(sample, labels, value)
            yield family


class _Processes(Collector):
    """Gauges of the service's processes, from the supervisor's status."""

    def __init__(self, status: Mapping[str, Any]) -> None:
        self._processes = status["processes"]

    def collect(self) -> Iterator[Metric]:
        for name, meaning, key in (
            ("process_up", "Whether a process of the service is running.", "state"),
            ("process_restarts", "Number of times a process was replaced.", "restarts"),
            ("process_memory_bytes", "Memory of a process (proportional set size).", "memory_bytes"),
        ):
            family = GaugeMetricFamily(f"pagewitness_{name}", meaning, labels=["process"])
            for process in self._processes:
                value = process[key]
                if value is not None:
                    family.add_metric([process["name"]], float(value == "running" if key == "state" else value))
            yield family


@dataclass(frozen=True, slots=True)
class _Counted:
    gauges: Gauges
    bodies_bytes: int
    database_bytes: int


class _DatabaseGauges(Collector):
    """Gauges queried from the database and cached for CACHED_SECONDS."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], version: str, monotonic: Callable[[], float]
    ) -> None:
        self._database = database
        self._clock = clock
        self._version = version
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: tuple[float, _Counted] | None = None
        self._bodies = (0, 0)
        self._recount_at = monotonic() + _RECOUNT_SECONDS

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _build_info(self._version)
        try:
            counted = self._counted()
        except StorageError:
            yield GaugeMetricFamily("pagewitness_database_up", "Whether the database is reachable.", 0)
            return
        yield GaugeMetricFamily("pagewitness_database_up", "Whether the database is reachable.", 1)
        yield from _families(counted)

    def _counted(self) -> _Counted:
        with self._lock:
            now = self._monotonic()
            if self._kept is None or now - self._kept[0] >= CACHED_SECONDS:
                self._kept = (now, self._count(now))
            return self._kept[1]

    def _count(self, now: float) -> _Counted:
        if now >= self._recount_at:
            self._bodies, self._recount_at = (0, 0), now + _RECOUNT_SECONDS
        last, size = self._bodies
        newest, more = stored_bytes(self._database, last)
        self._bodies = (newest, size + more)
        return _Counted(gauges(self._database, self._clock()), self._bodies[1], History(self._database).size_bytes())


def _families(counted: _Counted) -> Iterator[GaugeMetricFamily]:
    now = counted.gauges
    for name, meaning, value in (
        (
            "lag_seconds",
            "Time since which the longest-waiting due page has been due, by the observing clock.",
            now.lag_seconds,
        ),
        ("pages_due", "Due pages, without those of paused hosts.", now.due),
        ("pages_stale", "Active pages without an ok check for too long.", now.stale),
        ("snapshots_unprocessed", "Archived snapshots that are not processed yet.", now.unprocessed),
        ("unprocessed_oldest_seconds", "Age of the oldest unprocessed snapshot.", now.unprocessed_seconds),
        ("leases_held", "Hosts that are being visited by any process.", now.leases),
        ("hosts_paused", "Hosts whose visits are paused at their request.", now.paused_hosts),
        ("bodies_bytes", "Compressed size of the stored bodies.", counted.bodies_bytes),
        ("database_bytes", "Size of the database on disk.", counted.database_bytes),
    ):
        yield GaugeMetricFamily(f"pagewitness_{name}", meaning, value)
    pages = GaugeMetricFamily("pagewitness_pages", "Pages by state.", labels=["state"])
    for state, count in now.pages.items():
        pages.add_metric([state.value], count)
    yield pages
    health = GaugeMetricFamily("pagewitness_page_health", "Active pages by health status.", labels=["status"])
    for status, count in now.health.items():
        health.add_metric([status.value if status else "unknown"], count)
    yield health
    yield from _deliveries(now)


def _deliveries(now: Gauges) -> Iterator[GaugeMetricFamily]:
    waiting = GaugeMetricFamily(
        "pagewitness_deliveries", "Undelivered deliveries, pending or dead (given up).", labels=["channel", "state"]
    )
    oldest = GaugeMetricFamily(
        "pagewitness_delivery_oldest_seconds", "Age of the oldest pending delivery.", labels=["channel"]
    )
    for one in now.waiting:
        waiting.add_metric([one.channel, one.state.value], one.count)
        if one.state is DeliveryState.PENDING:
            oldest.add_metric([one.channel], one.oldest_seconds)
    yield waiting
    yield oldest


def _build_info(version: str) -> GaugeMetricFamily:
    info = GaugeMetricFamily(
        "pagewitness_build_info",
        "Version, schema and Python version; always 1.",
        labels=["version", "schema", "python"],
    )
    info.add_metric([version, schema.VERSION, platform.python_version()], 1)
    return info
