"""Convert a JSON document to blocks: every value is a row with its name, as in a table, under its enclosing names.

Numbers keep the document's spelling. A string that contains markup (as content management systems return) is processed as an HTML fragment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from monitor.limits import HEADING_CHARS, HEADINGS, above, cut
from monitor.model import Block, BlockKind

MAX_VALUES = 20_000
"""Maximum number of values that become rows; a document with more is a database and is processed as plain text."""
_MARKUP = re.compile(
    r"</(?:p|div|h[1-6]|li|ul|ol|table|section|article|blockquote|a|b|strong|em|span)>|<br ?/?>", re.IGNORECASE
)
_PROSE = 80
"""Length in characters above which a string is prose under its name and not a value next to it."""

Anchor = tuple[str, ...]
Fragment = Callable[[str], tuple[Block, ...]]


def read(text: str, fragment: Fragment) -> tuple[Block, ...] | None:
    """Return the blocks of a document; None if it is not valid JSON or has too many values.

    Args:
        text: The document.
        fragment: Extracts the blocks of an HTML fragment.
    """
    try:
        # Numbers stay text: 1.50 stays 1.50, and a number of ten thousand digits costs nothing.
        document = json.loads(text.lstrip("\ufeff"), parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    blocks: list[Block] = []
    for count, (path, value) in enumerate(_leaves(document)):
        if count >= MAX_VALUES:
            return None
        blocks.extend(_blocks(path, value, fragment))
    return tuple(blocks)


def _leaves(document: Any) -> Iterator[tuple[Anchor, str]]:
    """Yield each value with its enclosing names, in document order. Uses its own stack: documents nest deeper than Python's recursion limit."""
    stack: list[tuple[Anchor, Any]] = [((), document)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            # One more than the limit: the last name is shown next to its value.
            under = path[-HEADINGS:]
            stack.extend(((*under, _named(name)), inner) for name, inner in reversed(value.items()))
        elif isinstance(value, list):
            stack.extend((path, inner) for inner in reversed(value))
        elif isinstance(value, bool):
            yield path, str(value).lower()
        elif value is not None and (plain := str(value).replace("\0", "").strip()):
            yield path, plain


def _blocks(path: Anchor, value: str, fragment: Fragment) -> Iterator[Block]:
    names, name = tuple(filter(None, path[:-1])), path[-1] if path else ""
    if _MARKUP.search(value):
        for block in fragment(value):
            yield Block(
                block.kind, block.text, f"{block.why}, in JSON", above((*names, *filter(None, (name,)), *block.anchor))
            )
        return
    plain = _folded(value)
    if not name or len(plain) > _PROSE:
        yield Block(BlockKind.CONTENT, plain, "JSON text", above(tuple(filter(None, path))))
    else:
        yield Block(BlockKind.ROW, f"{name} | {plain}", "JSON value", names)


def _named(name: str) -> str:
    return cut(_folded(name), HEADING_CHARS)


def _folded(text: str) -> str:
    return " ".join(text.replace("\0", "").split())
