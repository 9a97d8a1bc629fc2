"""Discord messages: embeds. Pure.

https://docs.discord.com/developers/resources/message#embed-object-embed-limits: 10 embeds a message, 256 characters a title, 4096 a description, 2048 a
footer, 6000 in all embeds of a message; content 2000. `allowed_mentions` with an empty "parse" suppresses all mentions, whatever the text contains.
"""

from __future__ import annotations

import json

from alerts.messages.layout import Line, Style, layout, more_line
from alerts.messages.markup import POST_LIMIT, Markup, markdown, utf16_units
from alerts.messages.message import Message
from monitor.model import JsonValue, Level

EMBED_LIMIT, TITLE_LIMIT, DESCRIPTION_LIMIT, TOTAL_LIMIT, CONTENT_LIMIT = 10, 256, 4096, 6000, 2000
_COLOURS = {
    Level.FACT: 0xD1242F,
    Level.NUMBER: 0xBF8700,
    Level.TEXT: 0x0969DA,
    Level.HEALTH: 0x8250DF,
    Level.NOISE: 0x6E7781,
}

Embed = dict[str, JsonValue]


def _escaped(text: str) -> str:
    return markdown(text, colon=r"\:")


MARKUP = Markup(
    escape=_escaped,
    styles={Style.STRONG: "**{}**".format, Style.MARK: "**{}**".format},
    link=lambda text, url: f"[{text}]({_address(url)})",
    size=utf16_units,
    limit=DESCRIPTION_LIMIT,
)


def render_discord(message: Message) -> dict[str, JsonValue]:
    """Return the payload {"discord": [body, …]}."""
    content = layout(message)
    embeds = [_embed(group, item.level) for group, item in zip(content.groups, message.items, strict=True)]
    foot = _described(content.foot)
    posts: list[list[Embed]] = []
    for index, embed in enumerate(embeds):
        if len(posts) == POST_LIMIT and not _fits([*posts[-1], embed]):
            foot = _described(
                (more_line(len(embeds) - index + message.more, message), *content.foot[bool(message.more) :])
            )
            break
        if posts and _fits([*posts[-1], embed]):
            posts[-1].append(embed)
        else:
            posts.append([embed])
    if foot:
        end: Embed = {"description": foot}
        if _fits([*posts[-1], end]):
            posts[-1].append(end)
        else:
            posts.append([end])
    head = "\n".join(text for line in content.head if (text := MARKUP.line(line, CONTENT_LIMIT // 2 - 1)))
    return {"discord": [_body(embeds, "" if index else head) for index, embeds in enumerate(posts)]}


def _body(embeds: list[Embed], head: str) -> str:
    content = {"content": head} if head else {}
    return json.dumps({**content, "embeds": embeds, "allowed_mentions": {"parse": []}})


def _fits(embeds: list[Embed]) -> bool:
    total = sum(utf16_units(embed.get(key, "")) for embed in embeds for key in ("title", "description"))
    return len(embeds) <= EMBED_LIMIT and total <= TOTAL_LIMIT


def _embed(lines: tuple[Line, ...], level: Level) -> Embed:
    title = MARKUP.line(tuple(_unstyled(lines[0])), TITLE_LIMIT).strip()
    embed: Embed = {"description": _described(lines[1:]), "color": _COLOURS[level]}
    return {"title": title, **embed} if title else embed


def _unstyled(line: Line) -> Line:
    return tuple(type(span)(span.text) for span in line)


def _described(lines: tuple[Line, ...]) -> str:
    text = ""
    for line in lines:
        left = DESCRIPTION_LIMIT - utf16_units(text) - 1
        part = MARKUP.line(line, left) if left > 50 else ""
        text += ("\n" if text and part else "") + part
    return text


def _address(url: str) -> str:
    return url.replace("<", "%3C").replace(">", "%3E").replace(")", "%29").replace("(", "%28")
