"""Interval jobs of a process, run by APScheduler in memory. When a page is due is a database column, not a job."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from pagewitness.service.liveness import GuardedJob, Liveness
from pagewitness.service.metrics import Metrics


class JobClock:
    """Calls jobs at intervals; calls of one job never overlap. A job that raises is logged and called again at the next interval."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._scheduler = BackgroundScheduler(timezone="UTC")

    def add(
        self,
        name: str,
        job: Callable[[], object],
        seconds: float,
        *,
        liveness: Liveness | None = None,
        is_success: Callable[[], bool] = lambda: True,
    ) -> None:
        """Add a job, called at once and then at every interval.

        Args:
            name: Name of the job, in logs and metrics.
            job: The function to call.
            seconds: The interval.
            liveness: Notified before and after each call.
            is_success: Returns whether a call that did not raise counts as successful.
        """
        step = GuardedJob(name, job, self._metrics)

        def watched() -> None:
            assert liveness is not None
            liveness.tick(worked=False)
            liveness.tick(worked=step() and is_success())

        self._scheduler.add_job(
            step if liveness is None else watched,
            "interval",
            seconds=seconds,
            id=name,
            next_run_time=datetime.now(UTC),  # noqa: TID251 (the scheduler's own clock is the wall clock)
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def hurry(self, name: str) -> None:
        """Call a job now, or as soon as its current call has ended."""
        with suppress(JobLookupError):  # the scheduler is shutting down
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))  # noqa: TID251

    def start(self) -> None:
        """Start calling the jobs."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop calling jobs and wait for running calls."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
