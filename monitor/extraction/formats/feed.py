"""RSS and Atom to blocks, where the page itself is the feed: each entry a heading with what it says below.

Feeds in the wild are broken XML more often than not, so they are read as a row of tags and texts, never refused: what cannot be made out is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from monitor.extraction.text import unescaped
from monitor.limits import above
from monitor.model import READING_KINDS, Block, BlockKind

# A tag's attributes are not possessive as a whole, which the first releases of Python 3.11 match wrongly; so many of them, or the way back would take memory.
_TOKEN = re.compile(
    r"<!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<[?!][^>]*+>?|<(?P<slash>/?)(?P<name>[a-zA-Z_][\w.:-]*+)(?P<rest>[^<>\"']*+(?:(?:\"[^\"<]*+\"|'[^'<]*+')[^<>\"']*+){0,10000})>|(?P<text>[^<]++|<)",
    re.DOTALL,
)
_ENTRIES = frozenset({"item", "entry"})
_HEADS = frozenset({"rss", "feed", "channel", "rdf:rdf"})
_NAMES = frozenset({"title", "media:title"})
# What an entry says, the fullest first; of several only the first is read, as a feed reader shows it.
_BODIES = ("content:encoded", "content", "description", "summary", "itunes:summary", "media:description", "subtitle")
_MARKED_UP = re.compile(r"type\s*=\s*[\"']?xhtml", re.IGNORECASE)
_LANG = re.compile(r"xml:lang\s*=\s*[\"']([\w-]+)", re.IGNORECASE)
MAX_ENTRIES = 2_000
"""Entries that are read; a feed shows its newest first."""

Fragment = Callable[[str], tuple[Block, ...]]


@dataclass(slots=True)
class Feed:
    """A feed as read.

    Attributes:
        title: Of the feed; "" where it has none.
        language: As it declares; None where it does not.
        blocks: Its entries.
    """

    title: str = ""
    language: str | None = None
    blocks: list[Block] = field(default_factory=list)


def read(text: str, fragment: Fragment) -> Feed:
    """The feed's blocks.

    Args:
        text: The document.
        fragment: Reads a piece of HTML.
    """
    feed = Feed()
    said: dict[str, str] = {}
    entries = 0
    for kind, name, value in _fields(text):
        if kind == "start":
            if entries == 0:
                _begin(feed, said, fragment)
            entries += 1
            said = {}
            if entries > MAX_ENTRIES:
                return feed
        elif kind == "end":
            _entry(feed, said, fragment)
            said = {}
        elif kind == "lang":
            feed.language = feed.language or value
        elif name not in said or not said[name]:
            said[name] = value
    if entries == 0:
        _begin(feed, said, fragment)
    elif said:
        _entry(feed, said, fragment)
    return feed


def _begin(feed: Feed, said: dict[str, str], fragment: Fragment) -> None:
    feed.title = _plain(said.get("title", ""), fragment)
    feed.language = feed.language or said.get("language") or said.get("dc:language")
    if feed.title:
        feed.blocks.append(Block(BlockKind.HEADING, feed.title, "title of the feed"))
    anchor = above((feed.title,)) if feed.title else ()
    feed.blocks.extend(_told(_body(said), "the feed's own description", anchor, fragment))


def _entry(feed: Feed, said: dict[str, str], fragment: Fragment) -> None:
    anchor = above((feed.title,)) if feed.title else ()
    title = _plain(said.get("title") or said.get("media:title", ""), fragment)
    if title:
        feed.blocks.append(Block(BlockKind.HEADING, title, "title of an entry", anchor))
        anchor = above((*anchor, title))
    feed.blocks.extend(_told(_body(said), "entry of the feed", anchor, fragment))


def _body(said: dict[str, str]) -> str:
    return next((said[name] for name in _BODIES if said.get(name, "").strip()), "")


def _plain(markup: str, fragment: Fragment) -> str:
    """A title in one line; some feeds mark titles up."""
    return " ".join(block.text for block in fragment(markup)) if "<" in markup else " ".join(unescaped(markup).split())


def _told(markup: str, why: str, anchor: tuple[str, ...], fragment: Fragment) -> Iterator[Block]:
    for block in fragment(markup) if markup.strip() else ():
        reason = why if block.kind is BlockKind.CONTENT else f"{block.why}, {why}"
        headings = above((*anchor, *block.anchor)) if block.kind in READING_KINDS else ()
        yield Block(block.kind, block.text, reason, headings, block.links)


def _fields(text: str) -> Iterator[tuple[str, str, str]]:
    """What the document consists of: ("start" | "end", "", "") of entries, ("field", name, value) of their children and the feed's own, ("lang", "", tag)."""
    path: list[str] = []
    parts: list[str] = []
    name, inline, within = "", False, False
    for token in _TOKEN.finditer(text):
        tag = (token["name"] or "").lower()
        if not tag:
            if name:
                # Inside inline markup, text is markup already; elsewhere its references stand for characters, CDATA for itself.
                data = token["data"]
                parts.append(
                    data if data is not None else (token["text"] or "") if inline else unescaped(token["text"] or "")
                )
        elif name and (tag != name or token["slash"] != "/"):
            if inline:
                parts.append(token.group())
        elif token["slash"]:
            if name:
                yield "field", name, "".join(parts)
                parts.clear()
                name = ""
            elif tag in _ENTRIES and within:
                within = False
                yield "end", "", ""
            while tag in path and path.pop() != tag:
                pass
        else:
            if not path and (lang := _LANG.search(token["rest"])):
                yield "lang", "", lang.group(1)
            if token["rest"].rstrip().endswith("/"):
                continue
            if tag in _ENTRIES:
                within = True
                yield "start", "", ""
            elif (
                (tag in _NAMES or tag in _BODIES or tag in ("language", "dc:language"))
                and path
                and (path[-1] in _ENTRIES or path[-1] in _HEADS)
            ):
                name, inline = tag, bool(_MARKED_UP.search(token["rest"]))
                continue
            path.append(tag)
    if name:
        yield "field", name, "".join(parts)
