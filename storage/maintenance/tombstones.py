"""What stays of pages whose content had to be removed. Written by `storage.maintenance.erasure`; heeded by whatever adds pages or shows them."""

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
    """A page whose content was removed.

    Attributes:
        url: Normalised.
        forgotten_at: When it was removed, on the observing clock.
        reason: As the person who did it wrote; "" where they did not.
        looks: Each removed snapshot as {"at", "outcome", "verdict", "sha256"}, in the order of archiving; verdict is null where it
            had none, sha256 (of the content-decoded body) where the look failed.
    """

    url: str
    forgotten_at: datetime
    reason: str
    looks: tuple[Mapping[str, JsonValue], ...]

    @property
    def said(self) -> str:
        """When and why, for a message: "removed on 2026-03-01 (court order)"."""
        return f"removed on {self.forgotten_at:%Y-%m-%d}" + (f" ({self.reason})" if self.reason else "")


def find_tombstone(connection: Connection, url: str) -> Tombstone | None:
    """The tombstone of a normalised URL; None where its content was never removed.

    It holds as long as there is no page of that URL: one that was added again is watched like any other.
    """
    row = connection.execute(select(tombstones).where(tombstones.c.url == url)).first()
    return None if row is None else _tombstone(row)


def all_tombstones(connection: Connection) -> dict[str, Tombstone]:
    """Every tombstone, by URL, the oldest removal first."""
    found = connection.execute(select(tombstones).order_by(tombstones.c.forgotten_at, tombstones.c.id))
    return {row.url: _tombstone(row) for row in found}


def refuse_forgotten(connection: Connection, url: str) -> None:
    """Keep a URL from being watched again by mistake.

    Raises:
        ConfigurationError: Its content was removed.
    """
    found = find_tombstone(connection, url)
    if found is not None:
        raise ConfigurationError(
            f"{url} was {found.said} and is not taken up again by itself; `pagewitness add {url} --again` watches it anew"
        )


def _tombstone(row: Row) -> Tombstone:
    return Tombstone(row.url, row.forgotten_at, row.reason, tuple(row.looks))
