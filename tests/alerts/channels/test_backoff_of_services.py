"""A service that is down for a day: the attempts follow the documented backoff, and everything arrives afterwards."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.channel_configs import SlackChannel
from alerts.channels.factory import open_channel
from alerts.dispatch import dispatch_once
from alerts.messages.renderers import RENDERERS
from alerts.model import DeliveryState
from tests.alerts.channels.fakes import services
from tests.alerts.examples import SEEN, MemoryOutbox, delivery
from tests.alerts.message_examples import MESSAGE
from tests.support.patience import PATIENCE_SECONDS
from tests.support.receivers import Answer

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
DOUBLING = [10, 20, 40, 80, 160, 320, 640, 1280, 2560]


def run(receiver, answer: Answer, count: int = 3):
    """Send `count` deliveries through a day in which the service gives one answer, and an hour in which it works; return the outbox and when it was called."""
    config = SlackChannel("team", receiver.url, allow_private=True)
    rows = [delivery(RENDERERS["slack"](MESSAGE), channel="team", number=number) for number in range(1, count + 1)]
    outbox = MemoryOutbox(rows, [config])
    channel = open_channel(
        config,
        {},
        now=lambda: datetime.now(UTC),
        user_agent="Pagewitness/1",
        timeout_seconds=PATIENCE_SECONDS,
    )
    receiver.judge = lambda call: answer
    called = []
    end = SEEN + DAY
    while outbox.now < end + timedelta(hours=2):
        if outbox.now >= end:
            receiver.judge = services.judged(services.slack)
        before = len(receiver.calls)
        dispatch_once(outbox, lambda config: channel, "me")
        called += [(outbox.now - SEEN).total_seconds()] * (len(receiver.calls) - before)
        waiting = [row.next_try_at for row in outbox.rows.values() if row.state is DeliveryState.PENDING]
        paused = [until for _, until, _ in outbox.states.values()]
        if not waiting:
            break
        outbox.now = (
            max(min(waiting), *paused, outbox.now + SECOND) if paused else max(min(waiting), outbox.now + SECOND)
        )
    return outbox, called


def test_errors_of_the_service_are_retried_with_doubling_delays_up_to_an_hour(receiver):
    outbox, called = run(receiver, Answer(503), count=1)
    gaps = [round(later - earlier) for earlier, later in itertools.pairwise(called)]
    assert gaps[:9] == DOUBLING
    assert set(gaps[9:]) == {3600}
    assert [row.state for row in outbox.rows.values()] == [DeliveryState.SENT]


def test_a_rate_limit_pauses_the_whole_channel_for_as_long_as_it_asks(receiver):
    outbox, called = run(receiver, Answer(429, {"Retry-After": "7200"}))
    during = [moment for moment in called if moment < DAY.total_seconds()]
    assert during == [hours * 7200 for hours in range(12)], "one delivery probes at a time"
    assert {row.state for row in outbox.rows.values()} == {DeliveryState.SENT}


def test_a_revoked_webhook_is_probed_with_one_delivery_and_loses_none(receiver):
    outbox, called = run(receiver, Answer(404, body=b"no_service"), count=5)
    during = [moment for moment in called if moment < DAY.total_seconds()]
    gaps = [round(later - earlier) for earlier, later in itertools.pairwise(during)]
    assert gaps[:9] == DOUBLING
    assert max(gaps) == 3600
    assert {row.state for row in outbox.rows.values()} == {DeliveryState.SENT}


@pytest.mark.parametrize("status", [400, 413])
def test_a_refused_message_does_not_stop_the_others(receiver, status):
    config = SlackChannel("team", receiver.url, allow_private=True)
    body = RENDERERS["slack"](MESSAGE)
    rows = [delivery(body, channel="team", number=number) for number in (1, 2, 3)]
    outbox = MemoryOutbox([rows[0], replace(rows[1], payload={"slack": ["{}"]}), rows[2]], [config])
    channel = open_channel(config, {}, now=lambda: datetime.now(UTC), user_agent="Pagewitness/1")
    if status == 413:
        receiver.will_answer(Answer(), Answer(413))
    receiver.judge = services.judged(services.slack)
    report = dispatch_once(outbox, lambda config: channel, "me")
    assert (report.sent, report.dead) == (2, 1)
    assert outbox.rows[2].state is DeliveryState.DEAD
