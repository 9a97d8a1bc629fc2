"""ntfy messages: a title, plain text, a priority and the address to open. Pure.

https://docs.ntfy.sh/publish/: 4096 bytes of message; a longer one would become an attachment. Priorities 1 (min) to 5 (max), 3 is the default.
"""

from __future__ import annotations

import json

from alerts.messages.layout import Style, layout, priority_of, web_url, without_subject
from alerts.messages.markup import Markup, posts, utf8_bytes
from alerts.messages.message import Message
from monitor.model import JsonValue, Level

POST_BYTES = 4096
PRIORITIES = {Level.FACT: 4, Level.HEALTH: 4, Level.NUMBER: 3, Level.TEXT: 3, Level.NOISE: 2}
_TITLE_LIMIT = 250

PLAIN = Markup(escape=str, styles={Style.MARK: "»{}«".format}, link=None, size=utf8_bytes, limit=POST_BYTES)


def render_ntfy(message: Message) -> dict[str, JsonValue]:
    """Return the payload {"ntfy": [body, …]}; the sender adds the topic."""
    common = {"title": message.subject[:_TITLE_LIMIT] or "Pagewitness", "priority": PRIORITIES[priority_of(message)]}
    click = click_url(message)
    texts = posts(without_subject(layout(message), message), message, PLAIN)
    return {"ntfy": [json.dumps({**common, "message": text, **({"click": click} if click else {})}) for text in texts]}


def click_url(message: Message) -> str | None:
    """Return what a tap on the notification opens: all changes, else the archived page, else the page; None where there is no address."""
    first = message.items[0]
    page = None if first.page is None else first.page.url
    return next(filter(None, map(web_url, (message.link, first.now.link, page))), None)
