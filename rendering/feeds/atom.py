"""Atom 1.0 (RFC 4287). Pure."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from monitor.times import iso_utc
from rendering.feeds.entries import MAX_BYTES, Entry, Feed

MEDIA_TYPE = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"


def render_atom(feed: Feed, *, version: str, max_bytes: int = MAX_BYTES) -> bytes:
    """Return a feed as an Atom document in UTF-8.

    Args:
        feed: The feed.
        version: Version of the program, for the element `generator`.
        max_bytes: Maximum size of the entries; older ones are left out, but never the newest.
    """
    root = ET.Element("feed", {"xmlns": _NAMESPACE})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "updated", iso_utc(feed.updated))
    _add(ET.SubElement(root, "author"), "name", "Pagewitness")
    _add(root, "generator", "Pagewitness", version=version)
    if feed.feed_url is not None:
        _add(root, "link", rel="self", type=MEDIA_TYPE, href=feed.feed_url)
    if feed.home_url is not None:
        _add(root, "link", rel="alternate", type="text/html", href=feed.home_url)
    room = max_bytes
    for number, entry in enumerate(feed.entries):
        element = _entry(entry)
        room -= len(ET.tostring(element, encoding="utf-8"))
        if room < 0 and number:
            break
        root.append(element)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _entry(entry: Entry) -> ET.Element:
    element = ET.Element("entry")
    _add(element, "id", entry.id)
    _add(element, "title", entry.title)
    _add(element, "updated", iso_utc(entry.updated))
    _add(element, "published", iso_utc(entry.published))
    if entry.link is not None:
        _add(element, "link", rel="alternate", href=entry.link)
    if entry.page_url is not None:
        _add(element, "link", rel="related", href=entry.page_url)
    for category in entry.categories:
        _add(element, "category", term=category)
    _add(element, "content", entry.html, type="html")
    return element


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = text
