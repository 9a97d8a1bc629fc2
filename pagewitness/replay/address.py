"""What a replay address asks for: a time, a way of showing, and a URL in one of the forms in which people and tools write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from monitor.urls import normalise

RECEIVED = "id_"
"""The modifier that asks for the bytes as received. Every other one asks for content without a banner."""

_TIMED = re.compile(r"(\d{4,14})([a-z]{2}_)?/(.*)", re.DOTALL)
_ENCODED = re.compile(r"https?(?::|%3a)(?:/|%2f)*", re.IGNORECASE)
_SCHEME = re.compile(r"(https?):/*", re.IGNORECASE)
_FILL = "00000101000000"
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)  # so that a second more is still a date


@dataclass(frozen=True, slots=True)
class Address:
    """One replay address, read.

    Attributes:
        when: The time asked for, 14 digits; None asks for the newest.
        modifier: "" or two letters and "_".
        url: The URL asked for, normalised.
    """

    when: str | None
    modifier: str
    url: str


def read_address(path: str, query: str) -> Address:
    """The address in what follows `/replay/`.

    Four to fourteen digits are a time, missing ones filled up with its beginning. The URL may be percent-encoded as a whole, its slashes
    collapsed by a proxy, its scheme left out; a query belongs to it.

    Args:
        path: Still percent-encoded, without the prefix.
        query: Without the question mark; "" where there is none.

    Raises:
        ValueError: No such time, or no URL that could be archived; the message says which.
    """
    timed = _TIMED.fullmatch(path)
    when = _fourteen(timed[1]) if timed is not None else None
    target = timed[3] if timed is not None else path
    url = _plain(target) + (f"?{query}" if query else "")
    return Address(when, (timed[2] or "") if timed is not None else "", normalise(url))


def variants(url: str) -> list[str]:
    """Other URLs that people mean by this one: the other scheme, with or without the last slash."""
    parts = urlsplit(url)
    path = parts.path[:-1] if parts.path.endswith("/") and parts.path != "/" else parts.path + "/" * (parts.path != "/")
    schemes = (parts.scheme, "http" if parts.scheme == "https" else "https")
    found = [parts._replace(scheme=scheme, path=shape).geturl() for scheme in schemes for shape in (parts.path, path)]
    return [other for other in dict.fromkeys(found) if other != url]


def digits(moment: datetime) -> str:
    """A time as archives write it: 14 digits, UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S").zfill(14)


def moment(when: str) -> datetime:
    """The inverse of `digits`."""
    return datetime.strptime(when, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _fourteen(written: str) -> str:
    even = written[: len(written) // 2 * 2]
    try:
        return digits(min(moment(even + _FILL[len(even) :]), _LATEST))
    except ValueError:
        raise ValueError(f"{written} is no time: write it as YYYYMMDDhhmmss, in UTC") from None


def _plain(target: str) -> str:
    opening = _ENCODED.match(target)
    if opening is not None and "%" in opening.group():
        target = unquote(target)
    scheme = _SCHEME.match(target)
    if scheme is None:
        return "http://" + target.lstrip("/")
    return f"{scheme[1].lower()}://{target[scheme.end() :]}"
