"""Locate elements in the blocks of a page: the matches of a CSS selector, the list under a heading, or a column of a table.

Blocks are built without knowledge of lookups. For a page with lookups, the text of the tree is marked around the matching elements and walked a second
time: the marks, together with the number of visible characters before them, give the positions in the blocks. A page without lookups has no extra cost.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import comb
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor.extraction.block_parser import parse_blocks
from monitor.extraction.html_parser import parse
from monitor.extraction.list_locator import listed
from monitor.model import Element, Found, Lookup, Span

LONGEST_SELECTOR = 500
"""Maximum length of a selector, in characters."""
_MOST_ELEMENTS = 20_000
"""Maximum number of elements that one lookup returns; later ones are omitted."""
_NESTED = 8
"""Maximum number of nested matching elements that a piece of text belongs to; the innermost ones count."""
_STEPS = 50_000_000
"""Maximum number of steps of a selector in the worst case, about half a second: the parser cannot be interrupted."""
_COMPARED = 5  # sibling comparisons that take as long as one step

# With these, every sibling may be compared with every other, and every path up the tree may be tried for several ancestors.
_SIBLINGS = re.compile(r"~|:nth-|-of-type")
_ANCESTORS = re.compile(r"(?<=[\w\])*])\s+(?=[\w.#\[:*])|:has\(")

# Invisible control characters, neither letters, digits nor white space: a mark, and eight digits that are written between two marks. They are ASCII, so that
# the text of most pages stays ASCII: other text takes much longer to fold. On a page that contains the marks itself, positions are wrong.
_MARK, _FIRST_DIGIT = "\x0e", 0x10
_MARKED = re.compile(f"{_MARK}([\x10-\x17]{{1,12}}){_MARK}")

_Place = tuple[int, int]
"""The number of a lookup, and the number of one of its elements."""
_Chain = tuple[_Place, ...]
"""All matching elements that contain a piece of text, the innermost last."""
_TITLE = -1


class _Stretch(NamedTuple):
    """A piece of marked text inside matching elements.

    Attributes:
        chain: The elements that contain it.
        text: The whole text of its block, without marks.
        start: Offset of the piece in `text`.
        piece: The text of the piece.
        at: Number of visible characters of the page before it.
    """

    chain: _Chain
    text: str
    start: int
    piece: str
    at: int


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The matching elements of a lookup; fields as in `Found`."""

    nodes: Sequence[LexborNode] = ()
    title: LexborNode | None = None
    trouble: str = ""


def check(selector: str) -> None:
    """Check that a selector can be used.

    Raises:
        ValueError: The selector is too long or invalid; the message says which.
    """
    if len(selector) > LONGEST_SELECTOR:
        raise ValueError(f"it has {len(selector)} characters; a selector takes {LONGEST_SELECTOR} at most")
    try:
        parse("<p>x</p>").css(selector)
    except SelectolaxError:
        raise ValueError(
            "it is no CSS selector that is known here; write one like #members, ul.partners li or main table"
        ) from None


def find(tree: LexborHTMLParser, lookups: Sequence[Lookup], texts: Sequence[str]) -> Mapping[Lookup, Found]:
    """Return the result of each lookup on a page. Modifies the tree, so its blocks must have been extracted before.

    Args:
        tree: The parsed page, without invisible elements.
        lookups: The elements to find.
        texts: The texts of the page's blocks, in reading order.
    """
    wanted = list(dict.fromkeys(lookups))
    if tree.body is None:
        return dict.fromkeys(wanted, Found())
    chosen = [_choose(tree.body, lookup) for lookup in wanted]
    chains = _mark(tree.body, chosen)
    places = _places([block.text for block in parse_blocks(tree.body)[0]], chains, texts) if len(chains) > 1 else {}
    return {lookup: _found(number, chosen[number], places) for number, lookup in enumerate(wanted)}


def _choose(body: LexborNode, lookup: Lookup) -> _Chosen:
    if lookup.selector is not None and lookup.selector.startswith("$"):
        return _Chosen(trouble="the page is no JSON")
    if lookup.selector is None:
        title, nodes = listed(body, lookup.heading, lookup.column)
        return _Chosen(nodes[:_MOST_ELEMENTS], title, "" if title is not None else "no heading matches")
    if _steps(body, lookup.selector) > _STEPS:
        return _Chosen(trouble="finding by it would take too long on a page like this")
    try:
        return _Chosen(body.css(lookup.selector)[:_MOST_ELEMENTS])
    except SelectolaxError:
        return _Chosen(trouble="it is no CSS selector")


