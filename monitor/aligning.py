"""The sentences of two versions, aligned: which stand on both sides, which were reworded into which, which came and went.

Blocks of the reading kinds are taken apart into sentences. Sentences that stand on both sides are not changes, wherever they moved. What is left is
paired, first by equal wording with the numbers masked, then by similarity.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from monitor import pairing, sentences
from monitor.model import READING_KINDS, Mention, Version
from monitor.sentences import Sentence
from monitor.tables import label_of, same_row

_UNSEEN = re.compile(r"(?<!\d)[\s\u00ad\u200b-\u200f\u2060\ufeff]+|[\s\u00ad\u200b-\u200f\u2060\ufeff]+(?!\d)")
_SIMILAR = 0.55
"""Dice coefficient of two sentences' words from which they are one sentence reworded."""
_SAME_UNIT = 0.4
"""Dice coefficient that is enough where both count the same, and nothing else does."""
_MOST_PAIRS = 40_000
"""Pairs of sentences compared for similarity at the most; a page rewritten wholesale is told as a whole."""


_Text = tuple[str, int]
"""A block's text and its index."""

_Said = tuple[str, int, int]
"""A sentence's text, the index of its block, and where it begins in the block's text."""


@dataclass(slots=True)
class ChangedSentence:
    """A sentence that is not on both sides as it stands.

    Attributes:
        old: As it stood; None where it is new.
        new: As it stands; None where it is gone.
        position: Its place in reading order of the new side; halves stand between sentences.
        likeness: How much the two speak of the same thing, from 0 to 1; 1 where they differ in mentions only, 0 without both.
        text_too: Whether more than loud or volatile numbers differs; `monitor.compare` settles it.
        noise: Why what else differs means nothing; None where nothing else differs, or it may mean something. Settled there too.
    """

    old: Sentence | None
    new: Sentence | None
    position: float
    likeness: float = 0.0
    text_too: bool = True
    noise: str | None = None


def changed_sentences(old: Version, new: Version) -> tuple[list[ChangedSentence], set[int]]:
    """What is not on both sides, in reading order of the new one, and the indexes of the new side's sentences that are.

    Indexes count from where the two sides begin to differ.
    """
    blocks_before, blocks_after = _differing(_reading_blocks(old), _reading_blocks(new))
    before, after = _said(blocks_before), _said(blocks_after)
    removed, added = _unmatched(before, after)
    if not removed and not added:
        return [], set()
    gone, come = _sentences(old, [before[n] for n in removed]), _sentences(new, [after[n] for n in added])
    pairs = _paired(gone, come, lambda: _weights(old, new, [*gone, *come]))
    units = _units(gone, come, pairs, _positions(before, after, removed), added)
    return units, set(range(len(after))) - set(added)


def _weights(old: Version, new: Version, compared: Sequence[Sentence]) -> dict[str, float]:
    """By all the blocks of both sides: what stands in many of them says little."""
    wanted = (word for sentence in compared for word in sentence.words)
    return pairing.weights(wanted, (text for version in (old, new) for text, _ in _reading_blocks(version)))


def _reading_blocks(version: Version) -> list[_Text]:
    return [(block.text, index) for index, block in enumerate(version.blocks) if block.kind in READING_KINDS]


def _differing(before: list[_Text], after: list[_Text]) -> tuple[list[_Text], list[_Text]]:
    """Without what both sides begin with and what both end with: on most changed pages that is nearly everything."""
    most = min(len(before), len(after))
    first = next((n for n in range(most) if before[n][0] != after[n][0]), most)
    last = next((n for n in range(most - first) if before[-1 - n][0] != after[-1 - n][0]), most - first)
    return before[first : len(before) - last], after[first : len(after) - last]


def _said(blocks: Sequence[_Text]) -> list[_Said]:
    """The sentences of blocks."""
    return [(text[start:end], index, start) for text, index in blocks for start, end in sentences.spans(text)]


def _sentences(version: Version, said: Sequence[_Said]) -> list[Sentence]:
    by_block: defaultdict[int, list[Mention]] = defaultdict(list)
    for mention in version.mentions:
        by_block[mention.block].append(mention)
    found: list[Sentence] = []
    for text, index, start in said:
        block, end = version.blocks[index], start + len(text)
        mentions = tuple(mention for mention in by_block[index] if start <= mention.start < end)
        masked = _masked(block.text, start, end, mentions)
        found.append(
            Sentence(text, index, block.kind, start, mentions, masked, tuple(pairing.words(masked))),
        )
    return found


def _masked(text: str, start: int, end: int, mentions: Sequence[Mention]) -> str:
    parts, at = [], start
    for mention in mentions:
        parts += [text[at : mention.start], f"\x00{mention.type}\x00"]
        at = mention.end
    parts.append(text[at:end])
    return "".join(parts)


def _unmatched(before: Sequence[_Said], after: Sequence[_Said]) -> tuple[list[int], list[int]]:
    """Indexes of sentences that stand on one side only; white space makes no sentence another one."""
    gone, come = _missing(before, after), _missing(after, before)
    if not gone or not come:
        return gone, come
    still = _missing([_squeezed(before[n]) for n in gone], [_squeezed(after[m]) for m in come])
    new = _missing([_squeezed(after[m]) for m in come], [_squeezed(before[n]) for n in gone])
    return [gone[n] for n in still], [come[m] for m in new]


def _squeezed(said: _Said) -> _Said:
    """A sentence without white space, and without what is not seen at all. Digits keep theirs: "1 525" and "1525" need not be one number."""
    text, block, start = said
    return _UNSEEN.sub("", text), block, start


def _missing(here: Sequence[_Said], there: Sequence[_Said]) -> list[int]:
    """Indexes of sentences here that do not stand there, counted: one of two equal ones gone is gone."""
    spare = Counter(text for text, _, _ in there)
    missing = []
    for index, (text, _, _) in enumerate(here):
        if spare[text] > 0:
            spare[text] -= 1
        else:
            missing.append(index)
    return missing


def _paired(
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


def _units(
    gone: Sequence[Sentence],
    come: Sequence[Sentence],
    pairs: Mapping[int, tuple[int, float]],
    where_gone: Sequence[float],
    where_come: Sequence[int],
) -> list[ChangedSentence]:
    """The changed sentences in reading order of the new side; a removed one stands where its neighbour before it went."""
    units = [ChangedSentence(gone[n], come[m], float(where_come[m]), alike) for n, (m, alike) in pairs.items()]
    paired_new = {m for m, _ in pairs.values()}
    units += [ChangedSentence(None, come[m], float(index)) for m, index in enumerate(where_come) if m not in paired_new]
    units += [ChangedSentence(gone[n], None, where + 0.5) for n, where in enumerate(where_gone) if n not in pairs]
    return sorted(units, key=lambda unit: unit.position)


def _positions(before: Sequence[_Said], after: Sequence[_Said], removed: Sequence[int]) -> list[float]:
    """For each removed sentence the index of the new one that the nearest old one before it that stayed became."""
    first: dict[str, int] = {}
    for index, (text, _, _) in enumerate(after):
        first.setdefault(text, index)
    found, last = [], -1.0
    for text, _, _ in before:
        last = float(first.get(text, last))
        found.append(last)
    return [found[index] for index in removed]
