"""Conditional requests (RFC 9110 §13): validators to store and send, trust in a 304, and when a request is unconditional. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import Exchange, FetchResult, Headers, Validators

NOT_MODIFIED = 304
LONGEST_VALIDATOR = 1_024
"""Maximum characters of a validator. Servers accept about 8,000 bytes of header fields in total, so they might refuse a request with a longer one."""

_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]+")
_CONDITIONS = frozenset({"if-none-match", "if-modified-since"})
# Bad Request, Precondition Failed, Request Header Fields Too Large: responses of servers that cannot handle a condition.
_REFUSALS = frozenset({400, 412, 431})
# Servers and proxies that compress add a suffix to the ETag of a response, and omit it from their 304.
_CODING_MARK = re.compile(r"[-;:](?:gzip|br|deflate|zstd|df)$")


@dataclass(frozen=True, slots=True)
class Revalidation:
    """How long 304s are trusted: a server with broken validators may answer 304 forever.

    Attributes:
        checks: One in this many checks of a page is unconditional; 1 makes every check unconditional.
        within: A check this long after the last response to an unconditional request is unconditional as well.
    """

    checks: int = 50
    within: timedelta = timedelta(days=7)

    def trusted(self, validators: Validators | None, now: datetime) -> Validators | None:
        """Return the validators, or None where the next request of the page must be unconditional.

        Args:
            validators: The page's; None where it has none.
            now: On the observing clock.
        """
        if validators is None or validators.repeats + 1 >= self.checks:
            return None
        confirmed_at = validators.confirmed_at
        return None if confirmed_at is not None and now - confirmed_at >= self.within else validators


def is_field_value(text: str) -> bool:
    """Return whether a text is a valid header field value (RFC 9110 §5.5): Latin-1 without control characters, no white space at its ends."""
    return text == text.strip(" \t") and _FIELD_VALUE.fullmatch(text) is not None


def usable_etag(text: str | None) -> str | None:
    """Return an ETag to send back, byte for byte; None where there is none.

    Validated leniently (RFC 9110 §8.8.3 requires quotes, which many servers omit). "*" would match any entity.
    """
    return None if text is None or text.removeprefix("W/") == "*" else _usable(text)


def usable_date(text: str | None) -> str | None:
    """Return a Last-Modified value to send back, byte for byte and unparsed; None where there is none."""
    return None if text is None else _usable(text)


def validators_in(headers: Headers) -> tuple[str | None, str | None]:
    """Return ETag and Last-Modified of a response in a form to send back. A field that occurs twice with different values is ignored."""
    return usable_etag(_only(headers, "etag")), usable_date(_only(headers, "last-modified"))


def is_conditional(exchange: Exchange) -> bool:
    """Return whether a request was sent with conditions."""
    return any(name.lower() in _CONDITIONS for name, _ in exchange.request_headers)


def condition_failed(exchange: Exchange) -> bool:
    """Return whether the response to a conditional request must be discarded, and the page requested unconditionally.

    It refuses the request, or it is a 304 for an entity other than the requested one (RFC 9111 §4.3.4).
    """
    if not is_conditional(exchange):
        return False
    return exchange.status in _REFUSALS or (exchange.status == NOT_MODIFIED and _is_of_another(exchange))


def has_failed_condition(result: FetchResult) -> bool:
    """Return whether the validators of a fetch did not work."""
    return any(condition_failed(exchange) for exchange in result.exchanges)


def _is_of_another(exchange: Exchange) -> bool:
    sent = next((value for name, value in exchange.request_headers if name.lower() == "if-none-match"), None)
    received = exchange.header("ETag")
    return sent is not None and bool(received) and _opaque(sent) != _opaque(received or "")


def _opaque(etag: str) -> str:
    """Return the part of an ETag that weak comparison uses (RFC 9110 §8.8.3.2)."""
    return _CODING_MARK.sub("", etag.removeprefix("W/").strip('"'))


def _only(headers: Headers, name: str) -> str | None:
    values = {value for key, value in headers if key.lower() == name}
    return values.pop() if len(values) == 1 else None


def _usable(text: str) -> str | None:
    return text if len(text) <= LONGEST_VALIDATOR and is_field_value(text) else None
