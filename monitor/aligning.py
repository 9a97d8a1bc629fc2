"""The sentences of two versions, aligned: which stand on both sides, which were reworded into which, which came and went.

Blocks of the reading kinds are taken apart into sentences. Sentences that stand on both sides are not changes, wherever they moved. What is left is
paired, first by equal wording with the numbers masked, then by similarity.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from monitor import sentences
from monitor.model import READING_KINDS, BlockKind, Mention, Version

_SIMILAR = 0.55
"""Dice coefficient of two sentences' words from which they are one sentence reworded."""
_MOST_PAIRS = 40_000
"""Pairs of sentences compared for similarity at the most; a page rewritten wholesale is told as a whole."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a version.

    Attributes:
        text: As on the page.
        block: Index of its block.
        kind: The block's kind.
        start: Where it begins in the block's text.
        mentions: Those that stand in it, in order.
        masked: The text with every mention's quote replaced by its type.
    """

    text: str
    block: int
    kind: BlockKind
    start: int
    mentions: tuple[Mention, ...]
    masked: str


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
        text_too: Whether more than loud or volatile numbers differs; `monitor.compare` settles it.
    """

    old: Sentence | None
    new: Sentence | None
    position: float
    text_too: bool = True


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
    pairs = _paired(gone, come)
    units = _units(gone, come, pairs, _positions(before, after, removed), added)
    return units, set(range(len(after))) - set(added)


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
        found.append(
            Sentence(text, index, block.kind, start, mentions, _masked(block.text, start, end, mentions)),
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
    """Indexes of sentences that stand on one side only."""
    return _missing(before, after), _missing(after, before)


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


def _paired(removed: Sequence[Sentence], added: Sequence[Sentence]) -> dict[int, int]:
    """Old to new, by position in the two lists."""
    pairs: dict[int, int] = {}
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for index, sentence in enumerate(added):
        waiting[sentence.masked].append(index)
    for index, sentence in enumerate(removed):
        if waiting[sentence.masked]:
            pairs[index] = waiting[sentence.masked].pop(0)
    rest_old = [n for n in range(len(removed)) if n not in pairs]
    taken = set(pairs.values())
    rest_new = [n for n in range(len(added)) if n not in taken]
    if len(rest_old) * len(rest_new) <= _MOST_PAIRS:
        pairs.update(_similar([(n, removed[n]) for n in rest_old], [(n, added[n]) for n in rest_new]))
    return pairs


def _similar(old: Sequence[tuple[int, Sentence]], new: Sequence[tuple[int, Sentence]]) -> dict[int, int]:
    """The most similar first; each sentence once."""
    bags_old = [(n, Counter(_words(sentence))) for n, sentence in old]
    bags_new = [(n, Counter(_words(sentence))) for n, sentence in new]
    scored = []
    for n, bag in bags_old:
        size = bag.total()
        for m, other in bags_new:
            whole = size + other.total()
            if whole and 2 * min(size, other.total()) >= _SIMILAR * whole:
                score = 2 * (bag & other).total() / whole
                if score >= _SIMILAR:
                    scored.append((-score, abs(n - m), n, m))
    pairs: dict[int, int] = {}
    used: set[int] = set()
    for _, _, n, m in sorted(scored):
        if n not in pairs and m not in used:
            pairs[n] = m
            used.add(m)
    return pairs


def _words(sentence: Sentence) -> list[str]:
    return [word.strip(".,;:!?()\"'“”’").lower() for word in sentence.masked.split()]


def _units(
    gone: Sequence[Sentence],
    come: Sequence[Sentence],
    pairs: dict[int, int],
    where_gone: Sequence[float],
    where_come: Sequence[int],
) -> list[ChangedSentence]:
    """The changed sentences in reading order of the new side; a removed one stands where its neighbour before it went."""
    units = [ChangedSentence(gone[n], come[m], float(where_come[m])) for n, m in pairs.items()]
    paired_new = set(pairs.values())
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
