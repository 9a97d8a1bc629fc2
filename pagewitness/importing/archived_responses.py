"""The exchanges of response and revisit records: with the request, the role and the body that are found for them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

from monitor.errors import BodyCorrupt, UnknownName
from monitor.model import Exchange, ExchangeRole
from monitor.urls import usable
from storage.archive.bodies import load_body
from storage.database.connection import Database
from storage.warc import import_store
from storage.warc.http_message import split_message
from storage.warc.import_index import ImportIndex
from storage.warc.import_store import Found
from storage.warc.raw_records import RawRecord
from storage.warc.records import Record, digest_like, parse_date, read_response, read_revisit, stated_role
from storage.warc.roles import role_of
from storage.warc.writing import TRUNCATED_FIELD

_METHOD_IN_URL = re.compile(r"[?&]__wb_method=([A-Za-z]{1,20})")
_BARE_304 = b"HTTP/1.1 304 Not Modified"


class ResponseReader:
    """Reads the exchanges of records."""

    def __init__(
        self,
        database: Database,
        index: ImportIndex,
        max_bytes: int,
        *,
        flush: Callable[[], None],
        warn: Callable[[RawRecord, str], None],
    ) -> None:
        """Create it.

        Args:
            database: Where the originals of revisits are found.
            index: What the files state about responses.
            max_bytes: Maximum size of a body in bytes; a longer one is truncated.
            flush: Called before an original is searched: stores what was read before.
            warn: Called with a record, and what is doubtful about it.
        """
        self._database = database
        self._index = index
        self._max_bytes = max_bytes
        self._flush = flush
        self._warn = warn

    def read(self, record: Record) -> Exchange | None:
        """Return the exchange of a response or revisit record; None if the body that it repeats is not archived.

        Raises:
            ValueError: It contains no HTTP response that can be archived.
        """
        if record.kind == "response":
            return self._response(record)
        profile = record.fields.get("warc-profile", "identical-payload-digest")
        if "server-not-modified" in profile:
            return self._not_modified(record)
        if "identical-payload-digest" not in profile:
            # WARC/1.1 §6.7.1: a reader that does not recognise the profile shall not interpret the record.
            raise ValueError(f"its profile {profile[:100]!r} is unknown")
        return self._duplicate(record)

    def method_of(self, record: Record) -> str:
        """Return the method of the request that a response belongs to; "GET" if it is not known."""
        # Browsers' recorders can add the method and body of a request to the URL, to distinguish the responses to one form.
        found = _METHOD_IN_URL.search(record.target)
        return self._index.request_of(record).method if found is None else found[1].upper()

    def _response(self, record: Record) -> Exchange:
        role = stated_role(record)
        requested = self._index.request_of(record).headers
        read = read_response(record, requested, role or ExchangeRole.REQUISITE, self._max_bytes)
        for warning in read.warnings:
            self._warn(record.raw, warning)
        exchange = read.exchange
        if role is None:
            exchange = self._with_role(record, exchange)
        if exchange.body:
            # The body is found by its SHA-256 once the batch is stored.
            self._index.add_payload(record, hashlib.sha256(exchange.body).hexdigest())
        return exchange

    def _not_modified(self, record: Record) -> Exchange:
        """Return a 304. Its head is in its block; in exports of ours, in a metadata record."""
        role = stated_role(record)
        requested = self._index.request_of(record).headers
        head = split_message(record.raw.block)[0]
        unfolded = b"" if head else _unfolded(self._index.note_of(record).head) or _BARE_304
        exchange = read_revisit(
            record, head or unfolded, b"", requested, role or ExchangeRole.REQUISITE, is_as_received=not head
        )
        return exchange if role is not None else self._with_role(record, exchange)

    def _with_role(self, record: Record, exchange: Exchange) -> Exchange:
        """Return an exchange with the role that a file of another tool implies."""
        role = role_of(exchange, record.fields.get("warc-resource-type"), self._index.note_of(record).hops)
        return replace(exchange, role=role)

    def _duplicate(self, record: Record) -> Exchange | None:
        """Return a response with the body of another one; None if that is not archived."""
        original, body = self._repeated(record)
        head = split_message(record.raw.block)[0]
        if body is None or (original is None and not head):
            return None
        requested = self._index.request_of(record).headers
        role = stated_role(record)
        if head:
            exchange = read_revisit(record, head, body, requested, role or ExchangeRole.REQUISITE)
        else:  # Heritrix can omit the head
            assert original is not None
            exchange = replace(
                original.exchange, url=record.url, started_at=record.at, request_headers=requested, body=body
            )
        exchange = self._with_role(record, exchange) if role is None else replace(exchange, role=role)
        if original is None or TRUNCATED_FIELD.lower() in record.fields:
            return exchange
        sent = original.exchange
        return replace(
            exchange, truncated=sent.truncated, entity_sha256=sent.entity_sha256, entity_bytes=sent.entity_bytes
        )

    def _repeated(self, record: Record) -> tuple[Found | None, bytes | None]:
        """Return the original of a revisit and its body; None for what is not archived."""
        original = self._original(record)
        body = self._body(record, original)
        if body is None or (original is None and "warc-refers-to-date" in record.fields):
            self._flush()
            original = self._original(record)
            body = self._body(record, original)
        return original, body

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
        with self._database.read() as connection:
            return import_store.find_exchange(connection, url, at)

    def _body(self, record: Record, original: Found | None) -> bytes | None:
        """Return the body that a revisit repeats: found by its digest in these files, by the original, or by SHA-256 in the database."""
        digest = record.digest or ""
        if digest and digest == digest_like(digest, b""):
            return b""
        sha256 = self._index.body_of(record) or (None if original is None else original.body_sha256)
        if sha256 is None and digest.startswith("sha256:"):
            sha256 = digest.removeprefix("sha256:")
        if sha256 is None:
            return None
        try:
            with self._database.read() as connection:
                return load_body(connection, sha256)
        except (UnknownName, BodyCorrupt):
            return None


def _unfolded(head: bytes | None) -> bytes:
    """Return the head in the field of a metadata record, in which each line begins with a space."""
    return b"" if head is None else b"\n".join(line[1:] for line in head.splitlines() if line.startswith(b" "))
