"""Draws an example message as mail clients, Slack, Teams and Discord show it: `python docs/images/draw_messages.py FOLDER` writes an HTML page of each.

The pages imitate each service's layout from the exact payload that is sent, by its published rules; `--chromium` also writes a PNG of each. They show what
a message contains and how long it is; fonts and colours are approximations.
"""  # noqa: INP001

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from alerts.grouping import group
from alerts.messages.build import MessageContext, build
from alerts.messages.discord import render_discord
from alerts.messages.mail import render_mail
from alerts.messages.message import Message
from alerts.messages.slack import render_slack
from alerts.messages.teams import render_teams
from alerts.model import RecordedEvent, StoryEvent
from monitor.model import Change, Event, EventKind, JsonValue, Level, Origin, Reason, SnapshotRef
from rendering.links import Links

NOW, BEFORE = datetime(2022, 5, 2, 6, 0, 1, tzinfo=UTC), datetime(2022, 5, 1, 18, tzinfo=UTC)
URL = "https://harbour.example/en/members/"
SIZES = {"mail": (600, 1353), "slack": (640, 790), "teams": (640, 900), "discord": (600, 740)}
"""Width and height of the pictures in pixels."""

_COUNT = Change(
    EventKind.FACT_CHANGED,
    Level.FACT,
    Reason.FACT_CHANGED,
    fact="member_count",
    before=83,
    after=85,
    quote_before="83",
    quote_after="85",
    sentence_before="The Harbour Pact was founded in 2014 and has 83 member states on four continents.",
    sentence_after="The Harbour Pact was founded in 2014 and has 85 member states and two observers on four continents.",
    detail={"unit": "member states"},
)
_OFFICES = replace(
    _COUNT,
    kind=EventKind.NUMBER_CHANGED,
    level=Level.NUMBER,
    reason=Reason.NUMBER_CHANGED,
    fact=None,
    before=24,
    after=23,
    quote_before="24",
    quote_after="23",
    sentence_before="It works with 24 partner offices.",
    sentence_after="It works with 23 partner offices.",
    detail={"unit": "partner offices"},
)
_GRANTS = Change(
    EventKind.TEXT_CHANGED,
    Level.TEXT,
    Reason.TEXT_CHANGED,
    sentence_before="Applications for the small grants programme are open until 5 May, and answers follow within a month.",
    sentence_after="Applications for the small grants programme are closed, and answers follow within six weeks.",
)


def example() -> Message:
    """Return a message about a page on which a fact, a number and a text changed."""
    events = [
        RecordedEvent(number, 3, URL, "Harbour Pact", _event(change), NOW, check_id=7)
        for number, change in enumerate((_COUNT, _OFFICES, _GRANTS), 1)
    ]
    (story,) = group([StoryEvent(event, "key facts") for event in events])
    context = MessageContext("msg_" + "0" * 32, NOW, Links("https://watch.example"), noise=12)
    return build(story, context)


def _event(change: Change) -> Event:
    return Event(change, SnapshotRef(7, NOW), SnapshotRef(6, BEFORE), Origin.LIVE)


def mail_page(message: Message) -> str:
    """Return the HTML part of a mail."""
    return str(render_mail(message)["html"])


# --- Slack


def slack_page(message: Message) -> str:
    """Return the posts of a message as Slack shows them: https://docs.slack.dev/reference/block-kit/blocks."""
    posts = ["".join(map(_slack_block, body["blocks"])) for body in _bodies(render_slack(message), "slack")]
    return _page(SLACK_STYLE, "".join(_post(post) for post in posts))


def _slack_block(block: dict[str, Any]) -> str:
    match block["type"]:
        case "header":
            return f"<h3>{_slack_text(block['text'])}</h3>"
        case "section":
            return f"<p>{_slack_text(block['text'])}</p>"
        case "rich_text":
            return "".join(_slack_rich(element) for element in block["elements"])
        case "context":
            return f'<div class="context">{"".join(f"<span>{_slack_text(text)}</span>" for text in block["elements"])}</div>'
        case "divider":
            return "<hr>"
    raise ValueError(f"a block of type {block['type']} is not drawn")


