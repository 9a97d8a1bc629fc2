"""The tables of a watchlist file: their keys, allowed values and meanings.

Each table is validated by itself here; `pagewitness.watchlist.loader` validates the references between tables. The descriptions become
docs/reference/watchlist.md and watchlist.schema.json, through `python -m pagewitness.reference`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StrictBool, StrictInt, model_validator

from alerts.model import Direction, Security
from monitor.model import EventKind, Schedule
from pagewitness.watchlist.fact_tables import FactTable
from pagewitness.watchlist.fields import (
    Address,
    AllowPrivate,
    CronText,
    Length,
    Name,
    Named,
    Number,
    Password,
    Secret,
    Step,
    Url,
    WindowText,
    Zone,
    duration,
)
from pagewitness.watchlist.table import Table

DEFAULT_EVERY = timedelta(hours=6)
DEFAULT_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


class AdaptiveTable(Table):
    """The bounds of a page's check interval, which adapts to how often the page changes."""

    model_config = ConfigDict(json_schema_extra={"required": ["min", "max"]})

    min: Annotated[Length, Field(examples=["1h"])]
    """The shortest interval."""
    max: Annotated[Length, Field(examples=["1d"])]
    """The longest interval."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.bounds[0] >= self.bounds[1]:
            raise ValueError(f'min is "{self.min}" and max is "{self.max}"; min must be the shorter one')
        return self

    @property
    def bounds(self) -> tuple[timedelta, timedelta]:
        """The shortest and the longest interval."""
        return duration(self.min), duration(self.max)


class PageTable(Table):
    """One URL to monitor."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["every", "cron"]}})

    url: Annotated[Url, Field(examples=["https://theglobalcoalition.org/en/"])]
    """The http or https address. A fragment (#…) is dropped; user names and passwords are refused."""
    label: Annotated[str, Field(examples=["Coalition home"])] = ""
    """The display name of the page. It appears in messages, and rules can refer to the page by it."""
    every: Length | None = Field(default=None, examples=["1h30m"])
    """The interval between checks, from "1s" to "366d". Without `every` and `cron` it is "6h"."""
    cron: CronText | None = Field(default=None, examples=["0 6 * * 1-5"])
    """The times of checks, instead of `every`: minute, hour, day of month, month, day of week (0 and 7 are Sunday)."""
    timezone: Annotated[Zone, Field(examples=["Europe/Berlin"])] = "UTC"
    """The IANA time zone of `cron` and `windows`."""
    jitter: Length | None = Field(default=None, examples=["10m"])
    """The maximum random delay of each check. Intervals below a minute have none."""
    windows: Annotated[list[WindowText], Field(examples=[["mon-fri 08:00-18:00"]])] = []
    """When checks are allowed, for pages with an interval. Empty: always."""
    adaptive: AdaptiveTable | None = Field(default=None, examples=[{"min": "1h", "max": "1d"}])
    """Checks often while the page changes and rarely while it does not, between these two intervals."""
    facts: Annotated[list[str], Field(examples=[["member_count"]])] = []
    """Names of the facts to track on this page."""
    allow_private: AllowPrivate = False
    """Allows this page to be on a private or loopback address. It covers this URL's host and port, not the targets of its redirects."""
    paused: StrictBool = False
    """Keeps the page and its history, but does not check it."""
    robots: Literal["obey", "ignore"] = "obey"
    """`"ignore"` checks the page even if the site's robots.txt disallows it; every snapshot taken so records this."""

    mute: Annotated[list[Named], Field(examples=[["Weather", "users online"]])] = []
    """Headings, or words of sentences, without meaning on this page. Changes below a heading or in a sentence are recorded as noise and not reported."""
    always_report: Annotated[list[Named], Field(examples=[["Cases by district"]])] = []
    """Headings, or words of sentences, that are never noise on this page, however often they change. It takes precedence over `mute`."""

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        if self.every is not None and self.cron is not None:
            raise ValueError("every and cron are both given; keep one")
        if self.cron is None and not self.windows and self.timezone != "UTC":
            raise ValueError("timezone is given without cron or windows; it says in which time zone those are read")
        for key, given in (("windows", self.windows), ("adaptive", self.adaptive)):
            if self.cron is not None and given:
                raise ValueError(f"cron and {key} are both given; a cron line sets the times by itself: keep one")
        both = sorted(set(self.mute) & set(self.always_report))
        if both:
            raise ValueError(f'"{both[0]}" is in mute and in always_report; keep one')
        self._check_adaptive()
        return self

    def _check_adaptive(self) -> None:
        if self.adaptive is not None and self.every is not None:
            shortest, longest = self.adaptive.bounds
            if not shortest <= duration(self.every) <= longest:
                raise ValueError(
                    f'every is "{self.every}", which is not between adaptive\'s "{self.adaptive.min}" and "{self.adaptive.max}"; '
                    "it is the interval to begin with, and may be left out"
                )

    @property
    def schedule(self) -> Schedule:
        """The schedule of the page."""
        jitter = timedelta(0) if self.jitter is None else duration(self.jitter)
        if self.cron is not None:
            return Schedule(cron=self.cron, timezone=self.timezone, jitter=jitter)
        return Schedule(
            every=self._every(),
            timezone=self.timezone,
            jitter=jitter,
            windows=tuple(self.windows),
            adaptive=None if self.adaptive is None else self.adaptive.bounds,
        )

    def _every(self) -> timedelta:
        every = DEFAULT_EVERY if self.every is None else duration(self.every)
        if self.adaptive is None:
            return every
        shortest, longest = self.adaptive.bounds
        return min(max(every, shortest), longest)


