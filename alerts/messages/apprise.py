"""Messages for services that Apprise sends to: a title and plain text. Pure.

Apprise escapes for HTML and Markdown where it knows that a service expects them; many services interpret plain text as well. Which markup they have is not
known here, so the beginnings of links, tags and mentions are separated by a zero-width space, which no markup ignores.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from alerts.messages.layout import Line, Span, Style, layout, without_subject
from alerts.messages.markup import Markup, posts
from alerts.messages.message import Message
from alerts.messages.ntfy import click_url
from monitor.model import JsonValue

BODY_CHARS = 4000
"""Maximum characters of a body. Apprise splits it for services that take less, and waits between the parts."""
_FOOT_CHARS = 600
_GAP = "\u200b"

_ADDRESS = re.compile(r"(https?://\S+)")
_TAG = re.compile(r"<(?!\s)")
_LINK = re.compile(r"\](?=[(\[:])")
_MENTION = re.compile(r"@(?!\s)")
_SCRIPT = re.compile(r"\b(javascript|vbscript|data)(?=:)", re.IGNORECASE)
_IN_ADDRESS = str.maketrans({"@": "%40", "<": "%3C", ">": "%3E", "(": "%28", '"': "%22", "`": "%60"})


def plain(text: str) -> str:
    """Return a text in which no service finds a link with a text, a tag or a mention; web addresses in it remain addresses."""
    parts = _ADDRESS.split(text)
    return "".join(part.translate(_IN_ADDRESS) if index % 2 else _separated(part) for index, part in enumerate(parts))


MARKUP = Markup(escape=plain, styles={Style.MARK: "»{}«".format}, link=None, size=len, limit=BODY_CHARS - _FOOT_CHARS)


def render_apprise(message: Message) -> dict[str, JsonValue]:
    """Return the payload {"apprise": [body]}, of which the body is {"title", "body"} in JSON."""
    content = without_subject(layout(message), message)
    content = replace(content, foot=(*_link(message), *content.foot))
    text = "\n\n".join(posts(content, message, MARKUP, most=1))
    title = plain(message.subject) or "Pagewitness"
    return {"apprise": [json.dumps({"title": title, "body": _cut(text)})]}


def _link(message: Message) -> Iterator[Line]:
    """Yield the line with the address of the archived page, or else of the page; none where the message has the address of all changes."""
    if message.link is None and (url := click_url(message)) is not None:
        archived = url == message.items[0].now.link
        yield (Span("Archived page" if archived else "Page", url=url),)


def _separated(text: str) -> str:
    text = _MENTION.sub(f"@{_GAP}", _LINK.sub(f"]{_GAP}", _TAG.sub(f"<{_GAP}", text)))
    return _SCRIPT.sub(rf"\1{_GAP}", text)


def _cut(text: str) -> str:
    return text if len(text) <= BODY_CHARS else f"{text[: BODY_CHARS - 1]}…"
