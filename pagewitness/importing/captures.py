"""Saved pages from a folder, taken the same way as live ones, in time order; only their origin differs, so they alert nobody."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from monitor.errors import ConfigurationError, PageDamaged, PagewitnessError
from monitor.model import Exchange, FactDefinition, FetchResult, Origin, Page, PageSource, Schedule
from monitor.pipeline.analyze import analyze
from monitor.pipeline.archive import archive, classify_outcome
from monitor.pipeline.process import Analyze, Processing
from monitor.ports import Store
from monitor.urls import usable
from pagewitness.files import Unreadable, check_regular, read_regular
from pagewitness.maintenance.reprocessing import ReprocessResult
from pagewitness.service.page_processor import ClaimStore, ExtractionFailed, PageProcessor
from pagewitness.times import utc_time
from pagewitness.validation_messages import one_line, render_value, shorten
from storage.maintenance.reprocessing import Replaced

MANIFEST = "manifest.jsonl"
MOST_BYTES = 256 * 1024 * 1024
"""Of a manifest."""
MOST_ROWS = 1_000_000
LONGEST_LINE = 64 * 1024
"""Of a manifest, in bytes."""
DEFAULT_MAX_BYTES = 16 * 1024 * 1024
_LONGEST_FIELD = 1000
_LONGEST_PROBLEM = 500
_SHOWN = 20  # problems of a manifest
# The epoch, which broken tools like to give, and far enough from year 9999 for every interval that is added to a date.
_FIRST_YEAR, _LAST_YEAR = 1970, 2999


class ImportStore(Store, ClaimStore, Protocol):
    """What an import asks of the memory, beyond what a check does."""

    def page_by_url(self, url: str) -> Page | None:
        """The page of a normalised URL; None where there is none."""
        ...

    def add_page(
        self,
        url: str,
        *,
        label: str = "",
        schedule: Schedule,
        facts: Sequence[str] = (),
        allow_private: bool = False,
        source: PageSource,
        now: datetime,
    ) -> Page:
        """Add a page, or find it where it is there already."""
        ...

    def all_facts(self) -> Sequence[FactDefinition]:
        """Every fact that the applied watchlist declares."""
        ...


@dataclass(frozen=True, slots=True)
class Capture:
    """One saved page.

    Attributes:
        url: Normalised.
        date: When it was saved.
        file: Where its bytes are.
        status: The status it was served with.
        content_type: The Content-Type it was served with, or what its file name says.
    """

    url: str
    date: datetime
    file: Path
    status: int
    content_type: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to.

    Attributes:
        taken: Captures archived and read.
        known: Captures that an earlier import had taken.
        late: Of these, captures older than what their page had already: the story of each such page was told anew.
        events: Events that came of it.
        superseded: Events that are no part of those stories any more.
        trouble: Captures that could not be extracted, and pages whose story could not be told anew, one line each.
    """

    taken: int
    known: int
    late: int
    events: int
    superseded: int = 0
    trouble: tuple[str, ...] = ()


