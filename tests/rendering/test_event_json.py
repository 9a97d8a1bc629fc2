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


def test_an_event_has_the_time_and_statement_of_each_side():
    rendered = event_json(event().event, URL)
    assert rendered["at"] == "2022-05-02T06:00:01.000250Z"
    assert rendered["from_at"] == "2022-05-01T18:00:00.000000Z"
    assert (rendered["url"], rendered["kind"], rendered["level"], rendered["origin"]) == (
        URL,
        "fact_changed",
        "fact",
        "live",
    )
    assert (rendered["before"], rendered["after"]) == (83, 85)


def test_lists_become_arrays_and_events_of_no_page_have_no_url():
    assert json.loads(json.dumps(event_json(changed(after=(87, 86)).event, URL)))["after"] == [87, 86]
    assert event_json(event().event, None)["url"] is None


def test_times_are_utc_and_read_back_to_the_same_moment():
    berlin = timezone(timedelta(hours=2))
    moment = datetime(2022, 5, 2, 8, tzinfo=berlin)
    assert iso_utc(moment) == "2022-05-02T06:00:00.000000Z"
    assert datetime.fromisoformat(iso_utc(SEEN)) == SEEN
    assert datetime.fromisoformat(iso_utc(moment)).tzinfo == UTC
