"""The supervisor's side of one process: receives its reports and ends it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from pagewitness.clock import system_clock
from pagewitness.service.reports import Lines
from pagewitness.settings import Settings

_READ_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Work:
    """The snapshot that a process is processing.

    Attributes:
        page_id: Id of the page.
        snapshot_id: Id of the snapshot.
        since: When processing began, on the monotonic clock.
        seconds: Maximum duration.
    """

    page_id: int
    snapshot_id: int
    since: float
    seconds: float


class Handle(Protocol):
    """What the operating system knows of a process."""

    @property
    def pid(self) -> int | None:
        """The process id; None before it has one."""
        ...

    @property
    def failure(self) -> str:
        """Why it could not be started; "" if it was, or may still be."""
        ...

    def poll(self) -> int | None:
        """Return its exit code, negative if it was ended by a signal; None while it runs."""
        ...

    def wait(self) -> int:
        """Wait for it to end, and return its exit code."""
        ...

    def send_signal(self, number: int, /) -> None:
        """Send a signal; does nothing if it has ended."""
        ...


class Launch(Protocol):
    """Starts a process of the service."""

    def __call__(self, name: str, role: str, settings: Settings, listening: int | None) -> Process:
        """Start a process.

        Args:
            name: Unique name, for example "extractor-2".
            role: Role, for example "extractor".
            settings: The settings of the process.
            listening: File descriptor of the web's listening socket.

        Raises:
            OSError: The system cannot start the process.
        """
        ...


class Process:
    """A running process.

    Attributes:
        owner: Owner of its leases and claims.
        started_at: When it was started, on the monotonic clock.
        since: When it was started.
        last_report_at: When it last reported, on the monotonic clock.
        is_ready: Whether it has finished starting.
        has_worked: Whether it has archived or processed a snapshot.
        code: Its parser version; "" before it is ready.
        work: The snapshot in process; None while it is idle.
        problems: Why it cannot work at present.
        write_error: Why its last write to the database failed; "" if it succeeded.
        kill_reason: Why it was killed; "" if it was not.
        exceeded: Whether it was killed because it exceeded a limit.
        is_silent: Whether it has closed its report pipe.
    """

    def __init__(self, owner: str, handle: Handle, reports: int, lifeline: int) -> None:
        self.owner = owner
        self.started_at = self.last_report_at = time.monotonic()
        self.since: datetime = system_clock()
        self.is_ready = self.has_worked = self.exceeded = self.is_silent = False
        self.code = self.kill_reason = self.write_error = ""
        self.work: Work | None = None
        self.problems: Sequence[str] = []
        self.reports = reports
        self._handle = handle
        self._lifeline = lifeline
        self._lines = Lines()

    @property
    def pid(self) -> int | None:
        """The process id; None before it has one."""
        return self._handle.pid

    @property
    def failure(self) -> str:
        """Why it could not be started; "" if it was, or may still be."""
        return self._handle.failure

    def receive(self) -> list[dict[str, Any]]:
        """Return the reports received since the last call.

        Raises:
            ValueError: The process sent a malformed report.
        """
        received: list[dict[str, Any]] = []
        with suppress(BlockingIOError):
            while not self.is_silent and (data := os.read(self.reports, _READ_BYTES)):
                received += self._lines.feed(data)
            self.is_silent = True
        return received

    def forgive(self, seconds: float) -> None:
        """Extend its time limits by `seconds`, for silence and for the current work."""
        self.last_report_at += seconds
        if self.work is not None:
            work = self.work
            self.work = Work(work.page_id, work.snapshot_id, work.since + seconds, work.seconds)

    def wake(self) -> None:
        """Notify it that there may be work."""
        with suppress(OSError):
            os.write(self._lifeline, b"w")

    def poll(self) -> int | None:
        """Return its exit code, negative if it was ended by a signal; None while it runs."""
        return self._handle.poll()

    def wait(self) -> None:
        """Wait for it to end."""
        self._handle.wait()

    def terminate(self) -> None:
        """Send SIGTERM."""
        with suppress(ProcessLookupError):
            self._handle.send_signal(signal.SIGTERM)

    def kill(self, why: str, *, exceeded: bool = False) -> None:
        """Send SIGKILL and store the reason; `exceeded` if it exceeded a limit. Only the first call has an effect."""
        if self._handle.poll() is None and not self.kill_reason:
            self.kill_reason, self.exceeded = why, exceeded
            self._handle.send_signal(signal.SIGKILL)

    def memory_bytes(self) -> int | None:
        """Return its proportional set size (PSS) in bytes; None if the system does not provide it."""
        try:
            lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
        except (OSError, ValueError, StopIteration):
            return None

    def close(self) -> None:
        """Close its pipes."""
        os.close(self.reports)
        os.close(self._lifeline)
