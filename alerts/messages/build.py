"""Builds the neutral content of a message from a story. Pure.

Watched pages are hostile: every text of a page passes through `rendering.text_safety` here; renderers escape it for their markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alerts.grouping import Story, StoryItem
from alerts.messages.message import Message, MessageItem, MessageKind, PageReference, Side
from alerts.model import Hold, RecordedEvent
from monitor.model import Change, Event, EventKind, Level
from monitor.urls import host_of
from rendering.links import Links
from rendering.sentences import summary
from rendering.statements import URL_LIMIT, text_after, text_before
from rendering.text_safety import one_line
from rendering.time_interval import time_interval
from rendering.times import counted, in_zone

SHOWN = 25
"""Maximum number of changes that a message about a page or a host shows."""
SHOWN_OF_COLLECTION = 200
"""Maximum number of changes that a digest or a summary shows."""
_SUMMARY_LIMIT = 300
_NAME_LIMIT = 80
_PAGES_SHOWN = 50
_RULES_SHOWN = 10

_HEADINGS: Mapping[EventKind, str] = {
    EventKind.FACT_CHANGED: "A key fact changed",
    EventKind.FACT_CONTRADICTION: "The page contradicts itself",
    EventKind.FACT_AGREED: "The page agrees with itself again",
    EventKind.FACT_LOST: "A key fact is no longer stated",
    EventKind.FACT_FOUND: "A key fact is stated again",
    EventKind.FACT_DRIFTED: "A key fact has drifted",
    EventKind.FACT_FLAPPING: "A key fact goes back and forth",
    EventKind.NUMBER_CHANGED: "A number changed",
    EventKind.TEXT_CHANGED: "The text changed",
    EventKind.PAGE_GONE: "The page is gone",
    EventKind.PAGE_UNREADABLE: "The page cannot be read",
    EventKind.PAGE_MOVED: "The page has moved",
    EventKind.PAGE_BLOCKED: "Access blocked",
    EventKind.PAGE_BACK: "The page is back",
    EventKind.PAGE_STALE: "The page could not be checked for long",
    EventKind.PAGE_NEW: "A new page was found",
    EventKind.CERTIFICATE_EXPIRING: "A certificate is about to expire",
    EventKind.CHANNEL_FAILING: "Alerts do not get through",
}

_ADVICE: Mapping[EventKind, str] = {
    EventKind.PAGE_GONE: "Checks continue, and you will be notified when it is back.",
    EventKind.PAGE_UNREADABLE: "It is archived as before, and you will be notified when it can be read again. Its facts stay as they were.",
    EventKind.PAGE_MOVED: "Its facts are read at the new address now. To watch that one by name, put it into the watchlist.",
    EventKind.PAGE_BLOCKED: "Its facts stay as last seen, and you will be notified when it is accessible again.",
    EventKind.PAGE_STALE: "Its facts stay as last seen, and you will be notified when checks succeed again.",
    EventKind.CERTIFICATE_EXPIRING: "Once it has expired, checks will fail until the site renews it.",
    EventKind.CHANNEL_FAILING: "Alerts wait and are sent when it takes them again; what it refused for good waits for a person.",
}
"""Consequence of a change of page health or channel health, in one sentence."""

_HELD: Mapping[Hold, str] = {
    Hold.DIGEST: "Digest",
    Hold.DEBOUNCE: "Collected after the first change",
    Hold.QUIET_HOURS: "Held back during quiet hours",
    Hold.RATE_LIMIT: "Held back by the limit of messages an hour",
    Hold.PAUSED: "Held back while alerts were paused",
}


@dataclass(frozen=True, slots=True)
class MessageContext:
    """What a message is built with, beside its story.

    Attributes:
        uid: See `Message.uid`.
        now: When it is planned, on the observing clock.
        links: Links to the web interface.
        timezone: IANA name of the channel's time zone: times are given in it, and in UTC.
        hold: Why its alerts were held; None where they were not.
        noise: Number of changes of the same checks that are noise, which the message only counts.
    """

    uid: str
    now: datetime
    links: Links
    timezone: str = "UTC"
    hold: Hold | None = None
    noise: int = 0


def build(story: Story, context: MessageContext) -> Message:
    """Return the content of the message about a story."""
    is_collection = story.kind not in (MessageKind.CHECK, MessageKind.HOST)
    shown = story.items[: SHOWN_OF_COLLECTION if is_collection else SHOWN]
    items = tuple(_item(item, context) for item in shown)
    title = _title(story, context)
    return Message(
        uid=context.uid,
        kind=story.kind,
        subject=_subject(story, title),
        title=title,
        intro=_intro(story, context) if context.hold is not None else None,
        items=items,
        more=len(story.items) - len(shown),
        why=_why(story, context),
        at=context.now,
        thread=_thread(story),
    )


def page_name(recorded: RecordedEvent) -> str:
    """Return the name of an event's page: its label, its title, or its address without scheme; "" for an event without a page."""
    name = recorded.page_label or recorded.page_title or (recorded.page_url or "").partition("://")[2].rstrip("/")
    return one_line(name, _NAME_LIMIT)


