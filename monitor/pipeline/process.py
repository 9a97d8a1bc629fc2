"""Processing stage of a check: unprocessed snapshots are extracted, oldest first, and each result is recorded in one transaction (T2).

A crash or a parser fault between archiving (T1) and T2 loses nothing: the snapshot stays unprocessed and is processed before newer ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from monitor.diff import linked_lists
from monitor.errors import BodyCorrupt, UnknownName
from monitor.model import (
    WHOLE_PAGE,
    AnalysisOutcome,
    FactDefinition,
    HostTemplate,
    Page,
    PageMemory,
    Rescheduling,
    Selection,
    Snapshot,
    Version,
)
from monitor.pipeline.analyze import EvaluationPolicy, PageAnalysis, analyze, evaluate
from monitor.ports import Store
from monitor.tracking import host_template
from monitor.tracking.fact_state import ABSENCES_BEFORE_LOST

_MOST_OUTDATED = 200
"""Versions that are loaded at once to learn the template of a host: one takes about a millisecond."""


class Analyze(Protocol):
    """Analyzes a body as `monitor.pipeline.analyze.analyze` does, in this process or another."""

    def __call__(
        self,
        body: bytes,
        snapshot: Snapshot,
        facts: Sequence[FactDefinition],
        selection: Selection = WHOLE_PAGE,
        *,
        like: Version | None = None,
    ) -> PageAnalysis:
        """Return the analysis of the body."""
        ...


class Adapt(Protocol):
    """Computes the new schedule of a page after a snapshot was processed; None where it does not change."""

    def __call__(self, page: Page, snapshot: Snapshot, outcome: AnalysisOutcome) -> Rescheduling | None:
        """Return the new schedule. Pure except for random jitter."""
        ...


def adapt_nothing(page: Page, snapshot: Snapshot, outcome: AnalysisOutcome) -> None:
    """Leave the schedule unchanged, for snapshots that do not affect it."""


@dataclass(frozen=True, slots=True)
class Processing:
    """Processes unprocessed snapshots.

    Attributes:
        store: Where results are kept.
        clock: The observing clock.
        absences_before_lost: See `monitor.tracking.fact_state.advance`.
        analyze: Analyzes a body; if it raises, the snapshot stays unprocessed.
        adapt: Computes the new schedule after each snapshot.
    """

    store: Store
    clock: Callable[[], datetime]
    absences_before_lost: int = ABSENCES_BEFORE_LOST
    analyze: Analyze = analyze
    adapt: Adapt = adapt_nothing

    def evaluate(
        self, page: Page, snapshot: Snapshot, memory: PageMemory, body: bytes | None = None
    ) -> AnalysisOutcome:
        """Return the outcome of processing an archived snapshot; store nothing.

        Args:
            page: The page of the snapshot.
            snapshot: The snapshot to process.
            memory: State of the page before it.
            body: Its body if already loaded; None loads it from the store.
        """
        assert snapshot.body_sha256 is not None, "a failed check is archived as processed"
        body = self.store.body(snapshot.body_sha256) if body is None else body
        analysis = self.analyze(body, snapshot, page.facts, page.selection, like=memory.version)
        policy = EvaluationPolicy.of(page, absences_before_lost=self.absences_before_lost)
        previous = self._comparable(page, memory, analysis)
        return evaluate(snapshot, analysis, memory, previous, policy, self._template(page, previous, analysis.version))

    def record(
        self, page: Page, snapshot: Snapshot, outcome: AnalysisOutcome, *, owner: str | None, more: bool
    ) -> AnalysisOutcome:
        """T2: record the outcome of processing a snapshot, with the new schedule; return the outcome recorded."""
        adapted = replace(outcome, rescheduling=self.adapt(page, snapshot, outcome))
        self.store.record(snapshot, adapted, now=self.clock(), owner=owner, more=more)
        return adapted

    def adapted(self, page: Page, outcome: AnalysisOutcome) -> Page:
        """Return the page with the interval of its new schedule."""
        schedule = outcome.rescheduling
        return page if schedule is None else replace(page, interval=schedule.interval)

    def _template(self, page: Page, previous: Version | None, new: Version) -> HostTemplate | None:
        """Return the template of the page's host if it matters, and learn it first if the page has a list that moved and is not known.

        It is learned when it is needed rather than with each check, so it costs nothing on most checks; see decision record 0039.
        """
        moved = host_template.moved_lists(previous, new) if previous is not None else frozenset()
        if not moved:
            return None
        known = self.store.host_template(page.host)
        if host_template.covers(known, moved):
            return known
        outdated = self.store.outdated_lists(page.host, linked_lists.LISTS_VERSION, _MOST_OUTDATED)
        if not outdated:
            return known
        found = [host_template.lists_of(version) for version in outdated]
        return self.store.learn_template(page.host, found, host_template.learn)

    def _comparable(self, page: Page, memory: PageMemory, analysis: PageAnalysis) -> Version | None:
        """Return the page's current version as the present parser version derives it, because only versions of one parser version are comparable.

        Returns:
            None before the first version, and where neither a version of the present parser version nor the body to derive it from is usable.
        """
        if memory.version is not None and memory.version.reader == analysis.version.reader:
            return memory.version
        snapshot = None if memory.current is None else memory.current.snapshot
        if snapshot is None or snapshot.body_sha256 is None:
            return None
        try:
            body = self.store.body(snapshot.body_sha256)
        except (BodyCorrupt, UnknownName):
            return None
        return self.analyze(body, snapshot, page.facts, page.selection).version
