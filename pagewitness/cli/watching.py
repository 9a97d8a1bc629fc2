"""Commands that watch: run, apply, check, add, serve, migrate."""

from __future__ import annotations

import signal
import sys
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from rich.progress import Progress, TaskID

from alerts.event_json import iso_utc
from monitor.archiving import Checked
from monitor.errors import ConfigurationError
from monitor.model import JsonValue, Outcome, Page, PageSource, PageState, Schedule
from monitor.processing import Processing
from pagewitness import logs, watchlist, watchlist_values
from pagewitness.cli.common import (
    Db,
    Json,
    err,
    known_page,
    parts_on,
    print_json,
    print_table,
    progress_bar,
    settings_for,
    usable_url,
)
from pagewitness.clock import system_clock
from pagewitness.processing import PageProcessor
from pagewitness.server import Web
from pagewitness.service import running
from pagewitness.service.in_process import InProcessService
from pagewitness.service.supervisor import Signals
from pagewitness.visits import AdaptSchedule, Visitor
from pagewitness.watchlist_model import PageTable
from pagewitness.wiring import Parts, owner_name, revalidation_of
from pagewitness.wording import explain, shorten
from storage.declared import ApplyReport
from storage.engine import migrate as migrate_database
from storage.exclusive import hold_exclusive

log = logs.get("pagewitness.run")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(run)
    app.command()(apply)
    app.command()(check)
    app.command()(add)
    app.command()(pause)
    app.command()(resume)
    app.command()(serve)
    app.command()(migrate)


def run(db: Db = None) -> None:
    """The service: a supervisor of fetcher, extractors, deliveries and web. Applies PAGEWITNESS_WATCHLIST first, if set."""
    settings = settings_for(db)
    logs.configure(settings, process="supervisor")
    declared = watchlist.load(settings.watchlist) if settings.watchlist else None
    signals = Signals()
    with parts_on(db) as parts, hold_exclusive(parts.database) as hold:
        if declared is not None:
            _report(_apply(parts, declared))
        file = settings.watchlist
        running.run(parts, signals, None if file is None else lambda: _apply(parts, watchlist.load(file)), hold=hold)


def serve(db: Db = None) -> None:
    """The web only: pages, changes and replay."""
    logs.configure(settings_for(db))
    stop = _stop_signal()
    with parts_on(db) as parts, Web(parts) as web:
        err.print(f"On {web.url} until interrupted.")
        stop.wait()


