"""Marks sentences in an archived page: finds quotes in its visible text and wraps them in <mark>, and changes nothing else.

A quote is searched for in the text that extraction sees: without hidden elements, struck-out texts and references to notes. Elements of the page
inside a sentence stay as they are: each of its text nodes is wrapped. Pure; the work is bounded by the page's size times the number of quotes.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.extraction.text import IGNORED, INLINE, RAISED, annotation
from monitor.extraction.visibility import hidden_by_styles
from pagewitness.replay.text_quotes import DROPPED, TextQuote, TextRange, condensed, find

SENTENCE, VALUE = "pagewitness-sentence", "pagewitness-value"
"""Classes of the marks."""
MOST_QUOTES = 100
"""Number of quotes that are marked on one page."""


_ID = "pagewitness-fact"
_OWN_IDS = re.compile(f"{_ID}(-*)")
_NOT_IN_ID = re.compile(r"[^\w.-]+")
_STRUCK = frozenset({"s", "del", "strike"})
_HIDING = ("display:none", "visibility:hidden", "line-through")
_TAIL_PIECES = 16


def fragment_of(fact: str) -> str:
    """Return the id of the first mark of a fact on a page without elements of such names."""
    return f"{_ID}-{_NOT_IN_ID.sub('-', fact)}"


class _Part(NamedTuple):
    """What of a text node belongs to a quote.

    Attributes:
        begin: Begin in the node's compared characters.
        end: End in them (exclusive).
        quote: Index of the quote.
        is_value: Whether it is its value.
        continued: Whether the quote begins in an earlier node.
        continues: Whether it ends in a later node.
        is_anchor: Whether it gets its id.
    """

    begin: int
    end: int
    quote: int
    is_value: bool
    continued: bool
    continues: bool
    is_anchor: bool = False


def highlight(tree: LexborHTMLParser, quotes: Sequence[TextQuote], markup: str) -> tuple[str | None, ...]:
    """Wrap the quotes in <mark>; changes the tree.

    Args:
        tree: The page.
        quotes: What to mark; only the first `MOST_QUOTES`.
        markup: The page's markup, in which no id of a mark occurs.

    Returns:
        For each quote the id of an element with its value; None if the page does not show it.
    """
    body = tree.body
    if body is None:
        return (None,) * len(quotes)
    text = _VisibleText(body, {node.mem_id for node in hidden_by_styles(tree)})
    ids = _ids(quotes, markup)
    anchors: list[str | None] = [None] * len(quotes)
    parts: dict[int, list[_Part]] = {}
    for number, quote in enumerate(quotes[:MOST_QUOTES]):
        found = find(text.text, quote)
        if found is not None:
            for index, part in _with_anchor(text.parts(found, number)):
                parts.setdefault(index, []).append(part)
    for index in sorted(parts):
        node = text.nodes[index]
        assert node is not None  # as `parts` leaves others out
        _wrap(tree, node, parts[index], ids, anchors)
    return tuple(anchors)


class _VisibleText:
    """The condensed visible text of a page.

    Attributes:
        text: The text.
        nodes: The text nodes, in order; None for a text that is written differently on the page, such as an exponent.
        starts: Where each begins in the text.
    """

    def __init__(self, body: LexborNode, hidden: set[int]) -> None:
        self.nodes: list[LexborNode | None] = []
        self.starts: list[int] = []
        pieces: list[str] = []
        length = 0
        for node, raw in _walk(body, hidden):
            piece = condensed(raw)
            if piece:
                self.nodes.append(node)
                self.starts.append(length)
                pieces.append(piece)
                length += len(piece)
        self.text = "".join(pieces)

    def parts(self, found: TextRange, quote: int) -> Iterator[tuple[int, _Part]]:
        """Yield the index of each text node of a place with what of it belongs to the place."""
        begin, end, value_begin, value_end = found
        for first, last, is_value in (
            (begin, value_begin, False),
            (value_begin, value_end, True),
            (value_end, end, False),
        ):
            if first >= last:
                continue
            for index in range(bisect_right(self.starts, first) - 1, bisect_left(self.starts, last)):
                if self.nodes[index] is None:
                    continue
                start = self.starts[index]
                stop = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.text)
                place = max(first, start) - start, min(last, stop) - start
                yield index, _Part(*place, quote, is_value, begin < start, end > stop)


def _with_anchor(parts: Iterable[tuple[int, _Part]]) -> list[tuple[int, _Part]]:
    """Give the id to the first part of the value, or of the quote if the value has none."""
    listed = list(parts)
    chosen = next((number for number, (_, part) in enumerate(listed) if part.is_value), 0)
    return [(index, part._replace(is_anchor=number == chosen)) for number, (index, part) in enumerate(listed)]


def _walk(body: LexborNode, hidden: set[int]) -> Iterator[tuple[LexborNode | None, str]]:
    """Yield the visible text nodes with their text, as `monitor.extraction.text.visible` reads them."""
    before: list[str] = []
    stack = [body.iter(include_text=True, skip_empty=True)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        tag = child.tag or ""
        if tag == "-text":
            raw = child.text_content or ""
            before.append(raw)
            yield child, raw
            continue
        attributes = child.attributes
        if tag in IGNORED or tag in _STRUCK or _is_invisible(tag, attributes) or child.mem_id in hidden:
            continue
        if tag in RAISED or (before and attributes and tag in ("a", "span")):
            written = annotation(child, tag, attributes, before[-_TAIL_PIECES:])
            if written is not None:
                before.append(written)
                yield None, written
                continue
        elif tag not in INLINE:
            before = [" "]
        stack.append(child.iter(include_text=True, skip_empty=True))


def _is_invisible(tag: str, attributes: dict[str, str | None]) -> bool:
    """Return whether an element is not shown, or struck out, by its own attributes. Unlike for extraction, a section that a control opens is invisible."""
    if "hidden" in attributes or (tag == "dialog" and "open" not in attributes):
        return True
    style = (attributes.get("style") or "").replace(" ", "").lower()
    return any(way in style for way in _HIDING)


def _wrap(
    tree: LexborHTMLParser, node: LexborNode, parts: Sequence[_Part], ids: Sequence[str], anchors: list[str | None]
) -> None:
    """Replace a text node by its parts, those of quotes in <mark>."""
    raw = node.text_content or ""
    place = _places_in(raw)
    cuts = sorted({cut for part in parts for cut in part[:2]})
    done, joined = 0, False
    for begin, end in pairwise(cuts):
        covering = [part for part in parts if part.begin <= begin and part.end >= end]
        if not covering:
            continue
        # The white space between two marks belongs to the sentence, not to its value; that between two nodes to the marks at their edges.
        is_value = any(part.is_value for part in covering)
        first, last = place(begin), place(end - 1) + 1
        if joined or (begin == 0 and any(part.continued for part in covering)):
            first = done
        joined = any(part.begin <= end < part.end for part in parts)
        if joined and not is_value:
            last = place(end)
        if not joined and any(part.continues for part in covering) and not condensed(raw[last:]):
            last = len(raw)
        if first > done:
            node.insert_before(raw[done:first])
        node.insert_before(_mark(tree, raw[first:last], covering, ids, anchors), move=True)
        done = last
    if done < len(raw):
        node.insert_before(raw[done:])
    node.decompose()


def _places_in(raw: str) -> Callable[[int], int]:
    """Return a function from the index of a compared character to its index in the text."""
    begins, shifts, dropped = [-1], [0], 0
    for run in DROPPED.finditer(raw):
        begins.append(run.start() - dropped)
        dropped += run.end() - run.start()
        shifts.append(dropped)
    return lambda index: index + shifts[bisect_right(begins, index) - 1]


def _mark(
    tree: LexborHTMLParser, text: str, covering: Sequence[_Part], ids: Sequence[str], anchors: list[str | None]
) -> LexborNode:
    """Return a <mark> with the text; one around another for each further id."""
    anchored = [part.quote for part in covering if part.is_anchor and anchors[part.quote] is None]
    made: LexborNode | None = None
    wanted: Sequence[int | None] = anchored or (None,)
    for quote in wanted:
        inner, made = made, tree.create_node("mark")
        made.attrs["class"] = VALUE if any(part.is_value for part in covering) else SENTENCE
        if quote is not None:
            made.attrs["id"] = anchors[quote] = ids[quote]
        if inner is None:
            made.insert_child(text)
        else:
            made.insert_child(inner, move=True)
    assert made is not None  # the loop runs at least once
    return made


def _ids(quotes: Sequence[TextQuote], markup: str) -> list[str]:
    """Return an id for each quote, none of which occurs in the markup."""
    longest = max((len(match[1]) for match in _OWN_IDS.finditer(markup)), default=0)
    beginning = _ID + "-" * (longest + 1)
    return _unique(f"{beginning}{_NOT_IN_ID.sub('-', quote.name)}" for quote in quotes)


def _unique(names: Iterator[str]) -> list[str]:
    found: dict[str, None] = {}
    for name in names:
        number = 1
        one = name
        while one in found:
            number += 1
            one = f"{name}-{number}"
        found[one] = None
    return list(found)
