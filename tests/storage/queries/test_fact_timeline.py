"""One fact on some pages over time: statements, periods without an ok check, and ranges; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from monitor.model import AnalysisOutcome, Mention, Origin, Page, Reading, Snapshot, Verdict, Version
from monitor.tracking.fact_history import statement_changes
from storage.queries.fact_timeline import FAILED, FactPage, FactTimelines, Timeline, Trouble
from storage.queries.history import History
from storage.store import SqlStore
from tests.storage.snapshots import URL, add_page, archive, check, failed, full, not_modified, ok, version

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)
OTHER_URL = "https://coalition.example/mission/"
FACT = "member_count"


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


@pytest.fixture
def timelines(history: History) -> FactTimelines:
    return FactTimelines(history.database)


def states(store: SqlStore, page: Page, members: int | None, hours: float, **more) -> Snapshot:
    """Archive and process an ok snapshot that states a number of members; None: none."""
    taken = archive(store, page, full(at(hours), b"%s at %f" % (page.url.encode(), hours)), at(hours), **more)
    read = version(members) if members is not None else silent()
    store.record(taken, ok(read), now=at(hours))
    return taken


def silent(*mentions: Mention) -> Version:
    return replace(version(), readings=(Reading(FACT, None, mentions, (), "not stated"),))


def blocked(store: SqlStore, page: Page, hours: float) -> None:
    taken = archive(store, page, full(at(hours), b"denied at %f" % hours), at(hours))
    store.record(taken, AnalysisOutcome(Verdict.BLOCKED, "denied"), now=at(hours))


def values(timeline: Timeline) -> list[tuple[str, object, float]]:
    """Page, value and hour of each statement."""
    return [
        (point.page_url.rsplit("/", 2)[1], point.value, (point.at - NOON) / timedelta(hours=1))
        for point in statement_changes(timeline.points)
    ]


def on(timelines: FactTimelines, *urls: str) -> list[FactPage]:
    return timelines.pages_at(urls or [URL])


def test_each_change_on_each_page_is_a_point_in_order_of_time(store: SqlStore, timelines: FactTimelines):
    home, mission = add_page(store, at(0)), add_page(store, at(0), url=OTHER_URL, label="Mission")
    for page, members, hours in ((home, 83, 0), (mission, 83, 1), (home, 83, 2), (home, 85, 3), (mission, 85, 4)):
        states(store, page, members, hours)
    both = on(timelines, URL, OTHER_URL)
    assert [(page.id, page.url, page.label) for page in both] == [
        (home.id, URL, ""),
        (mission.id, OTHER_URL, "Mission"),
    ]
    found = timelines.timeline(FACT, both)
    assert values(found) == [("en", 83, 0), ("mission", 83, 1), ("en", 85, 3), ("mission", 85, 4)]
    assert found.is_complete
    assert found.until == {URL: at(3), OTHER_URL: at(4)}
    assert values(timelines.timeline(FACT, on(timelines))) == [("en", 83, 0), ("en", 85, 3)]
    assert values(timelines.timeline("another", both)) == []
    assert timelines.timeline(FACT, []).points == ()


def test_absent_and_unreadable_values_are_distinguished(store: SqlStore, timelines: FactTimelines):
    page = add_page(store, at(0))
    states(store, page, 83, 0)
    states(store, page, None, 1)
    taken = archive(store, page, full(at(2), b"3"), at(2))
    store.record(taken, ok(silent(version(83).mentions[0]._replace(value=None))), now=at(2))
    states(store, page, 84, 3)
    points = timelines.timeline(FACT, on(timelines)).points
    assert [(point.value, point.unreadable) for point in points] == [(83, False), (None, False), (84, False)]


def test_other_values_of_a_page_are_part_of_its_statement(store: SqlStore, timelines: FactTimelines):
    page = add_page(store, at(0))
    read = version(87)
    other = read.mentions[0]._replace(value=86, quote="86")
    states(store, page, 87, 0)
    taken = archive(store, page, full(at(1), b"both"), at(1))
    both = replace(read, mentions=(*read.mentions, other), readings=(replace(read.readings[0], contradicts=(other,)),))
    store.record(taken, ok(both), now=at(1))
    first, second = timelines.timeline(FACT, on(timelines)).points
    assert (first.value, first.contradicts) == (87, ())
    assert (second.value, [item["value"] for item in second.contradicts]) == (87, [86])


def test_imported_and_backfilled_snapshots_count(store: SqlStore, timelines: FactTimelines):
    page = add_page(store, at(0))
    states(store, page, 82, 0, origin=Origin.IMPORT)
    states(store, page, 83, 1, origin=Origin.BACKFILL)
    states(store, page, 85, 2)
    assert values(timelines.timeline(FACT, on(timelines))) == [("en", 82, 0), ("en", 83, 1), ("en", 85, 2)]


def test_periods_without_an_ok_check_have_their_status_and_number_of_checks(store: SqlStore, timelines: FactTimelines):
    page = add_page(store, at(0))
    states(store, page, 83, 0)
    for hours in (1, 2):
        archive(store, page, failed(at(hours)), at(hours))
    blocked(store, page, 3)
    states(store, page, 83, 4)
    blocked(store, page, 5)
    archive(store, page, full(at(6), b"not processed yet"), at(6))
    assert timelines.timeline(FACT, on(timelines)).troubles == [
        Trouble(URL, at(1), at(3), FAILED, 2),
        Trouble(URL, at(3), at(4), "blocked", 1),
        Trouble(URL, at(5), None, "blocked", None),
    ]
    assert timelines.timeline(FACT, on(timelines), at(3.5), at(5)).troubles == [
        Trouble(URL, at(3), at(4), "blocked", 1)
    ]


def test_the_last_check_that_confirms_the_statement_is_known(store: SqlStore, timelines: FactTimelines):
    page = add_page(store, at(0))
    first = check(store, page, b"<p>83</p>", 83, at(0))
    repeat = archive(store, page, not_modified(at(5), first), at(5))
    store.record(repeat, ok(version_id=first.version_id), now=at(5))
    archive(store, page, failed(at(6)), at(6))
    found = timelines.timeline(FACT, on(timelines))
    assert (found.until, found.checked) == ({URL: at(5)}, {URL: at(6)})


def test_a_range_begins_with_the_statement_in_force(store: SqlStore, timelines: FactTimelines):
    page, other = add_page(store, at(0)), add_page(store, at(0), url=OTHER_URL)
    for hours in range(6):
        states(store, page, 80 + hours, hours)
    states(store, other, 70, 0)
    found = timelines.timeline(FACT, on(timelines, URL, OTHER_URL), at(2.5), at(4))
    assert values(found) == [("mission", 70, 0), ("en", 82, 2), ("en", 83, 3)]
    assert found.is_complete
    assert found.until[URL] == at(4)


def test_the_newest_statements_are_returned_and_earlier_ones_are_not_hidden(store: SqlStore, timelines: FactTimelines):
    page = add_page(store, at(0))
    for hours in range(5):
        states(store, page, 80 + hours, hours)
    found = timelines.timeline(FACT, on(timelines), limit=3)
    assert values(found) == [("en", 82, 2), ("en", 83, 3), ("en", 84, 4)]
    assert not found.is_complete
    assert timelines.timeline(FACT, on(timelines), limit=5).is_complete
    assert timelines.timeline(FACT, on(timelines), begin=at(3.5), limit=3).is_complete


def test_sentences_are_read_for_the_rows_that_are_shown(store: SqlStore, timelines: FactTimelines):
    page = add_page(store, at(0))
    made = [states(store, page, members, hours) for hours, members in enumerate((83, 85))]
    points = timelines.timeline(FACT, on(timelines)).points
    rows = timelines.statements([point.key for point in reversed(points)])
    assert [(row.sentence, row.snapshot_id) for row in rows] == [
        ("The Coalition has 85 members.", made[1].id),
        ("The Coalition has 83 members.", made[0].id),
    ]
    assert timelines.statements([]) == []
    assert timelines.following([taken.id for taken in made]) == {made[0].id: at(1), made[1].id: None}


@pytest.mark.parametrize(
    ("column", "damage"), [("value", "{"), ("value", "{}"), ("contradicts", "7"), ("contradicts", "[1]")]
)
def test_a_damaged_statement_is_marked_and_does_not_hide_the_others(
    store: SqlStore, timelines: FactTimelines, column: str, damage: str
):
    page = add_page(store, at(0))
    for hours, members in enumerate((83, 84, 85)):
        states(store, page, members, hours)
    points = timelines.timeline(FACT, on(timelines)).points
    with store.database.begin() as connection:
        statement = text(f"UPDATE readings SET {column} = :damage WHERE version_id = :id")
        connection.execute(statement, {"damage": damage, "id": points[1].key[0]})
    found = timelines.timeline(FACT, on(timelines)).points
    assert [(point.value, point.damaged) for point in found] == [(83, False), (None, True), (85, False)]
