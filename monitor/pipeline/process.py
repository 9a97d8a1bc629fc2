"""Processing stage of a check: unprocessed snapshots are extracted, oldest first, and each result is recorded in one transaction (T2).

A crash or a parser fault between archiving (T1) and T2 loses nothing: the snapshot stays unprocessed and is processed before newer ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from monitor.errors import BodyCorrupt, UnknownName
from monitor.model import AnalysisOutcome, FactDefinition, Page, PageMemory, Rescheduling, Snapshot, Version
from monitor.pipeline.analyze import PageAnalysis, analyze, evaluate
from monitor.ports import Store
from monitor.tracking.fact_state import ABSENCES_BEFORE_LOST


class Analyze(Protocol):
    """Analyzes a body as `monitor.pipeline.analyze.analyze` does, in this process or another."""

    def __call__(
        self, body: bytes, snapshot: Snapshot, facts: Sequence[FactDefinition], *, like: Version | None = None
    ) -> PageAnalysis:
        """Return the analysis of the body."""
        ...


class Adapt(Protocol):
    """Computes the new schedule of a page after a snapshot was processed; None where it does not change."""

    def __call__(self, page: Page, snapshot: Snapshot, interpretation: AnalysisOutcome) -> Rescheduling | None:
        """Return the new schedule. Pure except for random jitter."""
        ...


def adapt_nothing(page: Page, snapshot: Snapshot, interpretation: AnalysisOutcome) -> None:
    """Leave the schedule unchanged, for snapshots that do not affect it."""


@dataclass(frozen=True, slots=True)
class Processing:
    """Processes unprocessed snapshots.

    Attributes:
        store: Where results are kept.
        clock: The observing clock.
        absences_before_lost: See `monitor.tracking.fact_state.advance`.
        understand: Analyzes a body; if it raises, the snapshot stays unprocessed.
        adapt: Computes the new schedule after each snapshot.
    """

    store: Store
    clock: Callable[[], datetime]
    absences_before_lost: int = ABSENCES_BEFORE_LOST
    understand: Analyze = analyze
    adapt: Adapt = adapt_nothing

    def evaluate(self, page: Page, snapshot: Snapshot, known: PageMemory, body: bytes | None = None) -> AnalysisOutcome:
        """Return the outcome of processing an archived snapshot; store nothing.

        Args:
            page: The page of the snapshot.
            snapshot: The snapshot to process.
            known: State of the page before it.
            body: Its body if already loaded; None loads it from the store.
        """
        assert snapshot.body_sha256 is not None, "a failed check is archived as processed"
        body = self.store.body(snapshot.body_sha256) if body is None else body
        says = self.understand(body, snapshot, page.facts, like=known.version)
        return evaluate(
            snapshot,
            says,
            known,
            _read_alike(page, known, says, self.store, self.understand),
            page_url=page.url,
            absences_before_lost=self.absences_before_lost,
            mute=page.mute,
            always_report=page.always_report,
            facts=page.facts,
        )

    def record(
        self, page: Page, snapshot: Snapshot, interpretation: AnalysisOutcome, *, owner: str | None, more: bool
    ) -> AnalysisOutcome:
        """T2: record the outcome of processing a snapshot, with the new schedule; return the outcome recorded."""
        adapted = replace(interpretation, rescheduling=self.adapt(page, snapshot, interpretation))
        self.store.record(snapshot, adapted, now=self.clock(), owner=owner, more=more)
        return adapted

    def adapted(self, page: Page, interpretation: AnalysisOutcome) -> Page:
        """Return the page with the interval of its new schedule."""
        to = interpretation.rescheduling
        return page if to is None else replace(page, interval=to.interval)


def _read_alike(page: Page, known: PageMemory, says: PageAnalysis, store: Store, understand: Analyze) -> Version | None:
    """Return the page's current version as the present parser version derives it, because only versions of one parser version are comparable.

    Returns:
        None before the first version, and where neither a version of the present parser version nor the body to derive it from is usable.
    """
    if known.version is not None and known.version.reader == says.version.reader:
        return known.version
    if known.shown_by is None or known.shown_by.body_sha256 is None:
        return None
    try:
        body = store.body(known.shown_by.body_sha256)
    except (BodyCorrupt, UnknownName):
        return None
    return understand(body, known.shown_by, page.facts).version
