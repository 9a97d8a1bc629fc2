"""Creates a channel from its configuration."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from alerts.channel_configs import AppriseChannel
from alerts.channel_types import type_of
from alerts.channels.discord import DiscordSender
from alerts.channels.gotify import GotifySender
from alerts.channels.http_post import HttpOptions
from alerts.channels.matrix import MatrixSender
from alerts.channels.mattermost import MattermostSender
from alerts.channels.ntfy import NtfySender
from alerts.channels.slack import SlackSender
from alerts.channels.smtp import SmtpChannel
from alerts.channels.teams import TeamsSender
from alerts.channels.telegram import TelegramSender
from alerts.channels.webhook import WebhookSender
from alerts.model import ChannelConfig, EmailChannel
from alerts.ports import Channel

HTTP_SENDERS: Mapping[str, Callable[[Any, HttpOptions], Channel]] = {
    "slack": SlackSender,
    "teams": TeamsSender,
    "discord": DiscordSender,
    "telegram": TelegramSender,
    "matrix": MatrixSender,
    "mattermost": MattermostSender,
    "ntfy": NtfySender,
    "gotify": GotifySender,
    "webhook": WebhookSender,
}
"""The senders over HTTP by channel type."""


def open_channel(
    config: ChannelConfig,
    environ: Mapping[str, str],
    *,
    now: Callable[[], datetime],
    user_agent: str,
    timeout_seconds: float = 20.0,
    ca_bundle: str | None = None,
    apprise_refusal: str | None = "apprise is not allowed",
) -> Channel:
    """Return the channel that `config` describes. It connects only when it sends.

    Args:
        config: Configuration of the channel.
        environ: Environment for secrets "env:NAME".
        now: The real time, used in webhook signatures.
        user_agent: The User-Agent field of requests over HTTP.
        timeout_seconds: Maximum duration of a whole send; the dispatcher's `longest_send`.
        ca_bundle: A PEM file of the authorities to trust; None means the machine's own for mail, and certifi's for HTTP.
        apprise_refusal: Why channels of type apprise are not allowed; None where they are.
    """
    if isinstance(config, EmailChannel):
        trusted = ssl.create_default_context(cafile=ca_bundle) if ca_bundle else None
        return SmtpChannel(config, environ, timeout_seconds=timeout_seconds, tls_context=trusted)
    options = HttpOptions(environ, now, user_agent, timeout_seconds, ca_bundle=ca_bundle)
    if isinstance(config, AppriseChannel):
        from alerts.channels.apprise.sender import AppriseSender  # noqa: PLC0415 (its proxy needs http.server, which is slow to import)

        return AppriseSender(config, options, apprise_refusal)
    return HTTP_SENDERS[type_of(config)](config, options)
