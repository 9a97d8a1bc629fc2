"""The tables of a watchlist that declare pages and their settings. They are validated like those of `pagewitness.watchlist.tables`.

A page takes each setting from its own table, else from the tables of its host, else from `[defaults]`: `pagewitness.watchlist.layers`.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StrictBool, model_validator

from monitor.model import RequestSettings, Schedule
from pagewitness.watchlist.fields import (
    AllowPrivate,
    CookieName,
    CookieValue,
    CronText,
    HeaderName,
    HostPattern,
    Interval,
    Length,
    Moment,
    Named,
    Password,
    Place,
    Proxy,
    Tag,
    Url,
    UserName,
    Value,
    WindowText,
    Zone,
    duration,
)
from pagewitness.watchlist.table import Table

DEFAULT_EVERY = timedelta(hours=6)
MAX_TAGS = 50
MAX_SELECTORS = 20
MAX_FIELDS = 50


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


class BasicAuthTable(Table):
    """A user name and a password."""

    user: Annotated[UserName, Field(examples=["monitor"])]
    """The user name, or `"env:NAME"` or `"file:PATH"`."""
    password: Annotated[Password, Field(examples=["env:PORTAL_PASSWORD"])]
    """The password: `"env:NAME"`, `"file:PATH"`, or the password itself."""


class SettingKeys(Table):
    """The settings that pages, hosts and `[defaults]` have in common."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["every", "cron"]}})

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
    """Names of the facts to track on the page."""
    tags: Annotated[list[Tag], Field(max_length=MAX_TAGS, examples=[["ministries", "Berlin"]])] = []
    """Names of groups that the page belongs to; `pagewitness pages --tag NAME` lists a group."""
    only: Annotated[list[Place], Field(max_length=MAX_SELECTORS, examples=[["main", "#figures"]])] = []
    """CSS selectors of the elements, or JSON paths of the values, to monitor; everything else is archived, and no change in it is reported. Empty: the whole page."""
    without: Annotated[list[Place], Field(max_length=MAX_SELECTORS, examples=[[".related", "#weather"]])] = []
    """CSS selectors of elements, or JSON paths of values, that are not monitored. They are archived, and no change in them is reported."""
    robots: Literal["obey", "ignore"] = "obey"
    """`"ignore"` checks the page even if the site's robots.txt disallows it; every snapshot taken so records this."""
    requisites: Literal["off", "on_change", "on"] = "on_change"
    """When the style sheets, images and other resources that the page needs to look as it did are archived: `"on_change"` at its first snapshot and each new version,
    `"on"` also once a day, `"off"` never. They are requested after all due pages."""
    mute: Annotated[list[Named], Field(examples=[["Weather", "users online"]])] = []
    """Headings, or words of sentences, without meaning on this page. Changes below a heading or in a sentence are recorded as noise and not reported."""
    always_report: Annotated[list[Named], Field(examples=[["Cases by district"]])] = []
    """Headings, or words of sentences, that are never noise on this page, however often they change. It takes precedence over `mute`."""
    paused_until: Moment | None = Field(default=None, examples=["2026-12-27T08:00:00+01:00"])
    """No alert about the page is sent before this time, then all of them in one message. Checks go on."""

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        if self.every is not None and self.cron is not None:
            raise ValueError("every and cron are both given; keep one")
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


class PageKeys(Table):
    """The keys that only a page has: its address, or the addresses of several pages with the same settings."""

    url: Url | None = Field(default=None, examples=["https://theglobalcoalition.org/en/"])
    """The http or https address. A fragment (#…) is dropped; user names and passwords are refused."""
    urls: Annotated[list[Url], Field(min_length=1)] | None = Field(
        default=None, examples=[["https://example.org/a", "https://example.org/b"]]
    )
    """Instead of `url`: the addresses of several pages with the same settings."""
    urls_file: Annotated[str, Field(min_length=1)] | None = Field(default=None, examples=["ministries.txt"])
    """Instead of `url`: a text file with one address a line, relative to the watchlist. Empty lines and lines that begin with # are skipped."""
    label: Annotated[str, Field(examples=["Coalition home"])] = ""
    """The display name of the page. It appears in messages, and rules can refer to the page by it."""
    allow_private: AllowPrivate = False
    """Allows this page to be on a private or loopback address. It covers this URL's host and port, not the targets of its redirects."""
    paused: StrictBool = False
    """Keeps the page and its history, but does not check it."""

    @model_validator(mode="after")
    def _check_address(self) -> Self:
        given = [key for key in ("url", "urls", "urls_file") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"found {' and '.join(given) or 'none'} of url, urls and urls_file; exactly one is needed")
        return self


