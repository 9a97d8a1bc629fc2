"""Which sentence of the one side became which of the other: by equal wording with the numbers masked, by a row's label, by similarity, by what they count."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from monitor.diff import number_matching
from monitor.diff.tables import known_by, label_of
from monitor.sentences import Sentence

_SIMILAR = 0.55
"""Dice coefficient of two sentences' words from which they are one sentence reworded."""
_SAME_UNIT = 0.4
"""Dice coefficient that is enough where both count the same, and nothing else does."""
_SAME_BOX = 0.8
"""Dice coefficient from which a number in a box, with the words of its label, is the same counted elsewhere."""
_MOST_ALIKE = 500_000
"""Pairs of sentences with the same words whose mentions are compared; further ones are paired in the order they stand."""
_MOST_PAIRS = 40_000
"""Pairs of sentences compared for similarity at the most; a page rewritten wholesale is told as a whole."""


def matched(
    removed: Sequence[Sentence], added: Sequence[Sentence], weights: Callable[[], Mapping[str, float]]
) -> dict[int, tuple[int, float]]:
    """Old to new with their likeness, by position in the two lists."""
    pairs: dict[int, tuple[int, float]] = {}
    for index, nearest in _by_wording(removed, added):
        pairs[index] = nearest, 1.0
    pairs.update(_by_label(removed, added, pairs))
    pairs.update(_boxes(removed, added, pairs))
    rest_old = [n for n in range(len(removed)) if n not in pairs]
    taken = {index for index, _ in pairs.values()}
    rest_new = [n for n in range(len(added)) if n not in taken]
    if 0 < len(rest_old) * len(rest_new) <= _MOST_PAIRS:
        weight = weights()
        pairs.update(_similar([(n, removed[n]) for n in rest_old], [(n, added[n]) for n in rest_new], weight))
        pairs.update(_by_unit(removed, added, pairs, weight))
    return pairs


def _by_wording(removed: Sequence[Sentence], added: Sequence[Sentence]) -> Iterator[tuple[int, int]]:
    """Old and new that differ in mentions only: of several new ones that in which the fewest differ."""
    waiting: defaultdict[tuple[str, str | None], dict[int, None]] = defaultdict(dict)
    for index, sentence in enumerate(added):
        waiting[sentence.masked, known_by(sentence)][index] = None
    left = _MOST_ALIKE
    for index, sentence in enumerate(removed):
        alike = waiting.get((sentence.masked, known_by(sentence)))
        if alike:
            left -= len(alike)
            nearest = min(alike, key=lambda m: _values_apart(sentence, added[m])) if left > 0 else next(iter(alike))
            del alike[nearest]
            yield index, nearest


def _values_apart(old: Sentence, new: Sentence) -> int:
    """In how many mentions two sentences of the same words differ."""
    return sum(a.quote != b.quote for a, b in zip(old.mentions, new.mentions, strict=True))


def _by_label(
    removed: Sequence[Sentence], added: Sequence[Sentence], pairs: Mapping[int, tuple[int, float]]
) -> dict[int, tuple[int, float]]:
    """Rows of another shape that go by the same label, where it is the only one on either side."""
    taken = {m for m, _ in pairs.values()}
    before = _labelled([(n, row) for n, row in enumerate(removed) if n not in pairs])
    after = _labelled([(m, row) for m, row in enumerate(added) if m not in taken])
    return {
        rows[0]: (after[label][0], 1.0)
        for label, rows in before.items()
        if len(rows) == 1 and len(after.get(label, ())) == 1
    }


