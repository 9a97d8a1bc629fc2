"""A page's history as reprocessing derives it again, and what replacing the stored one changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.model import Event, FactState, LearnedNoise, SnapshotRef, Verdict, Version


class Versions(Protocol):
    """The versions of a page history, in order; each may be loaded more than once."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int) -> Version: ...


@dataclass(frozen=True, slots=True)
class ReprocessedSnapshot:
    """The result of reprocessing one snapshot.

    Attributes:
        snapshot_id: Its key.
        verdict: Its verdict.
        reason: The reason for the verdict.
        version: Index of its version in the history's versions, from 0; None if the verdict is not ok.
        events: Its events, in order.
    """

    snapshot_id: int
    verdict: Verdict
    reason: str
    version: int | None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class PageHistory:
    """A page's history, derived again.

    Attributes:
        last_seq: `seq` of the page's newest snapshot when it was derived.
        processed: Its processed snapshots, in order of time.
        versions: Its versions.
        shown_by: For each version, the key of the snapshot whose body it was extracted from.
        degrees: For each version, the degree of its change (`AnalysisOutcome.degree`).
        states: The final fact states.
        last_ok: The last snapshot with verdict ok; None if there is none.
        churn: The page's final learned noise; None if there is none.
    """

    last_seq: int
    processed: Sequence[ReprocessedSnapshot]
    versions: Versions
    shown_by: Sequence[int]
    degrees: Sequence[int | None]
    states: Mapping[str, FactState]
    last_ok: SnapshotRef | None
    churn: LearnedNoise | None = None


@dataclass(frozen=True, slots=True)
class Replaced:
    """What replacing a page history changed.

    Attributes:
        versions: Number of versions that are new or changed.
        events: Number of new events.
        superseded: Number of events that are no longer part of the history.
    """

    versions: int = 0
    events: int = 0
    superseded: int = 0

    def __bool__(self) -> bool:
        return bool(self.versions or self.events or self.superseded)
