"""Limits the size of changes: the length of each text in a change, and the number of changes per comparison. Pure.

Without a limit, a very long text of a page (a unit, a link label, a word of a megabyte) would be copied into every change that contains it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from monitor.limits import CHANGES, QUOTE_CHARS, SUMMARY_CHARS, cut
from monitor.model import Change, EventKind, JsonValue, Level

_RANK = {Level.NUMBER: 0, Level.TEXT: 1, Level.NOISE: 2}


def bounded(change: Change) -> Change:
    """Return the change with its summary, quotes, sentences and details cut. Fact values stay unchanged, because the extraction already limits them."""
    return replace(
        change,
        summary=cut(change.summary, SUMMARY_CHARS),
        quote_before=_text(change.quote_before),
        quote_after=_text(change.quote_after),
        sentence_before=_text(change.sentence_before),
        sentence_after=_text(change.sentence_after),
        detail={key: _text(value) for key, value in change.detail.items()},
    )


def _text(value: JsonValue) -> JsonValue:
    return cut(value, QUOTE_CHARS) if isinstance(value, str) else value


def counted(changes: Sequence[Change]) -> list[Change]:
    """Return at most `CHANGES` changes, numbers before texts before noise, plus one change per level that gives the number of the remaining ones."""
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
        summary=f"{len(rest):,} more changes than are listed one by one, the first of them: {first.summary}",
        sentence_before=first.sentence_before,
        sentence_after=first.sentence_after,
        block_kind=first.block_kind,
        detail={
            "changes": len(rest),
            "spots": [f"more at level {level.value}"],
            **({"noise": first.detail["noise"]} if "noise" in first.detail else {}),
        },
    )
