"""The web application: the list of pages, their snapshots, changes, feeds, replay, and accounts.

Only POST requests change anything; reading stores at most when a session was last used. It uses no scripts, and cookies only for logins and forms. The templates escape all content of monitored pages; archived pages themselves are served by `replay`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from monitor.errors import PagewitnessError
from monitor.pipeline.process import Analyze
from pagewitness.feeds import FeedFormat
from pagewitness.replay.cdx_server import PATH as CDX_PATH
from pagewitness.replay.cdx_server import CdxServer
from pagewitness.replay.memento_views import TIME_MAPS, Bases, MementoHeaders, TimeMaps
from pagewitness.replay.origin import separate_origin
from pagewitness.replay.replayed import PREFIX
from pagewitness.replay.rewrite_worker import LimitedRewriter, ReplayLimits, Rewriter
from pagewitness.replay.views import Replay
from pagewitness.service.liveness import HealthReporter
from pagewitness.web import fact_query
from pagewitness.web.access.gate import Entry, Gate
from pagewitness.web.access.identity import Access
from pagewitness.web.access.policy import AccessPolicy
from pagewitness.web.access.replay_paths import SignedPaths
from pagewitness.web.accounts.entries import account_entries
from pagewitness.web.alerting.inbox import ONE, RETRY, InboxScreen
from pagewitness.web.alerting.inbox import PATH as ALERTS
from pagewitness.web.change import ACKNOWLEDGE, COMMENT, ChangeScreen
from pagewitness.web.change import PATH as CHANGE
from pagewitness.web.comparison import ComparisonScreen
from pagewitness.web.fact_list import LIST_PATH, FactListScreen
from pagewitness.web.facts import FactScreen
from pagewitness.web.feeds import Feeds
from pagewitness.web.guard import STYLE, Guard, SignedReplay
from pagewitness.web.history import HistoryScreen
from pagewitness.web.home import HomeScreen
from pagewitness.web.pages.entries import page_entries
from pagewitness.web.screens import HEADERS, Screens, screen_templates
from pagewitness.web.search import SearchScreen
from pagewitness.workers.extraction import LimitedExtractor
from pagewitness.workers.model import WorkerLimits
from pagewitness.workers.pool import WorkerPool
from rendering.charts.style import web_style
from storage.account_store import AccountStore
from storage.queries.history import History
from storage.store import SqlStore

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
    store: SqlStore | None = None,
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
        store: Where pages are changed; None: the screens of single pages are not served.
    """
    templates = screen_templates(version)
    screens = Screens(history, templates)
    feeds = Feeds(history, clock, version, base_url, replay_origin)
    rewriter = rewriter or LimitedRewriter(WorkerPool(WorkerLimits()))
    comparisons = ComparisonScreen(history, screens, extract or LimitedExtractor(WorkerPool(WorkerLimits())))
    rules = access or AccessPolicy()
    home = HomeScreen(screens, lambda: history.gauges(clock()))
    change = ChangeScreen(screens, accounts)
    fact = FactScreen(history, screens, base_url, lambda _: rules.anonymous_reads)
    origin = separate_origin(replay_origin, base_url, LOOPBACK_HOSTS)
    replay = Replay(history, clock, templates, rewriter, replay_limits or ReplayLimits(), origin)
    bases = Bases(origin, base_url)
    time_maps = TimeMaps(history, bases)
    gate = Gate(accounts, rules, clock)
    # Where everyone may read, addresses need no signature.
    signed = None if rules.anonymous_reads or accounts is None else SignedPaths(accounts, clock)
    archived = SignedReplay(MementoHeaders(replay.answer, history, bases).answer, signed, origin)
    inbox = InboxScreen(history, screens, accounts)
    entries = [
        Entry("/", home.answer, Access.READ),
        Entry("/history", HistoryScreen(history, screens).answer, Access.READ),
        Entry("/search", SearchScreen(history, screens).answer, Access.READ),
        Entry("/changes", screens.changes, Access.READ),
        Entry(ALERTS, inbox.answer, Access.READ),
        Entry(ONE, inbox.one, Access.READ),
        Entry(RETRY, inbox.retry, Access.EDIT, ("POST",)),
        Entry("/notifications", screens.notifications, Access.READ),
        Entry(CHANGE, change.answer, Access.READ),
        Entry(ACKNOWLEDGE, change.acknowledge, Access.EDIT, ("POST",)),
        Entry(COMMENT, change.comment, Access.EDIT, ("POST",)),
        Entry("/compare", comparisons.answer, Access.READ),
        Entry(LIST_PATH, FactListScreen(history, screens).answer, Access.READ),
        Entry(fact_query.PATH, fact.answer, Access.READ),
        Entry(fact_query.CSV_PATH, fact.csv, Access.READ),
        Entry(fact_query.JSON_PATH, fact.json, Access.READ),
        Entry(fact_query.SVG_PATH, fact.svg, Access.READ),
        Entry(FeedFormat.ATOM.path, feeds.atom, Access.READ),
        Entry(FeedFormat.JSON.path, feeds.json, Access.READ),
        *_operation_entries(operation),
        Entry(STYLE, _style, Access.PUBLIC),
        Entry(CDX_PATH, CdxServer(history).answer, Access.READ),
        Entry(TIME_MAPS + "{address:path}", time_maps.answer, Access.READ),
        Entry(PREFIX.rstrip("/") + TIME_MAPS + "{address:path}", time_maps.answer, Access.READ),
        Entry(PREFIX + "{address:path}", archived.answer, Access.READ),
        *([] if store is None else page_entries(history, screens, store)),
        *([] if accounts is None else account_entries(screens, accounts, gate.cookies, base_url)),
    ]
    return Starlette(
        routes=[gate.route(entry) for entry in entries],
        middleware=[Middleware(Guard, allowed_hosts=allowed_hosts, origin=origin, signed=signed)],
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


def _style(_: Request) -> Response:
    own = files("pagewitness.web").joinpath("static", "style.css").read_text(encoding="utf-8")
    return Response(own + web_style(), media_type="text/css", headers=HEADERS)
