"""When pages are due: intervals keep their cadence, cron lines mean what crontab(5) says, clocks may change."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.model import Schedule
from monitor.time_windows import is_open
from monitor.time_zones import zone
from pagewitness.clock import system_clock
from pagewitness.scheduling.cron import parse_cron
from pagewitness.scheduling.next_check import (
    adapt,
    after_failure,
    interval_text,
    next_time,
    next_try,
    phase_of,
    too_far,
    usual_interval,
)

BERLIN = "Europe/Berlin"
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ZONES = [BERLIN, "UTC", "America/New_York", "Australia/Sydney", "Asia/Kathmandu", "America/Santiago"]

times = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)


def cron_times(line, start, count, timezone="UTC"):
    """The next `count` times, as the zone's clocks show them."""
    found, now = [], at(start)
    for _ in range(count):
        now = next_time(Schedule(cron=line, timezone=timezone), now)
        found.append(now.astimezone(ZoneInfo(timezone)).strftime("%a %d %b %H:%M %z"))
    return found


def test_the_clock_returns_aware_utc():
    assert system_clock().tzinfo is UTC


# --- intervals


def test_below_a_minute_the_interval_is_counted_from_now():
    now = at("2026-01-01T12:00:00.5")
    assert next_time(Schedule(every=timedelta(seconds=2)), now, phase=0.7) == now + timedelta(seconds=2)


def test_an_interval_keeps_its_phase_however_late_a_check_is():
    schedule = Schedule(every=HOUR)
    assert next_time(schedule, at("2026-01-01T12:15:03"), phase=0.25) == at("2026-01-01T13:15")
    assert next_time(schedule, at("2026-01-01T12:40:00"), phase=0.25) == at("2026-01-01T13:15")


def test_a_late_check_is_not_followed_by_another_at_once():
    schedule = Schedule(every=HOUR)
    assert next_time(schedule, at("2026-01-01T12:50"), phase=0.25) == at("2026-01-01T14:15")
    assert next_time(schedule, at("2026-01-01T12:50"), last=at("2026-01-01T12:20"), phase=0.25) == at(
        "2026-01-01T13:15"
    )


@given(
    now=times,
    every=st.timedeltas(timedelta(seconds=1), timedelta(days=366)),
    phase=st.floats(0, 1, exclude_max=True),
    ago=st.none() | st.timedeltas(timedelta(0), timedelta(days=800)),
)
def test_an_interval_is_due_after_now_and_within_bounds_of_the_last_check(now, every, phase, ago):
    last = None if ago is None else now - ago
    due = next_time(Schedule(every=every), now, last=last, phase=phase)
    assert now < due <= now + every * 1.5
    if every >= MINUTE:
        assert due - (last or now) >= every / 2
        assert next_time(Schedule(every=every), due, phase=phase) - due == every


def test_a_thousand_hourly_pages_spread_over_the_hour():
    now = at("2026-01-01T12:00")
    due = [next_time(Schedule(every=HOUR), now, phase=phase_of(f"https://example.org/{n}")) for n in range(1000)]
    by_minute = [sum((time - now) // MINUTE % 60 == minute for time in due) for minute in range(60)]
    assert max(by_minute) < 40
    assert min(by_minute) > 2


def test_a_schedule_without_interval_and_cron_line_is_refused():
    with pytest.raises(ValueError, match="needs an interval or a cron line"):
        next_time(Schedule(), at("2026-01-01"))


# --- cron


@pytest.mark.parametrize("day", ["0", "7", "sun", "SUN", "7-7"])
def test_weekday_numbers_are_cron_s_own(day):
    assert cron_times(f"0 0 * * {day}", "2026-01-01", 2) == ["Sun 04 Jan 00:00 +0000", "Sun 11 Jan 00:00 +0000"]


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("1-5", {1, 2, 3, 4, 5}),
        ("5-7", {5, 6, 0}),
        ("fri-sun", {5, 6, 0}),
        ("0-2", {0, 1, 2}),
        ("sun-tue", {0, 1, 2}),
        ("*/2", {0, 2, 4, 6}),
        ("1-6/2", {1, 3, 5}),
        ("3/2", {3, 5}),
        ("mon,wed,6", {1, 3, 6}),
        ("*", set(range(7))),
    ],
)
def test_weekdays_take_ranges_steps_lists_and_names(field, days):
    assert set(parse_cron(f"0 0 * * {field}").weekdays) == days


def test_months_go_by_name_and_number():
    assert parse_cron("0 0 1 jan,Mar-may,12 *").months == (1, 3, 4, 5, 12)


