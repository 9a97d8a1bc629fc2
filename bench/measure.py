"""Measuring: what a child process used, and what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Row:
    """One phase of one program.

    Attributes:
        program: Who was measured.
        phase: Doing what.
        cpu_ms: User and system CPU milliseconds a page, without starting up.
        wall_ms: Milliseconds a page, likewise.
        rss_mb: Peak resident memory of the process, MiB.
        bytes_each: How much the database grew, bytes a page, after its log was folded in; None where there is none.
        stored_each: Of that, bodies and versions as compressed, bytes a page; None where there are none.
        start_ms: CPU milliseconds of starting up, once a process.
        note: What came of it.
    """

    program: str
    phase: str
    cpu_ms: float
    wall_ms: float
    rss_mb: float
    bytes_each: float | None = None
    stored_each: float | None = None
    start_ms: float = 0.0
    note: str = ""

    @property
    def pages_a_second(self) -> float:
        return 1000 / self.wall_ms


@dataclass(slots=True)
class Spent:
    """What a stretch of this process took, in seconds; filled in when it is over."""

    cpu: float = 0.0
    wall: float = 0.0


@contextmanager
def spending() -> Iterator[Spent]:
    """Measure this process, all its threads, over the block."""
    spent, wall, cpu = Spent(), time.perf_counter(), time.process_time()
    yield spent
    spent.cpu, spent.wall = time.process_time() - cpu, time.perf_counter() - wall


def peak_rss_mb(process: str | int = "self") -> float:
    """The most memory that a process has had, MiB; 0 where it is gone or this system does not say.

    Not getrusage's maxrss: a child begins that with its parent's memory.
    """
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


def child(module: str, root: Path = ROOT, **arguments: Any) -> dict[str, Any]:
    """Run a module of this package in a process of its own; returns what it prints, one JSON object.

    A fresh process for each phase: nothing that an earlier one cached or grew is counted.

    Args:
        module: Which.
        root: The checkout whose code is run.
        arguments: What its function takes.
    """
    command = [sys.executable, "-m", module, json.dumps(arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, cwd=root)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@dataclass(frozen=True, slots=True)
class Ran:
    """What a foreign program used: CPU and wall seconds, peak MiB."""

    cpu: float
    wall: float
    rss_mb: float


def run(command: Sequence[str | Path], log: Path) -> Ran:
    """Run a program to its end; its output goes to `log`.

    Raises:
        RuntimeError: It failed.
    """
    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=subprocess.STDOUT)
        # wait4 gives this child's own usage, where RUSAGE_CHILDREN would add up all that went before.
        done, peak = 0, 0.0
        while not done:
            peak = max(peak, peak_rss_mb(process.pid))
            time.sleep(0.02)
            done, status, used = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}; see {log}")
    return Ran(used.ru_utime + used.ru_stime, wall, peak)


def median_ms(work: Callable[[], object], rounds: int = 5) -> float:
    """Median CPU milliseconds of doing something."""
    taken = []
    for _ in range(rounds):
        with spending() as spent:
            work()
        taken.append(spent.cpu * 1000)
    return median(taken)
