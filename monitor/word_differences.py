"""Compares two texts word by word. Pure.

Words are compared by their longest common subsequence, or if too many of them differ by `monitor.sequence_alignment`.
tests/monitor/test_word_differences.py, tests/rendering/test_word_marks.py
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from monitor import sequence_alignment
from monitor.model import Segment, SegmentKind

COMPARED_WORDS = 200
"""Words, after the common beginning and end, up to which two sentences are compared word by word: 40,000 comparisons."""
LEAST_COMMON = 0.4
"""Share of the shorter sentence that the other must contain to be the same statement reworded; else nearly every word would be marked."""

_NUMBER_SIGNS = re.compile(r"(?<=\d)[.,:'’/\u00a0\u202f-](?=\d)")
_NO_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Scripts that are written without spaces between words (Thai, Lao, Burmese, Khmer, Japanese, Chinese): each character is compared."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word, number or sign, and its range in the text."""

    text: str
    start: int
    end: int


Pairs = list[tuple[Word, Word]]
"""Words that are the same on both sides, as they are in each."""


def words(text: str) -> Iterator[Word]:
    """Yield the words, numbers and signs of a text, in order; white space is left out."""
    joining = {sign.start() for sign in _NUMBER_SIGNS.finditer(text)}
    start = None
    for at, character in enumerate(text):
        is_of_word = at in joining or unicodedata.category(character)[0] in "LMN" or character in "_\u200c\u200d"
        if is_of_word and not _NO_SPACES.match(character):
            start = at if start is None else start
            continue
        if start is not None:
            yield Word(text[start:at], start, at)
            start = None
        if not character.isspace():
            yield Word(character, at, at + 1)
    if start is not None:
        yield Word(text[start:], start, len(text))


def common(
    old: Sequence[Word], new: Sequence[Word], within: Callable[[Sequence[Word], Sequence[Word]], Pairs] | None = None
) -> Pairs:
    """Return the common words of two sentences, in order, as they are in each.

    Args:
        old: The words of the one.
        new: The words of the other.
        within: Pairs the words between the common beginning and end; None: `longest_common`, and none of more than `COMPARED_WORDS` words.
    """
    shorter = min(len(old), len(new))
    begin = next((at for at in range(shorter) if old[at].text != new[at].text), shorter)
    left = shorter - begin
    end = next((at for at in range(left) if old[-1 - at].text != new[-1 - at].text), left)
    pairs = [*zip(old[:begin], new[:begin], strict=True)]
    middle = old[begin : len(old) - end], new[begin : len(new) - end]
    if within is not None:
        pairs += within(*middle)
    elif max(map(len, middle)) <= COMPARED_WORDS:
        pairs += longest_common(*middle)
    pairs += zip(old[len(old) - end :], new[len(new) - end :], strict=True)
    return pairs


def longest_common(old: Sequence[Word], new: Sequence[Word]) -> Pairs:
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


class WordComparer:
    """Compares texts word by word, within a limit on the comparisons of all texts together.

    Attributes:
        comparisons: Comparisons of two words that are left; if a pair of texts needs more, it is aligned by the words that occur once.
        characters: Characters that are left; of a pair of texts with more, only the common beginning and end are found.
        is_exceeded: Whether a pair of texts had more characters than were left.
    """

    def __init__(self, comparisons: int, characters: int) -> None:
        self.comparisons = comparisons
        self.characters = characters
        self.is_exceeded = False

    def segments(self, before: str, after: str) -> tuple[Segment, ...]:
        """Return what was kept, removed and added, in order; no segment is empty, and two neighbours are of different kinds.

        Without the added segments the text is exactly `before`, without the removed ones `after`. Where the texts have too little in common to be the same
        statement, all of `before` is removed and all of `after` added.
        """
        if before == after:
            return (Segment(SegmentKind.KEPT, before),) if before else ()
        if len(before) + len(after) > self.characters:
            self.is_exceeded = True
            return tuple(_segments(_joined(_ends(before, after))))
        self.characters -= len(before) + len(after)
        old, new = list(words(before)), list(words(after))
        pairs = common(old, new, self._within)
        same, *whole = (sum(len(word.text) for word in side) for side in ([word for word, _ in pairs], old, new))
        if same < min(whole) * LEAST_COMMON:
            pairs = []
        return tuple(_segments(_joined(_parts(before, after, pairs))))

    def _within(self, old: Sequence[Word], new: Sequence[Word]) -> Pairs:
        if max(len(old), len(new)) <= COMPARED_WORDS and len(old) * len(new) <= self.comparisons:
            self.comparisons -= len(old) * len(new)
            return longest_common(old, new)
        found = sequence_alignment.aligned([word.text for word in old], [word.text for word in new])
        return [(old[one], new[other]) for one, other in found]


_Part = tuple[str, str]
"""What the old and the new text have at one place; kept where they are equal."""


def _parts(before: str, after: str, pairs: Pairs) -> Iterator[_Part]:
    at = new_at = 0
    for old, new in pairs:
        yield from _between(before[at : old.start], after[new_at : new.start])
        yield old.text, new.text
        at, new_at = old.end, new.end
    yield from _between(before[at:], after[new_at:])


def _ends(before: str, after: str) -> Iterator[_Part]:
    """Yield the common beginning of two texts, what differs, and the common end."""
    begin = _common_length(before, after)
    end = _common_length(before[begin:][::-1], after[begin:][::-1])
    yield before[:begin], after[:begin]
    yield before[begin : len(before) - end], after[begin : len(after) - end]
    yield before[len(before) - end :], after[len(after) - end :]


def _common_length(one: str, other: str) -> int:
    """Return the length of the common beginning, by bisection."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _between(old: str, new: str) -> Iterator[_Part]:
    """Yield what is between two common words, the white space that both sides have at the beginning or the end apart."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start] and old[start].isspace():
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end] and old[-1 - end].isspace():
        end += 1
    yield old[:start], new[:start]
    yield old[start : len(old) - end], new[start : len(new) - end]
    yield old[len(old) - end :], new[len(new) - end :]


def _joined(parts: Iterator[_Part]) -> list[_Part]:
    """Join neighbours. A single common character between two differences belongs to them: "Ada-May" → "Bea-June" is one change to a reader."""
    found: list[_Part] = []
    for old, new in parts:
        if not old and not new:
            continue
        is_kept = old == new
        if found and is_kept == (found[-1][0] == found[-1][1]):
            found[-1] = (found[-1][0] + old, found[-1][1] + new)
        elif not is_kept and len(found) > 1 and _is_of_both(found[-1][0]):
            between = found.pop()[0]
            found[-1] = (found[-1][0] + between + old, found[-1][1] + between + new)
        else:
            found.append((old, new))
    return found


def _is_of_both(between: str) -> bool:
    """Return whether what is between two differences belongs to them; the bar between two cells of a table does not."""
    return len(between.strip()) <= 1 and "|" not in between


def _segments(parts: Sequence[_Part]) -> Iterator[Segment]:
    for old, new in parts:
        if old == new:
            yield Segment(SegmentKind.KEPT, old)
            continue
        if old:
            yield Segment(SegmentKind.REMOVED, old)
        if new:
            yield Segment(SegmentKind.ADDED, new)