def test_the_29th_of_february_waits_for_a_leap_year():
    assert next_time(Schedule(cron="0 12 29 2 *"), at("2025-01-01")) == at("2028-02-29T12:00")
    assert next_time(Schedule(cron="0 12 29 2 *"), at("2096-03-01")) == at("2104-02-29T12:00")


def test_where_both_kinds_of_day_are_named_either_is_enough():
    expected = ["Mon 01 Jun 06:00 +0000", "Mon 08 Jun 06:00 +0000", "Mon 15 Jun 06:00 +0000", "Tue 16 Jun 06:00 +0000"]
    assert cron_times("0 6 1,16 * 1", "2026-05-31T12:00", 4) == expected


def test_a_field_that_starts_with_a_star_does_not_count_as_naming_days():
    assert cron_times("0 6 */2 * 1", "2026-05-31T12:00", 2) == ["Mon 01 Jun 06:00 +0000", "Mon 15 Jun 06:00 +0000"]


def test_a_time_skipped_in_spring_runs_once_an_hour_later():
    expected = ["Sat 28 Mar 02:30 +0100", "Sun 29 Mar 03:30 +0200", "Mon 30 Mar 02:30 +0200"]
    assert cron_times("30 2 * * *", "2026-03-28T00:00", 3, BERLIN) == expected
    assert cron_times("30 2 * * *", "2026-03-29T01:10", 1, BERLIN) == ["Sun 29 Mar 03:30 +0200"]


def test_a_named_hour_that_repeats_in_autumn_runs_once():
    expected = ["Sun 25 Oct 02:30 +0200", "Mon 26 Oct 02:30 +0100"]
    assert cron_times("30 2 * * *", "2026-10-24T12:00", 2, BERLIN) == expected
    assert cron_times("30 2 * * *", "2026-10-25T01:10", 1, BERLIN) == ["Mon 26 Oct 02:30 +0100"]


def test_every_quarter_of_an_hour_goes_on_through_both_changes_of_clocks():
    for start in ("2026-03-29T00:00", "2026-10-25T00:00"):
        now = at(start)
        for _ in range(16):
            due = next_time(Schedule(cron="*/15 * * * *", timezone=BERLIN), now)
            assert due - now == 15 * MINUTE
            now = due


def test_no_day_is_lost_just_after_a_change_of_clocks():
    assert cron_times("30 0 * * 1", "2026-03-28T12:00", 1, BERLIN) == ["Mon 30 Mar 00:30 +0200"]


fields = st.tuples(
    st.sampled_from(["*", "0", "30", "*/15", "5-50/20", "59", "0,1,2"]),
    st.sampled_from(["*", "2", "0", "3", "1-3", "*/2", "23", "2,14"]),
    st.sampled_from(["*", "1", "29", "*/2", "10-31"]),
    st.sampled_from(["*", "3", "mar,apr,oct,nov", "*/3"]),
    st.sampled_from(["*", "0", "7", "1-5", "sun", "5-7", "*/2"]),
)
around_changes = st.sampled_from(
    [
        "2026-03-29T01:00",
        "2026-10-25T01:00",
        "2026-03-08T07:00",
        "2026-11-01T06:00",
        "2026-04-04T16:00",
        "2026-10-03T16:00",
        "2028-02-28T22:00",
    ]
)


@given(fields=fields, around=around_changes, minutes=st.integers(-300, 300), timezone=st.sampled_from(ZONES))
@example(fields=("30", "2", "*", "*", "*"), around="2026-03-29T01:00", minutes=20, timezone=BERLIN)
@example(fields=("*/15", "*", "*", "*", "*"), around="2026-10-25T01:00", minutes=-15, timezone=BERLIN)
def test_cron_agrees_with_a_walk_over_every_minute(fields, around, minutes, timezone):
    now = at(around) + minutes * MINUTE
    due = next_time(Schedule(cron=" ".join(fields), timezone=timezone), now)
    walked = walk(" ".join(fields), ZoneInfo(timezone), now, days=2)
    assert due > now
    assert walked == due if walked else due > now + 2 * DAY


def walk(text, here, now, days):
    """The first minute after `now` that matches, found without any calendar arithmetic; None within so many days."""
    line = parse_cron(text)
    minute = now.replace(second=0, microsecond=0) + MINUTE
    while minute <= now + days * DAY:
        if any(matches(line, wall) for wall in clock_faces(line, here, minute)):
            return minute
        minute += MINUTE
    return None


def clock_faces(line, here, minute):
    """What clocks show at a minute: the new time, and in the first hour after a spring change the skipped time as well."""
    local = minute.astimezone(here)
    if local.fold == 0 or len(line.hours) == 24:
        yield local.replace(tzinfo=None)
    old = (minute + (minute - HOUR).astimezone(here).utcoffset()).replace(tzinfo=None)
    if old.replace(tzinfo=here).astimezone(UTC).astimezone(here).replace(tzinfo=None) != old:
        yield old


