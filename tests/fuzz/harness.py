"""Fuzzing harness: runs a target on generated inputs in a process with limits, and reports faults, each with the smallest input found.

A target is a function of bytes, named "module:function". It may return, raise PagewitnessError or exit. A fault is any other exception, a crash, or more
processor time or memory than allowed. Processor time does not depend on the load of the machine; a target that waits is limited to `PATIENCE_SECONDS`.

PAGEWITNESS_FUZZ_SECONDS sets the duration of each fuzzer (20 s by default), PAGEWITNESS_FUZZ_SEED other inputs than the default:

    PAGEWITNESS_FUZZ_SECONDS=1800 make test-slow TEST_ARGS="tests/fuzz -s"
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection

import hypothesis
from hypothesis import HealthCheck, Phase, given
from hypothesis.strategies import SearchStrategy

from tests.support.patience import PATIENCE_SECONDS

SECONDS = float(os.environ.get("PAGEWITNESS_FUZZ_SECONDS") or 20)
"""Duration of a fuzzer."""
SEED = os.environ.get("PAGEWITNESS_FUZZ_SEED")
INPUT_SECONDS = 5
"""Processor time limit for one input."""
MEMORY_BYTES = 1024**3
"""Address space limit of a target's process."""
_OURS = re.compile(r"/(?:monitor|alerts|storage|pagewitness)/")
# A file system in memory, where there is one: databases that last for one input need not reach a disk.
_MEMORY = "/dev/shm"
_MINIMISING_SECONDS = 30
_SHOWN_BYTES = 1500
_REPEATED = re.compile(rb"(.{1,200}?)\1{7,}", re.DOTALL)


@dataclass(frozen=True)
class Limits:
    """Limits for one input.

    Attributes:
        seconds: Processor seconds.
        memory_bytes: Address space of the process, including the interpreter.
    """

    seconds: int = INPUT_SECONDS
    memory_bytes: int = MEMORY_BYTES


@dataclass(frozen=True)
class Fault:
    """A fault, and the input that causes it.

    Attributes:
        kind: "hang", "memory", "exception" or "died".
        place: Source line, or "unknown". Faults of one kind at one place count as one fault.
        detail: Message.
        data: The input.
    """

    kind: str
    place: str
    detail: str
    data: bytes

    @property
    def same(self) -> tuple[str, str]:
        """Key that is equal for the same fault with another input. The place of a hang is arbitrary, so it is left out."""
        return self.kind, "" if self.kind == "hang" else self.place

    def __str__(self) -> str:
        shown = shortened(self.data)
        if len(shown) > _SHOWN_BYTES:
            with tempfile.NamedTemporaryFile(prefix="fuzz-", delete=False) as file:
                file.write(self.data)
            shown = f"{shown[:_SHOWN_BYTES]}… ({len(self.data)} bytes, in {file.name})"
        return f"{self.kind} at {self.place}: {self.detail}\n{shown}"


def shortened(data: bytes) -> str:
    """Return a Python expression for bytes, with repetitions abbreviated: b'<a>' * 3000 + b'b'."""
    parts: list[str] = []
    at = 0
    for found in _REPEATED.finditer(data):
        if found.start() > at:
            parts.append(repr(data[at : found.start()]))
        parts.append(f"{found[1]!r} * {len(found[0]) // len(found[1])}")
        at = found.end()
    if at < len(data) or not parts:
        parts.append(repr(data[at:]))
    return " + ".join(parts)


@dataclass
class Report:
    """Result of a run.

    Attributes:
        target: Name of the target.
        inputs: Number of inputs run.
        slowest: Processor seconds of the slowest input without a fault.
        faults: Each fault once, with the smallest input found.
    """

    target: str
    inputs: int = 0
    slowest: float = 0.0
    faults: list[Fault] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{self.target}: {self.inputs} inputs, the slowest {self.slowest:.2f} s, {len(self.faults)} faults"]
        return "\n\n".join([*lines, *map(str, self.faults)])


