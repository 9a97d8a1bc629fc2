"""The commands that change which pages are monitored: add, pause, resume."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor.errors import ConfigurationError
from monitor.limits import cut
from monitor.model import Page, PageSource, PageState, Schedule
from pagewitness.cli.common import app_on, known_page, usable_url
from pagewitness.cli.output import err
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext
from pagewitness.validation_messages import explain
from pagewitness.watchlist import fields
from pagewitness.watchlist.page_tables import PageSettings


def add(
    *,
    url: str,
    every: str | None,
    cron: str | None,
    timezone: str,
    window: list[str] | None,
    label: str,
    fact: list[str] | None,
    allow_private: bool,
    ignore_robots: bool,
    again: bool,
    db: str | None,
) -> None:
    """See `pagewitness.cli.commands.monitoring.add`."""
    address = usable_url(url)
    if fields.is_private(address) and not allow_private:
        raise ConfigurationError(f"{address} is a private address; say --allow-private if you mean it")
    schedule = _asked_schedule(every=every, cron=cron, timezone=timezone, windows=window or [])
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


def _asked_schedule(**asked: str | list[str] | None) -> Schedule:
    """Return the schedule given by options, validated like a watchlist's `[[page]]`.

    Raises:
        ConfigurationError: An option is wrong, or two options exclude each other.
    """
    try:
        return PageSettings.model_validate(asked).schedule
    except ValidationError as error:
        raise ConfigurationError("; ".join(_option_fault(fault) for fault in error.errors())) from None


def _option_fault(fault: ErrorDetails) -> str:
    name = fault["loc"][0] if fault["loc"] else None
    option = {"windows": "window"}.get(str(name), name)
    message = cut(explain(fault), 500)
    return f"--{option}: {message}" if option else message


def pause(*, url: str, db: str | None) -> None:
    """See `pagewitness.cli.commands.monitoring.pause`."""
    with app_on(db) as parts:
        page = _unretired(parts, url)
        parts.store.pause(page.id)
        err.print(
            f"{page.url} is paused; `pagewitness resume {page.url}` goes on{_declared(page, 'with paused = true')}"
        )


def resume(*, url: str, db: str | None) -> None:
    """See `pagewitness.cli.commands.monitoring.resume`."""
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
