"""Import of WARC and ARC files: navigations become snapshots of pages, all else exchanges that replay finds by URL and time.

Each file is passed through twice: what belongs to a response, such as its request, can be anywhere in the file. Everything that is imported is committed in
small parts and recognised by URL, time and body, so an import that was interrupted is completed by running it again.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from monitor.errors import BodyCorrupt, UnknownName
from monitor.fetching.headers import redirect_target
from monitor.model import Exchange, ExchangeRole, FetchResult
from monitor.urls import resolve, usable
from pagewitness.importing.saved_pages import SnapshotImporter, imported_page
from pagewitness.validation_messages import escaped_line
from storage.archive.bodies import load_body
from storage.store import SqlStore
from storage.warc import import_store
from storage.warc.framing import Damage, RawRecord, read_records, target_of
from storage.warc.http_message import read_request_head, split_message
from storage.warc.import_index import ImportIndex, Note
from storage.warc.import_store import Found
from storage.warc.records import Record, parse_date, parse_record, read_response, read_revisit, stated_role
from storage.warc.roles import role_of

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
        skipped: Records that contain no HTTP response, by type.
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
        self._redirects: OrderedDict[str, tuple[Exchange, ...]] = OrderedDict()

    def add(self, files: Sequence[Path]) -> None:
        """Import files.

        Raises:
            PagewitnessError: A database operation failed, or a page is held by another process for too long; what was imported before stays.
            OSError: A file cannot be read.
        """
        with closing(ImportIndex()) as index:
            for path in files:
                self._file = str(path)
                with path.open("rb") as file:
                    self._pass(file, lambda raw: self._note(index, raw), is_first=True)
                    self._pass(file, lambda raw: self._import(index, raw))
                self._end_redirects()
            for raw in index.deferred():
                self._guarded(raw, lambda raw: self._import(index, raw, is_last=True))
            self._end_redirects()
            self._flush()

    def _pass(self, file: IO[bytes], handle: Callable[[RawRecord], None], *, is_first: bool = False) -> None:
        passed, size = 0, os.fstat(file.fileno()).st_size
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

    def _doubtful(self, raw: RawRecord, warning: str) -> None:
        self.result.doubtful += 1
        self._name(Damage(raw.offset, target_of(raw.head), warning))

    def _name(self, damage: Damage) -> None:
        if len(self.result.problems) < MOST_NAMED:
            place = f"{self._file}, byte {damage.offset:,}"
            self.result.problems.append(
                escaped_line(f"{place}, {damage.url}: {damage.reason}" if damage.url else f"{place}: {damage.reason}")
            )

    def _note(self, index: ImportIndex, raw: RawRecord) -> None:
        """Remember what a record states about another one."""
        record = parse_record(raw)
        if record.kind == "request":
            _, headers = read_request_head(split_message(raw.block)[0])
            index.add_request(record, headers)
        elif record.kind == "metadata":
            hops, head = _HOPS.search(raw.block), _HEAD_304.match(raw.block)
            if hops is not None or head is not None:
                text = None if head is None else raw.block[head.end() :]
                index.add_note(record, Note(None if hops is None else hops[1].decode("latin-1").strip(), text))

    def _import(self, index: ImportIndex, raw: RawRecord, *, is_last: bool = False) -> None:
        record = parse_record(raw)
        is_http = record.target.lower().startswith(("http:", "https:"))
        if record.kind not in ("response", "revisit") or not is_http:
            if record.kind not in _IGNORED:
                self.result.skipped[record.kind or "untyped"] += 1
            return
        if record.kind == "response":
            exchange: Exchange | None = self._response(index, record)
        elif "server-not-modified" in record.fields.get("warc-profile", ""):
            exchange = self._not_modified(index, record)
        else:
            exchange = self._duplicate(index, record)
        if exchange is None:
            if is_last:
                raise ValueError("it refers to a response that neither the files nor the database contain")
            index.defer(raw)
            return
        self._place(exchange)

    def _response(self, index: ImportIndex, record: Record) -> Exchange:
        role = stated_role(record)
        read = read_response(record, index.request_of(record), role or ExchangeRole.REQUISITE, self._max_bytes)
        for warning in read.warnings:
            self._doubtful(record.raw, warning)
        exchange = read.exchange
        if role is None:
            role = role_of(exchange, record.fields.get("warc-resource-type"), index.note_of(record).hops)
            exchange = replace(exchange, role=role)
        if record.digest is not None and exchange.body:
            # The body is found by its SHA-256 once the batch is stored.
            index.add_payload(record.digest, hashlib.sha256(exchange.body).hexdigest())
        return exchange

    def _not_modified(self, index: ImportIndex, record: Record) -> Exchange:
        """Return a 304. Its head is in its block; in exports of ours, in a metadata record."""
        head = split_message(record.raw.block)[0] or _unfolded(index.note_of(record).head) or _BARE_304
        role = stated_role(record) or ExchangeRole.NAVIGATION
        return read_revisit(record, head, b"", index.request_of(record), role)

    def _duplicate(self, index: ImportIndex, record: Record) -> Exchange | None:
        """Return a response with the body of another one; None if that is not archived."""
        self._flush()
        original = self._original(record)
        body = self._body(index, record, original)
        head = split_message(record.raw.block)[0]
        if body is None or (original is None and not head):
            return None
        requested = index.request_of(record)
        role = stated_role(record)
        if head:
            exchange = read_revisit(record, head, body, requested, role or ExchangeRole.REQUISITE)
        else:  # Heritrix can omit the head
            assert original is not None
            exchange = replace(
                original.exchange, url=record.url, started_at=record.at, request_headers=requested, body=body
            )
        if role is None:
            role = role_of(exchange, record.fields.get("warc-resource-type"), index.note_of(record).hops)
        return replace(exchange, role=role, truncated=None if original is None else original.exchange.truncated)

    def _original(self, record: Record) -> Found | None:
        """Return the archived exchange that a revisit refers to by URL and time; None if it is not archived."""
        fields = record.fields
        date = fields.get("warc-refers-to-date")
        if date is None:
            return None
        try:
            url, at = usable(fields.get("warc-refers-to-target-uri", record.target)), parse_date(date)
        except ValueError:
            return None
        with self._store.database.read() as connection:
            return import_store.find_exchange(connection, url, at)

    def _body(self, index: ImportIndex, record: Record, original: Found | None) -> bytes | None:
        """Return the body that a revisit repeats: found by its digest in these files, by the original, or by SHA-256 in the database."""
        digest = record.digest or ""
        sha256 = index.body_of(digest) or (None if original is None else original.body_sha256)
        if sha256 is None and digest.startswith("sha256:"):
            sha256 = digest.removeprefix("sha256:")
        if sha256 is None:
            return None
        try:
            with self._store.database.read() as connection:
                return load_body(connection, sha256)
        except (UnknownName, BodyCorrupt):
            return None

    def _place(self, exchange: Exchange) -> None:
        """Store an exchange, or keep a redirect until its target follows."""
        target = redirect_target(exchange)
        hops = self._hops_to(exchange)
        if exchange.role is not ExchangeRole.NAVIGATION or exchange.status == _NOT_MODIFIED:
            self._store_later(*(replace(hop, role=exchange.role) for hop in hops), exchange)
        elif target is not None and len(exchange.body or b"") <= _REDIRECT_BYTES:
            try:
                key = usable(resolve(exchange.url, target))
            except ValueError:
                self._navigation((*hops, exchange))
                return
            if len(hops) < _LONGEST_CHAIN and key not in {hop.url for hop in (*hops, exchange)}:
                self._keep_redirect(key, (*hops, exchange))
            else:
                self._navigation((*hops, exchange))
        else:
            self._navigation((*hops, exchange))

    def _hops_to(self, exchange: Exchange) -> tuple[Exchange, ...]:
        """Return the redirects that led to a URL, if they were recorded shortly before."""
        hops = self._redirects.pop(exchange.url, ())
        if hops and not timedelta(0) <= exchange.started_at - hops[-1].started_at <= _REDIRECT_TIME:
            self._store_later(*hops)
            return ()
        return hops

    def _keep_redirect(self, key: str, hops: tuple[Exchange, ...]) -> None:
        self._store_later(*self._redirects.pop(key, ()))
        self._redirects[key] = hops
        if len(self._redirects) > _REDIRECTS:
            self._store_later(*self._redirects.popitem(last=False)[1])

    def _end_redirects(self) -> None:
        """Store the redirects whose target did not follow."""
        for hops in self._redirects.values():
            self._store_later(*hops)
        self._redirects.clear()

    def _navigation(self, chain: tuple[Exchange, ...]) -> None:
        """Archive a navigation as a snapshot: of the first of its URLs that is a page, else of a new page."""
        final = chain[-1]
        sha256 = hashlib.sha256(final.body or b"").hexdigest()
        with self._store.database.read() as connection:
            found = import_store.find_exchange(connection, final.url, final.started_at, sha256)
        if found is not None:
            self.result.already_imported += len(chain)
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


def _unfolded(head: bytes | None) -> bytes:
    """Return the head in the field of a metadata record, in which each line begins with a space."""
    return b"" if head is None else b"\n".join(line[1:] for line in head.splitlines() if line.startswith(b" "))
