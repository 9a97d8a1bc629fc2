"""The `import` command."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.model import Cause, Origin, Page
from pagewitness.cli.common import Db, app_on, err, progress_bar, settings_for
from pagewitness.clock import system_clock
from pagewitness.composition import owner_name
from pagewitness.importing.captures import import_captures, read_manifest
from storage.queries.history import History


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command(name="import")(import_pages)


def import_pages(
    places: Annotated[
        list[Path], typer.Argument(metavar="DIR|FILE...", help="A folder with a manifest.jsonl, or such a file.")
    ],
    db: Db = None,
) -> None:
    """Import saved pages, oldest first. Each line of the manifest has "url", "date" and "file". Imported pages send no alerts."""
    # A capture that is named twice is imported once.
    max_bytes = settings_for(db).max_body_bytes
    named = dict.fromkeys(capture for place in places for capture in read_manifest(place, max_bytes=max_bytes))
    captures = sorted(named, key=lambda capture: capture.date)
    with app_on(db, create=True) as parts, progress_bar() as bar:
        task = bar.add_task("importing", total=len(captures))
        imported = import_captures(
            captures,
            parts.store,
            lambda page: _times(parts.history, page),
            now=system_clock(),
            absences_before_lost=parts.settings.absences_before_lost,
            progress=lambda: bar.advance(task),
            reprocess=lambda page: parts.reprocessor().reprocess(page, cause=Cause.PAGE),
            owner=owner_name(),
            understand=parts.understand,
            max_bytes=max_bytes,
        )
    parts_said = [f"{imported.taken} snapshots imported", f"{imported.events} events"]
    if imported.known:
        parts_said.append(f"{imported.known} known already")
    if imported.late:
        parts_said.append(
            f"{imported.late} between others, so their pages were read anew: {imported.superseded} events superseded"
        )
    err.print(", ".join(parts_said))
    for trouble in imported.trouble:
        err.print(trouble)


def _times(history: History, page: Page) -> tuple[set[datetime], datetime | None]:
    snapshots = history.snapshots(page.id)
    imported = {snapshot.taken_at for snapshot in snapshots if snapshot.origin is Origin.IMPORT}
    return imported, max((snapshot.taken_at for snapshot in snapshots), default=None)
