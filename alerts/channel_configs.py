"""Configurations of the channels to chat and push services. Pure values.

`url` of a webhook and `token` are secrets, as written in the watchlist: "env:NAME" and "file:PATH" are resolved when sending. `allow_private` is whether
that URL's or server's own host and port may be a private or loopback address.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from alerts.delivery_policy import DEFAULT_POLICY, DeliveryPolicy


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """A Slack channel, through an incoming webhook.

    Attributes:
        name: Unique in a watchlist.
        url: The webhook's URL.
        allow_private: See the module.
        policy: When its messages are sent.
    """

    name: str
    url: str = field(repr=False)
    allow_private: bool = False
    policy: DeliveryPolicy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class TeamsChannel:
    """A Microsoft Teams channel or chat, through a workflow that is started by a webhook.

    Attributes:
        name: Unique in a watchlist.
        url: The webhook's URL.
        allow_private: See the module.
        policy: When its messages are sent.
    """

    name: str
    url: str = field(repr=False)
    allow_private: bool = False
    policy: DeliveryPolicy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class DiscordChannel:
    """A Discord channel, through a webhook.

    Attributes:
        name: Unique in a watchlist.
        url: The webhook's URL.
        allow_private: See the module.
        policy: When its messages are sent.
    """

    name: str
    url: str = field(repr=False)
    allow_private: bool = False
    policy: DeliveryPolicy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class MattermostChannel:
    """A Mattermost channel, through an incoming webhook.

    Attributes:
        name: Unique in a watchlist.
        url: The webhook's URL.
        allow_private: See the module.
        policy: When its messages are sent.
    """

    name: str
    url: str = field(repr=False)
    allow_private: bool = False
    policy: DeliveryPolicy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class TelegramChannel:
    """A Telegram chat, through a bot.

    Attributes:
        name: Unique in a watchlist.
        chat: Identifier of the chat, "-1001234567890", or "@channelusername".
        token: The bot's token.
        server: The Bot API server.
        allow_private: See the module.
        policy: When its messages are sent.
    """

    name: str
    chat: str
    token: str = field(repr=False)
    server: str = "https://api.telegram.org"
    allow_private: bool = False
    policy: DeliveryPolicy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class MatrixChannel:
    """A Matrix room, through the client-server API.

    Attributes:
        name: Unique in a watchlist.
        server: The homeserver.
        room: The room's id, "!opaque:example.org".
        token: The access token of the sending account.
        allow_private: See the module.
        policy: When its messages are sent.
    """

    name: str
    server: str
    room: str
    token: str = field(repr=False)
    allow_private: bool = False
    policy: DeliveryPolicy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class NtfyChannel:
    """A topic of an ntfy server.

    Attributes:
        name: Unique in a watchlist.
        topic: The topic. On a server without access control it is a password, so it may be "env:NAME" or "file:PATH" too.
        server: The ntfy server.
        token: An access token; None for topics that anyone may publish to.
        allow_private: See the module.
        policy: When its messages are sent.
    """

    name: str
    topic: str = field(repr=False)
    server: str = "https://ntfy.sh"
    token: str | None = field(default=None, repr=False)
    allow_private: bool = False
    policy: DeliveryPolicy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class GotifyChannel:
    """An application of a Gotify server.

    Attributes:
        name: Unique in a watchlist.
        server: The Gotify server.
        token: The application's token.
        allow_private: See the module.
        policy: When its messages are sent.
    """

    name: str
    server: str
    token: str = field(repr=False)
    allow_private: bool = False
    policy: DeliveryPolicy = DEFAULT_POLICY


ServiceChannel = (
    SlackChannel
    | TeamsChannel
    | DiscordChannel
    | MattermostChannel
    | TelegramChannel
    | MatrixChannel
    | NtfyChannel
    | GotifyChannel
)
