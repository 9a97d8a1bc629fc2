"""The `verify` command: checks the integrity of the stored data."""

from __future__ import annotations

import random  # noqa: TID251 (chance enters here)
import time

import typer
from rich.progress import Progress

from monitor.model import JsonValue
from monitor.times import iso_utc
from pagewitness.cli.common import settings_for
from pagewitness.cli.output import err, hidden, out, print_json, progress_bar
from rendering.text_safety import one_line
from storage.maintenance.verify import Damage, Outcome
from storage.maintenance.verify import verify as verify_database


def verify(*, sample: float, processes: int | None, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.archive.verify`."""
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
            on_damage=lambda damage: _print_result(bar, damage, json=json),
        )
    err.print(_summary(outcome, time.monotonic() - began))
    if outcome.damages:
        raise typer.Exit(1)


def _print_result(bar: Progress, damage: Damage, *, json: bool) -> None:
    with hidden(bar):
        if json:
            print_json([as_json(damage)])
        else:
            out.print(one_line(str(damage)))


def print_damage(damage: Damage) -> None:
    """Print a damage to stderr, beside the output of another command."""
    err.print(f"damaged: {one_line(str(damage))}")


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
