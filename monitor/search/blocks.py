"""Which texts of a version are indexed: each distinct block once. Pure.

Navigation, footers, controls and consent prompts are left out: they repeat on every page of a site, and their counters change at every check. The limits
bound the work and the size of one version (decision 0053).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple

from monitor.model import Block, BlockKind

SEARCHED_KINDS = frozenset(BlockKind) - {
    BlockKind.NAVIGATION,
    BlockKind.FOOTER,
    BlockKind.CONTROL,
    BlockKind.CONSENT,
}
"""The kinds of blocks that are indexed."""
LONGEST_BLOCK = 8_000
"""Characters of a block that are indexed and returned; the rest is cut."""
MOST_BLOCKS = 4_000
"""Distinct blocks of a version that are indexed, in reading order."""
MOST_CHARACTERS = 1_000_000
"""Characters of all of them."""

# What PostgreSQL cannot store, as `storage.database.columns.Prose`.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class SearchBlock(NamedTuple):
    """A distinct text of a version.

    Attributes:
        kind: The kind of the block that first has it.
        text: The text, possibly cut.
        position: Its index among the version's distinct texts.
    """

    kind: BlockKind
    text: str
    position: int


def search_blocks(blocks: Iterable[Block]) -> dict[bytes, SearchBlock]:
    """Return the distinct texts of a version, in reading order, by the first 16 bytes of their SHA-256."""
    found: dict[bytes, SearchBlock] = {}
    characters = 0
    for block in blocks:
        if block.kind not in SEARCHED_KINDS:
            continue
        text = _UNSTORABLE.sub("\ufffd", block.text[:LONGEST_BLOCK])
        digest = hashlib.sha256(text.encode()).digest()[:16]
        if digest in found:
            continue
        characters += len(text)
        if len(found) == MOST_BLOCKS or characters > MOST_CHARACTERS:
            break
        found[digest] = SearchBlock(block.kind, text, len(found))
    return found
