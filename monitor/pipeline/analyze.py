"""Analysis of a snapshot: derives a version from a body, and compares it with the page's state to produce the outcome that T2 records. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urljoin

from monitor.diff import compare
from monitor.diff.bounds import bounded
from monitor.extraction import refresh
from monitor.extraction.extract import extract
from monitor.facts import fact_reader
from monitor.facts.mentions import read_page
from monitor.model import (
    AnalysisOutcome,
    Cause,
    Change,
    Document,
    Drift,
    Event,
    FactDefinition,
    FactState,
    JsonValue,
    Origin,
    PageHealth,
    PageMemory,
    Reading,
    Snapshot,
    SnapshotRef,
    Verdict,
    Version,
)
from monitor.page_status import history_checks, rules
from monitor.parser_version import parser_version_of
from monitor.tracking import fact_state, page_health
from monitor.tracking import noise as learned_noise
from monitor.tracking.fact_state import FactReading

_NOT_COMPARED = "the version before it is damaged, so texts were not compared"


@dataclass(frozen=True, slots=True)
class PageAnalysis:
    """Content extracted from a body, with its verdict.

    Attributes:
        verdict: Classification of the snapshot.
        reason: Reason for the verdict.
        version: Its blocks and readings, whatever the verdict.
        weak: Whether the verdict is ok for weak reasons, named in `reason`: a changed value of a fact then waits for the next check.
        moved_to: Target of a page that has moved without a redirect; "" where it has not.
    """

    verdict: Verdict
    reason: str
    version: Version
    weak: bool = False
    moved_to: str = ""


def analyze(
    body: bytes, snapshot: Snapshot, facts: Sequence[FactDefinition], *, like: Version | None = None
) -> PageAnalysis:
    """Extract and classify the body of `snapshot`.

    Args:
        body: The body to analyze.
        snapshot: The snapshot with that body.
        facts: Facts to extract.
        like: Another version of the page, whose mentions are reused for unchanged text; affects the speed only, not the result.
    """
    reader = parser_version_of(facts)
    cleaned = extract(body, snapshot.content_type, [lookup for fact in facts for lookup in fact.lookups])
    alike = like if like is not None and like.reader.code == reader.code else None
    mentions, excess = read_page(cleaned.blocks, cleaned.language, alike)
    judged = rules.judge(
        status=snapshot.status,
        cleaned=cleaned,
        truncated=snapshot.truncated,
        body=body,
        url=snapshot.final_url,
        refresh=refresh.parse(snapshot.refresh) if snapshot.refresh else None,
        excess=cleaned.cut or excess,
    )
    version = Version(
        reader=reader,
        title=cleaned.title,
        language=cleaned.language,
        blocks=cleaned.blocks,
        mentions=mentions,
        readings=tuple(
            fact_reader.read(fact, cleaned.blocks, mentions, cleaned.title, cleaned.found) for fact in facts
        ),
        base=_base(snapshot.final_url, cleaned.base),
        document=Document(cleaned.why, len(body), hashlib.sha256(body).hexdigest()) if cleaned.document else None,
    )
    return PageAnalysis(judged.verdict, judged.reason, version, moved_to=judged.moved_to)


def _base(url: str, said: str) -> str:
    """Return the URL against which a page's links are resolved, from its own URL and its base element."""
    try:
        return urljoin(url, said)
    except ValueError:
        return url