def matches(line, wall):
    day, weekday = wall.day in line.days, wall.isoweekday() % 7 in line.weekdays
    right_day = (day or weekday) if line.either_day else (day and weekday)
    return right_day and wall.minute in line.minutes and wall.hour in line.hours and wall.month in line.months


@given(now=times, fields=fields, timezone=st.sampled_from(ZONES))
def test_cron_is_always_due_after_now_on_an_existing_day(now, fields, timezone):
    due = next_time(Schedule(cron=" ".join(fields), timezone=timezone), now)
    assert due > now
    assert due.day <= calendar.monthrange(due.year, due.month)[1]
    assert due.second == due.microsecond == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("* * * *", "has 4 fields"),
        ("60 * * * *", "field minute"),
        ("* 24 * * *", "field hour"),
        ("* * 0 * *", "field day of month"),
        ("* * 1st * *", "field day of month"),
        ("* * * 13 *", "field month"),
        ("* * * janx *", "field month"),
        ("* * * * 8", "field day of week"),
        ("* * * * 5-1", "rising ranges"),
        ("*/0 * * * *", "field minute"),
        ("*-5 * * * *", "field minute"),
        (",1 * * * *", "field minute"),
        ("1_0 * * * *", "field minute"),
        ("0 0 30 2 *", "none of its months has"),
        ("0 0 31 4,6 1", "none of its months has"),
    ],
)
def test_a_wrong_cron_line_is_refused_with_the_field_named(line, message):
    with pytest.raises(ValueError, match=message):
        parse_cron(line)


@pytest.mark.parametrize("name", ["Europe/Berlyn", "", "../etc/passwd", "Europe", "/etc/localtime"])
def test_an_unknown_time_zone_is_refused(name):
    with pytest.raises(ValueError, match="IANA name"):
        zone(name)


# --- windows, chance and intervals that adapt

OFFICE = Schedule(every=HOUR, windows=("mon-fri 08:00-18:00",), timezone=BERLIN)
schedules = st.builds(
    Schedule,
    every=st.sampled_from([timedelta(seconds=5), MINUTE, 20 * MINUTE, HOUR, 6 * HOUR, DAY, 9 * DAY]),
    timezone=st.sampled_from(ZONES),
    jitter=st.sampled_from([timedelta(0), 10 * MINUTE, DAY]),
    windows=st.sampled_from(
        [(), ("mon-fri 08:00-18:00",), ("22:00-02:00",), ("sun 02:00-03:00", "sat"), ("12:00-12:01",)]
    ),
)


@given(now=times, schedule=schedules, phase=st.floats(0, 1, exclude_max=True), chance=st.floats(0, 1, exclude_max=True))
def test_a_check_is_within_a_window_whatever_the_jitter(now, schedule, phase, chance):
    due = next_time(schedule, now, phase=phase, chance=chance)
    assert due > now
    assert is_open(schedule.windows, ZoneInfo(schedule.timezone), due)


def test_outside_its_windows_a_page_waits_for_its_own_place_in_the_next_one():
    friday_evening = at("2026-11-20T17:30")
    assert next_time(OFFICE, friday_evening, phase=0.25) == at("2026-11-23T07:15")
    daily = Schedule(every=DAY, windows=("09:00-10:00",))
    assert next_time(daily, friday_evening, phase=0.5) == at("2026-11-21T09:30")
    assert next_time(daily, at("2026-11-21T09:30"), phase=0.5) == at("2026-11-22T09:30")


