"""Liveness and readiness of the service, and jobs whose errors are logged at a limited rate."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from monitor.errors import PagewitnessError
from pagewitness import logs
from pagewitness.service.metrics import Metrics
from storage.database.connection import Database
from storage.queries.gauges import check_ready

log = logs.get("pagewitness.service")

STOPPED_SECONDS = 30.0
"""Minimum time without a tick after which the service counts as stopped."""

_RECENT = 4
"""A visit that could not be recorded counts for this multiple of the limit: longer than the next visit waits and takes."""

_NO_ANSWER = "the service's supervisor does not answer"

LOG_INTERVAL_SECONDS = 60.0
"""Minimum interval between two log lines for the same error."""


class Liveness:
    """When a process last ticked, last succeeded and last failed to record a visit, in real time."""

    def __init__(self, tick_seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Create it; monitoring starts with `begin`.

        Args:
            tick_seconds: The expected interval of ticks.
            monotonic: A monotonic clock, in seconds.
        """
        self.limit_seconds = max(STOPPED_SECONDS, 3 * tick_seconds)
        self._monotonic = monotonic
        self._running = False
        self._ticked = self._worked = monotonic()
        self._lost: tuple[float, float] | None = None  # first and last visit in a row not recorded

    def begin(self) -> None:
        """Start monitoring: ticks are expected from now on."""
        self._running = True
        self._ticked = self._worked = self._monotonic()

    def end(self) -> None:
        """Stop monitoring: no more ticks are expected."""
        self._running = False

    def tick(self, *, worked: bool) -> None:
        """Record the beginning or end of a tick; `worked` if it ended successfully."""
        self._ticked = self._monotonic()
        if worked:
            self._worked = self._ticked

    def visited(self, *, kept: bool) -> None:
        """Record the end of a visit; `kept` is False if the database could not store its results."""
        now = self._monotonic()
        self._lost = None if kept else (self._lost[0] if self._lost else now, now)

    def stopped(self) -> list[str]:
        """Return why the process should be restarted; empty while it is alive."""
        silent = self._monotonic() - self._ticked
        if self._running and silent > self.limit_seconds:
            return [f"the clock has not ticked for {silent:.0f} s"]
        return []

    def idle(self) -> list[str]:
        """Return why no page is being checked; empty while checks work."""
        if not self._running:
            return ["the scheduler is not running"]
        now, reasons = self._monotonic(), []
        if now - self._worked > self.limit_seconds:
            reasons.append(f"no tick has succeeded for {now - self._worked:.0f} s")
        # Ticks may still succeed: a nearly full disk may have room for a lease but not for a page.
        first, last = self._lost or (now, now)
        if last - first > self.limit_seconds and now - last < _RECENT * self.limit_seconds:
            reasons.append(f"checks could not be recorded for {now - first:.0f} s")
        return reasons


class HealthReporter:
    """Reports the health and metrics of the service, for the web's endpoints."""

    def __init__(self, database: Database, metrics: Metrics, ask: Callable[[str], Any] | None) -> None:
        """Create it.

        Args:
            database: The database to check.
            metrics: Counters of the web's own process, and gauges of the database.
            ask: Queries the supervisor (see `pagewitness.service.control.ask`); None if the web runs without the service.
        """
        self._database = database
        self._ask = ask
        self.metrics = metrics

    def stopped(self) -> list[str]:
        """Return why the service should be restarted; empty while it is alive."""
        return [_NO_ANSWER] if self._ask is not None and self.processes() is None else []

    def processes(self) -> dict[str, Any] | None:
        """Return `pagewitness.service.supervisor.Supervisor.status`; None if the supervisor does not respond or there is no service."""
        return None if self._ask is None else self._ask("status")

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Return the metrics of the database and of all processes, and their media type."""
        if self._ask is None:
            return self.metrics.exposition(accept)
        return self.metrics.exposition(accept, counted=self._ask("metrics") or [], processes=self.processes())

    def unready(self) -> list[str]:
        """Return why the service cannot work at present; empty if it can."""
        reasons: list[str] = []
        if self._ask is not None:
            status = self.processes()
            reasons = [_NO_ANSWER] if status is None else list(status["problems"])
        try:
            check_ready(self._database)
        except PagewitnessError as error:
            # The error message may contain the database's location, which belongs only in the log.
            trouble = self._database.file.trouble() if self._database.file is not None else None
            reasons.append(f"the database cannot be used ({trouble or type(error).__name__})")
        return reasons


class GuardedJob:
    """A job whose errors are logged, at most once a minute of each kind, and not raised, so that the scheduler goes on."""

    def __init__(
        self,
        name: str,
        job: Callable[[], object],
        metrics: Metrics,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.__name__ = name
        self._job = job
        self._metrics = metrics
        self._errors = ThrottledLogger(monotonic)
        self._failures = 0

    def __call__(self) -> bool:
        """Run the job; return whether it succeeded."""
        try:
            with self._metrics.timing(self.__name__):
                self._job()
        except Exception as error:  # noqa: BLE001 — any error is logged and the job is called again
            self._failures += 1
            self._metrics.failed(self.__name__)
            self._errors.log("step failed, will be tried again", error, step=self.__name__)
            return False
        if self._failures:
            log.info("step works again", step=self.__name__, failures=self._failures)
            self._failures = 0
        return True


class ThrottledLogger:
    """Logs errors, at most once a minute for each message and exception type."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._logged_at: dict[str, float] = {}

    def log(self, message: str, error: Exception, **fields: object) -> None:
        """Log an error: a PagewitnessError by its message, any other with its traceback."""
        now, kind = self._monotonic(), f"{message} {type(error).__name__}"
        if now - self._logged_at.get(kind, -LOG_INTERVAL_SECONDS) < LOG_INTERVAL_SECONDS:
            return
        self._logged_at[kind] = now
        if isinstance(error, PagewitnessError):
            log.error(message, error=str(error), **fields)
        else:
            log.error(message, error=type(error).__name__, exc_info=error, **fields)
