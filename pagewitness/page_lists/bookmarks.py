"""The bookmark exports of browsers (Netscape Bookmark File Format): one page for each bookmark, with its folders as tags. Pure.

The format is no HTML that a parser could check: lists and items are never closed, and browsers write it line by line. It is read token by token.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from pagewitness.page_lists.model import PageEntry, PageList
from pagewitness.watchlist.fields import MAX_TAG_LENGTH
from pagewitness.watchlist.page_tables import MAX_TAGS

_TOKEN = re.compile(r"<(/?)(DL|H3|A)(?=[\s>])([^<>]*)>([^<]*)", re.IGNORECASE)
_SIGNATURE = re.compile(r"\s*<!DOCTYPE\s+NETSCAPE-Bookmark-file", re.IGNORECASE)
_WEB = ("http://", "https://")
# Folders that every browser has and no user has named.
_BUILT_IN = ('personal_toolbar_folder="true"', 'unfiled_bookmarks_folder="true"')
_LONGEST_SHOWN = 80


def is_bookmark_file(text: str) -> bool:
    """Return whether a text begins like a bookmark export."""
    return _SIGNATURE.match(text) is not None


def read_bookmarks(text: str, source: str) -> PageList:
    """Return the bookmarks of an export.

    Args:
        text: The file.
        source: Its name, for places.
    """
    entries: list[PageEntry] = []
    skipped: list[str] = []
    for line, folders, attributes, title in _bookmarks(text):
        url, place = html.unescape(_attribute(attributes, "href")).strip(), f"{source}:{line}"
        if not url.lower().startswith(_WEB):
            skipped.append(f"{place}: no web page: {url[:_LONGEST_SHOWN] or 'a bookmark without address'}")
            continue
        own = (as_tag(tag) for tag in html.unescape(_attribute(attributes, "tags")).split(","))
        tags = [tag for tag in dict.fromkeys((*folders, *own)) if tag]
        settings: dict[str, object] = {"tags": tags[:MAX_TAGS]} if tags else {}
        label = " ".join(html.unescape(title).split())
        entries.append(PageEntry(place, url, settings | ({"label": label} if label else {})))
    return PageList(tuple(entries), tuple(skipped))


def _bookmarks(text: str) -> Iterator[tuple[int, tuple[str, ...], str, str]]:
    """Yield each bookmark as its line, the tags of its folders, its attributes and its title."""
    folders: list[str] = []
    heading = ""
    line, counted = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", counted, token.start())
        counted = token.start()
        closing, name, attributes, following = token[1], token[2].upper(), token[3], token[4]
        if name == "H3" and not closing:
            built_in = any(mark in attributes.lower() for mark in _BUILT_IN)
            heading = "" if built_in else as_tag(html.unescape(following))
        elif name == "DL" and not closing:
            folders.append(heading)
            heading = ""
        elif name == "DL" and folders:
            folders.pop()
        elif name == "A" and not closing:
            yield line, tuple(folder for folder in folders[:MAX_TAGS] if folder), attributes, following


def _attribute(attributes: str, name: str) -> str:
    """Return the value of a quoted attribute; "" if it is missing. Icons make attributes long, so they are searched, not split."""
    start = attributes.lower().find(f' {name}="')
    if start < 0:
        return ""
    value = attributes[start + len(name) + 3 :]
    return value.partition('"')[0]


def as_tag(text: str) -> str:
    """Return a text as a tag; "" if it cannot be one."""
    tag = " ".join(text.replace(",", " ").split())[:MAX_TAG_LENGTH].strip()
    return tag if any(map(str.isalnum, tag)) else ""
