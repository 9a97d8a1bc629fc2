"""The text that a snapshot shows."""

from __future__ import annotations

from sqlalchemy import Connection, select

from monitor.errors import DerivedDataCorrupt, UnknownName
from storage.archive.versions import load_version
from storage.schema import snapshots


def snapshot_text(connection: Connection, snapshot_id: int) -> str | None:
    """Return the text of a snapshot's version (`Version.text`); None if it has none, or one that cannot be decoded."""
    version_id = connection.execute(
        select(snapshots.c.version_id).where(snapshots.c.id == snapshot_id)
    ).scalar_one_or_none()
    if version_id is None:
        return None
    try:
        return load_version(connection, version_id).text
    except (DerivedDataCorrupt, UnknownName):
        return None