class RequestKeys(Table):
    """The header fields of requests to a page's own origin."""

    headers: Annotated[
        dict[HeaderName, Value], Field(max_length=MAX_FIELDS, examples=[{"X-Api-Key": "env:PORTAL_KEY"}])
    ] = {}
    """Header fields to send to the page's own origin, with their values: `"env:NAME"`, `"file:PATH"`, or the value itself."""
    cookies: Annotated[
        dict[CookieName, CookieValue], Field(max_length=MAX_FIELDS, examples=[{"session": "env:PORTAL_SESSION"}])
    ] = {}
    """Cookies to send to the page's own origin, with their values, written as for `headers`."""
    basic_auth: BasicAuthTable | None = Field(
        default=None, examples=[{"user": "monitor", "password": "env:PORTAL_PASSWORD"}]
    )
    """User name and password to send to the page's own origin (HTTP basic authentication)."""

    @model_validator(mode="after")
    def _check_authorization(self) -> Self:
        names = Counter(name.lower() for name in self.headers)
        if names["authorization"] and self.basic_auth is not None:
            raise ValueError("basic_auth and a header Authorization are both given; keep one")
        twice = next((name for name, count in names.items() if count > 1), None)
        if twice is not None:
            raise ValueError(f"headers has the field {twice} twice; its name does not depend on case")
        return self


class PageTable(RequestKeys, SettingKeys, PageKeys):
    """One URL to monitor, or several with the same settings."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {"required": ["every", "cron"]},
            "oneOf": [{"required": [key]} for key in ("url", "urls", "urls_file")],
        }
    )


class DefaultsTable(SettingKeys):
    """Settings of all pages that neither they nor their hosts set."""


class HostKeys(Table):
    """The keys that only a host has."""

    match: Annotated[HostPattern, Field(examples=["*.example.org"])]
    """The host name, or a pattern in which `*` is any text, such as `"*.example.org"`. A port limits it to that port: `"example.org:8080"`."""


class HostSettings(Table):
    """The settings that only hosts have."""

    interval: Interval | None = Field(default=None, examples=["10s"])
    """The minimum time between two requests to the host, up to "1m", if it is longer than `PAGEWITNESS_HOST_INTERVAL_SECONDS`."""
    proxy: Proxy | None = Field(default=None, examples=["http://proxy.example.org:3128"])
    """A proxy for requests to the host, instead of `PAGEWITNESS_PROXY`: its URL, or `"env:NAME"` or `"file:PATH"` with the URL."""


class HostTable(RequestKeys, SettingKeys, HostSettings, HostKeys):
    """Settings of all pages of one host, or of the hosts that match a pattern."""


class PageSettings(RequestKeys, SettingKeys, HostSettings):
    """The settings of one page, complete: its own, those of its hosts and the defaults."""

    @model_validator(mode="after")
    def _check_timezone(self) -> Self:
        if self.cron is None and not self.windows and self.timezone != "UTC":
            raise ValueError("timezone is given without cron or windows; it says in which time zone those are read")
        return self

    @property
    def schedule(self) -> Schedule:
        """When the page is checked."""
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

    @property
    def request(self) -> RequestSettings:
        """How the page is requested."""
        login = self.basic_auth
        return RequestSettings(
            interval=None if self.interval is None else duration(self.interval),
            proxy=self.proxy,
            headers=tuple(self.headers.items()),
            cookies=tuple(self.cookies.items()),
            basic_auth=None if login is None else (login.user, login.password),
        )

    def _every(self) -> timedelta:
        every = DEFAULT_EVERY if self.every is None else duration(self.every)
        if self.adaptive is None:
            return every
        shortest, longest = self.adaptive.bounds
        return min(max(every, shortest), longest)
