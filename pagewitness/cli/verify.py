"""The `verify` command: checks the integrity of the stored data."""

from __future__ import annotations

import random  # noqa: TID251 (chance enters here)
import time
from typing import Annotated

import typer

from monitor.model import JsonValue
from monitor.times import iso_utc
from pagewitness.cli.common import Db, Json, err, print_json, progress_bar, settings_for
from rendering.text_safety import one_line
from storage.maintenance.verify import Damage, Outcome
from storage.maintenance.verify import verify as verify_database


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(verify)


def verify(
    sample: Annotated[
        float,
        typer.Option(
            "--sample", metavar="SHARE", help="Check this share of bodies and versions, chosen by chance: 0.05."
        ),
    ] = 1.0,
    processes: Annotated[
        int | None,
        typer.Option("--processes", min=1, max=64, help="How many to use; else as many as the machine has, up to 4."),
    ] = None,
    json: Json = False,
    db: Db = None,
) -> None:
    """Verify every body against its SHA-256, and all versions, references and the database. Prints a line for each error; exits 1 if there is one."""
    url = settings_for(db).database_url
    began = time.monotonic()
    with progress_bar() as bar:
        task = bar.add_task("verifying", total=None)
        outcome = verify_database(
            url,
            sample=sample,
            chance=random.random,
            processes=processes,
            progress=lambda what, done, of: bar.update(task, description=f"verifying {what}", completed=done, total=of),
            on_damage=print_json_damage if json else print_found,
        )
    err.print(_summary(outcome, time.monotonic() - began))
    if outcome.damages:
        raise typer.Exit(1)


def print_found(damage: Damage) -> None:
    """Print a damage to stdout, as a result."""
    typer.echo(one_line(str(damage)))


def print_damage(damage: Damage) -> None:
    """Print a damage to stderr, beside the output of another command."""
    err.print(f"damaged: {one_line(str(damage))}")


def print_json_damage(damage: Damage) -> None:
    """Print a damage to stdout as a JSON object."""
    print_json([as_json(damage)])


def as_json(damage: Damage) -> dict[str, JsonValue]:
    """Return the keys that docs/reference/json.md lists."""
    return {
        "kind": damage.kind,
        "reason": damage.reason,
        "table": damage.table or None,
        "key": damage.key or None,
        "sha256": damage.sha256 or None,
        "url": damage.url or None,
        "snapshot": damage.snapshot_id,
        "at": None if damage.at is None else iso_utc(damage.at),
    }


def _summary(outcome: Outcome, seconds: float) -> str:
    rate = outcome.bytes / max(seconds, 0.001) / 1e6
    found = f"{len(outcome.damages):,} damaged" if outcome.damages else "all sound"
    return (
        f"verified {outcome.bodies:,} bodies ({outcome.bytes / 1e6:,.0f} MB decoded, {rate:,.0f} MB/s), "
        f"{outcome.versions:,} versions and {outcome.rows:,} rows: {found}"
    )
