"""Limits that the operating system keeps for a process, whatever code in it does; and ends that mean that one was exceeded."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

EXIT_MEMORY = 71
"""What a process ends with whose memory limit was reached."""

_CRASHES = frozenset(
    {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE, signal.SIGSYS, signal.SIGTRAP}
)
_PR_SET_PDEATHSIG = 1


def limit_memory(more_bytes: int) -> None:
    """Let this process take so many bytes of address space beyond what it has now, and leave no core file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit = _address_space() + more_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def limit_cpu(seconds: float) -> None:
    """Let this process take so many seconds of processor time from now on, rounded up; SIGXCPU ends it then."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _address_space() -> int:
    """Bytes of address space in use; 256 MiB where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 256 * 1024**2


def end_with_parent(parent: int) -> None:
    """Have the system end this process when `parent` ends, where the system can do that: code that holds Python's lock cannot notice it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # it ended before


def excess(code: int) -> str:
    """Why a process that ended with this code ended by its own doing: a limit that it exceeded or a crash; "" where it did not."""
    if code == EXIT_MEMORY:
        return "it took too much memory"
    if code == -signal.SIGXCPU:
        return "it took too much processor time"
    if code < 0 and -code in _CRASHES:
        return f"it crashed with {signal.Signals(-code).name}"
    return ""


def ended(code: int) -> str:
    """How a process ended, for people."""
    if code >= 0:
        return f"it ended with exit code {code}"
    try:
        return f"it was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was ended by signal {-code}"
