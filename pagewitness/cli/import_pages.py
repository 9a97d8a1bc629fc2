"""The `import` command."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import ConfigurationError
from monitor.model import Cause, Origin, Page
from pagewitness.cli.common import app_on, settings_for
from pagewitness.cli.output import err, progress_bar
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, owner_name
from pagewitness.files import Unreadable, check_regular
from pagewitness.importing.claims import PREFIX, release_killed_imports
from pagewitness.importing.manifest import SavedPage, read_manifest
from pagewitness.importing.saved_pages import SnapshotImporter, import_saved_pages, reprocess_all
from pagewitness.importing.web_archives import ArchiveImporter
from storage.queries.history import History
from storage.warc.framing import is_archive

if TYPE_CHECKING:
    from rich.progress import Progress

    from pagewitness.maintenance.reprocessing import ReprocessResult


def import_pages(*, places: list[Path], exchanges_only: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.archive.import_pages`."""
    max_bytes = settings_for(db).max_body_bytes
    archives = [place for place in dict.fromkeys(places) if _is_archive(place)]
    if exchanges_only and len(archives) < len(places):
        raise ConfigurationError("--exchanges-only is for WARC files; a folder with a manifest contains pages only")
    # A saved page that is named twice is imported once.
    named = dict.fromkeys(
        saved_page
        for place in places
        if place not in archives
        for saved_page in read_manifest(place, max_bytes=max_bytes)
    )
    saved_pages = sorted(named, key=lambda saved_page: saved_page.date)
    with app_on(db, create=True) as parts, progress_bar() as bar:
        release_killed_imports(parts.store, _owner())
        if saved_pages or not archives:
            _import_saved(parts, saved_pages, max_bytes, bar)
        if archives:
            _import_archives(parts, archives, bar, exchanges_only=exchanges_only)


def _owner() -> str:
    return f"{PREFIX}{owner_name()}"


def _reprocess(parts: AppContext) -> Callable[[Page], ReprocessResult]:
    reprocessor = replace(parts.reprocessor(), owner=_owner())
    return lambda page: reprocessor.reprocess(page, cause=Cause.PAGE)


def _is_archive(place: Path) -> bool:
    """Return whether a path leads to a WARC or ARC file. Other paths are left to the reader of manifests, which names what is wrong with them."""
    try:
        check_regular(place, sys.maxsize)
    except Unreadable:
        return False
    return is_archive(place)


def _import_saved(parts: AppContext, saved_pages: list[SavedPage], max_bytes: int, bar: Progress) -> None:
    task = bar.add_task("importing", total=len(saved_pages))
    imported = import_saved_pages(
        saved_pages,
        parts.store,
        lambda page: _times(parts.history, page),
        now=system_clock(),
        absences_before_lost=parts.settings.absences_before_lost,
        progress=lambda: bar.advance(task),
        reprocess=_reprocess(parts),
        owner=_owner(),
        analyze=parts.analyze,
        max_bytes=max_bytes,
    )
    counts = _counts(imported.archived, imported.events, imported.late, imported.superseded)
    if imported.already_imported:
        counts.insert(2, f"{imported.already_imported} already imported")
    err.print(", ".join(counts))
    for problem in imported.problems:
        err.print(problem)


def _import_archives(parts: AppContext, files: list[Path], bar: Progress, *, exchanges_only: bool) -> None:
    task = bar.add_task("importing", total=2 * sum(file.stat().st_size for file in files))
    now, settings = system_clock(), parts.settings
    snapshots = SnapshotImporter(parts.store, now, settings.absences_before_lost, _owner(), parts.analyze)
    importer = ArchiveImporter(
        parts.store,
        snapshots,
        now=now,
        exchanges_only=exchanges_only,
        max_bytes=settings.max_body_bytes,
        progress=lambda done: bar.advance(task, done),
    )
    try:
        importer.add(files)
    finally:
        replaced, problems = reprocess_all(snapshots.incomplete.values(), _reprocess(parts))
    result = importer.result
    events = snapshots.events + sum(history.events for history in replaced)
    counts = _counts(snapshots.archived, events, snapshots.late, sum(history.superseded for history in replaced))
    counts.insert(1, f"{result.exchanges:,} other exchanges")
    counts += [f"{result.already_imported:,} responses already archived"] if result.already_imported else []
    counts += [f"{number:,} {kind} records skipped" for kind, number in sorted(result.skipped.items())]
    counts += [f"{result.damaged:,} damaged"] if result.damaged else []
    counts += [f"{result.doubtful:,} doubtful"] if result.doubtful else []
    err.print(", ".join(counts))
    for problem in (*result.problems, *snapshots.failed, *problems):
        err.print(problem)
    if result.damaged + result.doubtful > len(result.problems):
        err.print(f"… and {result.damaged + result.doubtful - len(result.problems):,} more")


def _counts(archived: int, events: int, late: int, superseded: int) -> list[str]:
    counts = [f"{archived} snapshots imported", f"{events} events"]
    if late:
        counts.append(f"{late} between others, so their pages were reprocessed: {superseded} events superseded")
    return counts


def _times(history: History, page: Page) -> tuple[set[datetime], datetime | None]:
    snapshots = history.snapshots(page.id)
    imported = {snapshot.taken_at for snapshot in snapshots if snapshot.origin is Origin.IMPORT}
    return imported, max((snapshot.taken_at for snapshot in snapshots), default=None)
