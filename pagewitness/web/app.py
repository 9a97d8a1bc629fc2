"""The web application: the list of pages, their snapshots, changes, and replay. Read-only: no request writes anything.

It uses no scripts and no cookies. The templates escape all content of monitored pages; archived pages themselves are served by `replay`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from itertools import pairwise
from urllib.parse import urlencode

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.errors import PagewitnessError, StorageError
from monitor.model import Outcome, Page, Snapshot, SnapshotRef, Verdict
from monitor.urls import normalise
from pagewitness.replay.address import digits, exact_digits
from pagewitness.replay.headers import OUR_POLICY
from pagewitness.replay.limited import LimitedRewriter, ReplayLimits, Rewriter
from pagewitness.replay.presentation import PREFIX, stamp_of
from pagewitness.replay.views import Replay
from pagewitness.service.liveness import HealthReporter
from pagewitness.web.template_environment import web_templates
from pagewitness.workers.model import WorkerLimits
from pagewitness.workers.pool import WorkerPool
from rendering import sentences
from rendering.links import share_second
from rendering.statements import text_after, text_before
from rendering.text_safety import one_line, render_value
from rendering.time_interval import time_interval
from storage.queries.history import FactHistoryRow, History, PageSummary

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
"""Host names under which a browser on this machine reaches the web. Any other name would allow DNS rebinding attacks by foreign pages."""

_NEWEST_CAPTURES = 20
_NEWEST_CHANGES = 500

_HEADERS = {
    "Content-Security-Policy": OUR_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def create_app(
    history: History,
    *,
    clock: Callable[[], datetime],
    version: str,
    operation: HealthReporter | None = None,
    allowed_hosts: Collection[str] | None = LOOPBACK_HOSTS,
    rewriter: Rewriter | None = None,
    replay_limits: ReplayLimits | None = None,
) -> Starlette:
    """Create the application.

    Args:
        history: The archive to show.
        clock: The observing clock.
        version: The version of Pagewitness, shown in the footer of every page.
        operation: Source of /healthz, /readyz and /metrics; None serves only a /healthz that is always ok.
        allowed_hosts: Accepted names in the Host field, without port; None accepts any.
        rewriter: Rewrites archived pages within limits; None starts a worker pool that ends with this process.
        replay_limits: Limits of all replays together; None for the defaults.
    """
    templates = _environment(version)
    web = _Web(history, templates)
    rewriter = rewriter or LimitedRewriter(WorkerPool(WorkerLimits()))
    replay = Replay(history, clock, templates, rewriter, replay_limits or ReplayLimits())
    return Starlette(
        routes=[
            Route("/", web.index),
            Route("/history", web.captures),
            Route("/changes", web.changes),
            *_operation_routes(operation),
            Route("/style.css", _style),
            Route(PREFIX + "{address:path}", replay.answer),
        ],
        middleware=[Middleware(_Guard, allowed_hosts=allowed_hosts)],
        exception_handlers={
            HTTPException: web.refused,
            PagewitnessError: web.failed,
            Exception: web.failed,
        },
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """A page as listed on the index."""

    summary: PageSummary
    facts: list[FactHistoryRow]
    captures: list[Snapshot]
    exact: set[int]


class _Web:
    def __init__(self, history: History, templates: Environment) -> None:
        self.history = history
        self.templates = templates

    def index(self, _: Request) -> Response:
        stated = {(row.page_url, row.fact): row for row in self.history.fact_history()}
        pages = []
        for summary in self.history.pages():
            facts = [
                row
                for (url, _), row in stated.items()
                if url == summary.page.url and (row.damaged or row.value is not None)
            ]
            captures = self.history.snapshots(summary.page.id, limit=_NEWEST_CAPTURES)
            pages.append(_Shown(summary, facts, captures, followed_in_second(captures)))
        return self._page("index.html.j2", pages=pages)

    def captures(self, request: Request) -> Response:
        asked = request.query_params.get("url", "")
        try:
            page = self.history.page(normalise(asked))
        except ValueError:
            page = None
        if page is None:
            return self._sorry(404, "No such page", "This page is not watched:", asked)
        captures = self.history.snapshots(page.id)
        return self._page("history.html.j2", page=page, captures=captures, exact=followed_in_second(captures))

    def changes(self, _: Request) -> Response:
        newest = list(self.history.events(limit=_NEWEST_CHANGES))
        return self._page("changes.html.j2", events=list(reversed(newest)))

    def refused(self, _: Request, error: Exception) -> Response:
        """Answer Starlette's own errors: unknown paths and methods that are not allowed."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        return self._sorry(
            status, "Not found" if status == 404 else "Not possible", "There is nothing here to show.", None
        )

    def failed(self, _: Request, error: Exception) -> Response:
        """Answer an internal error without its details."""
        if isinstance(error, StorageError) and error.transient:
            return self._sorry(
                503, "Not available", "The database cannot be reached just now. Try again in a moment.", None
            )
        told = str(error) if isinstance(error, PagewitnessError) else "The log has the details."
        return self._sorry(500, "Something went wrong", told, None)

    def _page(self, name: str, **values: object) -> Response:
        return HTMLResponse(self.templates.get_template(name).render(**values), headers=_HEADERS)

    def _sorry(self, status: int, title: str, sentence: str, url: str | None) -> Response:
        content = self.templates.get_template("error.html.j2").render(
            title=title, sentence=sentence, url=url, near=[], received=None
        )
        return HTMLResponse(content, status, headers=_HEADERS)


