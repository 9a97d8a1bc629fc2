"""Shared parts of all commands: settings, the application context, and what users type."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import ConfigurationError
from monitor.model import FactDefinition, Page
from monitor.urls import usable
from pagewitness.composition import AppContext, open_app
from pagewitness.settings import Settings, from_env
from pagewitness.times import utc_time

if TYPE_CHECKING:
    from pagewitness.watchlist.loader import Watchlist

_MOST_NAMED = 5


def settings_for(db: str | None) -> Settings:
    """Return the settings, with the database that --db names.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    environ = dict(os.environ)
    if db is not None:
        environ.pop("PAGEWITNESS_DATABASE_URL_FILE", None)
        environ["PAGEWITNESS_DATABASE_URL"] = db
    return from_env(environ)


@contextmanager
def app_on(db: str | None, *, create: bool = False) -> Iterator[AppContext]:
    """Open the application on the database that --db or the settings name. Its errors are logged to stderr in addition to the command's own messages."""
    import structlog  # noqa: PLC0415

    from pagewitness import logs  # noqa: PLC0415 (slow to import)

    settings = settings_for(db)
    if not structlog.is_configured():
        logs.configure(settings.model_copy(update={"log_level": "error"}))
    with open_app(settings, create=create) as parts:
        yield parts


def known_page(parts: AppContext, url: str) -> Page:
    """Return the page with a URL or label.

    Raises:
        ConfigurationError: The text is not a URL, or the page is not monitored.
    """
    labelled = parts.history.pages_labelled(url)
    if len(labelled) > 1:
        urls = ", ".join(page.url for page in labelled[:_MOST_NAMED])
        raise ConfigurationError(f"{len(labelled)} pages have the label {url!r}; name one by its URL: {urls}")
    page = labelled[0] if labelled else parts.history.page(usable_url(url))
    if page is None:
        raise ConfigurationError(
            f"{url} is not watched here; `pagewitness pages` lists what is, `pagewitness add {url}` adds it"
        )
    return page


def usable_url(url: str) -> str:
    """Normalise a URL as typed.

    Raises:
        ConfigurationError: The text is not a usable URL.
    """
    try:
        return usable(url if "://" in url else f"https://{url}")
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def declared_facts(path: Path | None) -> tuple[FactDefinition, ...]:
    """Return the facts of a watchlist file; empty if neither the option nor the settings name one."""
    declared = declared_watchlist(path)
    return () if declared is None else declared.facts


def declared_watchlist(path: Path | None) -> Watchlist | None:
    """Return the watchlist of a file; None if neither the option nor the settings name one."""
    from pagewitness.watchlist import loader  # noqa: PLC0415 (slow to import)

    file = path or from_env(os.environ).watchlist
    return loader.load(file) if file is not None else None


def parse_time(text: str) -> datetime:
    """Parse a time as typed: ISO 8601, UTC if it names no zone.

    Raises:
        ConfigurationError: The text is not a time.
    """
    try:
        return utc_time(text)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
