"""robots.txt rules of a host (RFC 9309) and its crawl-delay. Pure: callers fetch and store the file.

A file that does not exist (4xx), or that more than five redirects lead to, disallows nothing. An unreachable file (5xx, no answer) disallows
everything for now; an earlier copy stays in force meanwhile, and after 30 days the file is treated as nonexistent. 429 (Too Many Requests) does not mean
that the file does not exist, so it counts as unreachable. Only the first 500 KiB are parsed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from protego import Protego

from monitor.fetching.retry_after import BUSY
from monitor.model import FailureKind, FetchResult, RobotsFile

PRODUCT = "Pagewitness"
"""Product token that robots.txt uses for this crawler, whatever else the User-Agent contains (RFC 9309 §2.2.1)."""

_TOKEN = re.compile(r"[a-z_-]+", re.IGNORECASE | re.ASCII)
_NAMES_ROBOT = frozenset({"user-agent", "useragent", "user agent"})
_ANOTHER = "-"
"""Stands for any other robot: no product token begins with it."""

MAX_BYTES = 500 * 1024
MAX_REDIRECTS = 5
KEPT = timedelta(hours=24)
UNREACHABLE_FOR = timedelta(days=30)
LONGEST_DELAY = timedelta(seconds=60)


class Ruling(StrEnum):
    """Ruling of robots.txt for one URL."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    """The file is unreachable, so nothing may be requested now (RFC 9309 §2.3.1.4)."""


def origin_of(url: str) -> str:
    """Return scheme and host that one robots.txt applies to: "https://example.org" of a normalised URL."""
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc}"


def address_of(origin: str) -> str:
    """Return the URL of an origin's robots.txt."""
    return f"{origin}/robots.txt"


def is_fresh(file: RobotsFile, now: datetime) -> bool:
    """Return whether a file need not be requested again. A file dated in the future was fetched before the clock was set back, and is not trusted.

    Args:
        file: As last stored.
        now: Real time.
    """
    return file.fetched_at <= now < min(file.expires_at, file.fetched_at + KEPT)


def answered(origin: str, result: FetchResult, now: datetime, before: RobotsFile | None) -> RobotsFile:
    """Return the robots.txt to store after a request for it.

    Args:
        origin: See `origin_of`.
        result: The fetch result.
        now: Real time.
        before: The file stored before; None for the first time.
    """
    final = result.final
    if final.failure is not None and final.failure.kind is FailureKind.TOO_MANY_REDIRECTS:
        return RobotsFile(origin, now, now + KEPT, 404, "")
    if final.failure is None and final.status is not None and _settles(final.status):
        body = final.body if final.body is not None and 200 <= final.status < 300 else b""
        return RobotsFile(origin, now, now + KEPT, final.status, _text(body))
    since = now if before is None or before.unreachable_since is None else min(before.unreachable_since, now)
    if before is not None and _settles(before.status):
        # Still in force, but requested again at the next visit.
        return replace(before, fetched_at=now, expires_at=now, unreachable_since=since)
    return RobotsFile(origin, now, now, final.status, "", since)


class Rules:
    """A parsed robots.txt."""

    def __init__(self, file: RobotsFile, now: datetime) -> None:
        """Parse a file.

        Args:
            file: As stored.
            now: Real time, from which the time that it has been unreachable is computed.
        """
        self._parsed = Protego.parse("\n".join(map(_with_product_token, file.body.splitlines())))
        given_up = file.unreachable_since is not None and now - file.unreachable_since >= UNREACHABLE_FOR
        self._open = given_up
        self._closed = not given_up and not _settles(file.status)

    def ruling(self, url: str) -> Ruling:
        """Return the ruling for a URL of its origin."""
        if self._closed:
            return Ruling.UNKNOWN
        if self._open or self._parsed.can_fetch(url, PRODUCT):
            return Ruling.ALLOWED
        return Ruling.FORBIDDEN

    @property
    def delay(self) -> timedelta | None:
        """Minimum time between two requests (crawl-delay), at most 60 seconds; None where the file sets none."""
        seconds = None if self._open else self._parsed.crawl_delay(PRODUCT)
        return (
            None
            if seconds is None
            else min(timedelta(seconds=min(seconds, LONGEST_DELAY.total_seconds())), LONGEST_DELAY)
        )


def _with_product_token(line: str) -> str:
    """Return a line of the file, a User-agent line reduced to its product token (RFC 9309 §2.2.1).

    "Pagewitness/2.0 (beta)" is Pagewitness, as for Google's parser, and "Page" is another robot, which Protego would match with this one.
    """
    rule = line.partition("#")[0]
    name, _, value = rule.partition(":")
    words = value.split()
    if name.strip().lower() not in _NAMES_ROBOT:
        # Protego also accepts the line without a colon.
        words = rule.split()
        size = next((count for count in (1, 2) if " ".join(words[:count]).lower() in _NAMES_ROBOT), None)
        if size is None:
            return line
        words = words[size:]
    token = _TOKEN.match(words[0]) if words else None
    if token is not None and token[0].lower() == PRODUCT.lower():
        return f"User-agent: {PRODUCT}"
    return f"User-agent: {'*' if words[:1] == ['*'] else _ANOTHER}"


def _settles(status: int | None) -> bool:
    """Return whether a status code determines the content of the file, or that it does not exist."""
    return status is not None and status < 500 and status not in BUSY


def _text(body: bytes) -> str:
    """Return the first 500 KiB as text; a line that is cut there is dropped."""
    kept = body[:MAX_BYTES]
    if len(body) >= MAX_BYTES:
        kept = kept[: kept.rfind(b"\n") + 1]
    return kept.decode("utf-8-sig", "replace")