def _operation_routes(operation: HealthReporter | None) -> list[Route]:
    """Return the routes /healthz (whether to restart the process), /readyz (whether it can work) and /metrics."""
    if operation is None:
        return [Route("/healthz", lambda _: _told([]))]

    def metrics(request: Request) -> Response:
        content, media_type = operation.exposition(request.headers.get("accept", ""))
        return Response(content, headers={**_HEADERS, "Content-Type": media_type})

    return [
        Route("/healthz", lambda _: _told(operation.stopped())),
        Route("/readyz", lambda _: _told(operation.unready())),
        Route("/metrics", metrics),
    ]


def _told(reasons: list[str]) -> Response:
    return JSONResponse({"status": "unavailable" if reasons else "ok", "reasons": reasons}, 503 if reasons else 200)


class _Guard:
    """Middleware that rejects requests with an unknown Host and adds the security headers to every response but replays."""

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str] | None) -> None:
        self.app = app
        self.allowed = None if allowed_hosts is None else frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.allowed is not None and _host(Headers(scope=scope).get("host", "")) not in self.allowed:
            refusal = PlainTextResponse("This name is not one that Pagewitness answers to.", 421, headers=_HEADERS)
            await refusal(scope, receive, send)
            return

        # A replayed page has an opaque origin and must be able to load what it embeds, so replay sets its own headers.
        ours = {} if scope["path"].startswith(PREFIX) else _HEADERS

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ours.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_guarded)


def _host(field: str) -> str:
    """Return the lower-case name in a Host header, without its port."""
    name, colon, port = field.strip().lower().rpartition(":")
    return name.rstrip(".") if colon and (port.isdigit() or not port) else field.strip().lower().rstrip(".")


def _style(_: Request) -> Response:
    return Response(
        files("pagewitness.web").joinpath("static", "style.css").read_bytes(), media_type="text/css", headers=_HEADERS
    )


# --- templates


def _environment(version: str) -> Environment:
    environment = web_templates()
    environment.globals.update(version=version, replay_link=replay_link, history_link=history_link, standing=standing)
    environment.globals.update(
        claim=time_interval,
        sentence=sentences.summary,
        noise_reason=sentences.noise_reason,
        said_before=text_before,
        said_after=text_after,
        share_second=share_second,
    )
    environment.filters.update(utc=_utc, iso=_iso, line=one_line, value=render_value, name=_name)
    return environment


def replay_link(url: str, snapshot: Snapshot | SnapshotRef, *, exact: bool = False) -> str | None:
    """Return the replay address of a snapshot; None if it has no body.

    Args:
        url: The page's URL.
        snapshot: The snapshot.
        exact: Whether the time includes a fraction, to distinguish the snapshot from another one in the same second.
    """
    if isinstance(snapshot, Snapshot) and snapshot.body_sha256 is None:
        return None
    return f"{PREFIX}{(exact_digits if exact else digits)(snapshot.taken_at)}/{url}"


def followed_in_second(captures: Sequence[Snapshot]) -> set[int]:
    """Return the ids of snapshots with a later one in the same second, whose links must be exact; `captures` are one page's, newest first."""
    shown = [
        capture for capture in captures if capture.body_sha256 is not None and capture.outcome is not Outcome.FAILED
    ]
    shown.sort(key=lambda capture: capture.taken_at)
    return {
        one.id for one, next_one in pairwise(shown) if stamp_of(one.taken_at, next_one.taken_at) != digits(one.taken_at)
    }


def history_link(page: Page) -> str:
    """Return the address of a page's list of snapshots."""
    return f"/history?{urlencode({'url': page.url})}"


def standing(outcome: Outcome | None, verdict: Verdict | None) -> tuple[str, str]:
    """Return the status of a check as (CSS class, displayed word)."""
    if outcome is None:
        return "waiting", "not checked yet"
    if outcome is Outcome.FAILED:
        return "bad", "failed"
    if verdict is None:
        return "waiting", "unread"
    return ("good" if verdict is Verdict.OK else "bad"), verdict.value.replace("_", " ")


def _utc(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _name(page: Page) -> str:
    return page.label or page.url
