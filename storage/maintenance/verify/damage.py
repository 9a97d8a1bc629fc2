"""The results of a verification, as values that can be added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Damage:
    """One damaged item.

    Attributes:
        kind: "body", "version", "row", "reference" or "database".
        reason: What is wrong, for display.
        table: The table; empty for the database as a whole.
        key: The row's key, several parts joined by ", "; empty for a whole table or database.
        sha256: SHA-256 of a body; otherwise empty.
        url: The URL whose content it is: the requested one, or the page's; empty if unknown.
        snapshot_id: The first snapshot that uses it; None if unknown.
        at: taken_at of that snapshot; None if unknown.
    """

    kind: str
    reason: str
    table: str = ""
    key: str = ""
    sha256: str = ""
    url: str = ""
    snapshot_id: int | None = None
    at: datetime | None = None

    def __str__(self) -> str:
        """Return one line: "body 12ab34cd56ef… of https://… (snapshot 17, 2024-05-06T…): does not match its SHA-256"."""
        return f"{self.what}: {self.reason}"

    @property
    def what(self) -> str:
        """The item's name, in one line."""
        if self.kind == "database":
            return "database"
        name = f"row {self.key} of {self.table}" if self.key else f"table {self.table}"
        if self.sha256:
            name = f"{self.kind} {self.sha256[:12]}…"
        elif self.kind == "version":
            name = f"version {self.key}"
        of = f" of {self.url}" if self.url else ""
        moment = "" if self.at is None else f", {self.at.isoformat().replace('+00:00', 'Z')}"
        return name + of + ("" if self.snapshot_id is None else f" (snapshot {self.snapshot_id}{moment})")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of verifying an archive, or a part of it.

    Attributes:
        bodies: Number of bodies checked against their SHA-256.
        bytes: Their total length, decoded.
        versions: Number of versions decoded.
        rows: Number of rows read.
        damages: The damaged items.
    """

    bodies: int = 0
    bytes: int = 0
    versions: int = 0
    rows: int = 0
    damages: tuple[Damage, ...] = ()

    def plus(self, other: Outcome) -> Outcome:
        """Return the sum of both results."""
        return Outcome(
            self.bodies + other.bodies,
            self.bytes + other.bytes,
            self.versions + other.versions,
            self.rows + other.rows,
            self.damages + other.damages,
        )


OnDamage = Callable[[Damage], None]
"""Called for each damaged item when it is found."""


def ignore_damage(_damage: Damage) -> None:
    """Report nothing: the caller reads the outcome."""
