# ruff: noqa: PLC0415 (the modules that do the work are slow to import)
"""The `rules` commands. Declarations only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pagewitness.cli.options import Db, Json

group = typer.Typer(no_args_is_help=True, help="Rules for alerts.")


@group.command(name="list")
def list_rules(json: Json = False, db: Db = None) -> None:
    """List the rules that the applied watchlist declares; without any, the default rule."""
    from pagewitness.cli import rules

    rules.list_rules(json=json, db=db)


@group.command()
def test(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[WATCHLIST]", help="Test the rules of this file, which need not be applied."),
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Only changes since then, in UTC.")] = None,
    name: Annotated[str | None, typer.Option("--rule", metavar="NAME", help="Only this rule.")] = None,
    json: Json = False,
    db: Db = None,
) -> None:
    """Count what the rules would have sent for all recorded changes, per week. Sends and stores nothing."""
    from pagewitness.cli import rules

    rules.test(file=file, since=since, name=name, json=json, db=db)
