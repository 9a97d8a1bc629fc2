"""Aligns the blocks of two versions: kept, moved, reworded, removed, added. The time is bounded, see `Rows.is_exceeded`. Pure.

Blocks with equal text are aligned by `monitor.sequence_alignment`; equal blocks in another order moved. Between two kept blocks, the removed blocks are
paired with the added ones that have most words in common. tests/monitor/diff/test_comparison.py
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from monitor.model import READING_KINDS, Block
from monitor.sequence_alignment import Pair, aligned

PAIRS = 200_000
"""Pairs of a removed and an added block whose words are compared, in all; 450 reworded blocks in a row are within it."""
_ALIKE = 0.4
"""Share of common words, in those of both blocks, from which a block is the same one reworded; as `monitor.word_differences.LEAST_COMMON`."""
_COMPARED_CHARS = 2_000
"""Characters of a block whose words are compared."""

_DIGITS = re.compile(r"\d+(?:[.,:'’/]\d+)*")
_WORD = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]+"
)


@dataclass(slots=True)
class Rows:
    """Aligned blocks: pairs of indexes in document order.

    Attributes:
        rows: The old and the new index; None on one side for a block that was removed, added or moved.
        moved: Pairs of equal blocks in another order, by the old index; each has two rows.
        moved_to: The new indexes of the moved blocks.
        is_exceeded: Whether more than `PAIRS` pairs would have had to be compared.
    """

    rows: list[tuple[int | None, int | None]] = field(default_factory=list)
    moved: dict[int, int] = field(default_factory=dict)
    moved_to: frozenset[int] = frozenset()
    is_exceeded: bool = False


def align(old: Sequence[Block], new: Sequence[Block]) -> Rows:
    """Return the aligned blocks of two versions."""
    kept = aligned([block.text for block in old], [block.text for block in new])
    moved = _moved(old, new, kept)
    found = Rows(moved=moved, moved_to=frozenset(moved.values()))
    pairing = _Pairing(old, new)
    at = new_at = 0
    for index, new_index in [*kept, (len(old), len(new))]:
        gone, come = range(at, index), range(new_at, new_index)
        reworded = pairing.pairs(
            [n for n in gone if n not in found.moved], [m for m in come if m not in found.moved_to]
        )
        for n, m in [*reworded, (index, new_index)]:
            found.rows += [(one, None) for one in range(at, n)]
            found.rows += [(None, other) for other in range(new_at, m)]
            if n < len(old):
                found.rows.append((n, m))
            at, new_at = n + 1, m + 1
    found.is_exceeded = pairing.is_exceeded
    return found


def _moved(old: Sequence[Block], new: Sequence[Block], kept: Sequence[Pair]) -> dict[int, int]:
    stayed, stayed_new = {n for n, _ in kept}, {m for _, m in kept}
    places: defaultdict[str, deque[int]] = defaultdict(deque)
    for m, block in enumerate(new):
        if m not in stayed_new:
            places[block.text].append(m)
    return {
        n: places[block.text].popleft() for n, block in enumerate(old) if n not in stayed and places.get(block.text)
    }


class _Pairing:
    """Pairs the removed and added blocks between two kept ones, within a limit for all."""

    def __init__(self, old: Sequence[Block], new: Sequence[Block]) -> None:
        self._sides = (old, new)
        self._left = PAIRS
        self.is_exceeded = False

    def pairs(self, gone: Sequence[int], come: Sequence[int]) -> list[Pair]:
        """Return pairs of the same block reworded, ascending on both sides: first those that differ in digits only, then the most alike between them."""
        if not gone or not come:
            return []
        old, new = self._sides
        same = aligned([_masked(old[n]) for n in gone], [_masked(new[m]) for m in come])
        found: list[Pair] = []
        at = new_at = 0
        for i, j in [*same, (len(gone), len(come))]:
            found += self._most_alike(gone[at:i], come[new_at:j])
            if i < len(gone):
                found.append((gone[i], come[j]))
            at, new_at = i + 1, j + 1
        return found

    def _most_alike(self, gone: Sequence[int], come: Sequence[int]) -> list[Pair]:
        if not gone or not come:
            return []
        if len(gone) * len(come) > self._left:
            self.is_exceeded = True
            return []
        self._left -= len(gone) * len(come)
        old, new = self._sides
        before, after = [_words(old[n]) for n in gone], [_words(new[m]) for m in come]
        alike = [
            [
                _likeness(one, other) if _are_comparable(old[n], new[m]) else 0.0
                for m, other in zip(come, after, strict=True)
            ]
            for n, one in zip(gone, before, strict=True)
        ]
        return [(gone[i], come[j]) for i, j in _best(alike)]


def _are_comparable(old: Block, new: Block) -> bool:
    return old.kind is new.kind or (old.kind in READING_KINDS and new.kind in READING_KINDS)


def _masked(block: Block) -> str:
    return f"{block.kind in READING_KINDS or block.kind} {_DIGITS.sub('0', block.text)}"


def _words(block: Block) -> frozenset[str]:
    return frozenset(_WORD.findall(_DIGITS.sub("0", block.text[:_COMPARED_CHARS]).casefold()))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of common words (Dice coefficient); 0.0 below `_ALIKE`."""
    total = len(one) + len(other)
    alike = 2 * len(one & other) / total if total else 0.0
    return alike if alike >= _ALIKE else 0.0


def _best(alike: Sequence[Sequence[float]]) -> list[Pair]:
    """Return the ascending pairs with the greatest sum of likenesses."""
    width = len(alike[0])
    sums = [[0.0] * (width + 1) for _ in range(len(alike) + 1)]
    for row in range(len(alike) - 1, -1, -1):
        current, below, values = sums[row], sums[row + 1], alike[row]
        for column in range(width - 1, -1, -1):
            best = max(below[column], current[column + 1])
            if values[column]:
                best = max(best, below[column + 1] + values[column])
            current[column] = best
    pairs, row, column = [], 0, 0
    while row < len(alike) and column < width:
        value = alike[row][column]
        if value and sums[row][column] == sums[row + 1][column + 1] + value:
            pairs.append((row, column))
            row, column = row + 1, column + 1
        elif sums[row][column] == sums[row + 1][column]:
            row += 1
        else:
            column += 1
    return pairs
