"""Configurations of the channels to chat and push services. Pure values.

`url` of a webhook and `token` are secrets, as written in the watchlist: "env:NAME" and "file:PATH" are resolved when sending. `allow_private` is whether
that URL's or server's own host and port may be a private or loopback address.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from alerts.delivery_policy import DEFAULT_POLICY, DeliveryPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    """A channel to a service.

    Attributes:
        name: Unique in a watchlist.
        allow_private: See the module.
        policy: When its messages are sent.
    """

    name: str = field(kw_only=False)
    allow_private: bool = False
    policy: DeliveryPolicy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class UrlChannel(_Service):
    """A channel of a chat service, through a webhook.

    Attributes:
        url: The webhook's URL.
    """

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SlackChannel(UrlChannel):
    """A Slack channel, through an incoming webhook."""


@dataclass(frozen=True, slots=True)
class TeamsChannel(UrlChannel):
    """A Microsoft Teams channel or chat, through a workflow that is started by a webhook."""


@dataclass(frozen=True, slots=True)
class DiscordChannel(UrlChannel):
    """A Discord channel, through a webhook."""


@dataclass(frozen=True, slots=True)
class MattermostChannel(UrlChannel):
    """A Mattermost channel, through an incoming webhook."""


@dataclass(frozen=True, slots=True)
class TelegramChannel(_Service):
    """A Telegram chat, through a bot.

    Attributes:
        chat: Identifier of the chat, "-1001234567890", or "@channelusername".
        token: The bot's token.
        server: The Bot API server.
    """

    chat: str
    token: str = field(repr=False)
    server: str = "https://api.telegram.org"


@dataclass(frozen=True, slots=True)
class MatrixChannel(_Service):
    """A Matrix room, through the client-server API.

    Attributes:
        server: The homeserver.
        room: The room's id, "!opaque:example.org".
        token: The access token of the sending account.
    """

    server: str
    room: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NtfyChannel(_Service):
    """A topic of an ntfy server.

    Attributes:
        topic: The topic. On a server without access control it is a password, so it may be "env:NAME" or "file:PATH" too.
        server: The ntfy server.
        token: An access token; None for topics that anyone may publish to.
    """

    topic: str = field(repr=False)
    server: str = "https://ntfy.sh"
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class GotifyChannel(_Service):
    """An application of a Gotify server.

    Attributes:
        server: The Gotify server.
        token: The application's token.
    """

    server: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AppriseChannel(_Service):
    """Services that Apprise sends to.

    Attributes:
        urls: Apprise URLs; each is a secret. `allow_private` concerns the host and port that each of them names.
    """

    urls: tuple[str, ...] = field(repr=False)


ServiceChannel = UrlChannel | TelegramChannel | MatrixChannel | NtfyChannel | GotifyChannel | AppriseChannel