def _stop_signal() -> threading.Event:
    """Set by SIGTERM or Ctrl-C, which from now on do nothing else."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def apply(file: Annotated[Path, typer.Argument(metavar="WATCHLIST")], db: Db = None) -> None:
    """Sync a watchlist into the database. Pages it no longer names are retired; their history stays."""
    declared = watchlist.load(file)
    with parts_on(db) as parts:
        _report(_apply(parts, declared))


def _apply(parts: Parts, declared: watchlist.Watchlist) -> ApplyReport:
    for warning in declared.warnings:
        err.print(f"pagewitness: {warning}")
    return parts.store.apply_declared(
        declared.pages, declared.facts, declared.channels, declared.rules, now=system_clock()
    )


def _report(report: ApplyReport) -> None:
    for word, names in (("added", report.added), ("changed", report.changed), ("retired", report.retired)):
        for name in names:
            err.print(f"{word} {name}")
    for name in report.forgotten:
        err.print(f"pagewitness: not watched: {name}; take it out of the watchlist, or `pagewitness add URL --again`")
    if not (report.added or report.changed or report.retired):
        err.print(f"nothing to do: {len(report.unchanged)} entries are as declared")


def add(
    url: str,
    every: Annotated[
        str | None, typer.Option(help="How often, like 30m, 6h or 1d; 6h without this and --cron.")
    ] = None,
    cron: Annotated[str | None, typer.Option(help="When, as a cron line, like '0 6 * * 1-5'.")] = None,
    timezone: Annotated[str, typer.Option(help="The IANA time zone of --cron and --window.")] = "UTC",
    window: Annotated[
        list[str] | None,
        typer.Option(help="When looking is allowed, like 'mon-fri 08:00-18:00'; may be given more than once."),
    ] = None,
    label: Annotated[str, typer.Option(help="What to call it.")] = "",
    fact: Annotated[
        list[str] | None, typer.Option(help="A declared fact to follow; may be given more than once. Without, all are.")
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Let its own host and port be a private address.")
    ] = False,
    overrule_robots: Annotated[
        bool, typer.Option("--overrule-robots", help="Look at it even where the site's robots.txt forbids it.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Watch it though `forget` removed its content.")] = False,
    db: Db = None,
) -> None:
    """Watch one more page. `apply` never retires it."""
    address = usable_url(url)
    if watchlist_values.is_private(address) and not allow_private:
        raise ConfigurationError(f"{address} is a private address; say --allow-private if you mean it")
    schedule = _asked_schedule(address, every=every, cron=cron, timezone=timezone, windows=window or [])
    with parts_on(db) as parts:
        declared = [definition.name for definition in parts.store.all_facts()]
        unknown = [name for name in fact or () if name not in declared]
        if unknown:
            raise ConfigurationError(
                f"no fact is called {unknown[0]!r}; declared are: {', '.join(declared) or 'none (see `pagewitness apply`)'}"
            )
        page = parts.store.add_page(
            address,
            label=label,
            schedule=schedule,
            facts=tuple(fact or declared),
            allow_private=allow_private,
            obey_robots=not overrule_robots,
            source=PageSource.ADDED,
            now=system_clock(),
            again=again,
        )
        err.print(f"watching {page.url}")


def _asked_schedule(url: str, **asked: str | list[str] | None) -> Schedule:
    """The schedule that options ask for, held to what a watchlist's `[[page]]` takes.

    Raises:
        ConfigurationError: An option is wrong, or two of them do not go together.
    """
    try:
        return PageTable.model_validate({"url": url, "allow_private": True, **asked}).schedule
    except ValidationError as error:
        raise ConfigurationError("; ".join(_option_fault(fault) for fault in error.errors())) from None


def _option_fault(fault: ErrorDetails) -> str:
    name = fault["loc"][0] if fault["loc"] else None
    option = {"windows": "window"}.get(str(name), name)
    said = shorten(explain(fault), 500)
    return f"--{option}: {said}" if option else said


def pause(url: str, db: Db = None) -> None:
    """Do not look at a page for now. Its history stays."""
    with parts_on(db) as parts:
        page = _unretired(parts, url)
        parts.store.pause(page.id)
        err.print(
            f"{page.url} is paused; `pagewitness resume {page.url}` goes on{_declared(page, 'with paused = true')}"
        )


def resume(url: str, db: Db = None) -> None:
    """Look at a paused page again, at once."""
    with parts_on(db) as parts:
        page = _unretired(parts, url)
        parts.store.resume(page.id, now=system_clock())
        err.print(f"watching {page.url}{_declared(page, 'without paused = true')}")


def _unretired(parts: Parts, url: str) -> Page:
    page = known_page(parts, url)
    if page.state is PageState.RETIRED:
        raise ConfigurationError(f"{page.url} was retired; `pagewitness add {page.url}` watches it again")
    return page


def _declared(page: Page, how: str) -> str:
    lasting = page.source is PageSource.WATCHLIST
    return f" (the next `apply` goes by the watchlist: declare it {how} there to keep it so)" if lasting else ""


def check(
    urls: Annotated[list[str] | None, typer.Argument(metavar="[URL]...")] = None,
    send: Annotated[bool, typer.Option("--send/--no-send", help="Also send the alerts that come of it.")] = True,
    json: Json = False,
    db: Db = None,
) -> None:
    """Check pages now, once: those named, or all that are watched. Exits 1 where every look failed."""
    with parts_on(db) as parts:
        logs.configure(parts.settings.model_copy(update={"log_level": "error"}))
        pages = _chosen(parts, urls or [])
        with progress_bar() as bar:
            course = _Course(bar, bar.add_task("checking", total=len(pages)))
            _visit_all(parts, pages, course)
        if send:
            service = InProcessService(parts, clock=system_clock)
            while service.plan():
                pass
            service.dispatch()
            service.close()
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


class _Course:
    """Gathers what a check comes to, page by page."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self.rows: list[dict[str, JsonValue]] = []
        self._bar = bar
        self._task = task

    def checked(self, page: Page, checked: Checked) -> None:
        failure = checked.look.failure
        last = checked.readings[-1] if checked.readings else None
        verdict = last.verdict if last else checked.snapshot.verdict
        self._add(
            page,
            at=iso_utc(checked.snapshot.taken_at),
            outcome=checked.snapshot.outcome.value,
            status=checked.snapshot.status,
            verdict=verdict.value if verdict else None,
            reason=failure.message if failure else (last.reason if last else checked.snapshot.verdict_reason),
            events=sum(len(reading.events) for reading in checked.readings),
        )

    def kept_out(self, page: Page, why: str) -> None:
        self._add(page, at=None, outcome="kept_out", status=None, verdict=None, reason=why, events=0)

    def faulted(self, page: Page, error: Exception) -> None:
        self._add(
            page,
            at=None,
            outcome="unread",
            status=None,
            verdict=None,
            reason=f"{type(error).__name__}: {error}",
            events=0,
        )

    def _add(self, page: Page, **values: JsonValue) -> None:
        self.rows.append({"url": page.url, **values})
        self._bar.advance(self._task)


def _chosen(parts: Parts, urls: list[str]) -> list[Page]:
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


def _visit_all(parts: Parts, pages: list[Page], course: _Course) -> None:
    by_host: defaultdict[str, list[Page]] = defaultdict(list)
    for page in pages:
        by_host[page.host].append(page)
    owner = owner_name()
    processing = Processing(
        parts.store, system_clock, parts.settings.absences_before_lost, parts.understand, AdaptSchedule()
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
    )
    with ThreadPoolExecutor(max_workers=parts.settings.visits) as pool:
        for visit in [pool.submit(visitor.leased, host, group, course) for host, group in by_host.items()]:
            visit.result()


def migrate(db: Db = None) -> None:
    """Bring the database to this version's schema. An SQLite file is copied first."""
    url = settings_for(db).database_url
    before, after, copy = migrate_database(url)
    if before == after:
        err.print(f"the database is at schema {after} already")
        return
    err.print(f"schema {before} → {after}" if before else f"built at schema {after}")
    if copy is not None:
        err.print(f"the file as it was is kept as {copy}")
    elif before:
        err.print("PostgreSQL is not copied; `pagewitness backup FILE` keeps a copy")
