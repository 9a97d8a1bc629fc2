"""Aligns two sequences by their equal items, in time that grows with their length times its logarithm. Pure.

Patience diff (Bram Cohen): items that occur once on each side are anchors; the longest run of them in the same order on both sides divides the sequences,
and each part is aligned again. Items that are repeated everywhere are matched by their number, the first with the first.
tests/monitor/test_sequence_alignment.py
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

_DEPTH = 12
"""Divisions after which a part is aligned by the number of its items: the same items at each level cost the length of the sequences once more."""

Pair = tuple[int, int]
"""The index of an item on the old side, and that of the equal one on the new side."""


def aligned(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """Return pairs of equal items, ascending on both sides. Equal items that are not in a pair are in another order."""
    pairs: list[Pair] = []
    parts = [(0, len(old), 0, len(new), 0)]
    while parts:
        start, end, new_start, new_end, depth = parts.pop()
        while start < end and new_start < new_end and old[start] == new[new_start]:
            pairs.append((start, new_start))
            start, new_start = start + 1, new_start + 1
        while start < end and new_start < new_end and old[end - 1] == new[new_end - 1]:
            end, new_end = end - 1, new_end - 1
            pairs.append((end, new_end))
        if start == end or new_start == new_end:
            continue
        anchors = _unique(old, new, start, end, new_start, new_end) if depth < _DEPTH else []
        if not anchors:
            pairs += _ascending(_numbered(old, new, start, end, new_start, new_end))
            continue
        edges = [(start - 1, new_start - 1), *(chosen := _ascending(anchors)), (end, new_end)]
        pairs += chosen
        for (left, new_left), (right, new_right) in itertools.pairwise(edges):
            if left + 1 < right and new_left + 1 < new_right:
                parts.append((left + 1, right, new_left + 1, new_right, depth + 1))
    return sorted(pairs)


def _unique(old: Sequence[str], new: Sequence[str], start: int, end: int, new_start: int, new_end: int) -> list[Pair]:
    counts, new_counts = Counter(old[start:end]), Counter(new[new_start:new_end])
    places = {new[at]: at for at in range(new_start, new_end) if new_counts[new[at]] == 1}
    return [(at, places[old[at]]) for at in range(start, end) if old[at] in places and counts[old[at]] == 1]


def _numbered(old: Sequence[str], new: Sequence[str], start: int, end: int, new_start: int, new_end: int) -> list[Pair]:
    places: dict[str, list[int]] = {}
    for at in range(new_start, new_end):
        places.setdefault(new[at], []).append(at)
    used = Counter[str]()
    pairs = []
    for at in range(start, end):
        several = places.get(old[at], ())
        if used[old[at]] < len(several):
            pairs.append((at, several[used[old[at]]]))
            used[old[at]] += 1
    return pairs


def _ascending(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the longest ascending subsequence of pairs that ascend on the old side."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [index]
    found = []
    at = last[-1] if last else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]
