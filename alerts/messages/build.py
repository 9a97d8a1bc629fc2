"""Builds the neutral content of a message from a story. Pure.

Watched pages are hostile: every text of a page passes through `rendering.text_safety` here; renderers escape it for their markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alerts.grouping import Story, StoryItem
from alerts.messages.message import SUBJECT_LIMIT, Message, MessageItem, MessageKind, PageReference
from alerts.model import Hold, RecordedEvent
from monitor.urls import host_of
from rendering.event_text import (
    ADVICE,
    heading,
    headline,
    interval_sentence,
    page_name,
    sentence_below_heading,
    side_before,
    side_now,
)
from rendering.links import Links
from rendering.statements import URL_LIMIT
from rendering.text_safety import one_line
from rendering.times import counted, in_zone

SHOWN = 25
"""Maximum number of changes that a message about a page or a host shows."""
SHOWN_OF_COLLECTION = 200
"""Maximum number of changes that a digest or a summary shows."""
_NAME_LIMIT = 80
_RULES_SHOWN = 10
_BETWEEN = " · "

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
    pages = story.pages
    page_url = pages[0].page_url if len(pages) == 1 else None
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
        link=context.links.screen(page_url) if pages else None,
        link_label="All changes" if page_url is None else "History of the page",
        web=context.links.web_url or context.links.base_url,
    )


def _page_name(recorded: RecordedEvent) -> str:
    return page_name(recorded.page_label, recorded.page_title, recorded.page_url)


def _subject(story: Story, title: str) -> str:
    """Return the subject: what it is about, the most important change, and how many more there are.

    It fits into a mail's subject, so that what is cut is a long name or sentence, never its end.
    """
    first = story.items[0]
    change = headline(first.shown.event.change)
    if story.kind in (MessageKind.CHECK, MessageKind.HOST):
        more = f"and {len(story.items) - 1} more" if len(story.items) > 1 else ""
    else:
        name = "" if first.also_on else _page_name(first.shown)
        change, more = f"{name}: {change}" if name else change, ""
    left = SUBJECT_LIMIT - sum(len(part) + len(_BETWEEN) for part in (title, more) if part)
    return one_line(_BETWEEN.join(part for part in (title, one_line(change, left), more) if part))


def _title(story: Story, context: MessageContext) -> str:
    pages = story.pages
    if story.kind in (MessageKind.CHECK, MessageKind.HOST):
        if len(pages) <= 1:
            return _page_name(pages[0]) if pages else ""
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
    return MessageItem(
        kind=change.kind,
        level=change.level,
        heading=heading(change.kind),
        summary=sentence_below_heading(change),
        page=_page(item.shown, context),
        also_on=tuple(page for page in (_page(other, context) for other in item.also_on) if page is not None),
        interval=interval_sentence(change),
        now=side_now(event, item.shown.page_url, context.links, context.timezone),
        before=side_before(event, item.shown.page_url, context.links, context.timezone),
        advice=ADVICE.get(change.kind),
        rule=one_line(item.rule, _NAME_LIMIT),
        event_ids=tuple(other.id for other in (item.shown, *item.also_on)),
        comparison=context.links.comparison(event, item.shown.page_url),
    )


def _page(recorded: RecordedEvent, context: MessageContext) -> PageReference | None:
    url = recorded.page_url
    if url is None:
        return None
    return PageReference(
        name=_page_name(recorded),
        url=url,
        url_shown=one_line(url, URL_LIMIT),
        link_now=context.links.after(recorded.event, url),
        link_before=context.links.before(recorded.event, url),
    )
