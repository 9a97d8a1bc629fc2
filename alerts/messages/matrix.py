"""Matrix messages: m.room.message events with plain text and HTML. Pure.

https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes: the HTML is of format org.matrix.custom.html and uses suggested elements only. An
empty `m.mentions` (§ user and room mentions) suppresses all mentions, whatever the text contains. An event has at most 65,536 bytes (§ size limits).
"""

from __future__ import annotations

import html
import json
import re

from alerts.messages.layout import Style, layout
from alerts.messages.markup import Markup, posts, utf8_bytes
from alerts.messages.message import Message
from monitor.model import JsonValue

POST_BYTES = 24_000
"""Maximum size of the HTML; the plain text is shorter, and both together fit into an event."""

_LINK_START, _LINK_END = '<a href="', "</a>"
_TAG = re.compile(r"<[^<>]*>")

HTML = Markup(
    escape=html.escape,
    styles={
        Style.STRONG: "<strong>{}</strong>".format,
        Style.MARK: "<strong>{}</strong>".format,
        Style.LABEL: "<em>{}</em>".format,
    },
    link=lambda text, url: f'<a href="{html.escape(url)}">{text}</a>',
    size=utf8_bytes,
    limit=POST_BYTES,
)


def render_matrix(message: Message) -> dict[str, JsonValue]:
    """Return the payload {"matrix": [body, …]}."""
    content = layout(message)
    formatted = posts(content, message, HTML, line_end="<br>", group_end="<br><br>")
    return {"matrix": [_body(text) for text in formatted]}


def _body(formatted: str) -> str:
    return json.dumps(
        {
            "msgtype": "m.text",
            "body": _plain(formatted),
            "format": "org.matrix.custom.html",
            "formatted_body": formatted,
            "m.mentions": {},
        }
    )


def _plain(formatted: str) -> str:
    """Return the HTML of this module as plain text, with the address after the text of a link."""
    first, *links = formatted.replace("<br>", "\n").split(_LINK_START)
    text = first + "".join(map(_plain_link, links))
    return html.unescape(_TAG.sub("", text))


def _plain_link(markup: str) -> str:
    """Return "text (address)" and what follows, for the rest of a link's markup after `_LINK_START`."""
    address, _, rest = markup.partition('">')
    text, _, following = rest.partition(_LINK_END)
    return f"{text} ({address}){following}"
