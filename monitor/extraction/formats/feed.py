"""Convert RSS and Atom to blocks if the page itself is the feed: each entry is a heading followed by its content.

Most feeds in practice are broken XML, so they are processed as a sequence of tags and texts and never rejected; what cannot be interpreted is omitted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from monitor.extraction.text import unescaped
from monitor.limits import above
from monitor.model import READING_KINDS, Block, BlockKind

# A tag's attributes are not possessive as a whole, which early releases of Python 3.11 match incorrectly; the repetition is bounded, because backtracking
# takes memory.
_TOKEN = re.compile(
    r"<!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<[?!][^>]*+>?|<(?P<slash>/?)(?P<name>[a-zA-Z_][\w.:-]*+)(?P<rest>[^<>\"']*+(?:(?:\"[^\"<]*+\"|'[^'<]*+')[^<>\"']*+){0,10000})>|(?P<text>[^<]++|<)",
    re.DOTALL,
)
_ENTRIES = frozenset({"item", "entry"})
_HEADS = frozenset({"rss", "feed", "channel", "rdf:rdf"})
_NAMES = frozenset({"title", "media:title"})
# The content elements of an entry, the most complete first; only the first one present is used, as in a feed reader.
_BODIES = ("content:encoded", "content", "description", "summary", "itunes:summary", "media:description", "subtitle")
_MARKED_UP = re.compile(r"type\s*=\s*[\"']?xhtml", re.IGNORECASE)
_LANG = re.compile(r"xml:lang\s*=\s*[\"']([\w-]+)", re.IGNORECASE)
MAX_ENTRIES = 2_000
"""Maximum number of entries; a feed lists its newest first."""

Fragment = Callable[[str], tuple[Block, ...]]


@dataclass(slots=True)
class Feed:
    """The content of a feed.

    Attributes:
        title: The feed's title; "" if there is none.
        language: The declared language; None if there is none.
        blocks: The blocks of the feed's title, description and entries.
    """

    title: str = ""
    language: str | None = None
    blocks: list[Block] = field(default_factory=list)


def read(text: str, fragment: Fragment) -> Feed:
    """Return the content of a feed.

    Args:
        text: The document.
        fragment: Extracts the blocks of an HTML fragment.
    """
    feed = Feed()
    fields: dict[str, str] = {}
    entries = 0
    for kind, name, value in _fields(text):
        if kind == "start":
            if entries == 0:
                _begin(feed, fields, fragment)
            entries += 1
            fields = {}
            if entries > MAX_ENTRIES:
                return feed
        elif kind == "end":
            _entry(feed, fields, fragment)
            fields = {}
        elif kind == "lang":
            feed.language = feed.language or value
        elif name not in fields or not fields[name]:
            fields[name] = value
    if entries == 0:
        _begin(feed, fields, fragment)
    elif fields:
        _entry(feed, fields, fragment)
    return feed


def _begin(feed: Feed, fields: dict[str, str], fragment: Fragment) -> None:
    feed.title = _plain(fields.get("title", ""), fragment)
    feed.language = feed.language or fields.get("language") or fields.get("dc:language")
    if feed.title:
        feed.blocks.append(Block(BlockKind.HEADING, feed.title, "title of the feed"))
    anchor = above((feed.title,)) if feed.title else ()
    feed.blocks.extend(_described(_body(fields), "the feed's own description", anchor, fragment))


def _entry(feed: Feed, fields: dict[str, str], fragment: Fragment) -> None:
    anchor = above((feed.title,)) if feed.title else ()
    title = _plain(fields.get("title") or fields.get("media:title", ""), fragment)
    if title:
        feed.blocks.append(Block(BlockKind.HEADING, title, "title of an entry", anchor))
        anchor = above((*anchor, title))
    feed.blocks.extend(_described(_body(fields), "entry of the feed", anchor, fragment))


def _body(fields: dict[str, str]) -> str:
    return next((fields[name] for name in _BODIES if fields.get(name, "").strip()), "")


def _plain(markup: str, fragment: Fragment) -> str:
    """Return a title as one line; some feeds use markup in titles."""
    return " ".join(block.text for block in fragment(markup)) if "<" in markup else " ".join(unescaped(markup).split())


def _described(markup: str, why: str, anchor: tuple[str, ...], fragment: Fragment) -> Iterator[Block]:
    for block in fragment(markup) if markup.strip() else ():
        reason = why if block.kind is BlockKind.CONTENT else f"{block.why}, {why}"
        headings = above((*anchor, *block.anchor)) if block.kind in READING_KINDS else ()
        yield Block(block.kind, block.text, reason, headings, block.links)


def _fields(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the parts of a feed, each as (kind, name, value).

    ("start", "", "") and ("end", "", "") delimit entries, ("field", name, value) is a child of an entry or of the feed, ("lang", "", tag) is the
    language.
    """
    path: list[str] = []
    pieces: list[str] = []
    name, inline, within = "", False, False
    for token in _TOKEN.finditer(text):
        tag = (token["name"] or "").lower()
        if not tag:
            if name:
                # Text inside inline markup is already markup; elsewhere its references are resolved, and CDATA is taken as it is.
                data = token["data"]
                pieces.append(
                    data if data is not None else (token["text"] or "") if inline else unescaped(token["text"] or "")
                )
        elif name and (tag != name or token["slash"] != "/"):
            if inline:
                pieces.append(token.group())
        elif token["slash"]:
            if name:
                yield "field", name, "".join(pieces)
                pieces.clear()
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
        yield "field", name, "".join(pieces)
