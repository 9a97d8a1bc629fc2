"""Whether a database can be written, tested by a write and by the free space on its disk."""

from __future__ import annotations

import os
import shutil

from sqlalchemy import text

from monitor.errors import StorageError
from storage.database.connection import Database, sqlite_path
from storage.database.locks import holder_of

LOW_BYTES = 64 * 1024**2
"""Below this free space on an SQLite file's disk, a person must act: a log of some megabytes and a few large bodies fill it."""

# Changes no value, but is a real write.
_NOTHING = text("UPDATE alembic_version SET version_num = version_num")


def writing_troubles(database: Database) -> list[str]:
    """Return why checks cannot be stored now, or soon, one sentence each; empty if they can.

    Changes no data. Waits for another writer as long as any writer does.
    """
    troubles = []
    free = free_bytes(database)
    if free is not None and free < LOW_BYTES:
        troubles.append(f"the disk of the database has {free // 1024**2:,} MB left: make room")
    holder = holder_of(database)
    if holder is not None and holder.write_error:
        troubles.append(f"the service (process {holder.pid}) could not write: {holder.write_error}")
    try:
        _write_nothing(database)
    except StorageError as error:
        troubles.append(f"nothing can be written: {error}")
    return troubles


def free_bytes(database: Database) -> int | None:
    """Return the free bytes on the disk of an SQLite file; None on PostgreSQL, whose disks only its server sees."""
    if database.engine.dialect.name != "sqlite":
        return None
    return shutil.disk_usage(sqlite_path(database.engine.url).absolute().parent).free


def _write_nothing(database: Database) -> None:
    if database.engine.dialect.name == "sqlite":
        path = sqlite_path(database.engine.url).absolute()
        # A small write may still succeed as root, and if the file was made read-only after it was opened.
        for place in (path, path.parent):
            if not os.access(place, os.W_OK):
                raise StorageError(f"{place} is read-only; check its permissions and how its disk is mounted")
    with database.begin() as connection:
        connection.execute(_NOTHING)
