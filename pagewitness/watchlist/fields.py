"""The field types of a watchlist, such as durations, addresses, secrets and windows, with their validation and error messages."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictFloat, StrictInt, ValidationInfo

from alerts.apprise_urls import endpoints, problem_of, shown
from alerts.delivery_policy import parse_digest
from alerts.secret_references import is_reference
from monitor.fetching.conditional import is_field_value
from monitor.host_patterns import host_pattern
from monitor.model import Threshold
from monitor.time_windows import parse_window
from monitor.time_zones import zone
from monitor.transport import addresses
from monitor.urls import usable
from pagewitness.request_secrets import is_cookie_value, is_proxy
from pagewitness.scheduling.cron import parse_cron
from pagewitness.validation_messages import render_value

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=366)
KEY_PREFIX = "whsec_"
MAX_TAG_LENGTH = 100
ALLOW_IN_WATCHLIST = "set allow_private = true"
"""How a watchlist allows a private address, in messages."""
LONGEST_INTERVAL = timedelta(minutes=1)
"""Longest interval between two requests to a host. A visit waits for it, as for a crawl-delay in robots.txt."""

_LENGTH = re.compile(
    r"(?:(?P<weeks>\d{1,6})w)?(?:(?P<days>\d{1,6})d)?(?:(?P<hours>\d{1,6})h)?(?:(?P<minutes>\d{1,6})m)?(?:(?P<seconds>\d{1,9})s)?"
)
_LENGTH_TAKES = 'it takes weeks, days, hours, minutes and seconds in this order, such as "1d", "6h", "1h30m" or "2s"'
_THRESHOLD_TAKES = 'a number above 0, such as 3, or a share, such as "5 %"'
# Plain addresses without display names: a plausibility check, not RFC 5322.
_ADDRESS = re.compile(r"[^@\s<>,;:\"()]+@[^@\s<>,;:\"()]+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 9110 §5.6.2
_OWN_FIELDS = {
    "user-agent": "requests say who they are from, see PAGEWITNESS_CONTACT",
    "cookie": 'write cookies = { name = "env:NAME" }',
    "accept-encoding": "it lists the codings that are decoded here",
}
_FRAMING_FIELDS = frozenset(
    "host connection keep-alive content-length content-type transfer-encoding te trailer upgrade expect range".split()
)
_COMMAND = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,100}_COMMAND")
_CHAT = re.compile(r"-?\d{1,20}|@\w{1,64}", re.ASCII)
_ROOM = re.compile(r"![\x21-\x7e]{1,254}")
_TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
_OWN_HEADERS = frozenset(
    {"host", "content-type", "content-length", "transfer-encoding", "connection", "user-agent", "accept-encoding"}
)
_CONTENT_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}(?:; ?charset=utf-8)?", re.ASCII)
_MIN_WORDS_LENGTH = 3  # characters of a heading, or of words in a sentence


def duration(text: str) -> timedelta:
    """Parse a duration such as "6h", "2s" or "1h30m".

    Raises:
        ValueError: The text is not a duration, or one outside 1 second to 366 days.
    """
    match = _LENGTH.fullmatch(text.strip())
    if match is None or not match[0]:
        raise ValueError(f"found {render_value(text)}; {_LENGTH_TAKES}")
    length = timedelta(**{unit: int(count) for unit, count in match.groupdict().items() if count is not None})
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(f'found {render_value(text)}; the shortest interval is "1s", the longest "366d"')
    return length


def threshold(step: str | float) -> Threshold:
    """Parse a threshold such as "5 %" or 3.

    Raises:
        ValueError: The value is not a threshold, or not above 0.
    """
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,15})?)\s*(%?)", str(step).strip())
    if match is None or not float(match[1]):
        raise ValueError(f"found {render_value(step)}; it takes {_THRESHOLD_TAKES}")
    return Threshold(float(match[1]), percent=bool(match[2]))


def is_private(url: str) -> bool:
    """Return whether a normalised URL's host is an address that no check connects to. Names other than localhost are not resolved."""
    return _is_private_host((urlsplit(url).hostname or "").rstrip("."))


