"""The `channels` commands: list them with their health, and send a test message through one."""

from __future__ import annotations

from alerts.channel_types import destination, type_of
from alerts.errors import DeliveryError
from alerts.model import BrokenDeclaration, ChannelConfig
from alerts.sample_message import sample_delivery
from monitor.errors import ConfigurationError, PagewitnessError
from monitor.model import JsonValue
from monitor.times import iso_utc
from pagewitness.cli.common import app_on
from pagewitness.cli.output import err, print_json, print_table
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, new_uid
from storage.queries.channel_reports import ChannelReport, channel_reports


def list_channels(*, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.lists.list_channels`."""
    with app_on(db) as parts:
        configs = {config.name: config for config in parts.outbox.channels()}
        broken = {declared.name: declared.problem for declared in _broken(parts)}
        reports = channel_reports(parts.database, [*configs, *broken])
        if json:
            print_json(_as_json(report, configs.get(report.name), broken.get(report.name)) for report in reports)
            return
        print_table(
            [
                "channel",
                "type",
                "where",
                "state",
                "sent last (UTC)",
                "waiting",
                "dead",
                "failures",
                "paused until (UTC)",
                "last error",
            ],
            [
                (
                    report.name,
                    *(("unusable", broken[report.name]) if report.name in broken else _kind(configs[report.name])),
                    report.state,
                    report.last_sent_at,
                    report.waiting,
                    report.dead,
                    report.failures,
                    report.paused_until,
                    report.last_error,
                )
                for report in reports
            ],
            empty="no channel is declared",
        )


def _kind(config: ChannelConfig) -> tuple[str, str]:
    return type_of(config), destination(config)


def _as_json(report: ChannelReport, config: ChannelConfig | None, problem: str | None) -> dict[str, JsonValue]:
    return {
        "channel": report.name,
        "type": None if config is None else type_of(config),
        "destination": None if config is None else destination(config),
        "state": report.state,
        "last_sent_at": iso_utc(report.last_sent_at) if report.last_sent_at else None,
        "waiting": report.waiting,
        "waiting_since": iso_utc(report.waiting_since) if report.waiting_since else None,
        "dead": report.dead,
        "failures": report.failures,
        "paused_until": iso_utc(report.paused_until) if report.paused_until else None,
        "last_error": report.last_error,
        "problem": problem,
    }


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
