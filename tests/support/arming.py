"""How a test instructs the processes of a service at which seam one of them is to die, and learns which one did: files in a folder.

`armed` holds the seam, the crossing and a serial number. Every process counts crossings by itself; the first one to create `report-<serial>.json` dies.
`owner-<pid>` holds in whose name a process has its leases.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.seams import Countdown, Item

FOLDER = "MORTAL_FOLDER"
"""The environment variable that names the folder."""


@dataclass(frozen=True)
class Death:
    """A process that died at a seam: its number, its name ("extractor-2") and what was at stake."""

    pid: int
    name: str
    item: Item


class Arming:
    """The test's side."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._serial = 0

    def arm(self, seam: str, crossings: int) -> None:
        """From now on the process dies that first crosses a seam for the n-th time."""
        self._serial += 1
        new = self.folder / "armed.new"
        new.write_text(json.dumps([seam, crossings, self._serial]))
        new.rename(self.folder / "armed")

    def death(self) -> Death | None:
        """Who died of the last arming; None before."""
        try:
            report = (self.folder / f"report-{self._serial}.json").read_text()
        except FileNotFoundError:
            return None
        if not report:
            return None  # it is being written
        pid, name, item = json.loads(report)
        return Death(pid, name, tuple(item))

    def owner(self, pid: int) -> str | None:
        """In whose name a process has its leases; None before it has come so far as to have any."""
        try:
            return (self.folder / f"owner-{pid}").read_text() or None
        except FileNotFoundError:
            return None


class Executioner:
    """A process's side: to be called at each crossing of a seam, from any thread."""

    def __init__(self, folder: Path, name: str, owner: str) -> None:
        self._folder = folder
        self._name = name
        self._armed = folder / "armed"
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._countdown, self._serial = Countdown("", 0), 0
        (folder / f"owner-{os.getpid()}").write_text(owner)

    def __call__(self, seam: str, *item: str | int) -> None:
        countdown, serial = self._current()
        if countdown.is_over(seam):
            self._die(serial, item)

    def _current(self) -> tuple[Countdown, int]:
        """The countdown of the present arming, started again with each."""
        with self._lock:
            try:
                found = self._armed.stat()
            except FileNotFoundError:
                return self._countdown, self._serial
            if (seen := (found.st_mtime_ns, found.st_ino)) != self._seen:
                self._seen = seen
                seam, crossings, self._serial = json.loads(self._armed.read_bytes())
                self._countdown = Countdown(seam, crossings)
            return self._countdown, self._serial

    def _die(self, serial: int, item: tuple[Any, ...]) -> None:
        try:
            file = os.open(self._folder / f"report-{serial}.json", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            return  # another process was first
        os.write(file, json.dumps([os.getpid(), self._name, item]).encode())
        os.kill(os.getpid(), signal.SIGKILL)
