"""What rules would have sent, counted per week."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.model import Rule
from alerts.rule_statistics import count_by_week
from alerts.rules import selects
from monitor.model import EventKind, Level, Origin, SnapshotRef
from tests.alerts.examples import changed

FACTS = Rule("facts", frozenset({EventKind.FACT_CHANGED}), ("desk", "hook", "desk"))
TEXTS = Rule("texts", frozenset({EventKind.TEXT_CHANGED}), ("hook",))
SUNDAY = datetime(2024, 12, 29, 23, 59, 59, tzinfo=UTC)


def at(time: datetime, kind: EventKind = EventKind.FACT_CHANGED, level: Level = Level.FACT):
    recorded = changed(kind=kind, level=level)
    return replace(recorded, event=replace(recorded.event, snapshot=SnapshotRef(7, time)))


def test_events_are_counted_by_week_rule_and_channel():
    monday = SUNDAY + timedelta(seconds=1)
    found = [
        at(SUNDAY),
        at(monday),
        at(monday, EventKind.TEXT_CHANGED),
        at(monday, EventKind.TEXT_CHANGED, Level.NOISE),
        at(monday + timedelta(days=6)),
        at(monday + timedelta(days=21)),
    ]
    counts = [(row.week, row.rule, row.channel, row.events) for row in count_by_week(found, [FACTS, TEXTS])]
    assert counts == [
        (date(2024, 12, 23), "facts", "desk", 1),
        (date(2024, 12, 23), "facts", "hook", 1),
        (date(2024, 12, 30), "facts", "desk", 2),
        (date(2024, 12, 30), "facts", "hook", 2),
        (date(2024, 12, 30), "texts", "hook", 1),
        (date(2025, 1, 20), "facts", "desk", 1),
        (date(2025, 1, 20), "facts", "hook", 1),
    ]


def test_the_events_of_one_check_and_those_that_pages_of_a_visit_share_are_one_message():
    def of(page: int, check: int, visit: int, seconds: int, after: int):
        recorded = at(SUNDAY + timedelta(days=1, seconds=seconds))
        change = replace(recorded.event.change, after=after)
        return replace(
            recorded,
            id=check * 100 + after,
            page_id=page,
            page_url=f"https://coalition.example/{page}",
            check_id=check,
            visit_id=visit,
            event=replace(recorded.event, change=change),
        )

    same_check = [of(1, 1, 1, 0, 90), of(1, 1, 1, 0, 91)]
    shared = [of(page, page, 2, page, 85) for page in range(10, 47)]
    later = [of(1, 99, 99, 2 * 86_400, 92)]
    (row, _) = count_by_week([*same_check, *shared, *later], [FACTS])
    assert (row.events, row.messages) == (2 + 37 + 1, 3)


def test_visits_that_overlap_are_counted_apart():
    found = [
        replace(at(SUNDAY + timedelta(days=1, seconds=n)), id=n, check_id=n % 2 + 1, visit_id=n % 2 + 1)
        for n in range(1, 9)
    ]
    (row, _) = count_by_week(found, [FACTS])
    assert row.events == 8
    assert row.messages == 2, "one for each check"


def test_the_first_events_are_the_examples():
    found = [at(SUNDAY + timedelta(minutes=n)) for n in range(1, 10)]
    (row, _) = count_by_week(found, [FACTS])
    assert (row.events, row.examples) == (9, tuple(found[:3]))


def test_events_count_whatever_their_origin():
    recorded = at(SUNDAY)
    imported = replace(recorded, event=replace(recorded.event, origin=Origin.IMPORT))
    assert [row.events for row in count_by_week([imported], [TEXTS, FACTS])] == [1, 1]


def test_a_week_is_given_out_before_the_next_is_read():
    def endless():
        time = SUNDAY
        while True:
            yield at(time)
            time += timedelta(days=1)

    rows = count_by_week(endless(), [FACTS])
    assert next(rows).events == 1
    assert [next(rows).events for _ in range(4)] == [1, 7, 7, 7]


def test_nothing_selected_gives_no_week():
    assert list(count_by_week([at(SUNDAY)], [TEXTS])) == []
    assert list(count_by_week([at(SUNDAY)], [])) == []
    assert list(count_by_week([], [FACTS])) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.sampled_from([EventKind.FACT_CHANGED, EventKind.TEXT_CHANGED])), max_size=40
    )
)
def test_no_event_is_lost_or_counted_twice(days):
    found = [at(SUNDAY + timedelta(days=day), kind) for day, kind in sorted(days)]
    totals: Counter[str] = Counter()
    weeks = []
    for row in count_by_week(found, [FACTS, TEXTS]):
        if (row.rule, row.channel) != ("facts", "hook"):
            totals[row.rule] += row.events
        weeks.append(row.week)
    assert totals == Counter(rule.name for rule in (FACTS, TEXTS) for one in found if selects(rule, one))
    assert weeks == sorted(weeks)
