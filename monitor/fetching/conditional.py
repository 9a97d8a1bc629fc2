"""Conditional requests (RFC 9110 §13): which validators are kept and sent, what a 304 is worth, and when a page is requested without conditions. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import Exchange, FetchResult, Headers, Validators

NOT_MODIFIED = 304
LONGEST_VALIDATOR = 1_024
"""Characters. Servers take about 8,000 bytes of header fields in all, so that a longer one could make them refuse the request."""

_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]+")
_CONDITIONS = frozenset({"if-none-match", "if-modified-since"})
# Bad Request, Precondition Failed, Request Header Fields Too Large: what servers answer to a condition that they cannot take.
_REFUSALS = frozenset({400, 412, 431})
# Servers and proxies that compress put a mark into the tag of the answer, and leave it out of their 304.
_CODING_MARK = re.compile(r"[-;:](?:gzip|br|deflate|zstd|df)$")


@dataclass(frozen=True, slots=True)
class Revalidation:
    """How long 304s are trusted: a server whose validators are broken may answer so for ever.

    Attributes:
        checks: Every so many checks of a page one is unconditional; 1 makes all of them so.
        within: So is the first one that is made this long after the last answer to such a request.
    """

    checks: int = 50
    within: timedelta = timedelta(days=7)

    def trusted(self, validators: Validators | None, now: datetime) -> Validators | None:
        """The validators, or None where the next request of the page must be unconditional.

        Args:
            validators: The page's; None where it has none.
            now: On the observing clock.
        """
        if validators is None or validators.repeats + 1 >= self.checks:
            return None
        confirmed_at = validators.confirmed_at
        return None if confirmed_at is not None and now - confirmed_at >= self.within else validators


def is_field_value(text: str) -> bool:
    """Whether a text may be sent as the value of a header field (RFC 9110 §5.5): Latin-1 without control characters, no white space at its ends."""
    return text == text.strip(" \t") and _FIELD_VALUE.fullmatch(text) is not None


def usable_etag(text: str | None) -> str | None:
    """An ETag that may be sent back, byte for byte; None where there is none.

    Taken leniently (RFC 9110 §8.8.3 asks for quotes, which many servers leave out). "*" would match whatever the server has.
    """
    return None if text is None or text.removeprefix("W/") == "*" else _usable(text)


def usable_date(text: str | None) -> str | None:
    """A Last-Modified value that may be sent back, byte for byte and whatever it says; None where there is none."""
    return None if text is None else _usable(text)


def validators_in(headers: Headers) -> tuple[str | None, str | None]:
    """ETag and Last-Modified of a response as they may be sent back. A field that is there twice with different values is none."""
    return usable_etag(_only(headers, "etag")), usable_date(_only(headers, "last-modified"))


def is_conditional(exchange: Exchange) -> bool:
    """Whether a request was sent with conditions."""
    return any(name.lower() in _CONDITIONS for name, _ in exchange.request_headers)


def condition_failed(exchange: Exchange) -> bool:
    """Whether an answer to a conditional request says nothing of the page, so that it must be requested without conditions.

    It refuses the request, or it is a 304 for another entity than the one asked about (RFC 9111 §4.3.4).
    """
    if not is_conditional(exchange):
        return False
    return exchange.status in _REFUSALS or (exchange.status == NOT_MODIFIED and _is_of_another(exchange))


def has_failed_condition(look: FetchResult) -> bool:
    """Whether the validators that a look was made with did not serve."""
    return any(condition_failed(exchange) for exchange in look.exchanges)


def _is_of_another(exchange: Exchange) -> bool:
    sent = next((value for name, value in exchange.request_headers if name.lower() == "if-none-match"), None)
    came = exchange.header("ETag")
    return sent is not None and bool(came) and _opaque(sent) != _opaque(came or "")


def _opaque(etag: str) -> str:
    """What two tags are weakly compared by (RFC 9110 §8.8.3.2)."""
    return _CODING_MARK.sub("", etag.removeprefix("W/").strip('"'))


def _only(headers: Headers, name: str) -> str | None:
    values = {value for key, value in headers if key.lower() == name}
    return values.pop() if len(values) == 1 else None


def _usable(text: str) -> str | None:
    return text if len(text) <= LONGEST_VALIDATOR and is_field_value(text) else None
