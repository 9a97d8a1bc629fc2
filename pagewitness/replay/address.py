"""Parses replay addresses: a time, a modifier and a URL, in the forms that users and tools write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

from monitor.urls import normalise

RECEIVED = "id_"
"""The modifier that requests the bytes as received. Every other modifier requests the content without a banner."""

_TIMED = re.compile(r"(\d{4,20})([a-z]{2}_)?/(.*)", re.DOTALL)
_ENCODED = re.compile(r"https?(?::|%3a)(?:/|%2f)*", re.IGNORECASE)
_SCHEME = re.compile(r"(https?):/*", re.IGNORECASE)
_FILL = "00000101000000"
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""Later times are treated as this one; one second later is still a valid datetime."""
_SECONDS, _FRACTIONS = 14, 20  # digits of a time
_PERIODS = {8: timedelta(days=1), 10: timedelta(hours=1), 12: timedelta(minutes=1), 14: timedelta(seconds=1)}


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed replay address.

    Attributes:
        when: The requested time, 14 digits, or 20 with a fraction; None requests the newest snapshot.
        modifier: "" or two letters and "_".
        url: The requested URL, normalised.
    """

    when: str | None
    modifier: str
    url: str


def read_address(path: str, query: str) -> Address:
    """Parse what follows `/replay/` in a request.

    Four to fourteen digits are a time; missing digits are filled up with the beginning of that period. Up to six more digits are a fraction of the
    second. The URL may be percent-encoded as a whole, its slashes collapsed by a proxy, or its scheme omitted; the query is part of it.

    Args:
        path: The path without the prefix, still percent-encoded.
        query: The query without the question mark; "" if there is none.

    Raises:
        ValueError: The time or the URL is invalid; the message says which.
    """
    timed = _TIMED.fullmatch(path)
    when = _complete(timed[1]) if timed is not None else None
    target = timed[3] if timed is not None else path
    url = absolute_url(target) + (f"?{query}" if query else "")
    return Address(when, (timed[2] or "") if timed is not None else "", normalise(url))


def read_time(written: str) -> str:
    """Return a time in an address with all its digits: four to twenty, missing ones filled up with the beginning of that period.

    Raises:
        ValueError: It is invalid; the message says so.
    """
    if not (written.isascii() and written.isdecimal() and 4 <= len(written) <= _FRACTIONS):
        raise ValueError(f"{written[:40]!r} is no time: write it as YYYYMMDDhhmmss, in UTC")
    return _complete(written)


def end_of_period(written: str) -> datetime | None:
    """Return the end, exclusive, of the period that a time in an address denotes: of the second for 14 digits, of the year for 4; None if it has no end.

    Raises:
        ValueError: It is invalid; the message says so.
    """
    begin = moment(read_time(written))
    length = min(len(written) // 2 * 2, _SECONDS)
    try:
        if length == 4:
            return begin.replace(year=begin.year + 1)
        if length == 6:
            return (begin + timedelta(days=31)).replace(day=1)
        return begin.replace(microsecond=0) + _PERIODS[length]
    except (ValueError, OverflowError):
        return None


def variants(url: str) -> list[str]:
    """Return likely alternatives to a URL: with the other scheme, and with or without the trailing slash."""
    parts = urlsplit(url)
    path = parts.path[:-1] if parts.path.endswith("/") and parts.path != "/" else parts.path + "/" * (parts.path != "/")
    schemes = (parts.scheme, "http" if parts.scheme == "https" else "https")
    found = [parts._replace(scheme=scheme, path=shape).geturl() for scheme in schemes for shape in (parts.path, path)]
    return [other for other in dict.fromkeys(found) if other != url]


def common_parts(url: str) -> tuple[str, str]:
    """Return the prefix and suffix shared by all URLs with the same `comparable` form: the text before and after all characters that may be escaped."""
    places = [place for place, sign in enumerate(url) if sign in "%!'()*[]~"]
    if not places:
        return url, ""
    # Escapes of letters, digits, "-", "." and "_" are not considered, as they could occur anywhere: a URL stored with them matches only literally.
    end = places[-1] + (3 if url[places[-1]] == "%" else 1)
    return url[: places[0]], url[end:]


def digits(moment: datetime) -> str:
    """Format a time as web archives do: 14 digits, UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S").zfill(_SECONDS)


def exact_digits(moment: datetime) -> str:
    """Format a time as 20 digits, with microseconds, for one of several snapshots in the same second."""
    return f"{digits(moment)}{moment.microsecond:06}"


def moment(when: str) -> datetime:
    """Parse a time; the inverse of `digits` and `exact_digits`."""
    fraction = int(when[_SECONDS:] or 0)
    return datetime.strptime(when[:_SECONDS], "%Y%m%d%H%M%S").replace(tzinfo=UTC, microsecond=fraction)


def is_exact(when: str) -> bool:
    """Return whether a time has a fraction."""
    return len(when) > _SECONDS


def absolute_url(target: str) -> str:
    """Return a URL as users and tools write it in an address: decoded if it is percent-encoded as a whole, with both slashes and a scheme. It is not normalised."""
    opening = _ENCODED.match(target)
    if opening is not None and "%" in opening.group():
        target = unquote(target)
    scheme = _SCHEME.match(target)
    if scheme is None:
        return "http://" + target.lstrip("/")
    return f"{scheme[1].lower()}://{target[scheme.end() :]}"


def _complete(written: str) -> str:
    whole, fraction = written[:_SECONDS], written[_SECONDS:]
    even = whole[: len(whole) // 2 * 2]
    try:
        begin = digits(min(moment(even + _FILL[len(even) :]), LATEST))
    except ValueError:
        raise ValueError(
            f"{written} is no time: write it as YYYYMMDDhhmmss, in UTC, with up to six digits more for a fraction of the second"
        ) from None
    return begin + fraction.ljust(_FRACTIONS - _SECONDS, "0") if fraction else begin
