from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.backoff import retry_in


def test_tries_begin_ten_seconds_apart_and_double_to_an_hour():
    waits = [retry_in(attempts).total_seconds() for attempts in range(1, 13)]
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]


def test_a_longer_pause_that_was_asked_for_is_kept_and_a_shorter_one_is_not():
    assert retry_in(1, 120.0) == timedelta(seconds=120)
    assert retry_in(3, 1.0) == timedelta(seconds=40)


@given(st.integers(0, 10**9), st.none() | st.floats(0, allow_nan=False))
def test_no_number_of_tries_and_no_wish_puts_a_delivery_off_for_more_than_a_day(attempts, asked):
    assert timedelta(seconds=10) <= retry_in(attempts, asked) <= timedelta(days=1)
