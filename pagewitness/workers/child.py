"""Entry point of a worker process: `python -m pagewitness.workers.child DESCRIPTOR MEMORY_BYTES CPU_SECONDS RESULT_BYTES RESIDENT_BYTES`.

Messages over the socket: the name of a task, answered with an empty message when its code is imported; then its pickled arguments, answered with a
pickled (status, value, needs_recycling).
"""

from __future__ import annotations

import fcntl
import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pagewitness.workers.tasks import TASKS

OK, MEMORY, SIZE, ERROR = "ok", "memory", "size", "error"
"""Statuses of a finished task: success, out of memory, result too large, exception."""

_LONGEST_REASON = 200


def serve(descriptor: int, memory_bytes: int, cpu_seconds: int, result_bytes: int, resident_bytes: int) -> None:
    """Run tasks received over a socket until it is closed."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # only the parent reacts; when it ends, the socket closes
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    connection = Connection(descriptor)
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    try:
        while True:
            function = TASKS[connection.recv_bytes().decode()].load()
            connection.send_bytes(b"")
            arguments = connection.recv_bytes()
            _limit_processor_time(cpu_seconds)
            _end_with_parent(descriptor, on=True)
            if connection.poll():
                return  # the parent ended before SIGIO was enabled
            answer = _run(function, arguments, result_bytes, resident_bytes)
            _end_with_parent(descriptor, on=False)
            connection.send_bytes(answer)
    except (EOFError, OSError):
        return


def _limit_processor_time(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _end_with_parent(descriptor: int, *, on: bool) -> None:
    """Enable or disable SIGIO on the socket. While a task runs, the only event there is its end, and the signal ends this process."""
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC if on else flags & ~os.O_ASYNC)


def _run(function: Callable[..., Any], arguments: bytes, result_bytes: int, resident_bytes: int) -> bytes:
    try:
        positional, named = pickle.loads(arguments)  # noqa: S301 (from our own parent)
        answer = pickle.dumps((OK, function(*positional, **named), _is_worn(resident_bytes)))
    except MemoryError:
        return pickle.dumps((MEMORY, "", True))
    except Exception as error:  # noqa: BLE001 — any error is reported to the parent
        return pickle.dumps((ERROR, f"{type(error).__name__}: {error}"[:_LONGEST_REASON], False))
    return answer if len(answer) <= result_bytes else pickle.dumps((SIZE, "", True))


def _is_worn(resident_bytes: int) -> bool:
    # Not ru_maxrss, which on Linux is inherited from the parent process.
    try:
        resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return False
    return resident * resource.getpagesize() > resident_bytes


if __name__ == "__main__":
    serve(*map(int, sys.argv[1:6]))
