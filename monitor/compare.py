"""Two versions to changes: numbers first, then sentences. Facts are `monitor.decide`'s; what it tells is not told again here.

Blocks of the reading kinds are taken apart into sentences. Sentences that stand on both sides are not changes, wherever they moved. What is left is
paired, first by equal wording with the numbers masked, then by similarity; numbers are compared inside a pair, in the order they stand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from monitor import sentences
from monitor.model import READING_KINDS, BlockKind, Change, EventKind, Level, Mention, MentionType, Number, Version

LOUD = frozenset({MentionType.COUNT, MentionType.ORDINAL, MentionType.PERCENT, MentionType.MONEY, MentionType.DURATION})
"""Mentions whose change is told at level number."""
QUIET = frozenset({MentionType.TIME, MentionType.IDENTIFIER, MentionType.VOLATILE})
"""Mentions whose change alone is noise."""

_SIMILAR = 0.55
"""Dice coefficient of two sentences' words from which they are one sentence reworded."""
_MOST_PAIRS = 40_000
"""Pairs of sentences compared for similarity at the most; a page rewritten wholesale is told as a whole."""
_QUOTE_CHARS = 2_000
_PLACE_CHARS = 32


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a version.

    Attributes:
        text: As on the page.
        block: Index of its block.
        kind: The block's kind.
        start: Where it begins in the block's text.
        mentions: Those that stand in it, in order.
        masked: The text with every mention's quote replaced by its type.
    """

    text: str
    block: int
    kind: BlockKind
    start: int
    mentions: tuple[Mention, ...]
    masked: str


_Said = tuple[str, int, int]
"""A sentence's text, the index of its block, and where it begins in the block's text."""


@dataclass(slots=True)
class _Unit:
    """One changed sentence: on both sides, or on one."""

    old: Sentence | None
    new: Sentence | None
    position: float
    text_too: bool = True


def compare(old: Version, new: Version) -> tuple[Change, ...]:
    """What differs between two versions read alike, at level number and text, in reading order of the new one.

    Numbers that state a declared fact on both sides are left to the fact: it tells them once, however many places say it.

    Args:
        old: The earlier version.
        new: The later one, read by the same reader.
    """
    if old.blocks == new.blocks:
        return ()
    spans: dict[str, list[tuple[int, int]]] = {}
    before, after = _said(old, spans), _said(new, spans)
    removed, added = _unmatched(before, after)
    if not removed and not added:
        return ()
    gone, come = _sentences(old, [before[n] for n in removed]), _sentences(new, [after[n] for n in added])
    pairs = _paired(gone, come)
    units = _units(gone, come, pairs, _positions(before, after, removed), added)
    facts_own = (_stating(old), _stating(new))
    changes: list[Change] = []
    for unit in units:
        changes.extend(_numbers(old, new, unit, facts_own))
    changes.extend(_texts(units, set(range(len(after))) - set(added)))
    return tuple(changes)


def _said(version: Version, spans: dict[str, list[tuple[int, int]]]) -> list[_Said]:
    """Text, block and start of every sentence. `spans` remembers where the sentences of a block's text are: both sides share most blocks."""
    found: list[_Said] = []
    for index, block in enumerate(version.blocks):
        if block.kind in READING_KINDS:
            text = block.text
            if text not in spans:
                spans[text] = sentences.spans(text)
            found += [(text[start:end], index, start) for start, end in spans[text]]
    return found


def _sentences(version: Version, said: Sequence[_Said]) -> list[Sentence]:
    by_block: defaultdict[int, list[Mention]] = defaultdict(list)
    for mention in version.mentions:
        by_block[mention.block].append(mention)
    found: list[Sentence] = []
    for text, index, start in said:
        block, end = version.blocks[index], start + len(text)
        mentions = tuple(mention for mention in by_block[index] if start <= mention.start < end)
        found.append(
            Sentence(text, index, block.kind, start, mentions, _masked(block.text, start, end, mentions)),
        )
    return found


def _masked(text: str, start: int, end: int, mentions: Sequence[Mention]) -> str:
    parts, at = [], start
    for mention in mentions:
        parts += [text[at : mention.start], f"\x00{mention.type}\x00"]
        at = mention.end
    parts.append(text[at:end])
    return "".join(parts)


def _unmatched(before: Sequence[_Said], after: Sequence[_Said]) -> tuple[list[int], list[int]]:
    """Indexes of sentences that stand on one side only."""
    return _missing(before, after), _missing(after, before)


