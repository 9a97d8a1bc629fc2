"""Open a database: create the tables of a new one, refuse another schema version, migrate an old one to this code's version.

Alembic is imported only when tables are created or migrated, because importing it is slow.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import URL, Connection, inspect, text

from monitor.errors import ConfigurationError, DatabaseUnavailable, SchemaMismatch
from storage import schema
from storage.database.connection import BUSY_TIMEOUT_SECONDS, Database, connect, database_now, sqlite_path
from storage.database.error_mapping import translated
from storage.database.file_presence import GONE
from storage.database.private_files import create_private

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["Database", "Migrated", "database_now", "migrate", "open_database", "schema_version"]

# An arbitrary fixed number; it keeps two processes from creating one PostgreSQL database's tables at once.
_ADVISORY_LOCK = 7_249_310_551


class Migrated(NamedTuple):
    """The result of a migration.

    Attributes:
        before: The schema version before; "" if the database was empty.
        after: The version now.
        copy: The copy of the SQLite file as it was before; None if no copy was needed, or the database is not a file.
    """

    before: str
    after: str
    copy: Path | None


class Item(NamedTuple):
    """A table, index, view or trigger of an SQLite file.

    Attributes:
        kind: "table", "index", "view" or "trigger".
        table: The table that it belongs to.
        sql: Its definition, without white space and double quotes and in lower case; "none" if SQLite created it internally.
    """

    kind: str
    table: str
    sql: str

    @classmethod
    def of(cls, kind: str, table: str, sql: str) -> Item:
        """Return an item as `sqlite_schema` lists it."""
        return cls(kind, table, "".join(sql.split()).replace('"', "").lower())


def open_database(
    url: str, *, create: bool = True, busy_timeout: float = BUSY_TIMEOUT_SECONDS, read_only: bool = False
) -> Database:
    """Open the database at `url`, `sqlite:///path` or `postgresql://…`.

    Args:
        url: Its URL.
        create: Whether a missing or empty database is created; otherwise it is refused.
        busy_timeout: Seconds that a writer waits for another one.
        read_only: As for `storage.database.connection.connect`.

    Raises:
        ConfigurationError: Unknown kind of database, its directory is missing, or it holds tables of another application.
        DatabaseUnavailable: It cannot be reached or opened, or is missing and `create` is false.
        SchemaMismatch: It has another schema version.
    """
    database = connect(url, create=create, busy_timeout=busy_timeout, read_only=read_only)
    try:
        version = _version_of(database)
        if version is None and create:
            _build(database)
        else:
            _check_version(database, version)
    except BaseException:
        database.close()
        raise
    return database


def _version_of(database: Database) -> str | None:
    """Return a database's schema version; None if it is empty.

    Raises:
        ConfigurationError: It holds tables of another application.
    """
    with database.read() as connection:
        return _version(connection, database.place)


def _check_version(database: Database, version: str | None) -> None:
    """Refuse an empty database, and any schema version other than this code's."""
    if version is None:
        raise DatabaseUnavailable(f"{database.place} is empty; run `pagewitness apply` to create it")
    if version != schema.VERSION:
        raise SchemaMismatch(
            f"{database.place} has schema version {version}, this Pagewitness needs {schema.VERSION}; run `pagewitness migrate`"
        )


def _build(database: Database) -> None:
    """Create the tables of an empty database, unless another process has created them meanwhile."""
    with database.begin() as connection:
        _lock(connection)
        version = _version(connection, database.place)
        if version is None:
            _upgrade(connection)
            return
    _check_version(database, version)


def reopen(database: Database) -> bool:
    """Switch to a database file that has replaced the one that was opened, once no connection uses the old one.

    The old file's write-ahead log is first written into it: a file put in its place would otherwise take that log for its own.

    Returns:
        Whether the database can be used: the file is the one that was opened, or the new one was accepted.

    Raises:
        ConfigurationError: The new file holds tables of another application.
        StorageError: It cannot be used, or has another schema version.
    """
    file = database.file
    if file is None or (trouble := file.trouble()) is None:
        return True
    in_use = database.engine.pool.checkedout()  # type: ignore[attr-defined]
    _empty_log(database)
    if in_use:
        return False
    database.engine.dispose()
    if trouble == GONE:
        return False
    url = database.engine.url.render_as_string(hide_password=False)
    with closing(connect(url, create=False, read_only=True)) as there:
        _check_version(there, _version_of(there))
    file.adopt()
    return True


