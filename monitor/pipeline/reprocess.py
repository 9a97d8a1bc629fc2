"""Reprocessing of a page history: all stored snapshots are processed in the order of time, as if they were new. Pure except for loading bodies.

Everything derived from stored snapshots can be derived again: with newer code, with other facts, or because a snapshot was added between
two others. The health of the page (gone, blocked, stale …) is not reprocessed: it was correct when it was reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from monitor.errors import BodyCorrupt, StorageError
from monitor.model import AnalysisOutcome, FactState, Page, PageMemory, Snapshot, SnapshotRef, Verdict, Version
from monitor.parser_version import parser_version_of
from monitor.pipeline.analyze import PageAnalysis, evaluate
from monitor.pipeline.process import Analyze
from monitor.tracking.fact_state import ABSENCES_BEFORE_LOST


@dataclass(frozen=True, slots=True)
class Reprocessed:
    """One snapshot of a page history.

    Attributes:
        snapshot: The snapshot as stored.
        came_to: Outcome of processing it; `version` is a version that the page did not show before it, None where the content is unchanged.
        known: State of the page after it.
    """

    snapshot: Snapshot
    came_to: AnalysisOutcome
    known: PageMemory


@dataclass(frozen=True, slots=True)
class _Told:
    """State between two snapshots of a page history."""

    known: PageMemory
    shown: tuple[object, ...] | None = None
    says: PageAnalysis | None = None
    came_to: AnalysisOutcome | None = None


def reprocess(
    page: Page,
    snapshots: Iterable[Snapshot],
    body: Callable[[str], bytes],
    *,
    understand: Analyze,
    absences_before_lost: int = ABSENCES_BEFORE_LOST,
    unreadable: Callable[[Snapshot, Exception], None],
    stored: Callable[[Snapshot], Version | None] = lambda _: None,
) -> Iterator[Reprocessed]:
    """Yield the results of reprocessing a page history from its beginning.

    Args:
        page: The page, with the facts to extract.
        snapshots: All its snapshots, failed ones included, in the order of time.
        body: Returns a stored body by its SHA-256.
        understand: Analyzes a body.
        absences_before_lost: See `monitor.tracking.fact_state.advance`.
        unreadable: Called for a snapshot that cannot be processed; it is omitted from the history.
        stored: Returns the stored version of a snapshot whose body is damaged; None where there is none. It replaces the body if the
            present parser version derived it.

    Raises:
        StorageError: The database operation failed.
    """
    so_far = _Told(PageMemory())
    for look, kept in enumerate(snapshots, 1):
        if kept.body_sha256 is None:
            so_far = replace(so_far, known=_missed(so_far.known, "failed"))
            continue
        # Numbered in the order of time, which differs from the order of archiving if a snapshot was archived late.
        snapshot = replace(kept, seq=look)
        try:
            so_far, came_to = _next(page, snapshot, so_far, _reading(body, understand, stored), absences_before_lost)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 (an error of the parser affects this snapshot only)
            unreadable(kept, error)
            continue
        yield Reprocessed(kept, came_to, so_far.known)


def _next(
    page: Page,
    snapshot: Snapshot,
    so_far: _Told,
    read: Callable[[Page, Snapshot, Version | None], PageAnalysis],
    absences_before_lost: int,
) -> tuple[_Told, AnalysisOutcome]:
    assert snapshot.body_sha256 is not None
    known, says = so_far.known, so_far.says
    shown = (
        *(snapshot.body_sha256, snapshot.status, snapshot.final_url, snapshot.content_type),
        *(snapshot.truncated, snapshot.refresh),
    )
    if says is None or shown != so_far.shown:
        says = read(page, snapshot, known.version)
    elif so_far.came_to is not None and so_far.came_to.settled:
        before = so_far.came_to
        repeated = AnalysisOutcome(before.verdict, before.reason, version_id=known.version_id, settled=True)
        return replace(so_far, known=_after(known, snapshot, repeated), came_to=repeated), repeated
    came_to = evaluate(
        snapshot,
        says,
        known,
        known.version,
        page_url=page.url,
        absences_before_lost=absences_before_lost,
        facts=page.facts,
        with_health=False,
        mute=page.mute,
        always_report=page.always_report,
    )
    return _Told(_after(known, snapshot, came_to), shown, says, came_to), came_to


def _reading(
    body: Callable[[str], bytes], understand: Analyze, stored: Callable[[Snapshot], Version | None]
) -> Callable[[Page, Snapshot, Version | None], PageAnalysis]:
    """Return a function that analyzes a snapshot's body, or reuses its stored version and verdict if the body is damaged."""

    def read(page: Page, snapshot: Snapshot, like: Version | None) -> PageAnalysis:
        assert snapshot.body_sha256 is not None
        try:
            return understand(body(snapshot.body_sha256), snapshot, page.facts, like=like)
        except BodyCorrupt:
            reader, verdict = parser_version_of(page.facts), snapshot.verdict
            if verdict is not None and verdict is not Verdict.OK:
                return PageAnalysis(verdict, snapshot.verdict_reason, Version(reader, "", None, (), (), ()))
            version = stored(snapshot)
            if verdict is None or version is None or version.reader != reader:
                raise
            return PageAnalysis(verdict, snapshot.verdict_reason, version)

    return read


def _after(known: PageMemory, snapshot: Snapshot, came_to: AnalysisOutcome) -> PageMemory:
    """Return the state of the page after a snapshot was processed. Versions are numbered from 0."""
    if came_to.verdict is not Verdict.OK:
        return _missed(known, came_to.verdict.value)
    if came_to.version is not None:
        number = 0 if known.version_id is None else known.version_id + 1
        known = replace(known, version_id=number, version=came_to.version, shown_by=snapshot)
    if came_to.churn is not None:
        known = replace(known, churn=came_to.churn)
    states: dict[str, FactState] = {**known.states, **{state.fact: state for state in came_to.states}}
    return replace(known, last_ok=SnapshotRef(snapshot.id, snapshot.taken_at), states=states, missed={})


def _missed(known: PageMemory, word: str) -> PageMemory:
    return replace(known, missed={**known.missed, word: known.missed.get(word, 0) + 1})