def test_when_a_window_opens_pages_are_spread():
    due = [next_time(OFFICE, at("2026-11-21T12:00"), phase=phase_of(f"https://example.org/{n}")) for n in range(200)]
    assert min(due) >= at("2026-11-23T07:00")
    assert max(sum((time - at("2026-11-23T07:00")) // MINUTE == minute for time in due) for minute in range(60)) < 15


def test_windows_follow_the_clocks_of_their_zone_over_the_change():
    steady = Schedule(every=HOUR, windows=("08:00-18:00",), timezone=BERLIN)
    assert next_time(steady, at("2026-03-28T18:00")) == at("2026-03-29T06:00")
    assert next_time(steady, at("2026-10-24T18:00")) == at("2026-10-25T07:00")


def test_a_check_is_delayed_by_at_most_the_jitter_and_the_next_one_keeps_the_phase():
    schedule = Schedule(every=HOUR, jitter=10 * MINUTE)
    late = next_time(schedule, at("2026-01-01T11:20"), phase=0.25, chance=0.9)
    assert at("2026-01-01T12:15") < late <= at("2026-01-01T12:15") + 9 * MINUTE
    assert next_time(schedule, late, phase=0.25, chance=0.0) == at("2026-01-01T13:15")
    assert next_time(Schedule(cron="0 6 * * *", jitter=10 * MINUTE), at("2026-01-01"), chance=0.5) == at(
        "2026-01-01T06:05"
    )
    assert next_time(Schedule(every=30 * SECOND, jitter=10 * MINUTE), at("2026-01-01"), chance=0.5) == at(
        "2026-01-01T00:00:30"
    )


def test_an_interval_follows_how_often_a_page_changes():
    bounds = (HOUR, DAY)
    interval, reason = adapt(6 * HOUR, True, bounds)
    assert interval == 3 * HOUR
    assert reason == "it changed at the last check, so it is checked every 3 h (between 1 h and 1 d)"
    interval, reason = adapt(interval, False, bounds)
    assert interval == timedelta(hours=4.5)
    assert reason == "it had not changed at the last check, so it is checked every 4 h 30 min (between 1 h and 1 d)"
    assert adapt(HOUR, True, bounds)[0] == HOUR
    assert adapt(DAY, False, bounds)[0] == DAY


@given(st.lists(st.booleans(), max_size=30), st.timedeltas(timedelta(seconds=1), 400 * DAY))
def test_an_interval_never_leaves_its_bounds(changes, interval):
    for changed in changes:
        interval, _ = adapt(interval, changed, (HOUR, DAY))
        assert HOUR <= interval <= DAY


@pytest.mark.parametrize(
    ("every", "waits"),
    [
        (6 * HOUR, [10, 20, 40, 80, 160, 320, 360, 360]),
        (10 * MINUTE, [10, 10, 10]),
        (2 * MINUTE, [2, 4, 8, 16, 32, 60, 60]),
    ],
)
def test_a_page_that_fails_is_tried_again_soon_and_then_ever_later(every, waits):
    schedule = Schedule(every=every)
    assert [after_failure(schedule, failures) for failures in range(1, len(waits) + 1)] == [n * MINUTE for n in waits]
    assert after_failure(schedule, 10_000) == waits[-1] * MINUTE
    assert after_failure(schedule, 1, 0.5) == waits[0] * MINUTE * 0.95


def test_a_cron_line_is_tried_again_within_its_usual_gap():
    workdays = Schedule(cron="0 6 * * 1-5", timezone=BERLIN)
    assert usual_interval(workdays) == DAY
    assert after_failure(workdays, 1) == 10 * MINUTE
    assert after_failure(workdays, 99) == DAY
    assert next_try(Schedule(cron="*/15 * * * *"), at("2026-01-01T12:10"), 1) == at("2026-01-01T12:15")


def test_another_try_keeps_to_the_windows():
    assert next_try(OFFICE, berlin("2026-11-20T17:55"), 1, phase=0.5) == berlin("2026-11-23T08:00")


def test_after_a_long_sleep_a_page_is_due_once():
    for schedule in (Schedule(every=HOUR), Schedule(every=5 * SECOND), Schedule(cron="*/5 * * * *"), OFFICE):
        woken = at("2026-11-25T12:00:01")
        assert next_time(schedule, woken, last=at("2026-01-01"), phase=0.3) > woken


@pytest.mark.parametrize(
    "schedule", [Schedule(every=HOUR), Schedule(cron="0 * * * *"), OFFICE, Schedule(every=5 * SECOND)]
)
def test_a_page_left_in_the_future_by_a_clock_that_was_set_back_is_detected(schedule):
    now = at("2026-11-25T12:00")
    assert too_far(schedule, now + 300 * DAY, now)
    assert not too_far(schedule, next_time(schedule, now, phase=0.9), now)
    assert not too_far(schedule, next_try(schedule, now, 50), now)


@given(
    now=times,
    schedule=schedules,
    phase=st.floats(0, 1, exclude_max=True),
    chance=st.floats(0, 1, exclude_max=True),
    failures=st.integers(1, 40),
)
def test_a_planned_time_is_never_mistaken_for_a_clock_that_was_set_back(now, schedule, phase, chance, failures):
    assert not too_far(schedule, next_time(schedule, now, phase=phase, chance=chance), now)
    assert not too_far(schedule, next_try(schedule, now, failures, phase=phase, chance=chance), now)


def test_durations_are_formatted_for_people():
    assert [
        interval_text(length) for length in (45 * SECOND, 90 * MINUTE, DAY, 9 * DAY + HOUR, timedelta(seconds=0.5))
    ] == [
        "45 s",
        "1 h 30 min",
        "1 d",
        "9 d 1 h",
        "0.5 s",
    ]
