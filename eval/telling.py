"""What a folder of snapshots makes the monitor report: the import itself, on a fresh database, in this process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alerts.model import RecordedEvent
from monitor.model import Cause
from monitor.tracking.fact_state import ABSENCES_BEFORE_LOST
from pagewitness import logs
from pagewitness.composition import AppContext, open_app
from pagewitness.importing.manifest import read_manifest
from pagewitness.importing.saved_pages import import_saved_pages
from pagewitness.settings import Settings
from pagewitness.watchlist import loader
from rendering.event_json import event_json

BEFORE_ANY_CAPTURE = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import reported.

    Attributes:
        events: The recorded events, in the order of their times.
        cpu_seconds: What the import itself took, without opening the database and reading the changes.
    """

    events: tuple[RecordedEvent, ...]
    cpu_seconds: float

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The events as `changes --json` prints them."""
        return [event_json(recorded.event, recorded.page_url) for recorded in self.events]


def reported_by_import(folder: Path, declared: str | None = None) -> ImportReport:
    """Import a folder with a manifest into a fresh database.

    Args:
        folder: Where the snapshots are.
        declared: The text of a watchlist to apply before; None declares no facts.
    """
    with TemporaryDirectory() as scratch:
        settings = Settings(database_url=f"sqlite:///{scratch}/history.db", log_level="error")
        logs.configure(settings)
        with open_app(settings) as app:
            if declared is not None:
                _apply(app, loader.parse(declared, "generated"))
            saved_pages = read_manifest(folder)
            began = time.process_time()
            import_saved_pages(
                saved_pages,
                app.store,
                lambda _: (set(), None),
                now=BEFORE_ANY_CAPTURE,
                absences_before_lost=ABSENCES_BEFORE_LOST,
                progress=lambda: None,
                owner="eval",
                reprocess=lambda page: app.reprocessor().reprocess(page, cause=Cause.PAGE),
            )
            seconds = time.process_time() - began
            return ImportReport(tuple(app.history.events()), seconds)


def _apply(app: AppContext, declared: loader.Watchlist) -> None:
    app.store.apply_declared(declared.pages, declared.facts, declared.channels, declared.rules, now=BEFORE_ANY_CAPTURE)