def _is_private_host(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return addresses.refused(host)


def secret_bytes(secret: str) -> bytes | None:
    """Decode a webhook secret given literally; return None for "env:NAME" and "file:PATH".

    Raises:
        ValueError: The secret is not base64, or is empty.
    """
    if is_reference(secret):
        return None
    digits = secret.removeprefix(KEY_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError('it takes "env:NAME", "file:PATH", or "whsec_" and a key in base64')
    return key


def once(terms: list[str] | None) -> tuple[str, ...]:
    """Return the terms without duplicates, in their order."""
    return tuple(dict.fromkeys(terms or ()))


def only_table(takes: str) -> Callable[[object], object]:
    """Return a validator that accepts only a table of keys; its error message says what to write."""

    def check(value: object) -> object:
        if not isinstance(value, dict):
            raise ValueError(f"found {render_value(value)}; it takes {takes}")  # noqa: TRY004 (Pydantic lets a TypeError through)
        return value

    return check


def only_numbers(takes: str, *other_types: type) -> Callable[[object], object]:
    """Return a validator that accepts only a finite number or one of the other types; its error message says what to write."""

    def check(value: object) -> object:
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not number and not isinstance(value, other_types):
            raise ValueError(f"found {render_value(value)}; it takes {takes}")
        return value

    return check


def _check_length(text: str) -> str:
    duration(text)
    return text


def _check_interval(text: str) -> str:
    if duration(text) > LONGEST_INTERVAL:
        raise ValueError(f'found {render_value(text)}; the longest interval between two requests to a host is "1m"')
    return text


def _check_reference(text: str) -> str:
    if text in {"env:", "file:"}:
        raise ValueError(f'"{text}" names nothing; write "env:NAME" or "file:PATH"')
    return text


def _check_secret(secret: str) -> str:
    secret_bytes(_check_reference(secret))
    return secret


def _check_value(text: str) -> str:
    if not is_reference(_check_reference(text)) and not is_field_value(text):
        raise ValueError("this cannot be sent in a header field; it takes one line of Latin-1 characters")
    return text


def _check_header_name(name: str) -> str:
    lower = name.lower()
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"found {render_value(name)}; it takes the name of a header field, such as X-Api-Key")
    if lower in _OWN_FIELDS:
        raise ValueError(f"{name} cannot be set; {_OWN_FIELDS[lower]}")
    if lower.startswith(("proxy-", "sec-", "if-")) or lower in _FRAMING_FIELDS:
        raise ValueError(f"{name} cannot be set; it belongs to the connection or to conditional requests")
    return name


def _check_cookie_name(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"found {render_value(name)}; it takes the name of a cookie")
    return name


def _check_cookie_value(text: str) -> str:
    if not is_reference(_check_reference(text)) and not is_cookie_value(text):
        raise ValueError(
            "no cookie can have this value; it takes characters other than white space, quotes, comma, semicolon and backslash"
        )
    return text


def _check_user(text: str) -> str:
    if not is_reference(_check_reference(text)) and ":" in text:
        raise ValueError("no user name can contain a colon (RFC 7617)")
    return text


def _check_proxy(text: str) -> str:
    if is_reference(_check_reference(text)):
        return text
    if "@" in text:
        raise ValueError('a proxy with a password is written as "env:NAME" or "file:PATH", which contains its URL')
    if not is_proxy(text):
        raise ValueError(f'found {render_value(text)}; it takes "http://HOST:PORT"')
    return text


def _check_secrets(value: object) -> object:
    secrets = value if isinstance(value, list) else [value]
    if not 1 <= len(secrets) <= 2 or not all(isinstance(secret, str) for secret in secrets):
        raise ValueError('it takes a text in quotes, or two in a list: ["NEW", "OLD"]')
    for secret in secrets:
        _check_secret(str(secret))
    return value


def _check_address(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f'found {render_value(address)}; it takes a plain mail address, such as "desk@example.org"')
    return address


def _fold(term: str) -> str:
    folded = " ".join(term.lower().split())
    if not folded:
        raise ValueError("a noun phrase may not be empty")
    if not any(map(str.isalnum, folded)):
        raise ValueError(f"found {render_value(term)}; a noun phrase has letters or digits")
    return folded


def _quoting(check: Callable[[str], object]) -> Callable[[str], str]:
    """Return a validator whose error message starts with the value found."""

    def checked(text: str) -> str:
        try:
            check(text)
        except ValueError as error:
            raise ValueError(f"found {render_value(text)}; {error}") from None
        return text

    return checked


def _check_pattern(pattern: str) -> None:
    from monitor.facts import patterns  # noqa: PLC0415 (slow to import, and few watchlists have patterns)

    patterns.check(pattern)


def _check_condition(pattern: str) -> None:
    from monitor.facts import patterns  # noqa: PLC0415 (slow to import, and few watchlists have patterns)

    patterns.check_condition(pattern)


def _check_selector(selector: str) -> None:
    from monitor.extraction import selector_locator  # noqa: PLC0415 (imports all of extraction)

    selector_locator.check(selector)


def _check_place(place: str) -> None:
    if place.startswith("$"):
        from monitor.extraction import json_path  # noqa: PLC0415 (imports all of extraction)

        json_path.parse(place)
    else:
        _check_selector(place)


def _check_words(text: str) -> str:
    if not any(map(str.isalnum, text)):
        raise ValueError(f"found {render_value(text)}; it takes the words at that place")
    return " ".join(text.split())


def _check_named(text: str) -> str:
    words = _check_words(text)
    if len(words) < _MIN_WORDS_LENGTH:
        raise ValueError(
            f"found {render_value(text)}; it takes at least {_MIN_WORDS_LENGTH} characters, or it would name nearly everything"
        )
    return words


def _check_cron(line: str) -> str:
    parse_cron(line)
    return line


def _check_threshold(step: str | float) -> str | float:
    threshold(step)
    return step


def _check_zone(name: str) -> str:
    zone(name)
    return name


def _check_window(window: str) -> str:
    parse_window(window)
    return " ".join(window.split()).lower()


def _check_tag(text: str) -> str:
    tag = " ".join(text.split())
    if not any(map(str.isalnum, tag)) or "," in tag or len(tag) > MAX_TAG_LENGTH:
        raise ValueError(
            f"found {render_value(text)}; a tag has letters or digits, no comma, and at most {MAX_TAG_LENGTH} characters"
        )
    return tag


def _check_host_pattern(text: str) -> str:
    if str(host_pattern(text)) == "*":
        raise ValueError('found "*", which is every host; write [defaults] instead')
    return text


def _normal_host_pattern(text: str) -> str:
    return str(host_pattern(text))


def refuse_private(url: str) -> None:
    """Refuse a normalised URL on a private or loopback address.

    Raises:
        ValueError: Its host is such an address. The message says how to allow it.
    """
    if is_private(url):
        raise ValueError(f"{url} is on a private or loopback address; {ALLOW_IN_WATCHLIST} if that is meant")


def _check_hook_url(url: str) -> str:
    if is_reference(url):
        return _check_reference(url)
    try:
        return usable(url)
    except ValueError:  # its message quotes the URL, which is a secret
        raise ValueError(
            'it takes "env:NAME", "file:PATH", or an http:// or https:// URL without a user name'
        ) from None


def _check_apprise_url(url: str) -> str:
    problem = None if is_reference(_check_reference(url)) else problem_of(url)
    if problem is not None:
        raise ValueError(problem)
    return url


def _check_command(reference: str) -> str:
    if not _COMMAND.fullmatch(reference):
        raise ValueError(
            f'found {render_value(reference)}; it takes the name of an environment variable that ends in _COMMAND, such as "env:PAGEWITNESS_TOKEN_COMMAND"'
        )
    return reference


def _check_chat(chat: str) -> str:
    if not _CHAT.fullmatch(chat):
        raise ValueError(f'found {render_value(chat)}; it takes an identifier, such as "-1001234567890", or "@name"')
    return chat


def _check_room(room: str) -> str:
    if not _ROOM.fullmatch(room):
        raise ValueError(
            f'found {render_value(room)}; it takes the internal id of a room, such as "!opaque:example.org"'
        )
    return room


def _check_topic(topic: str) -> str:
    if not is_reference(topic) and not _TOPIC.fullmatch(topic):
        raise ValueError('it takes "env:NAME", "file:PATH", or 1 to 64 letters, digits, "-" and "_"')
    return _check_reference(topic)


def _check_webhook_header_name(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"found {render_value(name)}; it takes the name of a header field, such as Authorization")
    if name.lower() in _OWN_HEADERS or name.lower().startswith("webhook-"):
        raise ValueError(f"{name} is set by Pagewitness; remove it")
    return name


def _check_webhook_header_value(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError("a header field takes one line of ASCII characters")
    return _check_reference(value)


def _check_content_type(text: str) -> str:
    if not _CONTENT_TYPE.fullmatch(text):
        raise ValueError(f'found {render_value(text)}; it takes a media type, such as "application/json"')
    return text


def _check_digest(text: str) -> str:
    parse_digest(text)
    return " ".join(text.split())


def _check_moment(value: object) -> object:
    if not isinstance(value, datetime):
        raise ValueError("it takes a date and time without quotes, such as 2026-12-27T08:00:00+01:00")  # noqa: TRY004 (pydantic reports ValueError)
    if value.tzinfo is None:
        raise ValueError("its time zone is missing; write 2026-12-27T08:00:00Z, or +01:00 in place of Z")
    return value.astimezone(UTC)


def _check_private(allow_private: bool, info: ValidationInfo) -> bool:
    url = info.data.get("url") or info.data.get("server")  # absent if the URL itself is invalid
    if url is not None and not allow_private:
        split = urlsplit(url)
        refuse_private(f"{split.scheme}://{split.netloc}/")  # the path of a channel's URL is a secret
    return allow_private


def _check_private_services(allow_private: bool, info: ValidationInfo) -> bool:
    for url in () if allow_private else info.data.get("urls", ()):  # absent if one of them is invalid
        if not is_reference(url) and any(_is_private_host(host) for host, _ in endpoints(url)):
            raise ValueError(f"{shown(url)} is on a private or loopback address; {ALLOW_IN_WATCHLIST} if that is meant")
    return allow_private


Url = Annotated[str, AfterValidator(usable)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Named = Annotated[str, AfterValidator(_check_named)]
Value = Annotated[str, Field(min_length=1), AfterValidator(_check_value)]
HeaderName = Annotated[str, AfterValidator(_check_header_name)]
CookieName = Annotated[str, AfterValidator(_check_cookie_name)]
CookieValue = Annotated[str, Field(min_length=1), AfterValidator(_check_cookie_value)]
UserName = Annotated[str, Field(min_length=1), AfterValidator(_check_user)]
Proxy = Annotated[str, AfterValidator(_check_proxy)]
Tag = Annotated[str, AfterValidator(_check_tag)]
HostPattern = Annotated[str, AfterValidator(_check_host_pattern)]
NormalHostPattern = Annotated[str, AfterValidator(_normal_host_pattern)]
Length = Annotated[str, AfterValidator(_check_length)]
Interval = Annotated[str, AfterValidator(_check_interval)]
CronText = Annotated[str, AfterValidator(_check_cron)]
Step = Annotated[
    str | StrictInt | StrictFloat,
    BeforeValidator(only_numbers(_THRESHOLD_TAKES, str)),
    AfterValidator(_check_threshold),
]
Number = Annotated[StrictInt | StrictFloat, BeforeValidator(only_numbers("a number, such as 90"))]
Zone = Annotated[str, AfterValidator(_check_zone)]
WindowText = Annotated[str, AfterValidator(_check_window)]
DigestText = Annotated[str, AfterValidator(_check_digest)]
Moment = Annotated[datetime, BeforeValidator(_check_moment)]
Address = Annotated[str, AfterValidator(_check_address)]
Terms = Annotated[list[Annotated[str, AfterValidator(_fold)]], Field(min_length=1)]
Words = Annotated[str, AfterValidator(_check_words)]
Pattern = Annotated[str, AfterValidator(_quoting(_check_pattern))]
Condition = Annotated[str, Field(min_length=1), AfterValidator(_quoting(_check_condition))]
Selector = Annotated[str, AfterValidator(_quoting(_check_selector))]
Place = Annotated[str, AfterValidator(_quoting(_check_place))]
Password = Annotated[str, Field(min_length=1), AfterValidator(_check_reference)]
Secrets = Annotated[str | list[str], BeforeValidator(_check_secrets)]
HookUrl = Annotated[str, AfterValidator(_check_hook_url)]
AppriseUrl = Annotated[str, AfterValidator(_check_apprise_url)]
CommandName = Annotated[str, AfterValidator(_check_command)]
ChatId = Annotated[str, AfterValidator(_check_chat)]
RoomId = Annotated[str, AfterValidator(_check_room)]
Topic = Annotated[str, AfterValidator(_check_topic)]
WebhookHeaderName = Annotated[str, AfterValidator(_check_webhook_header_name)]
WebhookHeaderValue = Annotated[str, Field(min_length=1), AfterValidator(_check_webhook_header_value)]
ContentType = Annotated[str, AfterValidator(_check_content_type)]
AllowPrivate = Annotated[StrictBool, AfterValidator(_check_private), Field(validate_default=True)]
AllowPrivateServices = Annotated[StrictBool, AfterValidator(_check_private_services), Field(validate_default=True)]
