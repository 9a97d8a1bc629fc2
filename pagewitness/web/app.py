"""The web application: the list of pages, their snapshots, changes, feeds, replay, and accounts.

Only POST requests change anything; reading stores at most when a session was last used. It uses no scripts, and cookies only for logins and forms. The templates escape all content of monitored pages; archived pages themselves are served by `replay`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from importlib.resources import files
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.errors import PagewitnessError
from monitor.pipeline.process import Analyze
from pagewitness.feeds import FeedFormat
from pagewitness.replay.cdx_server import PATH as CDX_PATH
from pagewitness.replay.cdx_server import CdxServer
from pagewitness.replay.headers import our_headers
from pagewitness.replay.memento_views import TIME_MAPS, Bases, MementoHeaders, TimeMaps
from pagewitness.replay.origin import ReplayOrigin, separate_origin
from pagewitness.replay.replayed import PREFIX
from pagewitness.replay.rewrite_worker import LimitedRewriter, ReplayLimits, Rewriter
from pagewitness.replay.views import Replay
from pagewitness.service.liveness import HealthReporter
from pagewitness.web import fact_query
from pagewitness.web.access.gate import Entry, Gate
from pagewitness.web.access.identity import Access
from pagewitness.web.access.policy import AccessPolicy
from pagewitness.web.accounts.entries import account_entries
from pagewitness.web.comparison import ComparisonScreen
from pagewitness.web.facts import FactScreen
from pagewitness.web.feeds import Feeds
from pagewitness.web.history import HistoryScreen
from pagewitness.web.screens import HEADERS, Screens, screen_templates
from pagewitness.workers.extraction import LimitedExtractor
from pagewitness.workers.model import WorkerLimits
from pagewitness.workers.pool import WorkerPool
from rendering.charts.style import web_style
from storage.account_store import AccountStore
from storage.queries.history import History

_STYLE = "/style.css"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
"""Host names under which a browser on this machine reaches the web interface. Any other name would allow DNS rebinding attacks by foreign pages."""


def create_app(
    history: History,
    *,
    clock: Callable[[], datetime],
    version: str,
    operation: HealthReporter | None = None,
    allowed_hosts: Collection[str] | None = LOOPBACK_HOSTS,
    rewriter: Rewriter | None = None,
    replay_limits: ReplayLimits | None = None,
    base_url: str | None = None,
    replay_origin: str | None = None,
    extract: Analyze | None = None,
    accounts: AccountStore | None = None,
    access: AccessPolicy | None = None,
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
        base_url: Public URL of the web interface, which addresses in feeds start with; None: the one that a request is sent to.
        replay_origin: Origin that serves archived pages, and nothing else; None: the web interface does.
        extract: Extracts snapshots that are compared and have no usable version; None starts a worker pool that ends with this process.
        accounts: Users, sessions and tokens; None: no user can log in.
        access: The rules of access; None: nothing can be read without a login.
    """
    templates = screen_templates(version)
    screens = Screens(history, templates)
    feeds = Feeds(history, clock, version, base_url, replay_origin)
    rewriter = rewriter or LimitedRewriter(WorkerPool(WorkerLimits()))
    comparisons = ComparisonScreen(history, screens, extract or LimitedExtractor(WorkerPool(WorkerLimits())))
    rules = access or AccessPolicy()
    fact = FactScreen(history, screens, base_url, lambda _: rules.anonymous_reads)
    origin = separate_origin(replay_origin, base_url, LOOPBACK_HOSTS)
    replay = Replay(history, clock, templates, rewriter, replay_limits or ReplayLimits(), origin)
    bases = Bases(origin, base_url)
    time_maps = TimeMaps(history, bases)
    gate = Gate(accounts, rules, clock)
    entries = [
        Entry("/", screens.pages, Access.READ),
        Entry("/history", HistoryScreen(history, screens).answer, Access.READ),
        Entry("/changes", screens.changes, Access.READ),
        Entry("/notifications", screens.notifications, Access.READ),
        Entry("/compare", comparisons.answer, Access.READ),
        Entry(fact_query.PATH, fact.answer, Access.READ),
        Entry(fact_query.CSV_PATH, fact.csv, Access.READ),
        Entry(fact_query.JSON_PATH, fact.json, Access.READ),
        Entry(fact_query.SVG_PATH, fact.svg, Access.READ),
        Entry(FeedFormat.ATOM.path, feeds.atom, Access.READ),
        Entry(FeedFormat.JSON.path, feeds.json, Access.READ),
        *_operation_entries(operation),
        Entry(_STYLE, _style, Access.PUBLIC),
        Entry(CDX_PATH, CdxServer(history).answer, Access.READ),
        Entry(TIME_MAPS + "{address:path}", time_maps.answer, Access.READ),
        Entry(PREFIX.rstrip("/") + TIME_MAPS + "{address:path}", time_maps.answer, Access.READ),
        Entry(PREFIX + "{address:path}", MementoHeaders(replay.answer, history, bases).answer, Access.READ),
        *([] if accounts is None else account_entries(screens, accounts, gate.cookies, base_url)),
    ]
    return Starlette(
        routes=[gate.route(entry) for entry in entries],
        middleware=[Middleware(_Guard, allowed_hosts=allowed_hosts, origin=origin)],
        exception_handlers={
            HTTPException: screens.refused,
            PagewitnessError: screens.failed,
            Exception: screens.failed,
        },
    )


