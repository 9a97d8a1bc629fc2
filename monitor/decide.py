"""What a reading means after all that was read before: pure steps of a fact's state, and the changes that come of them.

Only readings of ok looks come here. The rules:

- the first look at a page makes no change, only a contradiction that is already there;
- another value is told at its first look, as `fact_changed`; a list in another order, or spelt otherwise, is the same value;
- a value that is gone is silence until it stayed away for `absences_before_lost` ok looks in a row; then `fact_lost`, dated at the first of them;
- back before that, the same value is silence; back after it, `fact_found` with the last good value as before;
- a contradiction is told when it opens and when its set of values changes, and `fact_agreed` when it closes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.compare import difference, place
from monitor.facts import lists
from monitor.facts.values import missing, same
from monitor.model import (
    BlockKind,
    Change,
    EventKind,
    FactState,
    JsonValue,
    Level,
    Mention,
    MentionType,
    Reading,
    SnapshotRef,
    Version,
)

ABSENCES_BEFORE_LOST = 3
"""Ok looks in a row without a fact before it is told lost: outages of one or two looks are common and mean nothing."""

_SUMMARY_CHARS = 80


@dataclass(frozen=True, slots=True)
class Stated:
    """A reading with the version it stands in and the snapshot that shows it."""

    reading: Reading
    version: Version
    snapshot: SnapshotRef

    @property
    def value(self) -> JsonValue:
        """The value stated; None where there is none."""
        return self.reading.value

    @property
    def best(self) -> Mention | None:
        """The mention that states it best; None where there is none."""
        return self.reading.mentions[0] if self.reading.mentions else None

    @property
    def quote(self) -> str | None:
        """The page's characters; None where there is no value."""
        return self.reading.quote

    @property
    def sentence(self) -> str | None:
        """The sentence they stand in; None where there is no value, and for a list."""
        return self.version.stated_in(self.reading)

    @property
    def values(self) -> tuple[JsonValue, ...]:
        """All values of a contradiction, the chosen one first; empty where the page agrees with itself."""
        if not self.reading.contradicts:
            return ()
        return tuple(dict.fromkeys([self.value, *(mention.value for mention in self.reading.contradicts)]))


def begin(stated: Stated) -> tuple[FactState, tuple[Change, ...]]:
    """The state after the first look at a page, and the contradiction that is already in it."""
    state = _showing(FactState(stated.reading.fact, stated.version.reader.digest), stated)
    return replace(state, contradiction=stated.values), _contradiction((), stated)


def rebase(state: FactState | None, stated: Stated) -> FactState:
    """The state as it would stand had the present reader read all along; tells nobody.

    Args:
        state: The state under another reader; None where the fact is new to a known page.
        stated: The page's present version, read again by the present reader.
    """
    fresh, _ = begin(stated)
    if state is None or stated.value is not None:
        return fresh if state is None else _keeping_times(fresh, state)
    return replace(state, reader=stated.version.reader.digest)


def decide(
    state: FactState,
    stated: Stated,
    *,
    last_ok: SnapshotRef | None = None,
    absences_before_lost: int = ABSENCES_BEFORE_LOST,
) -> tuple[FactState, tuple[Change, ...]]:
    """The next state, and what is to be told.

    Args:
        state: The state before, under the same reader.
        stated: What the page states now.
        last_ok: The ok look before this one, at which a fact that is missing now was last seen.
        absences_before_lost: Ok looks in a row without the fact before `fact_lost`.
    """
    if stated.value is None:
        return _absent(state, stated, last_ok, absences_before_lost)
    changes: list[Change] = []
    if state.lost or state.since is None:
        changes.append(_turn(EventKind.FACT_FOUND, state, stated))
    elif not same(state.value, stated.value):
        changes.append(_turn(EventKind.FACT_CHANGED, state, stated))
    changes.extend(_contradiction(state.contradiction, stated))
    return replace(_showing(state, stated), contradiction=stated.values), tuple(changes)


def settled(state: FactState) -> bool:
    """Whether the same reading again would neither change the state nor tell anything."""
    return state.absences == 0 or state.lost


def _showing(state: FactState, stated: Stated) -> FactState:
    if stated.value is None:
        return state
    stays = state.since is not None and same(state.value, stated.value)
    return replace(
        state,
        reader=stated.version.reader.digest,
        value=stated.value,
        quote=stated.quote,
        sentence=stated.sentence,
        since=state.since if stays else stated.snapshot,
        seen=None,
        absent_since=None,
        absences=0,
        lost=False,
        baseline=stated.value if state.since is None else state.baseline,
        baseline_at=stated.snapshot.taken_at if state.since is None else state.baseline_at,
    )


def _keeping_times(fresh: FactState, state: FactState) -> FactState:
    """A rebased state keeps since when a value stood, and the baseline, where the value is the same."""
    if state.since is None or not same(fresh.value, state.value):
        return fresh
    return replace(fresh, since=state.since, baseline=state.baseline, baseline_at=state.baseline_at)


