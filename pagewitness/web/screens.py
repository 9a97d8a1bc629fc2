"""The screens: the list of pages, a page's snapshots, and changes. Each loads one bounded slice of its list, with a fixed number of queries."""

from __future__ import annotations

import http
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from alerts.model import RecordedEvent
from monitor.errors import PagewitnessError, StorageError
from monitor.model import Outcome, Verdict
from monitor.times import iso_offset
from pagewitness.display import FactLine, fact_lines, page_name, problems_of
from pagewitness.replay.headers import SCREEN_POLICY
from pagewitness.web.access.context import context_of
from pagewitness.web.access.identity import Access
from pagewitness.web.links import (
    change_link,
    compare_link,
    cursor_of,
    fact_link,
    feed_query,
    history_link,
    pager,
    replay_link,
    snapshot_link,
)
from pagewitness.web.pages.links import page_link
from pagewitness.web.template_environment import web_templates
from rendering import noise_reasons, sentences
from rendering.comparison_runs import noise_of
from rendering.links import share_second
from rendering.statements import text_after, text_before
from rendering.text_safety import inline, one_line, render_value
from rendering.time_interval import time_interval
from rendering.times import day
from storage.queries.history import Cursor, History, PageSummary, SnapshotRow

PAGES = 50
"""Number of pages on one screen."""
CHANGES = 100
"""Number of changes on one screen."""

_REFUSALS = {401: "Not logged in", 403: "Not allowed", 404: "Not found", 410: "No longer possible"}
NAVIGATION = (
    ("Home", "/", Access.READ),
    ("Changes", "/changes", Access.READ),
    ("Facts", "/facts", Access.READ),
    ("Search", "/search", Access.READ),
    ("Alerts", "/alerts", Access.READ),
    ("Users", "/users", Access.ADMIN),
)
"""The screens in the head of each page: name, path and the access that they need."""

_NEWEST_SNAPSHOTS = 20
_OPEN_PAGES = 5  # up to this number of pages, the newest snapshots are unfolded

HEADERS = {
    "Content-Security-Policy": SCREEN_POLICY,
    "X-Content-Type-Options": "nosniff",
    # No other site learns the address of a screen; a form needs its Origin field.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie, Authorization",
}
"""Header fields of all responses except replays."""


@dataclass(frozen=True, slots=True)
class PageCard:
    """A page in the list of pages."""

    summary: PageSummary
    name: str
    problems: Sequence[str]
    facts: Sequence[FactLine]
    snapshots: Sequence[SnapshotRow]


