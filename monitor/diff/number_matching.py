"""Matches the numbers of a reworded sentence: by the same unit, or by the same words around them, in sentences about the same subject.

On a page with many texts of the same form ("1-way traffic from … to … thru …"), one text can replace another without any number having changed.
Words are therefore weighted by how rare they are in the compared blocks: a word that every notice contains does not identify a notice.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from monitor.model import Mention, MentionType

_ONE_UNIT = 0.25
"""Minimum likeness at which a unit that occurs once in each sentence matches two numbers."""
_PLAINLY = 0.6
"""Minimum likeness at which the only remaining number of one sentence matches the only remaining number of the other."""
_MOST_WORDS = 250_000
"""Maximum product of the word counts of two sentences for a full word alignment: 500 words each."""
_ALIKE = 0.6
"""Minimum likeness at which the words around two numbers match them."""
_NEARLY_SAME = 0.8
"""Minimum likeness at which two numbers match although only one of them is typed as a year."""
_WORDS_AROUND = 5
"""Equal words around two numbers, both sides together and at least one on each side, that match them."""
_LEAST_YEARLIKE = 100
_WORDS_OF_MEASURE = 4
"""Equal words required after a measured number, including the unit: the unit alone does not identify what was measured."""
_MEASURES = frozenset(
    "mi mile miles km kilometre kilometres kilometer kilometers kilometern kilómetros kilomètres chilometri m metre metres meter metern mètres metros metri cm mm ft feet foot "
    "hr hrs hour hours h kg g t lb lbs ton tons tonnes ha hectares acres l litre litres liter °c °f".split()
)
_NOUN_CHARS = 4
"""Characters from which a word behind a number identifies what it counts."""
_TYPE = re.compile("\x00[a-z]+\x00")
_STRIPPED = "|.,;:!?()[]/\"'“”’«»"


def words(text: str) -> list[str]:
    """Return the words of a masked sentence, in lower case, without punctuation at their edges."""
    return [word for word in (part.strip(_STRIPPED).lower() for part in text.split()) if word]


def is_number(word: str) -> bool:
    """Return whether a word of a masked sentence is the placeholder of a mention."""
    return "\x00" in word


def same_words(old: str, new: str) -> bool:
    """Return whether two masked sentences differ at most in the types and values of their mentions."""
    return old == new or _TYPE.sub("\x00", old) == _TYPE.sub("\x00", new)


def weights(wanted: Iterable[str], texts: Iterable[str]) -> dict[str, float]:
    """Return the weight of each word: the more texts contain a word, the lower its weight.

    Args:
        wanted: The words of the compared sentences.
        texts: The texts of all blocks of both versions.
    """
    asked = frozenset(wanted)
    frequency: Counter[str] = Counter()
    # Most texts occur in both versions.
    for text, count in Counter(texts).items():
        # Equivalent to `words`, but converts the text to lower case first, which is done once.
        for word in asked.intersection([part.strip(_STRIPPED) for part in text.lower().split()]):
            frequency[word] += count
    # A word that occurs once on each side has the maximum weight.
    return {word: 2 / max(frequency[word], 2) for word in asked}


def likeness(old: Sequence[str], new: Sequence[str], weight: Mapping[str, float]) -> float:
    """Return the weighted Dice coefficient of two sentences' words, from 0 to 1, without their mentions."""
    # See tests/monitor/diff/test_compare.py::test_notices_of_one_form_are_not_one_another.
    before = Counter(word for word in old if not is_number(word))
    after = Counter(word for word in new if not is_number(word))
    whole = _sum(before, weight) + _sum(after, weight)
    return 2 * _sum(before & after, weight) / whole if whole else 0.0


def _sum(bag: Counter[str], weight: Mapping[str, float]) -> float:
    return sum(weight.get(word, 1.0) * count for word, count in bag.items())


