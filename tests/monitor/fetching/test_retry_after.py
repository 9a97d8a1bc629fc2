"""What a response that asks to be left alone comes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetching.retry_after import LONGEST, SHORTEST, backoff_for, requested_backoff, retry_after
from monitor.model import Exchange

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def answer(status=503, **fields):
    headers = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    return Exchange("https://example.org/", (), NOW, 5, status=status, response_headers=headers)


def seconds(exchange, failures=1):
    wait = backoff_for(exchange, failures)
    return None if wait is None else wait.total_seconds()


@pytest.mark.parametrize("status", [200, 304, 301, 403, 404, 500, 502, None])
def test_other_responses_request_no_backoff(status):
    assert backoff_for(answer(status, Retry_After="60"), 1) is None


@pytest.mark.parametrize("status", [429, 503])
def test_without_retry_after_the_wait_doubles_with_each_failure_up_to_an_hour(status):
    assert [seconds(answer(status), failures) for failures in (1, 2, 3, 9, 10, 99)] == [10, 20, 40, 2560, 3600, 3600]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120),
        ("0", 10),
        ("  90 ", 90),
        ("86401", 86_400),
        ("999999999", 86_400),
        ("1.5", 10),
        ("-5", 10),
        ("soon", 10),
        ("9" * 10, 86_400),
        ("9" * 5_000, 86_400),
        ("0" * 5_000 + "60", 60),
        ("١٢٣", 10),
    ],
)
def test_seconds_are_obeyed_within_ten_seconds_and_a_day(value, expected):
    assert seconds(answer(Retry_After=value)) == expected


def test_a_date_is_compared_with_the_servers_own_clock():
    date = "Sun, 01 Mar 2026 12:05:00 GMT"
    assert seconds(answer(Retry_After=date)) == 300
    assert seconds(answer(Retry_After=date, Date="Sun, 01 Mar 2026 12:04:00 GMT")) == 60
    assert seconds(answer(Retry_After="Sun, 01 Mar 2020 12:05:00 GMT")) == 10
    assert seconds(answer(Retry_After="Sun, 01 Mar 2099 12:05:00 GMT")) == 86_400


@pytest.mark.parametrize(
    "date",
    [
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Sat, 01 Jan 0001 00:00:00 +2359",
        "Sat, 01 Jan 0000 00:00:00 GMT",
        "Sat, 01 Jan 99999 00:00:00 GMT",
        "Thu, 32 Foo 2026 25:61:61 GMT",
        "Sun, 01 Mar 2026 12:05:00 +9999999999",
        "," * 60_000,
    ],
)
def test_a_date_that_is_none_or_far_away_is_bounded(date):
    today = "Sun, 01 Mar 2026 12:00:00 GMT"
    for exchange in (answer(Retry_After=date), answer(Retry_After=today, Date=date)):
        assert SHORTEST <= backoff_for(exchange, 1) <= LONGEST


def test_a_request_for_backoff_is_shown_in_one_line_of_bounded_length():
    said = requested_backoff(answer(429, Retry_After="1\x9b2J\r\nX" + "9" * 10_000))
    assert said.isprintable()
    assert said.startswith("https://example.org/ answered 429, Retry-After: 1 2J  X999")
    assert len(said) < 200


@given(st.text(max_size=40))
def test_the_wait_is_bounded_for_any_field_value(value):
    exchange = answer(Retry_After=value)
    assert retry_after(exchange) is None or retry_after(exchange) >= timedelta(0)
    assert SHORTEST <= backoff_for(exchange, 1) <= LONGEST
