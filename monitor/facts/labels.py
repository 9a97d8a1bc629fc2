"""What a number counts that stands in a block of its own: the label in the block beside it, as in a row of boxes ("87" over "Members")."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model import READING_KINDS, Block, BlockKind

_LABEL_CHARS = 40


def beside(blocks: Sequence[Block], index: int) -> str | None:
    """The text of the label that belongs to the bare number at `index`; None where there is none.

    The label is the block behind, unless labels come first on this page: label, number, label, number.
    """
    behind, before = _is_label(blocks, index + 1), _is_label(blocks, index - 1)
    labels_first = before and not _is_bare(blocks, index - 2) and _is_bare(blocks, index + 2)
    if behind and not labels_first:
        return blocks[index + 1].text
    return blocks[index - 1].text if before else None


def _is_bare(blocks: Sequence[Block], index: int) -> bool:
    """Whether a block is a number and nothing else."""
    if not 0 <= index < len(blocks):
        return False
    text = blocks[index].text
    return any(map(str.isdigit, text)) and not any(map(str.isalpha, text))


def _is_label(blocks: Sequence[Block], index: int) -> bool:
    if not 0 <= index < len(blocks) or blocks[index].kind not in READING_KINDS - {BlockKind.ROW}:
        return False
    text = blocks[index].text
    return (
        len(text) <= _LABEL_CHARS and text[0].isalpha() and text[-1] not in ".!?:" and not any(map(str.isdigit, text))
    )
