"""The tables of a watchlist file as people write them: keys, what they take, and what they mean.

Each table is checked by itself here; what tables say of one another is checked in `pagewitness.watchlist.loader`. The descriptions become
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
    """The bounds between which a page's interval follows how often the page changes."""

    model_config = ConfigDict(json_schema_extra={"required": ["min", "max"]})

    min: Annotated[Length, Field(examples=["1h"])]
    """The shortest interval."""
    max: Annotated[Length, Field(examples=["1d"])]
    """The longest interval."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.bounds[0] >= self.bounds[1]:
            raise ValueError(f'min is "{self.min}" and max is "{self.max}"; min must be the shorter one')
        return self

    @property
    def bounds(self) -> tuple[timedelta, timedelta]:
        """The shortest and the longest interval."""
        return duration(self.min), duration(self.max)


class PageTable(Table):
    """One URL to watch."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["every", "cron"]}})

    url: Annotated[Url, Field(examples=["https://theglobalcoalition.org/en/"])]
    """The http or https address. A fragment (#…) is dropped; user names and passwords are refused."""
    label: Annotated[str, Field(examples=["Coalition home"])] = ""
    """What people call the page; it stands in messages, and rules can name the page by it."""
    every: Length | None = Field(default=None, examples=["1h30m"])
    """How often to look, from "1s" to "366d". Without `every` and `cron` it is "6h"."""
    cron: CronText | None = Field(default=None, examples=["0 6 * * 1-5"])
    """When to look, in place of `every`: minute, hour, day of month, month, day of week (0 and 7 are Sunday)."""
    timezone: Annotated[Zone, Field(examples=["Europe/Berlin"])] = "UTC"
    """The IANA time zone in which `cron` and `windows` are read."""
    jitter: Length | None = Field(default=None, examples=["10m"])
    """Puts each look off by chance, by this much at the most. Intervals below a minute have none."""
    windows: Annotated[list[WindowText], Field(examples=[["mon-fri 08:00-18:00"]])] = []
    """When looking is allowed, for pages with an interval. Empty: always."""
    adaptive: AdaptiveTable | None = Field(default=None, examples=[{"min": "1h", "max": "1d"}])
    """Looks often while the page changes and seldom while it does not, between these two intervals."""
    facts: Annotated[list[str], Field(examples=[["member_count"]])] = []
    """Names of the facts to follow on this page."""
    allow_private: AllowPrivate = False
    """Lets this page live on a private or loopback address. It covers this URL's host and port, not where it redirects to."""
    paused: StrictBool = False
    """Keeps the page and its history, but does not look at it."""
    robots: Literal["obey", "ignore"] = "obey"
    """`"ignore"` checks the page even where the site's robots.txt disallows it; every such snapshot says so."""

    mute: Annotated[list[Named], Field(examples=[["Weather", "users online"]])] = []
    """What means nothing on this page: a heading, or words of a sentence. Changes below or in it are recorded as noise, and nobody is told."""
    always_report: Annotated[list[Named], Field(examples=[["Cases by district"]])] = []
    """What is never noise on this page, however often it changes: a heading, or words of a sentence. It wins over `mute`."""

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
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
        """When the page is due."""
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
    secret: Secret | None = Field(default=None, examples=["env:PAGEWITNESS_HOOK_SECRET"])
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
    step: Step | None = Field(default=None, examples=["5 %"])
    """How far a number must move to be told: `"5 %"`, or `3`. Smaller steps are told as `fact_drifted` once they add up to as much."""
    direction: Direction | None = Field(default=None, examples=["down"])
    """`"up"` or `"down"`: tells only of numbers that rise, or that fall."""
    above: Number | None = Field(default=None, examples=[90])
    """Tells only of numbers above this; with `below`, also of those below that."""
    below: Number | None = Field(default=None, examples=[80])
    """Tells only of numbers below this; with `above`, also of those above that."""


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
