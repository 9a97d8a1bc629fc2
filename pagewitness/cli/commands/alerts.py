# ruff: noqa: PLC0415 (the modules that do the work are slow to import)
"""The `alerts` commands. Declarations only."""

from __future__ import annotations

from typing import Annotated

import typer

from pagewitness.cli.options import Db, Json

group = typer.Typer(invoke_without_command=True)


@group.callback()
def list_alerts(
    context: typer.Context,
    limit: Annotated[int | None, typer.Option(help="Only the last so many.", min=1, max=10**9)] = None,
    json: Json = False,
    db: Db = None,
) -> None:
    """List alerts with their rule, channel and delivery state."""
    from pagewitness.cli import alerts

    if context.invoked_subcommand is None:
        alerts.list_alerts(limit=limit, json=json, db=db)
    elif limit is not None or json or db is not None:
        alerts.refuse_options_before(context.invoked_subcommand)


@group.command()
def show(
    key: Annotated[str, typer.Argument(metavar="ID", help="The id of a delivery, or the number of an alert.")],
    json: Json = False,
    db: Db = None,
) -> None:
    """Show everything about a delivery and its alerts: events, snapshots, rules and why they selected the events, attempts and receipt."""
    from pagewitness.cli import alerts

    alerts.show(key=key, json=json, db=db)


@group.command()
def dead(json: Json = False, db: Db = None) -> None:
    """List the deliveries that were refused for good, oldest first."""
    from pagewitness.cli import alerts

    alerts.dead(json=json, db=db)


@group.command()
def retry(
    key: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]…", help="Ids of deliveries, or numbers of alerts.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead deliveries.")] = False,
    db: Db = None,
) -> None:
    """Send dead deliveries again, with the same id and content."""
    from pagewitness.cli import alerts

    alerts.retry(keys=key or [], everything=everything, db=db)
