"""Analysis of a snapshot: derives a version from a body, and compares it with the page's state to produce the outcome that T2 records. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitor.diff import compare
from monitor.diff.bounds import bounded
from monitor.diff.degree import degree_of_change
from monitor.diff.elapsed import SnapshotTimes
from monitor.extraction import refresh
from monitor.extraction.extract import extract
from monitor.extraction.selection import Selected, select
from monitor.facts import fact_reader
from monitor.facts.mentions import read_page
from monitor.model import (
    WHOLE_PAGE,
    AnalysisOutcome,
    Cause,
    Change,
    Document,
    Drift,
    Event,
    FactDefinition,
    FactState,
    HostTemplate,
    JsonValue,
    LearnedNoise,
    Origin,
    Page,
    PageHealth,
    PageMemory,
    ParserVersion,
    Reading,
    Selection,
    Snapshot,
    SnapshotRef,
    Verdict,
    Version,
)
from monitor.page_status import history_checks, rules
from monitor.parser_version import parser_version_of
from monitor.times import iso_utc
from monitor.tracking import fact_state, page_health
from monitor.tracking import noise as learned_noise
from monitor.tracking.fact_state import FactReading
from monitor.urls import document_base

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

    @staticmethod
    def without_content(verdict: Verdict, reason: str, reader: ParserVersion) -> PageAnalysis:
        """Return the analysis of a snapshot of which only the verdict is known."""
        return PageAnalysis(verdict, reason, Version(reader, "", None, (), (), ()))


def analyze(
    body: bytes,
    snapshot: Snapshot,
    facts: Sequence[FactDefinition],
    selection: Selection = WHOLE_PAGE,
    *,
    like: Version | None = None,
) -> PageAnalysis:
    """Extract and classify the body of `snapshot`.

    Args:
        body: The body to analyze.
        snapshot: The snapshot with that body.
        facts: Facts to extract.
        selection: The part of the page that is monitored.
        like: Another version of the page, whose mentions are reused for unchanged text; affects the speed only, not the result.
    """
    reader = parser_version_of(facts, selection)
    lookups = [*(lookup for fact in facts for lookup in fact.lookups), *selection.lookups]
    whole = extract(body, snapshot.content_type, lookups)
    selected = select(whole.blocks, whole.found, selection) if selection.lookups else Selected(whole.blocks)
    extracted = replace(whole, blocks=selected.blocks, images=() if selection.only else whole.images)
    reusable = like if like is not None and like.reader.code == reader.code else None
    mentions, excess = read_page(extracted.blocks, extracted.language, reusable)
    judged = rules.judge(
        status=snapshot.status,
        cleaned=whole,  # a block page lacks the selected elements, and is one all the same
        truncated=snapshot.truncated,
        body=body,
        url=snapshot.final_url,
        refresh=refresh.parse(snapshot.refresh) if snapshot.refresh else None,
        excess=extracted.cut or excess,
    )
    version = Version(
        reader=reader,
        title=extracted.title,
        language=extracted.language,
        blocks=extracted.blocks,
        mentions=mentions,
        readings=tuple(
            fact_reader.read(fact, extracted.blocks, mentions, extracted.title, extracted.found) for fact in facts
        ),
        base=document_base(snapshot.final_url, extracted.base),
        document=Document(extracted.why, len(body), hashlib.sha256(body).hexdigest()) if extracted.document else None,
        images=extracted.images,
    )
    verdict, reason = judged.verdict, judged.reason
    if selected.unmatched and verdict is Verdict.OK:
        verdict = Verdict.EMPTY if selected.is_missing else verdict
        reason = f"{reason}; not on the page: {', '.join(selected.unmatched)}"
    return PageAnalysis(verdict, reason, version, moved_to=judged.moved_to)


@dataclass(frozen=True, slots=True)
class EvaluationPolicy:
    """Settings that `evaluate` applies to a page: from its entry in the watchlist, and of the caller.

    Attributes:
        page_url: The URL that is watched; None where it equals the final URL.
        drift: The drift rule by fact name; facts left out report no drift.
        mute: See `Page.mute`.
        always_report: See `Page.always_report`.
        absences_before_lost: See `fact_state.advance`.
        track_health: Whether a live snapshot may change the health of the page.
    """

    page_url: str | None = None
    drift: Mapping[str, Drift] = field(default_factory=dict)
    mute: tuple[str, ...] = ()
    always_report: tuple[str, ...] = ()
    absences_before_lost: int = fact_state.ABSENCES_BEFORE_LOST
    track_health: bool = True

    @staticmethod
    def of(page: Page, *, absences_before_lost: int, track_health: bool = True) -> EvaluationPolicy:
        """Return the policy of a watched page."""
        drift = {fact.name: fact.drift for fact in page.facts if fact.drift is not None}
        return EvaluationPolicy(page.url, drift, page.mute, page.always_report, absences_before_lost, track_health)


@dataclass(frozen=True, slots=True)
class _Check:
    """Input of the steps of `evaluate`; the analysis already has its final verdict."""

    snapshot: Snapshot
    analysis: PageAnalysis
    memory: PageMemory
    previous: Version | None
    policy: EvaluationPolicy
    template: HostTemplate | None = None

    @property
    def ref(self) -> SnapshotRef:
        return _ref(self.snapshot)


def evaluate(
    snapshot: Snapshot,
    analysis: PageAnalysis,
    memory: PageMemory,
    previous: Version | None,
    policy: EvaluationPolicy = EvaluationPolicy(),
    template: HostTemplate | None = None,
) -> AnalysisOutcome:
    """Return the outcome of processing a snapshot, given the state of its page.

    The steps: correct the verdict by the page's history, update the page's health, and, if the verdict is ok, advance the fact states, compare the
    texts, and tell noise from changes.

    Args:
        snapshot: The snapshot processed.
        analysis: Analysis of its body.
        memory: State of the page before it.
        previous: The page's current version as the present parser version derives it (`memory.version`, or the body of its snapshot processed again);
            None before the first, and where the stored version is damaged: texts are then not compared, and facts are compared with their stored states.
        policy: Settings of the page.
        template: The template learned of the page's host; None if there is none. It applies as of the time of the snapshot.
    """
    check = _Check(snapshot, _classify(snapshot, analysis, memory, previous), memory, previous, policy, template)
    outcome, health = _update_health(check)
    if check.analysis.verdict is not Verdict.OK:
        return outcome
    states, fact_changes = _advance_facts(check)
    text_changes, noise = _compare_texts(check)
    changes = (*fact_changes, *text_changes)
    return replace(
        _with_version(check, outcome),
        states=tuple(state for state in states if state != memory.states.get(state.fact)),
        events=(*outcome.events, *(_event(check, change, change.seen_before or memory.last_ok) for change in changes)),
        settled=all(map(fact_state.is_stable, states)) and page_health.settled(health),
        noise=None if noise is memory.noise else noise,
    )


def unreadable(snapshot: Snapshot, memory: PageMemory, reason: str, *, page_url: str) -> AnalysisOutcome:
    """Return the outcome of a snapshot whose extraction has failed permanently: facts and version of the page are unchanged.

    Args:
        snapshot: The snapshot.
        memory: State of the page before it.
        reason: How extraction failed, for display.
        page_url: The URL that is watched.
    """
    analysis = PageAnalysis.without_content(Verdict.UNREADABLE, reason, parser_version_of(()))
    outcome, _ = _update_health(_Check(snapshot, analysis, memory, None, EvaluationPolicy(page_url)))
    return outcome


def _classify(snapshot: Snapshot, analysis: PageAnalysis, memory: PageMemory, previous: Version | None) -> PageAnalysis:
    """Return the analysis with its verdict corrected by the page's history."""
    if previous is None or memory.current is None or memory.current.snapshot is None:
        return analysis
    judged = history_checks.against(
        rules.Judgement(analysis.verdict, analysis.reason),
        analysis.version,
        previous,
        url=snapshot.final_url,
        previous_url=memory.current.snapshot.final_url,
        missed=memory.missed,
    )
    return replace(analysis, verdict=judged.verdict, reason=judged.reason, weak=judged.weak)


