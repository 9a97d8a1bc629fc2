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

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor.clean import blocks as walking
from monitor.clean.listing import listed
from monitor.clean.parse import parse
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

# Characters that Unicode keeps free of meaning: a mark, and sixteen digits to stand between two of them. None is a letter, a digit or a space.
_MARK, _FIRST_DIGIT = "\ufdef", 0xFDD0
_MARKED = re.compile(f"{_MARK}([\ufdd0-\ufddf]{{1,8}}){_MARK}")
_MEANINGLESS = re.compile("[\ufdd0-\ufdef]")

_Place = tuple[int, int]
"""The number of a lookup, and of one of the elements that it found."""
_Chain = tuple[_Place, ...]
"""All the elements found that a piece of text stands in, the innermost last."""
_TITLE = -1


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
    places = _places([block.text for block in walking.gather(tree.body)], chains, texts) if len(chains) > 1 else {}
    return {lookup: _found(number, chosen[number], places) for number, lookup in enumerate(wanted)}


def _choose(body: LexborNode, lookup: Lookup) -> _Chosen:
    if lookup.selector is None:
        title, nodes = listed(body, lookup.heading, lookup.column)
        return _Chosen(nodes[:_MOST_ELEMENTS], title, "" if title is not None else "nothing is headed so")
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
    return _MARK + "".join(chr(_FIRST_DIGIT + int(digit, 16)) for digit in f"{number:x}") + _MARK


def _number(digits: str) -> int:
    return int("".join(f"{ord(digit) - _FIRST_DIGIT:x}" for digit in digits), 16)


def _places(marked: Sequence[str], chains: Sequence[_Chain], texts: Sequence[str]) -> dict[_Place, list[Span]]:
    """The spans of every element, in reading order."""
    starts = [0, *accumulate(map(_visible, texts))]
    places: dict[_Place, list[Span]] = {}
    block, characters = -1, []
    for start, end, chain in _stretches(marked, chains):
        index = bisect_right(starts, start) - 1
        if index >= len(texts):
            break
        if index != block:
            block, characters = index, _characters(texts[index])
        last = min(end - starts[index], len(characters)) - 1
        span = Span(index, characters[start - starts[index]], characters[last] + 1)
        for place in chain:
            spans = places.setdefault(place, [])
            if spans and spans[-1].block == index:
                spans[-1] = Span(index, spans[-1].start, span.end)
            else:
                spans.append(span)
    return places


def _stretches(marked: Sequence[str], chains: Sequence[_Chain]) -> Iterator[tuple[int, int, _Chain]]:
    """The stretches of text inside elements found, in visible characters from the beginning of the page."""
    at = 0
    for text in marked:
        said, chain = 0, chains[0]
        for match in _MARKED.finditer(text) if _MARK in text else ():
            end = at + _visible(text[said : match.start()])
            if chain and end > at:
                yield at, end, chain
            number = _number(match[1])
            at, said, chain = end, match.end(), chains[number] if number < len(chains) else ()
        at += _visible(text[said:])


def _visible(text: str) -> int:
    """How many characters count: not white space, nor the bar that is set between the cells of a row, nor marks."""
    odd = 0 if text.isascii() else len(_MEANINGLESS.findall(text))
    return sum(map(len, text.split())) - text.count("|") - odd


def _characters(text: str) -> list[int]:
    """Where the characters stand that count."""
    return [at for at, char in enumerate(text) if char != "|" and not char.isspace() and not "\ufdd0" <= char <= _MARK]


def _found(number: int, choice: _Chosen, places: Mapping[_Place, Sequence[Span]]) -> Found:
    elements = (places.get((number, place)) for place in range(len(choice.nodes)))
    title: Element = tuple(places.get((number, _TITLE), ()))
    return Found(tuple(tuple(spans) for spans in elements if spans), title, choice.trouble)
