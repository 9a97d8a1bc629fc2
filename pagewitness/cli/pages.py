"""The commands that change which pages are monitored: add, pause, resume."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor.errors import ConfigurationError
from monitor.model import Page, PageSource, PageState, Schedule
from pagewitness.cli.common import Db, app_on, err, known_page, usable_url
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext
from pagewitness.validation_messages import explain, shorten
from pagewitness.watchlist import fields
from pagewitness.watchlist.tables import PageTable


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(add)
    app.command()(pause)
    app.command()(resume)


def add(
    url: str,
    every: Annotated[
        str | None, typer.Option(help="How often, like 30m, 6h or 1d; 6h without this and --cron.")
    ] = None,
    cron: Annotated[str | None, typer.Option(help="When, as a cron line, like '0 6 * * 1-5'.")] = None,
    timezone: Annotated[str, typer.Option(help="The IANA time zone of --cron and --window.")] = "UTC",
    window: Annotated[
        list[str] | None,
        typer.Option(help="When checks are allowed, like 'mon-fri 08:00-18:00'; may be given more than once."),
    ] = None,
    label: Annotated[str, typer.Option(help="What to call it.")] = "",
    fact: Annotated[
        list[str] | None, typer.Option(help="A declared fact to follow; may be given more than once. Without, all are.")
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Let its own host and port be a private address.")
    ] = False,
    ignore_robots: Annotated[
        bool, typer.Option("--ignore-robots", help="Check it even where the site's robots.txt disallows it.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Watch it though `forget` removed its content.")] = False,
    db: Db = None,
) -> None:
    """Monitor one more page. `apply` never retires it."""
    address = usable_url(url)
    if fields.is_private(address) and not allow_private:
        raise ConfigurationError(f"{address} is a private address; say --allow-private if you mean it")
    schedule = _asked_schedule(address, every=every, cron=cron, timezone=timezone, windows=window or [])
    with app_on(db, create=True) as parts:
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
            obey_robots=not ignore_robots,
            source=PageSource.ADDED,
            now=system_clock(),
            again=again,
        )
        err.print(f"watching {page.url}")


def _asked_schedule(url: str, **asked: str | list[str] | None) -> Schedule:
    """Return the schedule given by options, validated like a watchlist's `[[page]]`.

    Raises:
        ConfigurationError: An option is wrong, or two options exclude each other.
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
    """Stop checking a page until it is resumed. Its history stays."""
    with app_on(db) as parts:
        page = _unretired(parts, url)
        parts.store.pause(page.id)
        err.print(
            f"{page.url} is paused; `pagewitness resume {page.url}` goes on{_declared(page, 'with paused = true')}"
        )


def resume(url: str, db: Db = None) -> None:
    """Resume the checks of a paused page; it is due at once."""
    with app_on(db) as parts:
        page = _unretired(parts, url)
        parts.store.resume(page.id, now=system_clock())
        err.print(f"watching {page.url}{_declared(page, 'without paused = true')}")


def _unretired(parts: AppContext, url: str) -> Page:
    page = known_page(parts, url)
    if page.state is PageState.RETIRED:
        raise ConfigurationError(f"{page.url} was retired; `pagewitness add {page.url}` watches it again")
    return page


def _declared(page: Page, how: str) -> str:
    lasting = page.source is PageSource.WATCHLIST
    return f" (the next `apply` goes by the watchlist: declare it {how} there to keep it so)" if lasting else ""
