"""Matches removed and added sentences: by equal wording with the numbers masked, by row label, by similarity, and by what they count."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from monitor.diff import number_matching
from monitor.diff.tables import known_by, label_of
from monitor.sentences import Sentence

_SIMILAR = 0.55
"""Minimum Dice coefficient of two sentences' words at which one is a rewording of the other."""
_SAME_UNIT = 0.4
"""Minimum Dice coefficient if both sentences count the same thing and no other sentence does."""
_SAME_BOX = 0.8
"""Minimum Dice coefficient at which a number in a box, with the words of its label, matches a sentence that counts the same thing."""
_MOST_ALIKE = 500_000
"""Maximum number of pairs of sentences with equal wording whose mentions are compared; further ones are paired in order."""
_MOST_PAIRS = 40_000
"""Maximum number of sentence pairs compared for similarity; a page that was rewritten completely is reported as a whole."""


def matched(
    removed: Sequence[Sentence], added: Sequence[Sentence], weights: Callable[[], Mapping[str, float]]
) -> dict[int, tuple[int, float]]:
    """Return the index in `added` and the likeness for each matched index in `removed`."""
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
    """Match sentences that differ in mentions only; among several candidates the one with the fewest differences."""
    # See tests/monitor/diff/test_compare.py::test_values_that_only_moved_among_equal_sentences_stay_one_sentence_each.
    waiting: defaultdict[tuple[str, str | None, str], dict[int, None]] = defaultdict(dict)
    for index, sentence in enumerate(added):
        waiting[sentence.masked, known_by(sentence), sentence.place][index] = None
    left = _MOST_ALIKE
    for index, sentence in enumerate(removed):
        alike = waiting.get((sentence.masked, known_by(sentence), sentence.place))
        if alike:
            left -= len(alike)
            nearest = min(alike, key=lambda m: _values_apart(sentence, added[m])) if left > 0 else next(iter(alike))
            del alike[nearest]
            yield index, nearest


def _values_apart(old: Sentence, new: Sentence) -> int:
    """Count the mentions in which two sentences with equal wording differ."""
    return sum(a.quote != b.quote for a, b in zip(old.mentions, new.mentions, strict=True))


def _by_label(
    removed: Sequence[Sentence], added: Sequence[Sentence], pairs: Mapping[int, tuple[int, float]]
) -> dict[int, tuple[int, float]]:
    """Match rows of different shape by label, if the label is unique on both sides."""
    # See tests/monitor/diff/test_compare.py::test_rows_meet_by_their_label_and_a_new_row_is_text.
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
            found[f"{row.place}\x1f{label}"].append(index)
    return dict(found)


def _boxes(
    removed: Sequence[Sentence], added: Sequence[Sentence], pairs: Mapping[int, tuple[int, float]]
) -> dict[int, tuple[int, float]]:
    """Match a number in a box of its own with a short sentence that counts the same thing: "87" under "Members" became "Members: 88"."""
    # See tests/monitor/diff/test_compare.py::test_a_number_in_a_box_meets_the_same_written_otherwise.
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
    """Match heavily reworded sentences that count the same thing."""
    # See tests/monitor/diff/test_compare.py::test_much_reworded_sentences_meet_by_what_they_count.
    return _each_once(
        (n, m, number_matching.likeness(_meant(removed[n]), _meant(added[m]), weight))
        for n, m in _counting_alone(removed, added, pairs)
        if _shared(removed[n], added[m]) >= _SAME_UNIT
    )


def _each_once(alike: Iterable[tuple[int, int, float]]) -> dict[int, tuple[int, float]]:
    """Convert matches to a mapping; empty if two old sentences would match the same new one."""
    found: dict[int, tuple[int, float]] = {}
    for n, m, likeness in alike:
        found.setdefault(n, (m, likeness))
    return found if len({m for m, _ in found.values()}) == len(found) else {}


def _counting_alone(
    removed: Sequence[Sentence], added: Sequence[Sentence], pairs: Mapping[int, tuple[int, float]]
) -> Iterator[tuple[int, int]]:
    """Yield unmatched sentences that count the same thing, if no other removed or added sentence counts it."""
    taken = {m for m, _ in pairs.values()}
    before = _counting([(n, sentence) for n, sentence in enumerate(removed) if n not in pairs])
    after = _counting([(m, sentence) for m, sentence in enumerate(added) if m not in taken])
    for counted, old in before.items():
        new = after.get(counted, [])
        if len(old) == len(new) == 1:
            yield old[0], new[0]


def _counting(sentences: Sequence[tuple[int, Sentence]]) -> dict[tuple[str, str], list[int]]:
    """Group sentences by what they count."""
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for index, sentence in sentences:
        for mention in sentence.mentions:
            if mention.unit and not number_matching.is_measured(mention):
                found[number_matching.called(mention)].append(index)
    return dict(found)


def _meant(sentence: Sentence) -> Sequence[str]:
    """Return the words of a sentence; for a number in a box of its own, also the words of its label, as they would appear in a sentence."""
    return (*sentence.words, *(sentence.mentions[0].unit or "").split()) if _is_alone(sentence) else sentence.words


def _is_alone(sentence: Sentence) -> bool:
    return len(sentence.mentions) == 1 and sentence.text == sentence.mentions[0].quote


def _shared(old: Sentence, new: Sentence) -> float:
    """Return the Dice coefficient of two sentences' words."""
    before, after = Counter(_meant(old)), Counter(_meant(new))
    return 2 * (before & after).total() / max(before.total() + after.total(), 1)


def _similar(
    old: Sequence[tuple[int, Sentence]], new: Sequence[tuple[int, Sentence]], weight: Mapping[str, float]
) -> dict[int, tuple[int, float]]:
    """Match sentences by similarity, the most similar first; each sentence is used at most once."""
    # See tests/monitor/diff/test_compare.py::test_a_reworded_sentence_tells_its_number_and_its_words.
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
