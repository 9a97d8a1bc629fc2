"""Builds the changes of a fact's transitions, with values, quotes, sentences and locations. Pure; `monitor.tracking.fact_state` decides when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.diff.compare import place
from monitor.facts.values import missing
from monitor.limits import HEADINGS
from monitor.model import (
    BlockKind,
    Change,
    Drift,
    EventKind,
    FactState,
    JsonValue,
    Level,
    Mention,
    MentionType,
    Reading,
    Reason,
    SnapshotRef,
    ValueAtTime,
    Version,
)

_MOST_HEADINGS = 3 * HEADINGS
"""Headings stored with a change of a fact that is stated at several places."""


@dataclass(frozen=True, slots=True)
class FactReading:
    """A reading with the version that contains it and the snapshot of that version.

    Attributes:
        reading: The reading.
        version: The version that contains it.
        snapshot: The snapshot that the version was extracted from.
        look: The number of the check among the page's checks, in chronological order.
    """

    reading: Reading
    version: Version
    snapshot: SnapshotRef
    look: int

    @property
    def value(self) -> JsonValue:
        """The value; None if the page does not state the fact, or not in a readable form."""
        return self.reading.value

    @property
    def best(self) -> Mention | None:
        """The first mention of the reading; None if there is none."""
        return self.reading.mentions[0] if self.reading.mentions else None

    @property
    def quote(self) -> str | None:
        """The page's own characters; None if the page does not state the fact."""
        return self.reading.quote

    @property
    def sentence(self) -> str | None:
        """The sentence that contains the quote; None if there is no quote, and for a list."""
        return self.version.stated_in(self.reading)

    @property
    def entry(self) -> ValueAtTime:
        """The entry for the trail of a fact state."""
        return ValueAtTime(self.values or (self.value,), self.snapshot.taken_at, self.look)

    @property
    def values(self) -> tuple[JsonValue, ...]:
        """All values of a contradiction, the chosen one first; empty if there is no contradiction."""
        if not self.reading.contradicts:
            return ()
        return tuple(dict.fromkeys([self.value, *(mention.value for mention in self.reading.contradicts)]))


def lost(state: FactState, stated: FactReading) -> Change:
    """Return the `fact_lost` change. `state` counts the absences, and the checks whose value is not readable; these are then quoted."""
    # See tests/monitor/tracking/test_fact_state.py::test_a_lost_fact_is_dated_at_the_first_look_without_it.
    unreadable = stated.reading.unreadable
    return Change(
        kind=EventKind.FACT_LOST,
        level=Level.FACT,
        reason=Reason.FACT_UNREADABLE if unreadable else Reason.FACT_NOT_STATED,
        fact=state.fact,
        before=state.value,
        quote_before=state.quote,
        quote_after=stated.quote,
        sentence_before=state.sentence,
        sentence_after=stated.sentence,
        block_kind=_kind(stated),
        detail={
            "checks": state.unreadable if unreadable else state.absences,
            "why": stated.reading.why,
            **_headings(stated),
        },
        seen_before=state.seen,
        seen_after=state.absent_since,
    )


def drifted(state: FactState, stated: FactReading, drift: Drift, base: JsonValue) -> Change:
    """Return the `fact_drifted` change: small steps that add up to a large one, from `base` to the current value."""
    # See tests/monitor/tracking/test_fact_state.py::test_a_drift_says_from_what_to_what_and_by_which_measure.
    assert stated.best is not None
    return Change(
        kind=EventKind.FACT_DRIFTED,
        level=Level.FACT,
        reason=Reason.FACT_DRIFTED,
        fact=state.fact,
        before=base,
        after=stated.value,
        quote_after=stated.quote,
        sentence_after=stated.sentence,
        block_kind=_kind(stated),
        detail={
            "threshold": str(drift.threshold),
            "place_after": place(stated.version, stated.best),
            **_headings(stated),
        },
    )


def flapping(trail: Sequence[ValueAtTime], stated: FactReading, checks: int) -> Change:
    """Return the `fact_flapping` change: the fact alternates between two values, and its further changes are held."""
    # See tests/monitor/tracking/test_fact_state.py::test_to_and_fro_is_told_once_and_then_held_and_recorded.
    return Change(
        kind=EventKind.FACT_FLAPPING,
        level=Level.FACT,
        reason=Reason.FACT_ALTERNATES,
        fact=stated.reading.fact,
        before=trail[-4].values[0],
        after=_distinct(trail[-2:]),
        quote_after=stated.quote,
        sentence_after=stated.sentence,
        block_kind=_kind(stated),
        detail={"changes": len(trail) - 1, "checks": checks, **_headings(stated)},
    )


