"""Export exchanges of the archive to a WARC file, in the order in which they were archived, one body at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from monitor.errors import BodyCorrupt, StorageError, UnknownName
from storage.archive.bodies import load_body
from storage.archive.exchanges import EXCHANGES_WITH_BODIES, exchange_of
from storage.archive.rows import Row
from storage.database.connection import Database
from storage.schema import bodies, exchanges
from storage.warc.selection import SelectedExchanges, Selection, select_exchanges
from storage.warc.writing import Archived, RecordWriter

MOST_NAMED = 100
"""Maximum number of problems that are named; all are counted."""

_NOT_MODIFIED = 304
_EMPTY = hashlib.sha256(b"").hexdigest()
_WITH_BODY = EXCHANGES_WITH_BODIES.add_columns(bodies.c.id.label("stored_body_id"), bodies.c.length_bytes)


def _ignore(done: int, total: int) -> None:
    """Report no progress."""


@dataclass(slots=True)
class Exported:
    """What an export wrote.

    Attributes:
        responses: Responses with their bodies.
        revisits: Responses whose body is in an earlier record, and 304s.
        failures: Requests without a response.
        damaged: Exchanges that were left out because they are damaged.
        problems: The first of those, one line each.
    """

    responses: int = 0
    revisits: int = 0
    failures: int = 0
    damaged: int = 0
    problems: list[str] = field(default_factory=list)


def export_warc(
    database: Database,
    selection: Selection,
    out: IO[bytes],
    *,
    gzip: bool,
    info: Mapping[str, str],
    now: datetime,
    progress: Callable[[int, int], None] = _ignore,
) -> Exported:
    """Write the selected exchanges.

    Args:
        database: The archive.
        selection: What to export.
        out: Where records are written.
        gzip: Whether each record is a gzip member of its own; otherwise the file is not compressed.
        info: Fields of the warcinfo record.
        now: Time of the export.
        progress: Called with the number of exchanges written, and of all.

    Raises:
        StorageError: A database operation failed.
    """
    writer = RecordWriter(out, gzip=gzip)
    writer.write_info(info, now)
    with select_exchanges(database, selection) as selected:
        exporter = _Exporter(database, writer, selected)
        total, done = selected.count(), 0
        for keys in selected.batches():
            for item, row in exporter.load(keys):
                exporter.write(item, row)
                done += 1
                progress(done, total)
    return exporter.result


class _Exporter:
    """Writes exchanges one after another, and counts them."""

    def __init__(self, database: Database, writer: RecordWriter, selected: SelectedExchanges) -> None:
        self.result = Exported()
        self._database = database
        self._writer = writer
        self._selected = selected

    def load(self, keys: Sequence[int]) -> Iterator[tuple[Archived, Row]]:
        """Yield exchanges without their bodies, in the order of their keys; damaged ones are counted."""
        with self._database.read() as connection:
            rows = connection.execute(_WITH_BODY.where(exchanges.c.id.in_(keys)).order_by(exchanges.c.id)).all()
        for row in rows:
            try:
                yield _archived(row), row
            except StorageError as error:
                self._damaged(row.url, error)

    def write(self, item: Archived, row: Row) -> None:
        """Write the records of an exchange."""
        if item.exchange.status is None:
            self._writer.write_failure(item)
            self.result.failures += 1
            return
        confirmed = self._one(row.repeats_id) if item.exchange.status == _NOT_MODIFIED else None
        if confirmed is not None:
            self._writer.write_not_modified(item, confirmed)
            self.result.revisits += 1
            return
        body_id = row.stored_body_id if item.body_bytes else None
        first = item.id if body_id is None else self._selected.first_with_body(body_id, item.id)
        original = None if first == item.id else self._one(first)
        if original is not None:
            self._writer.write_duplicate(item, original)
            self.result.revisits += 1
        else:
            self._write_response(item, body_id)

    def _write_response(self, item: Archived, body_id: int | None) -> None:
        body = b""
        if body_id is not None:
            try:
                with self._database.read() as connection:
                    body = load_body(connection, item.body_sha256)
            except (BodyCorrupt, UnknownName) as error:
                self._selected.forget_body(body_id)
                if self._one(item.id) is not None:  # otherwise it was erased meanwhile
                    self._damaged(item.exchange.url, error)
                return
        self._writer.write_response(item, body)
        self.result.responses += 1

    def _one(self, key: int | None) -> Archived | None:
        """Return an exchange; None if it does not exist or is damaged, which is counted where it is written itself."""
        if key is None:
            return None
        with self._database.read() as connection:
            row = connection.execute(_WITH_BODY.where(exchanges.c.id == key)).first()
        try:
            return None if row is None else _archived(row)
        except StorageError:
            return None

    def _damaged(self, url: str, error: Exception) -> None:
        self.result.damaged += 1
        if len(self.result.problems) < MOST_NAMED:
            self.result.problems.append(f"{url}: {error}")


def _archived(row: Row) -> Archived:
    return Archived(row.id, exchange_of(row), row.body_sha256 or _EMPTY, row.length_bytes or 0)
