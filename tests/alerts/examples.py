"""Events, deliveries and an outbox in memory for the tests of alerts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from alerts.grouping import group
from alerts.messages import webhook_body
from alerts.messages.build import MessageContext, build
from alerts.messages.mail import render_mail
from alerts.messages.message import Message
from alerts.model import (
    Delivery,
    DeliveryState,
    DueChannel,
    EmailChannel,
    RecordedEvent,
    Rule,
    Security,
    StoryEvent,
    WebhookChannel,
)
from alerts.planned import PlannedAlert, PlannedDelivery
from monitor.model import Change, Event, EventKind, Level, Origin, Reason, SnapshotRef
from rendering.links import Links

SEEN = datetime(2022, 5, 2, 6, 0, 1, 250, tzinfo=UTC)
LAST_SEEN = datetime(2022, 5, 1, 18, tzinfo=UTC)
URL = "https://coalition.example/en/partners/"
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

CHANGE = Change(
    kind=EventKind.FACT_CHANGED,
    level=Level.FACT,
    reason=Reason.FACT_CHANGED,
    fact="member_count",
    before=83,
    after=85,
    quote_before="83",
    quote_after="85",
    sentence_before="We are 83 members.",
    sentence_after="We are 85 members now.",
)
RULE = Rule("key facts", frozenset({EventKind.FACT_CHANGED}), ("desk",))
DESK = EmailChannel("desk", "127.0.0.1", 25, Security.NONE, "Pagewitness <monitor@example.org>", ("desk@example.org",))
HOOK = WebhookChannel("hook", "http://127.0.0.1/hook", SECRET, allow_private=True)


def event(change: Change = CHANGE, *, number: int = 1, url: str | None = URL, label: str = "Partners") -> RecordedEvent:
    happened = Event(change, SnapshotRef(7, SEEN), SnapshotRef(6, LAST_SEEN), Origin.LIVE)
    return RecordedEvent(number, None if url is None else 3, url, label, happened, SEEN + timedelta(seconds=1))


def changed(**parts: Any) -> RecordedEvent:
    """The example event with another change."""
    return event(replace(CHANGE, **parts))


def delivery(payload: dict[str, Any], *, channel: str = "desk", number: int = 1, attempts: int = 1) -> Delivery:
    return Delivery(
        id=number,
        uid=f"msg_{number:032x}",
        channel=channel,
        payload=payload,
        state=DeliveryState.PENDING,
        attempts=attempts,
        created_at=SEEN,
        next_try_at=SEEN,
        sent_at=None,
        receipt="",
        last_error="",
    )


def message_of(recorded: RecordedEvent, rule: Rule, links: Links, uid: str = "msg_1") -> Message:
    """The message about one event that a rule selected."""
    (story,) = group([StoryEvent(recorded, rule.name)])
    return build(story, MessageContext(uid, recorded.recorded_at, links))


def render_email(recorded: RecordedEvent, rule: Rule, links: Links) -> dict[str, Any]:
    """The payload of a mail about one event."""
    return render_mail(message_of(recorded, rule, links))


def render_webhook(recorded: RecordedEvent, rule: Rule, uid: str, links: Links) -> dict[str, Any]:
    """The payload of a webhook about one event."""
    return webhook_body.render_webhook(message_of(recorded, rule, links, uid), [StoryEvent(recorded, rule.name)], links)


def planned(event_id: int, rule: str, channel: str, uid: str, payload: dict[str, Any]) -> PlannedDelivery:
    """A delivery of one alert."""
    return PlannedDelivery(uid, channel, (PlannedAlert(event_id, rule),), payload)


def uids():
    """A `new_uid` that counts."""
    numbers = count(1)
    return lambda: f"msg_{next(numbers):032x}"


class MemoryOutbox:
    """For the dispatcher's scheduling alone: deliveries in a list and a clock that the test moves.

    Attributes:
        now: The database's clock.
        rows: Deliveries by id.
        states: Failures, end of the pause and whether it timed out, by channel.
        renewed: What `renew` was asked for.
    """

    def __init__(self, deliveries, channels=(DESK, HOOK), broken=()) -> None:
        self.now = SEEN
        self.rows = {row.id: replace(row, attempts=0) for row in deliveries}
        self.states: dict[str, tuple[int, datetime, bool]] = {}
        self.renewed: list[list[int]] = []
        self._channels = channels
        self._broken = broken
        self._leases: dict[int, tuple[str, datetime]] = {}

    def channels(self):
        return self._channels

    def broken(self):
        return self._broken

    def due_channels(self):
        names = sorted({row.channel for row in list(self.rows.values()) if self._due(row)})
        return [DueChannel(name, self._state(name)[0]) for name in names if self._free(name)]

    def claim(self, owner, channel, *, lease, limit):
        if not self._free(channel):
            return []
        due = [row for row in self.rows.values() if row.channel == channel and self._due(row)]
        if self._state(channel)[2]:
            due.sort(key=lambda row: row.attempts)
        keys = [row.id for row in due[:limit]]
        for key in keys:
            self._leases[key] = (owner, self.now + lease)
            self.rows[key] = replace(self.rows[key], attempts=self.rows[key].attempts + 1)
        return [self.rows[key] for key in keys]

    def renew(self, delivery_ids, owner, *, lease):
        self.renewed.append(list(delivery_ids))
        return len(delivery_ids)

    def sent(self, delivery_id, owner, receipt) -> None:
        self._leases.pop(delivery_id, None)
        self.rows[delivery_id] = replace(self.rows[delivery_id], state=DeliveryState.SENT, receipt=receipt)
        self.states.pop(self.rows[delivery_id].channel, None)

    def failed(self, delivery_id, owner, error, *, retry_in, trouble=None) -> None:
        if self._leases.pop(delivery_id, ("", self.now))[0] != owner:
            return
        state = DeliveryState.DEAD if retry_in is None else DeliveryState.PENDING
        due = None if retry_in is None else self.now + retry_in
        self.rows[delivery_id] = replace(self.rows[delivery_id], state=state, next_try_at=due, last_error=error)
        if trouble is not None:
            channel = self.rows[delivery_id].channel
            self.states[channel] = (self._state(channel)[0] + 1, self.now + trouble.pause, trouble.timed_out)

    def give_back(self, delivery_ids, owner) -> None:
        for key in delivery_ids:
            if self._leases.pop(key, ("", self.now))[0] == owner:
                self.rows[key] = replace(self.rows[key], attempts=self.rows[key].attempts - 1)

    def _state(self, channel):
        return self.states.get(channel, (0, self.now, False))

    def _free(self, channel):
        leased = any(
            self.rows[key].channel == channel and end > self.now for key, (_, end) in list(self._leases.items())
        )
        return not leased and self._state(channel)[1] <= self.now

    def _due(self, row) -> bool:
        return row.state is DeliveryState.PENDING and row.next_try_at <= self.now