def _missing(here: Sequence[_Said], there: Sequence[_Said]) -> list[int]:
    """Indexes of sentences here that do not stand there, counted: one of two equal ones gone is gone."""
    spare = Counter(text for text, _, _ in there)
    missing = []
    for index, (text, _, _) in enumerate(here):
        if spare[text] > 0:
            spare[text] -= 1
        else:
            missing.append(index)
    return missing


def _paired(removed: Sequence[Sentence], added: Sequence[Sentence]) -> dict[int, int]:
    """Old to new, by position in the two lists."""
    pairs: dict[int, int] = {}
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for index, sentence in enumerate(added):
        waiting[sentence.masked].append(index)
    for index, sentence in enumerate(removed):
        if waiting[sentence.masked]:
            pairs[index] = waiting[sentence.masked].pop(0)
    rest_old = [n for n in range(len(removed)) if n not in pairs]
    taken = set(pairs.values())
    rest_new = [n for n in range(len(added)) if n not in taken]
    if len(rest_old) * len(rest_new) <= _MOST_PAIRS:
        pairs.update(_similar([(n, removed[n]) for n in rest_old], [(n, added[n]) for n in rest_new]))
    return pairs


def _similar(old: Sequence[tuple[int, Sentence]], new: Sequence[tuple[int, Sentence]]) -> dict[int, int]:
    """The most similar first; each sentence once."""
    bags_old = [(n, Counter(_words(sentence))) for n, sentence in old]
    bags_new = [(n, Counter(_words(sentence))) for n, sentence in new]
    scored = []
    for n, bag in bags_old:
        size = bag.total()
        for m, other in bags_new:
            whole = size + other.total()
            if whole and 2 * min(size, other.total()) >= _SIMILAR * whole:
                score = 2 * (bag & other).total() / whole
                if score >= _SIMILAR:
                    scored.append((-score, abs(n - m), n, m))
    pairs: dict[int, int] = {}
    used: set[int] = set()
    for _, _, n, m in sorted(scored):
        if n not in pairs and m not in used:
            pairs[n] = m
            used.add(m)
    return pairs


def _words(sentence: Sentence) -> list[str]:
    return [word.strip(".,;:!?()\"'“”’").lower() for word in sentence.masked.split()]


def _units(
    gone: Sequence[Sentence],
    come: Sequence[Sentence],
    pairs: dict[int, int],
    where_gone: Sequence[float],
    where_come: Sequence[int],
) -> list[_Unit]:
    """The changed sentences in reading order of the new side; a removed one stands where its neighbour before it went."""
    units = [_Unit(gone[n], come[m], float(where_come[m])) for n, m in pairs.items()]
    paired_new = set(pairs.values())
    units += [_Unit(None, come[m], float(index)) for m, index in enumerate(where_come) if m not in paired_new]
    units += [_Unit(gone[n], None, where + 0.5) for n, where in enumerate(where_gone) if n not in pairs]
    return sorted(units, key=lambda unit: unit.position)


def _positions(before: Sequence[_Said], after: Sequence[_Said], removed: Sequence[int]) -> list[float]:
    """For each removed sentence the index of the new one that the nearest old one before it that stayed became."""
    first: dict[str, int] = {}
    for index, (text, _, _) in enumerate(after):
        first.setdefault(text, index)
    found, last = [], -1.0
    for text, _, _ in before:
        last = float(first.get(text, last))
        found.append(last)
    return [found[index] for index in removed]


def _stating(version: Version) -> frozenset[Mention]:
    """The mentions that state a declared fact, whatever its value."""
    return frozenset(mention for reading in version.readings for mention in (*reading.mentions, *reading.contradicts))


def _numbers(
    old: Version, new: Version, unit: _Unit, facts_own: tuple[frozenset[Mention], frozenset[Mention]]
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


def _texts(units: Sequence[_Unit], unchanged: set[int]) -> Iterator[Change]:
    """One change for each run of changed sentences that no unchanged one interrupts."""
    run: list[_Unit] = []
    for unit in units:
        if not unit.text_too:
            continue
        if run and any(int(n) in unchanged for n in range(int(run[-1].position) + 1, int(unit.position + 0.5))):
            yield _text_change(run)
            run = []
        run.append(unit)
    if run:
        yield _text_change(run)


def _text_change(run: Sequence[_Unit]) -> Change:
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
