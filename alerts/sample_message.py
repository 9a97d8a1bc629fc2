"""Test messages of `channels test NAME`: recognisable as tests, in the format of real messages. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.messages.message import Message, MessageItem, MessageKind, PageReference
from alerts.messages.renderers import render
from alerts.messages.webhook_body import story_json
from alerts.model import ChannelConfig, Delivery, DeliveryState, RecordedEvent, StoryEvent
from monitor.model import Change, Event, EventKind, JsonValue, Level, Origin, Reason, SnapshotRef
from rendering.event_text import Side
from rendering.links import Links
from rendering.sentences import summary
from rendering.statements import text_after, text_before

RULE = "channels test"
_TITLE, _URL = "Test from Pagewitness", "https://example.org/"


def sample_payload(config: ChannelConfig, now: datetime, uid: str) -> dict[str, JsonValue]:
    """Return the payload of a test message through this channel; a webhook's "type" is "pagewitness.test"."""
    recorded = _example(now)
    return render(config, _message(recorded, config.name, now, uid), [StoryEvent(recorded, RULE)], Links(None))


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


def sample_story() -> dict[str, JsonValue]:
    """Return the variables of a template for the test message."""
    now = datetime(2021, 3, 1, 12, tzinfo=UTC)
    recorded = _example(now)
    return story_json(_message(recorded, "test", now, "msg_test"), [StoryEvent(recorded, RULE)], Links(None))


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
    return RecordedEvent(0, None, _URL, _TITLE, event, now)


def _message(recorded: RecordedEvent, channel: str, now: datetime, uid: str) -> Message:
    change = recorded.event.change
    item = MessageItem(
        kind=change.kind,
        level=change.level,
        heading="A key fact changed",
        summary=summary(change),
        page=PageReference(_TITLE, _URL, _URL),
        also_on=(),
        interval=None,
        now=Side("Now", "seen", _time(now), text_after(change), None),
        before=Side("Before", "last seen", _time(now - timedelta(hours=6)), text_before(change), None),
        advice=None,
        rule=RULE,
        event_ids=(recorded.id,),
    )
    return Message(
        uid=uid,
        kind=MessageKind.TEST,
        subject=f"{_TITLE} · {item.summary}",
        title=_TITLE,
        intro=None,
        items=(item,),
        more=0,
        why=(f"Why you got this: a test was sent through the channel “{channel}”. Nothing has changed.",),
        at=now,
    )


def _time(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
