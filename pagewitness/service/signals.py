"""Signals of the service, received through a file descriptor."""

from __future__ import annotations

import os
import signal
from contextlib import suppress


class Signals:
    """Collects signals in order of arrival. A second SIGTERM or SIGINT ends the process at once, with exit code 128 + its number."""

    def __init__(self) -> None:
        """Install the signal handlers; only the main thread may do this."""
        self._arrived: list[int] = []
        self._ending = False
        self._reads, self._writes = os.pipe()
        os.set_blocking(self._reads, False)
        os.set_blocking(self._writes, False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._take)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._writes, warn_on_full_buffer=False)

    def fileno(self) -> int:
        """Return the file descriptor that becomes readable when a signal arrives."""
        return self._reads

    def drain(self) -> None:
        """Empty the pipe, so that its descriptor becomes readable only at the next signal."""
        with suppress(BlockingIOError):
            while os.read(self._reads, 4096):
                pass

    def taken(self) -> list[int]:
        """Return the signals that arrived since the last call."""
        arrived, self._arrived = self._arrived, []
        return arrived

    def _take(self, number: int, _frame: object) -> None:
        if number != signal.SIGHUP:
            if self._ending:
                os._exit(128 + number)
            self._ending = True
        self._arrived.append(number)
