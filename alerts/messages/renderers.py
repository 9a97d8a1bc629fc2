"""Renders a message to the payload that a delivery stores: its form for one channel type. Pure.

A payload is rendered once, when the delivery is planned, and its keys name the type: email {"subject","text","html"}, webhook {"body"}, every other type
its own name with the request bodies to send in order. It contains no destination and no secret: senders add them from the channel's configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from alerts.messages.mail import render_mail
from alerts.messages.message import Message, StoryEvent
from alerts.messages.webhook_body import render_webhook
from alerts.model import ChannelConfig, EmailChannel, WebhookChannel
from monitor.model import JsonValue
from rendering.links import Links

Payload = dict[str, JsonValue]
Renderer = Callable[[Message, Sequence[StoryEvent], Links], Payload]

_RENDERERS: Mapping[type[ChannelConfig], Renderer] = {
    EmailChannel: lambda message, events, links: render_mail(message),  # noqa: ARG005
    WebhookChannel: render_webhook,
}


def render(config: ChannelConfig, message: Message, events: Sequence[StoryEvent], links: Links) -> Payload:
    """Return the payload of a message for one channel.

    Args:
        config: The channel.
        message: The neutral content.
        events: All events of the message, those that it does not show included; webhooks contain them.
        links: Links to the web interface, for events that the message does not show.
    """
    return _RENDERERS[type(config)](message, events, links)


def render_all(message: Message, events: Sequence[StoryEvent], links: Links) -> Payload:
    """Return the payloads of all channel types in one, for a channel whose stored definition is unusable and whose type is therefore unknown."""
    payload: Payload = {}
    for renderer in _RENDERERS.values():
        payload |= renderer(message, events, links)
    return payload