def _steps(body: LexborNode, selector: str) -> int:
    """Return how many steps a selector takes in the worst case; 0 if it is as fast as walking the page."""
    siblings, ancestors = len(_SIBLINGS.findall(selector)), len(_ANCESTORS.findall(selector))
    if not siblings and ancestors < 2:
        return 0
    depths, children = {body.mem_id: 1}, Counter[int]()
    for node in body.traverse():
        if node.parent is not None and node.mem_id not in depths:
            depths[node.mem_id] = depths.get(node.parent.mem_id, 0) + 1
            children[node.parent.mem_id] += 1
    compared = siblings * sum(count * count for count in children.values()) // _COMPARED
    climbed = sum(nodes * comb(depth, ancestors) for depth, nodes in Counter(depths.values()).items())
    return compared + (climbed if ancestors > 1 else 0)


def _mark(body: LexborNode, chosen: Sequence[_Chosen]) -> list[_Chain]:
    """Put marks around every text inside matching elements; return the chains, indexed by the numbers in the marks, with the empty chain at 0."""
    found: dict[int, _Chain] = {}
    for number, choice in enumerate(chosen):
        for place, node in enumerate(choice.nodes):
            found[node.mem_id] = (*found.get(node.mem_id, ()), (number, place))
        if choice.title is not None:
            found[choice.title.mem_id] = (*found.get(choice.title.mem_id, ()), (number, _TITLE))
    numbers: dict[_Chain, int] = {(): 0}
    if found:
        for node, chain in list(_texts(body, found)):
            node.insert_before(_written(numbers.setdefault(chain, len(numbers))))
            node.insert_after(_written(0))
    return list(numbers)


def _texts(body: LexborNode, found: Mapping[int, _Chain]) -> Iterator[tuple[LexborNode, _Chain]]:
    """Yield every piece of text inside matching elements, with its chain."""
    stack = [(body.iter(include_text=True), found.get(body.mem_id, ()))]
    while stack:
        children, chain = stack[-1]
        node = next(children, None)
        if node is None:
            stack.pop()
        elif node.tag == "-text":
            if chain and not (node.text_content or "").isspace():
                yield node, chain
        else:
            inner = found.get(node.mem_id)
            stack.append((node.iter(include_text=True), chain if inner is None else (*chain, *inner)[-_NESTED:]))


def _written(number: int) -> str:
    return _MARK + "".join(chr(_FIRST_DIGIT + int(digit)) for digit in f"{number:o}") + _MARK


def _number(digits: str) -> int:
    return int("".join(str(ord(digit) - _FIRST_DIGIT) for digit in digits), 8)


def _places(marked: Sequence[str], chains: Sequence[_Chain], texts: Sequence[str]) -> dict[_Place, list[Span]]:
    """Return the spans of every element, in reading order."""
    starts = [0, *accumulate(map(_visible, texts))]
    places: dict[_Place, list[Span]] = {}
    for stretch in _stretches(marked, chains):
        index = bisect_right(starts, stretch.at) - 1
        if index >= len(texts):
            break
        span = Span(index, *_offsets(stretch, texts[index], starts[index]))
        for place in stretch.chain:
            spans = places.setdefault(place, [])
            if spans and spans[-1].block == index:
                spans[-1] = Span(index, spans[-1].start, span.end)
            else:
                spans.append(span)
    return places


def _offsets(stretch: _Stretch, text: str, start: int) -> tuple[int, int]:
    """Return the start and end of a piece within the text of its block; `start` is the number of visible characters before the block."""
    if stretch.text == text:
        return stretch.start + len(stretch.piece) - len(stretch.piece.lstrip()), stretch.start + len(
            stretch.piece.rstrip()
        )
    # The marks changed the folding of white space, or the division into blocks.
    characters = _characters(text)
    first = stretch.at - start
    last = min(first + _visible(stretch.piece), len(characters)) - 1
    return characters[min(first, last)], characters[last] + 1


def _stretches(marked: Sequence[str], chains: Sequence[_Chain]) -> Iterator[_Stretch]:
    """Yield the pieces of text inside matching elements."""
    at = 0
    for text in marked:
        if _MARK not in text:
            at += _visible(text)
            continue
        pieces = _MARKED.split(text)
        clean, start, chain = "".join(pieces[::2]), 0, chains[0]
        for number, piece in enumerate(pieces[::2]):
            if number:
                digits = _number(pieces[2 * number - 1])
                chain = chains[digits] if digits < len(chains) else chains[0]
            visible = _visible(piece)
            if chain and visible:
                yield _Stretch(chain, clean, start, piece, at)
            start += len(piece)
            at += visible


def _visible(text: str) -> int:
    """Return the number of characters that count: all except white space and the bar between the cells of a row."""
    return sum(map(len, text.split())) - text.count("|")


def _characters(text: str) -> list[int]:
    """Return the offsets of the characters that count."""
    return [at for at, char in enumerate(text) if char != "|" and not char.isspace()]


def _found(number: int, choice: _Chosen, places: Mapping[_Place, Sequence[Span]]) -> Found:
    elements = (places.get((number, place)) for place in range(len(choice.nodes)))
    title: Element = tuple(places.get((number, _TITLE), ()))
    return Found(tuple(tuple(spans) for spans in elements if spans), title, choice.trouble)
