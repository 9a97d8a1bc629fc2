"""Which number of a reworded sentence became which: the same unit, or the same words around it, in sentences that speak of the same thing.

A page that says many things in the same form of words ("1-way traffic from … to … thru …") swaps one for another without any number having
changed. So words count by how rare they are among the sentences compared: what every notice says says nothing of which notice it is.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from monitor.model import Mention, MentionType

_ONE_UNIT = 0.25
"""Likeness from which a unit that stands once in either sentence ties two numbers."""
_PLAINLY = 0.6
"""Likeness from which the only number of the one that went became the only number of the other that came."""
_MOST_WORDS = 250_000
"""Words of a sentence before, times its words now, up to which they are laid side by side: five hundred each."""
_ALIKE = 0.6
"""Likeness from which the words around two numbers tie them."""
_NEARLY_SAME = 0.8
"""Likeness from which a number that reads as a year on one side only may be the same one."""
_WORDS_AROUND = 5
"""Words beside a number, on both sides together and one on each, that make two numbers the same one."""
_LEAST_YEARLIKE = 100
_WORDS_OF_MEASURE = 4
"""Words behind a measured number, the unit among them, without which nobody knows what was measured."""
_MEASURES = frozenset(
    "mi mile miles km kilometre kilometres kilometer kilometers kilometern kilómetros kilomètres chilometri m metre metres meter metern mètres metros metri cm mm ft feet foot "
    "hr hrs hour hours h kg g t lb lbs ton tons tonnes ha hectares acres l litre litres liter °c °f".split()
)
_TYPE = re.compile("\x00[a-z]+\x00")
_STRIPPED = "|.,;:!?()[]/\"'“”’«»"


def words(text: str) -> list[str]:
    """The words of a masked sentence, lower case, without the marks around them."""
    return [word for word in (part.strip(_STRIPPED).lower() for part in text.split()) if word]


def is_number(word: str) -> bool:
    """Whether a word of a masked sentence stands for a mention."""
    return "\x00" in word


def same_words(old: str, new: str) -> bool:
    """Whether two masked sentences differ at most in what their mentions are and say."""
    return old == new or _TYPE.sub("\x00", old) == _TYPE.sub("\x00", new)


def weights(wanted: Iterable[str], texts: Iterable[str]) -> dict[str, float]:
    """How much each word says of what a sentence is about: the less, the more of the texts have it.

    Args:
        wanted: The words of the sentences compared.
        texts: Of every block, of both sides.
    """
    asked = frozenset(wanted)
    frequency: Counter[str] = Counter()
    # Most texts stand on both sides.
    for text, count in Counter(texts).items():
        # As `words` reads it, but in lower case first: that makes no difference, and is done once.
        for word in asked.intersection([part.strip(_STRIPPED) for part in text.lower().split()]):
            frequency[word] += count
    # A word that stands once on each side is as rare as can be.
    return {word: 2 / max(frequency[word], 2) for word in asked}


def likeness(old: Sequence[str], new: Sequence[str], weight: Mapping[str, float]) -> float:
    """Dice coefficient of two sentences' words by weight, from 0 to 1, without the mentions in them."""
    before = Counter(word for word in old if not is_number(word))
    after = Counter(word for word in new if not is_number(word))
    whole = _sum(before, weight) + _sum(after, weight)
    return 2 * _sum(before & after, weight) / whole if whole else 0.0


def _sum(bag: Counter[str], weight: Mapping[str, float]) -> float:
    return sum(weight.get(word, 1.0) * count for word, count in bag.items())


def tied(
    old: Sequence[Mention], new: Sequence[Mention], old_words: Sequence[str], new_words: Sequence[str], likeness: float
) -> Iterator[tuple[Mention, Mention]]:
    """Mentions that are tied to each other, in two sentences that speak of the same thing; each once.

    Args:
        old: The mentions of the earlier sentence, in order, as many as its words have of them.
        new: Those of the later one.
        old_words: The words of the earlier sentence, mentions masked.
        new_words: Those of the later one.
        likeness: That of the two sentences.
    """
    left, right = map(dict.fromkeys, _without_what_stayed(old, new))
    ties = _by_unit(old, new, left, right) if likeness >= _ONE_UNIT else []
    if likeness >= _ALIKE:
        ties += _by_place(old, old_words, new_words)
    for n, m in ties:
        alike = old[n].type is new[m].type or (likeness >= _NEARLY_SAME and comparable(old[n], new[m]))
        if n in left and m in right and alike:
            del left[n], right[m]
            yield old[n], new[m]
    for n, m in _alone(old, new, list(left), list(right)):
        if likeness >= (_NEARLY_SAME if is_measured(old[n]) else _PLAINLY):
            yield old[n], new[m]


