"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). Pure."""

from __future__ import annotations

import json

from monitor.model import JsonValue
from monitor.times import iso_utc
from rendering.feeds.entries import MAX_BYTES, Entry, Feed

MEDIA_TYPE = "application/feed+json"
_VERSION = "https://jsonfeed.org/version/1.1"


def render_json_feed(feed: Feed, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return a feed as a JSON Feed document in UTF-8.

    Args:
        feed: The feed.
        max_bytes: Maximum size of the entries; older ones are left out, but never the newest.
    """
    items: list[JsonValue] = []
    room = max_bytes
    for entry in feed.entries:
        item = _item(entry)
        room -= len(_encoded(item))
        if room < 0 and items:
            break
        items.append(item)
    document = {
        "version": _VERSION,
        "title": feed.title,
        "home_page_url": feed.home_url,
        "feed_url": feed.feed_url,
        "authors": [{"name": "Pagewitness"}],
        "items": items,
    }
    return _encoded(_without_none(document)) + b"\n"


def _item(entry: Entry) -> dict[str, JsonValue]:
    return _without_none(
        {
            "id": entry.id,
            "url": entry.link,
            "external_url": entry.page_url,
            "title": entry.title,
            "content_html": entry.html,
            "content_text": entry.text,
            "date_published": iso_utc(entry.published),
            "date_modified": iso_utc(entry.updated),
            "tags": list(entry.categories),
        }
    )


def _without_none(values: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: value for name, value in values.items() if value is not None}


def _encoded(document: JsonValue) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
