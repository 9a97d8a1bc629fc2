"""The mail of a message: subject, plain text and HTML, from templates. Pure.

The texts of a message are display-safe, and the HTML template escapes them. Both forms have the same content: the first changes in full, the others in one
line each, and a number for what is left.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.messages.layout import PAGE_LIMIT
from alerts.messages.message import SUBJECT_LIMIT, Message, MessageKind
from monitor.model import JsonValue
from rendering.text_safety import one_line

FULL_ITEMS = 25
"""Maximum number of changes that are shown in full."""
HTML_BYTES = 95_000
"""Maximum size of the HTML in UTF-8. Gmail cuts off messages of more than 102 kB."""
_CONTENTS_FROM = 6
"""Number of changes from which a message about a page has a table of contents; a collection always has one."""
_LINE_CHARS = 200
"""Maximum characters of a change in a list, where it is not shown in full."""
_THREAD_DIGITS = 32
_URL_LIMIT = 900  # a header line has at most 998 characters (RFC 5322, section 2.1.1)
_WEB = ("http://", "https://")

# Escaping is on for every template name except *.txt.
_TEMPLATES = Environment(
    loader=PackageLoader("alerts"),
    autoescape=select_autoescape(disabled_extensions=("txt",), default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters["short"] = lambda text: one_line(text, _LINE_CHARS)
_TEMPLATES.filters["web"] = lambda url: url if url is not None and url.startswith(_WEB) else None


def render_mail(message: Message) -> dict[str, JsonValue]:
    """Return the payload {"subject","text","html"}, with "thread" where the message belongs to a conversation, and "web" where the web interface is published.

    "thread" is the SHA-256 of `Message.thread`, shortened, so that it is valid in a message id whatever the address contains.
    """
    full, lines = min(len(message.items), FULL_ITEMS), len(message.items)
    html = _rendered("html", message, full, lines)
    while len(html.encode()) > HTML_BYTES and lines > 1:
        # Single lines are dropped last: a shorter list of all changes is worth more than a few in full.
        full, lines = (full // 2 or 1, lines) if full > 1 else (1, max(lines * 4 // 5, 1))
        html = _rendered("html", message, full, lines)
    payload: dict[str, JsonValue] = {
        "subject": one_line(message.subject, SUBJECT_LIMIT),
        "text": _rendered("txt", message, full, lines),
        "html": html,
    }
    if message.thread:
        payload["thread"] = hashlib.sha256(message.thread.encode("utf-8", "replace")).hexdigest()[:_THREAD_DIGITS]
    if _is_published(message.web):
        payload["web"] = message.web
    return payload


def _rendered(form: str, message: Message, full: int, lines: int) -> str:
    """Return one form of a message that shows the first `full` changes in full and, after them, those up to `lines` in one line each."""
    return _TEMPLATES.get_template(f"message.{form}").render(_variables(message, full, lines))


def _variables(message: Message, full: int, lines: int) -> Mapping[str, Any]:
    items = message.items
    is_collection = message.kind in (MessageKind.DIGEST, MessageKind.SUMMARY)
    pages, intervals = {item.page for item in items}, {item.interval for item in items}
    intro = message.intro
    if len(items) > 1 and intro is not None and intro.startswith(message.title):
        rest = intro[len(message.title) :].strip()
        intro = f"{rest[:1].upper()}{rest[1:]}"
    return {
        "message": message,
        "intro": intro,
        "full": items[:full],
        "brief": items[full:lines],
        "more": message.more + len(items) - lines,
        "several": len(items) > 1,
        "numbered": len(items) >= _CONTENTS_FROM or (is_collection and len(items) > 1),
        # What all changes have in common is shown once.
        "page": items[0].page if len(items) > 1 and len(pages) == 1 else None,
        "interval": items[0].interval if len(items) > 1 and len(intervals) == 1 else None,
        "page_limit": PAGE_LIMIT,
    }


def _is_published(url: str | None) -> bool:
    """Return whether an address can be used by a reader elsewhere, and in a header as it is."""
    if url is None or not url.startswith(_WEB) or len(url) > _URL_LIMIT or not url.isascii():
        return False
    if any(not character.isprintable() or character in " <>," for character in url):
        return False
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        return not ipaddress.ip_address(host).is_loopback
    return bool(host) and host != "localhost" and not host.endswith(".localhost")
