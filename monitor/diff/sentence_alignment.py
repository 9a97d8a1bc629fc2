"""Aligns the sentences of two versions: which are unchanged, which were reworded, which were added or removed.

Blocks of the reading kinds are split into sentences. A sentence that both versions contain is unchanged, even if it moved. The remaining sentences
are paired, first by equal wording with the numbers masked, then by similarity.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor import sentences
from monitor.diff import equal_texts, number_matching, places
from monitor.diff.places import Part
from monitor.diff.sentence_matching import matched
from monitor.model import READING_KINDS, BlockKind, Mention, NoiseReason, Version
from monitor.sentences import Sentence

_Text = tuple[str, int]
"""A block's text and its index."""

_Known = tuple[str, int] | None
"""An unchanged sentence: its text, and its index among equal texts."""


class TextSpan(NamedTuple):
    """The position of a changed sentence on its side.

    Attributes:
        number: The index of the sentence, counted from the first block in which the two sides differ.
        behind: The unchanged sentence before it, as its text and its index among equal texts; None at the start of the side.
        before: The unchanged sentence after it; None at the end of the side.
    """

    number: int
    behind: _Known
    before: _Known


@dataclass(slots=True)
class ChangedSentence:
    """A sentence that the two versions do not both contain in the same form.

    Attributes:
        old: The earlier sentence; None if it was added.
        new: The later sentence; None if it was removed.
        position: The position in reading order of the new version; removed sentences have a fractional position between two others.
        old_span: The position on the old side; None if the sentence was added.
        new_span: The position on the new side; None if the sentence was removed.
        likeness: Similarity of the two sentences, from 0 to 1; 1 if only mentions differ, 0 if one side is missing.
        text_too: Whether more than loud or volatile numbers differs. Set by `monitor.diff.compare`.
        noise: The reason why the remaining difference is noise; None if there is no remaining difference, or if it may be meaningful. Set by
            `monitor.diff.compare`.
    """

    old: Sentence | None
    new: Sentence | None
    position: float
    old_span: TextSpan | None = None
    new_span: TextSpan | None = None
    likeness: float = 0.0
    text_too: bool = True
    noise: NoiseReason | None = None


def changed_sentences(old: Version, new: Version) -> list[ChangedSentence]:
    """Return the sentences that are not in both versions, in reading order of the new one."""
    blocks_before, blocks_after = _differing(_reading_blocks(old), _reading_blocks(new))
    before, after = places.placed(_split(blocks_before), _split(blocks_after), old.blocks, new.blocks)
    before, after = places.known_to_both(before, after)
    removed, added = _unmatched(before, after, old, new)
    if not removed and not added:
        return []
    gone, come = _sentences(old, [before[n] for n in removed]), _sentences(new, [after[n] for n in added])
    pairs = matched(gone, come, lambda: _weights(old, new, [*gone, *come]))
    return _units(gone, come, pairs, _positions(before, after, removed), _spans(before, removed), _spans(after, added))


def _weights(old: Version, new: Version, compared: Sequence[Sentence]) -> dict[str, float]:
    """Weigh the words by all blocks of both versions: a word that many blocks contain has a low weight."""
    wanted = (word for sentence in compared for word in sentence.words)
    return number_matching.weights(wanted, (text for version in (old, new) for text, _ in _reading_blocks(version)))


def _reading_blocks(version: Version) -> list[_Text]:
    return [(block.text, index) for index, block in enumerate(version.blocks) if block.kind in READING_KINDS]


def _differing(before: list[_Text], after: list[_Text]) -> tuple[list[_Text], list[_Text]]:
    """Strip the common beginning and the common end; on most changed pages that is nearly everything."""
    # See tests/monitor/diff/test_compare.py::test_blocks_that_move_are_no_change.
    most = min(len(before), len(after))
    first = next((n for n in range(most) if before[n][0] != after[n][0]), most)
    last = next((n for n in range(most - first) if before[-1 - n][0] != after[-1 - n][0]), most - first)
    return before[first : len(before) - last], after[first : len(after) - last]


def _split(blocks: Sequence[_Text]) -> list[Part]:
    """Split blocks into sentences. The number of a clause belongs to the first one: "1. Alder"."""
    # See tests/monitor/diff/test_equal_texts.py::test_ranks_that_change_places_are_a_change.
    return [Part(text[start:end], index, start) for text, index in blocks for start, end in _spans_of(text)]


