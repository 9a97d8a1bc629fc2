"""Links from messages and feeds to the web interface."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from monitor.model import Change, Event, EventKind, Level, Origin, SnapshotRef
from rendering.links import Links

URL = "https://pact.example/members?page=2&x=ä"
FIRST, SECOND = datetime(2022, 5, 1, 18, tzinfo=UTC), datetime(2022, 5, 2, 6, 0, 1, tzinfo=UTC)
CHANGE = Change(EventKind.TEXT_CHANGED, Level.TEXT, None)
EVENT = Event(CHANGE, SnapshotRef(2, SECOND), SnapshotRef(1, FIRST), Origin.LIVE)


def test_a_comparison_names_both_snapshots_and_escapes_the_url():
    expected = (
        "https://watch.example/compare?url=https%3A%2F%2Fpact.example%2Fmembers%3Fpage%3D2%26x%3D%C3%A4"
        "&from=20220501180000&to=20220502060001"
    )
    assert Links("https://watch.example/").comparison(EVENT, URL) == expected
    # With a separate origin for replay, comparisons are where the screens are.
    assert Links("https://replay.example", "https://watch.example").comparison(EVENT, URL) == expected


def test_snapshots_in_the_same_second_have_fractions():
    event = replace(EVENT, before=SnapshotRef(1, SECOND.replace(microsecond=5)))
    link = Links("https://watch.example").comparison(event, URL)
    assert link is not None
    assert link.endswith("&from=20220502060001000005&to=20220502060001000000")


def test_without_two_snapshots_a_page_or_a_web_interface_there_is_no_comparison():
    links = Links("https://watch.example")
    assert links.comparison(replace(EVENT, before=None), URL) is None
    assert links.comparison(replace(EVENT, before=EVENT.snapshot), URL) is None
    assert links.comparison(replace(EVENT, snapshot=SnapshotRef(0, SECOND)), URL) is None
    assert links.comparison(replace(EVENT, change=replace(CHANGE, level=Level.HEALTH)), URL) is None
    assert links.comparison(EVENT, None) is None
    assert Links(None).comparison(EVENT, URL) is None
