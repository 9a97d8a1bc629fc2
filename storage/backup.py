"""Backups: one file that holds everything, and a new database out of it.

A backup is an SQLite file of our own tables, whichever database it came from, so that it can be looked into and be restored into either kind.
It gets its name only after it was checked.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sqlalchemy import URL, make_url

from monitor.errors import ConfigurationError, SchemaMismatch, StorageError
from storage import schema
from storage.connection import Database, connect, sqlite_path
from storage.engine import migrate, open_database, schema_version
from storage.faults import translated
from storage.move import Progress, copy_all, refuse_rows

_PAGES_A_STEP = 1000
_SQLITE, _PG_DUMP = b"SQLite format 3\0", b"PGDMP"


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that was made and checked.

    Attributes:
        file: Where it is.
        size_bytes: How large it is.
        schema: The schema version that it holds.
        rows: Rows per table; empty for pg_dump's own format, which is not looked into.
    """

    file: Path
    size_bytes: int
    schema: str
    rows: Mapping[str, int]


def backup(url: str, file: Path, *, force: bool = False, progress: Progress | None = None) -> Kept:
    """Write everything at one moment into a new file; whoever uses the database meanwhile goes on.

    Args:
        url: The database. An SQLite file may be of any schema version, PostgreSQL must be of this code's.
        file: The file to write.
        force: Whether a file that is there already is replaced; it stays until the new one is whole.
        progress: Told how much is done: pages of an SQLite file, rows of PostgreSQL.

    Raises:
        ConfigurationError: The file is there already, or its directory is not.
        StorageError: The database could not do what was asked, or what was written is not what was read; no file is left.
    """
    with closing(connect(url, create=False)) as database, _written(file, database, force=force) as part:
        version = schema_version(database)
        if database.engine.dialect.name == "sqlite":
            rows = _copy_file(database, part, progress)
        else:
            rows = _copy_rows(url, part, progress)
        _check(part, rows, version)
    return Kept(file, file.stat().st_size, version, rows)


def dump(url: str, file: Path, *, force: bool = False) -> Kept:
    """Write a PostgreSQL database by pg_dump, in its custom format; pg_restore reads it.

    Raises:
        ConfigurationError: It is no PostgreSQL database, pg_dump is not there, or the file is.
        StorageError: pg_dump failed; no file is left.
    """
    target = make_url(url)
    if target.get_backend_name() != "postgresql":
        raise ConfigurationError("--pg-dump is for PostgreSQL; an SQLite file is backed up without it")
    program = _client("pg_dump")
    with closing(connect(url, create=False)) as database, _written(file, database, force=force) as part:
        version = schema_version(database)
        _run([program, "--format=custom", f"--file={part}", f"--dbname={_without_password(target)}"], target)
        _run([_client("pg_restore"), "--list", str(part)], target)
    return Kept(file, file.stat().st_size, version, {})


def restore(file: Path, url: str, *, progress: Progress | None = None) -> dict[str, int]:
    """Fill an empty database from a backup. An older schema is brought up to date on a copy; the file is only read.

    Args:
        file: What `backup` wrote.
        url: A missing or empty database, or one without rows.
        progress: Told of each batch of rows.

    Returns:
        Rows per table.

    Raises:
        ConfigurationError: The file is no backup, or the database holds rows already.
        SchemaMismatch: A newer Pagewitness wrote the file.
        StorageError: The file is damaged, or what arrived is not what it holds; the database is as empty as it was.
    """
    _refuse_other_files(file)
    with closing(open_database(url)) as target:
        with target.read() as connection:
            refuse_rows(connection, target.place)
        with tempfile.TemporaryDirectory(prefix=".pagewitness-restore-", dir=_room_beside(target)) as folder:
            copy = Path(folder) / "backup.db"
            _copy_backup(file, copy)
            with closing(open_database(_url_of(copy), create=False)) as source:
                return copy_all(source, target, progress)


# --- writing


@contextmanager
def _written(file: Path, database: Database, *, force: bool) -> Iterator[Path]:
    """A path to write to, which takes the file's place once all went well and is removed otherwise."""
    if not file.parent.is_dir():
        raise ConfigurationError(f"the directory {file.parent} does not exist; create it or name another file")
    if _is_database(file, database):
        raise ConfigurationError(f"{file} is the database itself; name another file")
    if file.exists() and not force:
        raise ConfigurationError(f"{file} is there already; name a new file, or say --force to replace it")
    part = file.with_name(f"{file.name}.part")
    _remove(part)
    try:
        yield part
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        # SQLite would take what an older file of that name left behind for this one's.
        _remove(Path(f"{file}-wal"), Path(f"{file}-shm"))
        part.replace(file)
    finally:
        _remove(part, Path(f"{part}-wal"), Path(f"{part}-shm"))


