"""Resource limits and attributes of a process that the operating system keeps, and the exit codes that show that a limit was exceeded."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

EXIT_MEMORY = 71
"""Exit code of a process that reached its memory limit."""

_CRASHES = frozenset(
    {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE, signal.SIGSYS, signal.SIGTRAP}
)
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15


def limit_memory(more_bytes: int) -> None:
    """Limit this process's address space to its current size plus `more_bytes`, and disable core files."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit = _address_space() + more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def limit_cpu(seconds: float) -> None:
    """Limit the processor time of this process from now on, rounded up to whole seconds; SIGXCPU ends it at the limit."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _address_space() -> int:
    """Return the bytes of address space in use; 256 MiB if the system does not provide the value."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 256 * 1024**2


def end_with_parent(parent: int) -> None:
    """On Linux, have the kernel kill this process when `parent` ends: a thread could not react while other code holds the GIL."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # the parent ended before the call


def set_process_name(name: str) -> None:
    """On Linux, set the name that `ps -o comm` and `top` show; the kernel keeps its first 15 bytes."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def excess(code: int) -> str:
    """Return which limit was exceeded, or how the process crashed, from its exit code; "" if neither."""
    if code == EXIT_MEMORY:
        return "it took too much memory"
    if code == -signal.SIGXCPU:
        return "it took too much processor time"
    if code < 0 and -code in _CRASHES:
        return f"it crashed with {signal.Signals(-code).name}"
    return ""


def ended(code: int) -> str:
    """Describe an exit code in words, for logs and status."""
    if code >= 0:
        return f"it ended with exit code {code}"
    try:
        return f"it was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was ended by signal {-code}"
