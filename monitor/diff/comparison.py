"""Compares two versions of a page as one document: each block once, with what was removed and added at its place.

`monitor.diff.compare` finds what is reported; this shows everything, and why a difference is not reported. tests/monitor/diff/test_comparison.py
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitor.diff import location_keys
from monitor.diff.compare import sentence_changes
from monitor.diff.elapsed import SnapshotTimes
from monitor.diff.row_alignment import Rows, align
from monitor.diff.sentence_alignment import ChangedSentence
from monitor.model import (
    FACT_KINDS,
    READING_KINDS,
    Block,
    BlockKind,
    Change,
    Comparison,
    ComparisonLimit,
    ComparisonRow,
    EventKind,
    Level,
    LinkChange,
    NoiseReason,
    RowKind,
    RowNoise,
    Segment,
    SegmentKind,
    Version,
)
from monitor.word_differences import WordComparer

LINKS = 20
"""Links of a block whose changed targets are listed."""
WORD_COMPARISONS = 4_000_000
"""Comparisons of two words in one comparison of versions; further blocks are aligned by the words that occur once."""
WORD_CHARS = 2_000_000
"""Characters of all blocks that are compared word by word."""

_NOT_COMPARED = frozenset(
    {BlockKind.FEED, BlockKind.CONSENT, BlockKind.CONTROL, BlockKind.NAVIGATION, BlockKind.FOOTER}
)
_COUNTED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]+"
)
"""A word: between white space, or one character of a script without spaces."""


def comparison(
    old: Version,
    new: Version,
    changes: Sequence[Change] = (),
    *,
    times: SnapshotTimes | None = None,
    template: Container[str] | None = None,
    learned: Container[str] = (),
) -> Comparison:
    """Return two versions as one document.

    Without the added and moved-to rows and segments it has the text of each block of `old`, without the removed and moved-from ones that of `new`
    (tests/monitor/diff/test_comparison.py::test_each_version_can_be_restored). The time grows with the number of blocks times its logarithm; what limits
    left out is in `Comparison.limits`.

    Args:
        old: The earlier version.
        new: The later version, produced by the same parser version.
        changes: What is reported between them; changes of facts and numbers are attached to the rows of their places.
        times: When the two versions were fetched; None if unknown.
        template: As for `monitor.diff.compare.compare`.
        learned: Digests of the places ("spots") whose changes are known to be noise.
    """
    blocks = _blocks(old), _blocks(new)
    aligned = align(*blocks)
    places = _places(old, new, changes, sentence_changes(old, new, times, template)[0], learned)
    comparer = WordComparer(WORD_COMPARISONS, WORD_CHARS)
    rows = _linked([_row(*blocks, pair, aligned, places, comparer) for pair in aligned.rows], aligned)
    limits = {ComparisonLimit.PAIRS: aligned.is_exceeded, ComparisonLimit.WORDS: comparer.is_exceeded}
    return Comparison(
        rows=tuple(rows),
        changes=places.changes,
        words_old=_words_of(blocks[0]),
        words_new=_words_of(blocks[1]),
        words_removed=_words_in(rows, SegmentKind.REMOVED),
        words_added=_words_in(rows, SegmentKind.ADDED),
        limits=frozenset(limit for limit, is_exceeded in limits.items() if is_exceeded),
    )


def _blocks(version: Version) -> tuple[Block, ...]:
    """Return the blocks of a version; of a file its line, as one block."""
    if version.document is None:
        return version.blocks
    return (Block(BlockKind.CONTENT, version.document.line, "file"),)


@dataclass(slots=True)
class _Side:
    """What is known of the blocks of one version, by index.

    Attributes:
        loud: Blocks with a difference that is not noise.
        noise: For blocks whose differences are noise, why; the first one found.
        changes: The changes of facts and numbers in a block.
    """

    loud: set[int] = field(default_factory=set)
    noise: dict[int, tuple[RowNoise, NoiseReason | None]] = field(default_factory=dict)
    changes: defaultdict[int, list[Change]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class _Places:
    """What is known of both versions: old and new side, and all changes of facts and numbers."""

    old: _Side
    new: _Side
    changes: tuple[Change, ...]


def _places(
    old: Version,
    new: Version,
    changes: Sequence[Change],
    units: Sequence[ChangedSentence],
    learned: Container[str],
) -> _Places:
    typed = sorted(
        (change for change in changes if change.kind in FACT_KINDS or change.kind is EventKind.NUMBER_CHANGED),
        key=lambda change: change.kind not in FACT_KINDS,
    )
    places = _Places(_Side(), _Side(), tuple(typed))
    for change in typed:
        is_noise, noise = _noise_of(change, learned)
        for side, name in ((places.old, "place_before"), (places.new, "place_after")):
            place = change.detail.get(name)
            if isinstance(place, Mapping) and isinstance(block := place.get("block"), int):
                side.changes[block].append(change)
                if is_noise:
                    side.noise.setdefault(block, noise)
                else:
                    side.loud.add(block)
    _mark_readings(old, new, places)
    if old.document != new.document:
        for side, version in ((places.old, old), (places.new, new)):
            side.loud.update(range(len(_blocks(version))))
    for unit in units:
        noise = (RowNoise.CLASSIFIED, unit.noise)
        is_noise = not unit.text_too
        if unit.text_too and location_keys.of_text(old, new, unit) in learned:
            is_noise, noise = True, (RowNoise.LEARNED, None)
        elif not unit.text_too and unit.noise is None:
            continue  # only numbers differ; they are changes
        for side, sentence in ((places.old, unit.old), (places.new, unit.new)):
            if sentence is not None and is_noise:
                side.noise.setdefault(sentence.block, noise)
            elif sentence is not None:
                side.loud.add(sentence.block)
    return places


def _noise_of(change: Change, learned: Container[str]) -> tuple[bool, tuple[RowNoise, NoiseReason | None]]:
    """Return whether a change is noise, and why."""
    spots = change.detail.get("spots") or ()
    if change.kind not in FACT_KINDS and spots and all(spot in learned for spot in spots):
        return True, (RowNoise.LEARNED, None)
    names = {reason.value: reason for reason in NoiseReason}
    return change.level is Level.NOISE, (RowNoise.CLASSIFIED, names.get(str(change.detail.get("noise"))))


def _mark_readings(old: Version, new: Version, places: _Places) -> None:
    """Mark the blocks that state a declared fact whose value differs; a sentence that differs in facts alone is no changed sentence."""
    after = {reading.fact: reading for reading in new.readings}
    for reading in old.readings:
        later = after.get(reading.fact)
        if later is not None and later.value != reading.value:
            places.old.loud.update(mention.block for mention in reading.mentions)
            places.new.loud.update(mention.block for mention in later.mentions)


def _row(
    old: Sequence[Block],
    new: Sequence[Block],
    pair: tuple[int | None, int | None],
    aligned: Rows,
    places: _Places,
    comparer: WordComparer,
) -> ComparisonRow:
    n, m = pair
    before, after = None if n is None else old[n], None if m is None else new[m]
    shown = after or before
    assert shown is not None
    kind, segments = _content(n, before, m, after, aligned, comparer)
    noise = None if kind is RowKind.KEPT else _row_noise(kind, shown, n, m, places)
    changes = {
        id(change): change
        for side, index in ((places.old, n), (places.new, m))
        if index is not None and index in side.changes
        for change in side.changes[index]
    }
    return ComparisonRow(
        kind=kind,
        block_kind=shown.kind,
        depth=len(shown.anchor),
        anchor=shown.anchor,
        old=n,
        new=m,
        segments=segments,
        noise=noise[0] if noise is not None else None,
        noise_reason=noise[1] if noise is not None else None,
        changes=tuple(changes.values()),
        links=_changed_links(before, after) if kind is RowKind.KEPT else (),
    )


def _content(
    n: int | None,
    before: Block | None,
    m: int | None,
    after: Block | None,
    aligned: Rows,
    comparer: WordComparer,
) -> tuple[RowKind, tuple[Segment, ...]]:
    if before is not None and after is not None:
        if before.text == after.text:
            return RowKind.KEPT, (Segment(SegmentKind.KEPT, after.text),)
        return RowKind.CHANGED, comparer.segments(before.text, after.text)
    if before is not None:
        if n in aligned.moved:
            return RowKind.MOVED_FROM, (Segment(SegmentKind.KEPT, before.text),)
        return RowKind.REMOVED, (Segment(SegmentKind.REMOVED, before.text),)
    assert after is not None
    if m in aligned.moved_to:
        return RowKind.MOVED_TO, (Segment(SegmentKind.KEPT, after.text),)
    return RowKind.ADDED, (Segment(SegmentKind.ADDED, after.text),)


def _row_noise(
    kind: RowKind, block: Block, n: int | None, m: int | None, places: _Places
) -> tuple[RowNoise, NoiseReason | None] | None:
    """Return why the difference of a row is noise; None if it is not."""
    if block.kind in _NOT_COMPARED:
        return RowNoise.NOT_COMPARED, None
    if block.kind not in READING_KINDS or kind in (RowKind.MOVED_FROM, RowKind.MOVED_TO):
        return None
    sides = [(side, index) for side, index in ((places.old, n), (places.new, m)) if index is not None]
    if any(index in side.loud for side, index in sides):
        return None
    reasons = (side.noise[index] for side, index in sides if index in side.noise)
    return next(reasons, (RowNoise.SAME_TEXT, None))


def _changed_links(before: Block | None, after: Block | None) -> tuple[LinkChange, ...]:
    """Return the links of a kept block whose target changed; none if links were inserted or removed, which `monitor.diff.links` reports."""
    if before is None or after is None or len(before.links) != len(after.links):
        return ()
    changed = (
        LinkChange(after.text[later.start : later.end], earlier.target, later.target)
        for earlier, later in zip(before.links, after.links, strict=True)
        if earlier[:2] == later[:2] and earlier.target != later.target
    )
    return tuple(link for link, _ in zip(changed, range(LINKS), strict=False))


def _linked(rows: Sequence[ComparisonRow], aligned: Rows) -> list[ComparisonRow]:
    """Give both rows of each moved block the index of the other row, and both indexes."""
    at_old = {row.old: index for index, row in enumerate(rows) if row.kind is RowKind.MOVED_FROM}
    at_new = {row.new: index for index, row in enumerate(rows) if row.kind is RowKind.MOVED_TO}
    found = list(rows)
    for n, m in aligned.moved.items():
        from_row, to_row = at_old[n], at_new[m]
        found[from_row] = replace(rows[from_row], new=m, counterpart=to_row)
        found[to_row] = replace(rows[to_row], old=n, counterpart=from_row)
    return found


def _words_of(blocks: Sequence[Block]) -> int:
    return sum(count_words(block.text) for block in blocks if block.kind not in _NOT_COMPARED)


def words_of(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield the words of the blocks that are compared, as `count_words` counts them."""
    for block in blocks:
        if block.kind not in _NOT_COMPARED:
            yield from _COUNTED.findall(block.text)


def _words_in(rows: Sequence[ComparisonRow], kind: SegmentKind) -> int:
    return sum(
        count_words(segment.text)
        for row in rows
        if row.noise is None
        for segment in row.segments
        if segment.kind is kind
    )


def count_words(text: str) -> int:
    """Return the number of words: texts between white space, and single characters of scripts that are written without spaces."""
    return sum(1 for _ in _COUNTED.finditer(text))
