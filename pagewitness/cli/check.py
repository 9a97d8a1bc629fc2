"""The `check` command."""

from __future__ import annotations

import sys
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import typer
from rich.progress import Progress, TaskID

from monitor.errors import ConfigurationError
from monitor.model import JsonValue, Outcome, Page, PageSource, PageState
from monitor.pipeline.archive import CheckResult
from monitor.pipeline.process import Processing
from monitor.times import iso_utc
from pagewitness import logs
from pagewitness.cli.common import app_on, usable_url
from pagewitness.cli.output import print_json, print_table, progress_bar
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, owner_name, revalidation_of
from pagewitness.service.host_visits import AdaptSchedule, Visitor
from pagewitness.service.in_process import InProcessService
from pagewitness.service.page_processor import PageProcessor


def check(*, urls: list[str] | None, send: bool, requisites: bool, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.monitoring.check`."""
    with app_on(db) as parts:
        logs.configure(parts.settings.model_copy(update={"log_level": "error"}))
        pages = _chosen(parts, urls or [])
        with progress_bar() as bar:
            course = _Course(bar, bar.add_task("checking", total=len(pages)))
            _visit_all(parts, pages, course)
        if send or requisites:
            _finish(parts, send=send, requisites=requisites)
        rows = sorted(course.rows, key=lambda row: str(row["url"]))
        if json:
            print_json(rows)
        else:
            print_table(
                ["page", "outcome", "verdict", "events", "why"],
                [(row["url"], row["outcome"], row["verdict"], row["events"], row["reason"]) for row in rows],
                empty="no pages to check; `pagewitness apply WATCHLIST` or `pagewitness add URL` first",
            )
        if rows and all(row["outcome"] == Outcome.FAILED.value for row in rows):
            raise typer.Exit(1)


def _finish(parts: AppContext, *, send: bool, requisites: bool) -> None:
    """Send the alerts, then archive what the pages need to look as they did: that may take a while, as each host is requested slowly."""
    service = InProcessService(parts, clock=system_clock)
    try:
        while send and service.plan():
            pass
        if send:
            service.dispatch()
        if requisites and parts.settings.requisites_per_page:
            with progress_bar() as bar:
                task = bar.add_task("archiving images and styles", total=None)
                service.archive_requisites(lambda done: bar.update(task, completed=done))
    finally:
        service.close()


class _Course:
    """Collects the result of each page of a check."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self.rows: list[dict[str, JsonValue]] = []
        self._bar = bar
        self._task = task

    def checked(self, page: Page, checked: CheckResult) -> None:
        failure = checked.fetch_result.failure
        last = checked.outcomes[-1] if checked.outcomes else None
        verdict = last.verdict if last else checked.snapshot.verdict
        self._add(
            page,
            at=iso_utc(checked.snapshot.taken_at),
            outcome=checked.snapshot.outcome.value,
            status=checked.snapshot.status,
            verdict=verdict.value if verdict else None,
            reason=failure.message if failure else (last.reason if last else checked.snapshot.verdict_reason),
            events=sum(len(reading.events) for reading in checked.outcomes),
        )

    def on_disallowed(self, page: Page, why: str) -> None:
        self._add(page, at=None, outcome="disallowed", status=None, verdict=None, reason=why, events=0)

    def on_error(self, page: Page, error: Exception) -> None:
        self._add(
            page,
            at=None,
            outcome="unprocessed",
            status=None,
            verdict=None,
            reason=f"{type(error).__name__}: {error}",
            events=0,
        )

    def _add(self, page: Page, **values: JsonValue) -> None:
        self.rows.append({"url": page.url, **values})
        self._bar.advance(self._task)


def _chosen(parts: AppContext, urls: list[str]) -> list[Page]:
    if not urls:
        return [
            summary.page
            for summary in parts.history.pages()
            if summary.page.state is PageState.ACTIVE and summary.page.source is not PageSource.IMPORTED
        ]
    found = []
    for url in urls:
        page = parts.history.page(usable_url(url))
        if page is None:
            raise ConfigurationError(f"{url} is not watched here; `pagewitness add {url}` adds it")
        found.append(page)
    return found


def _visit_all(parts: AppContext, pages: list[Page], course: _Course) -> None:
    by_host: defaultdict[str, list[Page]] = defaultdict(list)
    for page in pages:
        by_host[page.host].append(page)
    owner = owner_name()
    processing = Processing(
        parts.store, system_clock, parts.settings.absences_before_lost, parts.analyze, AdaptSchedule()
    )
    visitor = Visitor(
        store=parts.store,
        fetcher=parts.fetcher,
        clock=system_clock,
        owner=owner,
        lease=timedelta(seconds=parts.settings.lease_seconds),
        interval=timedelta(seconds=parts.settings.host_interval_seconds),
        stopping=threading.Event(),
        max_bytes=sys.maxsize,
        max_seconds=float("inf"),
        processor=PageProcessor(parts.store, processing, owner=owner),
        revalidation=revalidation_of(parts.settings),
        environ=parts.environ,
    )
    with ThreadPoolExecutor(max_workers=parts.settings.visits) as pool:
        for visit in [pool.submit(visitor.visit_pages, host, group, course) for host, group in by_host.items()]:
            visit.result()
