"""What a reading means after all that was read before: pure steps of a fact's state, and the changes that come of them.

Only readings of ok looks come here. The rules:

- the first look at a page makes no change, only a contradiction that is already there;
- another value is told at its first look, as `fact_changed`; only where the look is ok for weak reasons it waits for the next one to say the same;
  a list in another order, or spelt otherwise, is the same value;
- a value that is gone is silence until it stayed away for `absences_before_lost` ok looks in a row; then `fact_lost`, dated at the first of them;
- back before that, the same value is silence; back after it, `fact_found` with the last good value as before;
- a contradiction is told when it opens and when its set of values changes, and `fact_agreed` when it closes;
- to and fro between two values is told once, as `fact_flapping`; from then on each turn is recorded but held, until a value stands for long
  (`fact_flapping` again) or another value comes;
- steps that are small one by one are told as `fact_drifted` where they lead far from the baseline.
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
"""Ok looks in a row without a fact before it is told lost: outages of one or two looks are common and mean nothing."""
CHECKS_UNTIL_STABLE = 6
"""A value that stood for more looks than these does not flap: two servers that take turns seldom keep one answer for so long."""
TRAIL = 64
"""Stands kept of a fact; fewer of one whose values are very long."""

_TURNS_THAT_FLAP = 3
"""A → B → A → B: the third turn between the same two is told as flapping."""


def initial(stated: FactReading) -> tuple[FactState, tuple[Change, ...]]:
    """The state after the first look at a page, and the contradiction that is already in it."""
    state = _showing(FactState(stated.reading.fact, stated.version.reader.digest), stated, stated.snapshot)
    return state, fact_events.contradiction((), stated)


def rebase(state: FactState | None, stated: FactReading) -> FactState:
    """The state as it would stand had the present reader read all along; tells nobody.

    Args:
        state: The state under another reader; None where the fact is new to a known page.
        stated: The page's present version, read again by the present reader.
    """
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
    """The next state, and what is to be told.

    Args:
        state: The state before, under the same reader.
        stated: What the page states now.
        last_ok: The ok look before this one, at which a fact that is missing now was last seen.
        drift: When small steps are to be told as one; None: never.
        weak: Whether the look is ok for weak reasons.
        absences_before_lost: Ok looks in a row without the fact before `fact_lost`.
    """
    if stated.value is None:
        return _absent(state, stated, last_ok, absences_before_lost)
    if weak and _waits(state, stated):
        return replace(state, candidate=stated.value, candidate_since=stated.snapshot), ()
    confirmed = state.candidate_since if same(state.candidate, stated.value) else None
    after = _showing(state, stated, confirmed or stated.snapshot)
    changes = _turns(state, stated, confirmed)
    if drift is not None and not same(state.value, stated.value):
        after, told = _drift(state, after, stated, drift)
        changes += told
    return _flaps(state, after, stated, changes)


def is_stable(state: FactState) -> bool:
    """Whether the same reading again would neither change the state nor tell anything."""
    return (state.absences == 0 or state.lost) and not state.flapping and state.candidate_since is None


def _waits(state: FactState, stated: FactReading) -> bool:
    """Whether a value must be seen again: it replaces one, for the first time, and nothing on the page speaks against it."""
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
        lost=False,
        candidate=None,
        candidate_since=None,
        baseline=stated.value if state.since is None else state.baseline,
        baseline_at=stated.snapshot.taken_at if state.since is None else state.baseline_at,
        contradiction=stated.values,
        trail=_trail(state.trail, stated.stand),
    )


def _trail(trail: tuple[ValueAtTime, ...], stand: ValueAtTime) -> tuple[ValueAtTime, ...]:
    if trail and _same(trail[-1], stand):
        return trail
    trail = (*trail, stand)[-TRAIL:]
    weights = list(map(_weight, trail))
    first = 0
    while len(trail) - first > _TURNS_THAT_FLAP + 1 and sum(weights[first:]) > TRAIL_CHARS:
        first += 1
    return trail[first:]


def _weight(stand: ValueAtTime) -> int:
    """Characters of the texts and names that a stand holds."""
    names = [name for value in stand.values for name in (value if isinstance(value, list) else [value])]
    return sum(len(name) for name in names if isinstance(name, str))


def _keeping_times(fresh: FactState, state: FactState) -> FactState:
    """A rebased state keeps what time has made of it where the value is the same."""
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
    away = replace(
        state,
        absences=state.absences + 1,
        seen=state.seen or last_ok,
        absent_since=state.absent_since or stated.snapshot,
        candidate=None,
        candidate_since=None,
    )
    if away.absences < absences_before_lost:
        return away, ()
    return replace(away, lost=True, flapping=False), (fact_events.lost(away, stated),)


def _drift(
    state: FactState, after: FactState, stated: FactReading, drift: Drift
) -> tuple[FactState, tuple[Change, ...]]:
    base, drifted = measured(state, stated.value, drift, stated.snapshot.taken_at)
    told = () if base is None else (fact_events.drifted(state, stated, drift, base),)
    return replace(after, drifted=drifted), told


def _flaps(
    state: FactState, after: FactState, stated: FactReading, changes: tuple[Change, ...]
) -> tuple[FactState, tuple[Change, ...]]:
    """Hold what goes to and fro, and say so once; say when it stands still."""
    turned = len(after.trail) > 0 and after.trail[-1] not in state.trail
    if not turned:
        stood = stated.look - after.trail[-1].look
        if not state.flapping or stood <= CHECKS_UNTIL_STABLE:
            return replace(after, flapping=state.flapping), changes
        return replace(after, flapping=False), (*changes, fact_events.settled(after.trail, stated, stood))
    if not _to_and_fro(after.trail):
        return replace(after, flapping=False), changes
    quiet = tuple(fact_events.held(change, "flapping") for change in changes)
    if state.flapping:
        return replace(after, flapping=True), quiet
    return replace(after, flapping=True), (*quiet, fact_events.flapping(after.trail, stated, CHECKS_UNTIL_STABLE))


def _to_and_fro(trail: tuple[ValueAtTime, ...]) -> bool:
    """Whether the last turns lead between the same two, none of which stood for long."""
    last = trail[-_TURNS_THAT_FLAP - 1 :]
    if len(last) <= _TURNS_THAT_FLAP:
        return False
    back = all(_same(a, b) for a, b in zip(last, last[2:], strict=False))
    return back and all(b.look - a.look <= CHECKS_UNTIL_STABLE for a, b in pairwise(last))


def _same(a: ValueAtTime, b: ValueAtTime) -> bool:
    """Whether two stands state the same, first the same value; JSON lists have no hash."""
    return (
        same(a.values[0], b.values[0])
        and len(a.values) == len(b.values)
        and all(any(same(value, other) for other in b.values) for value in a.values)
    )
