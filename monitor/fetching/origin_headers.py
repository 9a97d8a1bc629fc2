"""Header fields that are sent to one origin only, such as credentials, and what is recorded of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.model import Headers
from monitor.urls import endpoint

REDACTED = "[redacted]"
"""Recorded in place of a secret value."""

# A proxy's URL can contain credentials, which urllib3 sends in this field; they are in the settings, not in a page's.
_ALWAYS_SECRET = frozenset({"proxy-authorization"})


class OriginHeaders:
    """The further header fields of one fetch, which follow it through redirects within the origin of its first URL and no further."""

    def __init__(self, url: str, headers: Headers, secret: frozenset[str]) -> None:
        """Store the fields.

        Args:
            url: The first URL, normalised.
            headers: Names and values as sent.
            secret: Names in lower case of fields whose values are not recorded.
        """
        self._origin = _origin(url)
        self._headers = dict(headers)
        self._secret = secret | _ALWAYS_SECRET
        self._left = False

    def for_request_to(self, url: str) -> dict[str, str]:
        """Return the fields to send in the next request. Empty from the first request to another origin on: that origin chooses where a redirect leads."""
        self._left = self._left or _origin(url) != self._origin
        return {} if self._left else self._headers

    def recorded(self, sent: Iterable[tuple[str, str]]) -> Headers:
        """Return the header fields of a request as recorded: all names, and the values that are not secret."""
        return tuple((name, REDACTED if name.lower() in self._secret else value) for name, value in sent)


def with_cookies(own: str | None, received: str) -> str:
    """Return a Cookie field with the page's own cookies, and those that a response has set, which replace own ones of the same name.

    Args:
        own: The page's field; None: it has none.
        received: The field for the cookies that responses have set.
    """
    if own is None:
        return received
    replaced = {_name(pair) for pair in received.split(";")}
    kept = [pair.strip() for pair in own.split(";") if _name(pair) not in replaced]
    return "; ".join([*kept, received])


def _name(pair: str) -> str:
    return pair.partition("=")[0].strip()


def _origin(url: str) -> tuple[str, str, int]:
    return (url.partition(":")[0], *endpoint(url))