class EmailTable(Table):
    """A channel that sends mail through an SMTP server."""

    name: Annotated[Name, Field(examples=["desk"])]
    """The name by which rules refer to the channel; unique."""
    type: Literal["email"]
    """`"email"`."""
    host: Annotated[str, Field(min_length=1, examples=["smtp.example.org"])]
    """The SMTP server."""
    port: Annotated[StrictInt, Field(ge=1, le=65_535)] | None = None
    """The port of the server. Not given: 587 for starttls, 465 for tls, 25 for none."""
    security: Security = Security.STARTTLS
    """How the connection is secured: `"starttls"`, `"tls"` or `"none"`. Certificates are verified."""
    sender: Annotated[Address, Field(alias="from", examples=["monitor@example.org"])]
    """The sender's address."""
    to: Annotated[list[Address], Field(min_length=1, examples=[["desk@example.org"]])]
    """The recipients' addresses."""
    username: Annotated[str, Field(min_length=1)] | None = None
    """The user name, for servers that require a login."""
    password: Password | None = Field(default=None, examples=["env:PAGEWITNESS_SMTP_PASSWORD"])
    """The password, for servers that require a login: `"env:NAME"`, `"file:PATH"`, or the password itself."""

    @model_validator(mode="after")
    def _check_login(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together; give both or neither")
        return self


class WebhookTable(Table):
    """A channel that posts JSON to a URL, signed according to Standard Webhooks."""

    name: Annotated[Name, Field(examples=["hook"])]
    """The name by which rules refer to the channel; unique."""
    type: Literal["webhook"]
    """`"webhook"`."""
    url: Annotated[Url, Field(examples=["https://example.org/hooks/pagewitness"])]
    """The http or https address to post to."""
    secret: Secret | None = Field(default=None, examples=["env:PAGEWITNESS_HOOK_SECRET"])
    """The key that signs each message: `"env:NAME"`, `"file:PATH"`, or `"whsec_"` and a key in base64. Not given: messages are not signed."""
    allow_private: AllowPrivate = False
    """Allows the URL to be on a private or loopback address."""


class RuleTable(Table):
    """Which events are sent through which channels."""

    name: Annotated[Name, Field(examples=["key facts"])]
    """The name of the rule in messages; unique."""
    events: Annotated[list[EventKind], Field(min_length=1, examples=[["fact_changed", "fact_lost"]])]
    """The kinds of events to send."""
    to: Annotated[list[str], Field(min_length=1, examples=[["desk", "hook"]])]
    """Names of the channels to send them through."""
    pages: Annotated[list[str], Field(examples=[["Coalition home"]])] = []
    """URLs or labels of the pages that the rule is limited to; a label selects every page that has it. Empty: all pages."""
    facts: Annotated[list[str], Field(examples=[["member_count"]])] = []
    """Names of the facts that the rule is limited to. Empty: all events, of a fact or not."""
    step: Step | None = Field(default=None, examples=["5 %"])
    """The minimum change of a number to send: `"5 %"`, or `3`. Smaller changes are sent as `fact_drifted` once they add up to it."""
    direction: Direction | None = Field(default=None, examples=["down"])
    """`"up"` or `"down"`: selects only numbers that rise, or that fall."""
    above: Number | None = Field(default=None, examples=[90])
    """Selects only numbers above this; with `below`, also numbers below that."""
    below: Number | None = Field(default=None, examples=[80])
    """Selects only numbers below this; with `above`, also numbers above that."""


ChannelTable = Annotated[EmailTable | WebhookTable, Field(discriminator="type")]


class WatchlistFile(Table):
    """The pages to monitor, the facts to track, and the rules and channels for alerts."""

    model_config = ConfigDict(title="Pagewitness watchlist")

    page: Annotated[list[PageTable], Field(min_length=1)]
    """The pages, one `[[page]]` table each."""
    fact: list[FactTable] = []
    """The facts, one `[[fact]]` table each."""
    channel: list[ChannelTable] = []
    """The channels, one `[[channel]]` table each."""
    rule: list[RuleTable] = []
    """The rules, one `[[rule]]` table each."""
