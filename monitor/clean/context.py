"""Raw blocks to blocks: what a block is also depends on its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from monitor.clean import kinds
from monitor.clean.blocks import RawBlock
from monitor.model import Block, BlockKind

_LINKED = 0.75
"""Share of link text from which a short block is a link rather than prose with links in it."""
_SHORT = 90
"""Characters up to which a linked block is a menu entry rather than a sentence."""
_MENU = 4
"""Linked blocks in a row from which they are a menu."""
# What stands between the entries of a menu written in one line; a comma stands between the parts of a sentence.
_BETWEEN_LINKS = dict.fromkeys(map(ord, " |·•/»>–-"))
_BOILERPLATE = frozenset({BlockKind.NAVIGATION, BlockKind.FEED, BlockKind.CONTROL, BlockKind.FOOTER, BlockKind.CONSENT})


def settle(raw: Sequence[RawBlock]) -> tuple[Block, ...]:
    """The final kinds. The order and the text of the blocks stay as they are."""
    settled = [_alone(block) for block in raw]
    _menus(raw, settled)
    _orphaned_headings(settled)
    return tuple(
        Block(
            kind, block.text, why, block.anchor if kind in (BlockKind.CONTENT, BlockKind.ROW, BlockKind.HEADING) else ()
        )
        for block, (kind, why) in zip(raw, settled, strict=True)
    )


def _alone(block: RawBlock) -> tuple[BlockKind, str]:
    if block.kind is not None:
        return block.kind, block.why
    worded = kinds.by_wording(block.text)
    if worded is not None and not block.tag.startswith("h"):
        return worded
    if block.tag[0] == "h" and block.tag[1:].isdigit():
        return BlockKind.HEADING, f"{block.tag} element"
    if block.tag in ("tr", "dd"):
        return BlockKind.ROW, "table row" if block.tag == "tr" else "definition"
    if block.links >= _MENU and block.link_chars >= len(block.text.translate(_BETWEEN_LINKS)):
        return BlockKind.NAVIGATION, f"{block.links} links and nothing else"
    return BlockKind.CONTENT, f"{block.tag} element"


def _is_link(block: RawBlock) -> bool:
    return len(block.text) <= _SHORT and block.link_chars >= _LINKED * len(block.text)


def _menus(raw: Sequence[RawBlock], settled: list[tuple[BlockKind, str]]) -> None:
    """Several links in a row, with nothing said between them, are a menu."""
    at = 0
    for linked, group in groupby(raw, key=_is_link):
        size = len(list(group))
        if linked and size >= _MENU:
            for index in range(at, at + size):
                if settled[index][0] in (BlockKind.CONTENT, BlockKind.HEADING) and raw[index].tag != "h1":
                    settled[index] = BlockKind.NAVIGATION, f"one of {size} links in a row"
        at += size


def _orphaned_headings(settled: list[tuple[BlockKind, str]]) -> None:
    """A heading over nothing but boilerplate belongs to it."""
    below: BlockKind | None = None
    for index in range(len(settled) - 1, -1, -1):
        kind = settled[index][0]
        if kind is BlockKind.HEADING:
            if below is BlockKind.NAVIGATION or below is BlockKind.FEED:
                settled[index] = below, f"heading of {below}"
        else:
            below = kind if kind in _BOILERPLATE else None
