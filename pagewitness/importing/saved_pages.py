"""Import of saved pages from a folder, in time order. They are processed like live pages, but their origin prevents alerts."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.errors import ConfigurationError, PageDamaged, PagewitnessError
from monitor.limits import cut
from monitor.model import Exchange, FetchResult, Origin, Page, PageSource, Schedule
from monitor.pipeline.analyze import analyze
from monitor.pipeline.archive import archive, classify_outcome
from monitor.pipeline.process import Analyze, Processing
from monitor.urls import usable
from pagewitness.files import Unreadable, check_regular, read_regular
from pagewitness.maintenance.reprocessing import PageBusy, ReprocessResult
from pagewitness.service.page_processor import ExtractionFailed, PageProcessor
from pagewitness.times import utc_time
from pagewitness.validation_messages import one_line, render_value
from storage.maintenance.page_history import Replaced
from storage.store import SqlStore

MANIFEST = "manifest.jsonl"
MAX_MANIFEST_BYTES = 256 * 1024 * 1024
"""Maximum size of a manifest."""
MAX_ROWS = 1_000_000
MAX_LINE_BYTES = 64 * 1024
"""Maximum length of a manifest line, in bytes."""
DEFAULT_MAX_BYTES = 16 * 1024 * 1024
_MAX_FIELD_LENGTH = 1000
_MAX_MESSAGE_LENGTH = 500
_MAX_LISTED = 20  # maximum number of a manifest's problems listed
_ATTEMPTS, _RETRY_SECONDS = 20, 3.0  # to reprocess a page whose host is being visited
# From the epoch, a common default of broken tools, to a year that leaves room below 9999 for any interval added to a date.
_FIRST_YEAR, _LAST_YEAR = 1970, 2999


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One saved page.

    Attributes:
        url: The normalised URL.
        date: When it was saved.
        file: The file with its bytes.
        status: The HTTP status it was served with.
        content_type: The Content-Type it was served with, or the one implied by its file name.
    """

    url: str
    date: datetime
    file: Path
    status: int
    content_type: str


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


def read_manifest(place: Path, *, max_bytes: int = DEFAULT_MAX_BYTES) -> list[SavedPage]:
    """Read the saved pages of a folder or manifest file, oldest first.

    Args:
        place: The folder, or the manifest in it.
        max_bytes: Maximum size of a saved page in bytes.

    Raises:
        ConfigurationError: There is no manifest, or some of its lines are wrong; the message names each.
    """
    manifest = place / MANIFEST if os.path.isdir(place) else place  # noqa: PTH112 (Path.is_dir raises where a name is too long)
    saved_pages: list[SavedPage] = []
    problems: list[str] = []
    for number, line in enumerate(_lines(manifest), 1):
        if not line.strip():
            continue
        try:
            saved_pages.append(_saved_page(_row(line), manifest.parent, max_bytes))
        except ValueError as error:
            problems.append(cut(one_line(f"{manifest}:{number}: {error}"), _MAX_MESSAGE_LENGTH))
    if problems:
        more = [f"… and {len(problems) - _MAX_LISTED} more"] if len(problems) > _MAX_LISTED else []
        raise ConfigurationError("\n".join(problems[:_MAX_LISTED] + more))
    return sorted(saved_pages, key=lambda saved_page: saved_page.date)


def _lines(manifest: Path) -> list[bytes]:
    """Return the lines of a manifest, split as JSON Lines defines: U+2028 and similar characters may occur in a text.

    Raises:
        ConfigurationError: The file does not exist or cannot be read.
    """
    try:
        content = read_regular(manifest, MAX_MANIFEST_BYTES)
    except Unreadable as error:
        hint = f'a folder to import has a {MANIFEST} with lines {{"url", "date", "file"}}'
        raise ConfigurationError(one_line(f"{manifest}: {error}; {hint}")) from None
    rows = content.count(b"\n")
    if rows > MAX_ROWS:
        raise ConfigurationError(one_line(f"{manifest}: it has {rows:,} lines; split it into parts of {MAX_ROWS:,}"))
    return content.split(b"\n")


def _row(line: bytes) -> Mapping[str, Any]:
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"the line has {len(line):,} bytes; it may have {MAX_LINE_BYTES:,}")
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(f"this is not UTF-8 (byte {error.start + 1}); save the manifest as UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not JSON: {error.msg} (column {error.colno})") from None
    except RecursionError:
        raise ValueError('this is nested too deep; a line is one flat object, {"url", "date", "file"}') from None
    except ValueError:  # Python converts no integer of more than 4300 digits
        raise ValueError("a number has too many digits; write a smaller one") from None
    if isinstance(row, dict):
        return row
    raise ValueError('a line is one object, {"url", "date", "file"}')


