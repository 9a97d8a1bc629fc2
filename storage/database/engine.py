"""Opening the database: building a new one, refusing another schema version, bringing an old one up to this code's.

Alembic is imported only where there is something to build: it is slow to import.
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

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["Database", "Migrated", "database_now", "migrate", "open_database", "schema_version"]

# Any fixed number will do; it keeps two processes from building one PostgreSQL database at once.
_ADVISORY_LOCK = 7_249_310_551


class Migrated(NamedTuple):
    """What a migration came to.

    Attributes:
        before: The schema version before; "" where the database was empty.
        after: The version now.
        copy: The copy of the SQLite file as it was before; None where nothing had to be kept, or the database is no file.
    """

    before: str
    after: str
    copy: Path | None


class Item(NamedTuple):
    """A table, index, view or trigger of an SQLite file.

    Attributes:
        kind: "table", "index", "view" or "trigger".
        table: The table that it belongs to.
        sql: What made it, without white space and double quotes and in lower case; "none" where SQLite made it by itself.
    """

    kind: str
    table: str
    sql: str

    @classmethod
    def of(cls, kind: str, table: str, sql: str) -> Item:
        """One as `sqlite_schema` lists it."""
        return cls(kind, table, "".join(sql.split()).replace('"', "").lower())


def open_database(
    url: str, *, create: bool = True, busy_timeout: float = BUSY_TIMEOUT_SECONDS, read_only: bool = False
) -> Database:
    """Open the database at `url`, `sqlite:///path` or `postgresql://…`.

    Args:
        url: Where it is.
        create: Whether a missing or empty database is created; otherwise it is refused.
        busy_timeout: Seconds that a writer waits for another one.
        read_only: As for `storage.database.connection.connect`.

    Raises:
        ConfigurationError: No such kind of database, its directory is missing, or the database is somebody else's.
        DatabaseUnavailable: It cannot be reached or opened, or is missing and `create` is false.
        SchemaMismatch: It was written by another schema version.
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
    """The schema version that a database was written by; None where it is empty.

    Raises:
        ConfigurationError: It holds tables of somebody else's.
    """
    with database.read() as connection:
        return _version(connection, database.place)


def _check_version(database: Database, version: str | None) -> None:
    """Refuse an empty database, and any other schema version than this code's."""
    if version is None:
        raise DatabaseUnavailable(f"{database.place} is empty; run `pagewitness apply` to create it")
    if version != schema.VERSION:
        raise SchemaMismatch(
            f"{database.place} has schema version {version}, this Pagewitness needs {schema.VERSION}; run `pagewitness migrate`"
        )


def _build(database: Database) -> None:
    """Create the tables of an empty database. Where another process does so at once, the second one finds them there."""
    with database.begin() as connection:
        _lock(connection)
        version = _version(connection, database.place)
        if version is None:
            _upgrade(connection)
            return
    _check_version(database, version)


def reopen(database: Database) -> bool:
    """Go on with another database that was put in the place of an SQLite file, once nothing uses the old one any more.

    What was written to the old file's log is first brought into it: whatever is put in its place would take that log for its own.

    Returns:
        Whether the database can be used: the file is the one that was opened, or now is.

    Raises:
        ConfigurationError: What is there now is something else's.
        StorageError: It cannot be used, or is of another schema version.
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
    """Write the log into the file that connections have open, wherever that is now, as far as there is such a connection."""
    with suppress(Exception), closing(database.engine.raw_connection()) as pooled:
        pooled.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


@cache
def schema_of(version: str, place: str) -> Mapping[str, Item]:
    """What an SQLite file of a schema version consists of, by name.

    Args:
        version: The schema version.
        place: Of which database; for the message.

    Raises:
        SchemaMismatch: This code does not know that version.
    """
    _check_known(place, version)
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
    """The schema version that a database was written by.

    Raises:
        DatabaseUnavailable: It is empty.
        ConfigurationError: It holds tables of somebody else's.
    """
    version = _version_of(database)
    if version is None:
        raise DatabaseUnavailable(f"{database.place} is empty")
    return version


def migrate(url: str, *, keep: bool = True) -> Migrated:
    """Bring the database at `url` up to this code's schema version.

    Args:
        url: Where it is.
        keep: Whether an SQLite file is first copied beside itself.

    Raises:
        SchemaMismatch: It was written by a newer Pagewitness.
        ConfigurationError: As `open_database`.
        StorageError: The database could not do what was asked; it is as it was.
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
    """Whether this code has a schema version, or can bring it up to its own."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return version in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _check_known(place: str, version: str) -> None:
    if not is_known(version):
        raise SchemaMismatch(
            f"{place} has schema version {version}, which this Pagewitness (schema version {schema.VERSION}) "
            "does not know; install the Pagewitness that wrote it, or a newer one"
        )


def _copy(database: Database, version: str) -> Path | None:
    """Keep a whole copy of an SQLite file beside it, named after the version that it has."""
    if database.engine.dialect.name != "sqlite":
        return None
    path = sqlite_path(database.engine.url)
    copy = next(name for name in _copy_names(path, version) if not name.exists())
    # Under its name only when it is whole.
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
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
    """BEGIN IMMEDIATE has done it on SQLite."""
    if connection.dialect.name == "postgresql":
        # Building may take another process longer than rows are waited for.
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
