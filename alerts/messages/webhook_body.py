r"""The JSON of a webhook, version 2: all events of a message; docs/reference/webhook.md describes it, webhook.schema.json beside it is its schema. Pure.

ASCII only, everything else as \u escapes: no text of a page, lone surrogates included, can break an encoder or a signature.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from alerts.messages.message import Message, MessageItem, MessageKind
from alerts.messages.webhook_template import TemplateProblem, render_template
from alerts.model import RecordedEvent, StoryEvent, WebhookChannel
from monitor.model import JsonValue
from monitor.times import iso_utc
from rendering.event_json import event_json
from rendering.links import Links

VERSION = 2
EVENT_TYPE, STORY_TYPE, TEST_TYPE = "pagewitness.event", "pagewitness.story", "pagewitness.test"
EVENT_LIMIT = 200
"""Maximum number of entries of "events"; "more" counts the events beyond it."""

_FIRST_KEYS = ("rule", "page", "between", "links")


def render_webhook(
    message: Message, events: Sequence[StoryEvent], links: Links, config: WebhookChannel | None = None
) -> dict[str, JsonValue]:
    """Return the payload {"body"}: the exact text to send, the same for all attempts; by the channel's template, if it has one.

    A message that the template cannot render has the standard body: the receiver may refuse it, but it is not lost.
    """
    story = story_json(message, events, links)
    if config is not None and config.template is not None:
        with suppress(TemplateProblem):
            return {"body": render_template(config.template, config.content_type, story)}
    return {"body": json.dumps(story)}


def story_json(message: Message, events: Sequence[StoryEvent], links: Links) -> dict[str, JsonValue]:
    """Return a message as webhooks contain it.

    "rule", "page", "event", "between" and "links" are those of the first event, as version 1 had them: its receivers continue to work for messages of one
    event.
    """
    entries, left = _entries(message, events, links)
    first = entries[0] if entries else {}
    extra = {"rule", "page", "also_on", "between", "links"}
    newest = max((event.recorded.recorded_at for event in events), default=message.at)
    return {
        "type": _type(message, len(events)),
        "version": VERSION,
        "id": message.uid,
        "timestamp": iso_utc(newest),
        "kind": message.kind.value,
        "subject": message.subject,
        "title": message.title,
        "intro": message.intro,
        "rules": list(dict.fromkeys(event.rule for event in events)),
        "pages": _pages(events),
        "events": entries,
        "more": left,
        "link": message.link,
        **{key: first.get(key) for key in _FIRST_KEYS},
        "event": {key: value for key, value in first.items() if key not in extra} or None,
    }


def _type(message: Message, count: int) -> str:
    if message.kind is MessageKind.TEST:
        return TEST_TYPE
    return EVENT_TYPE if count == 1 else STORY_TYPE


def _entries(message: Message, events: Sequence[StoryEvent], links: Links) -> tuple[list[dict[str, JsonValue]], int]:
    """Return one entry for each change, in the order of the message, and the number of events that are in none."""
    by_id = {event.recorded.id: event for event in events}
    entries: list[dict[str, JsonValue]] = []
    left = 0
    for event, others in _grouped(message.items, by_id):
        if len(entries) < EVENT_LIMIT:
            entries.append(_entry(event, others, links))
        else:
            left += 1 + len(others)
    return entries, left


def _grouped(
    items: Sequence[MessageItem], by_id: Mapping[int, StoryEvent]
) -> Iterator[tuple[StoryEvent, tuple[StoryEvent, ...]]]:
    """Yield each item's event with the same events of other pages, then the events that the message does not show."""
    shown: set[int] = set()
    for item in items:
        known = [by_id[key] for key in item.event_ids if key in by_id and key not in shown]
        shown.update(item.event_ids)
        if known:
            yield known[0], tuple(known[1:])
    for key, event in by_id.items():
        if key not in shown:
            yield event, ()


def _entry(event: StoryEvent, others: Sequence[StoryEvent], links: Links) -> dict[str, JsonValue]:
    recorded = event.recorded
    return {
        **event_json(recorded.event, recorded.page_url),
        "rule": event.rule,
        "page": _page(recorded),
        "also_on": [
            {"url": other.recorded.page_url, "label": other.recorded.page_label, "links": _links(other.recorded, links)}
            for other in others
        ],
        "between": recorded.event.change.detail.get("between"),
        "links": _links(recorded, links),
    }


def _page(recorded: RecordedEvent) -> dict[str, JsonValue] | None:
    return None if recorded.page_url is None else {"url": recorded.page_url, "label": recorded.page_label}


def _links(recorded: RecordedEvent, links: Links) -> dict[str, JsonValue]:
    event, url = recorded.event, recorded.page_url
    return {"replay_after": links.after(event, url), "replay_before": links.before(event, url)}


def _pages(events: Sequence[StoryEvent]) -> list[dict[str, JsonValue]]:
    pages = {event.recorded.page_url: _page(event.recorded) for event in events}
    return [page for page in pages.values() if page is not None]