def _is_database(file: Path, database: Database) -> bool:
    if database.engine.dialect.name != "sqlite":
        return False
    return file.resolve() == sqlite_path(database.engine.url).resolve()


def _remove(*files: Path) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _copy_file(database: Database, part: Path, progress: Progress | None) -> dict[str, int]:
    """SQLite's online backup, within one reading transaction: writers neither wait for it nor make it begin anew."""

    def told(_status: int, remaining: int, total: int) -> None:
        if progress is not None:
            progress("pages", total - remaining, total)

    with translated(database.place), closing(database.engine.raw_connection()) as pooled:
        source = cast("sqlite3.Connection", pooled.driver_connection)
        source.execute("BEGIN")
        try:
            rows = _file_counts(source)
            with closing(sqlite3.connect(part)) as target:
                source.backup(target, pages=_PAGES_A_STEP, progress=told)
        finally:
            source.execute("ROLLBACK")
    return rows


def _copy_rows(url: str, part: Path, progress: Progress | None) -> dict[str, int]:
    with closing(open_database(url, create=False)) as source, closing(open_database(_url_of(part))) as target:
        return copy_all(source, target, progress)


def _check(part: Path, rows: Mapping[str, int], version: str) -> None:
    """Hold a written file against what was read, and make it a file that needs no other beside it."""
    with translated(str(part)), closing(sqlite3.connect(part, isolation_level=None)) as written:
        written.execute("PRAGMA journal_mode=DELETE")
        _refuse_damaged(written, part)
        found = written.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        if _file_counts(written) != dict(rows) or found != version:
            raise StorageError(f"{part} does not hold what was read; nothing was kept, try again")


def _file_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Rows per table of an SQLite file of any schema version."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'alembic_version'"
    ).fetchall()
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 — the schema's own names
        for (name,) in names
    }


def _refuse_damaged(connection: sqlite3.Connection, file: Path) -> None:
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
    if found != ["ok"]:
        raise StorageError(f"{file} is damaged ({' '.join(str(found[0]).split())}); use another backup")
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise StorageError(f"{file} is damaged: it points at rows that are not there; use another backup")


# --- pg_dump


def _client(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        raise ConfigurationError(
            f"{name} is not installed; install PostgreSQL's client programs (Debian and Ubuntu: postgresql-client, Fedora: "
            "postgresql, Homebrew: libpq), or leave --pg-dump out: that needs no program"
        )
    return program


def _without_password(url: URL) -> str:
    parts = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return parts.render_as_string(hide_password=False)


def _run(command: list[str], url: URL) -> None:
    # Other users of the machine may read a command's arguments, but not its environment.
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"exit {done.returncode}"
        raise StorageError(f"{Path(command[0]).name} failed: {said}")


# --- restoring


def _refuse_other_files(file: Path) -> None:
    if not file.is_file():
        raise ConfigurationError(f"there is no file {file}")
    with file.open("rb") as opened:
        start = opened.read(len(_SQLITE))
    if start.startswith(_PG_DUMP):
        raise ConfigurationError(
            f"{file} was written by pg_dump; restore it with `pg_restore --no-owner --dbname=URL {file}` into an empty database"
        )
    if start != _SQLITE:
        raise ConfigurationError(f"{file} is no backup of Pagewitness")


def _copy_backup(file: Path, copy: Path) -> None:
    """A copy of a backup, checked and of this code's schema version."""
    with (
        translated(str(file)),
        closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        _refuse_damaged(target, file)
        ours = target.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    if ours is None:
        raise ConfigurationError(f"{file} is no backup of Pagewitness")
    try:
        migrate(_url_of(copy), keep=False)
    except SchemaMismatch:
        raise SchemaMismatch(
            f"{file} was written by a newer Pagewitness than this one (schema version {schema.VERSION}); install that one"
        ) from None


def _room_beside(target: Database) -> Path | None:
    """Where the copy of a backup lies while it is read: beside an SQLite database, where there is room for as much."""
    return sqlite_path(target.engine.url).parent if target.engine.dialect.name == "sqlite" else None


def _url_of(file: Path) -> str:
    return URL.create("sqlite", database=str(file)).render_as_string()
