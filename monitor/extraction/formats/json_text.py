"""Convert a JSON document to blocks: every value is a row with its name, as in a table, under its enclosing names.

Numbers keep the document's spelling. A string that contains markup (as content management systems return) is processed as an HTML fragment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from monitor.extraction import json_path
from monitor.extraction.json_path import Child, JsonPath
from monitor.limits import HEADING_CHARS, HEADINGS, above, cut
from monitor.model import Block, BlockKind, Element, Found, Lookup, Span

MAX_VALUES = 20_000
"""Maximum number of values that become rows; a document with more is a database and is processed as plain text."""
_MARKUP = re.compile(
    r"</(?:p|div|h[1-6]|li|ul|ol|table|section|article|blockquote|a|b|strong|em|span)>|<br ?/?>", re.IGNORECASE
)
_PROSE = 80
"""Length in characters above which a string is prose under its name and not a value next to it."""

Anchor = tuple[str, ...]
States = tuple[int, ...]
"""The state of each JSON path at a value; see `monitor.extraction.json_path`."""
Fragment = Callable[[str], tuple[Block, ...]]


class Located(NamedTuple):
    """The blocks of a document, and the values that lookups select."""

    blocks: tuple[Block, ...]
    found: Mapping[Lookup, Found]


def read(text: str, fragment: Fragment, lookups: Sequence[Lookup] = ()) -> Located | None:
    """Return the blocks of a document, and the values that lookups select; None if it is not valid JSON or has too many values.

    Args:
        text: The document.
        fragment: Extracts the blocks of an HTML fragment.
        lookups: Lookups by a JSON path; others are ignored.
    """
    paths = {lookup: compiled for lookup in lookups if (compiled := _path(lookup)) is not None}
    try:
        # Numbers stay text: 1.50 stays 1.50, and a number of ten thousand digits costs nothing.
        document = json.loads(text.lstrip("\ufeff"), parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    blocks: list[Block] = []
    elements: dict[Lookup, list[Element]] = {lookup: [] for lookup in paths}
    for count, (path, value, states) in enumerate(_leaves(document, tuple(paths.values()))):
        if count >= MAX_VALUES:
            return None
        start = len(blocks)
        blocks.extend(_blocks(path, value, fragment))
        for (lookup, wanted), state in zip(paths.items(), states, strict=True):
            if wanted.is_match(state):
                spans = (Span(index, 0, len(blocks[index].text)) for index in range(start, len(blocks)))
                elements[lookup].append(tuple(spans))
    return Located(tuple(blocks), {lookup: Found(tuple(found)) for lookup, found in elements.items()})


def _path(lookup: Lookup) -> JsonPath | None:
    """Return the JSON path of a lookup; None if it is another selector. No CSS selector begins with a dollar sign."""
    if lookup.selector is None or not lookup.selector.startswith("$"):
        return None
    try:
        return json_path.parse(lookup.selector)
    except ValueError:  # a stored one; the watchlist refuses it
        return None


def _leaves(document: Any, paths: Sequence[JsonPath]) -> Iterator[tuple[Anchor, str, States]]:
    """Yield each value with its enclosing names and the states of the paths, in document order.

    Uses its own stack: documents nest deeper than Python's recursion limit.
    """
    stack: list[tuple[Anchor, Any, States]] = [((), document, tuple(path.start for path in paths))]
    while stack:
        path, value, states = stack.pop()
        if isinstance(value, dict):
            # One more than the limit: the last name is shown next to its value.
            under = path[-HEADINGS:]
            stack.extend(
                ((*under, _named(name)), inner, _next(paths, states, Child(name)))
                for name, inner in reversed(value.items())
            )
        elif isinstance(value, list):
            size = len(value)
            stack.extend(
                (path, value[index], _next(paths, states, Child(None, index, index - size)))
                for index in range(size - 1, -1, -1)
            )
        elif isinstance(value, bool):
            yield path, str(value).lower(), states
        elif value is not None and (plain := str(value).replace("\0", "").strip()):
            yield path, plain, states


def _next(paths: Sequence[JsonPath], states: States, child: Child) -> States:
    return states and tuple(path.next(state, child) for path, state in zip(paths, states, strict=True))


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
