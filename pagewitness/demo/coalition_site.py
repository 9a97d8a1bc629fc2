"""The demo's site: an HTTP server on loopback whose pages follow a simulated clock."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from importlib.resources import files
from threading import Lock
from typing import cast

from pagewitness.demo.loopback import LoopbackHandler, LoopbackServer
from pagewitness.demo.markup import Response, not_found, render_state
from pagewitness.demo.script import Answer, Form, PageState, Statement
from pagewitness.demo.years import HOME, PAGES, moment_at

_OLD = "/wp-content/themes/meridian"
_NEW = "/wp-content/themes/meridian-next"
_ASSETS = {
    f"{_OLD}/style.css": ("meridian.css", "text/css; charset=UTF-8"),
    f"{_OLD}/logo.svg": ("logo.svg", "image/svg+xml"),
    f"{_OLD}/horizon.png": ("horizon.png", "image/png"),
    f"{_NEW}/style.css": ("meridian-next.css", "text/css; charset=UTF-8"),
    f"{_NEW}/logo.svg": ("logo.svg", "image/svg+xml"),
    f"{_NEW}/horizon.png": ("horizon.png", "image/png"),
    "/news/assets/style.css": ("gazette.css", "text/css; charset=UTF-8"),
}
_ROBOTS = b"User-agent: *\nDisallow: /wp-admin/\n"
_COUNT_OF_BLOCK_PAGE = 48


class Mutant(StrEnum):
    """A deliberate departure of the site from the script, which the demo's proof must detect."""

    SERVES_94_FOR_84 = "serves_94_for_84"
    BLOCK_PAGE_MOVES = "block_page_moves"


def mutated(state: PageState, mutant: Mutant | None) -> PageState:
    """Return the state of the page with that mutant; None leaves it as in the script."""
    if mutant is Mutant.SERVES_94_FOR_84:
        statements = (
            replace(statement, count=94 if statement.count == 84 else statement.count) for statement in state.statements
        )
        return replace(state, statements=tuple(statements))
    if mutant is Mutant.BLOCK_PAGE_MOVES and state.answer is Answer.BLOCKED:
        return replace(state, answer=Answer.UP, statements=(Statement(Form.MEMBERS, _COUNT_OF_BLOCK_PAGE),))
    return state


class DemoSite(LoopbackServer):
    """The site. `with DemoSite(clock) as site: requests.get(site.url("/en/"))`."""

    def __init__(self, clock: Callable[[], datetime], mutant: Mutant | None = None) -> None:
        """Initialise a site that is not serving yet.

        Args:
            clock: Returns the time that the site shows; aware UTC. Called for each request, from its thread.
            mutant: How the site departs from the script; None follows it.
        """
        super().__init__(_Handler)
        self.clock = clock
        self._mutant = mutant
        self._asked: Counter[str] = Counter()
        self._lock = Lock()

    def url(self, path: str) -> str:
        """Return the absolute URL of a path."""
        return f"{self.root}{path}"

    def respond(self, path: str) -> Response:
        """Return the response at `path` now. Each call for a page counts as a request for it."""
        if path in PAGES:
            moment = moment_at(self.clock())
            return render_state(path, mutated(moment.state(path), self._mutant), moment.at, self._ordinal(path))
        if path == "/":
            return Response(302, (("Location", HOME),))
        if path == "/robots.txt":
            return Response(200, (("Content-Type", "text/plain"),), _ROBOTS)
        return _asset(path) if path in _ASSETS else not_found()

    def _ordinal(self, path: str) -> int:
        with self._lock:
            self._asked[path] += 1
            return self._asked[path]


def _asset(path: str) -> Response:
    name, content_type = _ASSETS[path]
    body = files("pagewitness.demo").joinpath("assets", name).read_bytes()
    return Response(200, (("Content-Type", content_type), ("Cache-Control", "max-age=3600")), body)


class _Handler(LoopbackHandler):
    def do_GET(self) -> None:  # noqa: N802 — the base class's way of naming
        self._answer(head=False)

    def do_HEAD(self) -> None:  # noqa: N802 — likewise
        self._answer(head=True)

    def version_string(self) -> str:
        return "meridian"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the site's own time, for the Date field."""
        if timestamp is not None:
            return super().date_time_string(timestamp)
        return format_datetime(self._site.clock(), usegmt=True)

    @property
    def _site(self) -> DemoSite:
        return cast("DemoSite", self.server)

    def _answer(self, *, head: bool) -> None:
        response = self._site.respond(self.path.partition("?")[0])
        if response.status is None:
            self.close_connection = True
        elif self._still_current(response):
            kept = tuple((name, value) for name, value in response.headers if name in ("ETag", "Last-Modified"))
            self.send_body(304, kept, b"")
        else:
            encoding, body = self._encoded(response.body)
            self.send_body(response.status, response.headers + encoding, body, head=head)

    def _still_current(self, response: Response) -> bool:
        """Return whether the client has the current page; If-None-Match takes precedence over If-Modified-Since (RFC 9110 §13.2.2)."""
        known = self.headers.get("If-None-Match")
        if known is not None:
            return known == response.header("ETag")
        since = self.headers.get("If-Modified-Since")
        return since is not None and since == response.header("Last-Modified")

    def _encoded(self, body: bytes) -> tuple[tuple[tuple[str, str], ...], bytes]:
        if not body or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return (), body
        return (("Content-Encoding", "gzip"),), gzip.compress(body, mtime=0)
