"""Reprocessing of a page history: all stored snapshots are processed in the order of time, as if they were new. Pure except for loading bodies.

Everything derived from stored snapshots can be derived again: with newer code, with other facts, or because a snapshot was added between
two others. The health of the page (gone, blocked, stale …) is not reprocessed: it was correct when it was reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from monitor.errors import BodyCorrupt, StorageError
from monitor.model import (
    AnalysisOutcome,
    CurrentVersion,
    FactState,
    HostTemplate,
    Page,
    PageMemory,
    ResponseKey,
    Snapshot,
    SnapshotRef,
    Verdict,
    Version,
)
from monitor.parser_version import parser_version_of
from monitor.pipeline.analyze import EvaluationPolicy, PageAnalysis, evaluate
from monitor.pipeline.process import Analyze
from monitor.tracking.fact_state import ABSENCES_BEFORE_LOST

_Analyze = Callable[[Snapshot, Version | None], PageAnalysis]
"""Analyzes the stored body of a snapshot; the version, if any, only saves time."""


@dataclass(frozen=True, slots=True)
class Reprocessed:
    """One snapshot of a page history.

    Attributes:
        snapshot: The snapshot as stored.
        outcome: Outcome of processing it; `version` is a version that the page did not show before it, None where the content is unchanged.
        memory: State of the page after it.
    """

    snapshot: Snapshot
    outcome: AnalysisOutcome
    memory: PageMemory


@dataclass(frozen=True, slots=True)
class _Progress:
    """State between two snapshots of a page history: the page memory, and the last response that was analyzed, with its results."""

    memory: PageMemory
    response: ResponseKey | None = None
    analysis: PageAnalysis | None = None
    outcome: AnalysisOutcome | None = None


def reprocess(
    page: Page,
    snapshots: Iterable[Snapshot],
    body: Callable[[str], bytes],
    *,
    analyze: Analyze,
    absences_before_lost: int = ABSENCES_BEFORE_LOST,
    on_error: Callable[[Snapshot, Exception], None],
    stored: Callable[[Snapshot], Version | None] = lambda _: None,
    template: HostTemplate | None = None,
) -> Iterator[Reprocessed]:
    """Yield the results of reprocessing a page history from its beginning.

    Args:
        page: The page, with the facts to extract.
        snapshots: All its snapshots, failed ones included, in the order of time.
        body: Returns a stored body by its SHA-256.
        analyze: Analyzes a body.
        absences_before_lost: See `monitor.tracking.fact_state.advance`.
        on_error: Called for a snapshot that cannot be processed; it is omitted from the history.
        stored: Returns the stored version of a snapshot whose body is damaged; None where there is none. It replaces the body if the
            present parser version derived it.
        template: The template learned of the page's host; None if there is none.

    Raises:
        StorageError: The database operation failed.
    """
    analyze_stored = _analyzer(page, body, analyze, stored)
    policy = EvaluationPolicy.of(page, absences_before_lost=absences_before_lost, track_health=False)
    judge = partial(evaluate, policy=policy, template=template)
    progress = _Progress(PageMemory())
    for number, snapshot in enumerate(snapshots, 1):
        if snapshot.body_sha256 is None:
            progress = replace(progress, memory=_missed(progress.memory, "failed"))
            continue
        try:
            # Numbered in the order of time, which differs from the order of archiving if a snapshot was archived late.
            progress, outcome = _next(replace(snapshot, seq=number), progress, analyze_stored, judge)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 (an error of the parser affects this snapshot only)
            on_error(snapshot, error)
            continue
        yield Reprocessed(snapshot, outcome, progress.memory)


def _next(
    snapshot: Snapshot, progress: _Progress, analyze: _Analyze, judge: Callable[..., AnalysisOutcome]
) -> tuple[_Progress, AnalysisOutcome]:
    """Return the state after a snapshot, and its outcome. A repeated response is not analyzed again, and if it is settled not evaluated either."""
    memory, analysis, before = progress.memory, progress.analysis, progress.outcome
    if analysis is None or snapshot.response_key != progress.response:
        analysis = analyze(snapshot, memory.version)
    elif before is not None and before.settled:
        repeated = AnalysisOutcome(before.verdict, before.reason, version_id=memory.version_id, settled=True)
        return replace(progress, memory=_after(memory, snapshot, repeated), outcome=repeated), repeated
    outcome = judge(snapshot, analysis, memory, memory.version)
    return _Progress(_after(memory, snapshot, outcome), snapshot.response_key, analysis, outcome), outcome


def _analyzer(
    page: Page, body: Callable[[str], bytes], analyze: Analyze, stored: Callable[[Snapshot], Version | None]
) -> _Analyze:
    """Return a function that analyzes a snapshot's body, or reuses its stored version and verdict if the body is damaged."""

    def analyze_stored(snapshot: Snapshot, like: Version | None) -> PageAnalysis:
        assert snapshot.body_sha256 is not None
        try:
            return analyze(body(snapshot.body_sha256), snapshot, page.facts, page.selection, like=like)
        except BodyCorrupt:
            reader, verdict = parser_version_of(page.facts, page.selection), snapshot.verdict
            if verdict is not None and verdict is not Verdict.OK:
                return PageAnalysis.without_content(verdict, snapshot.verdict_reason, reader)
            version = stored(snapshot)
            if verdict is None or version is None or version.reader != reader:
                raise
            return PageAnalysis(verdict, snapshot.verdict_reason, version)

    return analyze_stored


def _after(memory: PageMemory, snapshot: Snapshot, outcome: AnalysisOutcome) -> PageMemory:
    """Return the state of the page after a snapshot was processed. Versions are numbered from 0."""
    if outcome.verdict is not Verdict.OK:
        return _missed(memory, outcome.verdict.value)
    if outcome.version is not None:
        number = 0 if memory.current is None else memory.current.id + 1
        memory = replace(memory, current=CurrentVersion(number, outcome.version, snapshot))
    if outcome.noise is not None:
        memory = replace(memory, noise=outcome.noise)
    states: dict[str, FactState] = {**memory.states, **{state.fact: state for state in outcome.states}}
    return replace(memory, last_ok=SnapshotRef(snapshot.id, snapshot.taken_at), states=states, missed={})


def _missed(memory: PageMemory, verdict: str) -> PageMemory:
    """Return the state of the page after a check that was not ok; its verdict is "failed" where there was no response."""
    return replace(memory, missed={**memory.missed, verdict: memory.missed.get(verdict, 0) + 1})
