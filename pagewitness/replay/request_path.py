"""The path of a request as it was sent: URLs inside of addresses must not be decoded."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request


def raw_path(request: Request) -> str:
    """Return the path of a request, still percent-encoded, without its query."""
    raw = request.scope.get("raw_path")
    path = raw.decode("ascii", "replace") if raw else quote(request.scope["path"])
    return path.split("?", 1)[0]
