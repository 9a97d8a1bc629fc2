"""Digests, quiet hours, rate limits and pauses: when a message is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery_policy import DEFAULT_POLICY, DeliveryPolicy, Digest, parse_digest
from alerts.holding import hold_of_channel, hold_of_story
from alerts.model import Hold
from tests.alerts.examples import RULE

BERLIN = "Europe/Berlin"
NOON = datetime(2026, 3, 27, 12, tzinfo=UTC)  # a Friday
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
digests = st.sampled_from(
    [
        "10m",
        "1h",
        "7h",
        "1d",
        "daily 08:00",
        "daily 02:30 Europe/Berlin",
        "weekly mon 00:00",
        "weekly sun 23:59 Asia/Kolkata",
    ]
)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("1h", "UTC", "2026-03-27T13:00"),
        ("daily 08:00", "UTC", "2026-03-28T08:00"),
        ("daily 08:00", BERLIN, "2026-03-28T07:00"),
        ("daily 14:00 Europe/Berlin", "UTC", "2026-03-27T13:00"),
        ("weekly Mon 08:00", BERLIN, "2026-03-30T06:00"),  # summer time begins on the 29th
        ("weekly fri 12:00", "UTC", "2026-04-03T12:00"),  # not the present moment, which is over
        ("weekly fri 12:01", "UTC", "2026-03-27T12:01"),
    ],
)
def test_a_digest_is_sent_at_the_next_of_its_times(text, zone, expected):
    assert parse_digest(text).next(NOON, zone) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_time_that_a_clock_change_skips_is_sent_after_it_and_a_repeated_one_once():
    before = datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert parse_digest("daily 02:30 Europe/Berlin").next(before, "UTC") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    digest, moment = parse_digest("daily 02:30 Europe/Berlin"), datetime(2026, 10, 24, 22, tzinfo=UTC)
    first = digest.next(moment, "UTC")
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert digest.next(first, "UTC") == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@given(digests, moments)
def test_the_next_time_is_later_but_not_by_more_than_the_interval(text, now):
    digest = parse_digest(text)
    wait = digest.next(now, "UTC") - now
    longest = digest.every or timedelta(days=1 if digest.day is None else 7)
    assert timedelta(0) < wait <= longest + timedelta(hours=1)


@given(digests)
def test_a_digest_is_written_as_it_is_parsed(text):
    assert parse_digest(str(parse_digest(text))) == parse_digest(text)


@pytest.mark.parametrize(
    "text",
    ["", "0h", "hourly", "daily", "daily 24:00", "daily 8:00", "weekly 08:00", "weekly foo 08:00", "40d", "1h 08:00"],
)
def test_anything_else_is_refused_with_what_it_takes(text):
    with pytest.raises(ValueError, match=r"it takes|days are|31 days"):
        parse_digest(text)


@pytest.mark.parametrize("zone", ["Mars/Base", "Europe", "../etc", "+"])
def test_an_unknown_time_zone_is_named(zone):
    with pytest.raises(ValueError, match=r"no known time zone|it takes"):
        parse_digest(f"daily 08:00 {zone}")


def held(policy: DeliveryPolicy = DEFAULT_POLICY, *, facts: bool = False, sent=(), now=NOON, **rule):
    found = hold_of_story(replace(RULE, **rule), policy, has_facts=facts, sent=sent, now=now)
    return None if found is None else (found.hold, found.until)


def test_without_a_policy_messages_are_sent_at_once():
    assert held() is None


def test_quiet_hours_hold_texts_until_their_end_but_not_facts():
    policy = DeliveryPolicy(quiet_hours=("22:00-07:00",), timezone=BERLIN)
    night = datetime(2026, 3, 27, 23, 30, 12, tzinfo=UTC)
    assert held(policy, now=night) == (Hold.QUIET_HOURS, datetime(2026, 3, 28, 6, tzinfo=UTC))
    assert held(policy, now=night, facts=True) is None
    assert held(policy, now=night, facts=True, delay_facts=True) is not None
    assert held(policy, now=NOON) is None


def test_quiet_hours_over_a_clock_change_end_by_the_wall_clock():
    policy = DeliveryPolicy(quiet_hours=("22:00-07:00",), timezone=BERLIN)
    (_, until) = held(policy, now=datetime(2026, 3, 28, 23, tzinfo=UTC))
    assert until.astimezone(ZoneInfo(BERLIN)).hour == 7
    assert until == datetime(2026, 3, 29, 5, tzinfo=UTC)


def test_the_end_of_quiet_hours_is_looked_for_once_a_minute(monkeypatch: pytest.MonkeyPatch):
    policy = DeliveryPolicy(quiet_hours=("01:23-22:00",), timezone=BERLIN)
    now = datetime(2026, 1, 10, 12, 0, 5, tzinfo=UTC)
    first = hold_of_channel(policy, sent=(), now=now)
    monkeypatch.setattr("alerts.holding.is_open", None)
    assert hold_of_channel(policy, sent=(), now=now + timedelta(seconds=50)) == first


def test_quiet_hours_without_end_hold_for_a_week_at_most():
    policy = DeliveryPolicy(quiet_hours=("00:00-24:00",))
    (_, until) = held(policy)
    assert until - NOON <= timedelta(days=8, minutes=1)


def test_beyond_the_limit_of_an_hour_the_rest_waits_until_there_is_room():
    sent = [NOON - timedelta(minutes=minute) for minute in range(59, 39, -1)]
    assert held(sent=sent[:19]) is None
    assert held(sent=sent) == (Hold.RATE_LIMIT, sent[0] + timedelta(hours=1))
    assert held(sent=sent, facts=True) is None
    assert held(DeliveryPolicy(per_hour=None), sent=sent * 100) is None
    assert held(sent=[NOON - timedelta(hours=2)] * 50) is None


def test_a_digest_and_a_pause_apply_to_facts_too_and_a_pause_comes_first():
    policy = DeliveryPolicy(digest=parse_digest("1h"))
    assert held(policy, facts=True) == (Hold.DIGEST, NOON + timedelta(hours=1))
    later = NOON + timedelta(days=2)
    assert held(replace(policy, paused_until=later), facts=True) == (Hold.PAUSED, later)
    assert held(facts=True, paused_until=later) == (Hold.PAUSED, later)
    assert held(replace(policy, paused_until=NOON)) == (Hold.DIGEST, NOON + timedelta(hours=1))


def test_the_digest_of_a_rule_replaces_that_of_the_channel():
    policy = DeliveryPolicy(digest=Digest(every=timedelta(hours=1)))
    assert held(policy, digest=parse_digest("1d")) == (Hold.DIGEST, datetime(2026, 3, 28, tzinfo=UTC))


def test_debounce_waits_from_the_change_on():
    assert held(debounce=timedelta(minutes=10), facts=True) == (Hold.DEBOUNCE, NOON + timedelta(minutes=10))


@given(moments, st.lists(moments, max_size=40), st.booleans())
def test_what_is_held_is_held_until_a_later_time(now, sent, only_pause):
    policy = DeliveryPolicy(quiet_hours=("sat,sun", "20:00-08:00"), timezone=BERLIN, per_hour=2)
    found = hold_of_channel(policy, sent=sent, now=now, only_pause=only_pause)
    assert found is None or found.until > now
    if found is not None and found.hold is Hold.QUIET_HOURS:
        assert hold_of_channel(replace(policy, per_hour=None), sent=(), now=found.until) is None
