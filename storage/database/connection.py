"""Connections to SQLite (embedded, the default) and PostgreSQL; how transactions begin, and the database's clock."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import URL, Connection, DateTime, Engine, String, create_engine, event, literal_column, make_url, select
from sqlalchemy.exc import ArgumentError
from sqlalchemy.util import immutabledict

from monitor.errors import ConfigurationError, DatabaseFull, DatabaseUnavailable
from storage.database.compiled_statements import CompiledStatement
from storage.database.error_mapping import translated
from storage.database.file_presence import FilePresence
from storage.database.group_commit import GroupCommit
from storage.database.private_files import create_private

Result = TypeVar("Result")

BUSY_TIMEOUT_SECONDS = 10.0
"""How long a writer waits for another one before it fails with DatabaseLocked."""

_LONGEST_NAME = 255  # of a file, on all common file systems
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_CLOCKS = {
    "sqlite": CompiledStatement(select(literal_column("strftime('%Y-%m-%dT%H:%M:%f', 'now')", String).label("now"))),
    "postgresql": CompiledStatement(select(literal_column("clock_timestamp()", DateTime).label("now"))),
}


class ReadDatabase(Protocol):
    """A database that is read: an open one, or a view of it.

    Attributes:
        engine: SQLAlchemy's engine.
    """

    @property
    def engine(self) -> Engine: ...

    def read(self) -> AbstractContextManager[Connection]:
        """Return a context manager of a reading transaction; see `Database.read`."""
        ...


class DatabaseView:
    """The database as of one moment: all reading takes place in one transaction, which its creator ends. Only one thread may use it at a time.

    Attributes:
        engine: SQLAlchemy's engine.
    """

    def __init__(self, engine: Engine, connection: Connection) -> None:
        """`connection` is in a reading transaction."""
        self.engine = engine
        self._connection = connection

    def read(self) -> AbstractContextManager[Connection]:
        """Return a context manager of the transaction, which does not end it."""
        return nullcontext(self._connection)


class Database:
    """An open database of this code's schema version. Any method may be called from any thread.

    Attributes:
        engine: SQLAlchemy's engine.
        place: The URL without its password, for messages.
        file: The SQLite file, to check that it is still the one that was opened; None on PostgreSQL.
        write_error: Message of the DatabaseFull error with which the last writing transaction failed; empty after one that succeeded.
    """

    def __init__(self, engine: Engine, file: FilePresence | None = None) -> None:
        """`file` is the file that an SQLite engine's connections open."""
        self.engine = engine
        self.file = file
        self.write_error = ""
        self.place = engine.url.set(drivername=engine.dialect.name).render_as_string(hide_password=True)
        self._writing = engine.execution_options(writes=True)
        self._reading = engine.execution_options(**_reading_options(engine))
        self._group = GroupCommit(self.begin) if engine.dialect.name == "sqlite" else None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Run the block in a writing transaction: committed at its end, rolled back as a whole if it raises.

        Raises:
            StorageError: The database operation failed.
        """
        if self.file is not None:
            self.file.check(self.place)
        try:
            with translated(self.place), self._writing.begin() as connection:
                yield connection
        except DatabaseFull as error:
            self.write_error = str(error)
            raise
        self.write_error = ""

    def write(self, operation: Callable[[Connection], Result]) -> Result:
        """Run one write, committed when this returns; on SQLite together with waiting writes of other threads (`storage.database.group_commit`).

        Raises:
            StorageError: The database operation failed.
            Exception: Any exception of `operation`; its changes are rolled back.
        """
        if self._group is None:
            with self.begin() as connection:
                return operation(connection)

        def one(connection: Connection) -> Result:
            with translated(self.place):
                return operation(connection)

        return self._group.write(one)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run the block in a reading transaction, which sees the database as of one moment.

        Raises:
            StorageError: The database operation failed.
        """
        if self.file is not None:
            self.file.check(self.place)
        with translated(self.place), self._reading.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections of the pool."""
        self.engine.dispose()


def connect(
    url: str, *, create: bool = True, busy_timeout: float = BUSY_TIMEOUT_SECONDS, read_only: bool = False
) -> Database:
    """Connect to the database at `url`, of any schema version. `storage.database.engine.open_database` also checks the version.

    Args:
        url: Its URL.
        create: Whether a missing SQLite file is created.
        busy_timeout: Seconds that a writer waits for another one.
        read_only: Whether writing to an SQLite file is prevented, its journal mode included.
    """
    target = _target(url)
    if target.get_backend_name() == "sqlite":
        _check_path(target, create=create)
        if create:
            # If this fails, the first connection fails too, with the reason.
            with contextlib.suppress(OSError):
                create_private(sqlite_path(target))
        return _sqlite(target, busy_timeout, read_only=read_only)
    return Database(_postgresql(target, busy_timeout))


def database_now(connection: Connection) -> datetime:
    """Return the database's own clock, aware UTC, to the millisecond. Leases and retry times use it."""
    value = _CLOCKS[connection.dialect.name].scalar(connection, {})
    moment = datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def sqlite_path(url: URL) -> Path:
    """Return the file of an SQLite URL."""
    return Path(url.database or "")


