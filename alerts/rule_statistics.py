"""Counts what rules select of a history, per week. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from alerts.model import RecordedEvent, Rule
from alerts.rules import TextOf, selects

_MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class WeekCount:
    """What one rule sends through one channel in one week.

    Attributes:
        week: The Monday of the week, UTC.
        rule: The rule's name.
        channel: The channel's name.
        events: Number of events that the rule selects; at least 1.
        examples: The first of them, at most three.
    """

    week: date
    rule: str
    channel: str
    events: int
    examples: tuple[RecordedEvent, ...]


@dataclass(slots=True)
class _Count:
    events: int = 0
    examples: list[RecordedEvent] = field(default_factory=list)

    def add(self, recorded: RecordedEvent) -> None:
        self.events += 1
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(recorded)


def count_by_week(
    found: Iterable[RecordedEvent], rules: Sequence[Rule], text_of: TextOf | None = None
) -> Iterator[WeekCount]:
    """Yield what the rules select, by week, in the order of the rules and of each rule's channels. Only one week is kept in memory.

    Every event counts as if it were live, so that rules can be tested on imported pages.

    Args:
        found: Events in the order of their times.
        rules: The rules.
        text_of: See `alerts.rules.explain`.
    """
    week: date | None = None
    counts = [_Count() for _ in rules]
    for recorded in found:
        monday = _monday(recorded.event.snapshot.taken_at)
        if monday != week:
            if week is not None:
                yield from _of_week(week, rules, counts)
            week, counts = monday, [_Count() for _ in rules]
        for rule, count in zip(rules, counts, strict=True):
            if selects(rule, recorded, text_of):
                count.add(recorded)
    if week is not None:
        yield from _of_week(week, rules, counts)


def _of_week(week: date, rules: Sequence[Rule], counts: Sequence[_Count]) -> Iterator[WeekCount]:
    for rule, count in zip(rules, counts, strict=True):
        if count.events:
            for channel in dict.fromkeys(rule.to):
                yield WeekCount(week, rule.name, channel, count.events, tuple(count.examples))


def _monday(time: datetime) -> date:
    day = time.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())
