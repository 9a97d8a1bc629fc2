"""The commands that change which pages are monitored: add, pause, resume."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor.errors import ConfigurationError
from monitor.limits import cut
from monitor.model import Page, PageSource, PageState
from pagewitness import page_actions
from pagewitness.cli.common import app_on, declared_watchlist, known_page, usable_url
from pagewitness.cli.output import err, progress_bar
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext
from pagewitness.page_actions import PageAction
from pagewitness.page_lists.declare import declare
from pagewitness.page_lists.model import ListError, PageEntry, PageList
from pagewitness.page_lists.reading import read_list, read_stream
from pagewitness.validation_messages import explain
from pagewitness.watchlist.fields import ALLOW_IN_WATCHLIST
from pagewitness.watchlist.layers import NOTHING_SHARED
from pagewitness.watchlist.page_tables import PageSettings
from storage.accounts.model import AuditEntry
from storage.watched.declarations import AddReport

_MOST_NAMED = 20
_STDIN = "-"


def add(
    *,
    places: list[str],
    every: str | None,
    cron: str | None,
    timezone: str,
    window: list[str] | None,
    label: str,
    tag: list[str] | None,
    fact: list[str] | None,
    allow_private: bool,
    ignore_robots: bool,
    again: bool,
    db: str | None,
    watchlist: Path | None = None,
) -> None:
    """See `pagewitness.cli.commands.monitoring.add`."""
    options = _options(every=every, cron=cron, timezone=timezone, windows=window, tags=tag, label=label)
    lists = [_list(place) for place in places]
    written = declared_watchlist(watchlist)
    shared = NOTHING_SHARED if written is None else written.shared
    with app_on(db, create=True) as parts:
        known = [definition.name for definition in parts.store.all_facts()]
        unknown = [name for name in fact or () if name not in known]
        if unknown:
            raise ConfigurationError(
                f"no fact is called {unknown[0]!r}; declared are: {', '.join(known) or 'none (see `pagewitness apply`)'}"
            )
        entries = [entry for found in lists for entry in found.entries]
        if ignore_robots:
            options["robots"] = "ignore"
        with progress_bar() as bar:
            task = bar.add_task("validating", total=len(entries))
            declared = declare(
                bar.track(entries, task_id=task),
                options,
                fact,
                allow_private=allow_private,
                shared=shared,
                all_facts=known,
            )
            if declared.problems:
                raise ConfigurationError(
                    "\n".join(declared.problems).replace(ALLOW_IN_WATCHLIST, "say --allow-private")
                )
            bar.update(task, description="adding", completed=0, total=len(declared.pages))
            report = parts.store.add_pages(
                declared.pages, now=system_clock(), again=again, progress=lambda count: bar.advance(task, count)
            )
    _print_report(report, [line for found in lists for line in found.skipped], declared.repeated)


def _options(**given: str | list[str] | None) -> dict[str, Any]:
    """Return the settings that options give, validated like a watchlist's `[[page]]`.

    Raises:
        ConfigurationError: An option is wrong, or two options exclude each other.
    """
    options = {key: value for key, value in given.items() if value and (key, value) != ("timezone", "UTC")}
    try:
        PageSettings.model_validate({key: value for key, value in options.items() if key != "label"})
    except ValidationError as error:
        raise ConfigurationError("; ".join(_option_fault(fault) for fault in error.errors())) from None
    return options


def _list(place: str) -> PageList:
    """Return the pages that an argument of `add` names: a URL, a file, or "-" for standard input.

    Raises:
        ConfigurationError: It is a list that cannot be read.
    """
    try:
        if place == _STDIN:
            return read_stream(sys.stdin.buffer, "standard input")
        if "://" not in place and Path(place).is_file():
            return read_list(Path(place))
    except ListError as error:
        raise ConfigurationError(str(error)) from None
    except (OSError, ValueError):  # no file can have this name
        pass
    usable_url(place)
    return PageList((PageEntry("", place),))


def _print_report(report: AddReport, skipped: Sequence[str], repeated: int) -> None:
    if len(report.added) == 1 and not skipped and not repeated:
        err.print(f"watching {report.added[0]}")
    elif report.added:
        err.print(f"watching {len(report.added):,} more {'page' if len(report.added) == 1 else 'pages'}")
    for url in report.known[:_MOST_NAMED]:
        err.print(f"{url} was watched already; its settings stay as they are")
    if len(report.known) > _MOST_NAMED:
        err.print(f"and {len(report.known) - _MOST_NAMED:,} more were watched already")
    for line in skipped[:_MOST_NAMED]:
        err.print(f"skipped {line}")
    if len(skipped) > _MOST_NAMED:
        err.print(f"and {len(skipped) - _MOST_NAMED:,} more were skipped: no web pages")
    if repeated:
        err.print(f"{repeated:,} of the entries name a page a second time")


def _option_fault(fault: ErrorDetails) -> str:
    name = fault["loc"][0] if fault["loc"] else None
    option = {"windows": "window", "tags": "tag"}.get(str(name), name)
    message = cut(explain(fault), 500)
    return f"--{option}: {message}" if option else message


def pause(*, url: str, db: str | None) -> None:
    """See `pagewitness.cli.commands.monitoring.pause`."""
    with app_on(db) as parts:
        page = _unretired(parts, url)
        _act(parts, PageAction.PAUSE, page)
        err.print(
            f"{page.url} is paused; `pagewitness resume {page.url}` goes on{_declared(page, 'with paused = true')}"
        )


def resume(*, url: str, db: str | None) -> None:
    """See `pagewitness.cli.commands.monitoring.resume`."""
    with app_on(db) as parts:
        page = _unretired(parts, url)
        _act(parts, PageAction.RESUME, page)
        err.print(f"watching {page.url}{_declared(page, 'without paused = true')}")


def _act(parts: AppContext, action: PageAction, page: Page) -> None:
    now = system_clock()
    entry = AuditEntry(now, None, "", f"page.{action.value}", page.url, {"by": "command line"})
    page_actions.act(parts.store, action, [page.id], now=now, entry=entry)


def _unretired(parts: AppContext, url: str) -> Page:
    page = known_page(parts, url)
    if page.state is PageState.RETIRED:
        raise ConfigurationError(f"{page.url} was retired; `pagewitness add {page.url}` watches it again")
    return page


def _declared(page: Page, how: str) -> str:
    lasting = page.source is PageSource.WATCHLIST
    return f" (the next `apply` goes by the watchlist: declare it {how} there to keep it so)" if lasting else ""
