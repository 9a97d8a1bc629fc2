"""Two versions to changes: numbers first, then sentences. Facts are `monitor.decide`'s; what it tells is not told again here.

Sentences are aligned by `monitor.aligning`; numbers are compared inside a pair, in the order they stand, or by their units where the sentence
was reworded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from monitor.aligning import ChangedSentence, Sentence, changed_sentences
from monitor.model import BlockKind, Change, EventKind, Level, Mention, MentionType, Number, Version

LOUD = frozenset({MentionType.COUNT, MentionType.ORDINAL, MentionType.PERCENT, MentionType.MONEY, MentionType.DURATION})
"""Mentions whose change is told at level number."""
QUIET = frozenset({MentionType.TIME, MentionType.IDENTIFIER, MentionType.VOLATILE})
"""Mentions whose change alone is noise."""

_QUOTE_CHARS = 2_000
_PLACE_CHARS = 32


def compare(old: Version, new: Version) -> tuple[Change, ...]:
    """What differs between two versions read alike, at level number and text, in reading order of the new one.

    Numbers that state a declared fact on both sides are left to the fact: it tells them once, however many places say it.

    Args:
        old: The earlier version.
        new: The later one, read by the same reader.
    """
    units, unchanged = changed_sentences(old, new)
    if not units:
        return ()
    facts_own = (_stating(old), _stating(new))
    changes: list[Change] = []
    for unit in units:
        changes.extend(_numbers(old, new, unit, facts_own))
    changes.extend(_texts(units, unchanged))
    return tuple(changes)


def _stating(version: Version) -> frozenset[Mention]:
    """The mentions that state a declared fact, whatever its value."""
    return frozenset(mention for reading in version.readings for mention in (*reading.mentions, *reading.contradicts))


def _numbers(
    old: Version, new: Version, unit: ChangedSentence, facts_own: tuple[frozenset[Mention], frozenset[Mention]]
) -> Iterator[Change]:
    """Loud numbers that differ within a pair; notes on the unit whether anything else differs too."""
    if unit.old is None or unit.new is None:
        return
    same_words = unit.old.masked == unit.new.masked
    if same_words:
        unit.text_too = any(
            a.type not in LOUD | QUIET and a.value != b.value
            for a, b in zip(unit.old.mentions, unit.new.mentions, strict=True)
        )
    for was, now in _aligned(unit.old, unit.new, same_words=same_words):
        if was in facts_own[0] and now in facts_own[1]:
            continue
        yield _number_change(old, new, was, now, unit.new.kind)


def _aligned(old: Sentence, new: Sentence, *, same_words: bool) -> Iterator[tuple[Mention, Mention]]:
    """Loud mentions that differ in value, each with its counterpart: by position, or in a reworded sentence by unit."""
    if same_words:
        pairs: list[tuple[Mention, Mention]] = list(zip(old.mentions, new.mentions, strict=True))
    else:
        pairs = list(_by_unit(old.mentions, new.mentions))
    for was, now in pairs:
        if was.type in LOUD and now.type in LOUD and (was.value, was.upper) != (now.value, now.upper):
            yield was, now


def _by_unit(old: Sequence[Mention], new: Sequence[Mention]) -> Iterator[tuple[Mention, Mention]]:
    rest = [mention for mention in new if mention.type in LOUD]
    waiting = []
    for was in old:
        if was.type not in LOUD:
            continue
        same = [now for now in rest if now.type is was.type and _noun(now) == _noun(was) and _noun(was)]
        # A value that still stands beside its unit has not changed.
        match = next((now for now in same if now.value == was.value), same[0] if same else None)
        if match is None:
            waiting.append(was)
        else:
            rest.remove(match)
            yield was, match
    if len(waiting) == len(rest):
        yield from ((was, now) for was, now in zip(waiting, rest, strict=True) if was.type is now.type)


def _noun(mention: Mention) -> str:
    words = (mention.unit or "").split()
    return words[-1].rstrip("s") if words else ""


def _number_change(old: Version, new: Version, was: Mention, now: Mention, kind: BlockKind) -> Change:
    unit = now.unit or was.unit
    return Change(
        kind=EventKind.NUMBER_CHANGED,
        level=Level.NUMBER,
        summary=f"{_shown(unit, now)} {was.quote} → {now.quote}{difference(was.value, now.value)}",
        before=was.value,
        after=now.value,
        quote_before=was.quote,
        quote_after=now.quote,
        sentence_before=old.sentence(was),
        sentence_after=new.sentence(now),
        block_kind=kind,
        detail={"unit": unit, "type": now.type.value, "place_before": place(old, was), "place_after": place(new, now)},
    )


def _shown(unit: str | None, mention: Mention) -> str:
    return unit if unit and mention.type is not MentionType.MONEY else mention.type.value


def difference(before: Number, after: Number) -> str:
    """The step " (+2)" from one value to the other, for a summary; "" where they are equal."""
    step = round(after - before, 6)
    if not step:
        return ""
    return f" ({'+' if step > 0 else '−'}{abs(int(step) if float(step).is_integer() else step):,})"


def place(version: Version, mention: Mention) -> dict[str, Any]:
    """Where a mention stands: the block and a W3C TextQuoteSelector (exact, prefix, suffix), JSON-ready."""
    text = version.blocks[mention.block].text
    return {
        "block": mention.block,
        "start": mention.start,
        "end": mention.end,
        "exact": mention.quote,
        "prefix": text[max(mention.start - _PLACE_CHARS, 0) : mention.start],
        "suffix": text[mention.end : mention.end + _PLACE_CHARS],
    }


def _texts(units: Sequence[ChangedSentence], unchanged: set[int]) -> Iterator[Change]:
    """One change for each run of changed sentences that no unchanged one interrupts."""
    run: list[ChangedSentence] = []
    for unit in units:
        if not unit.text_too:
            continue
        if run and any(int(n) in unchanged for n in range(int(run[-1].position) + 1, int(unit.position + 0.5))):
            yield _text_change(run)
            run = []
        run.append(unit)
    if run:
        yield _text_change(run)


def _text_change(run: Sequence[ChangedSentence]) -> Change:
    before = _joined([unit.old for unit in run])
    after = _joined([unit.new for unit in run])
    first = next(side for unit in run for side in (unit.new, unit.old) if side is not None)
    return Change(
        kind=EventKind.TEXT_CHANGED,
        level=Level.TEXT,
        summary=_text_summary(before, after),
        sentence_before=before,
        sentence_after=after,
        block_kind=first.kind,
        detail={
            "sentences_before": sum(unit.old is not None for unit in run),
            "sentences_after": sum(unit.new is not None for unit in run),
        },
    )


def _joined(parts: Sequence[Sentence | None]) -> str | None:
    text = " ".join(part.text for part in parts if part is not None)
    return (text if len(text) <= _QUOTE_CHARS else text[: _QUOTE_CHARS - 1] + "…") or None


def _text_summary(before: str | None, after: str | None) -> str:
    if before is None:
        return f"new text: {_short(after or '')}"
    if after is None:
        return f"text gone: {_short(before)}"
    return f"text changed: {_short(before)} → {_short(after)}"


def _short(text: str) -> str:
    return f"“{text}”" if len(text) <= 80 else f"“{text[:79]}…”"