def _empty_log(database: Database) -> None:
    """Write the write-ahead log into the file that the connections have open, wherever it is now; a no-op if that fails."""
    with suppress(Exception), closing(database.engine.raw_connection()) as pooled:
        pooled.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def schema_of(version: str, place: str) -> Mapping[str, Item]:
    """Return the items of an SQLite file of a schema version, by name.

    Args:
        version: The schema version.
        place: The database that has it, for the error message.

    Raises:
        SchemaMismatch: This code does not know the version.
    """
    _check_known(place, version)
    return _items_of(version)


@cache
def _items_of(version: str) -> Mapping[str, Item]:
    with tempfile.TemporaryDirectory(prefix="pagewitness-schema-") as folder:
        database = connect(URL.create("sqlite", database=str(Path(folder) / "built.db")).render_as_string())
        try:
            with database.begin() as connection:
                _upgrade(connection, version)
                rows = connection.execute(text("SELECT name, type, tbl_name, sql FROM sqlite_schema")).all()
        finally:
            database.close()
    return {str(name): Item.of(*map(str, rest)) for name, *rest in rows}


def schema_version(database: Database) -> str:
    """Return a database's schema version.

    Raises:
        DatabaseUnavailable: It is empty.
        ConfigurationError: It holds tables of another application.
    """
    version = _version_of(database)
    if version is None:
        raise DatabaseUnavailable(f"{database.place} is empty")
    return version


def migrate(url: str, *, keep: bool = True) -> Migrated:
    """Migrate the database at `url` to this code's schema version.

    Args:
        url: Its URL.
        keep: Whether an SQLite file is first copied, beside itself.

    Raises:
        SchemaMismatch: A newer Pagewitness wrote it.
        ConfigurationError: As for `open_database`.
        StorageError: The database operation failed; the database is unchanged.
    """
    database = connect(url)
    try:
        return _migrate(database, keep=keep)
    finally:
        database.close()


def _migrate(database: Database, *, keep: bool) -> Migrated:
    before, copy = _version_of(database), None
    if before == schema.VERSION:
        return Migrated(before, before, None)
    if before is not None:
        _check_known(database.place, before)
        copy = _copy(database, before) if keep else None
    with database.begin() as connection:
        _lock(connection)
        _upgrade(connection)
    return Migrated(before or "", schema.VERSION, copy)


def is_known(version: str) -> bool:
    """Whether this code has this schema version, or can migrate it to its own."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return version in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _check_known(place: str, version: str) -> None:
    if not is_known(version):
        raise SchemaMismatch(
            f"{place} has schema version {version}, which this Pagewitness (schema version {schema.VERSION}) "
            "does not know; install the Pagewitness that wrote it, or a newer one"
        )


def _copy(database: Database, version: str) -> Path | None:
    """Copy an SQLite file to a new file beside it, named after its schema version."""
    if database.engine.dialect.name != "sqlite":
        return None
    path = sqlite_path(database.engine.url)
    copy = next(name for name in _copy_names(path, version) if not name.exists())
    # Renamed only when it is complete.
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    create_private(part)  # VACUUM INTO takes an empty file
    with translated(database.place):
        raw = database.engine.raw_connection()
        try:
            raw.cursor().execute("VACUUM INTO ?", (str(part),))
        finally:
            raw.close()
    return part.rename(copy)


def _copy_names(path: Path, version: str) -> list[Path]:
    return [path.with_name(f"{path.name}.{version}{mark}") for mark in ["", *(f".{n}" for n in range(2, 1000))]]


def _version(connection: Connection, place: str) -> str | None:
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if tables:
        raise ConfigurationError(f"{place} holds tables of something else; name a database of its own for Pagewitness")
    return None


def _lock(connection: Connection) -> None:
    """Serialise processes that create or migrate tables. On SQLite, BEGIN IMMEDIATE has done so."""
    if connection.dialect.name == "postgresql":
        # Another process may take longer to create the tables than the lock timeout for rows.
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


def _upgrade(connection: Connection, version: str = "head") -> None:
    from alembic import command  # noqa: PLC0415

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    folder = str(Path(__file__).parents[1] / "migrations").replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    return config
