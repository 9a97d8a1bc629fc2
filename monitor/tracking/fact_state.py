"""State machine of a fact: advances its state by one reading and returns the resulting changes. Pure.

Only readings of ok snapshots are passed in. The rules:

- The first snapshot of a page produces no changes, only a contradiction that already exists.
- Another value is reported at its first check, as `fact_changed`. If the verdict is ok for weak reasons only, the value must be confirmed by the next
  check. A list in another order or with another spelling is the same value.
- A missing value is not reported until it has been absent for `absences_before_lost` ok checks in a row; then `fact_lost` is reported, dated at the
  first of them.
- A value that is not readable is neither a value nor an absence. It is reported as `fact_lost`, with the reason `unreadable`, once it has not been
  readable in as many ok checks; checks without it in between count for neither.
- If the same value returns before that, nothing is reported; after `fact_lost`, `fact_found` is reported with the last good value as the previous value.
- A contradiction is reported when it opens and when its set of values changes; `fact_agreed` is reported when it closes.
- Alternation between two values is reported once, as `fact_flapping`. From then on each change is recorded but held, until one value is stable
  (`fact_flapping` again) or a third value appears.
- Small steps are reported as `fact_drifted` when they add up to a large distance from the baseline.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from monitor.facts.values import same
from monitor.limits import TRAIL_CHARS
from monitor.model import Change, Drift, EventKind, FactState, SnapshotRef, ValueAtTime
from monitor.tracking import fact_events
from monitor.tracking.drift import measured
from monitor.tracking.fact_events import FactReading

__all__ = [
    "ABSENCES_BEFORE_LOST",
    "CHECKS_UNTIL_STABLE",
    "TRAIL",
    "FactReading",
    "advance",
    "initial",
    "is_stable",
    "rebase",
]

ABSENCES_BEFORE_LOST = 3
"""Consecutive ok checks without a fact before it is reported as lost: absences of one or two checks are common and have no meaning."""
CHECKS_UNTIL_STABLE = 6
"""A value that lasts for more checks than this does not flap: two servers that answer in turn rarely give the same answer for so long."""
TRAIL = 64
"""Maximum number of trail entries kept per fact; fewer if the values are very long."""

_TURNS_THAT_FLAP = 3
"""A → B → A → B: the third change between the same two values is reported as flapping."""


def initial(stated: FactReading) -> tuple[FactState, tuple[Change, ...]]:
    """Return the state after the first check of a page, and the contradiction that already exists in it."""
    state = _showing(FactState(stated.reading.fact, stated.version.reader.digest), stated, stated.snapshot)
    return state, fact_events.contradiction((), stated)


def rebase(state: FactState | None, stated: FactReading) -> FactState:
    """Return the state as the current reader would have produced it. Reports nothing.

    Args:
        state: The state under another reader; None if the fact is new to a known page.
        stated: The page's current version, processed again by the current reader.
    """
    # See tests/monitor/tracking/test_fact_state.py::test_a_state_under_another_reader_stands_as_if_the_new_one_had_read_all_along.
    fresh, _ = initial(stated)
    if state is None or stated.value is not None:
        return fresh if state is None else _keeping_times(fresh, state)
    return replace(state, reader=stated.version.reader.digest)


def advance(
    state: FactState,
    stated: FactReading,
    *,
    last_ok: SnapshotRef | None = None,
    drift: Drift | None = None,
    weak: bool = False,
    absences_before_lost: int = ABSENCES_BEFORE_LOST,
) -> tuple[FactState, tuple[Change, ...]]:
    """Return the next state and the changes to report.

    Args:
        state: The previous state, under the same reader.
        stated: The current reading of the page.
        last_ok: The previous ok snapshot, in which a fact that is missing now was last seen.
        drift: The drift rule; None if drift is not reported.
        weak: Whether the verdict is ok for weak reasons only.
        absences_before_lost: Ok checks without the fact, or with a value that is not readable, before `fact_lost`.
    """
    if stated.value is None:
        return _absent(state, stated, last_ok, absences_before_lost)
    if weak and _waits(state, stated):
        return replace(state, candidate=stated.value, candidate_since=stated.snapshot), ()
    confirmed = state.candidate_since if same(state.candidate, stated.value) else None
    after = _showing(state, stated, confirmed or stated.snapshot)
    changes = _turns(state, stated, confirmed)
    if drift is not None and not same(state.value, stated.value):
        after, drift_changes = _drift(state, after, stated, drift)
        changes += drift_changes
    return _flaps(state, after, stated, changes)


def is_stable(state: FactState) -> bool:
    """Return whether the same reading again would neither change the state nor report anything."""
    # See tests/monitor/tracking/test_fact_state.py::test_a_fact_is_settled_where_the_same_look_again_could_do_nothing.
    return (
        ((state.absences == 0 and state.unreadable == 0) or state.lost)
        and not state.flapping
        and state.candidate_since is None
    )


def _waits(state: FactState, stated: FactReading) -> bool:
    """Return whether a value must be confirmed: it replaces another value, is seen for the first time, and the page does not contradict itself."""
    # See tests/monitor/tracking/test_fact_state.py::test_a_weak_look_waits_for_the_next_one_to_say_the_same.
    known = state.since is not None and not state.lost and not stated.values
    return known and not same(stated.value, state.value) and not same(stated.value, state.candidate)


def _turns(state: FactState, stated: FactReading, confirmed: SnapshotRef | None) -> tuple[Change, ...]:
    changes: list[Change] = []
    if state.lost or state.since is None:
        changes.append(fact_events.turned(EventKind.FACT_FOUND, state, stated))
    elif not same(state.value, stated.value):
        changes.append(fact_events.turned(EventKind.FACT_CHANGED, state, stated))
    changes.extend(fact_events.contradiction(state.contradiction, stated))
    return tuple(replace(change, seen_after=confirmed) for change in changes)


def _showing(state: FactState, stated: FactReading, since: SnapshotRef) -> FactState:
    if stated.value is None:
        return state
    stays = state.since is not None and same(state.value, stated.value)
    return replace(
        state,
        reader=stated.version.reader.digest,
        value=stated.value,
        quote=stated.quote,
        sentence=stated.sentence,
        since=state.since if stays else since,
        seen=None,
        absent_since=None,
        absences=0,
        unreadable=0,
        lost=False,
        candidate=None,
        candidate_since=None,
        baseline=stated.value if state.since is None else state.baseline,
        baseline_at=stated.snapshot.taken_at if state.since is None else state.baseline_at,
        contradiction=stated.values,
        trail=_trail(state.trail, stated.entry),
    )


def _trail(trail: tuple[ValueAtTime, ...], entry: ValueAtTime) -> tuple[ValueAtTime, ...]:
    if trail and _same(trail[-1], entry):
        return trail
    trail = (*trail, entry)[-TRAIL:]
    weights = list(map(_weight, trail))
    first = 0
    while len(trail) - first > _TURNS_THAT_FLAP + 1 and sum(weights[first:]) > TRAIL_CHARS:
        first += 1
    return trail[first:]


def _weight(entry: ValueAtTime) -> int:
    """Return the total length of the texts and names in a trail entry, in characters."""
    names = [name for value in entry.values for name in (value if isinstance(value, list) else [value])]
    return sum(len(name) for name in names if isinstance(name, str))


def _keeping_times(fresh: FactState, state: FactState) -> FactState:
    """Keep since, baseline, trail and flapping of the old state if the value is the same."""
    # See tests/monitor/tracking/test_fact_state.py::test_the_state_remembers_since_when_and_from_which_baseline.
    if state.since is None or not same(fresh.value, state.value):
        return fresh
    return replace(
        fresh,
        since=state.since,
        baseline=state.baseline,
        baseline_at=state.baseline_at,
        flapping=state.flapping,
        trail=state.trail,
        drifted=state.drifted,
    )


def _absent(
    state: FactState, stated: FactReading, last_ok: SnapshotRef | None, absences_before_lost: int
) -> tuple[FactState, tuple[Change, ...]]:
    if state.since is None or state.lost:
        return state, ()
    # See tests/monitor/tracking/test_fact_state.py::test_an_unreadable_value_is_neither_a_value_nor_an_absence.
    unreadable = stated.reading.unreadable
    away = replace(
        state,
        absences=state.absences + (not unreadable),
        unreadable=state.unreadable + unreadable,
        seen=state.seen or last_ok,
        absent_since=state.absent_since or stated.snapshot,
        candidate=None,
        candidate_since=None,
    )
    if max(away.absences, away.unreadable) < absences_before_lost:
        return away, ()
    return replace(away, lost=True, flapping=False), (fact_events.lost(away, stated),)


def _drift(
    state: FactState, after: FactState, stated: FactReading, drift: Drift
) -> tuple[FactState, tuple[Change, ...]]:
    base, drifted = measured(state, stated.value, drift, stated.snapshot.taken_at)
    drift_changes = () if base is None else (fact_events.drifted(state, stated, drift, base),)
    return replace(after, drifted=drifted), drift_changes


def _flaps(
    state: FactState, after: FactState, stated: FactReading, changes: tuple[Change, ...]
) -> tuple[FactState, tuple[Change, ...]]:
    """Hold the changes of an alternating fact and report flapping once; report when the fact is stable again."""
    # See tests/monitor/tracking/test_fact_state.py::test_to_and_fro_is_told_once_and_then_held_and_recorded.
    turned = len(after.trail) > 0 and after.trail[-1] not in state.trail
    if not turned:
        kept_for = stated.look - after.trail[-1].check
        if not state.flapping or kept_for <= CHECKS_UNTIL_STABLE:
            return replace(after, flapping=state.flapping), changes
        return replace(after, flapping=False), (*changes, fact_events.settled(after.trail, stated, kept_for))
    if not _alternates(after.trail):
        return replace(after, flapping=False), changes
    held = tuple(fact_events.held(change, "flapping") for change in changes)
    if state.flapping:
        return replace(after, flapping=True), held
    return replace(after, flapping=True), (*held, fact_events.flapping(after.trail, stated, CHECKS_UNTIL_STABLE))


def _alternates(trail: tuple[ValueAtTime, ...]) -> bool:
    """Return whether the last changes alternate between the same two values, neither of which was stable."""
    # See tests/monitor/tracking/test_fact_state.py::test_reversals_that_each_stood_for_long_are_no_flapping.
    last = trail[-_TURNS_THAT_FLAP - 1 :]
    if len(last) <= _TURNS_THAT_FLAP:
        return False
    back = all(_same(a, b) for a, b in zip(last, last[2:], strict=False))
    return back and all(b.check - a.check <= CHECKS_UNTIL_STABLE for a, b in pairwise(last))


def _same(a: ValueAtTime, b: ValueAtTime) -> bool:
    """Return whether two trail entries have the same chosen value and the same set of values. JSON lists are not hashable."""
    return (
        same(a.values[0], b.values[0])
        and len(a.values) == len(b.values)
        and all(any(same(value, other) for other in b.values) for value in a.values)
    )
