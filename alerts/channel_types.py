"""The channel types by the names that a watchlist uses. Pure.

A channel type is its configuration, listed here; a renderer in `alerts.messages.renderers`; a sender in `alerts.channels.factory`; and a table in
`pagewitness.watchlist.channel_tables`. `tests/pagewitness/watchlist/test_channel_tables.py` checks that the four lists agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.apprise_urls import shown
from alerts.channel_configs import (
    AppriseChannel,
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
from alerts.secret_references import is_reference, is_secret_name
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
    "apprise": AppriseChannel,
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
        case AppriseChannel():
            return ", ".join(url if is_reference(url) else shown(url) for url in config.urls)
        case _:
            return _host(config.url)


def inline_secrets(config: ChannelConfig) -> tuple[str, ...]:
    """Return the watchlist keys of a channel that contain a secret itself, not a reference to it: the database then contains it as well.

    The URL of a chat service's webhook is one; that of a general webhook need not be. Of header fields and fields, those with the name of a secret count.
    """
    match config:
        case EmailChannel():
            secrets: dict[str, tuple[str | None, ...]] = {"password": (config.password,)}
        case WebhookChannel():
            written = config.secret if isinstance(config.secret, tuple) else (config.secret,)
            named = {"headers": config.headers, "fields": config.fields}
            secrets = {"secret": written}
            secrets |= {
                key: tuple(value for name, value in pairs if is_secret_name(name)) for key, pairs in named.items()
            }
        case NtfyChannel():
            # Without a token, knowing the topic is enough to read and send its messages.
            secrets = {"topic": (config.topic if config.token is None else None,), "token": (config.token,)}
        case TelegramChannel() | MatrixChannel() | GotifyChannel():
            secrets = {"token": (config.token,)}
        case AppriseChannel():
            secrets = {"urls": config.urls}
        case _:
            secrets = {"url": (config.url,)}
    return tuple(
        key for key, values in secrets.items() if any(value is not None and not is_reference(value) for value in values)
    )


def _host(url: str) -> str:
    """Return a URL's host; a reference ("env:NAME") as it is."""
    return url if is_reference(url) else host_of(normalise(url))
