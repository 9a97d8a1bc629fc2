"""What a site's robots.txt allows us (RFC 9309), and what it asks of guests. Pure: somebody else asks for the file and remembers it.

The rules: a file that is not there (4xx), or that more than five redirects lead to, forbids nothing. One that cannot be had (5xx, no answer) forbids
everything for now; a copy had before stays in force meanwhile, and after 30 days it counts as not there. 429 (Too Many Requests) is no way of saying that there is
none, and counts as not to be had. The first 500 KiB are read.
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
"""What robots.txt calls us: the product token, whatever the User-Agent says besides (RFC 9309 §2.2.1)."""

_TOKEN = re.compile(r"[a-z_-]+", re.IGNORECASE | re.ASCII)
_NAMES_ROBOT = frozenset({"user-agent", "useragent", "user agent"})
_ANOTHER = "-"
"""Any robot that is not us: in no product token's beginning."""

MAX_BYTES = 500 * 1024
MAX_REDIRECTS = 5
KEPT = timedelta(hours=24)
UNREACHABLE_FOR = timedelta(days=30)
LONGEST_DELAY = timedelta(seconds=60)


class Ruling(StrEnum):
    """What robots.txt says of one URL."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    """It could not be had, so nothing is to be asked for now (RFC 9309 §2.3.1.4)."""


def origin_of(url: str) -> str:
    """Scheme and host that one robots.txt rules: "https://example.org" of a normalised URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def address_of(origin: str) -> str:
    """Where an origin's robots.txt is."""
    return f"{origin}/robots.txt"


def is_fresh(file: RobotsFile, now: datetime) -> bool:
    """Whether a file need not be asked for again. One from the future was had before a clock was put back, and is none to trust.

    Args:
        file: As last had.
        now: Real time.
    """
    return file.fetched_at <= now < min(file.expires_at, file.fetched_at + KEPT)


def answered(origin: str, look: FetchResult, now: datetime, before: RobotsFile | None) -> RobotsFile:
    """What asking for robots.txt came to.

    Args:
        origin: See `origin_of`.
        look: The exchanges.
        now: Real time.
        before: What was had before; None for the first time.
    """
    final = look.final
    if final.failure is not None and final.failure.kind is FailureKind.TOO_MANY_REDIRECTS:
        return RobotsFile(origin, now, now + KEPT, 404, "")
    if final.failure is None and final.status is not None and _settles(final.status):
        body = final.body if final.body is not None and 200 <= final.status < 300 else b""
        return RobotsFile(origin, now, now + KEPT, final.status, _text(body))
    since = now if before is None or before.unreachable_since is None else min(before.unreachable_since, now)
    if before is not None and _settles(before.status):
        # Still in force, but asked for again at the next visit.
        return replace(before, fetched_at=now, expires_at=now, unreachable_since=since)
    return RobotsFile(origin, now, now, final.status, "", since)


class Rules:
    """A robots.txt, read."""

    def __init__(self, file: RobotsFile, now: datetime) -> None:
        """Read a file.

        Args:
            file: As had.
            now: Real time: for how long it could not be had counts.
        """
        self._parsed = Protego.parse("\n".join(map(_with_product_token, file.body.splitlines())))
        given_up = file.unreachable_since is not None and now - file.unreachable_since >= UNREACHABLE_FOR
        self._open = given_up
        self._closed = not given_up and not _settles(file.status)

    def ruling(self, url: str) -> Ruling:
        """What it says of a URL of its origin."""
        if self._closed:
            return Ruling.UNKNOWN
        if self._open or self._parsed.can_fetch(url, PRODUCT):
            return Ruling.ALLOWED
        return Ruling.FORBIDDEN

    @property
    def delay(self) -> timedelta | None:
        """The least time between two requests that it asks for (crawl-delay), 60 seconds at most; None where it asks for none."""
        asked = None if self._open else self._parsed.crawl_delay(PRODUCT)
        return (
            None if asked is None else min(timedelta(seconds=min(asked, LONGEST_DELAY.total_seconds())), LONGEST_DELAY)
        )


def _with_product_token(line: str) -> str:
    """A line of the file; where it names a robot, by its product token alone (RFC 9309 §2.2.1).

    "Pagewitness/2.0 (beta)" is Pagewitness, as for Google's parser, and "Page" is somebody else, whom Protego would take for us.
    """
    rule = line.partition("#")[0]
    name, _, value = rule.partition(":")
    words = value.split()
    if name.strip().lower() not in _NAMES_ROBOT:
        # Protego takes it without a colon, too.
        words = rule.split()
        long = next((n for n in (1, 2) if " ".join(words[:n]).lower() in _NAMES_ROBOT), None)
        if long is None:
            return line
        words = words[long:]
    token = _TOKEN.match(words[0]) if words else None
    if token is not None and token[0].lower() == PRODUCT.lower():
        return f"User-agent: {PRODUCT}"
    return f"User-agent: {'*' if words[:1] == ['*'] else _ANOTHER}"


def _settles(status: int | None) -> bool:
    """Whether an answer says what the file is, or that there is none."""
    return status is not None and status < 500 and status not in BUSY


def _text(body: bytes) -> str:
    """Its first 500 KiB as text; a line that was cut in two there is left out."""
    kept = body[:MAX_BYTES]
    if len(body) >= MAX_BYTES:
        kept = kept[: kept.rfind(b"\n") + 1]
    return kept.decode("utf-8-sig", "replace")
