"""Whether a database can be written: asked by writing, and by the room that is left on its disk."""

from __future__ import annotations

import os
import shutil

from sqlalchemy import text

from monitor.errors import StorageError
from storage.database.connection import Database, sqlite_path
from storage.database.locks import holder_of

LOW_BYTES = 64 * 1024**2
"""With less room than this on an SQLite file's disk, a person is needed: a log of some megabytes and a few large bodies fill it."""

# Changes nothing, and is written all the same.
_NOTHING = text("UPDATE alembic_version SET version_num = version_num")


def writing_troubles(database: Database) -> list[str]:
    """Why what is checked can not be kept now, or not for long, a sentence each; empty where it can.

    Writes nothing that anybody would see. Waits for another writer as long as any writer does.
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
    """What is left on the disk of an SQLite file; None on PostgreSQL, whose disks only its server sees."""
    if database.engine.dialect.name != "sqlite":
        return None
    return shutil.disk_usage(sqlite_path(database.engine.url).absolute().parent).free


def _write_nothing(database: Database) -> None:
    if database.engine.dialect.name == "sqlite":
        path = sqlite_path(database.engine.url).absolute()
        # As root, and where the file was made read-only after it was opened, a small write may still go through.
        for place in (path, path.parent):
            if not os.access(place, os.W_OK):
                raise StorageError(f"{place} is read-only; check its permissions and how its disk is mounted")
    with database.begin() as connection:
        connection.execute(_NOTHING)
