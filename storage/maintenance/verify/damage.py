"""What verifying comes to: values, and how they add up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is wrong.

    Attributes:
        kind: "body", "version", "row", "reference" or "database".
        reason: Why it is damage, for people.
        table: The table; empty for the database as a whole.
        key: The row's key, several parts joined by ", "; empty for a whole table or database.
        sha256: Of a body; else empty.
        url: Whose content it is: the URL that was asked for, or the page's; empty where that is not known.
        snapshot_id: The first snapshot that shows it; None where that is not known.
        at: taken_at of that snapshot; None with it.
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
        """One line: "body 12ab34cd56ef… of https://… (snapshot 17, 2024-05-06T…): does not match its SHA-256"."""
        return f"{self.what}: {self.reason}"

    @property
    def what(self) -> str:
        """The name of it, in one line."""
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
    """What a part of an archive, or all of it, came to.

    Attributes:
        bodies: How many bodies were held against their SHA-256.
        bytes: How long they are, decoded.
        versions: How many versions were decoded.
        rows: How many rows were read.
        damages: What is wrong.
    """

    bodies: int = 0
    bytes: int = 0
    versions: int = 0
    rows: int = 0
    damages: tuple[Damage, ...] = ()

    def plus(self, other: Outcome) -> Outcome:
        """Both together."""
        return Outcome(
            self.bodies + other.bodies,
            self.bytes + other.bytes,
            self.versions + other.versions,
            self.rows + other.rows,
            self.damages + other.damages,
        )
