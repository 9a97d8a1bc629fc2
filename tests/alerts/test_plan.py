from __future__ import annotations

import json
from dataclasses import replace

from alerts.model import BrokenDeclaration
from alerts.plan import plan, plan_once
from monitor.model import EventKind
from rendering.links import Links
from tests.alerts.examples import CHANGE, DESK, HOOK, RULE, SEEN, event, uids

LINKS = Links("https://watch.example")
LOST = event(replace(CHANGE, kind=EventKind.FACT_LOST), number=2)


def test_each_selected_event_goes_through_each_channel_of_its_rule_in_that_channels_form():
    rule = replace(RULE, to=("desk", "hook"))
    alerts = plan([event(), LOST], [rule], [DESK, HOOK], LINKS, uids())
    assert [(alert.event_id, alert.rule, alert.channel) for alert in alerts] == [
        (1, "key facts", "desk"),
        (1, "key facts", "hook"),
    ]
    mail, hook = alerts
    assert set(mail.payload) == {"subject", "text", "html"}
    assert json.loads(hook.payload["body"])["id"] == hook.delivery_uid
    assert mail.delivery_uid != hook.delivery_uid


def test_two_rules_that_select_an_event_send_it_twice_but_one_rule_sends_it_to_a_channel_once():
    rules = [replace(RULE, to=("desk", "desk")), replace(RULE, name="all")]
    alerts = plan([event()], rules, [DESK], LINKS, uids())
    assert [(alert.rule, alert.channel) for alert in alerts] == [("key facts", "desk"), ("all", "desk")]


def test_a_channel_that_no_longer_exists_is_sent_nothing():
    assert plan([event()], [RULE], [HOOK], LINKS, uids()) == []


def test_an_alert_of_a_channel_that_cannot_be_used_now_is_planned_for_either_type():
    rule = replace(RULE, to=("desk", "damaged"))
    alerts = plan([event()], [rule], [DESK], LINKS, uids(), ["damaged"])
    assert [alert.channel for alert in alerts] == ["desk", "damaged"]
    assert set(alerts[1].payload) == {"subject", "text", "html", "body"}
    assert json.loads(alerts[1].payload["body"])["id"] == alerts[1].delivery_uid


class Unplanned:
    """An outbox that hands out events and keeps what was planned."""

    def broken(self):
        return [BrokenDeclaration("rule", "desk", "to: Field required")]

    def __init__(self, events) -> None:
        self.events = events
        self.planned = []

    def unplanned(self, limit):
        return self.events[:limit]

    def rules(self):
        return [RULE]

    def channels(self):
        return [DESK]

    def plan(self, event_ids, alerts, *, now):
        self.planned.append((event_ids, alerts, now))
        return len(alerts)


def test_events_that_no_rule_selects_are_marked_planned_too():
    outbox = Unplanned([event(), LOST])
    assert plan_once(outbox, LINKS, SEEN, uids()) == 1
    [(ids, alerts, now)] = outbox.planned
    assert (ids, [alert.event_id for alert in alerts], now) == ([1, 2], [1], SEEN)


def test_with_nothing_to_plan_nothing_is_written():
    outbox = Unplanned([])
    assert plan_once(outbox, LINKS, SEEN, uids()) == 0
    assert outbox.planned == []
