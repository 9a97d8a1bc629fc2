"""Marks what differs between two sentences, word by word. Pure.

Words are compared by their longest common subsequence. The cost is bounded: of two sentences that differ in more than `COMPARED_WORDS` words, the whole
part between their common beginning and end is marked. tests/rendering/test_word_marks.py
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

COMPARED_WORDS = 200
"""Words, after the common beginning and end, up to which two sentences are compared word by word: 40,000 comparisons."""
_LEAST_COMMON = 0.4
"""Share of the shorter sentence that the other must contain to be the same statement reworded; else nearly every word would be marked."""

_NUMBER_SIGNS = re.compile(r"(?<=\d)[.,:'’/\u00a0\u202f-](?=\d)")
_NO_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Scripts that are written without spaces between words (Thai, Lao, Burmese, Khmer, Japanese, Chinese): each character is compared."""

Ranges = tuple[tuple[int, int], ...]
"""Ranges of a text, start and end, in order; they do not touch each other."""


@dataclass(frozen=True, slots=True)
class _Word:
    """A word, number or sign, and its range in the text."""

    text: str
    start: int
    end: int


def differing(before: str, after: str) -> tuple[Ranges, Ranges]:
    """Return the ranges of each text that the other does not contain; none where they have too little in common to be the same statement reworded.

    White space does not count.
    """
    old, new = list(_words(before)), list(_words(after))
    same_old, same_new = _common(old, new)
    common, *whole = (sum(len(word.text) for word in words) for words in (same_old, old, new))
    if not common or common < min(whole) * _LEAST_COMMON:
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


def _words(text: str) -> Iterator[_Word]:
    joining = {sign.start() for sign in _NUMBER_SIGNS.finditer(text)}
    start = None
    for at, character in enumerate(text):
        is_of_word = at in joining or unicodedata.category(character)[0] in "LMN" or character in "_\u200c\u200d"
        if is_of_word and not _NO_SPACES.match(character):
            start = at if start is None else start
            continue
        if start is not None:
            yield _Word(text[start:at], start, at)
            start = None
        if not character.isspace():
            yield _Word(character, at, at + 1)
    if start is not None:
        yield _Word(text[start:], start, len(text))


def _common(old: Sequence[_Word], new: Sequence[_Word]) -> tuple[list[_Word], list[_Word]]:
    """Return the common words of both sentences, as they are in each."""
    shorter = min(len(old), len(new))
    begin = next((at for at in range(shorter) if old[at].text != new[at].text), shorter)
    left = shorter - begin
    end = next((at for at in range(left) if old[-1 - at].text != new[-1 - at].text), left)
    pairs = [*zip(old[:begin], new[:begin], strict=True)]
    within = old[begin : len(old) - end], new[begin : len(new) - end]
    if max(map(len, within)) <= COMPARED_WORDS:
        pairs += _longest_common(*within)
    pairs += zip(old[len(old) - end :], new[len(new) - end :], strict=True)
    return [one for one, _ in pairs], [other for _, other in pairs]


def _longest_common(old: Sequence[_Word], new: Sequence[_Word]) -> list[tuple[_Word, _Word]]:
    """Return the longest common subsequence, weighted by length: a long word counts more than "of" or a comma."""
    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for row in range(len(old) - 1, -1, -1):
        word, below, current = old[row].text, best[row + 1], best[row]
        for column in range(len(new) - 1, -1, -1):
            if word == new[column].text:
                current[column] = below[column + 1] + len(word)
            else:
                current[column] = max(below[column], current[column + 1])
    pairs, row, column = [], 0, 0
    while row < len(old) and column < len(new):
        if old[row].text == new[column].text:
            pairs.append((old[row], new[column]))
            row, column = row + 1, column + 1
        elif best[row + 1][column] >= best[row][column + 1]:
            row += 1
        else:
            column += 1
    return pairs


def _merged(words: Sequence[_Word], same: Sequence[_Word]) -> Ranges:
    """Return the ranges of the words that are not the same, neighbours and what is between them as one.

    A single common character between two marks is marked too: "Ada-May" → "Bea-June" is one change to a reader.
    """
    kept = {word.start for word in same}
    ranges: list[tuple[int, int]] = []
    between: list[_Word] = []
    for word in words:
        if word.start in kept:
            between.append(word)
            continue
        if ranges and (not between or (len(between) == 1 and len(between[0].text) == 1)):
            ranges[-1] = (ranges[-1][0], word.end)
        else:
            ranges.append((word.start, word.end))
        between = []
    return tuple(ranges)