def settled(trail: Sequence[ValueAtTime], stated: FactReading, checks: int) -> Change:
    """Return the `fact_flapping` change that ends flapping: the fact has kept one value for `checks` checks."""
    # See tests/monitor/tracking/test_fact_state.py::test_a_value_that_stands_for_long_is_told_as_settled_and_turns_count_anew.
    return Change(
        kind=EventKind.FACT_FLAPPING,
        level=Level.FACT,
        reason=Reason.FACT_STABLE_AGAIN,
        fact=stated.reading.fact,
        before=_distinct(trail[-2:]),
        after=stated.value,
        quote_after=stated.quote,
        sentence_after=stated.sentence,
        block_kind=_kind(stated),
        detail={"checks": checks, **_headings(stated)},
    )


def held(change: Change, why: str) -> Change:
    """Return the change marked as held: it is recorded, but not reported."""
    return replace(change, detail={**change.detail, "held": why})


def _distinct(trail: Sequence[ValueAtTime]) -> list[JsonValue]:
    found: list[JsonValue] = []
    for entry in trail:
        found += [value for value in entry.values if value not in found]
    return found


def turned(kind: EventKind, state: FactState, stated: FactReading) -> Change:
    """Return the `fact_changed` or `fact_found` change of a new value."""
    # See tests/monitor/tracking/test_fact_state.py::test_found_facts_are_told_as_new_or_as_back.
    assert stated.best is not None
    if kind is EventKind.FACT_CHANGED:
        reason = Reason.FACT_CHANGED
    else:
        reason = Reason.FACT_FIRST_STATED if state.since is None else Reason.FACT_STATED_AGAIN
    change = Change(
        kind=kind,
        level=Level.FACT,
        reason=reason,
        fact=stated.reading.fact,
        before=state.value,
        after=stated.value,
        quote_before=state.quote,
        quote_after=stated.quote,
        sentence_before=state.sentence,
        sentence_after=stated.sentence,
        block_kind=_kind(stated),
        detail={
            "unit": stated.best.unit,
            "why": stated.reading.why,
            "place_after": place(stated.version, stated.best),
            **_headings(stated),
        },
        seen_before=state.seen,
    )
    return _with_names(change, stated) if isinstance(stated.value, list) and isinstance(state.value, list) else change


def _with_names(change: Change, stated: FactReading) -> Change:
    """Complete the change of a list: its quotes are the names that were removed and the names that were added."""
    joined, left = missing(change.after, change.before or []), missing(change.before or [], change.after)
    first = next((mention for mention in stated.reading.mentions if mention.value in joined), None)
    return replace(
        change,
        quote_before=", ".join(left) or None,
        quote_after=", ".join(joined) or None,
        sentence_after=stated.version.sentence(first) if first else None,
        detail={
            "why": stated.reading.why,
            "joined": joined,
            "left": left,
            **({"place_after": place(stated.version, first)} if first else {}),
            **_headings(stated),
        },
    )


def contradiction(open_values: tuple[JsonValue, ...], stated: FactReading) -> tuple[Change, ...]:
    """Return the change of a contradiction that opened, closed, or has values other than `open_values`; empty if none of these applies."""
    # See tests/monitor/tracking/test_fact_state.py::test_a_contradiction_quotes_everybody_once.
    values = stated.values
    if set(values) == set(open_values):
        return ()
    mentions = [*stated.reading.mentions[:1], *stated.reading.contradicts]
    closes = not values
    return (
        Change(
            kind=EventKind.FACT_AGREED if closes else EventKind.FACT_CONTRADICTION,
            level=Level.FACT,
            reason=Reason.FACT_AGREED if closes else Reason.FACT_CONTRADICTED,
            fact=stated.reading.fact,
            before=list(open_values) if closes else None,
            after=stated.value if closes else list(values),
            quote_after=stated.quote,
            sentence_after=stated.sentence,
            block_kind=_kind(stated),
            detail={
                "quotes": _quotes(stated.version, mentions),
                "why": stated.reading.why,
                **_headings(stated, mentions),
            },
        ),
    )


def _quotes(version: Version, mentions: Sequence[Mention]) -> list[JsonValue]:
    """Return one entry per value: its quote, sentence and location."""
    first: dict[JsonValue, Mention] = {}
    for mention in mentions:
        first.setdefault(mention.value, mention)
    return [
        {
            "value": value,
            "quote": mention.quote,
            "sentence": version.sentence(mention),
            "place": place(version, mention),
            **({"unit": mention.unit} if mention.type is MentionType.COUNTED else {}),
        }
        for value, mention in first.items()
    ]


def _headings(stated: FactReading, mentions: Sequence[Mention] = ()) -> dict[str, JsonValue]:
    """Return the headings above the mentions as the detail "anchor", or those above the best mention; empty where the page does not state the fact."""
    # See tests/monitor/tracking/test_fact_state.py::test_a_change_of_a_fact_names_the_headings_above_it.
    where = mentions or ([stated.best] if stated.best else [])
    blocks = stated.version.blocks
    headings = dict.fromkeys(heading for mention in where for heading in blocks[mention.block].anchor)
    return {"anchor": list(headings)[:_MOST_HEADINGS]} if where else {}


def _kind(stated: FactReading) -> BlockKind | None:
    return stated.version.blocks[stated.best.block].kind if stated.best else None
