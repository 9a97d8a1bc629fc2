# ruff: noqa: PLC0415 (the modules that do the work are slow to import)
"""The commands that list stored data: pages, history, facts, changes, feeds, status and channels. Declarations only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from pagewitness.cli.options import Db, Json


def pages(
    url: Annotated[str | None, typer.Argument(help="Only the page with this URL or label.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only pages with this tag.")] = None,
    why: Annotated[
        bool, typer.Option("--why", help="Instead of their status, their settings and where each comes from.")
    ] = False,
    json: Json = False,
    db: Db = None,
) -> None:
    """List the monitored pages and their status."""
    from pagewitness.cli import lists

    lists.pages(url=url, tag=tag, why=why, json=json, db=db)


def history(url: str, json: Json = False, db: Db = None) -> None:
    """List all snapshots of a page, newest first."""
    from pagewitness.cli import lists

    lists.history(url=url, json=json, db=db)


def facts(
    name: Annotated[str | None, typer.Argument(help="Only this fact.")] = None,
    now: Annotated[
        bool, typer.Option("--now", help="What pages state now: whether they agree, and which page stated it first.")
    ] = False,
    chart: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.svg", help="Write the history of NAME as a chart to a file instead, of up to 8 pages."
        ),
    ] = None,
    json: Json = False,
    db: Db = None,
) -> None:
    """Show the fact history: what pages stated, and since when. Tracked facts that a page never stated are listed last."""
    from pagewitness.cli import facts

    facts.facts(name=name, now=now, chart=chart, json=json, db=db)


def search(
    words: Annotated[list[str], typer.Argument(help='As on the web: words, "phrases", prefix*, -word, removed:2024 …')],
    limit: Annotated[int | None, typer.Option(help="Only the first so many.", min=1, max=10**9)] = None,
    json: Json = False,
    db: Db = None,
) -> None:
    """Search the texts of all archived pages, those that appeared last first.

    Filters: page:URL or page:LABEL, tag:NAME, host:NAME, after:DATE and before:DATE (on the page in that time), added:DATE, removed:DATE. A date is 2024,
    2024-05, 2024-05-12 or a range (2023..2024-05). Put quotation marks for phrases into single ones for the shell, and -- before the first word to
    exclude words.
    """
    from pagewitness.cli import search

    search.search(words=words, limit=limit, json=json, db=db)


def changes(
    url: Annotated[str | None, typer.Argument(help="Only this page.")] = None,
    limit: Annotated[int | None, typer.Option(help="Only the last so many.", min=1, max=10**9)] = None,
    superseded: Annotated[bool, typer.Option("--superseded", help="Also events that reprocessing superseded.")] = False,
    why: Annotated[
        bool, typer.Option("--why", help="Also what became of each: its alerts, or why no rule selected it.")
    ] = False,
    json: Json = False,
    db: Db = None,
) -> None:
    """List changes, oldest first."""
    from pagewitness.cli import lists

    lists.changes(url=url, limit=limit, superseded=superseded, why=why, json=json, db=db)


def feed(
    form: Annotated[
        Literal["atom", "json"],
        typer.Option("--format", metavar="FORMAT", help="atom (Atom 1.0) or json (JSON Feed 1.1)."),
    ] = "atom",
    page: Annotated[str | None, typer.Option(metavar="URL", help="Only the page with this URL or label.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only pages with this tag.")] = None,
    fact: Annotated[str | None, typer.Option(metavar="NAME", help="Only changes of this fact.")] = None,
    level: Annotated[
        Literal["fact", "number", "text", "health", "noise"] | None,
        typer.Option(help="Only changes of this level (fact, number, text, health, noise); otherwise all but noise."),
    ] = None,
    limit: Annotated[int, typer.Option(help="Only the last so many.", min=1, max=200)] = 200,
    db: Db = None,
) -> None:
    """Print a feed of changes for feed readers, newest first. Addresses in it start with PAGEWITNESS_BASE_URL, if set."""
    from pagewitness.cli import feed as work

    work.feed(form=form, page=page, tag=tag, fact=fact, level=level, limit=limit, db=db)


def status(json: Json = False, db: Db = None) -> None:
    """Show the status of pages, checks, deliveries and the database. Exits 1 if something needs attention."""
    from pagewitness.cli import status

    status.status(json=json, db=db)


def list_channels(json: Json = False, db: Db = None) -> None:
    """List the channels that the applied watchlist declares, and their health."""
    from pagewitness.cli import channels

    channels.list_channels(json=json, db=db)


def test(name: str, db: Db = None) -> None:
    """Send a test message through a channel now."""
    from pagewitness.cli import channels

    channels.test(name=name, db=db)
