"""Marks what differs between two sentences, word by word. Pure.

Words are compared by their longest common subsequence. The cost is bounded: of two sentences that differ in more than `COMPARED_WORDS` words, the whole
part between their common beginning and end is marked. tests/rendering/test_word_marks.py
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from monitor.word_differences import LEAST_COMMON, Word, common, words

Ranges = tuple[tuple[int, int], ...]
"""Ranges of a text, start and end, in order; they do not touch each other."""


def differing(before: str, after: str) -> tuple[Ranges, Ranges]:
    """Return the ranges of each text that the other does not contain; none where they have too little in common to be the same statement reworded.

    White space does not count.
    """
    old, new = list(words(before)), list(words(after))
    pairs = common(old, new)
    same_old, same_new = [one for one, _ in pairs], [other for _, other in pairs]
    shared, *whole = (sum(len(word.text) for word in side) for side in (same_old, old, new))
    if not shared or shared < min(whole) * LEAST_COMMON:
        return (), ()
    return _merged(old, same_old), _merged(new, same_new)


def united(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Return ranges in order, those that overlap or touch as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return tuple(found)


def parts(text: str, ranges: Ranges) -> Iterator[tuple[str, bool]]:
    """Yield a text in consecutive parts, each with whether it is in one of the ranges; no part is empty."""
    at = 0
    for start, end in ranges:
        if at < start:
            yield text[at:start], False
        yield text[start:end], True
        at = end
    if at < len(text):
        yield text[at:], False


def _merged(every: Sequence[Word], same: Sequence[Word]) -> Ranges:
    """Return the ranges of the words that are not the same, neighbours and what is between them as one.

    A single common character between two marks is marked too: "Ada-May" → "Bea-June" is one change to a reader.
    """
    kept = {word.start for word in same}
    ranges: list[tuple[int, int]] = []
    between: list[Word] = []
    for word in every:
        if word.start in kept:
            between.append(word)
            continue
        if ranges and (not between or (len(between) == 1 and len(between[0].text) == 1)):
            ranges[-1] = (ranges[-1][0], word.end)
        else:
            ranges.append((word.start, word.end))
        between = []
    return tuple(ranges)