def tied(
    old: Sequence[Mention], new: Sequence[Mention], old_words: Sequence[str], new_words: Sequence[str], likeness: float
) -> Iterator[tuple[Mention, Mention]]:
    """Yield the matching mentions of two sentences about the same subject. Each mention is used at most once.

    Args:
        old: The mentions of the earlier sentence, in order, one for each placeholder in its words.
        new: The mentions of the later sentence.
        old_words: The words of the earlier sentence, mentions masked.
        new_words: The words of the later sentence.
        likeness: The likeness of the two sentences.
    """
    left, right = map(dict.fromkeys, _without_what_stayed(old, new))
    ties = _by_unit(old, new, left, right) if likeness >= _ONE_UNIT else []
    if likeness >= _ALIKE:
        ties += _by_place(old, old_words, new_words)
    ties += _by_next_word(old, new, old_words, new_words, left, right)
    for n, m in ties:
        alike = old[n].type is new[m].type or (likeness >= _NEARLY_SAME and comparable(old[n], new[m]))
        if n in left and m in right and alike:
            del left[n], right[m]
            yield old[n], new[m]
    for n, m in _alone(old, new, list(left), list(right)):
        if likeness >= (_NEARLY_SAME if is_measured(old[n]) else _PLAINLY):
            yield old[n], new[m]


def comparable(old: Mention, new: Mention) -> bool:
    """Return whether one mention can have become the other. "1957 tests" is typed as a year and "1,957 tests" as a count, so these two types are comparable."""
    # See tests/monitor/diff/test_compare.py::test_a_number_that_reads_as_a_year_on_one_side_changes_all_the_same.
    if old.type is new.type:
        return True
    kinds = {old.type, new.type}
    return kinds == {MentionType.COUNT, MentionType.YEAR} and all(
        isinstance(mention.value, int) and mention.value >= _LEAST_YEARLIKE for mention in (old, new)
    )


def _without_what_stayed(old: Sequence[Mention], new: Sequence[Mention]) -> tuple[list[int], list[int]]:
    """Return the indexes of the mentions without an equal value and unit on the other side."""
    # See tests/monitor/diff/test_long_sentences.py::test_what_stayed_is_taken_away_one_by_one_in_the_order_of_the_page.
    waiting: defaultdict[tuple[object, object], deque[int]] = defaultdict(deque)
    for m, mention in enumerate(new):
        waiting[called(mention), _value(mention)].append(m)
    left, stayed = [], set()
    for n, mention in enumerate(old):
        same = waiting.get((called(mention), _value(mention)))
        if same:
            stayed.add(same.popleft())
        else:
            left.append(n)
    return left, [m for m in range(len(new)) if m not in stayed]


def _value(mention: Mention) -> tuple[object, object]:
    if not mention.readable:
        return None, mention.quote
    return mention.value, mention.upper


def called(mention: Mention) -> tuple[str, str]:
    """Return the key of what a mention counts: its type, and the last word of its unit without plural ending; "" without a unit."""
    unit = (mention.unit or "").split()
    return mention.type.value, unit[-1].rstrip("sn") if unit else ""


