"""Shared parts of all commands: the --db option, the application context, tables, progress and times."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from monitor.errors import ConfigurationError
from monitor.model import FactDefinition, JsonValue, Page
from monitor.urls import usable
from pagewitness import logs
from pagewitness.composition import AppContext, open_app
from pagewitness.settings import Settings, from_env
from pagewitness.times import utc_time
from rendering.text_safety import escaped_json, one_line, visible

Db = Annotated[
    str | None,
    typer.Option(
        "--db", metavar="URL", help="The database; else PAGEWITNESS_DATABASE_URL, else sqlite:///pagewitness.db"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
WatchlistOption = Annotated[
    Path | None,
    typer.Option(
        "--watchlist", metavar="FILE", help="Read the facts that this watchlist declares; else PAGEWITNESS_WATCHLIST's."
    ),
]


_MOST_NAMED = 5


class _Plain(Console):
    """A console that escapes terminal control characters in the texts it prints."""

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*(visible(each) if isinstance(each, str) else each for each in objects), **options)


# A file or pipe has no width to fit; 80 columns would wrap every sentence.
out = _Plain(
    width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else 160, highlight=False, emoji=False, markup=False
)
err = _Plain(stderr=True, soft_wrap=True, highlight=False, emoji=False, markup=False)


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
    from pagewitness.watchlist import loader  # noqa: PLC0415 (slow to import)

    file = path or from_env(os.environ).watchlist
    return loader.load(file).facts if file is not None else ()


def parse_time(text: str) -> datetime:
    """Parse a time as typed: ISO 8601, UTC if it names no zone.

    Raises:
        ConfigurationError: The text is not a time.
    """
    try:
        return utc_time(text)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def print_json(rows: Iterable[Mapping[str, JsonValue]]) -> None:
    r"""Print one JSON object per line, each as soon as it is available. Terminal control characters are written as \u escapes."""
    for row in rows:
        sys.stdout.write(escaped_json(json.dumps(row, ensure_ascii=False)) + "\n")
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print a table to stdout; print `empty` to stderr if there are no rows."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(render_cell(cell)) for cell in row))
    if table.row_count:
        out.print(table)
    else:
        err.print(empty)


def render_cell(value: object) -> str:
    """Return a cell's text, with control characters escaped and times without microseconds."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, list | tuple):
        return ", ".join(render_cell(item) for item in value)
    return one_line(f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value))


def progress_bar() -> Progress:
    """Return a progress bar on stderr. It is drawn only on a terminal and disappears when done."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not sys.stderr.isatty(),
    )