def comparable(old: Mention, new: Mention) -> bool:
    """Whether the one may have become the other: "1,957 tests" reads as a year where it is written "1957 tests"."""
    if old.type is new.type:
        return True
    kinds = {old.type, new.type}
    return kinds == {MentionType.COUNT, MentionType.YEAR} and all(
        isinstance(mention.value, int) and mention.value >= _LEAST_YEARLIKE for mention in (old, new)
    )


def _without_what_stayed(old: Sequence[Mention], new: Sequence[Mention]) -> tuple[list[int], list[int]]:
    """Indexes of the mentions left when every value that still stands beside its unit is taken away."""
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
    return mention.value, mention.upper


def called(mention: Mention) -> tuple[str, str]:
    """What a mention is and of what: its type and the last word of its unit without the ends of plurals; "" without one."""
    unit = (mention.unit or "").split()
    return mention.type.value, unit[-1].rstrip("sn") if unit else ""


def _by_unit(
    old: Sequence[Mention], new: Sequence[Mention], left: Iterable[int], right: Iterable[int]
) -> list[tuple[int, int]]:
    """Those whose unit no other mention of their sentence has."""
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
    """Whether the unit says how it was measured rather than what: miles are of anything."""
    return (mention.unit or "").split(" ")[0] in _MEASURES


def _by_place(mentions: Sequence[Mention], old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Those with the same words on both sides, where all the words are laid side by side."""
    before = [n for n, word in enumerate(old) for _ in range(word.count("\x00") // 2)]
    after = [m for m, word in enumerate(new) for _ in range(word.count("\x00") // 2)]
    times_before, times_after = Counter(before), Counter(after)
    index_after = {at: m for m, at in reversed(list(enumerate(after)))}
    met = {-1: -1, len(old): len(new), **_beside(alike(old), alike(new))}
    for n, at in enumerate(before):
        there = met.get(at)
        if there is not None and times_before[at] == times_after[there] == 1:
            before_it, behind_it = (_run(met, at, there, step, len(old)) for step in (-1, 1))
            # "2 km north of Ashby": what was measured is said behind the unit.
            least = _WORDS_OF_MEASURE if is_measured(mentions[n]) else 1
            if before_it >= 1 and behind_it >= least and before_it + behind_it >= _WORDS_AROUND:
                yield n, index_after[there]


def _beside(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Which word stands beside which, where the words of both sides are laid side by side; of endless sentences only what both begin and end with."""
    if len(old) * len(new) <= _MOST_WORDS:
        blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        return {block.a + n: block.b + n for block in blocks for n in range(block.size)}
    most = min(len(old), len(new))
    first = next((n for n in range(most) if old[n] != new[n]), most)
    last = next((n for n in range(most - first) if old[-1 - n] != new[-1 - n]), most - first)
    return {n: n for n in range(first)} | {len(old) - n: len(new) - n for n in range(1, last + 1)}


def alike(words: Sequence[str]) -> list[str]:
    """Words in which every mention is the same, whatever it is."""
    return ["\x00" if is_number(word) else word for word in words]


def _run(met: Mapping[int, int], at: int, there: int, step: int, length: int) -> int:
    """How many words in a row stand beside both numbers; the sentence's own ends count as enough."""
    run = 0
    while run < _WORDS_AROUND and met.get(at + step * (run + 1)) == there + step * (run + 1):
        run += 1
        if at + step * run in (-1, length):
            return _WORDS_AROUND
    return run


def _alone(
    old: Sequence[Mention], new: Sequence[Mention], left: Sequence[int], right: Sequence[int]
) -> list[tuple[int, int]]:
    """The one that is left on either side; none where there are several."""
    return [(left[0], right[0])] if len(left) == len(right) == 1 and old[left[0]].type is new[right[0]].type else []
