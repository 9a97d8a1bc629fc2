"""The clock of a process: APScheduler runs its few interval jobs, in memory. When a page is due is a column of the database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from pagewitness.service.liveness import GuardedJob, Liveness
from pagewitness.service.metrics import Metrics


class JobClock:
    """Calls jobs at intervals, each after its last call has ended. A job that raises is logged and called again."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._scheduler = BackgroundScheduler(timezone="UTC")

    def add(
        self,
        name: str,
        job: Callable[[], object],
        seconds: float,
        *,
        pulse: Liveness | None = None,
        goes_well: Callable[[], bool] = lambda: True,
    ) -> None:
        """Call a job every so many seconds.

        Args:
            name: What it is called in the log.
            job: What to call.
            seconds: How often.
            pulse: Hears of each call.
            goes_well: Whether a call that raised nothing counts as having gone well.
        """
        step = GuardedJob(name, job, self._metrics)

        def beating() -> None:
            assert pulse is not None
            pulse.tick(worked=False)
            pulse.tick(worked=step() and goes_well())

        self._scheduler.add_job(
            step if pulse is None else beating,
            "interval",
            seconds=seconds,
            id=name,
            next_run_time=datetime.now(UTC),  # noqa: TID251 (the scheduler's own clock is the wall clock)
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def hurry(self, name: str) -> None:
        """Call a job now, or as soon as its last call has ended."""
        with suppress(JobLookupError):  # it is ending
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))  # noqa: TID251

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """Call nothing more, and wait for what is under way."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
