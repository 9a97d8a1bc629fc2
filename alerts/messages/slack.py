"""Slack messages: Block Kit blocks and a `text` for notifications. Pure.

https://docs.slack.dev/reference/block-kit/blocks: at most 50 blocks a message, 3000 characters a section's text, 150 a header's, 10 elements a context
block. Texts of pages are `plain_text` objects, which Slack shows as they are; links and `text`, which are `mrkdwn`, have "&", "<" and ">" escaped:
https://docs.slack.dev/messaging/formatting-message-text.
"""

from __future__ import annotations

import json

from alerts.messages.layout import Line, Span, Style, layout, more_line
from alerts.messages.markup import POST_LIMIT
from alerts.messages.message import Message
from monitor.model import JsonValue

BLOCK_LIMIT, SECTION_LIMIT, HEADER_LIMIT, CONTEXT_LIMIT = 50, 3000, 150, 10
POST_CHARS = 12_000
"""Maximum characters of a post's texts; Slack refuses messages of more than about 13,000 in all (msg_blocks_too_long)."""
_TEXT_LIMIT = 3000
_URL_LIMIT = 1500

Blocks = list[dict[str, JsonValue]]


def render_slack(message: Message) -> dict[str, JsonValue]:
    """Return the payload {"slack": [body, …]}."""
    content = layout(message)
    groups = [_section(content.head), *map(_change, content.groups), _foot(content.foot)]
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
        if posts and _fits(posts[-1] + group):
            posts[-1] += group
        elif len(posts) == POST_LIMIT and left:
            posts.append(_section((more_line(left + message.more, message),)))
            break
        elif group:
            posts.append(group)
    return posts


def _fits(blocks: Blocks) -> bool:
    return len(blocks) <= BLOCK_LIMIT and len(json.dumps(blocks, ensure_ascii=False)) <= POST_CHARS


def _change(lines: tuple[Line, ...]) -> Blocks:
    """Return a change: its summary as a header, its lines as a section, its links as context."""
    summary = _plain(lines[0])
    header: Blocks = []
    if summary.strip():
        header = [{"type": "header", "text": _plain_text(_cut(summary, HEADER_LIMIT))}]
    rest = lines if len(summary) > HEADER_LIMIT else lines[1:]
    return header + _section(rest) + _links(lines)


def _section(lines: tuple[Line, ...]) -> Blocks:
    texts = [text for line in lines if (text := _cut(_plain(line), SECTION_LIMIT)).strip()]
    sections: list[str] = []
    for text in texts:
        if sections and len(sections[-1]) + 1 + len(text) <= SECTION_LIMIT:
            sections[-1] += "\n" + text
        else:
            sections.append(text)
    return [{"type": "section", "text": _plain_text(text)} for text in sections]


def _foot(lines: tuple[Line, ...]) -> Blocks:
    texts = [text for line in lines if line[0].url is None and (text := _plain(line)).strip()]
    text = _cut("\n".join(texts), SECTION_LIMIT)
    context: Blocks = [{"type": "context", "elements": [_plain_text(text)]}] if text else []
    return _links(lines) + context


def _links(lines: tuple[Line, ...]) -> Blocks:
    """Return the links of these lines in one context block; "|" separates address and text, so no text contains one."""
    links = {
        span.url: _link_text(line, span)
        for line in lines
        for span in line
        if span.url and len(_address(span.url)) <= _URL_LIMIT
    }
    texts = [
        f"<{_address(url)}|{_escaped(text.strip(), 150).replace('|', '¦') or 'link'}>" for url, text in links.items()
    ]
    elements = [{"type": "mrkdwn", "text": text, "verbatim": True} for text in texts[:CONTEXT_LIMIT]]
    return [{"type": "context", "elements": elements}] if elements else []


def _link_text(line: Line, span: Span) -> str:
    """Return what a link is called: "Now, seen 2022-05-02 06:00:01 UTC" for an archived page, the page's name for a page."""
    return _plain(line) if span.style is Style.LABEL else span.text


def _plain(line: Line) -> str:
    return "".join(f"»{span.text}«" if span.style is Style.MARK else span.text for span in line)


def _plain_text(text: str) -> dict[str, JsonValue]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _address(url: str) -> str:
    """Return an address for use in a link: "|" and ">" would end it."""
    return url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")


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
