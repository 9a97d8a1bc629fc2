"""The tables of a watchlist file as people write them: keys, what they take, and what they mean.

Each table is checked by itself here; what tables say of one another is checked in `pagewitness.watchlist`. The descriptions become
docs/reference/watchlist.md and watchlist.schema.json, through `python -m pagewitness.reference`.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationInfo,
    model_validator,
)

from alerts.model import Security
from monitor.model import EventKind, FactKind, Schedule
from monitor.urls import normalise
from pagewitness.cron import parse_cron, zone

DEFAULT_EVERY = timedelta(hours=6)
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=366)
DEFAULT_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}
KEY_PREFIX = "whsec_"

_LENGTH = r"(?:(?P<weeks>\d{1,6})w)?(?:(?P<days>\d{1,6})d)?(?:(?P<hours>\d{1,6})h)?(?:(?P<minutes>\d{1,6})m)?(?:(?P<seconds>\d{1,9})s)?"
_LENGTH_TAKES = 'it takes weeks, days, hours, minutes and seconds in this order, such as "1d", "6h", "1h30m" or "2s"'
# Plain addresses without display names: what is plausible, not what RFC 5322 allows.
_ADDRESS = re.compile(r"[^@\s<>,;:\"()]+@[^@\s<>,;:\"()]+")


def duration(text: str) -> timedelta:
    """The length of time that "6h", "2s" or "1h30m" says.

    Raises:
        ValueError: It says none, or one outside 1 second to 366 days.
    """
    match = re.fullmatch(_LENGTH, text.strip())
    if match is None or not match[0]:
        raise ValueError(f'found "{text}"; {_LENGTH_TAKES}')
    length = timedelta(**{unit: int(count) for unit, count in match.groupdict().items() if count is not None})
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(f'found "{text}"; the shortest interval is "1s", the longest "366d"')
    return length


def is_private(url: str) -> bool:
    """Whether a normalised URL's host is written as a private or loopback address. Names other than localhost are not looked up."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def secret_bytes(secret: str) -> bytes | None:
    """The key that a webhook secret written out in full stands for; None for "env:NAME" and "file:PATH".

    Raises:
        ValueError: It is no base64, or an empty one.
    """
    if secret.startswith(("env:", "file:")):
        return None
    digits = secret.removeprefix(KEY_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError('it takes "env:NAME", "file:PATH", or "whsec_" and a key in base64')
    return key


def _check_every(text: str) -> str:
    duration(text)
    return text


def _check_reference(text: str) -> str:
    if text in {"env:", "file:"}:
        raise ValueError(f'"{text}" names nothing; write "env:NAME" or "file:PATH"')
    return text


def _check_secret(secret: str) -> str:
    secret_bytes(_check_reference(secret))
    return secret


def _check_address(address: str) -> str:
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f'found "{address}"; it takes a plain mail address, such as "desk@example.org"')
    return address


def _fold(term: str) -> str:
    folded = " ".join(term.lower().split())
    if not folded:
        raise ValueError("a noun phrase may not be empty")
    return folded


def _check_cron(line: str) -> str:
    parse_cron(line)
    return line


def _check_zone(name: str) -> str:
    zone(name)
    return name


def _check_private(allow_private: bool, info: ValidationInfo) -> bool:
    url = info.data.get("url")  # absent where the URL itself is wrong
    if url is not None and is_private(url) and not allow_private:
        raise ValueError(f"{url} is on a private or loopback address; set allow_private = true if that is meant")
    return allow_private


Url = Annotated[str, AfterValidator(normalise)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Address = Annotated[str, AfterValidator(_check_address)]
Terms = Annotated[list[Annotated[str, AfterValidator(_fold)]], Field(min_length=1)]
Password = Annotated[str, Field(min_length=1), AfterValidator(_check_reference)]
AllowPrivate = Annotated[StrictBool, AfterValidator(_check_private), Field(validate_default=True)]


class Table(BaseModel):
    """What all tables share: frozen, no unknown keys, descriptions from the docstrings."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class PageTable(Table):
    """One URL to watch."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["every", "cron"]}})

    url: Annotated[Url, Field(examples=["https://theglobalcoalition.org/en/"])]
    """The http or https address. A fragment (#…) is dropped; user names and passwords are refused."""
    label: Annotated[str, Field(examples=["Coalition home"])] = ""
    """What people call the page; it stands in messages, and rules can name the page by it."""
    every: Annotated[str, AfterValidator(_check_every)] | None = Field(default=None, examples=["1h30m"])
    """How often to look, from "1s" to "366d". Without `every` and `cron` it is "6h"."""
    cron: Annotated[str, AfterValidator(_check_cron)] | None = Field(default=None, examples=["0 6 * * 1-5"])
    """When to look, in place of `every`: minute, hour, day of month, month, day of week (0 and 7 are Sunday)."""
    timezone: Annotated[str, AfterValidator(_check_zone), Field(examples=["Europe/Berlin"])] = "UTC"
    """The IANA time zone in which `cron` is read."""
    facts: Annotated[list[str], Field(examples=[["member_count"]])] = []
    """Names of the facts to follow on this page."""
    allow_private: AllowPrivate = False
    """Lets this page live on a private or loopback address. It covers this URL's host and port, not where it redirects to."""
    paused: StrictBool = False
    """Keeps the page and its history, but does not look at it."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.every is not None and self.cron is not None:
            raise ValueError("every and cron are both given; keep one")
        if self.cron is None and self.timezone != "UTC":
            raise ValueError("timezone is given without cron; it says in which time zone cron is read")
        return self

    @property
    def schedule(self) -> Schedule:
        """When the page is due."""
        if self.cron is not None:
            return Schedule(cron=self.cron, timezone=self.timezone)
        return Schedule(every=DEFAULT_EVERY if self.every is None else duration(self.every))


class FactTable(Table):
    """One named thing to follow: a number that belongs to certain words. Exactly one of `count_of`, `percent_of` and `money_of` is given."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [kind.value]} for kind in FactKind]})

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100, examples=["member_count"])]
    """Small letters, digits and underscores; unique. It stands in messages: "member_count 83 → 85"."""
    count_of: Terms | None = Field(default=None, examples=[["members", "member states"]])
    """Follows how many of these there are: noun phrases, in the singular or plural."""
    percent_of: Terms | None = Field(default=None, examples=[["territory"]])
    """Follows a percentage of one of these."""
    money_of: Terms | None = Field(default=None, examples=[["stabilisation"]])
    """Follows an amount of money that is spent on, given to or named with one of these."""

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        given = [kind.value for kind in FactKind if getattr(self, kind.value) is not None]
        if len(given) != 1:
            raise ValueError(
                f"found {' and '.join(given) or 'none'} of count_of, percent_of and money_of; exactly one is needed"
            )
        return self

    @property
    def kind(self) -> FactKind:
        """How it is read."""
        return next(kind for kind in FactKind if getattr(self, kind.value) is not None)

    @property
    def terms(self) -> tuple[str, ...]:
        """Its noun phrases, each once."""
        return tuple(dict.fromkeys(getattr(self, self.kind.value)))


