"""Feeds of the stored events, as the web interface serves them and `pagewitness feed` prints them."""

from __future__ import annotations

from enum import StrEnum

from alerts.model import RecordedEvent
from monitor.model import Level, Page
from rendering.event_text import page_name
from rendering.feeds import atom, json_feed
from rendering.feeds.entries import (
    MAX_ENTRIES,
    Feed,
    FeedAddresses,
    FeedEvent,
    FeedSelection,
    build_feed,
)
from rendering.links import Links
from storage.queries.history import EventFilter, History


class FeedFormat(StrEnum):
    """Format of a feed."""

    ATOM = "atom"
    JSON = "json"

    @property
    def path(self) -> str:
        """Path of the feed in the web interface."""
        return f"/feed.{self.value}"

    @property
    def media_type(self) -> str:
        """Its media type."""
        return atom.MEDIA_TYPE if self is FeedFormat.ATOM else json_feed.MEDIA_TYPE


def select_events(
    history: History,
    *,
    page: Page | None = None,
    tag: str | None = None,
    fact: str | None = None,
    level: Level | None = None,
) -> tuple[FeedSelection, EventFilter]:
    """Return a selection of events for a feed, with the filter of the query that finds them; for the arguments see `FeedSelection`."""
    name = "" if page is None else page_name(page.label, history.titles([page.id]).get(page.id, ""), page.url)
    selection = FeedSelection(None if page is None else page.url, name, tag, fact, level)
    return selection, EventFilter(None if page is None else page.id, tag, fact, level)


def load_feed(
    history: History,
    selection: FeedSelection,
    wanted: EventFilter,
    addresses: FeedAddresses,
    limit: int = MAX_ENTRIES,
) -> Feed:
    """Return the feed of a selection.

    Args:
        history: The archive.
        selection: The selection.
        wanted: Its filter.
        addresses: The addresses that the feed contains.
        limit: Maximum number of entries, the newest; at most `MAX_ENTRIES`.
    """
    found = history.feed_events(wanted, min(limit, MAX_ENTRIES))
    return build_feed(selection, [_feed_event(recorded) for recorded in found], addresses)


def feed_addresses(
    selection: FeedSelection, form: FeedFormat, base_url: str | None, replay_origin: str | None
) -> FeedAddresses:
    """Return the addresses that a feed contains.

    Args:
        selection: The selection.
        form: The feed's format.
        base_url: Public URL of the web interface; None where it is not published.
        replay_origin: Origin that serves archived pages; None: the web interface does.
    """
    links = Links(replay_origin or base_url, base_url)
    if base_url is None:
        return FeedAddresses(None, links)
    base = base_url.rstrip("/")
    query = selection.query()
    return FeedAddresses(base, links, f"{base}{form.path}{'?' if query else ''}{query}")


def render_feed(feed: Feed, form: FeedFormat, version: str) -> bytes:
    """Return the document of a feed in UTF-8; `version` is that of the program."""
    return atom.render_atom(feed, version=version) if form is FeedFormat.ATOM else json_feed.render_json_feed(feed)


def _feed_event(recorded: RecordedEvent) -> FeedEvent:
    return FeedEvent(
        recorded.id,
        recorded.event,
        recorded.recorded_at,
        recorded.page_url,
        recorded.page_label,
        recorded.page_title,
        recorded.page_tags,
    )