def evaluate(
    snapshot: Snapshot,
    now_says: PageAnalysis,
    known: PageMemory,
    was: Version | None,
    *,
    page_url: str | None = None,
    absences_before_lost: int = fact_state.ABSENCES_BEFORE_LOST,
    facts: Sequence[FactDefinition] = (),
    with_health: bool = True,
    mute: Sequence[str] = (),
    always_report: Sequence[str] = (),
) -> AnalysisOutcome:
    """Return the outcome of processing a snapshot, given the state of its page.

    Args:
        snapshot: The snapshot processed.
        now_says: Analysis of its body.
        known: State of the page before it.
        was: The page's current version as the present parser version derives it (`known.version`, or the body of its snapshot processed again); None before
            the first, and where the stored version is damaged: texts are then not compared, and facts are compared with their stored states.
        page_url: The URL that is watched; None where it equals the final URL.
        absences_before_lost: See `fact_state.advance`.
        facts: Definitions with the drift rules; facts left out report no drift.
        with_health: Whether the check may change the health of the page; only a live one does.
        mute: See `Page.mute`.
        always_report: See `Page.always_report`.
    """
    here = SnapshotRef(snapshot.id, snapshot.taken_at)
    now_says = _after(now_says, was, snapshot, known)
    with_health = with_health and snapshot.origin is Origin.LIVE
    stands, turned = _health(
        snapshot,
        now_says.verdict,
        now_says.reason,
        known,
        page_url,
        judged=with_health,
        moved_to=now_says.moved_to,
    )
    drifts = {fact.name: fact.drift for fact in facts}
    changed = None if stands == (known.health or PageHealth()) else stands
    if now_says.verdict is not Verdict.OK:
        return AnalysisOutcome(now_says.verdict, now_says.reason, events=turned, health=changed)
    new = now_says.version
    learned = known.churn
    if was is None and known.version_id is None:
        states, changes = _first(new, here, snapshot.seq)
    elif was is None:
        now_says = replace(now_says, reason=f"{now_says.reason}; {_NOT_COMPARED}")
        states, changes = _without_base(now_says, known, snapshot, absences_before_lost, drifts)
    else:
        states, changes = _next(now_says, was, known, snapshot, absences_before_lost, drifts)
        seen, learned = learned_noise.update(
            compare.compare(was, new),
            known.churn,
            new,
            look=snapshot.seq,
            missed=known.missed,
            mute=mute,
            always_report=always_report,
        )
        changes.extend(seen)
    same = known.version is not None and new.same_as(known.version)
    told = tuple(_event(change, snapshot, here, change.seen_before or known.last_ok, known) for change in changes)
    return AnalysisOutcome(
        now_says.verdict,
        now_says.reason,
        version=None if same else new,
        version_id=known.version_id if same else None,
        states=tuple(state for state in states if state != known.states.get(state.fact)),
        events=(*turned, *told),
        health=changed,
        settled=all(map(fact_state.is_stable, states)) and page_health.settled(stands),
        churn=None if learned is known.churn else learned,
        confirmed_by=new.reader if same and known.version is not None and known.version.reader != new.reader else None,
    )


def _after(now_says: PageAnalysis, was: Version | None, snapshot: Snapshot, known: PageMemory) -> PageAnalysis:
    """Return the analysis with its verdict corrected by the page's history."""
    if was is None or known.shown_by is None:
        return now_says
    judged = history_checks.against(
        rules.Judgement(now_says.verdict, now_says.reason),
        now_says.version,
        was,
        url=snapshot.final_url,
        was_url=known.shown_by.final_url,
        missed=known.missed,
    )
    return replace(now_says, verdict=judged.verdict, reason=judged.reason, weak=judged.weak)


def unreadable(snapshot: Snapshot, known: PageMemory, reason: str, *, page_url: str) -> AnalysisOutcome:
    """Return the outcome of a snapshot whose extraction has failed permanently: facts and version of the page are unchanged.

    Args:
        snapshot: The snapshot.
        known: State of the page before it.
        reason: How extraction failed, for display.
        page_url: The URL that is watched.
    """
    stands, turned = _health(
        snapshot, Verdict.UNREADABLE, reason, known, page_url, judged=snapshot.origin is Origin.LIVE
    )
    changed = None if stands == (known.health or PageHealth()) else stands
    return AnalysisOutcome(Verdict.UNREADABLE, reason, events=turned, health=changed)


def _health(
    snapshot: Snapshot,
    verdict: Verdict,
    reason: str,
    known: PageMemory,
    page_url: str | None,
    *,
    judged: bool,
    moved_to: str | None = None,
) -> tuple[PageHealth, tuple[Event, ...]]:
    """Return the health of the page after a snapshot, and the events of its transitions; the previous health if `judged` is False."""
    if not judged:
        return known.health or PageHealth(), ()
    here = SnapshotRef(snapshot.id, snapshot.taken_at)
    stands, turns = page_health.advance(
        known.health,
        verdict=verdict,
        reason=reason,
        page_url=page_url or snapshot.final_url,
        final_url=moved_to or snapshot.final_url,
        moved_permanently=snapshot.moved_permanently,
        snapshot=here,
        last_ok=known.last_ok,
    )
    return stands, tuple(_event(change, snapshot, here, change.seen_before, known) for change in turns)


