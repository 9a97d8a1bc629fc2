"""The resources of a service: a supervisor and its processes together, as reported by /proc."""

from __future__ import annotations

import os
import re
from pathlib import Path


def family(pid: int) -> list[int]:
    """A process and those that it started and that still run; only itself where the system does not say."""
    found = [pid]
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += family(int(child))
    except OSError:
        pass  # it ended this moment
    return found


def pss(pid: int) -> int:
    """Bytes of memory of one process, its share of what is shared; 0 where it has ended."""
    return memory(pid)[0]


def memory(pid: int) -> tuple[int, int]:
    """Bytes of memory of one process: its share of what is shared, and all of it; zeros where it has ended.

    A process that writes to memory it shares since it was forked makes only the first grow; a leak makes both grow.
    """
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0, 0
    return int(_field("Pss", rollup)) * 1024, int(_field("Rss", rollup)) * 1024


def threads_and_files(pid: int) -> tuple[int, int]:
    """How many threads and open files one process has; none where it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        return int(_field("Threads", status)), len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return 0, 0


def name_of(pid: int) -> str:
    """What `ps -o comm` calls one process; "" where it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _field(name: str, text: str) -> str:
    found = re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)
    return found[1] if found else "0"


def cpu_seconds(pid: int) -> float:
    """Processor time that one process has used; 0 where it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busy_seconds() -> float:
    """Processor time that the machine has spent on anything since it was started, all processors together; what its host took for others is among it."""
    user, nice, system, _, _, interrupts, soft, steal = map(
        int, Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]
    )
    return (user + nice + system + interrupts + soft + steal) / os.sysconf("SC_CLK_TCK")
