"""Limits the size of changes: the length of each text in a change, and the number of changes per comparison. Pure.

Without a limit, a very long text of a page (a unit, a link label, a word of a megabyte) would be copied into every change that contains it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from monitor.limits import CHANGES, QUOTE_CHARS, cut
from monitor.model import REASON_VALUES, Change, EventKind, JsonValue, Level, Reason

_RANK = {Level.NUMBER: 0, Level.TEXT: 1, Level.NOISE: 2}


def bounded(change: Change) -> Change:
    """Return the change with its quotes, sentences and details cut. Fact values stay unchanged, because the extraction already limits them."""
    # See tests/monitor/pipeline/test_output_size.py::test_quotes_of_changes_are_cut.
    return replace(
        change,
        quote_before=_cut(change.quote_before),
        quote_after=_cut(change.quote_after),
        sentence_before=_cut(change.sentence_before),
        sentence_after=_cut(change.sentence_after),
        detail=_cut(change.detail),
    )


def _cut(value: JsonValue) -> JsonValue:
    """Return a JSON value with every text in it cut."""
    if isinstance(value, str):
        return cut(value, QUOTE_CHARS)
    if isinstance(value, Mapping):
        return {key: _cut(item) for key, item in value.items()}
    return [_cut(item) for item in value] if isinstance(value, list) else value


def counted(changes: Sequence[Change]) -> list[Change]:
    """Return at most `CHANGES` changes, numbers before texts before noise, plus one change per level that gives the number of the remaining ones."""
    # See tests/monitor/pipeline/test_output_size.py::test_changes_beyond_the_limit_are_counted_and_the_loud_ones_are_listed_first.
    if len(changes) <= CHANGES:
        return list(changes)
    ranked = sorted(range(len(changes)), key=lambda index: _RANK.get(changes[index].level, 0))
    more: defaultdict[Level, list[Change]] = defaultdict(list)
    for index in sorted(ranked[CHANGES:]):
        more[changes[index].level].append(changes[index])
    return [
        *(changes[index] for index in sorted(ranked[:CHANGES])),
        *(_more(level, rest) for level, rest in more.items()),
    ]


def _more(level: Level, rest: Sequence[Change]) -> Change:
    first = rest[0]
    return Change(
        kind=EventKind.TEXT_CHANGED,
        level=level,
        reason=Reason.MORE_CHANGES,
        sentence_before=first.sentence_before,
        sentence_after=first.sentence_after,
        block_kind=first.block_kind,
        detail={
            "changes": len(rest),
            "first_change": _values(first),
            "spots": [f"more at level {level.value}"],
            **({"noise": first.detail["noise"]} if "noise" in first.detail else {}),
        },
    )


def _values(change: Change) -> dict[str, JsonValue]:
    """Return the values that the sentence of a change needs, besides its sentences."""
    assert change.reason is not None
    names = (*REASON_VALUES[change.reason], "row", "column", "source")
    return {
        "reason": change.reason.value,
        "before": change.before,
        "after": change.after,
        "quote_before": change.quote_before,
        "quote_after": change.quote_after,
        "detail": {name: change.detail[name] for name in names if name in change.detail},
    }
