"""Watches the SQLite file of the service and switches to a new file that replaced it.

Processes with the old file open would share its write-ahead log with processes that open the new file under the same name, and damage the new file.
So all processes end first.
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
    """Detects a missing or replaced database file. Does nothing on PostgreSQL.

    Attributes:
        problem: The current problem with the file; "" if there is none.
        is_switching: Whether processes are being stopped because the file was replaced by a usable one.
        since: When that began, on the monotonic clock.
    """

    def __init__(self, database: Database) -> None:
        self.problem = ""
        self.is_switching = False
        self.since = 0.0
        self._database = database
        self._checked_at = 0.0
        self._errors = ThrottledLogger()

    def wants_switch(self, now: float) -> bool:
        """Check the file, at most once a second, and return whether to stop all processes now. `now` is on the monotonic clock."""
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
        self.problem = f"the database cannot be used ({trouble}{': ' + unusable if unusable else ''})"
        if trouble != REPLACED or unusable:
            self._empty_log()
            return False
        self.is_switching, self.since = True, now
        log.warning("the database file was replaced: all processes are ended, to go on with the new one")
        return True

    def switch(self) -> None:
        """Open the file that is there now. No process may still use the old one."""
        try:
            if not reopen(self._database):
                return
        except PagewitnessError as error:
            self._errors.log("the database file cannot be used", error)
            self.is_switching = False
            return
        log.warning("another database file was put in place, going on with that one")
        self.problem, self.is_switching = "", False

    def _empty_log(self) -> None:
        """Write the contents of the old file's write-ahead log into the old file, wherever it is now."""
        try:
            reopen(self._database)
        except PagewitnessError as error:
            self._errors.log("the database file cannot be used", error)


def _unusable(path: Path) -> str:
    """Return why a file cannot replace the database; "" if it can. The write-ahead log beside it belongs to the old file and is ignored."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        return f"it is no database of Pagewitness ({error})"
    version = row[0] if row else None
    return "" if version == schema.VERSION else f"it has schema version {version}, not {schema.VERSION}"
