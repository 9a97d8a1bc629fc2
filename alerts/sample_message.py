"""Test messages of `channels test NAME`: recognisable as tests, in the format of real messages. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.messages.payloads import mail, render_webhook
from alerts.model import ChannelConfig, Delivery, DeliveryState, EmailChannel, RecordedEvent, Rule
from monitor.model import Change, Event, EventKind, JsonValue, Level, Origin, Reason, SnapshotRef
from rendering.links import Links

WEBHOOK_TYPE = "pagewitness.test"


def sample_payload(config: ChannelConfig, now: datetime, uid: str) -> dict[str, JsonValue]:
    """Return the payload of a test message through this channel; a webhook's "type" is "pagewitness.test"."""
    recorded = _example(now)
    if isinstance(config, EmailChannel):
        return mail(
            recorded,
            Links(None),
            f"Why you got this: a test was sent through the channel “{config.name}”. Nothing has changed.",
        )
    rule = Rule("channels test", frozenset({recorded.event.change.kind}), (config.name,))
    return render_webhook(recorded, rule, uid, Links(None), message_type=WEBHOOK_TYPE)


def sample_delivery(config: ChannelConfig, now: datetime, uid: str) -> Delivery:
    """Return the test message, ready for `Channel.send`; it is in no outbox, and `now` is the real time."""
    return Delivery(
        id=0,
        uid=uid,
        channel=config.name,
        payload=sample_payload(config, now, uid),
        state=DeliveryState.PENDING,
        attempts=1,
        created_at=now,
        next_try_at=None,
        sent_at=None,
        receipt="",
        last_error="",
    )


def _example(now: datetime) -> RecordedEvent:
    """Return an event of a page that is not watched."""
    change = Change(
        kind=EventKind.FACT_CHANGED,
        level=Level.FACT,
        reason=Reason.TEST_MESSAGE,
        fact="member_count",
        before=83,
        after=85,
        quote_before="83",
        quote_after="85",
        sentence_before="This is a test: the coalition counts 83 members.",
        sentence_after="This is a test: the coalition counts 85 members.",
    )
    event = Event(change, SnapshotRef(0, now), SnapshotRef(0, now - timedelta(hours=6)), Origin.LIVE)
    return RecordedEvent(0, None, "https://example.org/", "Test from Pagewitness", event, now)
