"""Comparison of the reported events with the script: none missing, none unexpected, none twice. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage

from bs4 import BeautifulSoup

from monitor.model import EventKind, JsonValue
from pagewitness.demo.script import Expected

Value = int | tuple[int, ...] | None

# The heading of each change in Pagewitness's mails, as rendered.
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
    """Convert an event of `changes --json`, or an entry of a webhook."""
    return ReportedEvent(
        at=datetime.fromisoformat(event["at"]),
        page=event["url"],
        kind=EventKind(event["kind"]),
        before=_value(event["before"]),
        after=_value(event["after"]),
    )


def from_webhook(body: Mapping[str, JsonValue]) -> Iterator[ReportedEvent]:
    """Yield the events of a webhook: one for each page that an entry names.

    Raises:
        ValueError: A page has no replay link.
    """
    for entry in body["events"]:
        event = from_event(entry)
        yield event
        for page in entry["also_on"]:
            link = _REPLAY.search(page["links"]["replay_after"] or "")
            if link is None:
                raise ValueError(f"there is no replay of {page['url']}")
            yield replace(event, at=_time(link), page=page["url"])


def from_mail(mail: EmailMessage) -> list[ReportedEvent]:
    """Extract the events from what a mail's reader sees: of each change the heading, the line under it, and the latest replay of each page.

    Raises:
        ValueError: The mail was not written by Pagewitness.
    """
    body = mail.get_body(("plain",))
    lines = body.get_content().splitlines() if body is not None else []
    begins = [number for number, line in enumerate(lines) if line.strip() in _HEADINGS]
    sections = [lines[begin:end] for begin, end in zip(begins, [*begins[1:], len(lines)], strict=False)]
    found = [event for section in sections for event in _of_section(section)]
    if not found:
        raise ValueError(f"this mail tells of no event: {mail['Subject']}")
    return found


def _of_section(lines: Sequence[str]) -> Iterator[ReportedEvent]:
    """Yield the events of one change of a mail: one for each page of which it has a replay link."""
    kind = _HEADINGS[lines[0].strip()]
    summary = lines[1].partition(" (")[0].rpartition("member_count")[2]
    before, after = _values(summary, kind)
    times: dict[str, datetime] = {}
    for link in _REPLAY.finditer("\n".join(lines)):
        times[link["url"]] = max(_time(link), times.get(link["url"], _time(link)))
    for url, time in times.items():
        yield ReportedEvent(time, url, kind, before, after)


def _time(link: re.Match[str]) -> datetime:
    return datetime.strptime(link["time"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)


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
