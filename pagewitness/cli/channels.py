"""The `channels` commands: list them with their health, and send a test message through one."""

from __future__ import annotations

from datetime import datetime

from alerts.channel_types import destination, inline_secrets, type_of
from alerts.errors import DeliveryError
from alerts.model import BrokenDeclaration, ChannelConfig
from alerts.sample_message import sample_delivery
from monitor.errors import ConfigurationError, PagewitnessError
from monitor.model import JsonValue
from monitor.times import iso_utc
from pagewitness.cli.common import app_on
from pagewitness.cli.output import err, print_json, print_table, render_cell
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, new_uid
from pagewitness.validation_messages import inline_secret_warning
from storage.queries.channel_reports import ChannelReport, channel_reports


def list_channels(*, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.lists.list_channels`."""
    with app_on(db) as parts:
        configs = {config.name: config for config in parts.outbox.channels()}
        broken = {declared.name: declared.problem for declared in _broken(parts)}
        reports = channel_reports(parts.database, [*configs, *broken])
        for config in configs.values():
            keys = inline_secrets(config)
            if keys:
                err.print(f"pagewitness: {inline_secret_warning(config.name, keys)}")
        pauses = {name: config.policy.paused_until for name, config in configs.items()}
        if json:
            print_json(_as_json(report, configs.get(report.name), broken.get(report.name)) for report in reports)
            return
        now = system_clock()
        print_table(
            [
                "channel",
                "type",
                "where",
                "state",
                "sent last (UTC)",
                "waiting",
                "held",
                "held until (UTC)",
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
                    report.held,
                    report.held_until,
                    report.dead,
                    report.failures,
                    _pauses(report.paused_until, pauses.get(report.name), now),
                    report.last_error,
                )
                for report in reports
            ],
            empty="no channel is declared",
        )


def _pauses(after_failures: datetime | None, declared: datetime | None, now: datetime) -> str:
    """Return until when a channel is paused: after failures, and as the watchlist declares; "" where neither applies."""
    ends = [render_cell(after_failures)] if after_failures is not None else []
    if declared is not None and declared > now:
        ends.append(f"{render_cell(declared)} (watchlist)")
    return ", ".join(ends)


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
        "held": report.held,
        "held_until": iso_utc(report.held_until) if report.held_until else None,
        "dead": report.dead,
        "failures": report.failures,
        "paused_until": iso_utc(report.paused_until) if report.paused_until else None,
        "declared_pause_until": _declared_pause(config),
        "last_error": report.last_error,
        "problem": problem,
    }


def _declared_pause(config: ChannelConfig | None) -> str | None:
    if config is None or config.policy.paused_until is None:
        return None
    return iso_utc(config.policy.paused_until)


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
