"""The tables of a watchlist file: their keys, allowed values and meanings.

Each table is validated by itself here; `pagewitness.watchlist.loader` validates the references between tables. The descriptions become
docs/reference/watchlist.md and watchlist.schema.json, through `python -m pagewitness.reference`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from alerts.model import Direction
from monitor.model import EventKind
from pagewitness.watchlist.channel_tables import ChannelTable
from pagewitness.watchlist.fact_tables import FactTable
from pagewitness.watchlist.fields import Name, Number, Step
from pagewitness.watchlist.page_tables import DefaultsTable, HostTable, PageTable
from pagewitness.watchlist.table import Table


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
