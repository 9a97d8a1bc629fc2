"""Which label belongs to a number or a date that stands in a block of its own, as in a row of boxes ("87" over "Members"). Pure.

Boxes stand in runs, label and figure by turns, and a run is written one way: labels first or figures first. Where a label stands at both ends of a
run, one of the two is no label of it: the heading above, the heading of the next section, the first of a list of names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from monitor.model import READING_KINDS, Block, BlockKind

_LABEL_CHARS = 40
_FIGURE_CHARS = 40
_MEASURED = re.compile(r"[^\w\s]{0,3}\d[\d.,\u00a0\u202f ]*[^\W\d_]{1,5}\.?[²³]?(?:/[^\W\d_]{1,3})?\+?")
_LABEL_KINDS = READING_KINDS - {BlockKind.ROW}

Holds = Callable[[Block], bool]
"""Whether a block is a label, or a figure."""


def is_label(block: Block) -> bool:
    """Whether a block can be the label of a bare number: a few words, no sentence and no number."""
    text = block.text
    if len(text) > _LABEL_CHARS or block.kind not in _LABEL_KINDS:
        return False
    return text[0].isalpha() and text[-1] not in ".!?:" and not any(map(str.isdigit, text))


def is_figure(block: Block) -> bool:
    """Whether a block is a number and nothing else, but for what it is measured in: "142", "18.4 GW", "$48M"."""
    text = block.text
    if len(text) > _FIGURE_CHARS or not any(map(str.isdigit, text)):
        return False
    return not any(map(str.isalpha, text)) or _MEASURED.fullmatch(text) is not None


def beside(
    blocks: Sequence[Block], label: Holds = is_label, figure: Holds = is_figure, *, doubtful_first: bool = False
) -> dict[int, int]:
    """The index of the label for the index of each figure that has one.

    Args:
        blocks: In reading order.
        label: Whether a block can be a label; no block may be both label and figure.
        figure: Whether a block is what labels belong to.
        doubtful_first: Whether labels come first where nothing tells; otherwise figures do.
    """
    found: dict[int, int] = {}
    at = 0
    while at < len(blocks):
        if not figure(blocks[at]):
            at += 1
            continue
        last = at
        while last + 2 < len(blocks) and label(blocks[last + 1]) and figure(blocks[last + 2]):
            last += 2
        step = _step(blocks, at, last, label, doubtful_first=doubtful_first)
        if step:
            found |= {
                place: place + step
                for place in range(at, last + 1, 2)
                if 0 <= place + step < len(blocks) and label(blocks[place + step])
            }
        at = last + 1
    return found


def _step(blocks: Sequence[Block], first: int, last: int, label: Holds, *, doubtful_first: bool) -> int:
    """-1 where the labels of a run from `first` to `last` stand before its figures, 1 where behind; 0 where it has none."""
    leading = first > 0 and label(blocks[first - 1])
    trailing = last + 1 < len(blocks) and label(blocks[last + 1])
    if leading != trailing:
        step = -1 if leading else 1
        outer = blocks[first - 1 if leading else last + 1]
        # One that is another kind of block than the labels inside is none of them.
        return step if last == first or _alike(outer, blocks[first + 1]) else -step
    if not leading:
        return 1 if last > first else 0
    before, behind = blocks[first - 1], blocks[last + 1]
    if last > first:
        inner = blocks[first + 1]
        fits = _alike(before, inner), _alike(behind, inner)
        if fits[0] != fits[1]:
            return -1 if fits[0] else 1
        if fits[0] and inner.kind is BlockKind.HEADING:
            return -1
    elif (step := _by_headings(before, behind)) != 0:
        return step
    # A label that goes on with others of its kind begins or ends a list of them.
    listed = (
        first > 1 and label(blocks[first - 2]) and _alike(blocks[first - 2], before),
        last + 2 < len(blocks) and label(blocks[last + 2]) and _alike(blocks[last + 2], behind),
    )
    if listed[0] != listed[1]:
        return 1 if listed[0] else -1
    return -1 if doubtful_first else 1


def _alike(one: Block, other: Block) -> bool:
    """Whether two labels play the same part: both text, or headings under the same headings."""
    return one.kind is other.kind and (one.kind is not BlockKind.HEADING or one.anchor == other.anchor)


def _by_headings(before: Block, behind: Block) -> int:
    """The side of a single figure's label by the headings around it: the next section's names nothing; 0 where they do not tell."""
    headings = before.kind is BlockKind.HEADING, behind.kind is BlockKind.HEADING
    if headings == (True, True):
        return 1 if before.text in behind.anchor else -1
    return headings[0] - headings[1]