def _saved_page(row: Mapping[str, Any], folder: Path, max_bytes: int) -> SavedPage:
    name = _text(row, "file")
    file = _file(name, folder, max_bytes)
    guessed = mimetypes.guess_type(file.name)[0] or "text/html"
    return SavedPage(
        url=usable(_text(row, "url")),
        date=_date(_text(row, "date")),
        file=file,
        status=_status(row),
        content_type=_content_type({"content_type": guessed, **row}),
    )


def _file(name: str, folder: Path, max_bytes: int) -> Path:
    """Return a row's file, which must be readable and, with links resolved, inside the folder.

    Raises:
        ValueError: It is not.
    """
    file = folder / name
    try:
        inside = file.resolve().is_relative_to(folder.resolve())
    except (
        OSError,
        RuntimeError,
        ValueError,
    ):  # an impossible file name, or links that form a cycle
        inside = True
    if not inside:
        raise ValueError(f"the file {render_value(name)} lies outside the folder")
    try:
        check_regular(file, max_bytes)
    except Unreadable as error:
        raise ValueError(f"the file {render_value(name)}: {error}") from None
    return file


def _text(row: Mapping[str, Any], key: str) -> str:
    if isinstance(row.get(key), str):
        return str(row[key])
    raise ValueError(f'"{key}" takes text, not {render_value(row[key])}' if key in row else f'"{key}" is missing')


def _status(row: Mapping[str, Any]) -> int:
    status = row.get("status", 200)
    if isinstance(status, int) and not isinstance(status, bool) and 100 <= status <= 999:
        return status
    raise ValueError(f'"status" takes a number from 100 to 999, such as 200, not {render_value(status)}')


def _content_type(row: Mapping[str, Any]) -> str:
    text = _text(row, "content_type")
    if len(text) <= _MAX_FIELD_LENGTH and text.isascii() and text.isprintable():
        return text
    raise ValueError(
        f'"content_type" takes one line of plain ASCII such as "text/html; charset=utf-8", not {render_value(text)}'
    )


def _date(text: str) -> datetime:
    time = utc_time(text)
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise ValueError(
            f"{render_value(text)} lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}, in which pages are saved"
        )
    return time


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
    known = late = archived = events = 0
    failed: list[str] = []
    at = now
    processing = Processing(store, lambda: at, absences_before_lost, analyze)
    processor = PageProcessor(store, processing, owner=owner)
    pages: dict[str, tuple[Page, set[datetime], datetime | None]] = {}
    incomplete: dict[int, Page] = {}  # pages with a late saved page, to be reprocessed as a whole
    try:
        for saved_page in saved_pages:
            if saved_page.url not in pages:
                page = _page(saved_page.url, store, now)
                pages[saved_page.url] = (page, *snapshot_times(page))
            page, times, newest = pages[saved_page.url]
            if saved_page.date in times:
                known += 1
            elif newest is not None and saved_page.date < newest:
                _archive_late(page, fetch_result_of(saved_page, max_bytes), saved_page.date, store)
                incomplete[page.id] = page
                late += 1
                archived += 1
            else:
                at = saved_page.date
                archived += 1
                with processor.claim(page) as claimed:
                    result = fetch_result_of(saved_page, max_bytes)
                    archive(page, result, store=store, now=at, next_check_at=None, origin=Origin.IMPORT)
                    try:
                        events += sum(len(outcome.events) for _, outcome in processor.backlog(page, claimed))
                    except ExtractionFailed as error:  # it was counted, and is retried with the next saved page
                        failed.append(str(error))
            progress()
    except PagewitnessError:
        # The next import skips these saved pages as known, so it would not reprocess their pages.
        _reprocess_all(incomplete.values(), reprocess, wait)
        raise
    replaced, problems = _reprocess_all(incomplete.values(), reprocess, wait)
    return Imported(
        archived,
        known,
        late,
        events + sum(history.events for history in replaced),
        sum(history.superseded for history in replaced),
        (*failed, *problems),
    )


def _reprocess_all(
    pages: Iterable[Page], reprocess: Callable[[Page], ReprocessResult], wait: Callable[[float], object]
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
        raise PagewitnessError(one_line(f"{saved_page.file}: {error}; import again to go on from here")) from None
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


def _page(url: str, store: SqlStore, now: datetime) -> Page:
    """Return the page, or a new one that tracks every declared fact and is never due."""
    return store.page_by_url(url) or store.add_page(
        url,
        schedule=Schedule(),
        facts=tuple(fact.name for fact in store.all_facts()),
        source=PageSource.IMPORTED,
        now=now,
    )
