"""Telegram messages: texts in HTML. Pure.

https://core.telegram.org/bots/api#sendmessage and #html-style: "<", ">" and "&" are escaped, 4096 characters a message, counted in UTF-16 code units here,
tags included. Telegram makes mentions of "@name" by itself, also of members of the chat: a word joiner after the sign prevents it.
"""

from __future__ import annotations

import html
import json

from alerts.messages.layout import Style, layout
from alerts.messages.markup import Markup, posts, utf16_units
from alerts.messages.message import Message
from monitor.model import JsonValue

POST_UNITS = 4096


def _escaped(text: str) -> str:
    return html.escape(text, quote=False).replace("@", "@\u2060")


MARKUP = Markup(
    escape=_escaped,
    styles={Style.STRONG: "<b>{}</b>".format, Style.MARK: "<b>{}</b>".format, Style.LABEL: "<i>{}</i>".format},
    link=lambda text, url: f'<a href="{html.escape(url)}">{text}</a>',
    size=utf16_units,
    limit=POST_UNITS,
)


def render_telegram(message: Message) -> dict[str, JsonValue]:
    """Return the payload {"telegram": [body, …]}; the sender adds the chat."""
    texts = posts(layout(message), message, MARKUP)
    return {
        "telegram": [
            json.dumps({"text": text, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}})
            for text in texts
        ]
    }
