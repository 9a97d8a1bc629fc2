"""The robots.txt of each host as last fetched."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from monitor.model import RobotsFile
from storage.database.dialect import upserting
from storage.schema import robots

_FIELDS = tuple(RobotsFile.__dataclass_fields__)


def robots_of(connection: Connection, origins: Iterable[str]) -> dict[str, RobotsFile]:
    """Return the files of some origins ("https://example.org"), by origin; origins without a stored file are left out."""
    wanted = select(*(robots.c[name] for name in _FIELDS)).where(robots.c.host.in_(list(origins)))
    return {row.host: RobotsFile(*row) for row in connection.execute(wanted)}


def keep_robots(connection: Connection, file: RobotsFile) -> None:
    """Store a file in place of the previous one."""
    values = {name: getattr(file, name) for name in _FIELDS}
    upsert = upserting(connection, robots).values(values)
    connection.execute(upsert.on_conflict_do_update(index_elements=[robots.c.host], set_=values))
