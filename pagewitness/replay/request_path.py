"""The path of a request as it was sent: URLs inside of addresses must not be decoded."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request

from pagewitness.replay.replayed import PREFIX

PREFIX_STATE = "replay_prefix"
"""Name in a request's state of the prefix that its path had, where it is not `PREFIX`."""


def prefix_of(request: Request) -> str:
    """Return the path prefix of the addresses in the response: that of the request, which may be signed."""
    return str(request.scope.get("state", {}).get(PREFIX_STATE, PREFIX))


def raw_path(request: Request) -> str:
    """Return the path of a request, still percent-encoded, without its query."""
    raw = request.scope.get("raw_path")
    path = raw.decode("ascii", "replace") if raw else quote(request.scope["path"])
    return path.split("?", 1)[0]
