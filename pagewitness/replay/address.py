"""What a replay address asks for: a time, a way of showing, and a URL in one of the forms in which people and tools write it."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from monitor.urls import normalise

RECEIVED = "id_"
"""The modifier that asks for the bytes as received. Every other one asks for content without a banner."""

_TIMED = re.compile(r"(\d{4,20})([a-z]{2}_)?/(.*)", re.DOTALL)
_ENCODED = re.compile(r"https?(?::|%3a)(?:/|%2f)*", re.IGNORECASE)
_SCHEME = re.compile(r"(https?):/*", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_FILL = "00000101000000"
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)  # so that a second more is still a date
_SECONDS, _FRACTIONS = 14, 20  # digits of a time
# Browsers, libraries and people write these escaped or not (RFC 3986 §2.3; the URL Standard's query percent-encode set; `encodeURIComponent`).
_WRITTEN_EITHER_WAY = frozenset(string.ascii_letters + string.digits + "-._~" + "!'()*[]")


@dataclass(frozen=True, slots=True)
class Address:
    """One replay address, parsed.

    Attributes:
        when: The time asked for, 14 digits, or 20 with a fraction; None asks for the newest.
        modifier: "" or two letters and "_".
        url: The URL asked for, normalised.
    """

    when: str | None
    modifier: str
    url: str


def read_address(path: str, query: str) -> Address:
    """The address in what follows `/replay/`.

    Four to fourteen digits are a time, missing ones filled up with its beginning; up to six more are a fraction of that second. The URL may be
    percent-encoded as a whole, its slashes collapsed by a proxy, its scheme left out; a query belongs to it.

    Args:
        path: Still percent-encoded, without the prefix.
        query: Without the question mark; "" where there is none.

    Raises:
        ValueError: No such time, or no URL that could be archived; the message says which.
    """
    timed = _TIMED.fullmatch(path)
    when = _complete(timed[1]) if timed is not None else None
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


def comparable(url: str) -> str:
    """A form in which two normalised URLs are equal that differ only in which harmless characters are percent-encoded, and in the case of escapes.

    A browser sends "?n=it's" as "?n=it%27s". Characters that divide a URL into parts are never decoded.
    """
    return _ESCAPE.sub(_unescaped, url)


def common_parts(url: str) -> tuple[str, str]:
    """How every URL begins and ends that is `comparable` with this one: what stands before and after all that may be written either way."""
    places = [place for place, sign in enumerate(url) if sign in "%!'()*[]~"]
    if not places:
        return url, ""
    # Escapes of letters, digits, "-", "." and "_" could stand anywhere; a URL stored with those is only found as it is written.
    end = places[-1] + (3 if url[places[-1]] == "%" else 1)
    return url[: places[0]], url[end:]


def digits(moment: datetime) -> str:
    """A time as archives write it: 14 digits, UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S").zfill(_SECONDS)


def exact_digits(moment: datetime) -> str:
    """A time in 20 digits, with microseconds: for one of several captures of a page in one second."""
    return f"{digits(moment)}{moment.microsecond:06}"


def moment(when: str) -> datetime:
    """The inverse of `digits` and `exact_digits`."""
    fraction = int(when[_SECONDS:] or 0)
    return datetime.strptime(when[:_SECONDS], "%Y%m%d%H%M%S").replace(tzinfo=UTC, microsecond=fraction)


def is_exact(when: str) -> bool:
    """Whether a time has a fraction."""
    return len(when) > _SECONDS


def _unescaped(escape: re.Match[str]) -> str:
    sign = chr(int(escape[1], 16))
    return sign if sign in _WRITTEN_EITHER_WAY else escape.group().upper()


def _complete(written: str) -> str:
    whole, fraction = written[:_SECONDS], written[_SECONDS:]
    even = whole[: len(whole) // 2 * 2]
    try:
        begin = digits(min(moment(even + _FILL[len(even) :]), _LATEST))
    except ValueError:
        raise ValueError(
            f"{written} is no time: write it as YYYYMMDDhhmmss, in UTC, with up to six digits more for a fraction of the second"
        ) from None
    return begin + fraction.ljust(_FRACTIONS - _SECONDS, "0") if fraction else begin


def _plain(target: str) -> str:
    opening = _ENCODED.match(target)
    if opening is not None and "%" in opening.group():
        target = unquote(target)
    scheme = _SCHEME.match(target)
    if scheme is None:
        return "http://" + target.lstrip("/")
    return f"{scheme[1].lower()}://{target[scheme.end() :]}"
