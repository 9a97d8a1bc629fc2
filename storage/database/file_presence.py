"""Whether an SQLite file is still the one that was opened: connections go on writing into a file that was renamed or removed, unnoticed and in vain."""

from __future__ import annotations

import os
from pathlib import Path

from monitor.errors import DatabaseUnavailable

GONE, REPLACED = "the file is gone", "the file was replaced by another one"


class FilePresence:
    """The file that a path named when it was opened. Any method may be called from any thread.

    Attributes:
        path: Where it is to be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: tuple[int, int] | None = None

    def opened(self, place: str) -> None:
        """A connection was opened: the first one says which file is meant.

        Raises:
            DatabaseUnavailable: It is not the file that is meant.
        """
        if self._opened is None:
            self._opened = _identity(self.path)
        self.check(place)

    def trouble(self) -> str | None:
        """What happened to the file, `GONE` or `REPLACED`; None while it is the one that was opened, or none was."""
        if self._opened is None:
            return None
        there = _identity(self.path)
        if there == self._opened:
            return None
        return GONE if there is None else REPLACED

    def check(self, place: str) -> None:
        """Let only the file pass that was opened.

        Raises:
            DatabaseUnavailable: It is not there, or another one is; `place` is named in the message.
        """
        if (trouble := self.trouble()) is not None:
            raise DatabaseUnavailable(f"{place}: {trouble}; put it back, or restart Pagewitness on what is there now")

    def adopt(self) -> None:
        """The file that is there now is meant from now on."""
        self._opened = _identity(self.path)


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode; None where there is no file."""
    try:
        found = os.stat(path)  # noqa: PTH116 (before every transaction: a Path's takes twice as long)
    except OSError:
        return None
    return found.st_dev, found.st_ino