def _spans_of(text: str) -> list[tuple[int, int]]:
    spans = list(sentences.spans(text))
    if len(spans) > 1 and equal_texts.is_enumerator(text[slice(*spans[0])]):
        spans[:2] = [(spans[0][0], spans[1][1])]
    return spans


def _sentences(version: Version, parts: Sequence[Part]) -> list[Sentence]:
    by_block: dict[int, list[Mention]] = {part.block: [] for part in parts}
    groups = (
        places.row_groups(version.blocks)
        if any(version.blocks[index].kind is BlockKind.ROW for index in by_block)
        else {}
    )
    for mention in version.mentions:
        if mention.block in by_block:
            by_block[mention.block].append(mention)
    for several in by_block.values():
        several.sort(key=_start)
    found: list[Sentence] = []
    for text, index, start, place in parts:
        block, end, within = version.blocks[index], start + len(text), by_block[index]
        mentions = tuple(within[bisect_left(within, start, key=_start) : bisect_left(within, end, key=_start)])
        masked = equal_texts.folded(masked_text(block.text, start, end, mentions))
        found.append(
            Sentence(
                text,
                index,
                block.kind,
                start,
                mentions,
                masked,
                tuple(number_matching.words(masked)),
                place,
                groups.get(index, ""),
            )
        )
    return found


def _start(mention: Mention) -> int:
    return mention.start


def masked_text(text: str, start: int, end: int, mentions: Sequence[Mention]) -> str:
    """Return the text from `start` to `end` with each mention, in order, replaced by its type."""
    parts, at = [], start
    for mention in mentions:
        parts += [text[at : mention.start], f"\x00{mention.type}\x00"]
        at = mention.end
    parts.append(text[at:end])
    return "".join(parts)


def _unmatched(
    before: Sequence[Part], after: Sequence[Part], old: Version, new: Version
) -> tuple[list[int], list[int]]:
    """Return the indexes of the sentences that only one side contains, and whose difference a reader can see."""
    # See tests/monitor/diff/test_compare.py::test_white_space_alone_makes_no_change.
    places_before, places_after = (
        [(part.place, part.text) for part in before],
        [(part.place, part.text) for part in after],
    )
    gone, come = equal_texts.missing(places_before, places_after), equal_texts.missing(places_after, places_before)
    if not gone and not come:
        return gone, come
    still, added = equal_texts.left_over([before[n] for n in gone], [after[m] for m in come], old, new)
    return [gone[n] for n in still], [come[m] for m in added]


def _units(
    gone: Sequence[Sentence],
    come: Sequence[Sentence],
    pairs: Mapping[int, tuple[int, float]],
    removed_positions: Sequence[float],
    old_span: Sequence[TextSpan],
    new_span: Sequence[TextSpan],
) -> list[ChangedSentence]:
    """Return the changed sentences in reading order of the new version. A removed sentence follows the position of its predecessor."""
    # See tests/monitor/diff/test_compare.py::test_a_sentence_that_came_and_one_that_went.
    units = [
        ChangedSentence(gone[n], come[m], float(new_span[m].number), old_span[n], new_span[m], alike)
        for n, (m, alike) in pairs.items()
    ]
    paired_new = {m for m, _ in pairs.values()}
    units += [
        ChangedSentence(None, come[m], float(span.number), new_span=span)
        for m, span in enumerate(new_span)
        if m not in paired_new
    ]
    units += [
        ChangedSentence(gone[n], None, removed_positions[n] + 0.5, old_span=span)
        for n, span in enumerate(old_span)
        if n not in pairs
    ]
    return sorted(units, key=lambda unit: unit.position)


def _spans(parts: Sequence[Part], changed: Sequence[int]) -> list[TextSpan]:
    """Return the positions of the changed sentences of one side, in order."""
    among, counts = set(changed), Counter[str]()
    keys: list[_Known] = []
    for index, (text, *_) in enumerate(parts):
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


def _positions(before: Sequence[Part], after: Sequence[Part], removed: Sequence[int]) -> list[float]:
    """For each removed sentence, return the index on the new side of the nearest preceding sentence that is unchanged."""
    first: dict[str, int] = {}
    for index, (text, *_) in enumerate(after):
        first.setdefault(text, index)
    found, last = [], -1.0
    for text, *_ in before:
        last = float(first.get(text, last))
        found.append(last)
    return [found[index] for index in removed]
