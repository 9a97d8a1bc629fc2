"""Finds the label of a number or date in a block of its own, as in a row of boxes ("87" over "Members"). Pure.

Boxes form runs in which labels and figures alternate, and the order within a run is constant: labels first or figures first. If there is a label at
both ends of a run, one of them does not belong to it: the heading above, the heading of the next section, the first of a list of names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from monitor.model import READING_KINDS, Block, BlockKind

_LABEL_CHARS = 40
_FIGURE_CHARS = 40
_MEASURED = re.compile(r"[^\w\s]{0,3}\d[\d.,\u00a0\u202f ]*[^\W\d_]{1,5}\.?[²³]?(?:/[^\W\d_]{1,3})?\+?")
_LABEL_KINDS = READING_KINDS - {BlockKind.ROW}

BlockPredicate = Callable[[Block], bool]
"""Return whether a block is a label, or a figure."""


def is_label(block: Block) -> bool:
    """Return whether a block can be the label of a bare number: a few words, not a sentence, without digits."""
    text = block.text
    if len(text) > _LABEL_CHARS or block.kind not in _LABEL_KINDS:
        return False
    return text[0].isalpha() and text[-1] not in ".!?:" and not any(map(str.isdigit, text))


def is_figure(block: Block) -> bool:
    """Return whether a block is only a number with an optional unit of measurement: "142", "18.4 GW", "$48M"."""
    # See tests/monitor/facts/test_labels.py::test_a_figure_with_its_measure_is_one_of_the_run.
    text = block.text
    if len(text) > _FIGURE_CHARS or not any(map(str.isdigit, text)):
        return False
    return not any(map(str.isalpha, text)) or _MEASURED.fullmatch(text) is not None


def beside(
    blocks: Sequence[Block],
    label: BlockPredicate = is_label,
    figure: BlockPredicate = is_figure,
    *,
    doubtful_first: bool = False,
) -> dict[int, int]:
    """Return the index of the label by the index of its figure, for each figure that has one.

    Args:
        blocks: The blocks in reading order.
        label: Whether a block can be a label; no block may be both label and figure.
        figure: Whether a block is a figure, to which a label belongs.
        doubtful_first: Whether labels come first if nothing else decides; otherwise figures do.
    """
    # See tests/monitor/facts/test_labels.py::test_every_box_of_a_run_has_its_own_label.
    labelled: dict[int, int] = {}
    index = 0
    while index < len(blocks):
        if not figure(blocks[index]):
            index += 1
            continue
        last = index
        while last + 2 < len(blocks) and label(blocks[last + 1]) and figure(blocks[last + 2]):
            last += 2
        step = _step(blocks, index, last, label, doubtful_first=doubtful_first)
        if step:
            labelled |= {
                place: place + step
                for place in range(index, last + 1, 2)
                if 0 <= place + step < len(blocks) and label(blocks[place + step])
            }
        index = last + 1
    return labelled


def _step(blocks: Sequence[Block], first: int, last: int, label: BlockPredicate, *, doubtful_first: bool) -> int:
    """Return -1 if the labels of a run from `first` to `last` precede its figures, 1 if they follow, 0 if there are none."""
    leading = first > 0 and label(blocks[first - 1])
    trailing = last + 1 < len(blocks) and label(blocks[last + 1])
    if leading != trailing:
        step = -1 if leading else 1
        outer = blocks[first - 1 if leading else last + 1]
        # A label of another block kind than those inside the run does not belong to it.
        return step if last == first or _alike(outer, blocks[first + 1]) else -step
    if not leading:
        return 1 if last > first else 0
    before, behind = blocks[first - 1], blocks[last + 1]
    step = _by_inner(before, behind, blocks[first + 1]) if last > first else _by_headings(before, behind)
    if step:
        return step
    # A label followed or preceded by others of its kind begins or ends a list of them.
    listed = (
        first > 1 and label(blocks[first - 2]) and _alike(blocks[first - 2], before),
        last + 2 < len(blocks) and label(blocks[last + 2]) and _alike(blocks[last + 2], behind),
    )
    if listed[0] != listed[1]:
        return 1 if listed[0] else -1
    return -1 if doubtful_first else 1


def _by_inner(before: Block, behind: Block, inner: Block) -> int:
    """Return the side of the labels of a run, as `_step` does, by a label inside the run; 0 if it does not decide."""
    fits_before, fits_behind = _alike(before, inner), _alike(behind, inner)
    if fits_before != fits_behind:
        return -1 if fits_before else 1
    return -1 if fits_before and inner.kind is BlockKind.HEADING else 0


def _alike(one: Block, other: Block) -> bool:
    """Return whether two labels have the same role: both are text, or headings under the same headings."""
    return one.kind is other.kind and (one.kind is not BlockKind.HEADING or one.anchor == other.anchor)


def _by_headings(before: Block, behind: Block) -> int:
    """Return the side of a single figure's label, as `_step` does, by the headings around it; 0 if they do not decide.

    The heading of the next section is not a label.
    """
    # See tests/monitor/facts/test_labels.py::test_a_single_box_takes_no_heading_of_the_next_section.
    headings = before.kind is BlockKind.HEADING, behind.kind is BlockKind.HEADING
    if headings == (True, True):
        return 1 if before.text in behind.anchor else -1
    return headings[0] - headings[1]
