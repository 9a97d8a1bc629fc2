"""Counts what rules select of a history, per week. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from alerts.grouping import group
from alerts.model import RecordedEvent, Rule, StoryEvent
from alerts.rules import TextOf, selects

_MOST_EXAMPLES = 3
_LONGEST_VISIT = timedelta(hours=1)
"""A visit is complete when its last event is this old."""


@dataclass(frozen=True, slots=True)
class WeekCount:
    """What one rule sends through one channel in one week.

    Attributes:
        week: The Monday of the week, UTC.
        rule: The rule's name.
        channel: The channel's name.
        events: Number of events that the rule selects; at least 1.
        messages: Number of messages that contain them, without digests, quiet hours, limits and pauses, which only join messages.
        examples: The first events, at most three.
    """

    week: date
    rule: str
    channel: str
    events: int
    messages: int
    examples: tuple[RecordedEvent, ...]


@dataclass(slots=True)
class _Count:
    """What one rule selects in one week. Only the events of the last hour's visits are kept, in the order of each visit's last event."""

    rule: Rule
    events: int = 0
    messages: int = 0
    examples: list[RecordedEvent] = field(default_factory=list)
    visits: dict[Hashable, list[RecordedEvent]] = field(default_factory=dict)

    def add(self, recorded: RecordedEvent) -> None:
        self.events += 1
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(recorded)
        self.end_visits(recorded.event.snapshot.taken_at - _LONGEST_VISIT)
        visit = _visit(recorded)
        self.visits[visit] = [*self.visits.pop(visit, ()), recorded]

    def end_visits(self, before: datetime | None = None) -> None:
        """Count the messages of the visits whose last event is before this time; None: of all."""
        while self.visits:
            visit, found = next(iter(self.visits.items()))
            if before is not None and found[-1].event.snapshot.taken_at >= before:
                return
            self.messages += len(group([StoryEvent(recorded, self.rule.name) for recorded in found]))
            del self.visits[visit]


def _visit(recorded: RecordedEvent) -> Hashable:
    """Return what an event is grouped by: its visit, or its check, or itself where no check recorded it."""
    if recorded.visit_id is not None:
        return "visit", recorded.visit_id
    return ("check", recorded.check_id) if recorded.check_id is not None else ("event", recorded.id)


def count_by_week(
    found: Iterable[RecordedEvent], rules: Sequence[Rule], text_of: TextOf | None = None
) -> Iterator[WeekCount]:
    """Yield what the rules select, by week, in the order of the rules and of each rule's channels. Only counts and the events of the last hour are kept in memory.

    Every event counts as if it were live, so that rules can be tested on imported pages.

    Args:
        found: Events in the order of their times.
        rules: The rules.
        text_of: See `alerts.rules.explain`.
    """
    week: date | None = None
    counts = [_Count(rule) for rule in rules]
    for recorded in found:
        monday = _monday(recorded.event.snapshot.taken_at)
        if monday != week:
            if week is not None:
                yield from _of_week(week, counts)
            week, counts = monday, [_Count(rule) for rule in rules]
        for count in counts:
            if selects(count.rule, recorded, text_of):
                count.add(recorded)
    if week is not None:
        yield from _of_week(week, counts)


def _of_week(week: date, counts: Sequence[_Count]) -> Iterator[WeekCount]:
    for count in counts:
        count.end_visits()
        if count.events:
            for channel in dict.fromkeys(count.rule.to):
                yield WeekCount(week, count.rule.name, channel, count.events, count.messages, tuple(count.examples))


def _monday(time: datetime) -> date:
    day = time.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())
