"""The first screen: problems, stories and pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx

from alerts.model import DeliveryState
from monitor.model import (
    AnalysisOutcome,
    Change,
    Event,
    EventKind,
    HealthStatus,
    Level,
    Origin,
    PageState,
    Reason,
    SnapshotRef,
    Verdict,
)
from pagewitness.web import home
from storage.queries.gauges import Gauges, Waiting
from tests.pagewitness.archived import NOON, Archive

URL = "https://coalition.example/"
OTHER = "https://coalition.example/partners"
OK = Gauges(
    due=0,
    lag_seconds=0.0,
    unprocessed=0,
    unprocessed_seconds=0.0,
    pages={PageState.ACTIVE: 3},
    health={HealthStatus.OK: 3, None: 1},
    stale=0,
    leases=0,
    paused_hosts=0,
    waiting=(),
)


def fact(before: int, after: int) -> Change:
    detail = {"unit": "members", "type": "counted"}
    quotes = {"quote_before": str(before), "quote_after": str(after)}
    sentences = {"sentence_before": f"It has {before} members.", "sentence_after": f"It has {after} members."}
    return Change(
        EventKind.FACT_CHANGED,
        Level.FACT,
        fact="member_count",
        before=before,
        after=after,
        reason=Reason.FACT_CHANGED,
        detail=detail,
        **quotes,
        **sentences,
    )


def text(after: str, level: Level = Level.TEXT) -> Change:
    return Change(EventKind.TEXT_CHANGED, level, after=after, sentence_after=after, reason=Reason.TEXT_ADDED)


def record(archive: Archive, url: str, days: int, *changes: Change) -> None:
    """Record what a check of a page found that many days after noon."""
    before = archive.add_snapshot(url, f"<p>{days}", at=NOON + timedelta(days=days))
    after = archive.add_snapshot(url, f"<p>{days} more", at=NOON + timedelta(days=days, hours=1), verdict=None)
    sides = SnapshotRef(after.id, after.taken_at), SnapshotRef(before.id, before.taken_at)
    events = tuple(Event(change, *sides, Origin.LIVE) for change in changes)
    archive.store.record(after, AnalysisOutcome(Verdict.OK, "", events=events), now=NOON)


def test_what_a_check_found_is_one_story_with_facts_first(archive: Archive, client: httpx.Client):
    archive.page(URL, "Coalition home")
    archive.page(OTHER, "Partners")
    record(archive, URL, 0, text("A new sentence."), fact(83, 85))
    record(archive, OTHER, 2, text("Something else."), text("12:01", Level.NOISE))
    shown = client.get("/").text
    assert shown.index("Wednesday, 3 March 2021") < shown.index("Something else") < shown.index("Monday, 1 March 2021")
    assert "members 83 → 85 (+2)" in shown
    assert "+1 more" in shown
    assert "12:01" not in shown.partition("<h2>Pages</h2>")[0].replace("13:00", "")
    assert "compare both pages" in shown
    assert "It has <mark>85</mark> members." in shown
    assert shown.count("<summary><span") == 2


def test_further_pages_are_shown_without_the_changes(archive: Archive, client: httpx.Client):
    record(archive, URL, 0, fact(83, 85))
    assert "Latest changes" not in client.get("/", params={"after": "0"}).text
    assert client.get("/", params={"after": "x"}).status_code == 404


def test_stories_are_limited(archive: Archive, client: httpx.Client):
    for day in range(home.STORIES + 3):
        record(archive, URL, day, fact(day, day + 1))
    assert client.get("/").text.count("<summary><span") == home.STORIES


def test_a_page_cannot_put_markup_into_a_story(archive: Archive, client: httpx.Client):
    archive.page(URL, "<script>alert(1)</script>")
    record(archive, URL, 0, text("<img src=x onerror=alert(1)>"))
    shown = client.get("/").text
    assert "<script>" not in shown
    assert "<img" not in shown
    assert "&lt;img src=x" in shown


def test_nothing_is_shown_as_broken_where_nothing_is():
    assert home.problems_of(OK) == []


def test_each_problem_is_one_sentence():
    broken = replace(
        OK,
        health={HealthStatus.OK: 1, HealthStatus.BLOCKED: 2, HealthStatus.GONE: 1},
        stale=1,
        lag_seconds=7200.0,
        unprocessed_seconds=4000.0,
        waiting=(Waiting("desk", DeliveryState.DEAD, 3, 10.0), Waiting("desk", DeliveryState.PENDING, 1, 1.0)),
    )
    problems = home.problems_of(broken)
    assert len(problems) == 6
    assert "2 pages blocked" in problems
    assert "3 messages could not be delivered" in problems
    assert any(problem.startswith("a page has been due for 2 h") for problem in problems)
