"""The texts about one event that mails, chat messages and feeds share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model import EventKind, Level, SnapshotRef
from rendering.event_text import ADVICE, heading, headline, interval_sentence, page_name, side_before, side_now
from rendering.links import Links
from tests.alerts.examples import CHANGE, LAST_SEEN, SEEN, URL, event

LINKS = Links("https://watch.example.org")


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_of_event_has_a_heading_in_words(kind: EventKind):
    assert heading(kind)[0].isupper()
    assert "_" not in heading(kind)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (None, "member_count 83 → 85 (+2)"),
        ("members", "members 83 → 85 (+2)"),
        ("États\nmembres", "États membres 83 → 85 (+2)"),
        ("", "member_count 83 → 85 (+2)"),
    ],
)
def test_a_headline_names_the_unit_in_place_of_the_fact(unit: str | None, expected: str):
    assert headline(replace(CHANGE, detail={"unit": unit})) == expected


@pytest.mark.parametrize(
    ("label", "title", "url", "expected"),
    [
        ("Partners", "Our partners", URL, "Partners"),
        ("", "Nos partenaires", URL, "Nos partenaires"),
        ("", "", URL, "coalition.example/en/partners"),
        ("", "", None, ""),
        ("", "coalition.example", URL, "coalition.example/en/partners"),
        ("", "\u200d\u2800", "https://coalition.example", "Home page of coalition.example"),
        ("\n", "Nos partenaires", URL, "Nos partenaires"),
        ("a\u202eb\n c", "", URL, "a\\u202eb c"),
    ],
)
def test_a_page_is_named_by_label_title_or_address(label: str, title: str, url: str | None, expected: str):
    assert page_name(label, title, url) == expected


def test_both_sides_have_their_time_statement_and_replay():
    now, before = side_now(event().event, URL, LINKS), side_before(event().event, URL, LINKS, "Europe/Berlin")
    assert (now.title, now.seen, now.time) == ("Now", "seen", f"{SEEN:%Y-%m-%d %H:%M:%S} UTC")
    assert now.link == f"https://watch.example.org/replay/20220502060001/{URL}"
    assert before is not None
    assert before.time.startswith("2022-05-01 20:00:00 Europe/Berlin")
    assert before.link == f"https://watch.example.org/replay/20220501180000/{URL}"
    assert [statement.passage.mark for statement in (*before.statements, *now.statements)] == ["83", "85"]


def test_an_event_that_no_check_shows_was_found():
    stale = replace(event().event, snapshot=SnapshotRef(0, SEEN), before=None)
    assert (side_now(stale, URL, LINKS).title, side_now(stale, URL, LINKS).link) == ("Found", None)
    assert side_before(stale, URL, LINKS) is None


def test_health_is_dated_by_good_checks():
    gone = replace(event().event, change=replace(CHANGE, kind=EventKind.PAGE_GONE, level=Level.HEALTH))
    assert side_now(gone, URL, LINKS).seen == "first seen so"
    before = side_before(gone, URL, LINKS)
    assert before is not None
    assert before.seen == "last good check"
    assert "Checks continue" in ADVICE[EventKind.PAGE_GONE]


def test_an_interval_is_a_sentence():
    between = {"from": LAST_SEEN.isoformat(), "to": SEEN.isoformat(), "missed": {}}
    assert interval_sentence(replace(CHANGE, detail={"between": between})) == (
        "Changed between 1 May 2022 18:00 and 2 May 2022 06:00 UTC."
    )
    assert interval_sentence(CHANGE) is None
