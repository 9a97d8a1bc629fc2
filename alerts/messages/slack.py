"""Slack messages: Block Kit blocks and a `text` for notifications. Pure.

https://docs.slack.dev/reference/block-kit/blocks: at most 50 blocks a message, 150 characters a header. Texts of pages are `plain_text` objects or texts
and links of a `rich_text` block, which Slack shows as they are: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block. Only `text`, for
notifications, is `mrkdwn`, with "&", "<" and ">" escaped: https://docs.slack.dev/messaging/formatting-message-text.
"""

from __future__ import annotations

import json
from dataclasses import replace

from alerts.messages.layout import Line, Span, Style, is_quote, layout, more_line
from alerts.messages.markup import POST_LIMIT
from alerts.messages.message import Message
from monitor.model import JsonValue

BLOCK_LIMIT, HEADER_LIMIT, LINE_LIMIT, CONTEXT_LIMIT = 50, 150, 3000, 3000
POST_CHARS = 12_000
"""Maximum characters of a post's texts; Slack refuses messages of more than about 13,000 in all (msg_blocks_too_long)."""
_TEXT_LIMIT = 3000
_URL_LIMIT = 1500
_ADDRESS_CHARS = 3000
"""Maximum characters of the addresses of one change: further links are shown as text, so that a change fits into a post."""

_DIVIDER: dict[str, JsonValue] = {"type": "divider"}

Blocks = list[dict[str, JsonValue]]
Elements = list[dict[str, JsonValue]]


def render_slack(message: Message) -> dict[str, JsonValue]:
    """Return the payload {"slack": [body, …]}."""
    content = layout(message)
    groups = [_rich_text(content.head), *map(_change, content.groups), _foot(content.foot)]
    posts = _packed(groups, message)
    text = _escaped(message.subject, _TEXT_LIMIT) or "Pagewitness"
    return {
        "slack": [
            json.dumps({"text": text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False})
            for blocks in posts
        ]
    }


def _packed(groups: list[Blocks], message: Message) -> list[Blocks]:
    """Return the blocks of each post; the last group, the foot, is in the last one."""
    posts: list[Blocks] = []
    for index, group in enumerate(groups):
        left = len(groups) - 1 - index
        divided = [_DIVIDER, *group] if 1 < index < len(groups) - 1 else group
        if posts and _fits(posts[-1] + divided):
            posts[-1] += divided
        elif len(posts) == POST_LIMIT and left:
            posts.append(_rich_text((more_line(left + message.more, message),)))
            break
        elif group:
            posts.append(group)
    return posts


def _fits(blocks: Blocks) -> bool:
    return len(blocks) <= BLOCK_LIMIT and len(json.dumps(blocks, ensure_ascii=False)) <= POST_CHARS


def _change(lines: tuple[Line, ...]) -> Blocks:
    """Return a change: its summary as a header, or in bold type where it is too long for one, and its lines as rich text."""
    summary = _plain(lines[0])
    if len(summary) > HEADER_LIMIT or not summary.strip():
        return _rich_text(lines)
    return [{"type": "header", "text": _plain_text(summary)}, *_rich_text(lines[1:])]


def _foot(lines: tuple[Line, ...]) -> Blocks:
    texts = [text for line in lines if line[0].url is None and (text := _plain(line)).strip()]
    text = _cut("\n".join(texts), CONTEXT_LIMIT)
    context: Blocks = [{"type": "context", "elements": [_plain_text(text)]}] if text else []
    return _rich_text(tuple(line for line in lines if line[0].url is not None)) + context


def _rich_text(lines: tuple[Line, ...]) -> Blocks:
    """Return one block: what the page states as quotes, other lines as sections, in which a line break separates lines."""
    elements: Elements = []
    left = _ADDRESS_CHARS
    for line in lines:
        spans = _cut_line(line)
        shown: Elements = []
        for span in spans:
            left -= len(span.url or "")
            shown.append(_element(span if left >= 0 else Span(span.text, span.style)))
        if not "".join(span.text for span in spans).strip():
            continue
        kind = "rich_text_quote" if is_quote(line) else "rich_text_section"
        if elements and elements[-1]["type"] == kind:
            previous = elements[-1]["elements"]
            assert isinstance(previous, list)
            previous += [{"type": "text", "text": "\n"}, *shown]
        else:
            elements.append({"type": kind, "elements": [*shown]})
    return [{"type": "rich_text", "elements": [*elements]}] if elements else []


def _element(span: Span) -> dict[str, JsonValue]:
    style = {"style": {"bold": True}} if span.style in (Style.STRONG, Style.MARK) else {}
    if span.url is not None and len(span.url) <= _URL_LIMIT:
        return {"type": "link", "url": span.url, "text": span.text, **style}
    return {"type": "text", "text": span.text, **style}


def _cut_line(line: Line) -> list[Span]:
    """Return the texts of a line that are not empty, cut at `LINE_LIMIT` in all."""
    left, spans = LINE_LIMIT, []
    for span in line:
        text = _cut(span.text, left) if left > 0 else ""
        left -= len(text)
        if text:
            spans.append(replace(span, text=text))
    return spans


def _plain(line: Line) -> str:
    return "".join(span.text for span in line)


def _plain_text(text: str) -> dict[str, JsonValue]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _escaped(text: str, limit: int) -> str:
    """Return a text for `mrkdwn`. A zero-width space after the characters that begin an emphasis or code keeps them as they are."""
    cut = text
    while True:
        escaped = cut.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        for sign in "*_~`":
            escaped = escaped.replace(sign, f"\u200b{sign}\u200b")
        if len(escaped) <= limit:
            return escaped
        cut = cut[: max(len(cut) * 3 // 4, 1) - 1].rstrip() + "…"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
