"""The `reprocess` command."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import typer

from alerts.model import RecordedEvent
from monitor.errors import ConfigurationError, PagewitnessError
from monitor.model import JsonValue, Page, PageSource
from pagewitness.cli.common import app_on, known_page
from pagewitness.cli.output import err, print_json, print_table, progress_bar
from pagewitness.composition import AppContext, open_app
from pagewitness.maintenance.reprocessing import ReprocessResult, WouldReport
from pagewitness.settings import Settings
from pagewitness.watchlist import loader
from rendering.event_json import event_json
from rendering.sentences import summary
from rendering.times import counted
from storage.search.indexing import queue_all, queue_page


def reprocess(
    *, urls: list[str] | None, what_if: Path | None, everything: bool, jobs: int, json: bool, db: str | None
) -> None:
    """See `pagewitness.cli.commands.archive.reprocess`."""
    with app_on(db) as parts:
        pages = [known_page(parts, url) for url in urls] if urls else [row.page for row in parts.history.pages()]
        if what_if is not None:
            _show_what_if(parts, pages, loader.load(what_if), json=json)
            return
        rereader = parts.reprocessor()
        due = pages if everything else [page for page in pages if rereader.is_due(page)]
        rows, failed = [], 0
        with ExitStack() as stack:
            bar = stack.enter_context(progress_bar())
            task = bar.add_task("rereading", total=len(due))
            for page, outcome in _outcomes(parts, due, jobs, stack):
                bar.advance(task)
                rows.append(_row(page, outcome))
                failed += isinstance(outcome, str)
        _show(rows, len(pages) - len(due), json=json)
        if failed:
            raise typer.Exit(1)


def index_again(*, urls: list[str] | None, db: str | None) -> None:
    """Make the search index of these pages, or of all pages, again; see `pagewitness.cli.commands.archive.reprocess`."""
    with app_on(db) as parts:
        if urls:
            for page_id in [known_page(parts, url).id for url in urls]:
                parts.database.write(partial(queue_page, page_id=page_id))
        else:
            parts.database.write(queue_all)
        waiting = total = parts.history.search_backlog()
        with progress_bar() as bar:
            task = bar.add_task("indexing pages", total=total)
            while waiting:
                parts.store.index_next()
                waiting = parts.history.search_backlog()
                bar.update(task, completed=max(total - waiting, 0))
        err.print(f"{counted(total, 'page')} indexed for search")


def _outcomes(
    parts: AppContext, pages: Sequence[Page], jobs: int, stack: ExitStack
) -> Iterator[tuple[Page, ReprocessResult | str]]:
    """Yield each page with its result, or with the reason why it could not be reprocessed."""
    if jobs == 1:
        yield from ((page, _attempt(parts, page.id)) for page in pages)
        return
    pool = stack.enter_context(
        ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=_open, initargs=(parts.settings,))
    )
    # Pages of one host are adjacent in `pages`; in parallel they would only wait for the host's lease.
    spread = sorted(range(len(pages)), key=lambda number: (number % max(len(pages) // jobs, 1), number))
    running = [(pages[number], pool.submit(_work, pages[number].id)) for number in spread]
    yield from ((page, future.result()) for page, future in running)


_opened = ExitStack()
_parts: list[AppContext] = []


def _open(settings: Settings) -> None:
    """Open the application in a worker process, for the life of that process."""
    _parts.append(_opened.enter_context(open_app(settings)))


def _work(page_id: int) -> ReprocessResult | str:
    return _attempt(_parts[0], page_id)


def _attempt(parts: AppContext, page_id: int) -> ReprocessResult | str:
    try:
        return parts.reprocessor().reprocess(parts.store.page(page_id))
    except PagewitnessError as error:
        return str(error)


def _row(page: Page, outcome: ReprocessResult | str) -> dict[str, JsonValue]:
    if isinstance(outcome, str):
        return {"url": page.url, "error": outcome}
    replaced = outcome.replaced
    assert replaced is not None
    return {
        "url": page.url,
        "snapshots": outcome.snapshots,
        "versions": replaced.versions,
        "events": replaced.events,
        "superseded": replaced.superseded,
        "unreadable": list(outcome.unreadable),
    }


def _show(rows: list[dict[str, JsonValue]], left: int, *, json: bool) -> None:
    if json:
        print_json(rows)
    else:
        print_table(
            ["page", "snapshots", "versions changed", "new events", "superseded", "trouble"],
            [
                (
                    row["url"],
                    *(row.get(key) for key in ("snapshots", "versions", "events", "superseded")),
                    row.get("error") or "; ".join(row["unreadable"]),
                )
                for row in rows
            ],
            empty="nothing to do",
        )
    if left:
        err.print(f"{left} pages are as this version reads them; --all reads them too")


def _show_what_if(parts: AppContext, pages: Sequence[Page], declared: loader.Watchlist, *, json: bool) -> None:
    selected: list[tuple[WouldReport, bool]] = []
    count = 0
    chosen = list(as_declared(pages, declared))
    if not chosen:
        raise ConfigurationError(f"{declared.source} declares none of the pages that are kept here")
    rereader = parts.reprocessor()
    with progress_bar() as bar:
        task = bar.add_task("rereading", total=len(chosen))
        for page in chosen:
            recorded = _recorded(parts, page)
            for event in rereader.what_if(page, declared.rules):
                count += 1
                if event.rules:
                    selected.append((event, recorded(event.recorded)))
            bar.advance(task)
    selected.sort(key=lambda pair: pair[0].recorded.event.snapshot.taken_at)
    if json:
        print_json(
            {**event_json(event.recorded.event, event.recorded.page_url), "rules": list(event.rules), "recorded": known}
            for event, known in selected
        )
    else:
        print_table(
            ["at (UTC)", "level", "what", "rules", "in changes", "page"],
            [
                (
                    event.recorded.event.snapshot.taken_at,
                    event.recorded.event.change.level.value,
                    summary(event.recorded.event.change),
                    event.rules,
                    "yes" if known else "no",
                    event.recorded.page_label or event.recorded.page_url,
                )
                for event, known in selected
            ],
            empty="no rule would have sent an alert",
        )
    new = sum(not known for _, known in selected)
    err.print(
        f"{count} events on {len(chosen)} pages; rules would have sent {len(selected)} of them, {new} of which are new"
    )


def as_declared(pages: Sequence[Page], declared: loader.Watchlist) -> Iterator[Page]:
    """Yield the pages that a watchlist lists, with what it declares for reading them. Imported pages, which it need not list, track all facts."""
    by_name = {fact.name: fact for fact in declared.facts}
    by_url = {page.url: page for page in declared.pages}
    for page in pages:
        listed = by_url.get(page.url)
        if listed is not None:
            yield replace(
                page,
                facts=tuple(by_name[name] for name in listed.facts),
                selection=listed.selection,
                mute=listed.mute,
                always_report=listed.always_report,
                tags=listed.tags,
            )
        elif page.source is PageSource.IMPORTED:
            yield replace(page, facts=declared.facts)


def _recorded(parts: AppContext, page: Page) -> Callable[[RecordedEvent], bool]:
    """Return a function that tests whether an event is recorded for the page."""
    kept = {_key(recorded) for recorded in parts.history.events(url=page.url)}
    return lambda recorded: _key(recorded) in kept


def _key(recorded: RecordedEvent) -> tuple[object, ...]:
    event = recorded.event
    return (event.snapshot.id, event.change.kind, event.change.fact, event.change.values)
