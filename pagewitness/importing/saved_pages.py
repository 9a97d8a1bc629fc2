"""Import of saved pages from a folder, in time order. They are processed like live pages, but their origin prevents alerts."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from monitor.errors import PageDamaged, PagewitnessError
from monitor.model import Exchange, FetchResult, Origin, Page, PageSource, Schedule
from monitor.pipeline.analyze import analyze
from monitor.pipeline.archive import archive, classify_outcome
from monitor.pipeline.process import Analyze, Processing
from pagewitness.files import Unreadable, read_regular
from pagewitness.importing.manifest import DEFAULT_MAX_BYTES, SavedPage
from pagewitness.maintenance.reprocessing import PageBusy, ReprocessResult
from pagewitness.service.page_processor import ExtractionFailed, PageProcessor
from pagewitness.validation_messages import escaped_line
from storage.maintenance.page_history import Replaced
from storage.store import SqlStore

_ATTEMPTS, _RETRY_SECONDS = 20, 3.0  # to reprocess a page whose host is being visited


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import.

    Attributes:
        archived: Saved pages archived and processed.
        already_imported: Saved pages that an earlier import had archived.
        late: Of those archived, saved pages older than their page's newest snapshot; each of these pages is reprocessed.
        events: Events created.
        superseded: Events that are no longer part of the reprocessed histories.
        problems: Saved pages that could not be extracted, and pages that could not be reprocessed, one line each.
    """

    archived: int
    already_imported: int
    late: int
    events: int
    superseded: int = 0
    problems: tuple[str, ...] = ()


def import_saved_pages(
    saved_pages: list[SavedPage],
    store: SqlStore,
    snapshot_times: Callable[[Page], tuple[set[datetime], datetime | None]],
    *,
    now: datetime,
    absences_before_lost: int,
    progress: Callable[[], None],
    reprocess: Callable[[Page], ReprocessResult],
    owner: str,
    analyze: Analyze = analyze,
    max_bytes: int = DEFAULT_MAX_BYTES,
    wait: Callable[[float], object] = time.sleep,
) -> Imported:
    """Import saved pages in order.

    Args:
        saved_pages: Oldest first.
        store: Where the results are kept.
        snapshot_times: Returns the times of a page's imported snapshots, and that of its newest snapshot of any origin (None if there is none).
        now: The time at which new pages are recorded as added.
        absences_before_lost: See `monitor.tracking.fact_state.advance`.
        progress: Called once per saved page.
        reprocess: Reprocesses a page; called for each page with a saved page older than its newest snapshot, and again for up to a minute while it raises PageBusy.
        owner: The name under which pages are claimed.
        analyze: Analyzes bodies.
        max_bytes: Maximum size of a saved page in bytes.
        wait: Waits for a number of seconds.

    Raises:
        PagewitnessError: A file can no longer be read, or a page is held by another process for too long; the saved pages before it stay imported.
    """
    snapshots = SnapshotImporter(store, now, absences_before_lost, owner, analyze)
    importer = _Importer(snapshots, store, snapshot_times, now, max_bytes)
    try:
        for saved_page in saved_pages:
            importer.add(saved_page)
            progress()
    except PagewitnessError:
        # The next import skips these saved pages as known, so it would not reprocess their pages.
        reprocess_all(snapshots.incomplete.values(), reprocess, wait)
        raise
    replaced, problems = reprocess_all(snapshots.incomplete.values(), reprocess, wait)
    return Imported(
        snapshots.archived,
        importer.already_imported,
        snapshots.late,
        snapshots.events + sum(history.events for history in replaced),
        sum(history.superseded for history in replaced),
        (*snapshots.failed, *problems),
    )


class SnapshotImporter:
    """Archives and processes the responses of the past, and counts them.

    Attributes:
        archived, late, events: As in `Imported`.
        failed: Snapshots that could not be extracted, one line each.
        incomplete: Pages with a late snapshot, by page id, to be reprocessed as a whole.
    """

    def __init__(self, store: SqlStore, now: datetime, absences_before_lost: int, owner: str, analyze: Analyze) -> None:
        """Create it; parameters as in `import_saved_pages`."""
        self.late = self.archived = self.events = 0
        self.failed: list[str] = []
        self.incomplete: dict[int, Page] = {}
        self._store = store
        self._at = now
        processing = Processing(store, lambda: self._at, absences_before_lost, analyze)
        self._processor = PageProcessor(store, processing, owner=owner)

    def add(self, page: Page, result: Callable[[], FetchResult], at: datetime, newest: datetime | None) -> None:
        """Archive and process a snapshot; one older than its page's newest is processed later.

        Args:
            page: Its page.
            result: Returns what was received.
            at: The time of the snapshot.
            newest: The time of the page's newest snapshot; None if it has none.
        """
        self.archived += 1
        if newest is not None and at < newest:
            _archive_late(page, result(), at, self._store)
            self.incomplete[page.id] = page
            self.late += 1
            return
        self._at = at
        with self._processor.claim(page) as claimed:
            archive(page, result(), store=self._store, now=at, next_check_at=None, origin=Origin.IMPORT)
            try:
                self.events += sum(len(outcome.events) for _, outcome in self._processor.backlog(page, claimed))
            except ExtractionFailed as error:  # it was counted, and is retried with the next snapshot
                self.failed.append(str(error))


