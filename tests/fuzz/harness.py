"""Gives generated inputs to a target that runs in a process with limits, and tells what hangs, eats memory, raises or dies, with the least input that does it.

A target is a function of bytes, named "module:function". It may raise PagewitnessError or end; all else is a fault. Time is processor time, so that a busy
machine makes no fault; one that waits for something is given `PATIENCE_SECONDS` by the clock.

PAGEWITNESS_FUZZ_SECONDS is how long each fuzzer goes on (20), PAGEWITNESS_FUZZ_SEED chooses other inputs than those of every run:

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
"""How long a fuzzer goes on."""
SEED = os.environ.get("PAGEWITNESS_FUZZ_SEED")
INPUT_SECONDS = 5
"""Processor time that an input may take."""
MEMORY_BYTES = 1024**3
"""Address space of a target's process."""
_OURS = re.compile(r"/(?:monitor|alerts|storage|pagewitness)/")
_MINIMISING_SECONDS = 30
_SHOWN_BYTES = 1500
_REPEATED = re.compile(rb"(.{1,200}?)\1{7,}", re.DOTALL)


@dataclass(frozen=True)
class Limits:
    """What one input may cost.

    Attributes:
        seconds: Processor time.
        memory_bytes: Address space, the interpreter's own included.
    """

    seconds: int = INPUT_SECONDS
    memory_bytes: int = MEMORY_BYTES


@dataclass(frozen=True)
class Fault:
    """What went wrong with an input.

    Attributes:
        kind: "hang", "memory", "exception" or "died".
        place: Where, as far as that is known: faults of one kind at one place are one.
        detail: What to show.
        data: The input.
    """

    kind: str
    place: str
    detail: str
    data: bytes

    @property
    def same(self) -> tuple[str, str]:
        """Equal for the same fault with another input. Where a hang is caught is chance."""
        return self.kind, "" if self.kind == "hang" else self.place

    def __str__(self) -> str:
        shown = shortened(self.data)
        if len(shown) > _SHOWN_BYTES:
            with tempfile.NamedTemporaryFile(prefix="fuzz-", delete=False) as file:
                file.write(self.data)
            shown = f"{shown[:_SHOWN_BYTES]}… ({len(self.data)} bytes, in {file.name})"
        return f"{self.kind} at {self.place}: {self.detail}\n{shown}"


def shortened(data: bytes) -> str:
    """Bytes as Python writes them, what is repeated only once: b'<a>' * 3000 + b'b'."""
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
    """What came of a run.

    Attributes:
        target: What was run.
        inputs: How many inputs it was given.
        slowest: The most processor time that one of them took, in seconds.
        faults: Each fault once, with the least input that was found.
    """

    target: str
    inputs: int = 0
    slowest: float = 0.0
    faults: list[Fault] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{self.target}: {self.inputs} inputs, the slowest {self.slowest:.2f} s, {len(self.faults)} faults"]
        return "\n\n".join([*lines, *map(str, self.faults)])


class Target:
    """A target's process, replaced whenever it died."""

    def __init__(self, name: str, limits: Limits = Limits()) -> None:
        self.name = name
        self.spent = 0.0
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None

    def run(self, data: bytes) -> Fault | None:
        """Give it an input. None where nothing is wrong; `spent` is then the processor time that it took."""
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
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._connection is not None:
            self._connection.close()
            self._errors.close()
        self._process = self._connection = None

    def _start(self) -> Connection:
        ours, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the process)
        with theirs:
            limits = [str(self._limits.seconds), str(self._limits.memory_bytes)]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.child", str(theirs.fileno()), self.name, *limits],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
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
    """Ends a run of Hypothesis, which lets nothing else through."""


def fuzz(
    name: str,
    inputs: SearchStrategy[bytes],
    *,
    seconds: float = SECONDS,
    limits: Limits = Limits(),
    most_inputs: int | None = None,
) -> Report:
    """Give a target inputs until the time is up, or it had so many. The inputs are the same in each run, as far as it gets."""
    report, found = Report(name), dict[tuple[str, str], Fault]()
    with closing(Target(name, limits)) as target:
        target.run(b"")  # starts it: that is not part of the time
        for data in islice(generated(inputs, time.monotonic() + seconds), most_inputs):
            # What it did once may have come from elsewhere: a machine that stood still, a signal meant for another.
            fault = target.run(data) and target.run(data)
            report.inputs += 1
            if fault is None:
                report.slowest = max(report.slowest, target.spent)
            elif fault.same not in found or len(data) < len(found[fault.same].data):
                found[fault.same] = fault
        report.faults = [_least(fault, target) for fault in found.values()]
    return report


def generated(inputs: SearchStrategy[bytes], until: float) -> Iterator[bytes]:
    """Inputs until that time. In batches, because Hypothesis calls and is not called."""
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
    """The same fault with as few bytes as can be found in a while: pieces are left out, ever smaller ones."""
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