def _subject(story: Story, title: str) -> str:
    """Return the subject: what it is about, the most important change, and how many more there are."""
    first = story.items[0]
    parts = [title, _headline(first.shown.event.change)]
    if story.kind in (MessageKind.CHECK, MessageKind.HOST) and len(story.items) > 1:
        parts.append(f"and {len(story.items) - 1} more")
    return one_line(" · ".join(part for part in parts if part))


def _headline(change: Change) -> str:
    """Return the sentence of a change, with the unit in place of a fact's technical name: "members 83 → 85 (+2)"."""
    text, unit = one_line(summary(change), _SUMMARY_LIMIT), change.detail.get("unit")
    if change.fact is not None and isinstance(unit, str) and unit and text.startswith(f"{change.fact} "):
        return f"{one_line(unit, _NAME_LIMIT)}{text[len(change.fact) :]}"
    return text


def _title(story: Story, context: MessageContext) -> str:
    pages = story.pages
    if story.kind in (MessageKind.CHECK, MessageKind.HOST):
        if len(pages) <= 1:
            return page_name(pages[0]) if pages else ""
        host = one_line(host_of(pages[0].page_url or ""), _NAME_LIMIT)
        return f"{host}, {counted(len(pages), 'page')}"
    label = "Digest" if context.hold in (None, Hold.DIGEST) else "Held back"
    on = f" on {counted(len(pages), 'page')}" if pages else ""
    return f"{label}: {counted(len(story.items), 'change')}{on}"


def _intro(story: Story, context: MessageContext) -> str:
    hold = context.hold
    assert hold is not None
    events = [event for item in story.items for event in item.events]
    since = min(event.recorded_at for event in events)
    pages = f" on {counted(len(story.pages), 'page')}" if story.pages else ""
    return f"{_HELD[hold]}: {counted(len(story.items), 'change')}{pages} since {in_zone(since, context.timezone)}."


def _why(story: Story, context: MessageContext) -> tuple[str, ...]:
    kinds: dict[str, list[str]] = {}
    for item in story.items:
        names = kinds.setdefault(item.rule, [])
        if item.shown.event.change.kind.value not in names:
            names.append(item.shown.event.change.kind.value)
    lines = [
        f"Why you got this: the rule “{one_line(rule, _NAME_LIMIT)}” selects {', '.join(names)}."
        for rule, names in list(kinds.items())[:_RULES_SHOWN]
    ]
    if len(kinds) > _RULES_SHOWN:
        lines.append(f"{len(kinds) - _RULES_SHOWN} more rules selected changes.")
    if story.kind is MessageKind.HOST:
        lines.append("The same change on several pages of a site is sent once.")
    if context.noise:
        lines.append(f"And {counted(context.noise, 'more change')}, classified as noise and not listed.")
    return tuple(lines)


def _thread(story: Story) -> str | None:
    """Return the key of the conversation: one for each page, one for each host."""
    pages = story.pages
    if not pages or story.kind not in (MessageKind.CHECK, MessageKind.HOST):
        return None
    return pages[0].page_url if len(pages) == 1 else host_of(pages[0].page_url or "")


def _item(item: StoryItem, context: MessageContext) -> MessageItem:
    event, change = item.shown.event, item.shown.event.change
    happened = time_interval(change)
    return MessageItem(
        kind=change.kind,
        level=change.level,
        heading=_HEADINGS.get(change.kind, change.kind.value),
        summary=one_line(summary(change), _SUMMARY_LIMIT),
        page=_page(item.shown, context),
        also_on=tuple(
            page for page in (_page(other, context) for other in item.also_on[:_PAGES_SHOWN]) if page is not None
        ),
        interval=f"{happened[0].upper()}{happened[1:]}." if happened else None,
        now=_now(event, item.shown.page_url, context),
        before=_before(event, item.shown.page_url, context),
        advice=_ADVICE.get(change.kind),
        rule=one_line(item.rule, _NAME_LIMIT),
        event_ids=tuple(other.id for other in (item.shown, *item.also_on)),
    )


def _page(recorded: RecordedEvent, context: MessageContext) -> PageReference | None:
    url = recorded.page_url
    if url is None:
        return None
    return PageReference(
        name=page_name(recorded),
        url=url,
        url_shown=one_line(url, URL_LIMIT),
        link_now=context.links.after(recorded.event, url),
        link_before=context.links.before(recorded.event, url),
    )


def _now(event: Event, url: str | None, context: MessageContext) -> Side:
    title, seen = ("Now", "first seen so") if event.change.level is Level.HEALTH else ("Now", "seen")
    if not event.snapshot.id:
        title, seen = "Found", ""
    time = in_zone(event.snapshot.taken_at, context.timezone)
    return Side(title, seen, time, text_after(event.change), context.links.after(event, url))


def _before(event: Event, url: str | None, context: MessageContext) -> Side | None:
    if event.before is None:
        return None
    seen = "last good check" if event.change.level is Level.HEALTH else "last seen"
    time = in_zone(event.before.taken_at, context.timezone)
    return Side("Before", seen, time, text_before(event.change), context.links.before(event, url))
