"""Holds what was told against the script: nothing missing, nothing more, nothing twice. Pure but for what is handed in."""

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

# The first lines of our mails, as readers get them.
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
class Told:
    """One event, as somebody was told of it.

    Attributes:
        at: When the page first showed `after`.
        page: The page's URL.
        kind: What happened.
        before: The value before; None where there is none, or where it was not told.
        after: The value after; None where there is none.
    """

    at: datetime
    page: str
    kind: EventKind
    before: Value
    after: Value

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.kind} {_shown(self.before)} → {_shown(self.after)} {self.page}"


def expected(script: Iterable[Expected], url: Callable[[str], str]) -> list[Told]:
    """What the script wants told; `url` makes a path the page's URL."""
    return [Told(item.at, url(item.page), item.kind, item.before, item.after) for item in script]


def from_event(event: Mapping[str, JsonValue]) -> Told:
    """An event as `changes --json` and webhooks give it."""
    return Told(
        at=datetime.fromisoformat(event["at"]),
        page=event["url"],
        kind=EventKind(event["kind"]),
        before=_value(event["before"]),
        after=_value(event["after"]),
    )


def from_mail(mail: EmailMessage) -> Told:
    """An event as a mail tells it, read from what its reader sees: the subject, the first line and the first link to a replay.

    Raises:
        ValueError: It is no mail of ours.
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
    return Told(time, link["url"], kind, before, after)


def as_mailed(told: Told) -> Told:
    """What of an event a mail tells: a page that agrees with itself again is told without the values that it stated before."""
    return Told(told.at, told.page, told.kind, None, told.after) if told.kind is EventKind.FACT_AGREED else told


def differences(where: str, wanted: Iterable[Told], found: Iterable[Told]) -> list[str]:
    """One line for each event that is missing, and for each that is too much; a second copy of an event is too much."""
    want, have = Counter(wanted), Counter(found)
    missing = [f"{where}: missing: {told}" for told in (want - have).elements()]
    extra = [f"{where}: {'twice' if told in want else 'not expected'}: {told}" for told in (have - want).elements()]
    return missing + extra


def says(body: bytes, sentence: str) -> bool:
    """Whether an archived page holds a sentence, in its own markup, as a reader sees it."""
    return _folded(sentence) in _folded(BeautifulSoup(body, "html.parser").get_text())


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


def _shown(value: Value) -> str:
    if value is None:
        return "—"
    return " beside ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _folded(text: str) -> str:
    return " ".join(text.split())
