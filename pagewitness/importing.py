"""Saved pages from a folder, taken the same way as live ones, in time order; only their origin differs, so they alert nobody."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from monitor.check import Processing, Understand, archive, observe
from monitor.errors import ConfigurationError, PageDamaged
from monitor.interfaces import Store
from monitor.model import Exchange, FactDefinition, Look, Origin, Page, PageSource, Schedule
from monitor.understand import understand
from monitor.urls import normalise
from pagewitness.processing import ClaimStore, ExtractionFailed, PageProcessor
from pagewitness.rereading import Reread
from storage.rereading import Replaced

MANIFEST = "manifest.jsonl"


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
        trouble: Why stories could not be told anew, one line each.
    """

    taken: int
    known: int
    late: int
    events: int
    superseded: int = 0
    trouble: tuple[str, ...] = ()


def read_manifest(place: Path) -> list[Capture]:
    """The captures of a folder or manifest file, oldest first.

    Raises:
        ConfigurationError: There is no manifest, or lines of it are wrong; the message names each.
    """
    manifest = place / MANIFEST if place.is_dir() else place
    if not manifest.is_file():
        raise ConfigurationError(
            f'{manifest}: no such file; a folder to import has a {MANIFEST} with lines {{"url", "date", "file"}}'
        )
    captures, problems = [], []
    try:
        lines = manifest.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{manifest}: not UTF-8 ({error})") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            captures.append(_capture(_row(line), manifest.parent))
        except ValueError as error:
            problems.append(f"{manifest}:{number}: {error}")
    if problems:
        shown = problems[:20] + ([f"… and {len(problems) - 20} more"] if len(problems) > 20 else [])
        raise ConfigurationError("\n".join(shown))
    return sorted(captures, key=lambda capture: capture.date)


def _row(line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"this is not JSON: {error.msg} (column {error.colno})") from None
    if isinstance(row, dict):
        return row
    raise ValueError('a line is one object, {"url", "date", "file"}')


def _capture(row: Mapping[str, Any], folder: Path) -> Capture:
    name = _text(row, "file")
    file = folder / name
    if not file.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"the file {name!r} lies outside the folder")
    if not file.is_file():
        raise ValueError(f"there is no file {name!r}")
    guessed = mimetypes.guess_type(file.name)[0] or "text/html"
    return Capture(
        url=normalise(_text(row, "url")),
        date=_date(_text(row, "date")),
        file=file,
        status=_status(row),
        content_type=_text({"content_type": guessed, **row}, "content_type"),
    )


def _text(row: Mapping[str, Any], key: str) -> str:
    if isinstance(row.get(key), str):
        return str(row[key])
    raise ValueError(f'"{key}" takes text, not {row[key]!r}' if key in row else f'"{key}" is missing')


def _status(row: Mapping[str, Any]) -> int:
    status = row.get("status", 200)
    if isinstance(status, int):
        return status
    raise ValueError(f'"status" takes a number such as 200, not {status!r}')


def _date(text: str) -> datetime:
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write it like 2024-10-01 or 2024-10-01T12:30:00Z") from None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def import_captures(
    captures: list[Capture],
    store: ImportStore,
    taken_times: Callable[[Page], tuple[set[datetime], datetime | None]],
    *,
    now: datetime,
    absences_before_lost: int,
    progress: Callable[[], None],
    retell: Callable[[Page], Reread],
    owner: str,
    understand: Understand = understand,
) -> Imported:
    """Take captures in order.

    Args:
        captures: Oldest first.
        store: Who remembers.
        taken_times: The times of a page's imported snapshots, and of its newest snapshot of all (None before the first).
        now: When pages that are new are said to have been added.
        absences_before_lost: See `monitor.decide.decide`.
        progress: Called once a capture.
        retell: Tells a page's story anew; called for each page that got a capture between others.
        owner: In whose name pages are claimed.
        understand: Extracts.
    """
    known = late = taken = events = 0
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
            _take_late(page, capture, store)
            between[page.id] = page
            late += 1
            taken += 1
        else:
            at = capture.date
            taken += 1
            with processor.claim(page) as claimed:
                archive(page, look_of(capture), store=store, now=at, next_check_at=None, origin=Origin.IMPORT)
                with suppress(ExtractionFailed):  # it was counted and logged, and is tried again with the next capture
                    events += sum(len(came_to.events) for _, came_to in processor.backlog(page, claimed))
        progress()
    replaced, trouble = _retold(between.values(), retell)
    return Imported(
        taken,
        known,
        late,
        events + sum(story.events for story in replaced),
        sum(story.superseded for story in replaced),
        tuple(trouble),
    )


def _retold(pages: Iterable[Page], retell: Callable[[Page], Reread]) -> tuple[list[Replaced], list[str]]:
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


def _take_late(page: Page, capture: Capture, store: Store) -> None:
    """Archive a capture that lies before others. What it means is told with the page's whole story."""
    store.archive(
        page,
        observe(look_of(capture), None, None),
        taken_at=capture.date,
        origin=Origin.IMPORT,
        reader="",
        next_check_at=None,
        late=True,
    )


def look_of(capture: Capture) -> Look:
    """A saved page as a look at it."""
    body = capture.file.read_bytes()
    return Look(
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
