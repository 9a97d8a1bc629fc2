"""WARC records: their fields as parsed by warcio, and the HTTP exchange that a response record contains."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urlsplit

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecordLoader

from monitor.model import Exchange, ExchangeRole, Headers, Truncation
from monitor.urls import DEFAULT_PORTS, usable
from storage.warc.http_message import ResponseHead, read_response_head, received_headers, split_message
from storage.warc.payload import decode_payload, without_chunks
from storage.warc.raw_records import RawRecord
from storage.warc.writing import ENTITY_DIGEST_FIELD, ENTITY_LENGTH_FIELD, ROLE_FIELD, TRUNCATED_FIELD

# It would print URLs of the file to the terminal.
logging.getLogger("warcio").setLevel(logging.ERROR)

_DATE = re.compile(
    r"(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ]?(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?Z?)?)?)?(?:\+00:00)?",
    re.ASCII,
)
_FIRST_YEAR, _LAST_YEAR = 1970, 2999
_HEX = re.compile(r"[0-9a-f]{64}")
_ALGORITHMS = {
    "sha1": "sha1",
    "sha-1": "sha1",
    "sha256": "sha256",
    "sha-256": "sha256",
    "md5": "md5",
    "sha512": "sha512",
}
_TRUNCATIONS = {reason.value: reason for reason in Truncation}


@dataclass(frozen=True, slots=True)
class Record:
    """A record with its fields.

    Attributes:
        raw: The record as framed.
        kind: Its WARC-Type, in lower case.
        target: Its target as stated; "" if it has none.
        fields: Its fields by name in lower case; of several with one name the last.
    """

    raw: RawRecord
    kind: str
    target: str
    fields: Mapping[str, str]

    @property
    def at(self) -> datetime:
        """When it was recorded.

        Raises:
            ValueError: It states no time, or none that an archive can have.
        """
        return parse_date(self.fields.get("warc-date", ""))

    @property
    def url(self) -> str:
        """Its target, normalised.

        Raises:
            ValueError: It is no http or https URL that can be archived.
        """
        return usable(self.target)

    @property
    def digest(self) -> str | None:
        """Its payload digest in one form, "sha1:" and hexadecimal digits; None if it states none that is known."""
        return normal_digest(self.fields.get("warc-payload-digest", ""))


@dataclass(frozen=True, slots=True)
class ReadResponse:
    """The exchange of a response record.

    Attributes:
        exchange: The exchange with its body.
        warnings: What is doubtful about it, one line each.
    """

    exchange: Exchange
    warnings: tuple[str, ...] = ()


def parse_record(raw: RawRecord) -> Record:
    """Parse the head of a record.

    Raises:
        ValueError: It cannot be parsed.
    """
    loader = ArcWarcRecordLoader(verify_http=False, arc2warc=True)
    try:
        head = loader.parse_record_stream(BytesIO(raw.head), no_record_parse=True).rec_headers
    except (ArchiveLoadFailed, EOFError, ValueError, AttributeError, TypeError, IndexError) as error:
        raise ValueError(f"its head cannot be parsed: {error}") from None
    fields = {name.strip().lower(): value.strip() for name, value in head.headers}
    return Record(raw, fields.get("warc-type", "").lower(), fields.get("warc-target-uri", ""), fields)


def parse_date(text: str) -> datetime:
    """Parse a WARC date, of any precision that WARC/1.1 allows, or the 14 digits of an ARC file.

    Raises:
        ValueError: It is none, or outside the years 1970 to 2999.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:40]!r} is no date")
    year, month, day, hour, minute, second, fraction = found.groups()
    if not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        raise ValueError(f"{text[:40]!r} lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    micros = int((fraction or "0").ljust(6, "0")[:6])
    # A leap second belongs to the minute that it ends.
    seconds = min(int(second or 0), 59)
    return datetime(
        int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), seconds, micros, tzinfo=UTC
    )


def normal_digest(text: str) -> str | None:
    """Return a digest as algorithm and hexadecimal digits, whatever case and base it is in; None if it is of no known kind."""
    name, _, value = text.partition(":")
    algorithm = _ALGORITHMS.get(name.strip().lower())
    value = value.strip()
    if algorithm is None:
        return None
    length = hashlib.new(algorithm, usedforsecurity=False).digest_size
    if re.fullmatch(r"[0-9A-Fa-f]+", value) and len(value) == 2 * length:
        return f"{algorithm}:{value.lower()}"
    for decode in (base64.b32decode, base64.b64decode):
        try:
            data = decode(value.upper() + "=" * (-len(value) % 8) if decode is base64.b32decode else value)
        except ValueError:
            continue
        if len(data) == length:
            return f"{algorithm}:{data.hex()}"
    return None


def digest_like(known: str, data: bytes) -> str:
    """Return the digest of some data with the algorithm of a known one."""
    algorithm = known.partition(":")[0]
    return f"{algorithm}:{hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()}"


