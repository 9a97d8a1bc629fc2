# ruff: noqa: PLC0415 (the modules that do the work are slow to import)
"""The commands that show how pages are extracted and what they state: inspect, compare, diff, show. Declarations only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pagewitness.cli.options import Db, Json, WatchlistOption


def inspect(
    places: Annotated[list[str], typer.Argument(metavar="FILE|URL...")],
    watchlist: WatchlistOption = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Let a URL's own host and port be a private address.")
    ] = False,
    json: Json = False,
    html: Annotated[
        bool, typer.Option("--html", help="Write an HTML report: one file, without scripts, that needs nothing else.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="Where to write --html; else stdout.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="A CSS selector or JSON path of what to monitor; may be given more than once."),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(help="A CSS selector or JSON path of what not to monitor; may be given more than once."),
    ] = None,
) -> None:
    """Show how a page is extracted. Prints its blocks with their kinds, its numbers, and the declared facts. A URL of the watchlist has its `only` and `without`. Exits 1 unless every page is ok."""
    from pagewitness.cli import inspect_pages

    inspect_pages.inspect(
        places=places,
        watchlist=watchlist,
        allow_private=allow_private,
        json=json,
        html=html,
        output=output,
        only=only,
        without=without,
    )


def compare(
    files: Annotated[
        list[str], typer.Argument(metavar="OLD NEW...", help="Pairs of files or URLs; pairs may follow on.")
    ],
    watchlist: WatchlistOption = None,
    json: Json = False,
) -> None:
    """Show the changes that would be reported between two files. Exits 1 if there are any."""
    from pagewitness.cli import inspect_pages

    inspect_pages.compare(files=files, watchlist=watchlist, json=json)


def diff(
    url: str,
    old: Annotated[
        str | None, typer.Argument(metavar="[FROM]", help="A time; without, the version before the last.")
    ] = None,
    new: Annotated[str | None, typer.Argument(metavar="[TO]", help="A time; without, the newest.")] = None,
    side_by_side: Annotated[
        bool, typer.Option("--side-by-side", "-y", help="Both snapshots in columns, as wide as the terminal.")
    ] = False,
    json: Json = False,
    db: Db = None,
) -> None:
    """Show the differences between two archived snapshots of a page. Exits 1 if there are any."""
    from pagewitness.cli import inspect_pages

    inspect_pages.diff(url=url, old=old, new=new, side_by_side=side_by_side, json=json, db=db)


def show(
    url: str,
    at: Annotated[str | None, typer.Option(help="A time: the snapshot at or before it. Without, the newest.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="The bytes as the server sent them, decoded.")] = False,
    text: Annotated[bool, typer.Option("--text", help="The cleaned text. This is the default.")] = False,
    db: Db = None,
) -> None:
    """Show the content of an archived page."""
    from pagewitness.cli import inspect_pages

    inspect_pages.show(url=url, at=at, raw=raw, text=text, db=db)
