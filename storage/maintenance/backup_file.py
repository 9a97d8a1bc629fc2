"""The file of a backup: written beside its final name, which it gets only when it is complete."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import ConfigurationError
from storage.database.connection import Database, sqlite_path


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that was made and checked.

    Attributes:
        file: Its path.
        size_bytes: Its size.
        schema: Its schema version.
        rows: Rows per table; empty for pg_dump's own format, which is not inspected.
        damages: How many damaged items it holds, copied from the database.
    """

    file: Path
    size_bytes: int
    schema: str
    rows: Mapping[str, int]
    damages: int = 0


@contextmanager
def written(file: Path, database: Database, *, force: bool) -> Iterator[Path]:
    """Yield a temporary path to write to; it replaces the file if the block succeeds, and is removed otherwise."""
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
        with part.open("rb+") as complete:
            os.fsync(complete.fileno())
        # SQLite would apply the log of an older file of that name to this one.
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
