"""Planning: turns events into alerts, one per selecting rule and channel, with the payload of all attempts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from alerts.channel_health import recipients
from alerts.messages.payloads import render_email, render_webhook
from alerts.model import ChannelConfig, EmailChannel, PlannedAlert, RecordedEvent, Rule, WebhookChannel
from alerts.ports import Outbox
from alerts.rules import selects
from monitor.model import JsonValue
from rendering.links import Links


def plan(
    events: Sequence[RecordedEvent],
    rules: Sequence[Rule],
    channels: Sequence[ChannelConfig],
    links: Links,
    new_uid: Callable[[], str],
    broken: Collection[str] = (),
) -> list[PlannedAlert]:
    """Return the alerts of these events, in the order of events, rules and the rule's channels. Pure except for `new_uid`.

    A channel that a rule names twice gets one alert; a channel that does not exist gets none (watchlist validation prevents this).

    Args:
        events: Live events.
        rules: The active rules.
        channels: The active channels.
        links: Links to the web interface.
        new_uid: Returns a new "msg_" and 32 hex digits at each call.
        broken: Names of active channels that are unusable now. Their alerts are planned too, with the payloads of all channel types.
    """
    by_name: dict[str, ChannelConfig | None] = {
        **dict.fromkeys(broken),
        **{channel.name: channel for channel in channels},
    }
    return [
        _alert(recorded, rule, name, by_name[name], links, new_uid())
        for recorded in events
        for rule in rules
        if selects(rule, recorded)
        for name in recipients(recorded.event.change, rule.to, by_name)
    ]


def plan_once(outbox: Outbox, links: Links, now: datetime, new_uid: Callable[[], str], limit: int = 100) -> int:
    """Plan up to `limit` events that are not planned yet (T3).

    Args:
        outbox: Source of events, rules and channels; stores the alerts.
        links: Links to the web interface.
        now: On the observing clock.
        new_uid: See `plan`.
        limit: Maximum number of events per call.

    Returns:
        The number of new deliveries.
    """
    events = outbox.unplanned(limit)
    if not events:
        return 0
    broken = [declared.name for declared in outbox.broken() if declared.kind == "channel"]
    alerts = plan(events, outbox.rules(), outbox.channels(), links, new_uid, broken)
    return outbox.plan([recorded.id for recorded in events], alerts, now=now)


def _alert(
    recorded: RecordedEvent, rule: Rule, name: str, channel: ChannelConfig | None, links: Links, uid: str
) -> PlannedAlert:
    payload: dict[str, JsonValue] = {}
    if channel is None or isinstance(channel, EmailChannel):
        payload |= render_email(recorded, rule, links)
    if channel is None or isinstance(channel, WebhookChannel):
        payload |= render_webhook(recorded, rule, uid, links)
    return PlannedAlert(recorded.id, rule.name, name, uid, payload)
