"""The only place that maps drivers' errors to ours. Decides by error codes, never by messages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from monitor.errors import BodyCorrupt, DatabaseFull, DatabaseLocked, DatabaseUnavailable, StorageError

# SQLite's primary result codes, https://www.sqlite.org/rescode.html
_SQLITE: dict[int, tuple[type[StorageError], str]] = {
    sqlite3.SQLITE_BUSY: (DatabaseLocked, "another process is writing to the database; try again"),
    sqlite3.SQLITE_LOCKED: (DatabaseLocked, "another connection is writing to the database; try again"),
    sqlite3.SQLITE_FULL: (DatabaseFull, "the disk or quota is full; make room and try again"),
    sqlite3.SQLITE_READONLY: (
        DatabaseFull,
        "the database file cannot be written; check its and its directory's permissions",
    ),
    sqlite3.SQLITE_IOERR: (DatabaseFull, "the disk failed to read or write the database file; check the disk"),
    sqlite3.SQLITE_CANTOPEN: (DatabaseUnavailable, "the database file cannot be opened; check path and permissions"),
    sqlite3.SQLITE_NOTADB: (DatabaseUnavailable, "the file is not an SQLite database; check the path"),
    sqlite3.SQLITE_TOOBIG: (StorageError, "a value in the database file is longer than any that is written"),
    sqlite3.SQLITE_INTERRUPT: (StorageError, "reading the database file took longer than that of any sound file does"),
    sqlite3.SQLITE_CORRUPT: (DatabaseUnavailable, "the database file is damaged; restore a backup"),
}

# PostgreSQL's error codes, whole or by class (the first two characters), https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL: dict[str, tuple[type[StorageError], str]] = {
    "55P03": (DatabaseLocked, "another process holds the rows; try again"),
    "40001": (DatabaseLocked, "another process changed the rows first; try again"),
    "40P01": (DatabaseLocked, "two processes waited for each other; try again"),
    "53100": (DatabaseFull, "the server's disk is full; make room and try again"),
    "25006": (DatabaseFull, "the server only reads at present; find out why it is in recovery or read-only"),
    "53300": (DatabaseUnavailable, "the server has no connection left; raise max_connections or run fewer processes"),
    "08": (DatabaseUnavailable, "the connection to the server was lost"),
    "57": (DatabaseUnavailable, "the server ended the connection"),
    "3D": (DatabaseUnavailable, "the server has no database of that name; create it"),
    "28": (DatabaseUnavailable, "the server did not let us in; check user name and password"),
}


# For the only error that the driver raises without an SQLite code when reading.
_NO_TEXT = "a text in the database file is not in UTF-8; restore a backup"


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Raise drivers' errors as ours.

    Args:
        place: The database's URL without its password, for messages.
    """
    try:
        yield
    except DBAPIError as error:
        raise translate(error, place) from error
    except sqlite3.Error as error:
        # From a connection used without SQLAlchemy, as for backups.
        raise translate(DBAPIError(None, None, error), place) from error
    except PoolTimeout as error:
        raise DatabaseUnavailable(f"{place}: all connections are in use; run fewer at once") from error


def translate(error: DBAPIError, place: str) -> StorageError:
    """Return our error for a driver's error."""
    kind, advice = _meaning(error)
    message = " ".join(str(error.orig).split())
    if kind is StorageError and advice == _NO_TEXT:
        # The driver's message would quote the text.
        return kind(f"{place}: {advice}")
    return kind(f"{place}: {advice} ({message})")


def is_damage(error: StorageError) -> bool:
    """Whether an error means that stored data is damaged, rather than unreachable."""
    if isinstance(error, BodyCorrupt):
        return True
    cause = error.__cause__
    origin = cause.orig if isinstance(cause, DBAPIError) else cause
    code = getattr(origin, "sqlite_errorcode", None)
    if isinstance(origin, sqlite3.Error):
        return code is None or code & 0xFF in _DAMAGE or code == sqlite3.SQLITE_IOERR_SHORT_READ
    # Internal errors: a damaged page, block or index.
    return (getattr(origin, "sqlstate", None) or "").startswith("XX")


_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_TOOBIG}


def _meaning(error: DBAPIError) -> tuple[type[StorageError], str]:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in _SQLITE:
        return _SQLITE[code & 0xFF]
    if isinstance(error.orig, sqlite3.OperationalError) and code is None:
        return StorageError, _NO_TEXT
    state = getattr(error.orig, "sqlstate", None) or ""
    for key in (state, state[:2]):
        if key in _POSTGRESQL:
            return _POSTGRESQL[key]
    if error.connection_invalidated or _is_lost(error):
        return DatabaseUnavailable, "the server cannot be reached"
    return StorageError, "the database refused"


def _is_lost(error: DBAPIError) -> bool:
    """Whether the server could not be reached at all: psycopg then sets no SQLSTATE."""
    return type(error.orig).__name__ in {"OperationalError", "ConnectionTimeout"}
