"""Tombstones of pages whose content was erased. `storage.maintenance.erasure` writes them; code that adds or displays pages checks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from monitor.errors import ConfigurationError
from monitor.model import JsonValue
from storage.archive.rows import Row
from storage.schema import tombstones


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A page whose content was erased.

    Attributes:
        url: Normalised.
        forgotten_at: When it was erased, on the observing clock.
        reason: The reason given; "" if none was.
        checks: Each erased snapshot as {"at", "outcome", "verdict", "sha256"}, in order of archiving; verdict is null if it
            had none, sha256 (of the content-decoded body) if the check failed.
    """

    url: str
    forgotten_at: datetime
    reason: str
    checks: tuple[Mapping[str, JsonValue], ...]

    @property
    def description(self) -> str:
        """Date and reason, for a message: "removed on 2026-03-01 (court order)"."""
        return f"removed on {self.forgotten_at:%Y-%m-%d}" + (f" ({self.reason})" if self.reason else "")


def find_tombstone(connection: Connection, url: str) -> Tombstone | None:
    """Return the tombstone of a normalised URL; None if its content was never erased.

    It applies only while there is no page with this URL: a page that was added again is checked like any other.
    """
    row = connection.execute(select(tombstones).where(tombstones.c.url == url)).first()
    return None if row is None else _tombstone(row)


def all_tombstones(connection: Connection) -> dict[str, Tombstone]:
    """Return every tombstone, by URL, the oldest erasure first."""
    found = connection.execute(select(tombstones).order_by(tombstones.c.forgotten_at, tombstones.c.id))
    return {row.url: _tombstone(row) for row in found}


def refuse_forgotten(connection: Connection, url: str) -> None:
    """Refuse to add an erased URL again by mistake.

    Raises:
        ConfigurationError: Its content was erased.
    """
    found = find_tombstone(connection, url)
    if found is not None:
        raise ConfigurationError(
            f"{url} was {found.description} and is not taken up again by itself; `pagewitness add {url} --again` watches it anew"
        )


def _tombstone(row: Row) -> Tombstone:
    return Tombstone(row.url, row.forgotten_at, row.reason, tuple(row.checks))
