"""Renders a message to the payload that a delivery stores: its form for one channel type. Pure.

A payload is rendered once, when the delivery is planned, and its keys name the type: email {"subject","text","html"}, webhook {"body"}, every other type
its own name with the request bodies to send in order. It contains no destination and no secret: senders add them from the channel's configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from alerts.channel_types import type_of
from alerts.messages.apprise import render_apprise
from alerts.messages.discord import render_discord
from alerts.messages.gotify import render_gotify
from alerts.messages.mail import render_mail
from alerts.messages.matrix import render_matrix
from alerts.messages.mattermost import render_mattermost
from alerts.messages.message import Message
from alerts.messages.ntfy import render_ntfy
from alerts.messages.slack import render_slack
from alerts.messages.teams import render_teams
from alerts.messages.telegram import render_telegram
from alerts.messages.webhook_body import render_webhook
from alerts.model import ChannelConfig, StoryEvent, WebhookChannel
from monitor.model import JsonValue
from rendering.links import Links

Payload = dict[str, JsonValue]
Renderer = Callable[[Message], Payload]

RENDERERS: Mapping[str, Renderer] = {
    "email": render_mail,
    "slack": render_slack,
    "teams": render_teams,
    "discord": render_discord,
    "telegram": render_telegram,
    "matrix": render_matrix,
    "mattermost": render_mattermost,
    "ntfy": render_ntfy,
    "gotify": render_gotify,
    "apprise": render_apprise,
}
"""The renderers by channel type; webhooks, which need the events too, have `render_webhook`."""


def render(config: ChannelConfig, message: Message, events: Sequence[StoryEvent], links: Links) -> Payload:
    """Return the payload of a message for one channel.

    Args:
        config: The channel.
        message: The neutral content.
        events: All events of the message, those that it does not show included; webhooks contain them.
        links: Links to the web interface, for events that the message does not show.
    """
    if isinstance(config, WebhookChannel):
        return render_webhook(message, events, links, config)
    return RENDERERS[type_of(config)](message)


def render_all(message: Message, events: Sequence[StoryEvent], links: Links) -> Payload:
    """Return the payloads of all channel types in one, for a channel whose stored definition is unusable and whose type is therefore unknown."""
    payload = render_webhook(message, events, links)
    for renderer in RENDERERS.values():
        payload |= renderer(message)
    return payload
