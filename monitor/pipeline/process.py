"""The processing half of a check: unprocessed snapshots are extracted, oldest first, and each result is recorded in one transaction (T2).

A crash or a parser's fault between archiving (T1) and T2 costs nothing: the snapshot stays unprocessed and is processed before newer ones.
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
    """Reads a body as `monitor.pipeline.analyze.analyze` does, here or in another process."""

    def __call__(
        self, body: bytes, snapshot: Snapshot, facts: Sequence[FactDefinition], *, like: Version | None = None
    ) -> PageAnalysis:
        """What the body says."""
        ...


class Adapt(Protocol):
    """Says what a processed snapshot means for its page's schedule; None where nothing."""

    def __call__(self, page: Page, snapshot: Snapshot, interpretation: AnalysisOutcome) -> Rescheduling | None:
        """Pure but for chance: what an adaptive schedule learns."""
        ...


def adapt_nothing(page: Page, snapshot: Snapshot, interpretation: AnalysisOutcome) -> None:
    """For snapshots that say nothing of when their page is due next."""


@dataclass(frozen=True, slots=True)
class Processing:
    """How unprocessed snapshots are processed.

    Attributes:
        store: Where results are kept.
        clock: The observing clock.
        absences_before_lost: See `monitor.tracking.fact_state.advance`.
        understand: Extracts; whatever it raises leaves the snapshot unprocessed.
        adapt: What each snapshot means for the schedule.
    """

    store: Store
    clock: Callable[[], datetime]
    absences_before_lost: int = ABSENCES_BEFORE_LOST
    understand: Analyze = analyze
    adapt: Adapt = adapt_nothing

    def evaluate(self, page: Page, snapshot: Snapshot, known: PageMemory, body: bytes | None = None) -> AnalysisOutcome:
        """What processing an archived snapshot comes to; stores nothing.

        Args:
            page: Whose snapshot it is.
            snapshot: What to process.
            known: What is known of the page before it.
            body: Its body where that is still at hand; None asks the store for it.
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
        """T2: record what processing a snapshot came to, and what its schedule learns from it."""
        adapted = replace(interpretation, rescheduling=self.adapt(page, snapshot, interpretation))
        self.store.record(snapshot, adapted, now=self.clock(), owner=owner, more=more)
        return adapted

    def adapted(self, page: Page, interpretation: AnalysisOutcome) -> Page:
        """The page with the interval that its schedule came to."""
        to = interpretation.rescheduling
        return page if to is None else replace(page, interval=to.interval)


def _read_alike(page: Page, known: PageMemory, says: PageAnalysis, store: Store, understand: Analyze) -> Version | None:
    """The page's present version as the present reader reads it: like is compared with like.

    Returns:
        None before the first version, and where neither a version that the present reader made nor the body that it was read from can be used.
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