def _absent(
    state: FactState, stated: Stated, last_ok: SnapshotRef | None, absences_before_lost: int
) -> tuple[FactState, tuple[Change, ...]]:
    if state.since is None or state.lost:
        return state, ()
    away = replace(
        state,
        absences=state.absences + 1,
        seen=state.seen or last_ok,
        absent_since=state.absent_since or stated.snapshot,
    )
    if away.absences < absences_before_lost:
        return away, ()
    lost = Change(
        kind=EventKind.FACT_LOST,
        level=Level.FACT,
        summary=f"{state.fact} {_short(state.value, state.quote)} → no longer stated",
        fact=state.fact,
        before=state.value,
        quote_before=state.quote,
        sentence_before=state.sentence,
        detail={"why": f"{stated.reading.why}, {away.absences} looks in a row"},
        seen_before=away.seen,
        seen_after=away.absent_since,
    )
    return replace(away, lost=True), (lost,)


def _turn(kind: EventKind, state: FactState, stated: Stated) -> Change:
    assert stated.best is not None
    back = "back, " if kind is EventKind.FACT_FOUND and state.since is not None else ""
    told = Change(
        kind=kind,
        level=Level.FACT,
        summary=f"{stated.reading.fact} {back}{_step(state, stated)}",
        fact=stated.reading.fact,
        before=state.value,
        after=stated.value,
        quote_before=state.quote,
        quote_after=stated.quote,
        sentence_before=state.sentence,
        sentence_after=stated.sentence,
        block_kind=_kind(stated),
        detail={"unit": stated.best.unit, "why": stated.reading.why, "place_after": place(stated.version, stated.best)},
        seen_before=state.seen,
    )
    return _joining(told, stated) if isinstance(stated.value, list) and isinstance(state.value, list) else told


def _step(state: FactState, stated: Stated) -> str:
    """From the value before to that now, in a few words."""
    after = _short(stated.value, stated.quote)
    if state.since is None:
        return f"not stated → {after}"
    if isinstance(state.value, list) and isinstance(stated.value, list):
        return lists.step(state.value, stated.value)
    step = difference(state.value, stated.value) if _numbers(state.value, stated.value) else ""
    return f"{_short(state.value, state.quote)} → {after}{step}"


def _joining(change: Change, stated: Stated) -> Change:
    """The change of a list: its quotes are the names that left and those that joined."""
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
        },
    )


def _short(value: JsonValue, quote: str | None) -> str:
    """A value in a summary: a number or date as the page writes it, the beginning of a text, how many names a list has."""
    if isinstance(value, list):
        return lists.size(value)
    said = quote or str(value)
    return said if len(said) <= _SUMMARY_CHARS else f"{said[: _SUMMARY_CHARS - 1]}…"


def _contradiction(open_values: tuple[JsonValue, ...], stated: Stated) -> tuple[Change, ...]:
    values = stated.values
    if set(values) == set(open_values):
        return ()
    mentions = [*stated.reading.mentions[:1], *stated.reading.contradicts]
    quotes = _quotes(stated.version, mentions)
    shown = " beside ".join(dict.fromkeys(map(_said, mentions)))
    closes = not values
    return (
        Change(
            kind=EventKind.FACT_AGREED if closes else EventKind.FACT_CONTRADICTION,
            level=Level.FACT,
            summary=f"{stated.reading.fact} {_agreed(shown, open_values) if closes else f'{shown} on one page'}",
            fact=stated.reading.fact,
            before=list(open_values) if closes else None,
            after=stated.value if closes else list(values),
            quote_after=stated.quote,
            sentence_after=stated.sentence,
            block_kind=_kind(stated),
            detail={"quotes": quotes, "why": stated.reading.why},
        ),
    )


def _said(mention: Mention) -> str:
    """A value of a contradiction as the page writes it."""
    if mention.type is MentionType.COUNTED:
        return f"{mention.value} {mention.unit}"
    return _short(mention.value, mention.quote)


def _agreed(shown: str, open_values: tuple[JsonValue, ...]) -> str:
    return f"agrees again: {shown} (was {' beside '.join(map(str, open_values))})"


def _quotes(version: Version, mentions: Sequence[Mention]) -> list[JsonValue]:
    """One entry for each value: who says it, where."""
    first: dict[JsonValue, Mention] = {}
    for mention in mentions:
        first.setdefault(mention.value, mention)
    return [
        {
            "value": value,
            "quote": mention.quote,
            "sentence": version.sentence(mention),
            "place": place(version, mention),
        }
        for value, mention in first.items()
    ]


def _kind(stated: Stated) -> BlockKind | None:
    return stated.version.blocks[stated.best.block].kind if stated.best else None


def _numbers(before: JsonValue, after: JsonValue) -> bool:
    return isinstance(before, int | float) and isinstance(after, int | float)
