"""Creates a channel from its configuration."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime

from alerts.channels.smtp import SmtpChannel
from alerts.channels.webhook import WebhookSender
from alerts.model import ChannelConfig, EmailChannel
from alerts.ports import Channel


def open_channel(
    config: ChannelConfig,
    environ: Mapping[str, str],
    *,
    now: Callable[[], datetime],
    user_agent: str,
    timeout_seconds: float = 20.0,
    ca_bundle: str | None = None,
) -> Channel:
    """Return the channel that `config` describes. It connects only when it sends.

    Args:
        config: Configuration of the channel.
        environ: Environment for secrets "env:NAME".
        now: The real time, used in webhook signatures.
        user_agent: The User-Agent field of webhooks.
        timeout_seconds: Maximum duration of a whole send; the dispatcher's `longest_send`.
        ca_bundle: A PEM file of the authorities to trust; None means the machine's own for mail, and certifi's for webhooks.
    """
    if isinstance(config, EmailChannel):
        trusted = ssl.create_default_context(cafile=ca_bundle) if ca_bundle else None
        return SmtpChannel(config, environ, timeout_seconds=timeout_seconds, tls_context=trusted)
    return WebhookSender(
        config, environ, now=now, user_agent=user_agent, timeout_seconds=timeout_seconds, ca_bundle=ca_bundle
    )