class EmailTable(Table):
    """A channel that sends mail through an SMTP server."""

    name: Annotated[Name, Field(examples=["desk"])]
    """What rules call the channel; unique."""
    type: Literal["email"]
    """`"email"`."""
    host: Annotated[str, Field(min_length=1, examples=["smtp.example.org"])]
    """The SMTP server."""
    port: Annotated[StrictInt, Field(ge=1, le=65_535)] | None = None
    """Its port. Not given: 587 for starttls, 465 for tls, 25 for none."""
    security: Security = Security.STARTTLS
    """How the connection is secured: `"starttls"`, `"tls"` or `"none"`. Certificates are verified."""
    sender: Annotated[Address, Field(alias="from", examples=["monitor@example.org"])]
    """The address that mails come from."""
    to: Annotated[list[Address], Field(min_length=1, examples=[["desk@example.org"]])]
    """The addresses that mails go to."""
    username: Annotated[str, Field(min_length=1)] | None = None
    """For servers that ask for a login."""
    password: Password | None = Field(default=None, examples=["env:PAGEWITNESS_SMTP_PASSWORD"])
    """For servers that ask for a login: `"env:NAME"`, `"file:PATH"`, or the password itself."""

    @model_validator(mode="after")
    def _logs_in_whole(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together; give both or neither")
        return self


class WebhookTable(Table):
    """A channel that posts JSON to a URL, signed as Standard Webhooks are."""

    name: Annotated[Name, Field(examples=["hook"])]
    """What rules call the channel; unique."""
    type: Literal["webhook"]
    """`"webhook"`."""
    url: Annotated[Url, Field(examples=["https://example.org/hooks/pagewitness"])]
    """The http or https address to post to."""
    secret: Annotated[str, AfterValidator(_check_secret)] | None = Field(
        default=None, examples=["env:PAGEWITNESS_HOOK_SECRET"]
    )
    """Signs each message: `"env:NAME"`, `"file:PATH"`, or `"whsec_"` and a key in base64. Not given: nothing is signed."""
    allow_private: AllowPrivate = False
    """Lets the URL live on a private or loopback address."""


class RuleTable(Table):
    """Which events are told through which channels."""

    name: Annotated[Name, Field(examples=["key facts"])]
    """What messages call the rule; unique."""
    events: Annotated[list[EventKind], Field(min_length=1, examples=[["fact_changed", "fact_lost"]])]
    """The kinds of events to tell."""
    to: Annotated[list[str], Field(min_length=1, examples=[["desk", "hook"]])]
    """Names of the channels to tell them through."""
    pages: Annotated[list[str], Field(examples=[["Coalition home"]])] = []
    """URLs or labels of the pages it is limited to; a label stands for every page that carries it. Empty: all pages."""
    facts: Annotated[list[str], Field(examples=[["member_count"]])] = []
    """Names of the facts it is limited to. Empty: all events, of a fact or not."""


ChannelTable = Annotated[EmailTable | WebhookTable, Field(discriminator="type")]


class WatchlistFile(Table):
    """What to watch, which facts matter, and whom to tell."""

    model_config = ConfigDict(title="Pagewitness watchlist")

    page: Annotated[list[PageTable], Field(min_length=1)]
    """The pages, a `[[page]]` table each."""
    fact: list[FactTable] = []
    """The facts, a `[[fact]]` table each."""
    channel: list[ChannelTable] = []
    """The channels, a `[[channel]]` table each."""
    rule: list[RuleTable] = []
    """The rules, a `[[rule]]` table each."""