def _by_unit(
    old: Sequence[Mention], new: Sequence[Mention], left: Iterable[int], right: Iterable[int]
) -> list[tuple[int, int]]:
    """Match the mentions whose unit no other mention of their sentence has."""
    # See tests/monitor/diff/test_compare.py::test_opposite_steps_neither_cancel_nor_mix.
    groups: defaultdict[tuple[str, str], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for n in left:
        groups[called(old[n])][0].append(n)
    for m in right:
        groups[called(new[m])][1].append(m)
    return [
        (before[0], after[0])
        for (_, noun), (before, after) in groups.items()
        if noun and len(before) == len(after) == 1 and not is_measured(old[before[0]])
    ]


def is_measured(mention: Mention) -> bool:
    """Return whether the unit is a unit of measurement, which does not identify what was measured."""
    return is_measure((mention.unit or "").split(" ")[0])


def is_measure(word: str) -> bool:
    """Return whether a word, in lower case, is a unit of measurement."""
    return word in _MEASURES


def _by_place(mentions: Sequence[Mention], old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Match the mentions with equal words on both sides, in an alignment of all words."""
    # See tests/monitor/diff/test_compare.py::test_numbers_that_swap_places_in_a_reworded_sentence_are_not_mixed_up.
    before = [n for n, word in enumerate(old) for _ in range(word.count("\x00") // 2)]
    after = [m for m, word in enumerate(new) for _ in range(word.count("\x00") // 2)]
    times_before, times_after = Counter(before), Counter(after)
    index_after = {at: m for m, at in reversed(list(enumerate(after)))}
    met = {-1: -1, len(old): len(new), **_beside(alike(old), alike(new))}
    for n, at in enumerate(before):
        there = met.get(at)
        if there is not None and times_before[at] == times_after[there] == 1:
            before_it, behind_it = (_run(met, at, there, step, len(old)) for step in (-1, 1))
            # "2 km north of Ashby": the words after the unit identify what was measured.
            least = _WORDS_OF_MEASURE if is_measured(mentions[n]) else 1
            if before_it >= 1 and behind_it >= least and before_it + behind_it >= _WORDS_AROUND:
                yield n, index_after[there]


def _by_next_word(
    old: Sequence[Mention],
    new: Sequence[Mention],
    old_words: Sequence[str],
    new_words: Sequence[str],
    left: Iterable[int],
    right: Iterable[int],
) -> Iterator[tuple[int, int]]:
    """Match the numbers before the same word, if no other number of either sentence is before it: "17 cerrados" and "19 cerrados ahora".

    See tests/monitor/diff/test_equal_texts.py::test_numbers_of_reworded_sentences_are_paired_by_the_words_around_them.
    """
    before, after = _next_words(old_words, len(old)), _next_words(new_words, len(new))
    times_before, times_after = Counter(before.values()), Counter(after.values())
    index_after = {after[m]: m for m in right if m in after}
    for n in left:
        word = before.get(n, "")
        is_noun = len(word) >= _NOUN_CHARS and not is_measured(old[n]) and not is_measure(word)
        if is_noun and times_before[word] == times_after[word] == 1 and word in index_after:
            yield n, index_after[word]


def _next_words(words: Sequence[str], mentions: int) -> dict[int, str]:
    """Return the word behind each mention, by the mention's index; empty if the words do not have as many mentions."""
    at = [index for index, word in enumerate(words) for _ in range(word.count("\x00") // 2)]
    if len(at) != mentions:
        return {}
    return {
        n: words[index + 1] for n, index in enumerate(at) if index + 1 < len(words) and not is_number(words[index + 1])
    }


def _beside(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Align the words of two sentences by index. For very long sentences only the common beginning and end are aligned."""
    # See tests/monitor/diff/test_long_sentences.py::test_of_endless_sentences_what_both_begin_and_end_with_stands_side_by_side.
    if len(old) * len(new) <= _MOST_WORDS:
        blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        return {block.a + n: block.b + n for block in blocks for n in range(block.size)}
    most = min(len(old), len(new))
    first = next((n for n in range(most) if old[n] != new[n]), most)
    last = next((n for n in range(most - first) if old[-1 - n] != new[-1 - n]), most - first)
    return {n: n for n in range(first)} | {len(old) - n: len(new) - n for n in range(1, last + 1)}


def alike(words: Sequence[str]) -> list[str]:
    """Replace each mention with the same placeholder, whatever its type."""
    return ["\x00" if is_number(word) else word for word in words]


def _run(met: Mapping[int, int], at: int, there: int, step: int, length: int) -> int:
    """Count the consecutive aligned words on one side of two numbers. Reaching the end of the sentence counts as enough."""
    run = 0
    while run < _WORDS_AROUND and met.get(at + step * (run + 1)) == there + step * (run + 1):
        run += 1
        if at + step * run in (-1, length):
            return _WORDS_AROUND
    return run


def _alone(
    old: Sequence[Mention], new: Sequence[Mention], left: Sequence[int], right: Sequence[int]
) -> list[tuple[int, int]]:
    """Match the two mentions that remain if exactly one remains on each side and their types are equal."""
    return [(left[0], right[0])] if len(left) == len(right) == 1 and old[left[0]].type is new[right[0]].type else []