def _slack_rich(element: dict[str, Any]) -> str:
    tag = "blockquote" if element["type"] == "rich_text_quote" else "p"
    return f"<{tag}>{''.join(map(_slack_rich_text, element['elements']))}</{tag}>"


def _slack_rich_text(element: dict[str, Any]) -> str:
    text = escape(element.get("text") or element.get("url", "")).replace("\n", "<br>")
    if element.get("style", {}).get("bold"):
        text = f"<b>{text}</b>"
    return f'<a href="{escape(element["url"])}">{text}</a>' if element["type"] == "link" else text


def _slack_text(value: dict[str, Any]) -> str:
    text = value["text"]
    return (escape(text) if value["type"] == "plain_text" else _mrkdwn(text)).replace("\n", "<br>")


def _mrkdwn(text: str) -> str:
    """Return HTML for `mrkdwn`: links in angle brackets, three escaped characters, emphasis at the edges of words."""
    for sign, tag in (("*", "b"), ("_", "i"), ("~", "s"), ("`", "code")):
        mark = re.escape(sign)
        text = re.sub(rf"(?<![\w\u200b]){mark}([^{mark}\n]+){mark}(?![\w\u200b])", rf"[[{tag}]]\1[[/{tag}]]", text)
    text = re.sub(r"<([^|>]+)\|([^>]*)>", r'[[a href="\1"]]\2[[/a]]', text)
    return text.replace("[[", "<").replace("]]", ">")


# --- Teams


def teams_page(message: Message) -> str:
    """Return the cards of a message as Teams shows them: https://adaptivecards.io/explorer/RichTextBlock.html."""
    bodies = _bodies(render_teams(message), "teams")
    cards = ["".join(map(_teams_element, body["attachments"][0]["content"]["body"])) for body in bodies]
    return _page(TEAMS_STYLE, "".join(_post(f'<div class="card">{card}</div>') for card in cards))


def _teams_element(element: dict[str, Any]) -> str:
    runs = "".join(map(_teams_run, element["inlines"]))
    classes = " ".join(name for name in ("separator",) if element.get(name))
    if element.get("spacing") == "None":
        classes += " close"
    return f'<div class="block {classes}">{runs}</div>'


def _teams_run(run: dict[str, Any]) -> str:
    kinds = {"weight": "bold", "highlight": "highlight", "isSubtle": "subtle", "size": "medium"}
    text = f'<span class="{" ".join(name for key, name in kinds.items() if key in run)}">{escape(run["text"])}</span>'
    return f'<a href="{escape(run["selectAction"]["url"])}">{text}</a>' if "selectAction" in run else text


# --- Discord


def discord_page(message: Message) -> str:
    """Return the posts of a message as Discord shows them: https://docs.discord.com/developers/resources/message#embed-object."""
    posts = [
        f"<p>{_markdown(body.get('content', ''))}</p>{''.join(map(_embed, body['embeds']))}"
        for body in _bodies(render_discord(message), "discord")
    ]
    return _page(DISCORD_STYLE, "".join(_post(post) for post in posts))


def _embed(embed: dict[str, Any]) -> str:
    title = f"<h4>{_markdown(embed['title'])}</h4>" if embed.get("title") else ""
    colour = f"#{embed['color']:06x}" if "color" in embed else "#1e1f22"
    return f'<div class="embed" style="border-color:{colour}">{title}<p>{_markdown(embed["description"])}</p></div>'


