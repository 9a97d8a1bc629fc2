"""Strict fakes of chat and push services: each answers a request as the service does, and refuses what it refuses. They run in a `Receiver`.

`shown` returns what a person sees of an accepted request: the texts alone, with the markup that the service would interpret removed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt

from tests.support.receivers import Answer, Call

TOKEN, CHAT, ROOM, TOPIC = "123456:AAtop-secret-token", "-1001234567890", "!room:matrix.test", "topic-secret"
OPENING = "https://"


class Refused(Exception):
    """The service refuses the request: status and body."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(body)
        self.answer = Answer(status, body=body.encode())


def judged(check: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
    """Return the judge of a receiver."""

    def judge(call: Call) -> Answer:
        try:
            return check(call)
        except Refused as refused:
            return refused.answer

    return judge


def parsed(call: Call, refused: Refused) -> dict[str, Any]:
    try:
        value = json.loads(call.body)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate
    except ValueError:
        raise refused from None
    if not isinstance(value, dict) or call.headers.get("content-type") != "application/json":
        raise refused
    return value


def only(value: dict[str, Any], keys: str, refused: Refused) -> None:
    if not set(value) <= set(keys.split()):
        raise refused


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# --- Slack


def slack(call: Call) -> Answer:
    body = parsed(call, Refused(400, "invalid_payload"))
    if not body.get("text") and not body.get("blocks"):
        raise Refused(400, "no_text")
    only(body, "text blocks unfurl_links unfurl_media", Refused(400, "invalid_payload"))
    blocks = body.get("blocks", [])
    if not 1 <= len(blocks) <= 50:
        raise Refused(400, "invalid_blocks")
    for block in blocks:
        _slack_block(block)
    _slack_text(body["text"])
    return Answer(200, body=b"ok")


def _slack_block(block: dict[str, Any]) -> None:
    bad = Refused(400, "invalid_blocks")
    match block["type"]:
        case "context":
            only(block, "type elements", bad)
            if not 1 <= len(block["elements"]) <= 10:
                raise bad
            for element in block["elements"]:
                _slack_plain(element, 3000, bad)
        case "header":
            only(block, "type text", bad)
            _slack_plain(block["text"], 150, bad)
        case "divider":
            only(block, "type", bad)
        case "rich_text":
            only(block, "type elements", bad)
            if not block["elements"]:
                raise bad
            for part in block["elements"]:
                only(part, "type elements", bad)
                if part["type"] not in {"rich_text_section", "rich_text_quote"} or not part["elements"]:
                    raise bad
                for element in part["elements"]:
                    _slack_rich(element, bad)
        case _:
            raise bad


def _slack_plain(text: dict[str, Any], limit: int, bad: Refused) -> None:
    only(text, "type text emoji", bad)
    if text["type"] != "plain_text" or not 1 <= len(text["text"]) <= limit or not text["text"].strip():
        raise bad


def _slack_rich(element: dict[str, Any], bad: Refused) -> None:
    only(element, "type text url style", bad)
    if set(element.get("style", {})) - {"bold", "italic", "strike", "code"} or not element["text"]:
        raise bad
    if element["type"] == "link":
        if not re.fullmatch(r"https?://\S{1,3000}", element["url"]):
            raise bad
    elif element["type"] != "text" or "url" in element:
        raise bad


def _slack_text(text: str) -> None:
    """Refuse mrkdwn with anything but links of http addresses: the fake is stricter than Slack, which would mention or format."""
    rest = re.sub(r"<https?://[^<>|\s]+\|[^<>|]*>", "", text)
    rest = re.sub(r"&(amp|lt|gt);", "", rest)
    if re.search(r"[<>&]", rest):
        raise Refused(400, "invalid_payload")


def slack_shown(call: Call) -> Iterator[str]:
    for block in json.loads(call.body)["blocks"]:
        if block["type"] == "rich_text":
            for part in block["elements"]:
                yield "".join(element["text"] for element in part["elements"])
        elif block["type"] != "divider":
            yield from (text["text"] for text in block.get("elements", [block.get("text")]))


# --- Microsoft Teams


def teams(call: Call) -> Answer:
    bad = Refused(400, '{"error":{"code":"TriggerInputSchemaMismatch"}}')
    body = parsed(call, bad)
    if len(call.body) > 28 * 1024:
        raise Refused(413, "message too large")
    only(body, "type attachments", bad)
    [attachment] = body["attachments"]
    card = attachment["content"]
    if (body["type"], attachment["contentType"]) != ("message", "application/vnd.microsoft.card.adaptive"):
        raise bad
    if card["type"] != "AdaptiveCard" or card["version"] not in {"1.2", "1.3", "1.4", "1.5"} or not card["body"]:
        raise bad
    for element in card["body"]:
        only(element, "type inlines separator spacing", bad)
        if element["type"] != "RichTextBlock" or not element["inlines"]:
            raise bad
        for run in element["inlines"]:
            only(run, "type text weight size highlight isSubtle selectAction", bad)
            action = run.get("selectAction")
            if run["type"] != "TextRun" or not run["text"] or (action and not action["url"].startswith("http")):
                raise bad
    return Answer(202, body=b"")


def teams_shown(call: Call) -> Iterator[str]:
    for element in json.loads(call.body)["attachments"][0]["content"]["body"]:
        yield "".join(run["text"] for run in element["inlines"])


# --- Discord


def discord(call: Call) -> Answer:
    bad = Refused(400, '{"message": "Invalid Form Body", "code": 50035}')
    body = parsed(call, bad)
    only(body, "content embeds allowed_mentions", bad)
    embeds = body.get("embeds", [])
    if not body.get("content") and not embeds:
        raise Refused(400, '{"message": "Cannot send an empty message", "code": 50006}')
    if len(embeds) > 10 or units(body.get("content", "")) > 2000 or body["allowed_mentions"] != {"parse": []}:
        raise bad
    total = 0
    for embed in embeds:
        only(embed, "title description color", bad)
        title, description = embed.get("title", ""), embed.get("description", "")
        if not title.strip() and not description.strip():
            raise bad
        if units(title) > 256 or units(description) > 4096 or not 0 <= embed.get("color", 0) <= 0xFFFFFF:
            raise bad
        total += units(title) + units(description)
    if total > 6000:
        raise bad
    return Answer(204, body=b"")


def discord_shown(call: Call) -> Iterator[str]:
    body = json.loads(call.body)
    for embed in ({"description": body.get("content", "")}, *body["embeds"]):
        yield from markdown_shown(embed.get("title", ""))
        for line in embed.get("description", "").split("\n"):
            yield from markdown_shown(line)


# --- Telegram


class _Html(HTMLParser):
    """What a client shows of HTML; a tag or attribute that is not allowed is refused."""

    def __init__(self, tags: dict[str, set[str]]) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.links: list[str] = []
        self._tags = tags
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._tags or not {name for name, _ in attrs} <= self._tags[tag]:
            raise Refused(400, f"unsupported start tag {tag}")
        if tag == "br":
            self.text += "\n"
            return
        self.links += [value or "" for name, value in attrs if name == "href"]
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            raise Refused(400, f"unmatched end tag {tag}")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise Refused(400, "comment")

    def handle_decl(self, decl: str) -> None:
        raise Refused(400, "declaration")

    def finish(self) -> None:
        self.close()
        if self._open:
            raise Refused(400, f"tag {self._open[-1]} is not closed")
        if any(not link.startswith(("http://", "https://")) for link in self.links):
            raise Refused(400, "link of another scheme")


def html_shown(text: str, tags: dict[str, set[str]]) -> str:
    parser = _Html(tags)
    parser.feed(text)
    parser.finish()
    return parser.text


TELEGRAM_TAGS: dict[str, set[str]] = {"b": set(), "i": set(), "a": {"href"}}


def telegram(call: Call) -> Answer:
    def bad(description: str, status: int = 400) -> Refused:
        return Refused(status, json.dumps({"ok": False, "error_code": status, "description": description}))

    if call.path != f"/bot{TOKEN}/sendMessage":
        raise bad("Unauthorized", 401)
    body = parsed(call, bad("Bad Request: can't parse JSON"))
    if body.get("chat_id") != CHAT:
        raise bad("Bad Request: chat not found")
    only(body, "chat_id text parse_mode link_preview_options", bad("Bad Request: unknown field"))
    try:
        shown = html_shown(body["text"], TELEGRAM_TAGS)
    except Refused as refused:
        raise bad(f"Bad Request: can't parse entities: {refused}") from None
    if not shown.strip():
        raise bad("Bad Request: message text is empty")
    if units(body["text"]) > 4096:
        raise bad("Bad Request: message is too long")
    if re.search(r"@\w", shown):
        raise bad("the fake refuses what Telegram would make a mention")
    return Answer(200, body=b'{"ok":true,"result":{"message_id":1}}')


def telegram_shown(call: Call) -> Iterator[str]:
    yield html_shown(json.loads(call.body)["text"], TELEGRAM_TAGS)


# --- Matrix


MATRIX_TAGS: dict[str, set[str]] = {"strong": set(), "em": set(), "a": {"href"}, "br": set()}


class Matrix:
    """A homeserver with one room; a repeated transaction id adds nothing."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}

    def __call__(self, call: Call) -> Answer:
        def bad(code: str, status: int = 400) -> Refused:
            return Refused(status, json.dumps({"errcode": code, "error": "refused"}))

        match = re.fullmatch(
            r"/_matrix/client/v3/rooms/%21room%3Amatrix\.test/send/m\.room\.message/([\w-]+)", call.path
        )
        if call.method != "PUT" or match is None:
            raise bad("M_UNRECOGNIZED", 404)
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            raise bad("M_UNKNOWN_TOKEN", 401)
        body = parsed(call, bad("M_NOT_JSON"))
        only(body, "msgtype body format formatted_body m.mentions", bad("M_BAD_JSON"))
        if len(json.dumps(body, ensure_ascii=False).encode()) > 64_000:
            raise bad("M_TOO_LARGE", 413)
        if body["msgtype"] != "m.text" or not body["body"].strip() or body["m.mentions"] != {}:
            raise bad("M_BAD_JSON")
        html_shown(body["formatted_body"], MATRIX_TAGS)
        self.events.setdefault(match[1], body)
        return Answer(200, body=b'{"event_id":"$abc"}')


def matrix_shown(call: Call) -> Iterator[str]:
    yield html_shown(json.loads(call.body)["formatted_body"], MATRIX_TAGS)


# --- Mattermost


def mattermost(call: Call) -> Answer:
    bad = Refused(400, '{"id":"web.incoming_webhook.parse.app_error"}')
    body = parsed(call, bad)
    only(body, "text", bad)
    if not body["text"].strip():
        raise Refused(400, '{"id":"web.incoming_webhook.text.app_error"}')
    if len(body["text"]) > 16_383:
        raise Refused(400, '{"id":"web.incoming_webhook.text.length.app_error"}')
    if re.search(r"@(all|channel|here)\b", body["text"], re.IGNORECASE):
        raise Refused(400, "the fake refuses what Mattermost would make a mention")
    return Answer(200, body=b"ok")


def mattermost_shown(call: Call) -> Iterator[str]:
    yield from markdown_shown(json.loads(call.body)["text"])


# --- ntfy and Gotify: plain text


def ntfy(call: Call) -> Answer:
    bad = Refused(400, '{"code":40024,"http":400,"error":"invalid request: request body must be valid JSON"}')
    body = parsed(call, bad)
    only(body, "topic title message priority tags click", bad)
    if call.path != "/" or not re.fullmatch(r"[-_A-Za-z0-9]{1,64}", body["topic"]):
        raise Refused(400, '{"code":40009,"http":400,"error":"invalid request: topic invalid"}')
    if call.headers.get("authorization") != f"Bearer {TOKEN}":
        raise Refused(403, '{"code":40301,"http":403,"error":"forbidden"}')
    if type(body["priority"]) is not int or not 1 <= body["priority"] <= 5:
        raise Refused(400, '{"code":40007,"http":400,"error":"invalid priority parameter"}')
    if not isinstance(body["title"], str) or not body["message"].strip() or len(body["message"].encode()) > 4096:
        raise bad
    if not body.get("click", "http").startswith("http"):
        raise bad
    return Answer(200, body=b'{"id":"x"}')


def gotify(call: Call) -> Answer:
    bad = Refused(400, '{"error":"Bad Request","errorCode":400}')
    if call.path != "/message":
        raise Refused(404, '{"error":"Not Found","errorCode":404}')
    if call.headers.get("x-gotify-key") != TOKEN:
        raise Refused(401, '{"error":"Unauthorized","errorCode":401}')
    body = parsed(call, bad)
    only(body, "title message priority extras", bad)
    if type(body["priority"]) is not int or not isinstance(body["extras"], dict) or not body["message"].strip():
        raise bad
    if body["extras"]["client::display"] != {"contentType": "text/plain"}:
        raise bad
    return Answer(200, body=b'{"id":1}')


def message_shown(call: Call) -> Iterator[str]:
    yield json.loads(call.body)["message"]


# --- Markdown

_MARKDOWN = MarkdownIt("commonmark").enable("strikethrough")
_OURS = {"text", "strong_open", "strong_close", "link_open", "link_close", "softbreak", "hardbreak"}


def markdown_shown(text: str) -> Iterator[str]:
    """Yield the texts of Markdown; anything but strong text and http links is refused, because only a page could have written it."""
    for token in _MARKDOWN.parse(text):
        if token.type not in {"paragraph_open", "paragraph_close", "inline"}:
            raise AssertionError(f"{token.type} in {text[:200]!r}")
        for child in token.children or []:
            assert child.type in _OURS, f"{child.type} in {text[:200]!r}"
            if child.type == "link_open":
                assert str(child.attrs["href"]).startswith("http")
        yield "".join(child.content or "\n" for child in token.children or [])
