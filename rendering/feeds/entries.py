"""Content of a feed and its entries, from which Atom and JSON Feed are written. Pure.

Watched pages are hostile: all texts are display-safe (`rendering.text_safety`), escaped in HTML, and without characters that XML forbids.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from monitor.model import Event, Level
from monitor.times import iso_utc
from rendering.event_text import headline, page_name
from rendering.feeds.content import content_html, content_text, safe_text, uri
from rendering.links import Links
from rendering.text_safety import one_line

MAX_ENTRIES = 200
"""Maximum number of entries of a feed, the newest."""
MAX_BYTES = 4 * 1024 * 1024
"""Maximum size of a feed's entries in bytes: older ones are left out. With the longest texts an entry has about 200 KB, so the newest always fits."""

_NAME_LIMIT = 80
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """An event to show in a feed.

    Attributes:
        id: The database's key of the event.
        event: The event.
        recorded_at: When it was recorded, on the observing clock.
        page_url: The page's normalised URL; None for an event without a page.
        page_label: "" where the page has no label.
        page_title: Title of the page's current version; "" where it has none.
        page_tags: The page's tags.
    """

    id: int
    event: Event
    recorded_at: datetime
    page_url: str | None
    page_label: str = ""
    page_title: str = ""
    page_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedSelection:
    """The events that a feed contains; those that are noise only with level NOISE.

    Attributes:
        page_url: Only events of the page with this normalised URL; None: of all pages.
        page_name: The page's name; "" without `page_url`.
        tag: Only events of pages with this tag; None: of all pages.
        fact: Only events about this fact; None: all.
        level: Only events of this level; None: all but noise.
    """

    page_url: str | None = None
    page_name: str = ""
    tag: str | None = None
    fact: str | None = None
    level: Level | None = None

    def query(self) -> str:
        """Return the selection as a query string, always in the same order: "page=…&level=fact"; "" for everything."""
        values = {"page": self.page_url, "tag": self.tag, "fact": self.fact, "level": self.level and self.level.value}
        named = {name: value for name, value in values.items() if value is not None}
        return urlencode(named, errors="replace")

    def title(self) -> str:
        """Return the title of a feed with this selection: "Pagewitness · Coalition home · level fact"."""
        parts = [
            "Pagewitness",
            self.page_name,
            "" if self.tag is None else f"tag {self.tag}",
            "" if self.fact is None else f"fact {self.fact}",
            "" if self.level is None else f"level {self.level.value}",
        ]
        return safe_text(" · ".join(one_line(part, _NAME_LIMIT) for part in parts if part))


@dataclass(frozen=True, slots=True)
class FeedAddresses:
    """Addresses that a feed contains.

    Attributes:
        base_url: Public URL of the web interface without a slash at the end; None where it is not published, which gives links to the pages themselves.
        links: Links to the replay.
        feed_url: The feed's own address; None where it has none.
    """

    base_url: str | None
    links: Links
    feed_url: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed: one event. Its texts are safe for XML and JSON, but not escaped, except `html`.

    Attributes:
        id: A `urn:uuid:` URN; the same in every feed, at every address, for ever.
        title: "Global Coalition · members 83 → 85 (+2)".
        link: Address of the archived page, otherwise of the page; None for an event without a page if the web interface is not published.
        page_url: Address of the page, where `link` is another one; otherwise None.
        published: When the change was first seen, UTC.
        updated: When it was recorded, UTC; never before `published`.
        html: The whole content as HTML.
        text: The whole content as text.
        categories: Kind and level of the event, its fact, and the page's tags.
    """

    id: str
    title: str
    link: str | None
    page_url: str | None
    published: datetime
    updated: datetime
    html: str
    text: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed.

    Attributes:
        id: The feed's own address; without one a `urn:uuid:` URN of its selection.
        title: Its title.
        home_url: Address of the corresponding page for people; None where there is none.
        feed_url: Its own address; None where it has none.
        entries: Its entries, the newest first, at most `MAX_ENTRIES`.
    """

    id: str
    title: str
    home_url: str | None
    feed_url: str | None
    entries: tuple[Entry, ...]

    @property
    def updated(self) -> datetime:
        """When its newest entry was recorded, UTC; the beginning of 1970 for an empty feed."""
        return max((entry.updated for entry in self.entries), default=_NEVER)


def build_feed(selection: FeedSelection, found: Sequence[FeedEvent], addresses: FeedAddresses) -> Feed:
    """Return the feed of events that a selection found.

    Args:
        selection: The selection.
        found: Its events, the newest first; those after the first `MAX_ENTRIES` are left out.
        addresses: The addresses that it contains.
    """
    home = uri(selection.page_url) if selection.page_url is not None else None
    if addresses.base_url is not None:
        home = (
            f"{addresses.base_url}/changes" if selection.page_url is None else _history(addresses, selection.page_url)
        )
    return Feed(
        id=addresses.feed_url or _urn(f"feed {selection.query()}"),
        title=selection.title(),
        home_url=home,
        feed_url=addresses.feed_url,
        entries=tuple(_entry(event, addresses) for event in found[:MAX_ENTRIES]),
    )


def _urn(name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"urn:x-pagewitness:{name}").urn


def _entry(recorded: FeedEvent, addresses: FeedAddresses) -> Entry:
    event, change, url = recorded.event, recorded.event.change, recorded.page_url
    published = event.snapshot.taken_at.astimezone(UTC)
    name = page_name(recorded.page_label, recorded.page_title, url)
    link, page = _link(recorded, addresses), None if url is None else uri(url)
    texts = (change.kind.value, change.level.value, change.fact, *recorded.page_tags)
    categories = dict.fromkeys(safe_text(one_line(text, _NAME_LIMIT)) for text in texts if text)
    return Entry(
        # Numbers of events are unique in one database only: the time and the page make the id unique among all.
        id=_urn(f"event {recorded.id} {iso_utc(recorded.recorded_at)} {url or ''}"),
        title=safe_text(" · ".join(part for part in (name, headline(change)) if part)),
        link=link,
        page_url=None if page == link else page,
        published=published,
        updated=max(published, recorded.recorded_at.astimezone(UTC)),
        html=content_html(event, url, name, addresses.links),
        text=content_text(event, url, addresses.links),
        categories=tuple(name for name in categories if name),
    )


def _link(recorded: FeedEvent, addresses: FeedAddresses) -> str | None:
    url = recorded.page_url
    if url is None:
        return None if addresses.base_url is None else f"{addresses.base_url}/changes"
    archived = addresses.links.after(recorded.event, url)
    if archived is not None:
        return uri(archived)
    return uri(url) if addresses.base_url is None else _history(addresses, url)


def _history(addresses: FeedAddresses, url: str) -> str:
    return f"{addresses.base_url}/history?{urlencode({'url': url})}"
