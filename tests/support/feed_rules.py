"""What a feed must satisfy, as the W3C feed validator checks it: RFC 4287 for Atom, JSON Feed 1.1. Each function returns the problems that it found."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

ATOM = "{http://www.w3.org/2005/Atom}"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*:(?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]|%[0-9A-Fa-f]{2}|(?<=//)\[[0-9A-Fa-f:.]+\])+"
)
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What validators and readers accept in the content of an entry.
_ELEMENTS = frozenset("p strong mark blockquote a".split())
_ONE = {"feed": ("id", "title", "updated"), "entry": ("id", "title", "updated")}
_AT_MOST_ONE = {
    "feed": ("generator", "icon", "logo", "rights", "subtitle"),
    "entry": ("content", "published", "rights", "source", "summary"),
}
_OTHERS = ("author", "category", "contributor", "link")
_FEED_KEYS = frozenset(
    "version title home_page_url feed_url description user_comment next_url icon favicon authors language expired hubs items".split()
)
_ITEM_KEYS = frozenset(
    "id url external_url title content_html content_text summary image banner_image date_published date_modified authors tags language attachments".split()
)


class Content(HTMLParser):
    """HTML content of an entry: its text, the addresses of its links, and problems."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.marked: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.problems += [f"<{name}> is not closed" for name in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        if tag not in _ELEMENTS:
            self.problems.append(f"<{tag}>")
        self.problems += [f"attribute {name}" for name, _ in attrs if (tag, name) != ("a", "href")]
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self._open:
            self.marked[-1] += data

    def handle_comment(self, data: str) -> None:
        self.problems.append(f"comment {data!r}")


def atom_problems(document: bytes) -> list[str]:
    """Return what an Atom document breaks of RFC 4287."""
    root = ET.fromstring(document.decode("utf-8", "strict"))  # also refuses characters that XML 1.0 forbids
    if root.tag != f"{ATOM}feed":
        return [f"root element {root.tag}"]
    entries = root.findall(f"{ATOM}entry")
    found = [*_members(root, "feed")]
    if root.find(f"{ATOM}author") is None and any(entry.find(f"{ATOM}author") is None for entry in entries):
        found.append("no author")
    for entry in entries:
        found += _members(entry, "entry")
        if entry.find(f"{ATOM}content") is None and not entry.findall(f"{ATOM}link[@rel='alternate']"):
            found.append("entry with neither content nor alternate link")
        published, updated = entry.findtext(f"{ATOM}published"), entry.findtext(f"{ATOM}updated")
        if published and updated and datetime.fromisoformat(published) > datetime.fromisoformat(updated):
            found.append("updated before it was published")
    return found + _repeated([entry.findtext(f"{ATOM}id") or "" for entry in entries])


def _members(parent: ET.Element, kind: str) -> Iterator[str]:
    names = Counter(child.tag.removeprefix(ATOM) for child in parent)
    yield from (f"{names[name]} × {name} in {kind}" for name in _ONE[kind] if names[name] != 1)
    yield from (f"{names[name]} × {name} in {kind}" for name in _AT_MOST_ONE[kind] if names[name] > 1)
    known = {*_ONE[kind], *_AT_MOST_ONE[kind], *_OTHERS, *(("entry",) if kind == "feed" else ())}
    yield from (f"unknown element {name} in {kind}" for name in names if name not in known)
    links = Counter((link.get("rel", "alternate"), link.get("type")) for link in parent.findall(f"{ATOM}link"))
    yield from (
        f"{number} links {key}" for key, number in links.items() if number > 1 and key[0] in ("alternate", "self")
    )
    for child in parent:
        yield from _element(child, child.tag.removeprefix(ATOM))


def _element(element: ET.Element, name: str) -> Iterator[str]:
    text = element.text or ""
    if name == "id" and not _URI.fullmatch(text):
        yield f"id {text!r} is no URI"
    elif name in ("updated", "published"):
        yield from _date(text)
    elif name == "link":
        yield from _link(element)
    elif name == "category" and not element.get("term"):
        yield "category without term"
    elif name == "author" and not element.findtext(f"{ATOM}name"):
        yield "author without name"
    elif name == "title" and (not text.strip() or len(element) or element.get("type", "text") != "text"):
        yield f"title {text!r}"
    elif name == "content":
        if element.get("type") != "html" or len(element):
            yield "content is no escaped HTML"
        yield from html_problems(text)


def _link(element: ET.Element) -> Iterator[str]:
    if element.get("rel") not in ("self", "alternate", "related"):
        yield f"link relation {element.get('rel')}"
    if not _is_web_address(element.get("href") or ""):
        yield f"link to {element.get('href')!r}"
    if element.get("type") is not None and not _MEDIA_TYPE.fullmatch(element.get("type") or ""):
        yield f"media type {element.get('type')}"


def html_problems(html: str) -> list[str]:
    """Return what is wrong in the content of an entry: elements, attributes, and addresses that are relative or of another scheme."""
    content = Content(html)
    return content.problems + [f"link to {url!r}" for url in content.links if not _is_web_address(url)]


def _is_web_address(url: str) -> bool:
    return url.startswith(("https://", "http://")) and _URI.fullmatch(url) is not None


def _date(text: str) -> Iterator[str]:
    if not _RFC3339.fullmatch(text) or not datetime.fromisoformat(text).tzinfo:
        yield f"date {text!r}"


def _repeated(ids: list[str]) -> list[str]:
    return [f"id {name} {number} times" for name, number in Counter(ids).items() if number > 1] + [
        f"id {name} is no UUID" for name in ids if not _URN.fullmatch(name)
    ]


def json_feed_problems(document: bytes) -> list[str]:
    """Return what a document breaks of JSON Feed 1.1."""
    feed = json.loads(document.decode("utf-8", "strict"))
    found = [f"unknown key {key}" for key in feed if key not in _FEED_KEYS]
    if feed.get("version") != "https://jsonfeed.org/version/1.1" or not isinstance(feed.get("items"), list):
        found.append("neither version nor items")
    if not _is_text(feed.get("title")):
        found.append("no title")
    found += [
        f"{key} {feed[key]!r}"
        for key in ("home_page_url", "feed_url")
        if not _is_web_address(feed.get(key, "http://x"))
    ]
    found += [
        f"author {author}" for author in feed.get("authors", ()) if not any(map(author.get, ("name", "url", "avatar")))
    ]
    for item in feed["items"]:
        found += _item(item)
    return found + _repeated([item.get("id", "") for item in feed["items"]])


def _item(item: dict[str, Any]) -> Iterator[str]:
    yield from (f"unknown key {key}" for key in item if key not in _ITEM_KEYS)
    yield from (f"{key} is null" for key, value in item.items() if value is None)
    if not _is_text(item.get("content_html")) or not _is_text(item.get("content_text")):
        yield "no content"
    yield from html_problems(item["content_html"])
    yield from (
        f"{key} {item[key]!r}" for key in ("url", "external_url") if not _is_web_address(item.get(key, "http://x"))
    )
    for key in ("date_published", "date_modified"):
        yield from _date(item[key])
    yield from (f"tag {tag!r}" for tag in item["tags"] if not _is_text(tag))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