def _operation_entries(operation: HealthReporter | None) -> list[Entry]:
    """Return the routes /healthz (whether to restart the process), /readyz (whether it can work) and /metrics."""
    if operation is None:
        return [Entry("/healthz", lambda _: _health([]), Access.PUBLIC)]

    def metrics(request: Request) -> Response:
        content, media_type = operation.exposition(request.headers.get("accept", ""))
        return Response(content, headers={**HEADERS, "Content-Type": media_type})

    return [
        Entry("/healthz", lambda _: _health(operation.stopped()), Access.PUBLIC),
        Entry("/readyz", lambda _: _health(operation.unready()), Access.PUBLIC),
        Entry("/metrics", metrics, Access.METRICS),
    ]


def _health(reasons: list[str]) -> Response:
    return JSONResponse({"status": "unavailable" if reasons else "ok", "reasons": reasons}, 503 if reasons else 200)


class _Guard:
    """Middleware that rejects requests with an unknown Host, separates the origin of replay, and adds the security headers to every response but replays."""

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str] | None, origin: ReplayOrigin | None = None) -> None:
        self.app = app
        self.origin = origin
        self.allowed = None if allowed_hosts is None else frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.allowed is not None and _host(Headers(scope=scope).get("host", "")) not in self.allowed:
            refusal = PlainTextResponse("This name is not one that Pagewitness answers to.", 421, headers=HEADERS)
            await refusal(scope, receive, send)
            return
        elsewhere = self._elsewhere(scope)
        if elsewhere is not None:
            await elsewhere(scope, receive, send)
            return

        # A replayed page has an opaque origin and must be able to load what it embeds, so replay sets its own headers.
        is_archived = scope["path"].startswith(PREFIX) and not scope["path"].startswith(PREFIX + TIME_MAPS[1:])
        ours = {} if is_archived else HEADERS

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ours.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_guarded)

    def _elsewhere(self, scope: Scope) -> Response | None:
        """Return the response to a request that the other origin answers; None for any other request.

        Archived pages are redirected to their origin. Of the web interface, that origin has only the style sheet of its error pages. TimeMaps and
        the CDX API are served on both: a client may request them where it reads either.
        """
        if self.origin is None:
            return None
        is_replay, path = scope["path"].startswith(PREFIX), scope["path"]
        if not self.origin.serves(Headers(scope=scope).get("host", "")):
            return _redirect(self.origin.origin, scope) if is_replay else None
        if is_replay or path in (_STYLE, CDX_PATH) or path.startswith(TIME_MAPS):
            return None
        return PlainTextResponse("Only archived pages are served here.", 404, headers=HEADERS)


def _redirect(origin: str, scope: Scope) -> Response:
    path = (scope.get("raw_path") or quote(scope["path"]).encode()).split(b"?", 1)[0]
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    address = origin + quote((path + query).decode("ascii", "replace"), safe="%/:?#[]@!$&'()*+,;=-._~")
    return Response(status_code=302, headers={"Location": address, **dict(our_headers())})


def _host(field: str) -> str:
    """Return the lower-case name in a Host header, without its port."""
    name, colon, port = field.strip().lower().rpartition(":")
    return name.rstrip(".") if colon and (port.isdigit() or not port) else field.strip().lower().rstrip(".")


def _style(_: Request) -> Response:
    own = files("pagewitness.web").joinpath("static", "style.css").read_text(encoding="utf-8")
    return Response(own + web_style(), media_type="text/css", headers=HEADERS)
