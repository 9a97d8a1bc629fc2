"""Back up a database into one file, and restore a new database from it.

A backup is an SQLite file with our own tables, whatever kind of database it came from, so that it can be inspected and restored into either kind.
It gets its name only after verification. Damage in the database is copied and reported; the backup is kept, because it holds everything else.
A restore trusts no file, see `storage.maintenance.untrusted`, and changes its target only after the file was accepted.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy import URL, make_url

from monitor.errors import ConfigurationError, SchemaMismatch, StorageError
from storage import schema
from storage.database.connection import Database, connect, sqlite_path
from storage.database.engine import is_known, migrate, open_database, schema_version
from storage.database.error_mapping import translated
from storage.database.private_files import create_private
from storage.limits import MAX_BODY_BYTES
from storage.maintenance.backup_file import Kept, written
from storage.maintenance.move import refuse_damage, refuse_filled
from storage.maintenance.progress import Progress, ignore_progress
from storage.maintenance.table_copy import copy_all
from storage.maintenance.untrusted import accept, check_pages, opened
from storage.maintenance.verify import Damage, OnDamage, ignore_damage, verify
from storage.maintenance.verify.rows import UNREADABLE
from storage.search.terms import NAME as SEARCH_TERMS

_PAGES_A_STEP = 1000
_SQLITE, _PG_DUMP = b"SQLite format 3\0", b"PGDMP"


def backup(
    url: str,
    file: Path,
    *,
    force: bool = False,
    max_body_bytes: int = MAX_BODY_BYTES,
    progress: Progress = ignore_progress,
    on_damage: OnDamage = ignore_damage,
) -> Kept:
    """Write a consistent copy of the database into a new file. Other users of the database are not blocked.

    Args:
        url: The database. An SQLite file may have any schema version, PostgreSQL must have this code's.
        file: The file to write.
        force: Whether an existing file is replaced; it is kept until the new one is complete.
        max_body_bytes: The longest body that a restore would accept.
        progress: Called with the progress: pages of an SQLite file, rows of PostgreSQL, then verified bodies.
        on_damage: Called for each damaged item in the copy. The file is kept nevertheless.

    Raises:
        ConfigurationError: The file exists already, or its directory does not.
        StorageError: The database operation failed, or the copy differs from what was read; no file is left.
    """
    with closing(connect(url, create=False)) as database, written(file, database, force=force) as part:
        version = schema_version(database)
        if database.engine.dialect.name == "sqlite":
            rows = _copy_file(database, part, progress)
        else:
            rows = _copy_rows(url, part, progress)
        _check(part, rows, version)
        damages = _verify(part, version, max_body_bytes, progress, on_damage)
    return Kept(file, file.stat().st_size, version, rows, damages)


def restore(
    file: Path,
    url: str,
    *,
    allow_damage: bool = False,
    max_body_bytes: int = MAX_BODY_BYTES,
    progress: Progress = ignore_progress,
    on_damage: OnDamage = ignore_damage,
) -> dict[str, int]:
    """Fill an empty database from a backup. An older schema is migrated on a copy; the file is only read.

    The database is changed only after the file was verified to be a complete, undamaged backup.

    Args:
        file: A file that `backup` wrote.
        url: A missing or empty database, or one without rows.
        allow_damage: Whether to restore despite damaged bodies, versions or references. Content that no database of ours holds is always refused.
        max_body_bytes: The longest body that is accepted.
        progress: Called with the number of verified bodies, then after each batch of rows.
        on_damage: Called for each damaged item.

    Returns:
        Rows per table.

    Raises:
        ConfigurationError: The file is not a backup, or the database holds rows already.
        SchemaMismatch: A newer Pagewitness wrote the file.
        StorageError: The file is damaged or holds invalid content, or the restored rows differ from it; the database is left without rows.
    """
    _refuse_other_files(file)
    refuse_filled(url)
    with tempfile.TemporaryDirectory(prefix=".pagewitness-restore-", dir=_room_beside(url)) as folder:
        copy = Path(folder) / "backup.db"
        _copy_backup(file, copy, max_body_bytes)
        found = verify(_url_of(copy), own_check=False, progress=progress, on_damage=on_damage)
        refuse_damage(str(file), found.damages, "restored", allow_damage=allow_damage)
        with (
            closing(open_database(_url_of(copy), create=False)) as source,
            closing(open_database(url)) as target,
        ):
            return copy_all(source, target, progress)


# --- writing


def _copy_file(database: Database, part: Path, progress: Progress) -> dict[str, int]:
    """Copy with SQLite's online backup, in one reading transaction: writers are not blocked and do not make it start over."""

    def report(_status: int, remaining: int, total: int) -> None:
        progress("pages", total - remaining, total)

    with translated(database.place), closing(database.engine.raw_connection()) as pooled:
        source = cast("sqlite3.Connection", pooled.driver_connection)
        source.execute("BEGIN")
        try:
            rows = _file_counts(source)
            create_private(part)
            with closing(sqlite3.connect(part)) as target:
                source.backup(target, pages=_PAGES_A_STEP, progress=report)
        finally:
            source.execute("ROLLBACK")
    return rows


