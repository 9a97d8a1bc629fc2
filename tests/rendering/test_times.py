from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitor.times import iso_utc
from rendering.times import counted, day, duration, minute

MOMENT = datetime(2022, 5, 2, 1, 30, tzinfo=timezone(timedelta(hours=2)))


def test_times_are_utc_and_read_back_to_the_same_moment():
    assert iso_utc(MOMENT) == "2022-05-01T23:30:00.000000Z"
    assert datetime.fromisoformat(iso_utc(MOMENT)) == MOMENT
    assert datetime.fromisoformat(iso_utc(MOMENT)).tzinfo == UTC


def test_a_day_and_a_minute_are_those_of_utc():
    assert (day(MOMENT), minute(MOMENT)) == ("1 May 2022", "1 May 2022 23:30 UTC")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (12 * 86_400 + 18_000, "12 days"),
        (3_600, "1 hour"),
        (59 * 60, "59 minutes"),
        (1, "1 second"),
        (0, "0 seconds"),
        (-5, "0 seconds"),
    ],
)
def test_a_duration_has_its_largest_whole_unit(seconds, text):
    assert duration(seconds) == text


def test_a_number_agrees_with_its_noun():
    assert [counted(number, "check") for number in (0, 1, 1200)] == ["0 checks", "1 check", "1,200 checks"]
