"""The commands that copy the archive or remove content from it: backup, restore, move, forget."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from monitor.errors import ConfigurationError
from pagewitness.cli.common import app_on, settings_for, usable_url
from pagewitness.cli.output import err, print_table, progress_bar
from pagewitness.cli.verify import print_damage
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext
from pagewitness.files import Unreadable, check_regular
from pagewitness.settings import Settings
from storage.database.connection import sqlite_path
from storage.limits import MAX_BODY_BYTES
from storage.maintenance import backup as backups
from storage.maintenance import erasure as forgetting
from storage.maintenance import move as moves
from storage.maintenance.erasure import Removal
from storage.maintenance.pg_dump import dump as dump_postgresql
from storage.maintenance.progress import Progress
from storage.maintenance.verify import Damage

_COUNTED = ("pages", "snapshots", "bodies", "events", "alerts")


def backup(*, file: Path, force: bool, pg_dump: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.archive.backup`."""
    settings = settings_for(db)
    if pg_dump:
        kept = dump_postgresql(settings.database_url, file, force=force)
    else:
        with _progress("writing") as progress:
            kept = backups.backup(
                settings.database_url,
                file,
                force=force,
                max_body_bytes=_longest_body(settings),
                progress=progress,
                on_damage=print_damage,
            )
    held = f", {_counts(dict(kept.rows))}" if kept.rows else ""
    done = (
        "checked" if not kept.damages else f"DAMAGED in {kept.damages:,} places, as the database is; kept all the same"
    )
    err.print(f"{kept.file}: {kept.size_bytes:,} bytes, schema {kept.schema}{held}; {done}")
    if kept.damages:
        raise typer.Exit(1)


def restore(*, file: Path, allow_damage: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.archive.restore`."""
    settings = settings_for(db)
    try:
        check_regular(file, sys.maxsize)
    except Unreadable as error:
        raise ConfigurationError(f"{file}: {error}") from None
    found: list[Damage] = []
    with _progress("restoring") as progress:
        rows = backups.restore(
            file,
            settings.database_url,
            allow_damage=allow_damage,
            max_body_bytes=_longest_body(settings),
            progress=progress,
            on_damage=_report_to(found),
        )
    _end(f"restored {_counts(rows)}", found)


def move(*, source: str, target: str, force: bool, allow_damage: bool) -> None:
    """See `pagewitness.cli.commands.archive.move`."""
    _check_urls(source, target)
    found: list[Damage] = []
    with _progress("moving") as progress:
        rows = moves.move(
            source,
            target,
            force=force,
            allow_damage=allow_damage,
            max_body_bytes=_longest_body(settings_for(source)),
            progress=progress,
            on_damage=_report_to(found),
        )
    _end(f"moved {_counts(rows)}; now set PAGEWITNESS_DATABASE_URL to the new database", found)


def _longest_body(settings: Settings) -> int:
    return max(MAX_BODY_BYTES, settings.max_body_bytes)


def _report_to(found: list[Damage]) -> Callable[[Damage], None]:
    def report(damage: Damage) -> None:
        found.append(damage)
        print_damage(damage)

    return report


def _end(done: str, found: Sequence[Damage]) -> None:
    """Print what was done; exit with 1 if there is damage."""
    err.print(done + (f"; DAMAGED in {len(found):,} places, as it was before" if found else ""))
    if found:
        raise typer.Exit(1)


def forget(*, url: str, reason: str, yes: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.archive.forget`."""
    address = usable_url(url)
    with app_on(db) as parts:
        if parts.history.page(address) is None:
            _forgotten_before(parts, address, yes=yes)
        elif not yes:
            _show(forgetting.preview(parts.database, address))
            err.print("nothing was removed; add --yes to remove it")
        else:
            gone = forgetting.forget(parts.database, address, reason=reason, now=system_clock())
            err.print(
                f"removed {gone.snapshots:,} snapshots, {gone.bodies:,} bodies and {gone.events:,} events of {address}"
            )
            if gone.pending:
                err.print(f"cancelled {gone.pending:,} deliveries that were not sent yet")
            _scrub(parts)


def _forgotten_before(parts: AppContext, address: str, *, yes: bool) -> None:
    """Report an earlier removal. With `yes`, finish one that was interrupted before the files were scrubbed.

    Raises:
        ConfigurationError: The page was never monitored.
    """
    found = parts.history.tombstone(address)
    if found is None:
        raise ConfigurationError(f"{address} is not watched here; `pagewitness pages` lists what is")
    err.print(f"{address} was {found.description}; nothing else is kept of it")
    if yes:
        _scrub(parts)


def _scrub(parts: AppContext) -> None:
    """Scrub the database files, and print where else the content may remain."""
    if forgetting.scrub(parts.database):
        for copy in _copies(parts):
            err.print(f"{copy} may still hold it: remove that file too")
        err.print("backups made before still hold it: remove those too")
    elif parts.database.engine.dialect.name == "sqlite":
        err.print(
            "another process is reading the database, so its log may still hold it: stop that process and run this again"
        )
    else:
        err.print(
            "PostgreSQL's files hold it until they are written anew: run VACUUM FULL, and mind backups and archived logs"
        )


def _copies(parts: AppContext) -> list[Path]:
    path = sqlite_path(parts.database.engine.url)
    return sorted(file for file in path.parent.glob(f"{path.name}.*") if file.is_file())


def _show(removal: Removal) -> None:
    print_table(
        ["what", "how many"],
        [
            ("snapshots", removal.snapshots),
            ("from", removal.first_at),
            ("to", removal.last_at),
            ("requests and responses", removal.exchanges),
            ("bodies", removal.bodies),
            ("their bytes", removal.body_bytes),
            ("bodies that other pages show too, which stay", removal.shared_bodies),
            ("versions", removal.versions),
            ("events", removal.events),
            ("alerts", removal.alerts),
            ("deliveries not sent yet, which are cancelled", removal.pending),
        ],
        empty="",
    )


def _counts(rows: dict[str, int]) -> str:
    return ", ".join(f"{rows[name]:,} {name}" for name in _COUNTED if name in rows)


def _check_urls(*urls: str) -> None:
    """Validate database URLs like the setting.

    Raises:
        ConfigurationError: One of them is not a database URL.
    """
    for url in urls:
        settings_for(url)


@contextmanager
def _progress(doing: str) -> Iterator[Progress]:
    """Show a progress bar on stderr and yield the function that updates it."""
    with progress_bar() as bar:
        task = bar.add_task(doing, total=None)
        yield lambda what, done, of: bar.update(task, description=f"{doing} {what}", completed=done, total=of)