def _update_health(check: _Check) -> tuple[AnalysisOutcome, PageHealth]:
    """Return the outcome as far as it follows from the verdict, with the events of the page's health; and this health."""
    snapshot, analysis, memory = check.snapshot, check.analysis, check.memory
    outcome = AnalysisOutcome(analysis.verdict, analysis.reason)
    if not check.policy.track_health or snapshot.origin is not Origin.LIVE:
        return outcome, memory.health
    health, transitions = page_health.advance(
        memory.health,
        verdict=analysis.verdict,
        reason=analysis.reason,
        page_url=check.policy.page_url or snapshot.final_url,
        final_url=analysis.moved_to or snapshot.final_url,
        moved_permanently=snapshot.moved_permanently,
        snapshot=check.ref,
        last_ok=memory.last_ok,
    )
    events = tuple(_event(check, change, change.seen_before) for change in transitions)
    return replace(outcome, events=events, health=None if health == memory.health else health), health


def _advance_facts(check: _Check) -> tuple[list[FactState], list[Change]]:
    """Return the state of each fact after the snapshot, and the changes of the facts."""
    states: list[FactState] = []
    changes: list[Change] = []
    earlier = _previous_readings(check)
    for reading in check.analysis.version.readings:
        state, fact_changes = _advance_fact(check, reading, earlier.get(reading.fact))
        states.append(state)
        changes.extend(fact_changes)
    return states, changes


