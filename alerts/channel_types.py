"""The channel types by the names that a watchlist uses. Pure.

A channel type is its configuration, listed here; a renderer in `alerts.messages.renderers`; a sender in `alerts.channels.factory`; and a table in
`pagewitness.watchlist.channel_tables`. `tests/pagewitness/watchlist/test_channel_tables.py` checks that the four lists agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.channel_configs import (
    DiscordChannel,
    GotifyChannel,
    MatrixChannel,
    MattermostChannel,
    NtfyChannel,
    SlackChannel,
    TeamsChannel,
    TelegramChannel,
)
from alerts.model import ChannelConfig, EmailChannel, WebhookChannel
from alerts.secret_references import is_reference
from monitor.urls import host_of, normalise

CHANNEL_TYPES: Mapping[str, type[Any]] = {
    "email": EmailChannel,
    "slack": SlackChannel,
    "teams": TeamsChannel,
    "discord": DiscordChannel,
    "telegram": TelegramChannel,
    "matrix": MatrixChannel,
    "mattermost": MattermostChannel,
    "ntfy": NtfyChannel,
    "gotify": GotifyChannel,
    "webhook": WebhookChannel,
}
"""The class of configuration of each type, in the order of the documentation."""

_NAMES = {config: name for name, config in CHANNEL_TYPES.items()}


def type_of(config: ChannelConfig) -> str:
    """Return the name of a channel's type: "email"."""
    return _NAMES[type(config)]


def destination(config: ChannelConfig) -> str:
    """Return where a channel leads, for display: recipients, or the host of a URL, which is often a secret itself, and what is no secret beside it."""
    match config:
        case EmailChannel():
            return ", ".join(config.to)
        case TelegramChannel():
            return f"{config.chat} on {_host(config.server)}"
        case MatrixChannel():
            return f"{config.room} on {_host(config.server)}"
        case NtfyChannel() | GotifyChannel():
            return _host(config.server)
        case _:
            return _host(config.url)


def _host(url: str) -> str:
    """Return a URL's host; a reference ("env:NAME") as it is."""
    return url if is_reference(url) else host_of(normalise(url))
