"""Watches the SQLite file of the service, and goes over to another one that was put in its place.

Processes that have the old file open share its log with whoever opens the new one under the same name, which would damage that: so all of them end first.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from monitor.errors import PagewitnessError
from pagewitness import logs
from pagewitness.service.liveness import ThrottledLogger
from storage import schema
from storage.database.connection import Database
from storage.database.engine import reopen
from storage.database.file_presence import REPLACED

log = logs.get("pagewitness.supervisor")

_CHECK_SECONDS = 1.0


class FileWatch:
    """The supervisor's view of its database file; on PostgreSQL there is none, and nothing ever happens.

    Attributes:
        problem: What is wrong with it; "" where nothing is.
        is_switching: Whether processes are being ended because it was replaced by a file that can be used.
        since: Since when, on the monotonic clock.
    """

    def __init__(self, database: Database) -> None:
        self.problem = ""
        self.is_switching = False
        self.since = 0.0
        self._database = database
        self._checked_at = 0.0
        self._complaints = ThrottledLogger()

    def wants_switch(self, now: float) -> bool:
        """Look at the file, once a second; whether processes are to be ended from now on. `now` is on the monotonic clock."""
        file = self._database.file
        if file is None or self.is_switching or now - self._checked_at < _CHECK_SECONDS:
            return False
        self._checked_at = now
        trouble = file.trouble()
        if trouble is None:
            if self.problem:
                log.info("the database file is there again")
            self.problem = ""
            return False
        unusable = _unusable(file.path) if trouble == REPLACED else ""
        if not self.problem:
            log.error("database file", problem=trouble, path=str(file.path))
        self.problem = f"the database cannot be worked with ({trouble}{': ' + unusable if unusable else ''})"
        if trouble != REPLACED or unusable:
            self._empty_log()
            return False
        self.is_switching, self.since = True, now
        log.warning("the database file was replaced: all processes are ended, to go on with the new one")
        return True

    def switch(self) -> None:
        """Go on with the file that is there now; no process uses the old one any more."""
        try:
            if not reopen(self._database):
                return
        except PagewitnessError as error:
            self._complaints.complain("the database file cannot be used", error)
            self.is_switching = False
            return
        log.warning("another database file was put in place, going on with that one")
        self.problem, self.is_switching = "", False

    def _empty_log(self) -> None:
        """Bring what was written to the old file's log into it, wherever it is now."""
        try:
            reopen(self._database)
        except PagewitnessError as error:
            self._complaints.complain("the database file cannot be used", error)


def _unusable(path: Path) -> str:
    """Why a file cannot take the place of the database; "" where it can. The log beside it is another file's, and is left out."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        return f"it is no database of Pagewitness ({error})"
    version = row[0] if row else None
    return "" if version == schema.VERSION else f"it has schema version {version}, not {schema.VERSION}"
