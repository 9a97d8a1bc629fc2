"""A sentence's mentions beside those that a careful reader finds in it.

An expected mention is a hit where the reader has one of its type in its place (the quotes overlap) with

- its value or values: an identifier and a time of day have none to compare; of two years written together each may be read alone;
- its unit, where the table gives one: the same words, or a run of them that holds the main noun ("members" for "elected members");
- its hedge, as the page writes it or a part of that ("over" for "well over"), and no hedge where the page has none.

Nothing in an identifier or a time may be read as a count, a percentage or money. One of those three that the table does not know is a false alarm, and so is
one in a sentence that states nothing. The score is hits / (expected mentions + false alarms + sentences that state nothing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from eval.numbers.corpus import Expected, Row
from monitor.facts.mentions import read_blocks
from monitor.model import Block, BlockKind, Mention, MentionType

CLAIMS = frozenset({MentionType.COUNT, MentionType.PERCENT, MentionType.MONEY})
_WITHOUT_VALUE = frozenset({MentionType.IDENTIFIER, MentionType.TIME})


@dataclass(frozen=True)
class Result:
    """How one row was read.

    Attributes:
        row: The row.
        found: What the reader found, in its order.
    """

    row: Row
    found: tuple[Mention, ...]

    @cached_property
    def missed(self) -> tuple[Expected, ...]:
        """Expected mentions that are no hit."""
        return tuple(expected for expected in self.row.expected if not _hit(expected, self._at(expected)))

    @cached_property
    def false_alarms(self) -> tuple[Mention, ...]:
        """Counts, percentages and money where the table has nothing."""
        known = {id(mention) for expected in self.row.expected for mention in self._at(expected)}
        return tuple(mention for mention in self.found if mention.type in CLAIMS and id(mention) not in known)

    @property
    def right(self) -> int:
        """Hits, and 1 for a silent reader where nothing is stated."""
        if not self.row.expected:
            return int(not self.false_alarms)
        return len(self.row.expected) - len(self.missed)

    @property
    def of(self) -> int:
        """What there was to get right."""
        return max(1, len(self.row.expected) + len(self.false_alarms))

    def _at(self, expected: Expected) -> list[Mention]:
        return [mention for mention in self.found if mention.start < expected.end and expected.start < mention.end]


def results(rows: Sequence[Row], *, hint: bool = True) -> list[Result]:
    """Each row read as the only block of a page.

    Args:
        rows: The sentences.
        hint: Whether the parser is given the page's language.
    """
    return [
        Result(row, read_blocks((Block(BlockKind.CONTENT, row.sentence, ""),), row.language if hint else None))
        for row in rows
    ]


def share(scored: Sequence[Result]) -> float:
    """The score of some rows, 0 to 1; 1 for none."""
    return sum(result.right for result in scored) / max(1, sum(result.of for result in scored)) if scored else 1.0


def _hit(expected: Expected, at: list[Mention]) -> bool:
    if expected.type in _WITHOUT_VALUE:
        return any(mention.type is expected.type for mention in at) and not any(
            mention.type in CLAIMS for mention in at
        )
    return any(_same(expected, mention) for mention in at)


def _same(expected: Expected, mention: Mention) -> bool:
    return (
        mention.type is expected.type
        and _same_value(expected, mention)
        and _same_unit(expected, mention.unit)
        and _same_hedge(expected.hedge, mention.hedge)
    )


def _same_value(expected: Expected, mention: Mention) -> bool:
    if expected.value == "?":
        return True
    if expected.type is MentionType.DATE:
        return 1 <= mention.value <= date.max.toordinal() and date.fromordinal(
            int(mention.value)
        ).isoformat().startswith(expected.value)
    low, _, high = expected.value.partition("..")
    if expected.type is MentionType.YEAR:
        return float(low) in (mention.value, mention.upper)
    return mention.value == float(low) and mention.upper == (float(high) if high else None)


def _same_unit(expected: Expected, unit: str | None) -> bool:
    if expected.unit is None:
        return True
    if unit is None or expected.head is None:
        return False
    wanted, text = f" {expected.unit.casefold()} ", f" {unit.casefold()} "
    return (wanted in text or text in wanted) and f" {expected.head.casefold()} " in text


def _same_hedge(wanted: str | None, text: str | None) -> bool:
    if wanted is None or text is None:
        return wanted is text
    return wanted in text.casefold() or text.casefold() in wanted
