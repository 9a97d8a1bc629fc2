"""Where elements stand among the blocks of a page: what a CSS selector finds, or a heading's list, or a column of a table.

Blocks are made without knowing of this. Where something is looked for, the tree's text is marked around what was found and walked a second time:
the marks in that text, with the visible characters between them counted, give the places in the blocks. A page on which nothing is looked for
pays nothing.
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
"""Characters of a selector."""
_MOST_ELEMENTS = 20_000
"""Elements that one lookup finds; what comes behind is left out."""
_NESTED = 8
"""Elements found inside one another that one piece of text may belong to; the innermost count."""
_STEPS = 50_000_000
"""Steps that finding by a selector may take in the worst case, some half a second: the parser cannot be interrupted."""
_COMPARED = 5  # steps of climbing that take as long as comparing one sibling with another

# For these every sibling may be compared with every other, and all ways up may be climbed for several ancestors in a row.
_SIBLINGS = re.compile(r"~|:nth-|-of-type")
_ANCESTORS = re.compile(r"(?<=[\w\])*])\s+(?=[\w.#\[:*])|:has\(")

# Control characters that nobody sees, no letters, digits or white space: a mark, and eight digits to stand between two of them. They are ASCII,
# which keeps the text of most pages such: other text takes much longer to fold. A page that holds marks of its own misplaces what is found on it.
_MARK, _FIRST_DIGIT = "\x0e", 0x10
_MARKED = re.compile(f"{_MARK}([\x10-\x17]{{1,12}}){_MARK}")

_Place = tuple[int, int]
"""The number of a lookup, and of one of the elements that it found."""
_Chain = tuple[_Place, ...]
"""All the elements found that a piece of text stands in, the innermost last."""
_TITLE = -1


class _Stretch(NamedTuple):
    """A piece of a marked text inside elements found.

    Attributes:
        chain: The elements.
        text: The whole text of its block, without marks.
        start: Where the piece begins in that.
        said: The piece.
        at: How many visible characters of the page stand before it.
    """

    chain: _Chain
    text: str
    start: int
    said: str
    at: int


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The elements of a lookup; fields as in `Found`."""

    nodes: Sequence[LexborNode] = ()
    title: LexborNode | None = None
    trouble: str = ""


def check(selector: str) -> None:
    """See that a selector can be used.

    Raises:
        ValueError: It can not; says why.
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
    """What each lookup finds on a page. Alters the tree, whose blocks must have been gathered before.

    Args:
        tree: The parsed page, without what nobody sees.
        lookups: What to find.
        texts: The texts of its blocks, in reading order.
    """
    wanted = list(dict.fromkeys(lookups))
    if tree.body is None:
        return dict.fromkeys(wanted, Found())
    chosen = [_choose(tree.body, lookup) for lookup in wanted]
    chains = _mark(tree.body, chosen)
    places = _places([block.text for block in parse_blocks(tree.body)[0]], chains, texts) if len(chains) > 1 else {}
    return {lookup: _found(number, chosen[number], places) for number, lookup in enumerate(wanted)}


def _choose(body: LexborNode, lookup: Lookup) -> _Chosen:
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
    """How many steps finding takes in the worst case; 0 where it is as fast as walking the page."""
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
    """Set marks around every text inside elements found; gives the chains by the numbers in the marks, 0 the empty one."""
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
    """Every piece of text inside elements found, with its chain."""
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
    """The spans of every element, in reading order."""
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
    """Where a stretch stands in the text of its block, which begins at `start`."""
    if stretch.text == text:
        return stretch.start + len(stretch.said) - len(stretch.said.lstrip()), stretch.start + len(
            stretch.said.rstrip()
        )
    # White space beside a mark was folded otherwise than without it, or the block was parted otherwise.
    characters = _characters(text)
    first = stretch.at - start
    last = min(first + _visible(stretch.said), len(characters)) - 1
    return characters[min(first, last)], characters[last] + 1


def _stretches(marked: Sequence[str], chains: Sequence[_Chain]) -> Iterator[_Stretch]:
    """The stretches of text inside elements found."""
    at = 0
    for text in marked:
        if _MARK not in text:
            at += _visible(text)
            continue
        parts = _MARKED.split(text)
        clean, start, chain = "".join(parts[::2]), 0, chains[0]
        for number, said in enumerate(parts[::2]):
            if number:
                digits = _number(parts[2 * number - 1])
                chain = chains[digits] if digits < len(chains) else chains[0]
            visible = _visible(said)
            if chain and visible:
                yield _Stretch(chain, clean, start, said, at)
            start += len(said)
            at += visible


def _visible(text: str) -> int:
    """How many characters count: not white space, nor the bar that is set between the cells of a row."""
    return sum(map(len, text.split())) - text.count("|")


def _characters(text: str) -> list[int]:
    """Where the characters stand that count."""
    return [at for at, char in enumerate(text) if char != "|" and not char.isspace()]


def _found(number: int, choice: _Chosen, places: Mapping[_Place, Sequence[Span]]) -> Found:
    elements = (places.get((number, place)) for place in range(len(choice.nodes)))
    title: Element = tuple(places.get((number, _TITLE), ()))
    return Found(tuple(tuple(spans) for spans in elements if spans), title, choice.trouble)
