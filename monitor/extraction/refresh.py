"""Parse declarative redirects: <meta http-equiv=refresh> and the Refresh field.

Both use the shared declarative refresh steps (HTML Standard §4.2.5.3; §7.4.6.4 for the field). Redirects are not followed here.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from monitor.urls import bare_host

_SPACE = "\t\n\f\r "
_DIGITS = frozenset("0123456789")
_MOST = 4_096
"""Maximum number of characters of a value that are parsed."""
_LONGEST_DELAY = 10**9
_MOST_DIGITS = 10


class Refresh(NamedTuple):
    """A declared refresh.

    Attributes:
        delay: Seconds before the page is replaced.
        target: The URL to load, as written; "" for the page itself.
    """

    delay: int
    target: str = ""


def parse(value: str) -> Refresh | None:
    """Parse a content attribute or Refresh field; return None if it declares no refresh."""
    rest = value[:_MOST].lstrip(_SPACE)
    digits = _leading(rest, _DIGITS)
    if not digits and not rest.startswith("."):
        return None
    delay = int(digits) if digits and len(digits) <= _MOST_DIGITS else _LONGEST_DELAY if digits else 0
    rest = rest[len(_leading(rest, _DIGITS | {"."})) :]
    if not rest:
        return Refresh(delay)
    if rest[0] not in f"{_SPACE};,":
        return None
    rest = rest.lstrip(_SPACE)
    if rest[:1] in (";", ","):
        rest = rest[1:].lstrip(_SPACE)
    return Refresh(delay, _target(rest))


def _target(rest: str) -> str:
    """Return the URL after "url=", or the whole text without it; a quoted URL ends at its quote."""
    if rest[:3].lower() == "url":
        behind = rest[3:].lstrip(_SPACE)
        if not behind.startswith("="):
            return rest.rstrip(_SPACE)
        rest = behind[1:].lstrip(_SPACE)
    quote = rest[:1]
    if quote in ("'", '"') and quote:
        rest = rest[1:].split(quote, 1)[0]
    return rest.strip(_SPACE)


def _leading(text: str, allowed: frozenset[str]) -> str:
    end = next((place for place, character in enumerate(text) if character not in allowed), len(text))
    return text[:end]


def destination(refresh: Refresh, base: str) -> str | None:
    """Return the absolute http or https URL that a refresh loads, without user name and password.

    Returns None if the refresh has no target (it reloads the page itself) or its URL is not http or https.

    Args:
        refresh: The declared refresh.
        base: The URL against which relative URLs are resolved; "" if unknown: a relative URL is then returned as written.
    """
    if not refresh.target:
        return None
    try:
        # Browsers remove tabs and line ends from a URL, and control characters from its ends (URL Standard §4.4).
        written = refresh.target.strip("".join(map(chr, range(0x21)))).translate(dict.fromkeys(map(ord, "\t\n\r")))
        url = urlsplit(urljoin(base, written.replace("\\", "/")))
        if not base and not url.scheme:
            return written or None
        if url.scheme not in ("http", "https") or not url.hostname:
            return None
        return url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return None


def leads_elsewhere(url: str, target: str, *, at_once: bool) -> bool:
    """Return whether a refresh loads another page than the one that declares it.

    A page that reloads itself may add a query, or use https or "www."; a refresh too fast for a visitor to see the page counts as a redirect even then.

    Args:
        url: The page's own URL.
        target: The absolute URL that the refresh loads.
        at_once: Whether the delay is too short for a visitor to see the page.
    """
    try:
        here, there = urlsplit(url), urlsplit(target)
        if at_once:
            return here._replace(fragment="", path=here.path or "/") != there._replace(
                fragment="", path=there.path or "/"
            )
        return _place(here.hostname, here.path) != _place(there.hostname, there.path)
    except ValueError:
        return False


def _place(host: str | None, path: str) -> tuple[str, str]:
    return bare_host(host), path.rstrip("/")
