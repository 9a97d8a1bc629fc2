"""The sentences of two versions, aligned: which stand on both sides, which were reworded into which, which came and went.

Blocks of the reading kinds are taken apart into sentences. Sentences that stand on both sides are not changes, wherever they moved. What is left is
paired, first by equal wording with the numbers masked, then by similarity.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor import sentences
from monitor.diff import number_matching
from monitor.diff.sentence_matching import matched
from monitor.model import READING_KINDS, Mention, Version
from monitor.sentences import Sentence

_UNSEEN = re.compile(r"(?<!\d)[\s\u00ad\u200b-\u200f\u2060\ufeff]+|[\s\u00ad\u200b-\u200f\u2060\ufeff]+(?!\d)")
_Text = tuple[str, int]
"""A block's text and its index."""

_Said = tuple[str, int, int]
"""A sentence's text, the index of its block, and where it begins in the block's text."""


_Known = tuple[str, int] | None
"""An unchanged sentence: its text, and which of those texts it is."""


class TextSpan(NamedTuple):
    """Where a changed sentence stands on its side.

    Attributes:
        number: Of the sentence, counted from where the two sides begin to differ.
        behind: The unchanged sentence before it, as its text and which of those texts it is; None where the side begins.
        before: The unchanged one behind it; None where the side ends.
    """

    number: int
    behind: _Known
    before: _Known


@dataclass(slots=True)
class ChangedSentence:
    """A sentence that is not on both sides as it stands.

    Attributes:
        old: As it stood; None where it is new.
        new: As it stands; None where it is gone.
        position: Its place in reading order of the new side; halves stand between sentences.
        stood: Where it stood on the old side; None where it is new.
        stands: Where it stands on the new side; None where it is gone.
        likeness: How much the two speak of the same thing, from 0 to 1; 1 where they differ in mentions only, 0 without both.
        text_too: Whether more than loud or volatile numbers differs; `monitor.diff.compare` settles it.
        noise: Why what else differs means nothing; None where nothing else differs, or it may mean something. Settled there too.
    """

    old: Sentence | None
    new: Sentence | None
    position: float
    stood: TextSpan | None = None
    stands: TextSpan | None = None
    likeness: float = 0.0
    text_too: bool = True
    noise: str | None = None


def changed_sentences(old: Version, new: Version) -> list[ChangedSentence]:
    """What is not on both sides, in reading order of the new one."""
    blocks_before, blocks_after = _differing(_reading_blocks(old), _reading_blocks(new))
    before, after = _said(blocks_before), _said(blocks_after)
    removed, added = _unmatched(before, after)
    if not removed and not added:
        return []
    gone, come = _sentences(old, [before[n] for n in removed]), _sentences(new, [after[n] for n in added])
    pairs = matched(gone, come, lambda: _weights(old, new, [*gone, *come]))
    return _units(gone, come, pairs, _positions(before, after, removed), _spots(before, removed), _spots(after, added))


def _weights(old: Version, new: Version, compared: Sequence[Sentence]) -> dict[str, float]:
    """By all the blocks of both sides: what stands in many of them says little."""
    wanted = (word for sentence in compared for word in sentence.words)
    return number_matching.weights(wanted, (text for version in (old, new) for text, _ in _reading_blocks(version)))


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
    by_block: dict[int, list[Mention]] = {index: [] for _, index, _ in said}
    for mention in version.mentions:
        if mention.block in by_block:
            by_block[mention.block].append(mention)
    for several in by_block.values():
        several.sort(key=_start)
    found: list[Sentence] = []
    for text, index, start in said:
        block, end, within = version.blocks[index], start + len(text), by_block[index]
        mentions = tuple(within[bisect_left(within, start, key=_start) : bisect_left(within, end, key=_start)])
        masked = _masked(block.text, start, end, mentions)
        found.append(
            Sentence(text, index, block.kind, start, mentions, masked, tuple(number_matching.words(masked))),
        )
    return found


def _start(mention: Mention) -> int:
    return mention.start


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


def _units(
    gone: Sequence[Sentence],
    come: Sequence[Sentence],
    pairs: Mapping[int, tuple[int, float]],
    where_gone: Sequence[float],
    stood: Sequence[TextSpan],
    stands: Sequence[TextSpan],
) -> list[ChangedSentence]:
    """The changed sentences in reading order of the new side; a removed one stands where its neighbour before it went."""
    units = [
        ChangedSentence(gone[n], come[m], float(stands[m].number), stood[n], stands[m], alike)
        for n, (m, alike) in pairs.items()
    ]
    paired_new = {m for m, _ in pairs.values()}
    units += [
        ChangedSentence(None, come[m], float(spot.number), stands=spot)
        for m, spot in enumerate(stands)
        if m not in paired_new
    ]
    units += [
        ChangedSentence(gone[n], None, where_gone[n] + 0.5, stood=spot)
        for n, spot in enumerate(stood)
        if n not in pairs
    ]
    return sorted(units, key=lambda unit: unit.position)


def _spots(said: Sequence[_Said], changed: Sequence[int]) -> list[TextSpan]:
    """Where the changed sentences of a side stand, in order."""
    among, counts = set(changed), Counter[str]()
    keys: list[_Known] = []
    for index, (text, _, _) in enumerate(said):
        keys.append(None if index in among else (text, counts[text]))
        if index not in among:
            counts[text] += 1
    behind = _last_known(keys)
    before = _last_known(keys[::-1])[::-1]
    return [TextSpan(index, behind[index], before[index]) for index in changed]


def _last_known(keys: Sequence[_Known]) -> list[_Known]:
    last: _Known = None
    found = []
    for key in keys:
        last = key or last
        found.append(last)
    return found


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
