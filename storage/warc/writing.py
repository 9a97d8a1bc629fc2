"""Write exchanges as WARC/1.1 records with warcio: response, request, revisit and metadata records."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import IO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from monitor.model import Exchange, Truncation
from storage.warc.http_message import encoded, is_undone_in_fetches, recorded_headers, request_head, response_head

VERSION = "WARC/1.1"
FIELDS = "application/warc-fields"
ROLE_FIELD = "Pagewitness-Role"
"""WARC field of a response or revisit: what it was requested for."""
ENTITY_DIGEST_FIELD, ENTITY_LENGTH_FIELD = "Pagewitness-Entity-Digest", "Pagewitness-Entity-Length"
"""WARC fields of a response or revisit: digest and length of the body as sent, before its content coding was undone."""
TRUNCATED_FIELD = "Pagewitness-Truncated"
"""WARC field of an identical-payload revisit: why the body ends early, or "no". WARC-Truncated states there that the record does not contain it."""
NOT_MODIFIED_PROFILE = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_PAYLOAD_PROFILE = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"

_IDS = uuid.UUID("2f1d7b5e-4f5b-4f0e-9d83-6c7a3a8f9a11")
_HTTP_RESPONSE, _HTTP_REQUEST = "application/http; msgtype=response", "application/http; msgtype=request"


@dataclass(frozen=True, slots=True)
class Archived:
    """An exchange to write.

    Attributes:
        id: Its key.
        exchange: The exchange, without its body.
        body_sha256: SHA-256 of its stored body; without one, of no bytes.
        body_bytes: Length of that body.
    """

    id: int
    exchange: Exchange
    body_sha256: str
    body_bytes: int = 0


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """The head of an HTTP message, written as these bytes: warcio would percent-encode what is not ASCII."""

    def __init__(self, head: bytes) -> None:
        super().__init__("", [])
        self._head = head

    def __bool__(self) -> bool:  # warcio writes no head that is false, as one without fields is
        return True

    def to_ascii_bytes(self, _filter: object = None) -> bytes:
        return self._head


class _Writer(WARCWriter):  # type: ignore[misc]
    """Adds no payload digest to a metadata record, whose payload is its block."""

    NO_PAYLOAD_DIGEST_TYPES = ("warcinfo", "revisit", "metadata")


class RecordWriter:
    """Writes records. With `gzip`, each is a gzip member of its own, as the format recommends (WARC/1.1 annex D)."""

    def __init__(self, out: IO[bytes], *, gzip: bool) -> None:
        self._writer = _Writer(out, gzip=gzip, warc_version=VERSION)
        self._warcinfo: Mapping[str, str] = {}

    def write_info(self, fields: Mapping[str, str], now: datetime) -> None:
        """Write the warcinfo record, to which all later ones refer."""
        record_id = f"<urn:uuid:{uuid.uuid4()}>"
        self._write("warcinfo", "", record_id, now, {}, FIELDS, _fields(fields))
        self._warcinfo = {"WARC-Warcinfo-ID": record_id}

    def write_response(self, item: Archived, body: bytes) -> None:
        """Write a response with its body, and its request."""
        exchange = item.exchange
        more = {"WARC-Payload-Digest": f"sha256:{item.body_sha256}", **_truncated(exchange.truncated)}
        head = self._response_head(item)
        self._write_message("response", item, {**_origin(exchange), **more}, head, body)
        self._write_request(item)

    def write_duplicate(self, item: Archived, original: Archived) -> None:
        """Write a response whose body is in an earlier record, and its request."""
        more = {
            "WARC-Profile": SAME_PAYLOAD_PROFILE,
            **_refers_to(original),
            "WARC-Payload-Digest": f"sha256:{item.body_sha256}",
            # WARC/1.1 §6.7.2: the block is shortened, which this field shall state.
            "WARC-Truncated": Truncation.LENGTH.value,
            TRUNCATED_FIELD: "no" if item.exchange.truncated is None else item.exchange.truncated.value,
        }
        self._write_message("revisit", item, {**_origin(item.exchange), **more}, self._response_head(item), b"")
        self._write_request(item)

    def write_not_modified(self, item: Archived, original: Archived) -> None:
        """Write a 304 that confirms an earlier response, its head as metadata, and its request.

        Its block is empty: with the head of the 304 in it, pywb replays an empty page instead of the original.
        """
        more = {
            "WARC-Profile": NOT_MODIFIED_PROFILE,
            **_refers_to(original),
            "WARC-Payload-Digest": f"sha256:{original.body_sha256}",
        }
        self._write_message("revisit", item, {**_origin(item.exchange), **more}, b"", b"")
        head = response_head(item.exchange, item.exchange.response_headers)
        self._write_metadata(item, _indented("http-response-head", head))
        self._write_request(item)

    def write_failure(self, item: Archived) -> None:
        """Write a request without a response as a metadata record, and the request."""
        failure = item.exchange.failure
        fields = {"fetchTimeMs": str(item.exchange.elapsed_ms), ROLE_FIELD: item.exchange.role.value}
        if failure is not None:
            fields |= {"fetchFailure": failure.kind.value, "fetchFailureMessage": failure.message}
        self._write_metadata(item, _fields(fields), is_failure=True)
        self._write_request(item, beside="metadata")

    def _response_head(self, item: Archived) -> bytes:
        exchange = item.exchange
        # A body that equals the entity although its coding is known was sent without the coding that its field states.
        decoded = exchange.entity_sha256 not in (None, item.body_sha256) or is_undone_in_fetches(exchange)
        headers = recorded_headers(exchange.response_headers, is_decoded=decoded, length=item.body_bytes)
        return response_head(exchange, headers)

    def _write_request(self, item: Archived, beside: str = "response") -> None:
        exchange = item.exchange
        if not exchange.request_headers:
            return
        more = {"WARC-Concurrent-To": _record_id(item, beside)}
        self._write_message("request", item, more, request_head(exchange), b"")

    def _write_metadata(self, item: Archived, block: bytes, *, is_failure: bool = False) -> None:
        exchange = item.exchange
        beside = {} if is_failure else {"WARC-Concurrent-To": _record_id(item, "response")}
        address = _address(exchange)
        self._write(
            "metadata",
            exchange.url,
            _record_id(item, "metadata"),
            exchange.started_at,
            beside if address is None else {**beside, "WARC-IP-Address": address},
            FIELDS,
            block,
        )

    def _write_message(self, kind: str, item: Archived, more: Mapping[str, str], head: bytes, body: bytes) -> None:
        exchange = item.exchange
        content_type = _HTTP_REQUEST if kind == "request" else _HTTP_RESPONSE
        record_id = _record_id(item, "request" if kind == "request" else "response")
        self._write(kind, exchange.url, record_id, exchange.started_at, more, content_type, body, head)

    def _write(
        self,
        kind: str,
        url: str,
        record_id: str,
        at: datetime,
        more: Mapping[str, str],
        content_type: str,
        body: bytes,
        head: bytes = b"",
    ) -> None:
        block = hashlib.sha256(head)
        block.update(body)
        fields = {
            "WARC-Type": kind,
            "WARC-Record-ID": record_id,
            "WARC-Date": warc_date(at),
            **({"WARC-Target-URI": url} if url else {}),
            **self._warcinfo,
            **more,
            "WARC-Block-Digest": f"sha256:{block.hexdigest()}",
        }
        if kind == "request":
            fields["WARC-Payload-Digest"] = f"sha256:{hashlib.sha256(body).hexdigest()}"
        record = self._writer.create_warc_record(
            "", kind, BytesIO(body), len(body), content_type, dict(fields), http_headers=_Head(head) if head else None
        )
        self._writer.write_record(record)


def warc_date(at: datetime) -> str:
    """Return a time as WARC/1.1 writes it, with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _origin(exchange: Exchange) -> dict[str, str]:
    """Return the WARC fields about the connection, the role and the entity as sent."""
    address = _address(exchange)
    fields = {} if address is None else {"WARC-IP-Address": address}
    fields[ROLE_FIELD] = exchange.role.value
    if exchange.entity_sha256 is not None:
        fields[ENTITY_DIGEST_FIELD] = f"sha256:{exchange.entity_sha256}"
    if exchange.entity_bytes is not None:
        fields[ENTITY_LENGTH_FIELD] = str(exchange.entity_bytes)
    return fields


