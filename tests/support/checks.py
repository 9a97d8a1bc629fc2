"""A check from its fetch on, in this process: archived (T1) and processed (T2) at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from monitor.model import FetchResult, Outcome, Page
from monitor.pipeline.archive import CheckResult, archive
from monitor.pipeline.process import Processing
from pagewitness.service.extractor import ExtractLoop
from pagewitness.service.page_processor import PageProcessor


def take(
    page: Page, result: FetchResult, *, store: Any, now: datetime, next_check_at: datetime | None, **more: Any
) -> CheckResult:
    """Archive what was received, and process what is unprocessed of the page; `more` is what `archive` and `Processing` take."""
    how = {name: more.pop(name) for name in ("analyze", "absences_before_lost") if name in more}
    snapshot = archive(page, result, store=store, now=now, next_check_at=next_check_at, **more)
    if snapshot.read_at is not None:
        return CheckResult(snapshot, result, ())
    processor = PageProcessor(store, Processing(store, lambda: now, **how), owner="a test")
    bodies = {snapshot.id: result.final.body if snapshot.outcome is not Outcome.NOT_MODIFIED else None}
    with processor.claim(page) as claimed:
        return CheckResult(
            snapshot, result, tuple(outcome for _, outcome in processor.backlog(page, claimed, bodies=bodies))
        )


def process_all(store: Any, clock: Callable[[], datetime], **how: Any) -> int:
    """Process all that waits as an extractor does; returns how many snapshots were processed or tried. `how` is what `Processing` takes."""
    processor = PageProcessor(store, Processing(store, clock, **how), owner="an extractor")
    return ExtractLoop(store, processor, owner="an extractor", lease=timedelta(seconds=30)).drain()
