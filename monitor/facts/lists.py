"""Extracts the names of list facts, and counts them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from monitor.facts import patterns, scopes
from monitor.facts.scopes import PageContent
from monitor.facts.values import key
from monitor.limits import NAME_CHARS, digested
from monitor.model import (
    BESIDE_TEXT,
    BlockKind,
    Element,
    FactDefinition,
    Found,
    Lookup,
    Mention,
    MentionType,
    Reading,
    Span,
)

_NO_NAMES = frozenset({BlockKind.FEED, BlockKind.CONSENT, BlockKind.CONTROL, BlockKind.FOOTER}) | BESIDE_TEXT
"""Block kinds whose items are not names of a list. Navigation is not among them, because lists of links are often classified as navigation."""
_EDGES = " \t*•·▪–—-|,;"


def read(fact: FactDefinition, page: PageContent) -> Reading:
    """Return the reading of a list fact: its names in page order, without duplicates."""
    # See tests/monitor/facts/test_fact_kinds.py::test_a_list_is_its_names_each_once.
    # See tests/monitor/facts/test_fact_kinds.py::test_a_list_of_links_is_a_list_though_it_looks_like_a_menu.
    matches = _matches(fact, page)
    names: dict[str, Mention] = {}
    budget = patterns.Budget()
    for element in _allowed(fact, matches, page):
        mention = _name(fact, element, page, budget)
        if mention is not None:
            names.setdefault(key(mention.value), mention)
    mentions = tuple(names.values())
    if not mentions:
        trouble = f": {matches.trouble}" if matches.trouble else ""
        return Reading(fact.name, None, (), (), f"no list {_where(fact)} on the page{trouble}")
    reason = f"{len(mentions)} names {_where(fact)}"
    return Reading(fact.name, [mention.value for mention in mentions], mentions, (), reason)


def counted(fact: FactDefinition, page: PageContent) -> Mention | None:
    """Return the number of names of a list as a mention, quoted from the list's heading; None if the list has no names."""
    names = read(fact, page).mentions
    if not names:
        return None
    title = _matches(fact, page).title
    place = title[0] if title else _heading_above(names[0], page)
    quote, text = page.text(place), page.blocks[place.block].text
    unit = f"names in {fact.name}"
    return Mention(
        MentionType.COUNTED, len(names), unit, quote, None, place.block, place.start, place.end, 0, len(text)
    )


def _matches(fact: FactDefinition, page: PageContent) -> Found:
    return page.lookup(fact.source or Lookup())


def _allowed(fact: FactDefinition, matches: Found, page: PageContent) -> Iterator[Element]:
    """Yield the elements within the fact's scope."""
    by_selector = fact.source is not None and fact.source.selector is not None
    kinds = fact.scope.kinds or tuple(kind for kind in BlockKind if by_selector or kind not in _NO_NAMES)
    reach: dict[int, list[Span]] = {}
    for span in scopes.spans(replace(fact.scope, kinds=kinds), page):
        reach.setdefault(span.block, []).append(span)
    for element in matches.elements:
        first = element[0]
        if any(span.start < first.end and first.start < span.end for span in reach.get(first.block, ())):
            yield element


def _name(fact: FactDefinition, element: Element, page: PageContent, budget: patterns.Budget) -> Mention | None:
    text = " ".join(map(page.text, element))
    start, end = 0, len(text)
    if fact.pattern is not None:
        match = next(patterns.matches(fact.pattern, text, budget), None)
        if match is None:
            return None
        start, end = match
    name = text[start:end].strip(_EDGES)
    if not any(map(str.isalnum, name)):
        return None
    place = element[0]
    at = page.text(place).find(name)
    begin, stop = (place.start + at, place.start + at + len(name)) if at >= 0 else (place.start, place.end)
    whole = len(page.blocks[place.block].text)
    name = digested(name, NAME_CHARS)
    return Mention(MentionType.NAME, name, None, name, None, place.block, begin, stop, 0, whole)


def _heading_above(name: Mention, page: PageContent) -> Span:
    """Return the nearest heading above a name; the name itself if there is none."""
    for index in range(name.block, -1, -1):
        if page.blocks[index].kind is BlockKind.HEADING:
            return Span(index, 0, len(page.blocks[index].text))
    return Span(name.block, name.start, name.end)


def _where(fact: FactDefinition) -> str:
    source = fact.source or Lookup()
    if source.selector is not None:
        return f"at {source.selector}{scopes.described(fact.scope)}"
    column = "" if source.column is None else f'in the column "{source.column}"'
    heading = "" if source.heading is None else f'under "{source.heading}"'
    return f"{' '.join(filter(None, (column, heading)))}{scopes.described(fact.scope)}"