def _target(url: str) -> URL:
    try:
        url.encode()  # a command-line argument may contain lone surrogates
        target = make_url(url)
    except (ArgumentError, ValueError):  # the latter for an invalid port or encoding
        raise ConfigurationError(
            "the database URL cannot be read; it should look like sqlite:///pagewitness.db or postgresql://user@host/name"
        ) from None
    driver = _DRIVERS.get(target.drivername) or (target.drivername if target.drivername in _DRIVERS.values() else None)
    if driver is None:
        raise ConfigurationError(f"no database of kind {target.drivername!r} is known; use sqlite:/// or postgresql://")
    return target.set(drivername=driver)


def _check_path(url: URL, *, create: bool) -> None:
    path = sqlite_path(url)
    if not url.database or url.database == ":memory:":
        raise ConfigurationError("a database in memory would be lost; name a file, as in sqlite:///pagewitness.db")
    if len(path.name.encode()) > _LONGEST_NAME:
        raise ConfigurationError(
            f"the file name of the database URL is longer than {_LONGEST_NAME} bytes; name a shorter one"
        )
    if not os.path.isdir(path.parent):  # noqa: PTH112 (Path.is_dir raises where a path is too long)
        raise ConfigurationError(f"the directory {path.parent} does not exist; create it or change the database URL")
    if not create and not path.exists():
        raise DatabaseUnavailable(
            f"there is no database at {path}; check the path, or run `pagewitness apply` to create it"
        )


def harden(connection: sqlite3.Connection) -> None:
    """Make SQLite distrust the schema, and the cells of pages, of the file that it opened; https://www.sqlite.org/security.html."""
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA cell_size_check=ON")
    connection.execute("PRAGMA mmap_size=0")
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)


def _sqlite(url: URL, busy_timeout: float, *, read_only: bool) -> Database:
    # No mode=ro even for reading: SQLite (3.40) then leaves CHECK constraints out of its integrity check.
    place = f"{sqlite_path(url).absolute().as_uri()}?mode=rw"

    def opened() -> sqlite3.Connection:
        # mode=rw: a file that is missing for a moment, while a backup is put in its place, must not be created again, empty.
        return sqlite3.connect(place, timeout=busy_timeout, uri=True, check_same_thread=False)

    # hide_parameters: an error's text must not quote stored values; pages and secrets do not belong in a log.
    engine = create_engine(
        url,
        creator=opened,
        pool_size=10,
        max_overflow=20,
        pool_use_lifo=True,  # the connection returned last has pages and statements in its caches
        hide_parameters=True,
    )

    database = Database(engine, FilePresence(sqlite_path(url).absolute()))

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        assert database.file is not None
        database.file.opened(database.place)
        # The driver then leaves BEGIN to us; its own comes too late to serialise two writers.
        connection.isolation_level = None
        harden(connection)
        if read_only:
            connection.execute("PRAGMA query_only=ON")
        else:
            _use_write_ahead_log(connection, busy_timeout)
            connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        driver = connection.connection.dbapi_connection
        assert driver is not None
        # Directly on the driver: every check begins several transactions, and SQLAlchemy would treat each BEGIN as a full statement.
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    return database


def _use_write_ahead_log(connection: sqlite3.Connection, busy_timeout: float) -> None:
    """Switch to WAL, and retry while locked: SQLite does not wait if two processes switch a new file at once."""
    deadline = time.monotonic() + busy_timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _postgresql(url: URL, busy_timeout: float) -> Engine:
    options = f"-c timezone=UTC -c lock_timeout={round(busy_timeout * 1000)}"
    try:
        return create_engine(
            url,
            pool_size=10,
            max_overflow=20,
            pool_use_lifo=True,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": 10, "options": options},
        )
    except ModuleNotFoundError:
        raise ConfigurationError("PostgreSQL needs a driver; run pip install 'pagewitness[postgres]'") from None


def _reading_options(engine: Engine) -> immutabledict[str, Any]:
    """On PostgreSQL, make reading transactions read-only, with a consistent view (REPEATABLE READ); SQLite's WAL provides the view by itself."""
    if engine.dialect.name == "sqlite":
        return immutabledict()
    return immutabledict({"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
