"""The `channels` commands: list them, and send a test message through one."""

from __future__ import annotations

from alerts.channel_types import destination, type_of
from alerts.errors import DeliveryError
from alerts.model import BrokenDeclaration
from alerts.sample_message import sample_delivery
from monitor.errors import ConfigurationError, PagewitnessError
from pagewitness.cli.common import app_on
from pagewitness.cli.output import err, print_table
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, new_uid


def list_channels(*, db: str | None) -> None:
    """See `pagewitness.cli.commands.lists.list_channels`."""
    with app_on(db) as parts:
        rows = parts.outbox.channels()
        print_table(
            ["channel", "type", "where"],
            [(row.name, type_of(row), destination(row)) for row in rows]
            + [(broken.name, "unusable", broken.problem) for broken in _broken(parts)],
            empty="no channel is declared",
        )


def test(*, name: str, db: str | None) -> None:
    """See `pagewitness.cli.commands.lists.test`."""
    with app_on(db) as parts:
        declared = {channel.name: channel for channel in parts.outbox.channels()}
        for broken in _broken(parts):
            if broken.name == name:
                raise ConfigurationError(f"channel {name} cannot be used: {broken.problem}; apply the watchlist again")
        if name not in declared:
            raise ConfigurationError(
                f"no channel is called {name!r}; declared are: {', '.join(declared) or 'none (see `pagewitness apply`)'}"
            )
        try:
            receipt = parts.channel(declared[name]).send(sample_delivery(declared[name], system_clock(), new_uid()))
        except DeliveryError as error:
            raise PagewitnessError(f"channel {name}: {error}") from error
        err.print(f"sent through {name}: {receipt}")


def _broken(parts: AppContext) -> list[BrokenDeclaration]:
    return [broken for broken in parts.outbox.broken() if broken.kind == "channel"]
