"""Microsoft Teams messages: Adaptive Cards. Pure.

https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-reference: version 1.5 and lower, 28 KB a message. Texts are
runs of a RichTextBlock, which has no Markdown: https://learn.microsoft.com/en-us/adaptive-cards/authoring-cards/text-features. Mentions need entities
that no card here has.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from alerts.messages.layout import Layout, Line, Span, Style, layout, more_line
from alerts.messages.markup import POST_LIMIT
from alerts.messages.message import Message
from monitor.model import JsonValue

POST_BYTES = 24 * 1024
"""Maximum size of a body. Teams refuses more than 28 KB, its own envelope included."""
_RUN_LIMIT = 1500  # characters of one text: at most 18 KB of \u escapes
_FALLBACK_LIMIT = 200
_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
_STYLES: dict[Style, dict[str, JsonValue]] = {
    Style.PLAIN: {},
    Style.STRONG: {"weight": "Bolder", "size": "Medium"},
    Style.QUOTE: {},
    Style.MARK: {"weight": "Bolder", "highlight": True},
    Style.LABEL: {"isSubtle": True},
}

Elements = list[dict[str, JsonValue]]


def render_teams(message: Message) -> dict[str, JsonValue]:
    """Return the payload {"teams": [body, …]}."""
    content = layout(message)
    return {"teams": [_body(message, elements) for elements in _packed(content, message)]}


def _packed(content: Layout, message: Message) -> list[Elements]:
    """Return the elements of each card. A change is split only where it is too long for a card of its own."""
    cards: list[Elements] = []
    groups = [content.head, *content.groups, content.foot]
    for index, group in enumerate(groups):
        left = len(groups) - 1 - index
        elements = [element for line in group if (element := _element(line))]
        if index and elements:
            elements[0] = {**elements[0], "separator": True, "spacing": "Large"}
        if cards and _fits(message, cards[-1] + elements):
            cards[-1] += elements
        elif len(cards) >= POST_LIMIT and left:
            return [*cards, [_block(more_line(left + message.more, message))]]
        else:
            _add(cards, elements, message)
    return cards


def _add(cards: list[Elements], elements: Elements, message: Message) -> None:
    """Add a change to new cards."""
    for index, element in enumerate(elements):
        if index and _fits(message, [*cards[-1], element]):
            cards[-1].append(element)
        else:
            cards.append([element])


def _fits(message: Message, elements: Elements) -> bool:
    return len(_body(message, elements)) <= POST_BYTES


def _body(message: Message, elements: Elements) -> str:
    card = {
        "$schema": _SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": message.subject[:_FALLBACK_LIMIT],
        "msteams": {"width": "Full"},
        "body": elements,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return json.dumps({"type": "message", "attachments": [attachment]})


def _element(line: Line) -> dict[str, JsonValue] | None:
    block = _block(line)
    if len(json.dumps(block)) > POST_BYTES // 2:  # long addresses
        block = _block(tuple(Span(span.text, span.style) for span in line))
    return block if block["inlines"] else None


def _block(line: Line) -> dict[str, JsonValue]:
    return {"type": "RichTextBlock", "inlines": [_run(span) for span in _cut(line) if span.text]}


def _cut(line: Line) -> Sequence[Span]:
    left, spans = _RUN_LIMIT, []
    for span in line:
        text = span.text if len(span.text) <= left else span.text[: max(left - 1, 0)] + "…"
        spans.append(Span(text, span.style, span.url))
        left -= len(text)
        if left <= 0:
            break
    return spans


def _run(span: Span) -> dict[str, JsonValue]:
    link = {} if span.url is None else {"selectAction": {"type": "Action.OpenUrl", "url": span.url}}
    return {"type": "TextRun", "text": span.text, **_STYLES[span.style], **link}