class Target:
    """A target's process; a new one is started after it died.

    Attributes:
        name: Name of the target.
        spent: Processor seconds of the last input without a fault.
    """

    def __init__(self, name: str, limits: Limits = Limits()) -> None:
        self.name = name
        self.spent = 0.0
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def run(self, data: bytes) -> Fault | None:
        """Run the target on an input; return the fault, or None and set `spent`."""
        connection = self._connection or self._start()
        try:
            connection.send_bytes(data)
            if not connection.poll(PATIENCE_SECONDS):
                self.close()
                return Fault("hang", "unknown", f"no answer for {PATIENCE_SECONDS} s", data)
            answer = connection.recv()
        except (EOFError, OSError):
            return self._died(data)
        if isinstance(answer, float):
            self.spent = answer
            return None
        return Fault(*answer, data)

    def close(self) -> None:
        """Kill the process and remove its files."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._connection is not None:
            self._connection.close()
            self._errors.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._process = self._connection = self._folder = None

    def _start(self) -> Connection:
        ours, theirs = socket.socketpair()
        # A target is killed in the middle of its work: its files are in a directory that is removed with it.
        self._folder = tempfile.TemporaryDirectory(prefix="fuzz-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        with theirs:
            limits = [str(self._limits.seconds), str(self._limits.memory_bytes)]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.child", str(theirs.fileno()), self.name, *limits],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                env=os.environ | {"TMPDIR": self._folder.name},
            )
        self._connection = Connection(ours.detach())
        if not self._connection.poll(PATIENCE_SECONDS):
            self.close()
            raise TimeoutError(f"{self.name} did not start")
        self._connection.recv()
        return self._connection

    def _died(self, data: bytes) -> Fault:
        assert self._process is not None
        code = self._process.wait()
        self._errors.seek(0)
        traceback = self._errors.read().decode(errors="replace").strip()
        self.close()
        frames = [line.strip() for line in traceback.splitlines() if line.strip().startswith("File ")]
        ours = [frame for frame in frames if _OURS.search(frame)]
        place = next(iter(ours or frames), "unknown")
        kind = "hang" if code == -signal.SIGPROF else "died"
        return Fault(
            kind,
            place,
            f"more than {self._limits.seconds} s of processor time" if kind == "hang" else f"ended with {code}",
            data,
        )


class _TimeIsUp(KeyboardInterrupt):
    """Ends a run of Hypothesis, which handles every other exception."""


def fuzz(
    name: str,
    inputs: SearchStrategy[bytes],
    *,
    seconds: float = SECONDS,
    limits: Limits = Limits(),
    most_inputs: int | None = None,
) -> Report:
    """Run a target on generated inputs and report the faults. Every run with one seed generates the same inputs in the same order.

    Args:
        name: The target, "module:function".
        inputs: Generates the inputs.
        seconds: Duration, without minimising.
        limits: Limits for one input.
        most_inputs: Maximum number of inputs; None sets no maximum.
    """
    report, found = Report(name), dict[tuple[str, str], Fault]()
    with closing(Target(name, limits)) as target:
        target.run(b"")  # starts the process before the time is measured
        for data in islice(generated(inputs, time.monotonic() + seconds), most_inputs):
            # Run a second time, because a fault may have an external cause: a suspended machine, a signal meant for another process.
            fault = target.run(data) and target.run(data)
            report.inputs += 1
            if fault is None:
                report.slowest = max(report.slowest, target.spent)
            elif fault.same not in found or len(data) < len(found[fault.same].data):
                found[fault.same] = fault
        report.faults = [_least(fault, target) for fault in found.values()]
    return report


def generated(inputs: SearchStrategy[bytes], until: float) -> Iterator[bytes]:
    """Yield inputs until `until` on the monotonic clock, in batches, because Hypothesis calls a function and cannot be iterated over."""
    batch: list[bytes] = []
    run = 0
    while time.monotonic() < until:
        _collect(inputs, batch.append, until, f"{SEED or 'pagewitness'} {run}")
        yield from (data for data in batch if time.monotonic() < until)
        batch.clear()
        run += 1


def _collect(inputs: SearchStrategy[bytes], take: Callable[[bytes], None], until: float, seed: str) -> None:
    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=100,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs)
    def collect(data: bytes) -> None:
        if time.monotonic() > until:
            raise _TimeIsUp
        take(data)

    with suppress(_TimeIsUp):
        collect()


def _least(fault: Fault, target: Target) -> Fault:
    """Return the same fault with the smallest input found within `_MINIMISING_SECONDS`, by removing smaller and smaller pieces."""
    until = time.monotonic() + _MINIMISING_SECONDS
    size = max(len(fault.data) // 2, 1)
    while size >= 1 and time.monotonic() < until:
        start, smaller = 0, False
        while start < len(fault.data) and time.monotonic() < until:
            candidate = target.run(fault.data[:start] + fault.data[start + size :])
            if candidate is not None and candidate.same == fault.same:
                fault, smaller = candidate, True
            else:
                start += size
        if not smaller or size > len(fault.data):
            size //= 2
    return fault
