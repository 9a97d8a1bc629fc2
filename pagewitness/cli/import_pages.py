"""The `import` command."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from monitor.model import Cause, Origin, Page
from pagewitness.cli.common import app_on, settings_for
from pagewitness.cli.output import err, progress_bar
from pagewitness.clock import system_clock
from pagewitness.composition import owner_name
from pagewitness.importing.manifest import read_manifest
from pagewitness.importing.saved_pages import import_saved_pages
from storage.queries.history import History


def import_pages(*, places: list[Path], db: str | None) -> None:
    """See `pagewitness.cli.commands.archive.import_pages`."""
    # A saved page that is named twice is imported once.
    max_bytes = settings_for(db).max_body_bytes
    named = dict.fromkeys(saved_page for place in places for saved_page in read_manifest(place, max_bytes=max_bytes))
    saved_pages = sorted(named, key=lambda saved_page: saved_page.date)
    with app_on(db, create=True) as parts, progress_bar() as bar:
        task = bar.add_task("importing", total=len(saved_pages))
        imported = import_saved_pages(
            saved_pages,
            parts.store,
            lambda page: _times(parts.history, page),
            now=system_clock(),
            absences_before_lost=parts.settings.absences_before_lost,
            progress=lambda: bar.advance(task),
            reprocess=lambda page: parts.reprocessor().reprocess(page, cause=Cause.PAGE),
            owner=owner_name(),
            analyze=parts.analyze,
            max_bytes=max_bytes,
        )
    counts = [f"{imported.archived} snapshots imported", f"{imported.events} events"]
    if imported.already_imported:
        counts.append(f"{imported.already_imported} already imported")
    if imported.late:
        counts.append(
            f"{imported.late} between others, so their pages were reprocessed: {imported.superseded} events superseded"
        )
    err.print(", ".join(counts))
    for problem in imported.problems:
        err.print(problem)


def _times(history: History, page: Page) -> tuple[set[datetime], datetime | None]:
    snapshots = history.snapshots(page.id)
    imported = {snapshot.taken_at for snapshot in snapshots if snapshot.origin is Origin.IMPORT}
    return imported, max((snapshot.taken_at for snapshot in snapshots), default=None)
