"""Stories and their deliveries: pure planning, without a database. tests/storage/outbox/test_planning.py plans on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from alerts.delivery_policy import DeliveryPolicy, parse_digest
from alerts.model import Hold, RecordedEvent
from alerts.plan import Plan, Recipients, plan
from monitor.model import EventKind, Level
from rendering.links import Links
from tests.alerts.examples import CHANGE, DESK, HOOK, RULE, SEEN, event, uids

LINKS = Links("https://watch.example")
BOTH = replace(RULE, to=("desk", "hook"))
NUMBER = replace(CHANGE, kind=EventKind.NUMBER_CHANGED, level=Level.NUMBER, fact=None)
ALL = replace(RULE, name="all", events=frozenset({EventKind.FACT_CHANGED, EventKind.NUMBER_CHANGED}))


def of_check(recorded: RecordedEvent, check: int = 7) -> RecordedEvent:
    return replace(recorded, check_id=check)


def planned(events, rules, channels, broken=(), now=SEEN) -> Plan:
    recipients = Recipients({**dict.fromkeys(broken), **{channel.name: channel for channel in channels}}, LINKS, uids())
    return plan(events, rules, recipients, now)


def test_a_story_goes_through_each_channel_of_its_rule_in_that_channels_form():
    mail, hook = planned([event()], [BOTH], [DESK, HOOK]).deliveries
    assert [(one.channel, one.alerts) for one in (mail, hook)] == [
        ("desk", ((1, "key facts"),)),
        ("hook", ((1, "key facts"),)),
    ]
    assert set(mail.payload) == {"subject", "text", "html", "thread", "web"}
    assert json.loads(hook.payload["body"])["id"] == hook.uid
    assert mail.uid != hook.uid


def test_the_changes_of_a_check_are_one_delivery_and_one_message():
    events = [of_check(event(NUMBER, number=1)), of_check(event(number=2))]
    (mail,) = planned(events, [ALL], [DESK]).deliveries
    assert mail.alerts == ((2, "all"), (1, "all"))
    assert mail.payload["subject"] == "Partners · member_count 83 → 85 (+2) · and 1 more"


def test_two_rules_that_select_an_event_send_it_twice_but_one_rule_sends_it_to_a_channel_once():
    rules = [replace(RULE, to=("desk", "desk")), replace(RULE, name="all")]
    deliveries = planned([event()], rules, [DESK]).deliveries
    assert [one.alerts for one in deliveries] == [((1, "key facts"),), ((1, "all"),)]


def test_a_channel_that_no_longer_exists_is_sent_nothing():
    assert planned([event()], [RULE], [HOOK]) == Plan()


def test_a_story_for_a_channel_that_cannot_be_used_now_is_rendered_for_every_type():
    rule = replace(RULE, to=("desk", "damaged"))
    mail, unknown = planned([event()], [rule], [DESK], ["damaged"]).deliveries
    assert [mail.channel, unknown.channel] == ["desk", "damaged"]
    assert {"subject", "text", "html", "body"} <= set(unknown.payload)
    assert json.loads(unknown.payload["body"])["id"] == unknown.uid


def test_the_message_counts_the_noise_of_its_check_but_does_not_list_it():
    noise = replace(NUMBER, level=Level.NOISE, sentence_after="Visits: 12")
    events = [of_check(event()), of_check(event(noise, number=2)), of_check(event(noise, number=3), check=8)]
    (mail,) = planned(events, [RULE], [DESK]).deliveries
    assert mail.alerts == ((1, "key facts"),)
    assert "And 1 more change, classified as noise" in mail.payload["text"]
    assert "Visits" not in mail.payload["text"]


def test_a_channel_with_a_digest_holds_its_alerts_and_the_other_channel_sends_at_once():
    desk = replace(DESK, policy=DeliveryPolicy(digest=parse_digest("daily 08:00")))
    found = planned([event()], [BOTH], [desk, HOOK])
    assert [one.channel for one in found.deliveries] == ["hook"]
    (held,) = found.held
    assert (held.channel, held.hold, held.alerts) == ("desk", Hold.DIGEST, ((1, "key facts"),))
    assert held.until > SEEN


def test_the_rate_limit_counts_the_messages_planned_now_and_facts_pass():
    desk = replace(DESK, policy=DeliveryPolicy(per_hour=2))
    numbers = [of_check(event(replace(NUMBER, after=80 + n), number=n), check=n) for n in range(1, 6)]
    found = planned([*numbers, of_check(event(number=9), check=9)], [ALL], [desk])
    assert [one.alerts[0].event_id for one in found.deliveries] == [9, 1], "the fact comes first, and counts"
    assert [(held.hold, held.until) for held in found.held] == [(Hold.RATE_LIMIT, SEEN + timedelta(hours=1))] * 4


def test_times_are_given_in_the_time_zone_of_the_channel_with_utc():
    desk = replace(DESK, policy=DeliveryPolicy(timezone="Europe/Berlin"))
    (mail,) = planned([event()], [RULE], [desk]).deliveries
    assert "seen 2022-05-02 08:00:01 Europe/Berlin (06:00:01 UTC)" in mail.payload["text"]
