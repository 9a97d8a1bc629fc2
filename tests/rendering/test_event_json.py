from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from monitor.times import iso_utc
from rendering.event_json import event_json
from tests.alerts.examples import SEEN, URL, changed, event


def test_the_keys_and_their_order_are_those_promised():
    assert (
        list(event_json(event().event, URL))
        == (
            "at from_at url kind level fact before after quote_before quote_after sentence_before sentence_after summary origin reason"
        ).split()
    )


def test_an_event_says_when_each_side_was_seen_and_what_each_said():
    told = event_json(event().event, URL)
    assert told["at"] == "2022-05-02T06:00:01.000250Z"
    assert told["from_at"] == "2022-05-01T18:00:00.000000Z"
    assert (told["url"], told["kind"], told["level"], told["origin"]) == (URL, "fact_changed", "fact", "live")
    assert (told["before"], told["after"]) == (83, 85)


def test_lists_become_arrays_and_events_of_no_page_have_no_url():
    assert json.loads(json.dumps(event_json(changed(after=(87, 86)).event, URL)))["after"] == [87, 86]
    assert event_json(event().event, None)["url"] is None


def test_times_are_utc_and_read_back_to_the_same_moment():
    berlin = timezone(timedelta(hours=2))
    moment = datetime(2022, 5, 2, 8, tzinfo=berlin)
    assert iso_utc(moment) == "2022-05-02T06:00:00.000000Z"
    assert datetime.fromisoformat(iso_utc(SEEN)) == SEEN
    assert datetime.fromisoformat(iso_utc(moment)).tzinfo == UTC