def _labelled(rows: Sequence[tuple[int, Sentence]]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for index, row in rows:
        if label := label_of(row):
            found[label].append(index)
    return dict(found)


def _boxes(
    removed: Sequence[Sentence], added: Sequence[Sentence], pairs: Mapping[int, tuple[int, float]]
) -> dict[int, tuple[int, float]]:
    """A number in a box of its own, and the same counted in other words as few as those of its label: "87" under "Members" became "Members: 88"."""
    return _each_once(
        (n, m, 1.0)
        for n, m in _counting_alone(removed, added, pairs)
        if (_is_alone(removed[n]) or _is_alone(added[m])) and _shared(removed[n], added[m]) >= _SAME_BOX
    )


def _by_unit(
    removed: Sequence[Sentence],
    added: Sequence[Sentence],
    pairs: Mapping[int, tuple[int, float]],
    weight: Mapping[str, float],
) -> dict[int, tuple[int, float]]:
    """Much reworded sentences that count the same."""
    return _each_once(
        (n, m, number_matching.likeness(_meant(removed[n]), _meant(added[m]), weight))
        for n, m in _counting_alone(removed, added, pairs)
        if _shared(removed[n], added[m]) >= _SAME_UNIT
    )


def _each_once(alike: Iterable[tuple[int, int, float]]) -> dict[int, tuple[int, float]]:
    """Old to new with their likeness; nothing where a new sentence would be two old ones'."""
    found: dict[int, tuple[int, float]] = {}
    for n, m, likeness in alike:
        found.setdefault(n, (m, likeness))
    return found if len({m for m, _ in found.values()}) == len(found) else {}


def _counting_alone(
    removed: Sequence[Sentence], added: Sequence[Sentence], pairs: Mapping[int, tuple[int, float]]
) -> Iterator[tuple[int, int]]:
    """Sentences not paired yet that count the same, where no other sentence that went or came counts it."""
    taken = {m for m, _ in pairs.values()}
    before = _counting([(n, sentence) for n, sentence in enumerate(removed) if n not in pairs])
    after = _counting([(m, sentence) for m, sentence in enumerate(added) if m not in taken])
    for counted, old in before.items():
        new = after.get(counted, [])
        if len(old) == len(new) == 1:
            yield old[0], new[0]


def _counting(sentences: Sequence[tuple[int, Sentence]]) -> dict[tuple[str, str], list[int]]:
    """Sentences by what they count."""
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for index, sentence in sentences:
        for mention in sentence.mentions:
            if mention.unit and not number_matching.is_measured(mention):
                found[number_matching.called(mention)].append(index)
    return dict(found)


def _meant(sentence: Sentence) -> Sequence[str]:
    """The words of a sentence; of a number in a box of its own those of its label, too, which is what it says when it is written as one."""
    return (*sentence.words, *(sentence.mentions[0].unit or "").split()) if _is_alone(sentence) else sentence.words


def _is_alone(sentence: Sentence) -> bool:
    return len(sentence.mentions) == 1 and sentence.text == sentence.mentions[0].quote


def _shared(old: Sentence, new: Sentence) -> float:
    """Dice coefficient of two sentences' words."""
    before, after = Counter(_meant(old)), Counter(_meant(new))
    return 2 * (before & after).total() / max(before.total() + after.total(), 1)


def _similar(
    old: Sequence[tuple[int, Sentence]], new: Sequence[tuple[int, Sentence]], weight: Mapping[str, float]
) -> dict[int, tuple[int, float]]:
    """The most alike first; each sentence once."""
    bags_new = [(m, sentence, Counter(sentence.words)) for m, sentence in new]
    scored = []
    for n, sentence in old:
        bag = Counter(sentence.words)
        size = bag.total()
        for m, other, other_bag in bags_new:
            whole = size + other_bag.total()
            if whole and 2 * min(size, other_bag.total()) >= _SIMILAR * whole:
                same = 2 * (bag & other_bag).total() / whole
                if same >= _SIMILAR:
                    scored.append(
                        (-number_matching.likeness(sentence.words, other.words, weight), -same, abs(n - m), n, m)
                    )
    pairs: dict[int, tuple[int, float]] = {}
    used: set[int] = set()
    for alike, _, _, n, m in sorted(scored):
        if n not in pairs and m not in used:
            pairs[n] = m, -alike
            used.add(m)
    return pairs
