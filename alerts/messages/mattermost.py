"""Mattermost messages: Markdown. Pure.

https://developers.mattermost.com/integrate/webhooks/incoming/: 16,383 characters a message. Mattermost notifies "@all", "@channel" and "@here" wherever
the text contains them, so a zero-width space separates the sign from the word; the same keeps ":names:" from becoming emoji.
"""

from __future__ import annotations

import json

from alerts.messages.layout import Style, layout
from alerts.messages.markup import Markup, markdown, posts
from alerts.messages.message import Message
from monitor.model import JsonValue

POST_CHARS = 16_000


def _escaped(text: str) -> str:
    return markdown(text, colon=":\u200b").replace("\\@", "@\u200b")


MARKUP = Markup(
    escape=_escaped,
    styles={Style.STRONG: "**{}**".format, Style.MARK: "**{}**".format},
    link=lambda text, url: f"[{text}](<{url.replace('<', '%3C').replace('>', '%3E')}>)",
    size=len,
    limit=POST_CHARS,
)


def render_mattermost(message: Message) -> dict[str, JsonValue]:
    """Return the payload {"mattermost": [body, …]}."""
    texts = posts(layout(message), message, MARKUP)
    return {"mattermost": [json.dumps({"text": text}) for text in texts]}
