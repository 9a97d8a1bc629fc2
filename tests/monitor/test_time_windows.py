"""Time windows mean what the clocks of their time zone show, through both changes of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.time_windows import cover_the_week, is_open, next_open, open_for, parse_window

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ZONES = [BERLIN, ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def berlin(text, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri 08:00-18:00", {0, 1, 2, 3, 4}),
        ("sat,sun 08:00-18:00", {5, 6}),
        ("fri-mon 08:00-18:00", {4, 5, 6, 0}),
        ("mon,wed-thu 08:00 - 18:00", {0, 2, 3}),
        ("MON 08:00-18:00", {0}),
        ("08:00-18:00", set(range(7))),
    ],
)
def test_days_are_lists_and_ranges(text, days):
    window = parse_window(text)
    assert (window.days, window.start, window.length) == (days, 480, 600)


@pytest.mark.parametrize(
    "text", ["", "8-18", "mon-fri 8:00-18:00", "mon 24:00-02:00", "day", "mon-", "25:00-26:00", "mon 10:00"]
)
def test_what_is_no_window_is_refused(text):
    with pytest.raises(ValueError, match="found"):
        parse_window(text)


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins():
    friday_night = ["fri 22:00-02:00"]
    assert is_open(friday_night, BERLIN, berlin("2026-11-20T22:00"))
    assert is_open(friday_night, BERLIN, berlin("2026-11-21T01:59"))
    assert not is_open(friday_night, BERLIN, berlin("2026-11-21T02:00"))
    assert not is_open(friday_night, BERLIN, berlin("2026-11-20T01:00"))
    assert next_open(friday_night, BERLIN, berlin("2026-11-21T02:00")) == berlin("2026-11-27T22:00")


def test_whole_days_and_no_windows_at_all():
    assert is_open([], BERLIN, at("2026-01-01"))
    assert next_open(["sat,sun"], BERLIN, berlin("2026-11-20T12:00")) == berlin("2026-11-21T00:00")
    assert is_open(["sun"], BERLIN, berlin("2026-11-22T23:59"))
    assert not is_open(["sun"], BERLIN, berlin("2026-11-23T00:00"))


def test_the_same_hours_are_an_hour_earlier_in_utc_in_summer():
    office = ["mon-fri 08:00-18:00"]
    assert next_open(office, BERLIN, at("2026-03-27T18:00")) == at("2026-03-30T06:00")
    assert next_open(office, BERLIN, at("2026-10-23T18:00")) == at("2026-10-26T07:00")


def test_a_window_in_the_skipped_hour_opens_where_the_gap_ends_or_not_at_all():
    assert next_open(["02:30-04:00"], BERLIN, berlin("2026-03-29T00:00")) == berlin("2026-03-29T03:00")
    assert next_open(["02:10-02:50"], BERLIN, berlin("2026-03-29T00:00")) == berlin("2026-03-30T02:10")


def test_a_window_in_the_repeated_hour_opens_twice():
    first = next_open(["02:10-02:50"], BERLIN, berlin("2026-10-25T00:00"))
    assert first == berlin("2026-10-25T02:10")
    assert next_open(["02:10-02:50"], BERLIN, first + 40 * MINUTE) == berlin("2026-10-25T02:10", fold=1)


def test_how_long_it_stays_open():
    assert open_for(["08:00-18:00"], BERLIN, berlin("2026-06-01T17:50:30"), HOUR) == timedelta(minutes=9, seconds=30)
    assert open_for(["08:00-18:00"], BERLIN, berlin("2026-06-01T12:00"), HOUR) == HOUR
    assert open_for(["08:00-18:00"], BERLIN, berlin("2026-06-01T19:00"), HOUR) == timedelta(0)
    assert open_for([], BERLIN, berlin("2026-06-01T19:00"), HOUR) == HOUR


windows = st.lists(
    st.sampled_from(
        ["mon-fri 08:00-18:00", "22:00-02:30", "02:10-02:50", "sat,sun", "sun 01:00-03:30", "wed 00:00-24:00"]
    ),
    min_size=1,
    max_size=3,
)
around = st.sampled_from(
    ["2026-03-29T01:00", "2026-10-25T01:00", "2026-03-08T07:00", "2026-11-01T06:00", "2026-04-04T15:00"]
)


@given(windows=windows, near=around, minutes=st.integers(-2000, 600), here=st.sampled_from(ZONES))
@example(windows=["02:10-02:50"], near="2026-10-25T01:00", minutes=-40, here=BERLIN)
@example(windows=["22:00-02:30"], near="2026-10-25T01:00", minutes=-1, here=BERLIN)
def test_the_next_opening_agrees_with_a_walk_over_every_minute(windows, near, minutes, here):
    now = at(near) + minutes * MINUTE
    found = next_open(windows, here, now)
    walked = now
    while not is_open(windows, here, walked) and walked < found:
        walked += MINUTE
    assert found == walked
    assert is_open(windows, here, found)


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        (["mon-sun"], True),
        (["00:00-24:00"], True),
        (["mon-fri", "sat,sun"], True),
        (["22:00-10:00", "10:00-22:00"], True),
        (["mon 01:00-24:00", "tue-sun", "sun 23:00-01:00"], True),
        (["mon 01:00-24:00", "tue-sun"], False),
        (["22:00-07:00", "sat,sun"], False),
        (["mon-sun 00:00-23:59"], False),
        ([], False),
    ],
)
def test_windows_may_cover_the_whole_week(windows, expected):
    assert cover_the_week(windows) is expected


@given(
    st.lists(
        st.sampled_from(["mon-wed", "thu 00:00-24:00", "fri 22:00-20:00", "sat,sun", "sat 12:00-06:00", "20:00-23:00"])
    )
)
def test_the_week_is_covered_where_no_minute_of_it_is_open(windows):
    monday = at("2026-11-30")
    every = all(is_open(windows, ZoneInfo("UTC"), monday + number * 10 * MINUTE) for number in range(7 * 24 * 6))
    assert cover_the_week(windows) is bool(windows and every)
