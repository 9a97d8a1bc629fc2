"""A module for the fork server whose processes do what their role says, and report over their pipe what a test asks of them."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from pagewitness.service.child import Start

while os.environ.get("HANG"):
    time.sleep(1)

_fork = os.fork


def _fork_if_possible() -> int:
    """Fork, unless the process with the name in NO_FORK is being started."""
    request = sys._getframe(1).f_locals["request"]
    if request["name"] == os.environ.get("NO_FORK"):
        raise BlockingIOError("the system has no process left")
    return _fork()


os.fork = _fork_if_possible


def main(start: Start) -> None:
    configuration, reports, *_ = start.descriptors
    with os.fdopen(configuration, encoding="utf-8") as file:
        given = json.load(file)
    ACTIONS[start.role](start, given, reports)


def _describe(start: Start, given: dict[str, Any], reports: int) -> None:
    description = {
        "kind": "description",
        "name": start.name,
        "owner": start.owner,
        "given": given,
        "descriptors": len(start.descriptors),
        "initial_environment": Path("/proc/self/environ").read_text().split("\0"),
        "process_name": Path("/proc/self/comm").read_text().strip(),
        "parent": os.getppid(),
        "threads": threading.active_count(),
        "blocked": sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, ()))),
        "open_files": sorted(os.listdir("/proc/self/fd")),  # noqa: PTH208 (the folder's own descriptor is among them)
        "session": os.getsid(0) == os.getpid(),
    }
    os.write(reports, json.dumps(description).encode() + b"\n")


def _wait(_start: Start, _given: dict[str, Any], reports: int) -> None:
    os.write(reports, b'{"kind": "waiting"}\n')
    while True:
        time.sleep(1)


ACTIONS = {
    "extractor": _describe,
    "deliveries": _describe,
    "fetcher": _describe,
    "fetcher-alone": _describe,
    "web": _describe,
    "waits": _wait,
    "fails": lambda *_: sys.exit(7),
    "raises": lambda *_: int("seven"),
    "ends": lambda *_: None,
}
