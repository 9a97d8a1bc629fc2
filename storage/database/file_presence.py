"""Detect that an SQLite file was renamed, removed or replaced: open connections would go on writing to the old file without an error."""

from __future__ import annotations

import os
from pathlib import Path

from monitor.errors import DatabaseUnavailable

GONE, REPLACED = "the file is gone", "the file was replaced by another one"


class FilePresence:
    """The identity of the file at a path when it was opened. Any method may be called from any thread.

    Attributes:
        path: Its expected path.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: tuple[int, int] | None = None

    def opened(self, place: str) -> None:
        """Register an opened connection: the first one defines which file is the database.

        Raises:
            DatabaseUnavailable: The file is missing or another one.
        """
        if self._opened is None:
            self._opened = _identity(self.path)
        self.check(place)

    def trouble(self) -> str | None:
        """Return `GONE` or `REPLACED`; None while the file is the one that was opened, or if none was."""
        if self._opened is None:
            return None
        there = _identity(self.path)
        if there == self._opened:
            return None
        return GONE if there is None else REPLACED

    def check(self, place: str) -> None:
        """Check that the file is the one that was opened.

        Raises:
            DatabaseUnavailable: It is missing, or another one; the message names `place`.
        """
        if (trouble := self.trouble()) is not None:
            raise DatabaseUnavailable(f"{place}: {trouble}; put it back, or restart Pagewitness on what is there now")

    def adopt(self) -> None:
        """Accept the file that is there now as the database."""
        self._opened = _identity(self.path)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return device and inode; None if there is no file."""
    try:
        found = os.stat(path)  # noqa: PTH116 (before every transaction: Path.stat takes twice as long)
    except OSError:
        return None
    return found.st_dev, found.st_ino
