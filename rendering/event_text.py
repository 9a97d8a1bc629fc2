"""Texts about one event that mails, chat messages and feeds share: its headline, what the page stated before and states now, and the page's name. Pure.

All texts are display-safe (`rendering.text_safety`), but not escaped: each renderer escapes for its own markup.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.model import Change, Event, EventKind, Level, MentionType, Reason
from rendering.links import Links
from rendering.sentences import summary
from rendering.statements import Statement, changed_words, text_after, text_before
from rendering.text_safety import one_line
from rendering.time_interval import time_interval
from rendering.times import in_zone
from rendering.value_texts import difference

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


def sentence_with_units(change: Change) -> str:
    """Return the sentence of a change, for a number with its unit on both sides: "member_count: 83 members → 85 members (+2)"; for a text see `headline`.

    Numbers without a unit have the plain sentence, as does a step from or to 1, whose noun differs, and an amount of money, whose quote has its currency.
    So have units that are written from right to left: they would show both numbers in the wrong order around the arrow.
    """
    detail, unit = change.detail, change.detail.get("unit")
    if change.reason not in (Reason.FACT_CHANGED, Reason.NUMBER_CHANGED) or not isinstance(unit, str) or not unit:
        return _changed_text(change) or sentence(change)
    quotes = [one_line(quote or "", _NAME_LIMIT) for quote in (change.quote_before, change.quote_after)]
    has_noun = all(isinstance(value, int | float) and abs(value) != 1 for value in (change.before, change.after))
    is_complete = any(not quote or unit.casefold() in quote.casefold() for quote in quotes)
    is_counted = detail.get("type", MentionType.COUNTED) == MentionType.COUNTED
    if not has_noun or is_complete or not is_counted or _is_right_to_left(unit):
        return sentence(change)
    name = change.fact or ", ".join(str(detail[key]) for key in ("row", "column") if key in detail)
    steps = " → ".join(f"{quote} {one_line(unit, _NAME_LIMIT)}" for quote in quotes)
    return one_line(f"{f'{name}: ' if name else ''}{steps}{difference(change.before, change.after)}", _SUMMARY_LIMIT)


def sentence_below_heading(change: Change) -> str:
    """Return `sentence_with_units` for use beside `heading`: without a kind at its beginning that the heading states, as "The text changed" does."""
    text = sentence_with_units(change)
    kind, separator, rest = text.partition(": ")
    return rest if separator and heading(change.kind).casefold().endswith(kind.casefold()) else text


def headline(change: Change) -> str:
    """Return the sentence of a change, with the unit in place of a fact's technical name: "members 83 → 85 (+2)"; of a text, the words that changed."""
    text, unit = sentence(change), change.detail.get("unit")
    noun = unit if isinstance(unit, str) and not _is_right_to_left(unit) else ""
    if change.fact is not None and noun and text.startswith(f"{change.fact} "):
        return f"{one_line(noun, _NAME_LIMIT)}{text[len(change.fact) :]}"
    return _changed_text(change) or text


def _is_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def _changed_text(change: Change) -> str | None:
    """Return the sentence of a changed text, with the words that changed first; None for other changes."""
    words = changed_words(change) if change.reason is Reason.TEXT_CHANGED else None
    if words is None:
        return None
    return f"{one_line(str(change.detail.get('source', 'text')), _NAME_LIMIT)} changed: “{words[0]}” → “{words[1]}”"


def page_name(label: str, title: str, url: str | None, *, with_host: bool = False, limit: int = _NAME_LIMIT) -> str:
    """Return the name of a page: its label, the title of its current version, or its address without scheme, never the host alone; "" where there is no page.

    Args:
        label: Its label; "" if it has none.
        title: The title; "" if it has none. One without letters and digits, or that is only the address or host, names nothing.
        url: Its URL; None where there is no page.
        with_host: Whether a title is followed by the host, for lists of pages: the page chooses its title, which may be that of another site.
        limit: Maximum number of characters of a label or title.
    """
    address = (url or "").partition("://")[2].rstrip("/")
    host = address.partition("/")[0]
    shown = one_line(title, limit)
    is_named = any(map(str.isalnum, shown)) and shown.rstrip("/").casefold() not in (
        address.casefold(),
        host.casefold(),
    )
    if one_line(label, limit):
        return one_line(label, limit)
    if is_named:
        return f"{shown} · {host}" if with_host and host else shown
    return one_line(f"Home page of {address}" if address and address == host else address, limit)


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
