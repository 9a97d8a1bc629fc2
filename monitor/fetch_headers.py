"""What a response's header fields say to the one who fetches: all of them in order, and where a redirect leads."""

from __future__ import annotations

import http.client
from typing import Any

from monitor.model import Exchange, Headers

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def redirect_target(exchange: Exchange) -> str | None:
    """Where a response sends us; None where it does not."""
    if exchange.status not in _REDIRECTS:
        return None
    location = (exchange.header("Location") or "").strip()
    # Servers put raw UTF-8 into it, which arrived as latin-1.
    sent = location.encode("latin-1", "replace")
    try:
        return sent.decode() or None
    except UnicodeDecodeError:
        return location


def received_headers(raw: Any) -> Headers:
    """All header fields in the order received. urllib3's own mapping would bring fields of one name together."""
    original = getattr(raw, "_original_response", None)
    if isinstance(original, http.client.HTTPResponse):
        return tuple((name, str(value)) for name, value in original.msg.items())
    return tuple((name, str(value)) for name, value in raw.headers.items())
