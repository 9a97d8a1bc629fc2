"""Process of a fuzz target: receives inputs, runs the target on each under limits, and sends back the result. `python -m tests.fuzz.child FD TARGET SECONDS BYTES`."""

from __future__ import annotations

import faulthandler
import importlib
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from monitor.errors import PagewitnessError

_ROOT = str(Path(__file__).parents[2])


def serve(descriptor: int, name: str, seconds: int, memory_bytes: int) -> None:
    """Run the target on each input received, until the connection is closed.

    Args:
        descriptor: Socket to the harness. For each input it carries the processor seconds used, or (kind, place, detail) of a fault.
        name: The target, "module:function".
        seconds: Processor time for one input; SIGPROF then ends the process.
        memory_bytes: Address space of the process.
    """
    for variable in [name for name in os.environ if name.startswith("PAGEWITNESS_")]:
        del os.environ[variable]
    module, _, function = name.partition(":")
    target: Callable[[bytes], object] = getattr(importlib.import_module(module), function)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.enable()
    faulthandler.register(signal.SIGPROF, chain=True)
    connection = Connection(descriptor)
    connection.send("ready")
    while True:
        try:
            data = connection.recv_bytes()
        except EOFError:
            return
        before = _spent()
        # Starts at zero for each input, unlike RLIMIT_CPU, whose clock drifts from `getrusage` on a busy virtual machine. SIGPROF ends the process.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        answer = _run(target, data)
        signal.setitimer(signal.ITIMER_PROF, 0)
        connection.send(answer or _spent() - before)


def _run(target: Callable[[bytes], object], data: bytes) -> tuple[str, str, str] | None:
    """Return the kind, place and detail of a fault; None where there is none."""
    try:
        target(data)
    except (PagewitnessError, SystemExit):
        return None
    except MemoryError as error:
        return "memory", _place(error), "more than the memory allowed"
    except BaseException as error:  # noqa: BLE001 — any other exception is a fault
        return "exception", _place(error), "".join(traceback.format_exception_only(error))[:500].strip()
    return None


def _place(error: BaseException) -> str:
    """Return the innermost line that belongs to this repository, or the innermost line if none does."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_ROOT) and "/.venv/" not in frame.filename]
    frame = (ours or frames)[-1]
    return f"{frame.filename.removeprefix(_ROOT + '/')}:{frame.lineno} {frame.name}"


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
