"""Header fields of a response: all of them in order, and the target of a redirect."""

from __future__ import annotations

import http.client
import re
from typing import Any

from monitor.model import Exchange, Headers
from monitor.urls import without_userinfo, without_userinfo_within

REDACTED = "redacted@"
"""Replacement in the archive for a user name and password in a header field's URL."""

_LONGEST_TARGET = 2_000
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Fields whose value is a URL, and fields that contain URLs.
_URLS = frozenset({"location", "content-location"})
_WITH_URLS = frozenset({"link", "refresh", "uri"})
_NOT_UTF8 = re.compile("[\udc80-\udcff]")


def redirect_target(exchange: Exchange) -> str | None:
    """Return the target of a redirect; None where the response is not a redirect.

    Its bytes may be UTF-8 or any other encoding: bytes that are not UTF-8 are percent-encoded one by one, as browsers do.
    """
    if exchange.status not in _REDIRECTS:
        return None
    location = (exchange.header("Location") or "").strip()
    target = location.encode("latin-1", "replace").decode(errors="surrogateescape")
    return _NOT_UTF8.sub(lambda match: f"%{ord(match[0]) - 0xDC00:02X}", target) or None


def shown_target(target: str) -> str:
    """Return a redirect target that cannot be followed in a form to archive as a URL: no user name or password, of bounded length."""
    plain = without_userinfo(target)
    return "".join(character for character in plain if character.isprintable())[:_LONGEST_TARGET]


def received_headers(raw: Any) -> Headers:
    """Return all header fields in the order received, without user names and passwords in URLs. urllib3's own mapping would merge fields of one name."""
    original = getattr(raw, "_original_response", None)
    fields = original.msg if isinstance(original, http.client.HTTPResponse) else raw.headers
    return tuple((name, _redacted(name.lower(), str(value))) for name, value in fields.items())


def _redacted(name: str, value: str) -> str:
    if "@" not in value:
        return value
    if name in _URLS:
        return without_userinfo(value, REDACTED)
    return without_userinfo_within(value, REDACTED) if name in _WITH_URLS else value
