"""The screen of one page: what it states, what changed, when it is checked, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts.model import BrokenDeclaration, RecordedEvent, Rule
from alerts.rules import includes_page
from monitor.model import Level, Page, PageSource, PageState
from monitor.urls import normalise
from pagewitness.display import fact_lines, page_name, problems_of, status_word
from pagewitness.scheduling.next_check import interval_text
from pagewitness.watchlist.from_model import page_table
from pagewitness.watchlist.writing import toml_lines
from pagewitness.web.access.context import known_context
from pagewitness.web.history import months
from pagewitness.web.pages.links import edit_link, page_link
from pagewitness.web.pages.noise import noisy_places
from pagewitness.web.screens import Screens
from rendering.text_safety import one_line
from storage.database.connection import ReadDatabase
from storage.queries.history import Cursor, History, PageSummary, SnapshotFilter
from storage.queries.page_detail import HostState, PageDetails

VERSIONS = 20
"""Number of changed snapshots on the screen; the history has all."""
_EVENTS = 300
_PLACES = 8
_STATUS_EVENTS = 8
_WAITED = timedelta(minutes=10)
"""So long after a requested check the screen reloads itself."""
_SECRETS = ("headers", "cookies", "basic_auth", "proxy")

_DONE = {
    "pause": "The page is paused: it is not checked until it is resumed.",
    "resume": "The page is checked again.",
    "retire": "The page is retired: it is not checked any more, and its history is kept.",
    "restore": "The page is monitored again.",
    "edit": "The settings are saved.",
    "mute": "Changes there are noise from the next check on.",
    "tag": "The tags are changed.",
    "untag": "The tags are changed.",
}


@dataclass(frozen=True, slots=True)
class CheckProgress:
    """The progress of a check that a user requested.

    Attributes:
        sentence: What happens at this moment.
        is_done: Whether it is over.
        reloads: Whether the screen reloads itself.
    """

    sentence: str
    is_done: bool
    reloads: bool


@dataclass(frozen=True, slots=True)
class PageStatus:
    """The status of a page on screens: an icon, a word and the class of its colour."""

    icon: str
    word: str
    style: str


class PageScreen:
    """Answers requests for the screen of one page.

    Attributes:
        history: The archive.
        screens: Renders the screens.
        details: Queries about one page.
    """

    def __init__(self, history: History, screens: Screens, database: ReadDatabase) -> None:
        self.history = history
        self.screens = screens
        self.details = PageDetails(database)

    def answer(self, request: Request) -> Response:
        """Show the page that the parameter `url` names."""
        page = known_page(self.history, request.query_params.get("url", ""))
        if page is None:
            url = request.query_params.get("url", "")
            return self.screens.error(request, 404, "No such page", "This page is not watched:", one_line(url, 2000))
        summary = self.details.summary(page.id)
        host = self.details.host(page.host)
        newest = self.details.newest_events(page.id, _EVENTS)
        states = self.history.current_facts([page.id]).get(page.id, [])
        changed = self.history.snapshot_slice(page.id, Cursor(VERSIONS), SnapshotFilter(changed=True))
        years = self.history.years(page.id)
        now = known_context(request).now
        latest = self.details.latest_snapshot_id(page.id)
        return self.screens.page(
            request,
            "page.html.j2",
            page=page,
            summary=summary,
            name=page_name(page.label, summary.title, page.url),
            condition=status_of(summary),
            problems=problems_of(summary),
            facts=fact_lines(page, states, checked=summary.last_ok_at is not None),
            snapshots=changed.rows,
            changes=self.history.changes_of([row.id for row in changed.rows]),
            months=[] if years is None else months(self.history.calendar(page.id, years[1]), years[1], page.url),
            year=None if years is None else years[1],
            schedule=schedule_sentence(page),
            reason=summary.schedule_reason or "the schedule",
            host=host,
            politeness=list(politeness(page, host)),
            requisites=None if latest is None else self.history.count_requisites(page.id, latest),
            stored=self.details.stored_size(page.id, page.url),
            places=noisy_places(newest, page.mute, _PLACES),
            status_events=_status_events(newest),
            rules=self._rules(page),
            progress=_progress(request.query_params.get("requested", ""), summary, host, now),
            done=_DONE.get(request.query_params.get("done", ""), ""),
            toml=list(toml_lines(shown_table(page))),
            is_declared=page.source is PageSource.WATCHLIST,
            edit_link=edit_link(page.url),
            here_link=page_link(page.url),
        )

    def _rules(self, page: Page) -> list[tuple[str, tuple[str, ...]]]:
        """Return the rules that include the page, each with its channels."""
        rules = (rule for rule in self.details.rules() if not isinstance(rule, BrokenDeclaration))
        return [(rule.name, rule.to) for rule in rules if _includes(rule, page)]


def known_page(history: History, url: str) -> Page | None:
    """Return the page with a URL as typed; None if there is none."""
    try:
        return history.page(normalise(url))
    except ValueError:
        return None


def page_or_404(history: History, url: str) -> Page:
    """Return the page with a URL.

    Raises:
        HTTPException: 404: there is none.
    """
    page = known_page(history, url)
    if page is None:
        raise HTTPException(404, "This page is not watched.")
    return page


def status_of(summary: PageSummary) -> PageStatus:
    """Return the status of a page: its problem, whether it is checked, or that it is ok."""
    problems = problems_of(summary)
    if summary.page.state is PageState.RETIRED:
        return PageStatus("◌", "retired", "waiting")
    if problems:
        return PageStatus("▲", problems[0], "bad")
    if summary.page.state is PageState.PAUSED:
        return PageStatus("❚❚", "paused", "waiting")
    if summary.health is None:
        return PageStatus("○", status_word(None), "waiting")
    return PageStatus("●", status_word(summary.health), "good")


def schedule_sentence(page: Page) -> str:
    """Return when a page is checked: "every 6 h, mon-fri 08:00-18:00 (Europe/Berlin)"."""
    schedule = page.schedule
    zone = f" ({schedule.timezone})"
    if page.source is PageSource.IMPORTED:
        return "never: it was imported"
    if schedule.cron is not None:
        return f"at {schedule.cron}{zone}"
    parts = [f"every {interval_text(page.interval or schedule.every or timedelta(0))}"]
    if schedule.adaptive is not None:
        shortest, longest = map(interval_text, schedule.adaptive)
        parts.append(f"between {shortest} and {longest}, by how often it changes")
    if schedule.windows:
        parts.append(f"{', '.join(schedule.windows)}{zone}")
    return ", ".join(parts)


def politeness(page: Page, host: HostState) -> Iterable[str]:
    """Yield how politely the page is requested, a sentence each."""
    yield "Obeys robots.txt." if page.obey_robots else "Ignores robots.txt; every snapshot taken so records this."
    spacings = [spacing for spacing in (page.request.interval, host.spacing) if spacing is not None]
    if spacings:
        yield f"At least {interval_text(max(spacings))} between two requests to {page.host}."
    if host.paused_until is not None:
        yield f"{page.host} asked for a pause until {host.paused_until.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {host.pause_reason}."


def shown_table(page: Page) -> dict[str, object]:
    """Return the table that declares a page, with every value replaced that may be a secret."""
    return {key: "…" if key in _SECRETS else value for key, value in page_table(page).items()}


def _includes(rule: Rule, page: Page) -> bool:
    return includes_page(rule, page.url, page.tags)


def _status_events(newest: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    return [recorded for recorded in newest if recorded.event.change.level is Level.HEALTH][:_STATUS_EVENTS]


def _progress(requested: str, summary: PageSummary, host: HostState, now: datetime) -> CheckProgress | None:
    """Return the progress of a check that was requested at a time, ISO 8601; None if none was."""
    try:
        since = datetime.fromisoformat(requested)
    except ValueError:
        return None
    if since.tzinfo is None:
        return None
    reloads = now - since < _WAITED
    if summary.last_at is not None and summary.last_at >= since:
        waiting = summary.last_verdict is None and summary.unprocessed > 0
        return CheckProgress(
            "Checked; its text is being extracted." if waiting else "Checked.", not waiting, waiting and reloads
        )
    due = summary.page.next_check_at
    if due is None:
        return CheckProgress("It is not due: it is paused or retired.", is_done=True, reloads=False)
    if host.paused_until is not None:
        return CheckProgress("Waiting: its host asked for a pause.", is_done=False, reloads=False)
    if host.is_visited:
        return CheckProgress("Being checked.", is_done=False, reloads=reloads)
    sentence = "Waiting for its turn." if reloads else "Still waiting: does `pagewitness run` work?"
    return CheckProgress(sentence, is_done=False, reloads=reloads)
