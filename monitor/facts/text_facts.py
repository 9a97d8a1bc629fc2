"""Extracts text facts with a pattern or a selector. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from monitor import sentences
from monitor.facts import patterns, scopes
from monitor.facts.scopes import PageContent
from monitor.facts.values import plain
from monitor.limits import QUOTE_CHARS, TEXT_CHARS, cut, digested
from monitor.model import Element, FactDefinition, Mention, MentionType, Span


def stating(fact: FactDefinition, page: PageContent) -> list[Mention]:
    """Return one mention per match of the pattern's group, or per element found, with its whole text; in reading order."""
    if fact.source is not None:
        return [_whole(element, page) for element in page.lookup(fact.source).elements]
    return list(_matched(fact.pattern or "", scopes.spans(fact.scope, page), page))


def _matched(pattern: str, spans: list[Span], page: PageContent) -> Iterator[Mention]:
    budget = patterns.Budget()
    for span in spans:
        block = page.blocks[span.block].text
        around: list[tuple[int, int]] = []
        for start, end in patterns.matches(pattern, page.text(span), budget):
            quote = block[span.start + start : span.start + end]
            value = plain(quote)
            if value:
                around = around or sentences.spans(block)
                yield _mention(value, quote, Span(span.block, span.start + start, span.start + end), around)


def _whole(element: Element, page: PageContent) -> Mention:
    quote = " ".join(map(page.text, element))
    first = element[0]
    return _mention(plain(quote), quote, first, [(0, len(page.blocks[first.block].text))])


def _mention(value: str, quote: str, place: Span, around: list[tuple[int, int]]) -> Mention:
    first = next((span for span in around if span[0] <= place.start < span[1]), (place.start, place.end))
    last = next((span for span in around if span[1] >= place.end), (place.start, place.end))
    quote = cut(quote, QUOTE_CHARS)
    return Mention(
        MentionType.TEXT,
        digested(value, TEXT_CHARS),
        None,
        quote,
        None,
        place.block,
        place.start,
        place.end,
        first[0],
        last[1],
    )