def read_response(record: Record, request_headers: Headers, role: ExchangeRole, max_body: int) -> ReadResponse:
    """Return the exchange of a response record.

    The body is the payload without chunks and content coding. A payload that its Content-Encoding cannot be undone of was decoded already, as by crawlers
    that record what a browser received. That of an export of ours is the body as archived, whatever its fields state.

    Args:
        record: A response record.
        request_headers: Of the request record that belongs to it; empty without one.
        role: What it was requested for.
        max_body: Maximum size of a body in bytes; a longer one is truncated.

    Raises:
        ValueError: It contains no HTTP response, or its URL or date cannot be archived.
    """
    raw = record.raw
    head, payload = split_message(raw.block)
    read = read_response_head(head)
    coded = {name.lower(): value for name, value in read.headers}
    warnings: list[str] = []
    truncated = _truncation(record)
    entity = payload
    if "chunked" in coded.get("transfer-encoding", "").lower():
        entity, is_complete = without_chunks(payload)
        truncated = truncated if is_complete else truncated or Truncation.DISCONNECT
    is_cut = len(raw.block) < raw.length
    if is_cut:
        truncated = Truncation.LENGTH
    elif record.digest is not None and record.digest not in (
        digest_like(record.digest, data) for data in (entity, payload)
    ):
        # Crawlers have written wrong digests: warcio #74, heritrix3 #769. The record is complete otherwise, so it counts.
        warnings.append("its payload does not match its digest; archived as it is")
    codings = [value for name, value in read.headers if name.lower() == "content-encoding"]
    decoded = decode_payload(entity, codings if stated_role(record) is None else (), max_body)
    warnings += (
        []
        if decoded.unknown_coding is None
        else [f"its content coding {decoded.unknown_coding[:40]!r} cannot be undone; archived as sent"]
    )
    exchange = _exchange(record, read, request_headers, role, decoded.body, entity)
    return ReadResponse(replace(exchange, truncated=truncated or decoded.truncated), tuple(warnings))


def read_revisit(
    record: Record,
    head: bytes,
    body: bytes,
    request_headers: Headers,
    role: ExchangeRole,
    *,
    is_as_received: bool = False,
) -> Exchange:
    """Return the exchange of a revisit record.

    Args:
        record: A revisit record.
        head: Head of the response.
        body: The body that it repeats; b"" for a 304.
        request_headers: As in `read_response`.
        role: What it was requested for.
        is_as_received: Whether no field of the head was renamed.

    Raises:
        ValueError: As in `read_response`.
    """
    read = read_response_head(head)
    exchange = _exchange(record, read, request_headers, role, body, body)
    if is_as_received:
        exchange = replace(exchange, response_headers=read.headers)
    stated = record.fields.get(TRUNCATED_FIELD.lower())
    return exchange if stated is None else replace(exchange, truncated=_TRUNCATIONS.get(stated))


def _exchange(
    record: Record, head: ResponseHead, request_headers: Headers, role: ExchangeRole, body: bytes, entity: bytes
) -> Exchange:
    """Return an exchange; digest and length of the entity are those that an export of ours stated, if it did."""
    url = record.url
    stated = record.fields.get(ENTITY_DIGEST_FIELD.lower(), "").removeprefix("sha256:")
    length = record.fields.get(ENTITY_LENGTH_FIELD.lower(), "")
    is_stated = bool(_HEX.fullmatch(stated)) and re.fullmatch("[0-9]{1,9}", length) is not None
    return Exchange(
        url=url,
        request_headers=request_headers,
        started_at=record.at,
        elapsed_ms=0,
        status=head.status,
        reason=head.reason,
        http_version=head.http_version,
        response_headers=received_headers(head.headers),
        peer=_peer(url, record.fields.get("warc-ip-address")),
        entity_sha256=stated if is_stated else hashlib.sha256(entity).hexdigest(),
        entity_bytes=int(length) if is_stated else len(entity),
        body=body,
        role=role,
    )


def stated_role(record: Record) -> ExchangeRole | None:
    """Return the role that an export of ours stated; None for files of other tools."""
    try:
        return ExchangeRole(record.fields.get(ROLE_FIELD.lower(), ""))
    except ValueError:
        return None


def _truncation(record: Record) -> Truncation | None:
    reason = record.fields.get("warc-truncated", "").lower()
    return _TRUNCATIONS.get(reason, Truncation.DISCONNECT) if reason else None


def _peer(url: str, address: str | None) -> str | None:
    """Return address and port of the server; records state the address only, so the port is that of the URL."""
    if not address or not re.fullmatch(r"[0-9A-Fa-f.:]{2,45}", address) or address == "0.0.0.0":  # noqa: S104 (ARC: unknown)
        return None
    split = urlsplit(url)
    port = split.port or DEFAULT_PORTS[split.scheme]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
