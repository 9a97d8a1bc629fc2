"""Whether the service lives and works: when its clock last ticked, when a tick last went well, and who complains how often."""

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
"""Without a tick for so long, the service counts as stopped."""

_RECENT = 4
"""For so many limits a visit that could not be recorded counts: longer than the next one waits and takes."""

_NO_ANSWER = "the service's supervisor does not answer"

SELDOM_SECONDS = 60.0
"""How often one complaint is repeated."""


class Liveness:
    """When it last worked, written by the service's clock and its visits, read by the web. Real time."""

    def __init__(self, tick_seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Nothing runs yet.

        Args:
            tick_seconds: How often ticks are to come.
            monotonic: Real seconds from any beginning.
        """
        self.limit_seconds = max(STOPPED_SECONDS, 3 * tick_seconds)
        self._monotonic = monotonic
        self._running = False
        self._ticked = self._worked = monotonic()
        self._lost: tuple[float, float] | None = None  # when visits began to come to nothing, and when the last one did

    def begin(self) -> None:
        """The clock runs from now on."""
        self._running = True
        self._ticked = self._worked = self._monotonic()

    def end(self) -> None:
        """The clock is being stopped."""
        self._running = False

    def tick(self, *, worked: bool) -> None:
        """A tick began, or ended; `worked` where it ended well."""
        self._ticked = self._monotonic()
        if worked:
            self._worked = self._ticked

    def visited(self, *, kept: bool) -> None:
        """A visit ended; `kept` where what was seen could be recorded, and not where the database failed."""
        now = self._monotonic()
        self._lost = None if kept else (self._lost[0] if self._lost else now, now)

    def stopped(self) -> list[str]:
        """Why the process is of no use any more and should be started again; empty while it lives."""
        silent = self._monotonic() - self._ticked
        if self._running and silent > self.limit_seconds:
            return [f"the clock has not ticked for {silent:.0f} s"]
        return []

    def idle(self) -> list[str]:
        """Why no page is looked at just now; empty while pages are."""
        if not self._running:
            return ["the scheduler is not running"]
        now, reasons = self._monotonic(), []
        if now - self._worked > self.limit_seconds:
            reasons.append(f"no tick has gone well for {now - self._worked:.0f} s")
        # Ticks may go well all the same: a nearly full disk has room for a lease and none for a page.
        first, last = self._lost or (now, now)
        if last - first > self.limit_seconds and now - last < _RECENT * self.limit_seconds:
            reasons.append(f"checks could not be recorded for {now - first:.0f} s")
        return reasons


class HealthReporter:
    """What the web tells of the service."""

    def __init__(self, database: Database, metrics: Metrics, ask: Callable[[str], Any] | None) -> None:
        """Put together.

        Args:
            database: What is shown.
            metrics: What the web's own process counts, and gauges of the database.
            ask: Asks the supervisor (see `pagewitness.service.control.ask`); None where the web runs alone, without a service.
        """
        self._database = database
        self._ask = ask
        self.metrics = metrics

    def stopped(self) -> list[str]:
        """Why the service should be started again; empty while it lives."""
        return [_NO_ANSWER] if self._ask is not None and self.processes() is None else []

    def processes(self) -> dict[str, Any] | None:
        """How the service's processes are, as `pagewitness.service.supervisor.Supervisor.status` says; None where nobody answers, or there are none."""
        return None if self._ask is None else self._ask("status")

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Metrics of the database and of all processes, and their media type."""
        if self._ask is None:
            return self.metrics.exposition(accept)
        return self.metrics.exposition(accept, counted=self._ask("metrics") or [], processes=self.processes())

    def unready(self) -> list[str]:
        """Why it cannot do its work now; empty where it can."""
        reasons: list[str] = []
        if self._ask is not None:
            status = self.processes()
            reasons = [_NO_ANSWER] if status is None else list(status["problems"])
        try:
            check_ready(self._database)
        except PagewitnessError as error:
            # The message may say where the database is: that is for the log.
            trouble = self._database.file.trouble() if self._database.file is not None else None
            reasons.append(f"the database cannot be worked with ({trouble or type(error).__name__})")
        return reasons


class GuardedJob:
    """A job whose fault is logged, once a minute, and tried again: the clock must not stop."""

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
        self._seldom = ThrottledLogger(monotonic)
        self._failures = 0

    def __call__(self) -> bool:
        """Do it; whether it went well."""
        try:
            with self._metrics.timing(self.__name__):
                self._job()
        except Exception as error:  # noqa: BLE001 — whatever it is, it is logged and tried again
            self._failures += 1
            self._metrics.failed(self.__name__)
            self._seldom.complain("step failed, will be tried again", error, step=self.__name__)
            return False
        if self._failures:
            log.info("step works again", step=self.__name__, failures=self._failures)
            self._failures = 0
        return True


class ThrottledLogger:
    """Logs errors, but one of a kind only once a minute."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told: dict[str, float] = {}

    def complain(self, what: str, error: Exception, **more: object) -> None:
        """Log an error; one of ours by its message alone, any other with where it came from."""
        now, kind = self._monotonic(), f"{what} {type(error).__name__}"
        if now - self._told.get(kind, -SELDOM_SECONDS) < SELDOM_SECONDS:
            return
        self._told[kind] = now
        if isinstance(error, PagewitnessError):
            log.error(what, error=str(error), **more)
        else:
            log.error(what, error=type(error).__name__, exc_info=error, **more)
