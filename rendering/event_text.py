"""Texts about one event that mails, chat messages and feeds share: its headline, what the page stated before and states now, and the page's name. Pure.

All texts are display-safe (`rendering.text_safety`), but not escaped: each renderer escapes for its own markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.model import Change, Event, EventKind, Level
from rendering.links import Links
from rendering.sentences import summary
from rendering.statements import Statement, text_after, text_before
from rendering.text_safety import one_line
from rendering.time_interval import time_interval
from rendering.times import in_zone

_SUMMARY_LIMIT = 300
_NAME_LIMIT = 80

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

ADVICE: Mapping[EventKind, str] = {
    EventKind.PAGE_GONE: "Checks continue, and you will be notified when it is back.",
    EventKind.PAGE_UNREADABLE: "It is archived as before, and you will be notified when it can be read again. Its facts stay as they were.",
    EventKind.PAGE_MOVED: "Its facts are read at the new address now. To watch that one by name, put it into the watchlist.",
    EventKind.PAGE_BLOCKED: "Its facts stay as last seen, and you will be notified when it is accessible again.",
    EventKind.PAGE_STALE: "Its facts stay as last seen, and you will be notified when checks succeed again.",
    EventKind.CERTIFICATE_EXPIRING: "Once it has expired, checks will fail until the site renews it.",
    EventKind.CHANNEL_FAILING: "Alerts wait and are sent when it takes them again; what it refused for good waits for a person.",
}
"""Consequence of a change of page health or channel health, in one sentence."""


@dataclass(frozen=True, slots=True)
class Side:
    """The page before a change, or now.

    Attributes:
        title: "Now", "Before"; "Found" where no check shows it.
        seen: How that was seen, "last seen"; "" where no check showed it.
        time: "2021-03-01 12:00:00 UTC".
        statements: The statements of the page; empty where nothing can be quoted.
        link: Its replay; None where there is none.
    """

    title: str
    seen: str
    time: str
    statements: tuple[Statement, ...]
    link: str | None


def heading(kind: EventKind) -> str:
    """Return what kind of change it is: "A key fact changed"."""
    return _HEADINGS.get(kind, kind.value)


def sentence(change: Change) -> str:
    """Return the change in one display-safe sentence of at most 300 characters: "member_count 83 → 85 (+2)"."""
    return one_line(summary(change), _SUMMARY_LIMIT)


def headline(change: Change) -> str:
    """Return the sentence of a change, with the unit in place of a fact's technical name: "members 83 → 85 (+2)"."""
    text, unit = sentence(change), change.detail.get("unit")
    if change.fact is not None and isinstance(unit, str) and unit and text.startswith(f"{change.fact} "):
        return f"{one_line(unit, _NAME_LIMIT)}{text[len(change.fact) :]}"
    return text


def page_name(label: str, title: str, url: str | None) -> str:
    """Return the name of an event's page: its label, its title, or its address without scheme; "" for an event without a page."""
    name = label or title or (url or "").partition("://")[2].rstrip("/")
    return one_line(name, _NAME_LIMIT)


def interval_sentence(change: Change) -> str | None:
    """Return "Changed between 1 March 2021 09:00 and 15:30 UTC."; None where there is no interval."""
    happened = time_interval(change)
    return f"{happened[0].upper()}{happened[1:]}." if happened else None


def side_now(event: Event, url: str | None, links: Links, timezone: str = "UTC") -> Side:
    """Return the page as it is now.

    Args:
        event: The event.
        url: The page's URL; None for an event without a page.
        links: Links to the web interface.
        timezone: IANA name of the zone in which times are given.
    """
    title, seen = ("Now", "first seen so") if event.change.level is Level.HEALTH else ("Now", "seen")
    if not event.snapshot.id:
        title, seen = "Found", ""
    return Side(
        title, seen, in_zone(event.snapshot.taken_at, timezone), text_after(event.change), links.after(event, url)
    )


def side_before(event: Event, url: str | None, links: Links, timezone: str = "UTC") -> Side | None:
    """Return the page as it was before; None where no check showed it. For the arguments see `side_now`."""
    if event.before is None:
        return None
    seen = "last good check" if event.change.level is Level.HEALTH else "last seen"
    time = in_zone(event.before.taken_at, timezone)
    return Side("Before", seen, time, text_before(event.change), links.before(event, url))