class _Importer:
    """Imports saved pages one after another; parameters as in `import_saved_pages`."""

    def __init__(
        self,
        snapshots: SnapshotImporter,
        store: SqlStore,
        snapshot_times: Callable[[Page], tuple[set[datetime], datetime | None]],
        now: datetime,
        max_bytes: int,
    ) -> None:
        self.already_imported = 0
        self._snapshots = snapshots
        self._store = store
        self._snapshot_times = snapshot_times
        self._now = now
        self._max_bytes = max_bytes
        self._pages: dict[str, tuple[Page, set[datetime], datetime | None]] = {}

    def add(self, saved_page: SavedPage) -> None:
        """Import a saved page, unless an earlier import did."""
        page, times, newest = self._page(saved_page.url)
        if saved_page.date in times:
            self.already_imported += 1
        else:
            result = partial(fetch_result_of, saved_page, self._max_bytes)
            self._snapshots.add(page, result, saved_page.date, newest)

    def _page(self, url: str) -> tuple[Page, set[datetime], datetime | None]:
        """Return the page with the times of its snapshots before the import."""
        if url not in self._pages:
            page = imported_page(url, self._store, self._now)
            self._pages[url] = (page, *self._snapshot_times(page))
        return self._pages[url]


def reprocess_all(
    pages: Iterable[Page],
    reprocess: Callable[[Page], ReprocessResult],
    wait: Callable[[float], object] = time.sleep,
) -> tuple[list[Replaced], list[str]]:
    """Reprocess pages; return what changed and the errors. A damaged or busy page does not affect the others."""
    replaced: list[Replaced] = []
    problems: list[str] = []
    remaining = list(pages)
    for attempt in range(1, _ATTEMPTS + 1):
        busy: list[Page] = []
        for page in remaining:
            try:
                result = reprocess(page)
            except PageBusy as error:
                busy.append(page)
                if attempt == _ATTEMPTS:
                    problems.append(f"{error}: `pagewitness reprocess {page.url}` completes the import")
            except PageDamaged as error:
                problems.append(str(error))
            else:
                replaced += [result.replaced] if result.replaced is not None else []
        remaining = busy
        if not busy:
            break
        if attempt < _ATTEMPTS:
            wait(_RETRY_SECONDS)
    return replaced, problems


def _archive_late(page: Page, result: FetchResult, date: datetime, store: SqlStore) -> None:
    """Archive a saved page older than the page's newest snapshot. It is processed when the whole page is reprocessed."""
    store.archive(
        page,
        classify_outcome(result, None, None),
        taken_at=date,
        origin=Origin.IMPORT,
        reader="",
        next_check_at=None,
        late=True,
    )


def fetch_result_of(saved_page: SavedPage, max_bytes: int = DEFAULT_MAX_BYTES) -> FetchResult:
    """Return a saved page as a fetch result.

    Raises:
        PagewitnessError: The file cannot be read.
    """
    try:
        body = read_regular(saved_page.file, max_bytes)
    except Unreadable as error:
        raise PagewitnessError(escaped_line(f"{saved_page.file}: {error}; import again to go on from here")) from None
    return FetchResult(
        (
            Exchange(
                url=saved_page.url,
                request_headers=(),
                started_at=saved_page.date,
                elapsed_ms=0,
                status=saved_page.status,
                response_headers=(("Content-Type", saved_page.content_type),),
                entity_sha256=hashlib.sha256(body).hexdigest(),
                entity_bytes=len(body),
                body=body,
            ),
        )
    )


def imported_page(url: str, store: SqlStore, now: datetime) -> Page:
    """Return the page, or a new one that tracks every declared fact and is never due."""
    return store.page_by_url(url) or store.add_page(
        url,
        schedule=Schedule(),
        facts=tuple(fact.name for fact in store.all_facts()),
        source=PageSource.IMPORTED,
        now=now,
    )