def _first(new: Version, here: SnapshotRef, look: int) -> tuple[list[FactState], list[Change]]:
    states: list[FactState] = []
    changes: list[Change] = []
    for reading in new.readings:
        state, told = fact_state.initial(FactReading(reading, new, here, look))
        states.append(state)
        changes.extend(told)
    return states, changes


def _next(
    now_says: PageAnalysis,
    was: Version,
    known: PageMemory,
    snapshot: Snapshot,
    absences_before_lost: int,
    drifts: Mapping[str, Drift | None],
) -> tuple[list[FactState], list[Change]]:
    assert known.shown_by is not None
    new = now_says.version
    then = SnapshotRef(known.shown_by.id, known.shown_by.taken_at)
    old_readings = {reading.fact: reading for reading in was.readings}
    states: list[FactState] = []
    changes: list[Change] = []
    for reading in new.readings:
        before = known.states.get(reading.fact)
        if before is None or before.reader != new.reader.digest:
            before = fact_state.rebase(before, FactReading(old_readings[reading.fact], was, then, known.shown_by.seq))
        state, told = _decided(before, reading, now_says, known, snapshot, absences_before_lost, drifts)
        states.append(state)
        changes.extend(told)
    return states, changes


def _without_base(
    now_says: PageAnalysis,
    known: PageMemory,
    snapshot: Snapshot,
    absences_before_lost: int,
    drifts: Mapping[str, Drift | None],
) -> tuple[list[FactState], list[Change]]:
    """Like `_next`, without a previous version. Fact states of the present parser version are advanced; every other fact restarts, without events."""
    states: list[FactState] = []
    changes: list[Change] = []
    for reading in now_says.version.readings:
        before = known.states.get(reading.fact)
        told: tuple[Change, ...] = ()
        if before is None or before.reader != now_says.version.reader.digest:
            here = SnapshotRef(snapshot.id, snapshot.taken_at)
            state = fact_state.rebase(before, FactReading(reading, now_says.version, here, snapshot.seq))
        else:
            state, told = _decided(before, reading, now_says, known, snapshot, absences_before_lost, drifts)
        states.append(state)
        changes.extend(told)
    return states, changes


def _decided(
    before: FactState,
    reading: Reading,
    now_says: PageAnalysis,
    known: PageMemory,
    snapshot: Snapshot,
    absences_before_lost: int,
    drifts: Mapping[str, Drift | None],
) -> tuple[FactState, tuple[Change, ...]]:
    return fact_state.advance(
        before,
        FactReading(reading, now_says.version, SnapshotRef(snapshot.id, snapshot.taken_at), snapshot.seq),
        last_ok=known.last_ok,
        drift=drifts.get(reading.fact),
        weak=now_says.weak,
        absences_before_lost=absences_before_lost,
    )


def _event(
    change: Change, snapshot: Snapshot, here: SnapshotRef, before: SnapshotRef | None, known: PageMemory
) -> Event:
    after = change.seen_after or here
    if before is not None:
        # Checks that were not ok are counted since the last ok check, so their number is unknown for an older interval.
        missed = dict(known.missed) if before == known.last_ok and after == here else None
        change = replace(change, detail={**change.detail, "between": _between(before, after, missed)})
    return Event(bounded(change), after, before, snapshot.origin, Cause.PAGE)


def _between(before: SnapshotRef, after: SnapshotRef, missed: dict[str, int] | None) -> dict[str, JsonValue]:
    """Return the time interval of an event: after the check `from` and no later than the check `to`; "missed" is omitted where unknown."""
    claim: dict[str, JsonValue] = {"from": _iso(before.taken_at), "to": _iso(after.taken_at)}
    return claim if missed is None else {**claim, "missed": missed}


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
