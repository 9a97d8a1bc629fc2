"""What every program is put through, in turn with the others: the machine's other work then falls on all of them alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from bench.measure import Row
from bench.server import Served


@dataclass(frozen=True, slots=True)
class Phase:
    """One way in which all pages are checked once.

    Attributes:
        title: What to call it.
        edition: Steps onward of what readers see, one sentence each.
        nonce: Steps onward of what is invisible.
        etag: Whether the server sends and honours an ETag.
        once: Whether it can be had only once.
    """

    title: str
    edition: int = 0
    nonce: int = 0
    etag: bool = True
    once: bool = False


PHASES = (
    Phase("first sight", once=True),
    Phase("unchanged, 304"),
    Phase("unchanged, 200", etag=False),
    Phase("unseen bytes changed", nonce=1),
    Phase("one sentence changed", edition=1),
)


class Walker(Protocol):
    """A program that checks all pages."""

    def check(self, phase: str) -> Row:
        """Check every page as it is served now."""
        ...


def walked(served: Served, walkers: Sequence[Walker], rounds: int) -> Iterator[Row]:
    """Every phase for every walker; of several rounds the row with the median CPU."""
    edition = nonce = 0
    for phase in PHASES:
        found: list[list[Row]] = [[] for _ in walkers]
        for _ in range(1 if phase.once else rounds):
            edition, nonce = edition + phase.edition, nonce + phase.nonce
            served.show(edition=edition, nonce=nonce, etag=phase.etag)
            for walker, rows in zip(walkers, found, strict=True):
                rows.append(walker.check(phase.title))
        yield from map(_typical, found)


def _typical(rows: Sequence[Row]) -> Row:
    middle = median(row.cpu_ms for row in rows)
    return min(rows, key=lambda row: abs(row.cpu_ms - middle))
