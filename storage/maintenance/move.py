"""Move a whole database into another one: from SQLite to PostgreSQL, back, or from a backup. The source is verified before the target is changed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta

from sqlalchemy import select

from monitor.errors import ConfigurationError, DatabaseUnavailable, StorageError
from storage.database.connection import Database, connect, database_now, sqlite_path
from storage.database.engine import open_database
from storage.database.locks import holder_of
from storage.limits import MAX_BODY_BYTES
from storage.maintenance.progress import Progress, ignore_progress
from storage.maintenance.table_copy import LEASED, copy_all, refuse_rows
from storage.maintenance.untrusted import accept
from storage.maintenance.verify import Damage, OnDamage, ignore_damage, verify

_LONGEST_LEASE = timedelta(days=1)


def move(
    source: str,
    target: str,
    *,
    force: bool = False,
    allow_damage: bool = False,
    max_body_bytes: int = MAX_BODY_BYTES,
    progress: Progress = ignore_progress,
    on_damage: OnDamage = ignore_damage,
) -> dict[str, int]:
    """Copy everything from one database into an empty one. The source is only read, and verified before the target is changed.

    Args:
        source: The URL of a database of this code's schema version.
        target: The URL of a missing or empty database, or of one without rows.
        force: Whether to copy although a process is using the source; its later changes are not copied.
        allow_damage: Whether to copy despite damaged bodies, versions or references.
        max_body_bytes: The longest body that is accepted from an SQLite file.
        progress: Called with the number of verified bodies, then after each batch of rows.
        on_damage: Called for each damaged item.

    Returns:
        Rows per table.

    Raises:
        ConfigurationError: A process is using the source, or the target holds rows already.
        StorageError: A database operation failed, or the copy differs from the source; the target is left without rows.
    """
    _refuse_strange(source, max_body_bytes)
    leaving = open_database(source, create=False)
    try:
        if not force:
            _refuse_busy(leaving)
        refuse_filled(target)
        is_file = leaving.engine.dialect.name == "sqlite"
        found = verify(source, own_check=not is_file, progress=progress, on_damage=on_damage)
        refuse_damage(leaving.place, found.damages, "moved", allow_damage=allow_damage)
        arriving = open_database(target)
        try:
            return copy_all(leaving, arriving, progress)
        finally:
            arriving.close()
    finally:
        leaving.close()


def _refuse_strange(source: str, max_body_bytes: int) -> None:
    """Refuse an SQLite file that cannot be one of ours, before it is opened for any other purpose."""
    database = connect(source, create=False, read_only=True)
    database.close()
    if database.engine.dialect.name == "sqlite":
        accept(sqlite_path(database.engine.url), database.place, max_body_bytes=max_body_bytes)


def refuse_filled(url: str) -> None:
    """Refuse a database that holds rows. It is only read; it may be missing or empty.

    Raises:
        ConfigurationError: It holds rows, or could not exist.
        SchemaMismatch: It has another schema version.
    """
    try:
        database = open_database(url, create=False, read_only=True)
    except DatabaseUnavailable:
        # Missing or empty; for one that cannot be reached, opening it for the copy raises the error.
        return
    with closing(database), database.read() as connection:
        refuse_rows(connection, database.place)


def refuse_damage(place: str, damages: Sequence[Damage], done: str, *, allow_damage: bool) -> None:
    """Refuse damage unless it is allowed.

    Raises:
        StorageError: There is damage; the message names the first item.
    """
    if damages and not allow_damage:
        raise StorageError(
            f"{place} is damaged in {len(damages):,} {'place' if len(damages) == 1 else 'places'}, the first: {damages[0]}; "
            f"nothing was {done}; use a sound copy, or say --allow-damage to have all of it as it is"
        )


def _refuse_busy(database: Database) -> None:
    with database.read() as connection:
        now = database_now(connection)
        owners = {
            owner
            for table in LEASED
            for owner in connection.execute(
                # A lease that ends later than that was written before a clock was put back.
                select(table.c.lease_owner).where(table.c.lease_until.between(now, now + _LONGEST_LEASE))
            ).scalars()
        }
    holder = holder_of(database)
    if holder is not None:
        owners.add(f"process {holder.pid}")
    if owners:
        raise ConfigurationError(
            f"{database.place} is in use by {', '.join(sorted(owners))}; stop the service first, or say --force to leave "
            "behind what it still does"
        )
