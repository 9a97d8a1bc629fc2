"""The parent's side of one worker process, which runs one task at a time."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from pagewitness.workers.model import LimitExceeded, TaskFailed, WorkerCrashed, WorkerError, WorkerLimits, WorkerLost
from pagewitness.workers.safe_unpickle import load_answer
from pagewitness.workers.tasks import TASKS, Task

_START_SECONDS = 60.0  # to start and import: a slow start on a busy machine is not caused by the input
_END_SECONDS = 5.0
"""Time for a process that has closed its connection to end by itself."""
_FROM_OUTSIDE = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGIO})


class Worker:
    """A worker process.

    Attributes:
        tasks: Number of tasks it has received.
        needs_recycling: Whether its memory exceeds `WorkerLimits.resident_bytes`, so that it should be replaced.
        pid: Its process id.
    """

    def __init__(self, limits: WorkerLimits) -> None:
        self.tasks = 0
        self.needs_recycling = False
        self._limits = limits
        self._expired = False
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                [sys.executable, "-m", "pagewitness.workers.child", *map(str, self._arguments(theirs.fileno()))],
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONSAFEPATH": "1"},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C in the terminal reaches only the parent, which then ends the worker
            )
        self._connection = Connection(ours.detach())
        self.pid = self._process.pid

    def _arguments(self, descriptor: int) -> tuple[int, ...]:
        limits = self._limits
        seconds = round(limits.seconds) + 1
        return descriptor, limits.memory_bytes, seconds, limits.result_bytes, limits.resident_bytes

    def run(self, name: str, positional: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """Run a task and return its result; after any error the caller must kill the worker.

        Raises:
            WorkerError: The task returned no result; the subclass gives the reason.
        """
        self.tasks += 1
        task = TASKS[name]
        self._within(_START_SECONDS, lambda: self._load(name), WorkerLost)
        arguments = pickle.dumps((tuple(positional), dict(named)))
        answer = self._within(self._limits.seconds, lambda: self._exchange(arguments), LimitExceeded)
        return self._result(answer, task)

    def kill(self) -> None:
        """Kill the process and close the connection to it."""
        self._process.kill()
        self._process.wait()
        self._connection.close()

    def _load(self, name: str) -> bytes:
        self._connection.send_bytes(name.encode())
        return self._connection.recv_bytes(0)

    def _exchange(self, arguments: bytes) -> bytes:
        self._connection.send_bytes(arguments)
        return self._connection.recv_bytes(self._limits.result_bytes + 1024)

    def _within(self, seconds: float, talk: Any, late: type[WorkerError]) -> bytes:
        watchdog = threading.Timer(seconds, self._expire)
        watchdog.daemon = True
        watchdog.start()
        try:
            answer: bytes = talk()
        except (EOFError, OSError):
            raise self._ended(seconds, late) from None
        finally:
            watchdog.cancel()
        return answer

    def _expire(self) -> None:
        self._expired = True
        self._process.kill()

    def _ended(self, seconds: float, late: type[WorkerError]) -> WorkerError:
        # A process closes its connection before it has ended. Killed between the two, it would count as killed from outside.
        # See tests/pagewitness/workers/test_workers.py::test_a_process_that_is_about_to_end_is_not_taken_for_one_killed_from_outside.
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self._process.kill()  # it may still run, for example after an oversized answer
        code = self._process.wait()
        if self._expired:
            return late(f"it took longer than {seconds:g} s")
        if code == -signal.SIGXCPU:
            return LimitExceeded(f"it took more than {self._limits.seconds:g} s of processor time")
        if code < 0 and -code in _FROM_OUTSIDE:
            return WorkerLost(f"its worker process was ended by {signal.Signals(-code).name}")
        ended = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        return WorkerCrashed(f"its worker process ended {ended}")

    def _result(self, answer: bytes, task: Task) -> Any:
        try:
            status, value, self.needs_recycling = load_answer(answer, task.result)
        except (pickle.UnpicklingError, TypeError, ValueError) as error:
            raise TaskFailed(str(error)) from None
        if status == "memory":
            raise LimitExceeded(f"it took more than {self._limits.memory_bytes / 1024**2:,.0f} MiB of memory")
        if status == "size":
            raise LimitExceeded(f"its result is larger than {self._limits.result_bytes / 1024**2:,.0f} MiB")
        if status != "ok" or (type(value).__module__, type(value).__qualname__) != task.result:
            raise TaskFailed(str(value)[:200])
        return value
