"""The supervisor's side of one process: starting it, hearing its reports, ending it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from pagewitness.clock import system_clock
from pagewitness.service.reports import Lines
from pagewitness.settings import FREE_SUFFIXES, Settings

_READ_BYTES = 65_536
# They alone need the secrets that the watchlist names.
_SENDS = "deliveries"
# glibc's: few arenas, as each keeps what its threads once needed; and large blocks given back when they are freed, also after many of them.
_MALLOC = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "1048576"}


@dataclass(frozen=True, slots=True)
class Work:
    """A snapshot that a process is processing.

    Attributes:
        page_id: Its page.
        snapshot_id: The snapshot.
        since: Since when, on the monotonic clock.
        seconds: How long that may take.
    """

    page_id: int
    snapshot_id: int
    since: float
    seconds: float


class Launch(Protocol):
    """Starts a process of the service."""

    def __call__(self, name: str, role: str, settings: Settings, listening: int | None) -> Process:
        """Start one.

        Args:
            name: "extractor-2".
            role: "extractor".
            settings: What it works with.
            listening: Descriptor of the web's listening socket.

        Raises:
            OSError: The system cannot start it.
        """
        ...


class Process:
    """A process that runs.

    Attributes:
        owner: In whose name it holds leases and claims.
        started_at: When it was started, on the monotonic clock.
        since: When it was started.
        heard_at: When it last reported, on the monotonic clock.
        is_ready: Whether it has started.
        has_worked: Whether it has archived or processed a snapshot.
        code: Its reading version; "" before it is ready.
        work: What it processes now; None where it does nothing.
        problems: Why it cannot do its work just now.
        write_error: Why its last write into the database failed; "" where it did not.
        kill_reason: Why it was ended the hard way; "" where it was not.
        exceeded: Whether that was by its own doing.
        is_silent: Whether it has closed its reports.
    """

    def __init__(self, owner: str, process: subprocess.Popen[bytes], reports: int, lifeline: int) -> None:
        self.owner = owner
        self.started_at = self.heard_at = time.monotonic()
        self.since: datetime = system_clock()
        self.is_ready = self.has_worked = self.exceeded = self.is_silent = False
        self.code = self.kill_reason = self.write_error = ""
        self.work: Work | None = None
        self.problems: Sequence[str] = []
        self.reports = reports
        self._process = process
        self._lifeline = lifeline
        self._lines = Lines()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def hear(self) -> list[dict[str, Any]]:
        """What it has reported since the last call.

        Raises:
            ValueError: This is no report.
        """
        heard: list[dict[str, Any]] = []
        with suppress(BlockingIOError):
            while not self.is_silent and (data := os.read(self.reports, _READ_BYTES)):
                heard += self._lines.feed(data)
            self.is_silent = True
        return heard

    def forgive(self, seconds: float) -> None:
        """Let it be silent, or at work, for so many seconds more."""
        self.heard_at += seconds
        if self.work is not None:
            work = self.work
            self.work = Work(work.page_id, work.snapshot_id, work.since + seconds, work.seconds)

    def wake(self) -> None:
        """Tell it that there may be something to do."""
        with suppress(OSError):
            os.write(self._lifeline, b"w")

    def poll(self) -> int | None:
        """What it ended with, a signal's number as a negative one; None while it runs."""
        return self._process.poll()

    def wait(self) -> None:
        """Wait for its end."""
        self._process.wait()

    def terminate(self) -> None:
        """Ask it to end in good order."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    def kill(self, why: str, *, exceeded: bool = False) -> None:
        """End it, whatever it is doing; `exceeded` where it brought that about itself."""
        if self._process.poll() is None and not self.kill_reason:
            self.kill_reason, self.exceeded = why, exceeded
            self._process.kill()

    def memory_bytes(self) -> int | None:
        """What it takes of the machine's memory, its share of what is shared; None where the system does not say."""
        try:
            lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
        except (OSError, ValueError, StopIteration):
            return None

    def close(self) -> None:
        """Give its descriptors back."""
        os.close(self.reports)
        os.close(self._lifeline)


def start(
    name: str,
    role: str,
    settings: Settings,
    listening: int | None,
    *,
    module: Sequence[str] = ("-m", "pagewitness.service.child"),
    environ: Mapping[str, str] = os.environ,
) -> Process:
    """Start a process of the service: a fresh interpreter, as a fork of a process with threads may inherit a lock that nobody gives back.

    Args:
        name: "extractor-2".
        role: "extractor".
        settings: What it works with; they go over its standard input, where no list of processes shows a password.
        listening: Descriptor of the web's listening socket; for the web only.
        module: What the interpreter runs.
        environ: The environment, which the process gets without secrets, unless it is the one that sends.

    Raises:
        OSError: The system cannot start it.
    """
    owner = f"{socket.gethostname()}:{os.getpid()}:{name}:{uuid.uuid4().hex[:8]}"
    reads, reports = os.pipe()
    lifeline, writes = os.pipe()
    passed = [reports, lifeline, *([listening] if listening is not None and role == "web" else [])]
    try:
        process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            [sys.executable, *module, name, role, owner, str(os.getpid()), *map(str, passed)],
            env={**_environment(role, environ), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.PIPE,
            pass_fds=passed,
            start_new_session=True,  # an interrupt from the terminal is for the supervisor, which ends it in good order
        )
    except OSError:
        os.close(reads)
        os.close(writes)
        raise
    finally:
        os.close(reports)
        os.close(lifeline)
    os.set_blocking(reads, False)
    os.set_blocking(writes, False)
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin as stdin:
        stdin.write(settings.model_dump_json().encode())
    return Process(owner, process, reads, writes)


def _environment(role: str, environ: Mapping[str, str]) -> dict[str, str]:
    environ = {**_MALLOC, **environ}
    if role == _SENDS:
        return environ
    return {name: value for name, value in environ.items() if not name.endswith(FREE_SUFFIXES)}