def _markdown(text: str) -> str:
    """Return HTML for the Markdown of these messages: escaped characters, strong text, quotes, small print and links."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(escape(found[1]))
        return f"\x00{len(kept) - 1}\x00"

    text = escape(re.sub(r"\\(.)", keep, text), quote=False)
    text = re.sub(r"(?m)^-# (.*)$", r"<small>\1</small>", text)
    text = re.sub(r"(?m)^&gt; (.*)$", r"<q>\1</q>", text)
    text = re.sub(r"\[([^\]\n]*)\]\(([^)\s]*)\)", r'<a href="\2">\1</a>', text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub("\x00(\\d+)\x00", lambda found: kept[int(found[1])], text)
    return text.replace("\n", "<br>")


# --- pages


def _bodies(payload: Mapping[str, JsonValue], name: str) -> list[dict[str, Any]]:
    bodies = payload[name]
    assert isinstance(bodies, list)
    return [json.loads(str(body)) for body in bodies]


def _post(content: str) -> str:
    sender = '<div class="name"><b>Pagewitness</b> <i>APP</i> <time>6:00 AM</time></div>'
    return f'<div class="post"><div class="avatar">P</div><div class="body">{sender}{content}</div></div>'


def _page(style: str, content: str) -> str:
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}{style}</style>{content}'


STYLE = """
* { box-sizing: border-box } body { margin: 0; padding: 14px; font: 15px/1.46 Lato, "Liberation Sans", sans-serif; overflow-wrap: anywhere }
.post { display: flex; gap: 8px; margin-bottom: 10px } .body { min-width: 0; flex: 1 } p, h3, h4, blockquote { margin: 0 0 6px }
.avatar { width: 36px; height: 36px; border-radius: 6px; background: #0b57b7; color: #fff; font-weight: bold; text-align: center; line-height: 36px; flex: none }
.name i { font: 10px sans-serif; background: #ddd; color: #616061; padding: 1px 3px; border-radius: 2px } time { font-size: 12px; color: #616061 }
"""
SLACK_STYLE = """
body { color: #1d1c1d; background: #fff } h3 { font-size: 18px; line-height: 1.33; margin-top: 10px } a { color: #1264a3; text-decoration: none }
.context { font-size: 13px; color: #616061; margin: 2px 0 8px } .context span { margin-right: 8px } hr { border: 0; border-top: 1px solid #ddd; margin: 12px 0 }
blockquote { border-left: 4px solid #ddd; padding-left: 12px }
"""
TEAMS_STYLE = """
body { background: #f5f5f5; font: 14px/1.43 "Segoe UI", "Liberation Sans", sans-serif; color: #242424 } .avatar { border-radius: 50% }
.card { background: #fff; border: 1px solid #e1e1e1; border-radius: 4px; padding: 12px 16px } .block { margin-top: 8px } .block.close { margin-top: 0 }
.separator { border-top: 1px solid #e1e1e1; padding-top: 12px; margin-top: 16px } .bold { font-weight: 600 } .medium { font-size: 17px }
.subtle { color: #616161 } .highlight { background: #ffe98a } a, a .subtle { color: #5b5fc7 }
"""
DISCORD_STYLE = """
body { background: #313338; color: #dbdee1; font: 16px/1.375 "gg sans", "Liberation Sans", sans-serif } .avatar { border-radius: 50% } time { color: #949ba4 }
.name i { background: #5865f2; color: #fff } .embed { background: #2b2d31; border-left: 4px solid; border-radius: 4px; padding: 8px 16px 10px 12px; margin: 4px 0; max-width: 520px; font-size: 14px }
.embed h4 { font-size: 16px; color: #f2f3f5 } a { color: #00a8fc; text-decoration: none } small { color: #949ba4; font-size: 12px }
q { quotes: none; display: inline-block; border-left: 4px solid #4e5058; padding-left: 10px }
"""
PAGES: dict[str, Callable[[Message], str]] = {
    "mail": mail_page,
    "slack": slack_page,
    "teams": teams_page,
    "discord": discord_page,
}


def main(folder: Path, *, chromium: bool) -> None:
    """Write the pages, and their pictures."""
    for name, page in PAGES.items():
        path = folder / f"{name}.html"
        path.write_text(page(example()), encoding="utf-8")
        if chromium:
            picture = [
                f"--screenshot={folder / name}.png",
                "--hide-scrollbars",
                "--window-size={},{}".format(*SIZES[name]),
            ]
            command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", *picture, path.resolve().as_uri()]
            subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603


if __name__ == "__main__":
    main(Path(sys.argv[1]), chromium="--chromium" in sys.argv)
