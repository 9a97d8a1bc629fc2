"""Interval claims, as people read them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model import EventKind, Level
from rendering.links import Links
from rendering.time_interval import time_interval
from tests.alerts.examples import CHANGE, RULE, changed, render_email, render_webhook


def between(begin: str, end: str, missed: dict[str, int] | None = None) -> dict:
    interval = {"from": f"2021-03-01T{begin}Z", "to": end if "T" in end else f"2021-03-01T{end}Z"}
    return {"between": interval if missed is None else {**interval, "missed": missed}}


@pytest.mark.parametrize(
    ("detail", "says"),
    [
        ({}, None),
        (between("09:00:00", "15:30:00", {}), "changed between 1 March 2021 09:00 and 15:30 UTC"),
        (between("09:00:00", "15:30:00"), "changed between 1 March 2021 09:00 and 15:30 UTC"),
        (
            between("09:00:00", "2021-03-02T03:00:00Z"),
            "changed between 1 March 2021 09:00 and 2 March 2021 03:00 UTC",
        ),
        (between("09:00:05", "09:00:15"), "changed between 1 March 2021 09:00:05 and 09:00:15 UTC"),
        (
            between("09:00:00", "15:30:00", {"blocked": 2}),
            "changed between 1 March 2021 09:00 and 15:30 UTC; 2 checks in between were blocked",
        ),
        (
            between("09:00:00", "15:30:00", {"failed": 1, "consent_wall": 3, "soft_error": 1}),
            "changed between 1 March 2021 09:00 and 15:30 UTC; 3 checks in between met a request for consent, 1 failed, 1 met an error page",
        ),
        (
            between("09:00:00", "15:30:00", {"partial": 1}),
            "changed between 1 March 2021 09:00 and 15:30 UTC; 1 check in between was cut short",
        ),
    ],
)
def test_a_statement_names_the_interval_and_the_inconclusive_checks(detail, says):
    assert time_interval(replace(CHANGE, detail=detail)) == says


def test_what_is_no_change_of_a_value_happened():
    lost = replace(CHANGE, kind=EventKind.FACT_LOST, detail=between("09:00:00", "15:30:00"))
    assert time_interval(lost) == "happened between 1 March 2021 09:00 and 15:30 UTC"


def test_mail_says_it_in_a_sentence_and_a_webhook_in_numbers():
    recorded = changed(detail=between("09:00:00", "15:30:00", {"blocked": 2}))
    sentence = "Changed between 1 March 2021 09:00 and 15:30 UTC; 2 checks in between were blocked."
    mail = render_email(recorded, RULE, Links(None))
    assert sentence in mail["text"].splitlines()
    assert sentence in mail["html"]
    body = render_webhook(recorded, RULE, "msg_1", Links(None))["body"]
    assert '"between": {"from": "2021-03-01T09:00:00Z", "to": "2021-03-01T15:30:00Z", "missed": {"blocked": 2}}' in body


def test_a_moved_page_is_reported_with_both_addresses():
    recorded = changed(
        kind=EventKind.PAGE_MOVED,
        level=Level.HEALTH,
        stored_text="moved",
        before="https://old.example/",
        after="https://new.example/",
    )
    lines = render_email(recorded, RULE, Links(None))["text"].splitlines()
    assert "  https://new.example/" in lines
    assert "  https://old.example/" in lines
    assert "Now, first seen so 2022-05-02 06:00:01 UTC" in lines
    assert "Before, last good check 2022-05-01 18:00:00 UTC" in lines


def test_an_event_that_no_check_showed_is_detected_and_links_to_the_last_ok_check_alone():
    recorded = changed(kind=EventKind.PAGE_STALE, level=Level.HEALTH, stored_text="no good look", sentence_after=None)
    recorded = replace(recorded, event=replace(recorded.event, snapshot=replace(recorded.event.snapshot, id=0)))
    links = Links("https://watch.example")
    assert links.after(recorded.event, recorded.page_url) is None
    text = render_email(recorded, RULE, links)["text"]
    assert "Found 2022-05-02 06:00:01 UTC" in text.splitlines()
    assert text.count("/replay/") == 1
    assert "you will be notified when checks succeed again" in text