def _advance_fact(check: _Check, reading: Reading, earlier: FactReading | None) -> tuple[FactState, tuple[Change, ...]]:
    """Return the next state of one fact, and its changes.

    A state of another parser version is first derived again from the `earlier` reading; without one it restarts, without events.
    """
    memory, version = check.memory, check.analysis.version
    stated = FactReading(reading, version, check.ref, check.snapshot.seq)
    if memory.current is None:
        return fact_state.initial(stated)
    state = memory.states.get(reading.fact)
    if state is None or state.reader != version.reader.digest:
        state = fact_state.rebase(state, earlier or stated)
        if earlier is None:
            return state, ()
    return fact_state.advance(
        state,
        stated,
        last_ok=memory.last_ok,
        drift=check.policy.drift.get(reading.fact),
        weak=check.analysis.weak,
        absences_before_lost=check.policy.absences_before_lost,
    )


def _previous_readings(check: _Check) -> dict[str, FactReading]:
    """Return the readings of the previous version by fact name; empty where there is none."""
    previous, current = check.previous, check.memory.current
    if previous is None or current is None or current.snapshot is None:
        return {}
    ref, seq = _ref(current.snapshot), current.snapshot.seq
    return {reading.fact: FactReading(reading, previous, ref, seq) for reading in previous.readings}


def _compare_texts(check: _Check) -> tuple[tuple[Change, ...], LearnedNoise | None]:
    """Return the changes of numbers and texts since the previous version, each with its level, and the learned noise."""
    if check.previous is None:
        return (), check.memory.noise
    version, last_ok = check.analysis.version, check.memory.last_ok
    template = None if check.template is None else check.template.at(check.snapshot.taken_at)
    return learned_noise.update(
        compare.compare(check.previous, version, _times(check), template),
        check.memory.noise,
        version,
        learned_noise.CheckTime(
            check.snapshot.taken_at,
            None if last_ok is None else last_ok.taken_at,
            check.snapshot.seq,
            sum(check.memory.missed.values()),
        ),
        mute=check.policy.mute,
        always_report=check.policy.always_report,
    )


def _times(check: _Check) -> SnapshotTimes | None:
    """Return when the two versions compared were fetched; None where the earlier time is unknown, or not before the later one."""
    current = check.memory.current
    if current is None or current.snapshot is None or current.snapshot.taken_at >= check.snapshot.taken_at:
        return None
    return SnapshotTimes(current.snapshot.taken_at, check.snapshot.taken_at)


def _with_version(check: _Check, outcome: AnalysisOutcome) -> AnalysisOutcome:
    """Return the outcome with the version to store, or the stored version that the snapshot repeats."""
    new, current = check.analysis.version, check.memory.current
    if check.previous is None and current is not None:
        outcome = replace(outcome, reason=f"{outcome.reason}; {_NOT_COMPARED}")
    if current is None or current.version is None or not new.same_as(current.version):
        degree = None if check.previous is None else degree_of_change(check.previous, new)
        return replace(outcome, version=new, degree=degree)
    confirmed_by = new.reader if current.version.reader != new.reader else None
    return replace(outcome, version_id=current.id, confirmed_by=confirmed_by)


def _ref(snapshot: Snapshot) -> SnapshotRef:
    return SnapshotRef(snapshot.id, snapshot.taken_at)


def _event(check: _Check, change: Change, before: SnapshotRef | None) -> Event:
    """Return the event of a change, with the time interval in which the page changed."""
    after = change.seen_after or check.ref
    if before is not None:
        # Checks that were not ok are counted since the last ok check, so their number is unknown for an older interval.
        since_last_ok = before == check.memory.last_ok and after == check.ref
        missed = dict(check.memory.missed) if since_last_ok else None
        change = replace(change, detail={**change.detail, "between": _between(before, after, missed)})
    return Event(bounded(change), after, before, check.snapshot.origin, Cause.PAGE)


def _between(before: SnapshotRef, after: SnapshotRef, missed: dict[str, int] | None) -> dict[str, JsonValue]:
    """Return the time interval of an event: after the check `from` and no later than the check `to`; "missed" is omitted where unknown."""
    interval: dict[str, JsonValue] = {"from": iso_utc(before.taken_at), "to": iso_utc(after.taken_at)}
    return interval if missed is None else {**interval, "missed": missed}
