"""What an import must remember of a file until it is needed: requests, notes about responses, and digests of payloads. Kept in a temporary file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.model import Headers
from storage.warc.raw_records import RawRecord
from storage.warc.records import Record

_TABLES = """
PRAGMA journal_mode = OFF;
CREATE TABLE request (id TEXT, beside TEXT, url TEXT, date TEXT, method TEXT, headers TEXT);
CREATE INDEX request_id ON request (id);
CREATE INDEX request_beside ON request (beside);
CREATE INDEX request_url ON request (url, date);
CREATE TABLE note (beside TEXT PRIMARY KEY, hops TEXT, head BLOB);
CREATE TABLE payload (key TEXT PRIMARY KEY, sha256 TEXT NOT NULL);
CREATE TABLE deferred (place INTEGER PRIMARY KEY, file TEXT, at INTEGER, head BLOB, block BLOB, length INTEGER);
"""


@dataclass(frozen=True, slots=True)
class Request:
    """What a request record states.

    Attributes:
        method: In upper case.
        headers: Its header fields, without Host.
    """

    method: str = "GET"
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Note:
    """What a metadata record states about a response.

    Attributes:
        hops: Heritrix' path from the seed, such as "LLE"; None if it is not stated.
        head: The head of a 304, of an export of ours; None if it is not stated.
    """

    hops: str | None = None
    head: bytes | None = None


class ImportIndex:
    """Requests and notes of files, each found by the response that it belongs to."""

    def __init__(self) -> None:
        # An empty name is a temporary database on disk, in memory up to its page cache.
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Remove the temporary file."""
        self._connection.close()

    def add_request(self, record: Record, request: Request) -> None:
        """Add a request record."""
        fields = record.fields
        values = (fields.get("warc-record-id"), fields.get("warc-concurrent-to"), record.target)
        row = (*values, fields.get("warc-date"), request.method, json.dumps(request.headers))
        self._connection.execute("INSERT INTO request VALUES (?, ?, ?, ?, ?, ?)", row)

    def request_of(self, record: Record) -> Request:
        """Return the request of a response; one without header fields if there is none."""
        fields = record.fields
        queries = (
            ("beside = ?", (fields.get("warc-record-id"),)),
            ("id = ?", (fields.get("warc-concurrent-to"),)),
            ("url = ? AND date = ? AND beside IS NULL", (record.target, fields.get("warc-date"))),
        )
        for condition, values in queries:
            query = f"SELECT method, headers FROM request WHERE {condition}"  # noqa: S608
            row = self._connection.execute(query, values).fetchone()
            if row is not None:
                return Request(row[0], tuple((name, value) for name, value in json.loads(row[1])))
        return Request()

    def add_note(self, record: Record, note: Note) -> None:
        """Add what a metadata record states."""
        row = (record.fields.get("warc-concurrent-to"), note.hops, note.head)
        self._connection.execute("INSERT OR IGNORE INTO note VALUES (?, ?, ?)", row)

    def note_of(self, record: Record) -> Note:
        """Return what was stated about a response."""
        key = (record.fields.get("warc-record-id"),)
        row = self._connection.execute("SELECT hops, head FROM note WHERE beside = ?", key).fetchone()
        return Note() if row is None else Note(*row)

    def add_payload(self, record: Record, sha256: str) -> None:
        """Record which stored body the payload of a record became."""
        for key in filter(None, (record.digest, record.fields.get("warc-record-id"))):
            self._connection.execute("INSERT OR IGNORE INTO payload VALUES (?, ?)", (key, sha256))

    def body_of(self, revisit: Record) -> str | None:
        """Return the SHA-256 of the stored body that a revisit repeats, found by digest or record id; None if no record with it was imported."""
        for key in (revisit.digest, revisit.fields.get("warc-refers-to")):
            row = self._connection.execute("SELECT sha256 FROM payload WHERE key = ?", (key,)).fetchone()
            if row is not None:
                return str(row[0])
        return None

    def defer(self, file: str, raw: RawRecord) -> None:
        """Keep a revisit record of a file whose original may follow."""
        row = (file, raw.offset, raw.head, raw.block, raw.length)
        self._connection.execute("INSERT INTO deferred (file, at, head, block, length) VALUES (?, ?, ?, ?, ?)", row)

    def deferred(self) -> Iterator[tuple[str, RawRecord]]:
        """Iterate over the deferred records, each with the name of its file, in order."""
        for file, *row in self._connection.execute("SELECT file, at, head, block, length FROM deferred ORDER BY place"):
            yield file, RawRecord(*row)
