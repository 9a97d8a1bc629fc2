"""The history of a page: a calendar by degree of change, what each snapshot changed, filters, and links to comparisons."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from monitor.model import (
    AnalysisOutcome,
    Change,
    Event,
    EventKind,
    Level,
    Origin,
    ParserVersion,
    Reason,
    Snapshot,
    SnapshotRef,
    Verdict,
    Version,
)
from pagewitness.web.history import months
from storage.queries.history import CalendarDay
from tests.pagewitness.archived import NOON, Archive

URL = "https://coalition.example/partners/?page=2"
DAY = timedelta(days=1)
MEMBERS = Change(EventKind.FACT_CHANGED, Level.FACT, Reason.FACT_CHANGED, fact="member_count", before=83, after=85)


def text(number: int, level: Level = Level.TEXT) -> Change:
    return Change(EventKind.TEXT_CHANGED, level, Reason.TEXT_ADDED, sentence_after=f"Text {number} was added.")


def check(
    archive: Archive, at: datetime, *changes: Change, versioned: bool = False, degree: int | None = None
) -> Snapshot:
    """Keep and process a snapshot with these changes."""
    snapshot = archive.add_snapshot(URL, f"<p>{at}", at=at, verdict=None)
    ref = SnapshotRef(snapshot.id, snapshot.taken_at)
    events = tuple(Event(change, ref, None, Origin.LIVE) for change in changes)
    version = Version(ParserVersion("1", "", ""), "", "en", (), (), ()) if versioned else None
    archive.store.record(
        snapshot, AnalysisOutcome(Verdict.OK, "", version=version, events=events, degree=degree), now=at
    )
    return snapshot


def get(client: httpx.Client, **query: str) -> str:
    response = client.get("/history", params={"url": URL, **query})
    assert response.status_code == 200
    return html.unescape(response.text)


def times(page: str) -> list[str]:
    return re.findall(r'<td><a [^>]*><time datetime="2021-(\d\d-\d\d)T', page)


def test_the_calendar_is_coloured_by_the_number_of_changes_where_words_are_unknown_and_marks_facts_and_trouble(
    archive: Archive, client: httpx.Client
):
    check(archive, NOON, MEMBERS, *(text(n) for n in range(4)), text(9, Level.NOISE))
    check(archive, NOON + DAY, text(1, Level.NOISE))
    archive.failed(URL, at=NOON + 2 * DAY)
    page = get(client)
    first, second, third = (
        re.search(rf'<li class="([^"]*)">\s*<a href="[^"]*" title="([^"]*)"[^>]*>{n}(<b>•</b>)?</a>', page)
        for n in (1, 2, 3)
    )
    assert first is not None
    assert second is not None
    assert third is not None
    assert "degree-3" in first[1]
    assert first[2] == "2021-03-01: 1 check, 5 changes, 1 of facts, 1 noise"
    assert first[3]
    assert "degree-0" in second[1]
    assert second[2] == "2021-03-02: 1 check, no change, 1 noise"
    assert not second[3]
    assert "troubled" in third[1]
    assert third[2] == "2021-03-03: 1 check, no change, 1 failed or not ok"


def test_the_calendar_is_coloured_by_the_share_of_words_that_the_versions_of_a_day_changed(
    archive: Archive, client: httpx.Client
):
    """One change may be a number or a new page; noise colours no day, whatever its share."""
    for days, degrees in enumerate(((0,), (9,), (10,), (30, 30), (200,), (800, 900))):
        for hours, degree in enumerate(degrees):
            at = NOON + days * DAY + timedelta(hours=hours)
            check(archive, at, text(days), versioned=True, degree=degree)
    check(archive, NOON + 6 * DAY, text(1, Level.NOISE), versioned=True, degree=300)
    page = get(client)
    cells = re.findall(r'<li class="[^"]*degree-(\d)[^"]*">\s*<a href="[^"]*" title="2021-03-0\d: ([^"]*)"', page)
    assert [degree for degree, _ in cells] == ["1", "1", "2", "3", "4", "4", "0"]
    assert cells[1][1] == "1 check, 1 change, under 1 % of the words"
    assert cells[3][1] == "2 checks, 2 changes, about 6 % of the words"
    assert cells[5][1] == "2 checks, 2 changes, about 100 % of the words"
    assert cells[6][1] == "1 check, no change, 1 noise"


def test_a_version_counts_on_the_day_that_first_shows_it_only(archive: Archive):
    first = check(archive, NOON, text(1), versioned=True, degree=40)
    later = archive.not_modified(URL, first, at=NOON + DAY)
    version_id = archive.history.snapshots(first.page_id)[-1].version_id
    archive.store.record(later, AnalysisOutcome(Verdict.OK, "", version_id=version_id), now=NOON + DAY)
    days = archive.history.calendar(first.page_id, 2021)
    assert [(day.checks, day.changed_permille) for day in days] == [(1, 40), (1, None)]


def test_days_are_those_of_utc_on_both_databases(archive: Archive):
    check(archive, datetime(2021, 3, 1, 23, 59, 59, 999_999, UTC), text(1))
    check(archive, datetime(2021, 3, 2, tzinfo=UTC), text(2), text(3))
    check(archive, datetime(2022, 1, 1, tzinfo=UTC), text(4))
    page = archive.page(URL)
    assert archive.history.calendar(page.id, 2021) == [
        CalendarDay(date(2021, 3, 1), checks=1, changes=1),
        CalendarDay(date(2021, 3, 2), checks=1, changes=2),
    ]
    assert archive.history.years(page.id) == (2021, 2022)
    assert archive.history.calendar(page.id, 2020) == []


def test_each_row_names_its_most_important_change_and_leads_to_the_comparison(archive: Archive, client: httpx.Client):
    check(archive, NOON)
    check(archive, NOON + DAY, text(1), MEMBERS, text(2), text(3, Level.NOISE))
    page = get(client)
    assert '<strong>member_count 83 → 85 (+2)</strong> <span class="since">+2 more</span>' in page
    assert page.count(">compare</a>") == 1
    assert "to=20210302120000000000" in re.search(r'href="(/compare[^"]*)"', page)[1]  # type: ignore[index]


def test_filters_select_by_change_status_and_day(archive: Archive, client: httpx.Client):
    check(archive, NOON, versioned=True)
    check(archive, NOON + DAY)
    check(archive, NOON + 2 * DAY, versioned=True)
    archive.failed(URL, at=NOON + 3 * DAY)
    archive.add_snapshot(URL, "<p>no", at=NOON + 4 * DAY, verdict=Verdict.BLOCKED)
    assert times(get(client)) == ["03-05", "03-03", "03-02", "03-01"]  # the failed check has no replay
    assert times(get(client, changed="1")) == ["03-03", "03-01"]
    assert times(get(client, status="blocked")) == ["03-05"]
    assert "2021-03-04 12:00:00" in get(client, status="failed")
    assert times(get(client, until="2021-03-02")) == ["03-02", "03-01"]
    assert "No snapshot matches" in get(client, status="gone")


@pytest.mark.parametrize(
    "query",
    [{"status": "x"}, {"changed": "yes"}, {"until": "2021-13-01"}, {"year": "x"}, {"year": "0000"}, {"until": "٢"}],
)
def test_unknown_filters_are_not_found(archive: Archive, client: httpx.Client, query: dict[str, str]):
    archive.add_snapshot(URL)
    assert client.get("/history", params={"url": URL, **query}).status_code == 404


def test_years_are_linked_and_the_filter_is_kept_while_paging(
    archive: Archive, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    from pagewitness.web import history

    monkeypatch.setattr(history, "SNAPSHOTS", 1)
    for years in range(3):
        check(archive, NOON + years * 365 * DAY, text(years), versioned=True)
    page = get(client, changed="1")
    assert 'aria-label="Changes in 2023"' in page
    assert "← 2022" in page
    following = re.search(r'rel="next" href="([^"]*)"', page)
    assert following is not None
    assert "changed=1" in following[1]
    assert 'aria-label="Changes in 2021"' in get(client, year="2021")
    assert "2022 →" in get(client, year="2021")


def test_a_page_without_snapshots_has_no_calendar(archive: Archive, client: httpx.Client):
    archive.page(URL)
    page = get(client)
    assert "calendar" not in page
    assert "0 snapshots" in page


def test_the_months_begin_on_their_weekday():
    months_of_2021 = months([CalendarDay(date(2021, 2, 28), checks=1)], 2021, URL)
    assert [month.offset for month in months_of_2021[:3]] == [4, 0, 0]
    assert [len(month.days) for month in months_of_2021] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert [month.is_checked for month in months_of_2021] == [number == 1 for number in range(12)]
    assert months_of_2021[1].days[-1].degree == 0
    assert months_of_2021[1].days[0].degree is None


def test_the_screen_makes_the_same_queries_for_many_snapshots(archive: Archive, client: httpx.Client):
    from sqlalchemy import event

    counts = []
    for total in (3, 12):
        for hour in range(total):
            check(archive, NOON + timedelta(hours=100 * total + hour), text(hour), versioned=True)
        statements: list[str] = []

        def count(_: object, __: object, statement: str, *___: object, into: list[str] = statements) -> None:
            into.append(statement)

        event.listen(archive.database.engine, "before_cursor_execute", count)
        get(client)
        event.remove(archive.database.engine, "before_cursor_execute", count)
        counts.append(len(statements))
    assert counts[0] == counts[1] > 0
