# ruff: noqa: PLC0415 (the modules that do the work are slow to import)
"""The commands that monitor pages: run, apply, check, add, pause, resume, serve, migrate. Declarations only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pagewitness.cli.options import Db, Json


def run(db: Db = None) -> None:
    """Run the service. A supervisor starts fetcher, extractors, deliveries and web. Applies PAGEWITNESS_WATCHLIST first, if set."""
    from pagewitness.cli import run

    run.run(db=db)


def apply(file: Annotated[Path, typer.Argument(metavar="WATCHLIST")], db: Db = None) -> None:
    """Sync a watchlist into the database. Pages that it no longer names are retired; their history stays."""
    from pagewitness.cli import run

    run.apply(file=file, db=db)


def check(
    urls: Annotated[list[str] | None, typer.Argument(metavar="[URL]...")] = None,
    send: Annotated[bool, typer.Option("--send/--no-send", help="Also send the alerts that come of it.")] = True,
    requisites: Annotated[
        bool,
        typer.Option(
            "--requisites/--no-requisites", help="Also archive the style sheets, images and fonts that the pages need."
        ),
    ] = True,
    json: Json = False,
    db: Db = None,
) -> None:
    """Check pages now, once: the given URLs, or all monitored pages. Exits 1 if every check failed."""
    from pagewitness.cli import check

    check.check(urls=urls, send=send, requisites=requisites, json=json, db=db)


def add(
    places: Annotated[
        list[str],
        typer.Argument(
            metavar="URL|FILE|-...",
            help="A URL, or a list of pages: text, CSV, or a browser's bookmark export; - is standard input.",
        ),
    ],
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
    tag: Annotated[
        list[str] | None, typer.Option(help="A group that it belongs to; may be given more than once.")
    ] = None,
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
    watchlist: Annotated[
        Path | None,
        typer.Option(
            "--watchlist",
            metavar="FILE",
            help="The watchlist whose [defaults] and [[host]] apply; without, that of PAGEWITNESS_WATCHLIST.",
        ),
    ] = None,
    db: Db = None,
) -> None:
    """Monitor more pages; `apply` never retires them. Adds all of them, or none if one is invalid. Options hold for entries that have no such column."""
    from pagewitness.cli import pages

    pages.add(
        places=places,
        every=every,
        cron=cron,
        timezone=timezone,
        window=window,
        label=label,
        tag=tag,
        fact=fact,
        allow_private=allow_private,
        ignore_robots=ignore_robots,
        again=again,
        db=db,
        watchlist=watchlist,
    )


def pause(url: str, db: Db = None) -> None:
    """Stop checking a page until it is resumed. Its history stays."""
    from pagewitness.cli import pages

    pages.pause(url=url, db=db)


def resume(url: str, db: Db = None) -> None:
    """Resume the checks of a paused page; it is due at once."""
    from pagewitness.cli import pages

    pages.resume(url=url, db=db)


def serve(db: Db = None) -> None:
    """Run only the web interface: pages, changes and replay."""
    from pagewitness.cli import run

    run.serve(db=db)


def migrate(db: Db = None) -> None:
    """Migrate the database to this version's schema. An SQLite file is copied first."""
    from pagewitness.cli import run

    run.migrate(db=db)
