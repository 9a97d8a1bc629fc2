"""Determines where on a page a fact may be stated. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitor.facts.nouns import holds
from monitor.model import READING_KINDS, Block, BlockKind, FactDefinition, Found, Lookup, Mention, Scope, Span

LAST_RESORT = frozenset({BlockKind.NAVIGATION, BlockKind.FOOTER, BlockKind.IMAGE})
"""Block kinds that count only if no other block states the fact."""


@dataclass(frozen=True, slots=True)
class PageContent:
    """The input for extracting facts from a page.

    Attributes:
        blocks: The blocks in reading order.
        mentions: The mentions of all blocks, in reading order.
        title: The page's title; "" if there is none.
        lookups: The results of the facts' lookups.
    """

    blocks: Sequence[Block]
    mentions: Sequence[Mention]
    title: str = ""
    lookups: Mapping[Lookup, Found] = field(default_factory=dict)

    def text(self, span: Span) -> str:
        """Return the text of a span."""
        return self.blocks[span.block].text[span.start : span.end]

    def lookup(self, lookup: Lookup) -> Found:
        """Return the result of a lookup; empty, with the reason, if the page is not HTML."""
        return self.lookups.get(lookup, Found(trouble="the page has no elements to find"))


def spans(scope: Scope, page: PageContent) -> list[Span]:
    """Return the spans of text within a scope, in reading order."""
    # See tests/monitor/facts/test_fact_kinds.py::test_a_scope_limits_where_a_fact_is_read.
    inside = None if scope.inside is None else _inside(page.lookup(Lookup(scope.inside)))
    allowed: list[Span] = []
    for index, block in enumerate(page.blocks):
        if kind_allowed(scope, block.kind) and _under(scope, block) and _near(scope, page.blocks, index):
            allowed += [Span(index, 0, len(block.text))] if inside is None else inside.get(index, [])
    return allowed


def kind_allowed(scope: Scope, kind: BlockKind) -> bool:
    """Return whether the scope admits blocks of a kind."""
    # See tests/monitor/facts/test_fact_reader.py::test_feeds_consent_bars_and_controls_never_state_a_fact.
    if scope.kinds:
        return kind in scope.kinds
    return scope.inside is not None or kind in READING_KINDS or kind in LAST_RESORT


def preferred(places: Sequence[Span | Mention], fact: FactDefinition, page: PageContent) -> tuple[list[int], bool]:
    """Return the indexes of the places that count, and whether these are in navigation, footer or alternative texts only, because no other place exists."""
    # See tests/monitor/facts/test_fact_reader.py::test_navigation_and_footer_state_a_fact_only_where_nothing_else_does.
    if fact.scope.kinds or fact.scope.inside is not None:
        return list(range(len(places))), False
    proper = [index for index, place in enumerate(places) if page.blocks[place.block].kind in READING_KINDS]
    return (proper, False) if proper else (list(range(len(places))), bool(places))


def described(scope: Scope) -> str:
    """Describe the scope for the reason of an empty reading: " under "Our partners""; "" if it limits nothing."""
    limits = (
        f' under "{" / ".join(scope.under)}"' if scope.under else "",
        f" inside {scope.inside}" if scope.inside else "",
        f" in {' or '.join(scope.kinds)}" if scope.kinds else "",
        f' near "{" / ".join(scope.near)}"' if scope.near else "",
    )
    return "".join(limits)


def _inside(result: Found) -> dict[int, list[Span]]:
    by_block: dict[int, list[Span]] = {}
    for element in result.elements:
        for span in element:
            by_block.setdefault(span.block, []).append(span)
    return by_block


def _under(scope: Scope, block: Block) -> bool:
    if not scope.under:
        return True
    above = (*block.anchor, block.text) if block.kind is BlockKind.HEADING else block.anchor
    return any(holds(heading, scope.under) for heading in above)


def _near(scope: Scope, blocks: Sequence[Block], index: int) -> bool:
    return not scope.near or any(holds(block.text, scope.near) for block in blocks[max(index - 1, 0) : index + 2])