def _copy_rows(url: str, part: Path, progress: Progress) -> dict[str, int]:
    with closing(open_database(url, create=False)) as source, closing(open_database(_url_of(part))) as target:
        return copy_all(source, target, progress)


def _check(part: Path, rows: Mapping[str, int], version: str) -> None:
    """Compare a written file with what was read, and make it a single file, without a write-ahead log."""
    with translated(str(part)), closing(sqlite3.connect(part, isolation_level=None)) as written:
        written.execute("PRAGMA journal_mode=DELETE")
        found = written.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        if _file_counts(written) != dict(rows) or found != version:
            raise StorageError(f"{part} does not hold what was read; nothing was kept, try again")


def _file_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the rows per table of an SQLite file of any schema version."""
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'alembic_version'"
    ).fetchall()
    # FTS5 has no rows to count without terms to search for.
    names = [(name,) for (name,) in found if not name.startswith(SEARCH_TERMS)]
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 — the schema's own names
        for (name,) in names
    }


def _verify(part: Path, version: str, max_body_bytes: int, progress: Progress, on_damage: OnDamage) -> int:
    """Verify a written file, and that it could be restored; return the number of damaged items."""
    if not is_known(version):
        with translated(str(part)), opened(part) as connection:
            check_pages(connection, str(part))
        return 0
    damages = len(verify(_url_of(part), progress=progress, on_damage=on_damage).damages)
    try:
        accept(part, "what was read", max_body_bytes=max_body_bytes, pages=False)
    except StorageError as error:
        on_damage(Damage("database", f"a restore would refuse it: {error}"))
        damages += 1
    return damages


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


def _copy_backup(file: Path, copy: Path, max_body_bytes: int) -> None:
    """Copy a backup, check that it may be one of ours, and migrate the copy to this code's schema version."""
    with translated(str(file)), opened(file, mode="ro") as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    try:
        version = accept(copy, str(file), max_body_bytes=max_body_bytes)
        if version != schema.VERSION:
            migrate(_url_of(copy), keep=False)
            # Again, because only columns of the current schema are checked: a migration may have moved or renamed some.
            accept(copy, str(file), max_body_bytes=max_body_bytes, pages=False)
    except SchemaMismatch:
        raise SchemaMismatch(
            f"{file} was written by a newer Pagewitness than this one (schema version {schema.VERSION}); install that one"
        ) from None
    except UNREADABLE as error:
        raise StorageError(f"{file} is damaged: it cannot be brought up to date ({type(error).__name__})") from error


def _room_beside(url: str) -> Path | None:
    """Return the directory for the copy of a backup during a restore: beside an SQLite database, where there is space; None: the default."""
    target = make_url(url)
    return sqlite_path(target).absolute().parent if target.get_backend_name() == "sqlite" else None


def _url_of(file: Path) -> str:
    return URL.create("sqlite", database=str(file)).render_as_string()
