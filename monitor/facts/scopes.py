"""Where on a page a fact may be read. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitor.facts.nouns import holds
from monitor.model import READING_KINDS, Block, BlockKind, FactDefinition, Found, Lookup, Mention, Scope, Span

LAST_RESORT = frozenset({BlockKind.NAVIGATION, BlockKind.FOOTER})
"""Kinds in which a fact counts only where no other block states it."""


@dataclass(frozen=True, slots=True)
class ScopeMatches:
    """A page as facts are read on it.

    Attributes:
        blocks: In reading order.
        mentions: In reading order, of every block.
        title: The page's title; "" where there is none.
        found: What the facts' lookups came to.
    """

    blocks: Sequence[Block]
    mentions: Sequence[Mention]
    title: str = ""
    found: Mapping[Lookup, Found] = field(default_factory=dict)

    def text(self, span: Span) -> str:
        """The characters of a span."""
        return self.blocks[span.block].text[span.start : span.end]

    def lookup(self, lookup: Lookup) -> Found:
        """What a lookup came to; nothing where the page is no HTML."""
        return self.found.get(lookup, Found(trouble="the page has no elements to find"))


def spans(scope: Scope, seen: ScopeMatches) -> list[Span]:
    """The stretches of text in which a fact is read, in reading order."""
    inside = None if scope.inside is None else _inside(seen.lookup(Lookup(scope.inside)))
    allowed: list[Span] = []
    for index, block in enumerate(seen.blocks):
        if kind_allowed(scope, block.kind) and _under(scope, block) and _near(scope, seen.blocks, index):
            allowed += [Span(index, 0, len(block.text))] if inside is None else inside.get(index, [])
    return allowed


def kind_allowed(scope: Scope, kind: BlockKind) -> bool:
    """Whether a fact of that scope may be read in blocks of a kind at all."""
    if scope.kinds:
        return kind in scope.kinds
    return scope.inside is not None or kind in READING_KINDS or kind in LAST_RESORT


def preferred(places: Sequence[Span | Mention], fact: FactDefinition, seen: ScopeMatches) -> tuple[list[int], bool]:
    """The indexes of the places that count, and whether that is only in navigation or footer, for want of others."""
    if fact.scope.kinds or fact.scope.inside is not None:
        return list(range(len(places))), False
    proper = [n for n, place in enumerate(places) if seen.blocks[place.block].kind in READING_KINDS]
    return (proper, False) if proper else (list(range(len(places))), bool(places))


def described(scope: Scope) -> str:
    """The scope in words, for a reading that found nothing: " under "Our partners""; "" where there is none."""
    parts = (
        f' under "{" / ".join(scope.under)}"' if scope.under else "",
        f" inside {scope.inside}" if scope.inside else "",
        f" in {' or '.join(scope.kinds)}" if scope.kinds else "",
        f' near "{" / ".join(scope.near)}"' if scope.near else "",
    )
    return "".join(parts)


def _inside(found: Found) -> dict[int, list[Span]]:
    by_block: dict[int, list[Span]] = {}
    for element in found.elements:
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
