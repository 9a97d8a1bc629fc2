"""First reading within hard limits: big bodies are read in a process of their own, which may die of them in our stead.

A parser cannot be interrupted, and one that runs out of memory takes its process along. So a body above a size is read by a worker whose address
space, processor time and time on the wall are limited; what becomes of it there is one page's fault, never the service's. Small bodies are read
here: what they can cost is bounded by `monitor.clean.depth`.

A worker is a fresh interpreter (a fork of a process with threads may inherit a lock that nobody gives back), without our environment, and is used
for many pages. `python -m pagewitness.parsing` is its side.
"""

from __future__ import annotations

import io
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from multiprocessing.connection import Connection
from typing import Any

from monitor import model
from monitor.errors import PagewitnessError
from monitor.model import FactDefinition, Snapshot, Version
from monitor.understand import Understanding, understand

_REMEMBERED = 10_000  # snapshots whose faults are counted at a time
_LONGEST_REASON = 200
_ANSWER = (Understanding.__module__, Understanding.__qualname__)


class ParserDied(PagewitnessError):
    """Reading a body broke the limits or the parser. The snapshot stays unread."""


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What reading one body may cost.

    Attributes:
        inline_bytes: Bodies up to this length are read in our own process.
        seconds: Longest time a body may take. Processor time is limited to the same, should nobody be left to watch the clock.
        memory_bytes: Address space of a worker, of which it takes some 30 MB for itself.
        workers: How many bodies are read apart at the same time; further ones wait.
        pages_a_worker: Bodies after which a worker is replaced, so that whatever leaks stays small.
        tries: How often a snapshot that does this to its parser is tried before it is left alone until the next start.
    """

    inline_bytes: int = 512 * 1024
    seconds: float = 20.0
    memory_bytes: int = 1024**3
    workers: int = 2
    pages_a_worker: int = 200
    tries: int = 3


class LimitedReading:
    """Reads as `monitor.understand.understand` does, from any thread. Workers are started when the first big body comes."""

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._room = threading.Semaphore(limits.workers)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._faults: dict[int, int] = {}

    def __call__(
        self, body: bytes, snapshot: Snapshot, facts: Sequence[FactDefinition], *, like: Version | None = None
    ) -> Understanding:
        """Read a body as the page that `snapshot` saw; `like` spares work where it is read in our own process.

        Raises:
            ParserDied: It took too long or too much memory, or killed its parser; or it did so too often before.
        """
        if len(body) <= self._limits.inline_bytes:
            return understand(body, snapshot, facts, like=like)
        if self._faults.get(snapshot.id, 0) >= self._limits.tries:
            raise ParserDied(
                f"snapshot {snapshot.id} could not be read {self._limits.tries} times and is left alone until the next start"
            )
        try:
            with self._room:
                return self._apart(body, snapshot, facts)
        except ParserDied:
            self._count(snapshot.id)
            raise

    def close(self) -> None:
        """End the workers that are idle; one that is reading ends after its page."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill()

    def _apart(self, body: bytes, snapshot: Snapshot, facts: Sequence[FactDefinition]) -> Understanding:
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        worker = worker or _Worker(self._limits)
        try:
            read = worker.read(body, snapshot, facts)
        except BaseException:
            worker.kill()
            raise
        if worker.pages < self._limits.pages_a_worker:
            with self._lock:
                self._idle.append(worker)
        else:
            worker.kill()
        return read

    def _count(self, snapshot_id: int) -> None:
        with self._lock:
            if len(self._faults) >= _REMEMBERED:
                self._faults.pop(next(iter(self._faults)))
            self._faults[snapshot_id] = self._faults.get(snapshot_id, 0) + 1


class _Worker:
    """Our side of a process that reads one body at a time.

    Attributes:
        pages: How many bodies it has read.
    """

    def __init__(self, limits: ParseLimits) -> None:
        self.pages = 0
        self._limits = limits
        self._expired = False
        ours, theirs = socket.socketpair()
        with theirs:
            arguments = [str(theirs.fileno()), str(limits.memory_bytes), str(round(limits.seconds) + 1)]
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                [sys.executable, "-m", "pagewitness.parsing", *arguments],
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONSAFEPATH": "1"},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # an interrupt from the terminal is for the service, which ends it in its own time
            )
        self._connection = Connection(ours.detach())

    def read(self, body: bytes, snapshot: Snapshot, facts: Sequence[FactDefinition]) -> Understanding:
        self.pages += 1
        watchdog = threading.Timer(self._limits.seconds, self._expire)
        watchdog.start()
        try:
            self._connection.send_bytes(pickle.dumps((body, snapshot, tuple(facts))))
            answer = _Nouns(io.BytesIO(self._connection.recv_bytes())).load()
        except (EOFError, OSError):
            raise ParserDied(f"reading snapshot {snapshot.id} apart failed: {self._why()}") from None
        except pickle.UnpicklingError as error:
            raise ParserDied(f"reading snapshot {snapshot.id} apart failed: {error}") from None
        finally:
            watchdog.cancel()
        if not isinstance(answer, Understanding):
            raise ParserDied(f"reading snapshot {snapshot.id} apart failed: {answer}")
        return answer

    def kill(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._connection.close()

    def _expire(self) -> None:
        self._expired = True
        self._process.kill()

    def _why(self) -> str:
        code = self._process.wait()
        if self._expired:
            return f"it took longer than {self._limits.seconds:g} s"
        if code == -signal.SIGXCPU:
            return f"it took more than {self._limits.seconds:g} s of processor time"
        return f"the parser ended by {signal.Signals(-code).name}" if code < 0 else f"the parser ended with {code}"


class _Nouns(pickle.Unpickler):
    """Takes nothing but the heart's nouns from a process that has read what a stranger wrote."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "getattr"):
            return _word
        if (module.startswith("monitor.model.") and name in model.__all__) or (module, name) == _ANSWER:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"the parser answered with a {module}.{name}")


def _word(kind: Any, name: Any) -> Enum:
    """A word of a closed list, as the first releases of Python 3.11 write one: as an attribute. No other attribute is given."""
    if isinstance(kind, type) and issubclass(kind, Enum) and name in kind.__members__:
        return kind[name]
    raise pickle.UnpicklingError("the parser answered with an attribute")


# --- the worker's side


def serve(descriptor: int, memory_bytes: int, cpu_seconds: int) -> None:
    """Read what comes in over a socket until it is closed."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # meant for the service; when that ends, the socket does
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    connection = Connection(descriptor)
    while True:
        try:
            body, snapshot, facts = pickle.loads(connection.recv_bytes())  # noqa: S301 (it is ours)
        except EOFError:
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + cpu_seconds
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        connection.send_bytes(pickle.dumps(_read(body, snapshot, facts)))


def _read(body: bytes, snapshot: Snapshot, facts: Sequence[FactDefinition]) -> Understanding | str:
    try:
        return understand(body, snapshot, facts)
    except MemoryError:
        return "it took too much memory"
    except Exception as error:  # noqa: BLE001 — whatever it is, it is told to our own process
        return f"{type(error).__name__}: {error}"[:_LONGEST_REASON]


if __name__ == "__main__":
    serve(*map(int, sys.argv[1:4]))
