"""A page's story told anew: its kept snapshots, in the order of time, read and decided as if they had come so. Pure but for the bodies it asks for.

What a page said is derived from what was kept, and can be derived again: by newer code, with other facts, or because a snapshot turned up that lies
between two others. How a page stands (gone, blocked, stale …) is not told anew: that was true when it was told.
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
    """One snapshot of a story.

    Attributes:
        snapshot: As it is kept.
        came_to: What its reading comes to; `version` is a version that the page did not show before it, None where it reads as before.
        known: What is known of the page from then on.
    """

    snapshot: Snapshot
    came_to: AnalysisOutcome
    known: PageMemory


@dataclass(frozen=True, slots=True)
class _Told:
    """What stands between two snapshots of a story."""

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
    """Tell a page's story from its beginning.

    Args:
        page: Whose story, with the facts to read.
        snapshots: Every snapshot of it, failed ones included, in the order of time.
        body: Gives a kept body by its SHA-256.
        understand: Who reads bodies.
        absences_before_lost: See `monitor.tracking.fact_state.advance`.
        unreadable: Told of a snapshot that cannot be read; it is left out of the story.
        stored: Gives the version that is stored of a snapshot whose body is damaged; None where there is none. It stands in for the body where the
            present reader made it.

    Raises:
        StorageError: The database could not do what was asked.
    """
    so_far = _Told(PageMemory())
    for look, kept in enumerate(snapshots, 1):
        if kept.body_sha256 is None:
            so_far = replace(so_far, known=_missed(so_far.known, "failed"))
            continue
        # Numbered as they came in time, which is not the order of archiving where one turned up late.
        snapshot = replace(kept, seq=look)
        try:
            so_far, came_to = _next(page, snapshot, so_far, _reading(body, understand, stored), absences_before_lost)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 (whatever a parser raises costs this snapshot only)
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
    """Reads a snapshot's body, or takes what was read from it while it was whole."""

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
    """What is known once a snapshot was read. Versions are numbered from 0."""
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
