"""Import of WARC and ARC files: navigations become snapshots of pages, all else exchanges that replay finds by URL and time.

Each file is passed through twice: what belongs to a response, such as its request, can be anywhere in the file. Everything that is imported is committed in
small parts and recognised by URL, time and body, so an import that was interrupted is completed by running it again.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from monitor.errors import PagewitnessError
from monitor.model import Exchange, ExchangeRole, FetchResult
from pagewitness.importing.archived_responses import ResponseReader
from pagewitness.importing.redirects import RedirectChains
from pagewitness.importing.saved_pages import SnapshotImporter, imported_page
from pagewitness.validation_messages import escaped_line
from storage.store import SqlStore
from storage.warc import import_store
from storage.warc.framing import archive_files, read_records
from storage.warc.http_message import read_request_head, split_message
from storage.warc.import_index import ImportIndex, Note, Request
from storage.warc.raw_records import Damage, RawRecord, target_of
from storage.warc.records import parse_record

MOST_NAMED = 100
"""Maximum number of problems that are named; all are counted."""

_HEAD_ROOM = 1024 * 1024  # of a block beyond its body: the head of the message, and the sizes of chunks
_BATCH, _BATCH_BYTES = 100, 8 * 1024 * 1024
_REDIRECTS, _REDIRECT_BYTES = 1000, 64 * 1024
_REDIRECT_TIME = timedelta(minutes=10)
_NOT_MODIFIED = 304
_BARE_304 = b"HTTP/1.1 304 Not Modified"
_LONGEST_CHAIN = 20
_HOPS = re.compile(rb"(?im)^hopsFromSeed:([^\r\n]*)")
_HEAD_304 = re.compile(rb"\Ahttp-response-head:\r\n")
_IGNORED = frozenset({"warcinfo", "request", "metadata"})


@dataclass(slots=True)
class ImportedArchives:
    """What an import of archive files did.

    Attributes:
        exchanges: Exchanges archived that belong to no snapshot.
        already_imported: Responses that were archived already.
        skipped: Records that contain no response to a GET request, by type.
        damaged: Records, or places in a file, that could not be imported.
        doubtful: Records that were imported although something about them is wrong.
        problems: The first of both, one line each.
    """

    exchanges: int = 0
    already_imported: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    damaged: int = 0
    doubtful: int = 0
    problems: list[str] = field(default_factory=list)


class ArchiveImporter:
    """Imports files one after another.

    Attributes:
        result: What was done so far, without the snapshots, which the `SnapshotImporter` counts.
    """

    def __init__(
        self,
        store: SqlStore,
        snapshots: SnapshotImporter,
        *,
        now: datetime,
        exchanges_only: bool,
        max_bytes: int,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Create it.

        Args:
            store: Where the results are kept.
            snapshots: Archives and processes navigations.
            now: The time at which new pages are recorded as added.
            exchanges_only: Whether navigations to URLs that are no page become exchanges instead of new pages.
            max_bytes: Maximum size of a body in bytes; a longer one is truncated.
            progress: Called with the number of bytes passed, twice for each file.
        """
        self.result = ImportedArchives()
        self._store = store
        self._snapshots = snapshots
        self._now = now
        self._exchanges_only = exchanges_only
        self._max_bytes = max_bytes
        self._progress = progress
        self._file = ""
        self._batch: list[Exchange] = []
        self._batch_bytes = 0
        self._redirects = RedirectChains(lambda chain: self._store_later(*chain))

    def add(self, files: Sequence[Path]) -> None:
        """Import files.

        Raises:
            PagewitnessError: A database operation failed, or a page is held by another process for too long; what was imported before stays.
            OSError: A file cannot be read.
        """
        with _temporary_files(), closing(ImportIndex()) as index:
            responses = ResponseReader(
                self._store.database, index, self._max_bytes, flush=self._flush, warn=self._doubtful
            )
            for path in files:
                for name, file in archive_files(path, self._unreadable):
                    self._file = name
                    self._pass(file, lambda raw: _note(index, raw), is_first=True)
                    self._pass(file, lambda raw: self._import(responses, index, raw))
                    self._redirects.end()
            for self._file, raw in index.deferred():
                self._guarded(raw, lambda raw: self._import(responses, index, raw, is_last=True))
            self._redirects.end()
            self._flush()

    def _pass(self, file: IO[bytes], handle: Callable[[RawRecord], None], *, is_first: bool = False) -> None:
        passed, size = 0, file.seek(0, os.SEEK_END)
        for item in read_records(file, self._max_bytes + _HEAD_ROOM):
            self._progress(item.offset - passed)
            passed = item.offset
            if isinstance(item, RawRecord):
                self._guarded(item, handle, is_silent=is_first)
            elif not is_first:
                self._damaged(item)
        self._progress(size - passed)

    def _guarded(self, raw: RawRecord, handle: Callable[[RawRecord], None], *, is_silent: bool = False) -> None:
        """Handle a record; one that is wrong is counted, and the others are imported."""
        try:
            handle(raw)
        except ValueError as error:
            if not is_silent:
                self._damaged(Damage(raw.offset, target_of(raw.head), str(error)))

    def _damaged(self, damage: Damage) -> None:
        self.result.damaged += 1
        self._name(damage)

    def _unreadable(self, name: str, reason: str) -> None:
        self.result.damaged += 1
        self._file = name
        self._name(Damage(0, "", reason))

    def _doubtful(self, raw: RawRecord, warning: str) -> None:
        self.result.doubtful += 1
        self._name(Damage(raw.offset, target_of(raw.head), warning))

    def _name(self, damage: Damage) -> None:
        if len(self.result.problems) < MOST_NAMED:
            place = f"{self._file}, byte {damage.offset:,}"
            self.result.problems.append(
                escaped_line(f"{place}, {damage.url}: {damage.reason}" if damage.url else f"{place}: {damage.reason}")
            )

    def _import(self, responses: ResponseReader, index: ImportIndex, raw: RawRecord, *, is_last: bool = False) -> None:
        record = parse_record(raw)
        is_http = record.target.lower().startswith(("http:", "https:"))
        if record.kind not in ("response", "revisit") or not is_http:
            if record.kind not in _IGNORED:
                self.result.skipped[record.kind or "untyped"] += 1
            return
        method = responses.method_of(record)
        if method != "GET":
            # Exchanges are found by URL, where the answer to a form or a HEAD request would pass for the page.
            self.result.skipped[f"{method} {record.kind}"] += 1
            return
        exchange = responses.read(record)
        if exchange is None:
            if is_last:
                raise ValueError("it refers to a response that neither the files nor the database contain")
            index.defer(self._file, raw)
            return
        self._place(exchange)

    def _place(self, exchange: Exchange) -> None:
        """Store an exchange, or keep a redirect until its target follows."""
        hops = self._redirects.hops_to(exchange)
        if exchange.role is not ExchangeRole.NAVIGATION or exchange.status == _NOT_MODIFIED:
            self._store_later(*(replace(hop, role=exchange.role) for hop in hops), exchange)
        elif not self._redirects.keep((*hops, exchange)):
            self._navigation((*hops, exchange))

    def _navigation(self, chain: tuple[Exchange, ...]) -> None:
        """Archive a navigation as a snapshot: of the first of its URLs that is a page, else of a new page."""
        final = chain[-1]
        with self._store.database.read() as connection:
            found = import_store.find_same(connection, final)
        if found is not None:
            self.result.already_imported += 1
            # The redirects before the page of a snapshot are stored apart from it: an import may have been interrupted in between.
            self._store_later(*chain[:-1])
            if found.incomplete_page is not None:
                page = self._store.page_by_url(found.incomplete_page)
                self._snapshots.incomplete |= {} if page is None else {page.id: page}
            return
        known = ((place, self._store.page_by_url(item.url)) for place, item in enumerate(chain))
        place, page = next(((place, page) for place, page in known if page is not None), (0, None))
        if page is None and self._exchanges_only:
            self._store_later(*chain)
            return
        page = page or imported_page(chain[0].url, self._store, self._now)
        self._store_later(*chain[:place])
        with self._store.database.read() as connection:
            newest = import_store.newest_snapshot(connection, page.id)
        result = FetchResult(chain[place:])
        self._snapshots.add(page, lambda: result, chain[place].started_at, newest)

    def _store_later(self, *items: Exchange) -> None:
        for item in items:
            self._batch.append(item)
            self._batch_bytes += len(item.body or b"")
        if len(self._batch) >= _BATCH or self._batch_bytes > _BATCH_BYTES:
            self._flush()

    def _flush(self) -> None:
        """Store the exchanges of the batch in one transaction."""
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        if batch:
            stored = self._store.database.write(lambda connection: import_store.store_exchanges(connection, batch))
            self.result.exchanges += stored
            self.result.already_imported += len(batch) - stored


def _note(index: ImportIndex, raw: RawRecord) -> None:
    """Remember what a record states about another one."""
    record = parse_record(raw)
    if record.kind == "request":
        index.add_request(record, Request(*read_request_head(split_message(raw.block)[0])))
    elif record.kind == "metadata":
        hops, head = _HOPS.search(raw.block), _HEAD_304.match(raw.block)
        if hops is not None or head is not None:
            text = None if head is None else raw.block[head.end() :]
            index.add_note(record, Note(None if hops is None else hops[1].decode("latin-1").strip(), text))


@contextmanager
def _temporary_files() -> Iterator[None]:
    """Name the disk that is full: that of the temporary files, not that of the database."""
    try:
        yield
    except sqlite3.Error as error:
        raise PagewitnessError(
            f"a temporary file cannot be written: {error}; free space for temporary files (TMPDIR) and import again"
        ) from error
