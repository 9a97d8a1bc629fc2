"""Neutral content of one message, from which the form of every channel type is rendered. Pure values.

All texts are display-safe (`rendering.text_safety`: one line, no hidden characters, bounded), but not escaped: each renderer escapes for its own markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model import EventKind, Level
from rendering.event_text import Side

SUBJECT_LIMIT = 200
"""Maximum characters of a subject."""


class MessageKind(StrEnum):
    """Why events are in one message.

    CHECK: they are from one check of one page, or concern one page. HOST: the same changes on several pages of a host. DIGEST: what a channel
    collected until a time. SUMMARY: what was held back by a rate limit, quiet hours or a pause. TEST: a test message; nothing has changed.
    """

    CHECK = "check"
    HOST = "host"
    DIGEST = "digest"
    SUMMARY = "summary"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class PageReference:
    """A page that an item is about.

    Attributes:
        name: Its label, its title, or its address without scheme.
        url: Its http or https address.
        url_shown: The address, display-safe and bounded.
        link_now: Replay of the snapshot that first showed the change; None where there is none.
        link_before: Replay of the last snapshot before it; None where there is none.
    """

    name: str
    url: str
    url_shown: str
    link_now: str | None = None
    link_before: str | None = None


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One change: one event, or the same change on several pages.

    Attributes:
        kind: Kind of the event.
        level: Its level.
        heading: What kind of change it is: "A key fact changed".
        summary: The change in one sentence, without what `heading` states: "member_count 83 → 85 (+2)".
        page: The page; None for channel_failing.
        also_on: Further pages with the same change, not including `page`.
        interval: "Changed between 1 March 2021 09:00 and 15:30 UTC."; None where there is no interval.
        now: The page now.
        before: The page before; None where no check showed it.
        advice: Consequence of a change of page health; None for others.
        rule: Name of the rule that selected it.
        event_ids: Database keys of its events, `page`'s first.
        comparison: The comparison of both snapshots; None where there is none.
    """

    kind: EventKind
    level: Level
    heading: str
    summary: str
    page: PageReference | None
    also_on: tuple[PageReference, ...]
    interval: str | None
    now: Side
    before: Side | None
    advice: str | None
    rule: str
    event_ids: tuple[int, ...]
    comparison: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        uid: "msg_" and 32 hex digits; constant over all attempts.
        kind: Why its items are in one message.
        subject: Complete in itself: "Global Coalition · members 83 → 85 (+2)".
        title: What the message is about: the page's name, the host, or "Digest of desk".
        intro: A sentence about the collection, "20 messages an hour are the limit of this channel; this one contains the rest."; None for CHECK and HOST.
        items: The changes, the most important first; at least one.
        more: Number of further changes that are not shown; they are in `pagewitness alerts show UID`, and on the web where it is published.
        why: Why the reader gets this message, one sentence a line.
        at: When it was planned, UTC.
        link: Screen of the web interface: the history of the page, or all changes where it is about several pages; None where it is about none, or the web is not published.
        link_label: What the link leads to, for display.
        thread: Key of the conversation, the same for all messages about one page, or one host; None for collections.
        web: Address of the web interface; None where there is none.
    """

    uid: str
    kind: MessageKind
    subject: str
    title: str
    intro: str | None
    items: tuple[MessageItem, ...]
    more: int
    why: tuple[str, ...]
    at: datetime
    link: str | None = None
    link_label: str = "All changes"
    thread: str | None = None
    web: str | None = None


def passages(side: Side) -> Iterator[tuple[str | None, tuple[tuple[str, bool], ...]]]:
    """Yield, for each statement of a side, its value (None where it needs none) and its text in consecutive parts, each with whether it is marked."""
    for statement in side.statements:
        yield statement.value, statement.parts
