"""The tables of a watchlist file: their keys, allowed values and meanings.

Each table is validated by itself here; `pagewitness.watchlist.loader` validates the references between tables. The descriptions become
docs/reference/watchlist.md and watchlist.schema.json, through `python -m pagewitness.reference`.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StrictInt, model_validator

from alerts.model import Direction, Security
from monitor.model import EventKind
from pagewitness.watchlist.fact_tables import FactTable
from pagewitness.watchlist.fields import Address, AllowPrivate, Name, Number, Password, Secret, Step, Url
from pagewitness.watchlist.page_tables import DefaultsTable, HostTable, PageTable
from pagewitness.watchlist.table import Table

DEFAULT_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


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

    defaults: DefaultsTable | None = None
    """Settings of all pages, in one `[defaults]` table."""
    host: list[HostTable] = []
    """Settings of the pages of hosts, one `[[host]]` table each."""
    page: Annotated[list[PageTable], Field(min_length=1)]
    """The pages, one `[[page]]` table each."""
    fact: list[FactTable] = []
    """The facts, one `[[fact]]` table each."""
    channel: list[ChannelTable] = []
    """The channels, one `[[channel]]` table each."""
    rule: list[RuleTable] = []
    """The rules, one `[[rule]]` table each."""
