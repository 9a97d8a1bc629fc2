"""Which sentence of the one side became which of the other: by equal wording with the numbers masked, by a row's label, by similarity, by what they count."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from monitor.compare import pairing
from monitor.compare.tables import label_of, same_row
from monitor.sentences import Sentence

_SIMILAR = 0.55
"""Dice coefficient of two sentences' words from which they are one sentence reworded."""
_SAME_UNIT = 0.4
"""Dice coefficient that is enough where both count the same, and nothing else does."""
_MOST_PAIRS = 40_000
"""Pairs of sentences compared for similarity at the most; a page rewritten wholesale is told as a whole."""


def matched(
    removed: Sequence[Sentence], added: Sequence[Sentence], weights: Callable[[], Mapping[str, float]]
) -> dict[int, tuple[int, float]]:
    """Old to new with their likeness, by position in the two lists."""
    pairs: dict[int, tuple[int, float]] = {}
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for index, sentence in enumerate(added):
        waiting[sentence.masked].append(index)
    for index, sentence in enumerate(removed):
        alike = [m for m in waiting[sentence.masked] if same_row(sentence, added[m])]
        if alike:
            nearest = min(alike, key=lambda m: _values_apart(sentence, added[m]))
            waiting[sentence.masked].remove(nearest)
            pairs[index] = nearest, 1.0
    pairs.update(_by_label(removed, added, pairs))
    rest_old = [n for n in range(len(removed)) if n not in pairs]
    taken = {index for index, _ in pairs.values()}
    rest_new = [n for n in range(len(added)) if n not in taken]
    if 0 < len(rest_old) * len(rest_new) <= _MOST_PAIRS:
        weight = weights()
        pairs.update(_similar([(n, removed[n]) for n in rest_old], [(n, added[n]) for n in rest_new], weight))
        pairs.update(_by_unit(removed, added, pairs, weight))
    return pairs


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


def _by_unit(
    removed: Sequence[Sentence],
    added: Sequence[Sentence],
    pairs: Mapping[int, tuple[int, float]],
    weight: Mapping[str, float],
) -> dict[int, tuple[int, float]]:
    """Much reworded sentences that count the same, where no other sentence that went or came counts it."""
    taken = {m for m, _ in pairs.values()}
    before = _counting([(n, sentence) for n, sentence in enumerate(removed) if n not in pairs])
    after = _counting([(m, sentence) for m, sentence in enumerate(added) if m not in taken])
    found: dict[int, tuple[int, float]] = {}
    for counted, old in before.items():
        new = after.get(counted, [])
        if len(old) == len(new) == 1 and old[0] not in found and _shared(removed[old[0]], added[new[0]]) >= _SAME_UNIT:
            found[old[0]] = new[0], pairing.likeness(removed[old[0]].words, added[new[0]].words, weight)
    return found if len({m for m, _ in found.values()}) == len(found) else {}


def _counting(sentences: Sequence[tuple[int, Sentence]]) -> dict[tuple[str, str], list[int]]:
    """Sentences by what they count."""
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for index, sentence in sentences:
        for mention in sentence.mentions:
            if mention.unit and not pairing.is_measured(mention):
                found[pairing.called(mention)].append(index)
    return dict(found)


def _shared(old: Sentence, new: Sentence) -> float:
    """Dice coefficient of two sentences' words."""
    before, after = Counter(old.words), Counter(new.words)
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
                    scored.append((-pairing.likeness(sentence.words, other.words, weight), -same, abs(n - m), n, m))
    pairs: dict[int, tuple[int, float]] = {}
    used: set[int] = set()
    for alike, _, _, n, m in sorted(scored):
        if n not in pairs and m not in used:
            pairs[n] = m, -alike
            used.add(m)
    return pairs