def _address(exchange: Exchange) -> str | None:
    """Return the address without its port."""
    return None if exchange.peer is None else exchange.peer.rpartition(":")[0].strip("[]")


def _refers_to(original: Archived) -> dict[str, str]:
    exchange = original.exchange
    return {
        "WARC-Refers-To": _record_id(original, "response"),
        "WARC-Refers-To-Target-URI": exchange.url,
        "WARC-Refers-To-Date": warc_date(exchange.started_at),
    }


def _truncated(reason: Truncation | None) -> dict[str, str]:
    return {} if reason is None else {"WARC-Truncated": reason.value}


def _record_id(item: Archived, kind: str) -> str:
    """Return the same id for the same record in every export, so that a later file can refer to an earlier one."""
    exchange = item.exchange
    name = f"{kind} {item.id} {warc_date(exchange.started_at)} {exchange.url}"
    return f"<urn:uuid:{uuid.uuid5(_IDS, name)}>"


def _fields(fields: Mapping[str, str]) -> bytes:
    return b"".join(f"{name}: {' '.join(value.split())}\r\n".encode(errors="replace") for name, value in fields.items())


def _indented(name: str, text: bytes) -> bytes:
    """Return a field of several lines, each continued by a space."""
    return encoded(f"{name}:") + b"".join(b"\r\n " + line for line in text.strip().split(b"\r\n")) + b"\r\n"