def read_manifest(place: Path, *, max_bytes: int = DEFAULT_MAX_BYTES) -> list[Capture]:
    """The captures of a folder or manifest file, oldest first.

    Args:
        place: The folder, or the manifest in it.
        max_bytes: The most bytes that a saved page may have.

    Raises:
        ConfigurationError: There is no manifest, or lines of it are wrong; the message names each.
    """
    manifest = place / MANIFEST if os.path.isdir(place) else place  # noqa: PTH112 (Path.is_dir raises where a name is too long)
    captures: list[Capture] = []
    problems: list[str] = []
    for number, line in enumerate(_lines(manifest), 1):
        if not line.strip():
            continue
        try:
            captures.append(_capture(_row(line), manifest.parent, max_bytes))
        except ValueError as error:
            problems.append(shorten(one_line(f"{manifest}:{number}: {error}"), _LONGEST_PROBLEM))
    if problems:
        more = [f"… and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise ConfigurationError("\n".join(problems[:_SHOWN] + more))
    return sorted(captures, key=lambda capture: capture.date)


def _lines(manifest: Path) -> list[bytes]:
    """The lines of a manifest. A line ends where JSON Lines says: U+2028 and its like may stand in a text.

    Raises:
        ConfigurationError: There is no such file, or it is none that can be read.
    """
    try:
        content = read_regular(manifest, MOST_BYTES)
    except Unreadable as error:
        hint = f'a folder to import has a {MANIFEST} with lines {{"url", "date", "file"}}'
        raise ConfigurationError(one_line(f"{manifest}: {error}; {hint}")) from None
    rows = content.count(b"\n")
    if rows > MOST_ROWS:
        raise ConfigurationError(one_line(f"{manifest}: it has {rows:,} lines; split it into parts of {MOST_ROWS:,}"))
    return content.split(b"\n")


def _row(line: bytes) -> Mapping[str, Any]:
    if len(line) > LONGEST_LINE:
        raise ValueError(f"the line has {len(line):,} bytes; it may have {LONGEST_LINE:,}")
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(f"this is not UTF-8 (byte {error.start + 1}); save the manifest as UTF-8") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not JSON: {error.msg} (column {error.colno})") from None
    except RecursionError:
        raise ValueError('this is nested too deep; a line is one flat object, {"url", "date", "file"}') from None
    except ValueError:  # Python reads no integer of more than 4300 digits
        raise ValueError("a number has too many digits; write a smaller one") from None
    if isinstance(row, dict):
        return row
    raise ValueError('a line is one object, {"url", "date", "file"}')


def _capture(row: Mapping[str, Any], folder: Path, max_bytes: int) -> Capture:
    name = _text(row, "file")
    file = _file(name, folder, max_bytes)
    guessed = mimetypes.guess_type(file.name)[0] or "text/html"
    return Capture(
        url=usable(_text(row, "url")),
        date=_date(_text(row, "date")),
        file=file,
        status=_status(row),
        content_type=_content_type({"content_type": guessed, **row}),
    )


def _file(name: str, folder: Path, max_bytes: int) -> Path:
    """A row's file, which lies in the folder, also where links lead, and can be read.

    Raises:
        ValueError: It does not, or can not.
    """
    file = folder / name
    try:
        inside = file.resolve().is_relative_to(folder.resolve())
    except (
        OSError,
        RuntimeError,
        ValueError,
    ):  # no file can have that name, or links lead in a circle; so it has no place
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
    if len(text) <= _LONGEST_FIELD and text.isascii() and text.isprintable():
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


def import_captures(
    captures: list[Capture],
    store: ImportStore,
    taken_times: Callable[[Page], tuple[set[datetime], datetime | None]],
    *,
    now: datetime,
    absences_before_lost: int,
    progress: Callable[[], None],
    retell: Callable[[Page], ReprocessResult],
    owner: str,
    understand: Analyze = analyze,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Imported:
    """Take captures in order.

    Args:
        captures: Oldest first.
        store: Who remembers.
        taken_times: The times of a page's imported snapshots, and of its newest snapshot of all (None before the first).
        now: When pages that are new are said to have been added.
        absences_before_lost: See `monitor.tracking.fact_state.advance`.
        progress: Called once a capture.
        retell: Tells a page's story anew; called for each page that got a capture between others.
        owner: In whose name pages are claimed.
        understand: Extracts.
        max_bytes: The most bytes that a saved page may have.

    Raises:
        PagewitnessError: A file can not be read any more; what was taken before it stays.
    """
    known = late = taken = events = 0
    failed: list[str] = []
    at = now
    processing = Processing(store, lambda: at, absences_before_lost, understand)
    processor = PageProcessor(store, processing, owner=owner)
    pages: dict[str, tuple[Page, set[datetime], datetime | None]] = {}
    between: dict[int, Page] = {}
    for capture in captures:
        if capture.url not in pages:
            page = _page(capture.url, store, now)
            pages[capture.url] = (page, *taken_times(page))
        page, times, newest = pages[capture.url]
        if capture.date in times:
            known += 1
        elif newest is not None and capture.date < newest:
            _take_late(page, look_of(capture, max_bytes), capture.date, store)
            between[page.id] = page
            late += 1
            taken += 1
        else:
            at = capture.date
            taken += 1
            with processor.claim(page) as claimed:
                archive(
                    page, look_of(capture, max_bytes), store=store, now=at, next_check_at=None, origin=Origin.IMPORT
                )
                try:
                    events += sum(len(came_to.events) for _, came_to in processor.backlog(page, claimed))
                except ExtractionFailed as error:  # it was counted, and is tried again with the next capture
                    failed.append(str(error))
        progress()
    replaced, trouble = _retold(between.values(), retell)
    return Imported(
        taken,
        known,
        late,
        events + sum(story.events for story in replaced),
        sum(story.superseded for story in replaced),
        (*failed, *trouble),
    )


def _retold(pages: Iterable[Page], retell: Callable[[Page], ReprocessResult]) -> tuple[list[Replaced], list[str]]:
    """What telling stories anew changed, and what stood in the way; a page's damage costs that page only."""
    replaced: list[Replaced] = []
    trouble: list[str] = []
    for page in pages:
        try:
            reread = retell(page)
        except PageDamaged as error:
            trouble.append(str(error))
        else:
            replaced += [reread.replaced] if reread.replaced is not None else []
    return replaced, trouble


def _take_late(page: Page, look: FetchResult, date: datetime, store: Store) -> None:
    """Archive a capture that lies before others. What it means is told with the page's whole story."""
    store.archive(
        page,
        classify_outcome(look, None, None),
        taken_at=date,
        origin=Origin.IMPORT,
        reader="",
        next_check_at=None,
        late=True,
    )


def look_of(capture: Capture, max_bytes: int = DEFAULT_MAX_BYTES) -> FetchResult:
    """A saved page as a look at it.

    Raises:
        PagewitnessError: Its file can not be read.
    """
    try:
        body = read_regular(capture.file, max_bytes)
    except Unreadable as error:
        raise PagewitnessError(one_line(f"{capture.file}: {error}; import again to go on from here")) from None
    return FetchResult(
        (
            Exchange(
                url=capture.url,
                request_headers=(),
                started_at=capture.date,
                elapsed_ms=0,
                status=capture.status,
                response_headers=(("Content-Type", capture.content_type),),
                entity_sha256=hashlib.sha256(body).hexdigest(),
                entity_bytes=len(body),
                body=body,
            ),
        )
    )


def _page(url: str, store: ImportStore, now: datetime) -> Page:
    """The page, or a new one that follows every declared fact and is never due."""
    return store.page_by_url(url) or store.add_page(
        url,
        schedule=Schedule(),
        facts=tuple(fact.name for fact in store.all_facts()),
        source=PageSource.IMPORTED,
        now=now,
    )
