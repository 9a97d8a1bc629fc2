"""A slot of the supervisor: holds one process of the service after another, and schedules their restarts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pagewitness.service.process import Process

FETCHER, EXTRACTOR, DELIVERIES, WEB, CRASHING = "fetcher", "extractor", "deliveries", "web", "fetcher-alone"
"""The roles of processes."""

RESTART_SECONDS, LONGEST_RESTART_SECONDS = 0.5, 60.0
"""Restart backoff: the first wait, which doubles for each consecutive process that did no work, and the maximum."""


@dataclass(slots=True)
class ProcessSlot:
    """A slot that holds one process of the service and its successors.

    Attributes:
        name: Unique name, for example "extractor-2".
        role: Role, for example "extractor".
        process: The running process; None while there is none.
        restarts: Number of restarts.
        cause: Why the last process ended; "" before the first end.
        failures: Number of consecutive processes that did no work.
        due: When to start the next process, on the monotonic clock; None: not scheduled.
    """

    name: str
    role: str
    process: Process | None = None
    restarts: int = 0
    cause: str = ""
    failures: int = 0
    due: float | None = 0.0

    def schedule_restart(self, now: float, *, at_once: bool = False) -> None:
        """Set when to start the next process: after the restart backoff, or `at_once`."""
        wait = min(RESTART_SECONDS * 2 ** min(self.failures, 20), LONGEST_RESTART_SECONDS)
        self.due = now if at_once else now + wait
        self.failures += 0 if at_once else 1

    def problems(self) -> Sequence[str]:
        """Return why its process cannot work at present."""
        if self.process is None:
            return [f"it is not running: {self.cause}" if self.cause else "it is not running"]
        return self.process.problems if self.process.is_ready else ["it is starting"]

    def status(self, *, with_problems: bool) -> dict[str, Any]:
        """Return its state as shown by `status` and the web; `with_problems` unless it is normal that it is not running."""
        process = self.process
        status: dict[str, Any] = {
            "name": self.name,
            "state": "waiting" if process is None else "running" if process.is_ready else "starting",
            "pid": None,
            "since": None,
            "memory_bytes": None,
            "restarts": self.restarts,
            "last_end": self.cause,
            "problems": list(self.problems()) if with_problems else [],
            "snapshot": None,
        }
        if process is not None:
            status |= {"pid": process.pid, "since": process.since.isoformat(), "memory_bytes": process.memory_bytes()}
            status["snapshot"] = process.work.snapshot_id if process.work else None
        return status
