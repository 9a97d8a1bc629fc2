"""Gotify messages: a title, plain text and a priority. Pure.

https://gotify.net/docs/msgextras recommends text/plain for texts from elsewhere: Gotify's clients load the images that Markdown names. Priorities above 7
interrupt, 4 to 7 sound: https://github.com/gotify/android#message-priorities.
"""

from __future__ import annotations

import json

from alerts.messages.layout import layout, priority_of, without_subject
from alerts.messages.markup import Markup, posts
from alerts.messages.message import Message
from alerts.messages.ntfy import PLAIN, click_url
from monitor.model import JsonValue, Level

POST_CHARS = 16_000
PRIORITIES = {Level.FACT: 8, Level.HEALTH: 8, Level.NUMBER: 5, Level.TEXT: 5, Level.NOISE: 2}

MARKUP = Markup(escape=str, styles=PLAIN.styles, link=None, size=len, limit=POST_CHARS)


def render_gotify(message: Message) -> dict[str, JsonValue]:
    """Return the payload {"gotify": [body, …]}."""
    click = click_url(message)
    extras = {
        "client::display": {"contentType": "text/plain"},
        **({"client::notification": {"click": {"url": click}}} if click else {}),
    }
    common = {"title": message.subject or "Pagewitness", "priority": PRIORITIES[priority_of(message)], "extras": extras}
    texts = posts(without_subject(layout(message), message), message, MARKUP)
    return {"gotify": [json.dumps({**common, "message": text}) for text in texts]}
