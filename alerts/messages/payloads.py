"""Contents of deliveries: the subject line, text and HTML of an alert mail (`mail`), and the JSON of a webhook. Pure.

Watched pages are hostile: every text of a page first passes through `rendering.text_safety`, and through the template's escaping in HTML.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.model import RecordedEvent, Rule
from monitor.model import Event, EventKind, JsonValue, Level
from monitor.times import iso_utc
from monitor.urls import host_of
from rendering.event_json import event_json
from rendering.links import Links
from rendering.sentences import summary
from rendering.statements import URL_LIMIT, Statement, text_after, text_before
from rendering.text_safety import one_line
from rendering.time_interval import time_interval

WEBHOOK_TYPE = "pagewitness.event"
SUBJECT_LIMIT = 200
_SUMMARY_LIMIT = 300
_LABEL_LIMIT = 80

# Escaping is on for every template name except *.txt.
_TEMPLATES = Environment(
    loader=PackageLoader("alerts"),
    autoescape=select_autoescape(disabled_extensions=("txt",), default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)

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


@dataclass(frozen=True, slots=True)
class Side:
    """The page before a change, or now.

    Attributes:
        title: "Now", "Before".
        seen: How that was seen; "" where no check showed it.
        time: "2021-03-01 12:00:00 UTC".
        statements: The statements of the page; empty where nothing can be quoted.
        link: Its replay; None where there is none.
    """

    title: str
    seen: str
    time: str
    statements: tuple[Statement, ...]
    link: str | None


def render_email(recorded: RecordedEvent, rule: Rule, links: Links) -> dict[str, JsonValue]:
    """Return the payload {"subject","text","html"} of a mail about an event that `rule` selected."""
    kind = recorded.event.change.kind.value
    return mail(recorded, links, f"Why you got this: the rule “{one_line(rule.name, _LABEL_LIMIT)}” selects {kind}.")


def mail(recorded: RecordedEvent, links: Links, why: str) -> dict[str, JsonValue]:
    """Return the same payload as `render_email`; `why` is the sentence that explains to readers why they received the mail."""
    view = _view(recorded, links, why)
    return {
        "subject": one_line(
            f"{view['page']}: {view['summary']}" if view["page"] else str(view["summary"]), SUBJECT_LIMIT
        ),
        "text": _TEMPLATES.get_template("mail.txt").render(view),
        "html": _TEMPLATES.get_template("mail.html").render(view),
    }


def render_webhook(
    recorded: RecordedEvent, rule: Rule, uid: str, links: Links, *, message_type: str = WEBHOOK_TYPE
) -> dict[str, JsonValue]:
    r"""Return the payload {"body"} of a webhook: the exact text to sign and send, the same for all attempts.

    ASCII only, everything else as \u escapes: no text of a page, lone surrogates included, can break an encoder or a signature.
    """
    event, url = recorded.event, recorded.page_url
    message = {
        "type": message_type,
        "id": uid,
        "timestamp": iso_utc(recorded.recorded_at),
        "rule": rule.name,
        "page": None if url is None else {"url": url, "label": recorded.page_label},
        "event": event_json(event, url),
        "between": event.change.detail.get("between"),
        "links": {"replay_after": links.after(event, url), "replay_before": links.before(event, url)},
    }
    return {"body": json.dumps(message)}


def _view(recorded: RecordedEvent, links: Links, why: str) -> dict[str, JsonValue]:
    """Return the variables of the templates."""
    event, url = recorded.event, recorded.page_url
    label = recorded.page_label or (host_of(url) if url else "")
    happened = time_interval(event.change)
    return {
        "heading": _HEADINGS[event.change.kind],
        "summary": one_line(summary(event.change), _SUMMARY_LIMIT),
        "page": one_line(label, _LABEL_LIMIT),
        "url": url,
        "url_shown": one_line(url or "", URL_LIMIT),
        "claim": f"{happened[0].upper()}{happened[1:]}." if happened else None,
        "now": _now(event, links.after(event, url)),
        "before": _before(event, links.before(event, url)),
        "advice": _ADVICE.get(event.change.kind),
        "why": why,
    }


def _now(event: Event, link: str | None) -> Side:
    title, seen = ("Now", "first seen so") if event.change.level is Level.HEALTH else ("Now", "seen")
    if not event.snapshot.id:
        title, seen = "Found", ""
    return Side(title, seen, _time(event.snapshot.taken_at), text_after(event.change), link)


def _before(event: Event, link: str | None) -> Side | None:
    if event.before is None:
        return None
    seen = "last good check" if event.change.level is Level.HEALTH else "last seen"
    return Side("Before", seen, _time(event.before.taken_at), text_before(event.change), link)


def _time(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
