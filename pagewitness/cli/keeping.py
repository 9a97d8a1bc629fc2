"""Commands that keep the archive safe, or take something out of it: backup, restore, move, forget."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from monitor.errors import ConfigurationError
from pagewitness.cli.common import Db, err, parts_on, print_table, progress_bar, settings_for, usable_url
from pagewitness.clock import system_clock
from pagewitness.files import Unreadable, check_regular
from pagewitness.wiring import Parts
from storage import backup as backups
from storage import forget as forgetting
from storage import move as moves
from storage.connection import sqlite_path
from storage.forget import Removal

_TOLD = ("pages", "snapshots", "bodies", "events", "alerts")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(backup)
    app.command()(restore)
    app.command()(move)
    app.command()(forget)


def backup(
    file: Path,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
    pg_dump: Annotated[
        bool, typer.Option("--pg-dump", help="Write PostgreSQL's own format, by pg_dump; pg_restore reads it.")
    ] = False,
    db: Db = None,
) -> None:
    """Write everything into one new file, check it, and say what it holds. The service may run meanwhile."""
    url = settings_for(db).database_url
    if pg_dump:
        kept = backups.dump(url, file, force=force)
    else:
        with _progress("writing") as progress:
            kept = backups.backup(url, file, force=force, progress=progress)
    held = f", {_said(dict(kept.rows))}" if kept.rows else ""
    err.print(f"{kept.file}: {kept.size_bytes:,} bytes, schema {kept.schema}{held}; checked")


def restore(file: Path, db: Db = None) -> None:
    """Fill an empty database from a backup. The file itself stays as it is."""
    url = settings_for(db).database_url
    try:
        check_regular(file, sys.maxsize)
    except Unreadable as error:
        raise ConfigurationError(f"{file}: {error}") from None
    with _progress("restoring") as progress:
        rows = backups.restore(file, url, progress=progress)
    err.print(f"restored {_said(rows)}")


def move(
    source: Annotated[str, typer.Argument(metavar="FROM", help="sqlite:///FILE or postgresql://…; it is only read.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="A new or empty database.")],
    force: Annotated[
        bool, typer.Option("--force", help="Go on though a service uses FROM; what it still does is left behind.")
    ] = False,
) -> None:
    """Copy everything into another database, from SQLite to PostgreSQL or back, and compare what arrived."""
    _check_urls(source, target)
    with _progress("moving") as progress:
        rows = moves.move(source, target, force=force, progress=progress)
    err.print(f"moved {_said(rows)}; now set PAGEWITNESS_DATABASE_URL to the new database")


def forget(
    url: str,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the tombstone that stays.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without, only what would go is shown.")] = False,
    db: Db = None,
) -> None:
    """Remove a page's content for good; a tombstone with dates and digests stays. Shows what would go, unless --yes."""
    address = usable_url(url)
    with parts_on(db) as parts:
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


def _forgotten_before(parts: Parts, address: str, *, yes: bool) -> None:
    """A removal that was interrupted before the files were cleaned is finished by asking again.

    Raises:
        ConfigurationError: The page was never known.
    """
    found = parts.history.tombstone(address)
    if found is None:
        raise ConfigurationError(f"{address} is not watched here; `pagewitness pages` lists what is")
    err.print(f"{address} was {found.said}; nothing else is kept of it")
    if yes:
        _scrub(parts)


def _scrub(parts: Parts) -> None:
    """Clean the files, and say where else the content may still be."""
    if forgetting.scrub(parts.database):
        for copy in _copies(parts):
            err.print(f"{copy} may still hold it: remove that file too")
        err.print("backups made before still hold it: remove those too")
    elif parts.database.engine.dialect.name == "sqlite":
        err.print("somebody else is reading the database, so its log may still hold it: stop them and say this again")
    else:
        err.print(
            "PostgreSQL's files hold it until they are written anew: run VACUUM FULL, and mind backups and archived logs"
        )


def _copies(parts: Parts) -> list[Path]:
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


def _said(rows: dict[str, int]) -> str:
    return ", ".join(f"{rows[name]:,} {name}" for name in _TOLD if name in rows)


def _check_urls(*urls: str) -> None:
    """Have each URL looked at as the setting is.

    Raises:
        ConfigurationError: One is no database's.
    """
    for url in urls:
        settings_for(url)


@contextmanager
def _progress(doing: str) -> Iterator[moves.Progress]:
    """A bar on stderr that a progress function moves."""
    with progress_bar() as bar:
        task = bar.add_task(doing, total=None)
        yield lambda what, done, of: bar.update(task, description=f"{doing} {what}", completed=done, total=of)
