"""Serves feeds of changes, with conditional requests (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from monitor.model import Level, Page
from monitor.urls import normalise
from pagewitness.feeds import FeedFormat, feed_addresses, load_feed, render_feed, select_events
from storage.queries.history import History

_SETTLED = timedelta(minutes=1)
"""Age of the newest entry from which Last-Modified is sent: until then, an event recorded by another process could become visible with an earlier time."""
_PARAMETERS = frozenset({"page", "tag", "fact", "level"})


class Feeds:
    """Answers requests for feeds.

    Attributes:
        history: The archive.
        clock: The observing clock.
        version: Version of the program.
        base_url: Public URL of the web interface; None: the one that the request was sent to.
        replay_origin: Origin that serves archived pages; None: the web interface does.
    """

    def __init__(
        self,
        history: History,
        clock: Callable[[], datetime],
        version: str,
        base_url: str | None,
        replay_origin: str | None,
    ) -> None:
        self.history = history
        self.clock = clock
        self.version = version
        self.base_url = base_url
        self.replay_origin = replay_origin

    def atom(self, request: Request) -> Response:
        """Answer with an Atom feed."""
        return self._feed(request, FeedFormat.ATOM)

    def json(self, request: Request) -> Response:
        """Answer with a JSON Feed."""
        return self._feed(request, FeedFormat.JSON)

    def _feed(self, request: Request, form: FeedFormat) -> Response:
        query = request.query_params
        # A misspelt parameter would select everything.
        if not _PARAMETERS.issuperset(query.keys()) or len(query.multi_items()) > len(query):
            raise HTTPException(400)
        selection, wanted = select_events(
            self.history,
            page=self._page(query),
            tag=query.get("tag"),
            fact=query.get("fact"),
            level=_level(query.get("level")),
        )
        base = self.base_url or str(request.base_url)
        addresses = feed_addresses(selection, form, base, self.replay_origin)
        feed = load_feed(self.history, selection, wanted, addresses)
        document = render_feed(feed, form, self.version)
        charset = "; charset=utf-8" if form is FeedFormat.ATOM else ""
        headers = {"ETag": f'"{hashlib.sha256(document).hexdigest()}"', "Content-Type": form.media_type + charset}
        changed = feed.updated.replace(microsecond=0) if feed.entries else None
        if changed is not None and changed <= self.clock() - _SETTLED:
            headers["Last-Modified"] = format_datetime(changed, usegmt=True)
        if _is_not_modified(request.headers, headers):
            return Response(
                status_code=304, headers={name: headers[name] for name in headers if name != "Content-Type"}
            )
        return Response(document, headers=headers)

    def _page(self, query: Mapping[str, str]) -> Page | None:
        if "page" not in query:
            return None
        try:
            page = self.history.page(normalise(query["page"]))
        except ValueError:
            page = None
        if page is None:
            raise HTTPException(404)
        return page


def _level(name: str | None) -> Level | None:
    if name is None:
        return None
    if name not in set(Level):
        raise HTTPException(400)
    return Level(name)


def _is_not_modified(request: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """Return whether the client has this document: If-None-Match takes precedence over If-Modified-Since."""
    tags = request.get("if-none-match")
    if tags is not None:
        given = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        return headers["ETag"] in given or given == ["*"]
    since, changed = request.get("if-modified-since"), headers.get("Last-Modified")
    if since is None or changed is None:
        return False
    try:
        time = parsedate_to_datetime(since)
    except ValueError:
        return False
    return (time if time.tzinfo else time.replace(tzinfo=UTC)) >= parsedate_to_datetime(changed)
