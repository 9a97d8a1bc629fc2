"""Comparison of the reported events with the script: none missing, none unexpected, none twice. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage

from bs4 import BeautifulSoup

from monitor.model import EventKind, JsonValue
from pagewitness.demo.script import Expected

Value = int | tuple[int, ...] | None

# The first lines of Pagewitness's mails, as rendered.
_HEADINGS = {
    "A key fact changed": EventKind.FACT_CHANGED,
    "The page contradicts itself": EventKind.FACT_CONTRADICTION,
    "The page agrees with itself again": EventKind.FACT_AGREED,
    "A key fact is no longer stated": EventKind.FACT_LOST,
    "A key fact is stated again": EventKind.FACT_FOUND,
}
_SPELLED_OUT = {"sixty": 60, "sixty-five": 65}
"""The only counts that the site writes as words."""

_REPLAY = re.compile(r"/replay/(?P<time>\d{14})/(?P<url>\S+)")
_NUMBER = re.compile(rf"\b(?:\d+|{'|'.join(sorted(_SPELLED_OUT, key=len, reverse=True))})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReportedEvent:
    """One event, as it was reported.

    Attributes:
        at: When the page first showed `after`.
        page: The page's URL.
        kind: The event's kind.
        before: The value before; None if there is none, or if it was not reported.
        after: The value after; None if there is none.
    """

    at: datetime
    page: str
    kind: EventKind
    before: Value
    after: Value

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.kind} {_rendered(self.before)} → {_rendered(self.after)} {self.page}"


def expected(script: Iterable[Expected], url: Callable[[str], str]) -> list[ReportedEvent]:
    """Return the events that the script expects; `url` converts a path to the page's URL."""
    return [ReportedEvent(item.at, url(item.page), item.kind, item.before, item.after) for item in script]


def from_event(event: Mapping[str, JsonValue]) -> ReportedEvent:
    """Convert an event of `changes --json` or of a webhook."""
    return ReportedEvent(
        at=datetime.fromisoformat(event["at"]),
        page=event["url"],
        kind=EventKind(event["kind"]),
        before=_value(event["before"]),
        after=_value(event["after"]),
    )


def from_mail(mail: EmailMessage) -> ReportedEvent:
    """Extract an event from what a mail's reader sees: the subject, the first line and the first replay link.

    Raises:
        ValueError: The mail was not written by Pagewitness.
    """
    body = mail.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    link = _REPLAY.search(text)
    heading = text.partition("\n")[0].strip()
    if link is None or heading not in _HEADINGS:
        raise ValueError(f"this mail tells of no event: {mail['Subject']}")
    kind = _HEADINGS[heading]
    before, after = _values(str(mail["Subject"]).partition(" (")[0].rpartition("member_count")[2], kind)
    time = datetime.strptime(link["time"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return ReportedEvent(time, link["url"], kind, before, after)


def as_mailed(event: ReportedEvent) -> ReportedEvent:
    """Return the event as a mail reports it: a fact_agreed event omits the values stated before."""
    return (
        ReportedEvent(event.at, event.page, event.kind, None, event.after)
        if event.kind is EventKind.FACT_AGREED
        else event
    )


def differences(where: str, expected_events: Iterable[ReportedEvent], reported: Iterable[ReportedEvent]) -> list[str]:
    """Return one line for each event that is missing and for each that is unexpected; a duplicate event is unexpected."""
    wanted, got = Counter(expected_events), Counter(reported)
    missing = [f"{where}: missing: {event}" for event in (wanted - got).elements()]
    extra = [
        f"{where}: {'twice' if event in wanted else 'not expected'}: {event}" for event in (got - wanted).elements()
    ]
    return missing + extra


def states(body: bytes, sentence: str) -> bool:
    """Return whether an archived page contains a sentence as visible text, independent of its markup."""
    return _collapse_whitespace(sentence) in _collapse_whitespace(BeautifulSoup(body, "html.parser").get_text())


def _values(summary: str, kind: EventKind) -> tuple[Value, Value]:
    numbers = [_SPELLED_OUT.get(text.lower()) or int(text) for text in _NUMBER.findall(summary)]
    if kind is EventKind.FACT_CONTRADICTION:
        return None, tuple(numbers)
    if kind is EventKind.FACT_AGREED:
        return None, numbers[0] if numbers else None
    before, after = (*numbers, None, None)[:2]
    return before, after


def _value(value: JsonValue) -> Value:
    return tuple(value) if isinstance(value, list) else value


def _rendered(value: Value) -> str:
    if value is None:
        return "—"
    return " beside ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _collapse_whitespace(text: str) -> str:
    return " ".join(text.split())
