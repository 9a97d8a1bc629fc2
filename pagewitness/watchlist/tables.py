"""The tables of a watchlist file: their keys, allowed values and meanings.

Each table is validated by itself here; `pagewitness.watchlist.loader` validates the references between tables. The descriptions become
docs/reference/watchlist.md and watchlist.schema.json, through `python -m pagewitness.reference`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from pagewitness.watchlist.channel_tables import ChannelTable
from pagewitness.watchlist.fact_tables import FactTable
from pagewitness.watchlist.page_tables import DefaultsTable, HostTable, PageTable
from pagewitness.watchlist.rule_tables import RuleTable
from pagewitness.watchlist.table import Table


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