class Screens:
    """Answers the requests for the screens, and errors.

    Attributes:
        history: The archive.
        templates: Templates of the screens.
    """

    def __init__(self, history: History, templates: Environment) -> None:
        self.history = history
        self.templates = templates

    def pages(self, request: Request, **above: Any) -> Response:
        """Answer with the list of pages, in the order in which they were added.

        Args:
            request: The request.
            above: What the first screen shows above it: days, more_changes and problems.
        """
        part = self.history.page_slice(_cursor(request, PAGES))
        ids = [summary.page.id for summary in part.rows]
        states = self.history.current_facts(ids)
        snapshots = self.history.newest_snapshots(ids, _NEWEST_SNAPSHOTS)
        cards = [
            PageCard(
                summary,
                page_name(summary.page.label, summary.title, summary.page.url),
                problems_of(summary),
                fact_lines(summary.page, states.get(summary.page.id, ()), checked=summary.last_ok_at is not None),
                snapshots.get(summary.page.id, ()),
            )
            for summary in part.rows
        ]
        return self.page(
            request,
            "index.html.j2",
            pages=cards,
            total=self.history.page_count(),
            pager=pager("/", {}, part, lambda summary: summary.page.id),
            unfolded=len(cards) <= _OPEN_PAGES,
            **{"days": None, "more_changes": False, "problems": [], **above},
        )

    def changes(self, request: Request) -> Response:
        """Answer with the changes of all pages, the newest first."""
        part = self.history.event_slice(_cursor(request, CHANGES))
        unlabelled = {row.page_id for row in part.rows if row.page_id is not None and not row.page_label}
        titles = self.history.titles(unlabelled) if unlabelled else {}

        def name(recorded: RecordedEvent) -> str:
            return page_name(recorded.page_label, titles.get(recorded.page_id or 0, ""), recorded.page_url)

        return self.page(
            request,
            "changes.html.j2",
            events=part.rows,
            event_page=name,
            pager=pager("/changes", {}, part, lambda recorded: recorded.id),
        )

    def notifications(self, request: Request) -> Response:
        """Answer with how to end, pause or reduce the messages of a channel, which mails name in List-Unsubscribe. It changes nothing."""
        return self.page(request, "notifications.html.j2", channel=request.query_params.get("channel", ""))

    def refused(self, request: Request, error: Exception) -> Response:
        """Answer requests that are refused: unknown paths, methods that are not allowed, and what the sender may not do."""
        status, detail, fields = 500, "", None
        if isinstance(error, HTTPException):
            status, detail, fields = error.status_code, error.detail, error.headers
        title = _REFUSALS.get(status, "Not possible")
        sentence = detail if detail and detail != http.HTTPStatus(status).phrase else "There is nothing here to show."
        response = self.error(request, status, title, sentence, None)
        response.headers.update(fields or {})
        return response

    def failed(self, request: Request, error: Exception) -> Response:
        """Answer an internal error without its details."""
        if isinstance(error, StorageError) and error.transient:
            sentence = "The database cannot be reached at the moment. Try again later."
            return self.error(request, 503, "Not available", sentence, None)
        message = str(error) if isinstance(error, PagewitnessError) else "The log has the details."
        return self.error(request, 500, "Something went wrong", message, None)

    def page(self, request: Request, template: str, *, status: int = 200, **values: object) -> Response:
        """Answer with a screen."""
        visitor = context_of(request)
        content = self.templates.get_template(template).render(visitor=visitor, here=request.scope["path"], **values)
        return HTMLResponse(content, status, headers=HEADERS)

    def busy(self, request: Request, sentence: str) -> Response:
        """Answer that it is not possible at the moment."""
        response = self.error(request, 503, "Not available", sentence, None)
        response.headers["Retry-After"] = "5"
        return response

    def error(self, request: Request, status: int, title: str, sentence: str, url: str | None) -> Response:
        """Answer with an error.

        Args:
            request: The request.
            status: The status code.
            title: The heading.
            sentence: What is wrong.
            url: The URL that was requested; None if none is shown.
        """
        return self.page(
            request, "error.html.j2", status=status, title=title, sentence=sentence, url=url, near=[], received=None
        )


def screen_templates(version: str) -> Environment:
    """Return the templates of all screens, with the functions and filters that they use."""
    environment = web_templates()
    environment.globals.update(
        version=version,
        home="",
        visitor=None,
        navigation=NAVIGATION,
        here="",
        replay_link=replay_link,
        snapshot_link=snapshot_link,
        history_link=history_link,
        page_link=page_link,
        compare_link=compare_link,
        change_link=change_link,
        fact_link=fact_link,
        noise_of=noise_of,
        feed_query=feed_query,
        check_status=check_status,
        interval=time_interval,
        sentence=sentences.summary,
        noise_reason=noise_reasons.noise_reason,
        text_before=text_before,
        text_after=text_after,
        share_second=share_second,
    )
    environment.filters.update(utc=_utc, date=day, iso=iso_offset, line=one_line, inline=inline, value=render_value)
    return environment


def check_status(outcome: Outcome | None, verdict: Verdict | None) -> tuple[str, str]:
    """Return the status of a check as (CSS class, displayed word)."""
    if outcome is None:
        return "waiting", "not checked yet"
    if outcome is Outcome.FAILED:
        return "bad", "failed"
    if verdict is None:
        return "waiting", "unprocessed"
    return ("good" if verdict is Verdict.OK else "bad"), verdict.value.replace("_", " ")


def _cursor(request: Request, limit: int) -> Cursor:
    try:
        return cursor_of(request.query_params, limit)
    except ValueError:
        raise HTTPException(404) from None


def _utc(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
