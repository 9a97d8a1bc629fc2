"""Exchanges: stored with headers as differences from an earlier exchange of the same URL, and loaded complete."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, Select, bindparam, insert, select

from monitor.errors import StorageError
from monitor.model import Exchange, Headers, JsonValue
from storage.archive import header_delta, rows
from storage.database.compiled_statements import CompiledStatement
from storage.schema import archived_urls, bodies, exchanges

header_bases = exchanges.alias("header_base")
"""The exchange that another one's headers are a difference from, in `EXCHANGES`."""

EXCHANGES: Select[tuple[object, ...]] = select(
    exchanges,
    archived_urls.c.url,
    header_bases.c.request_headers.label("base_request_headers"),
    header_bases.c.response_headers.label("base_response_headers"),
).select_from(
    exchanges.join(archived_urls, archived_urls.c.id == exchanges.c.url_id).outerjoin(
        header_bases, header_bases.c.id == exchanges.c.header_base_id
    )
)
"""The columns that `exchange_of` reads."""

EXCHANGES_WITH_BODIES: Select[tuple[object, ...]] = EXCHANGES.add_columns(
    bodies.c.sha256.label("body_sha256")
).outerjoin(bodies, bodies.c.id == exchanges.c.body_id)
"""`EXCHANGES` with the SHA-256 of the body; null without one."""

_BASE = CompiledStatement(
    select(exchanges.c.id, exchanges.c.request_headers, exchanges.c.response_headers)
    .where(exchanges.c.url_id == bindparam("url"), exchanges.c.header_base_id.is_(None))
    .order_by(exchanges.c.id.desc())
    .limit(1)
)
_INSERT = CompiledStatement(insert(exchanges).returning(exchanges.c.id))
_DAMAGED = "the header fields of an exchange cannot be restored: {}; `pagewitness verify` names it"
_compact = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an exchange belongs.

    Attributes:
        url_id: The row of its URL.
        snapshot_id: Its snapshot; None if it belongs to none.
        hop: Its position among the snapshot's exchanges; None without a snapshot.
        body_id: Its content-decoded body; None without a response.
        repeats_id: The exchange that it confirms, if it is a 304; None otherwise.
    """

    url_id: int
    snapshot_id: int | None = None
    hop: int | None = None
    body_id: int | None = None
    repeats_id: int | None = None


def store_exchange(connection: Connection, item: Exchange, place: Placement) -> int:
    """Store an exchange of a URL whose row is locked; return its key."""
    values = {
        "url_id": place.url_id,
        "snapshot_id": place.snapshot_id,
        "hop": place.hop,
        "body_id": place.body_id,
        "repeats_id": place.repeats_id,
        **_header_values(_BASE.first(connection, {"url": place.url_id}), item),
        **rows.exchange_values(item),
    }
    key: int = _INSERT.scalar(connection, values)
    return key


def exchange_of(row: rows.Row, body: bytes | None = None) -> Exchange:
    """Convert a row of `EXCHANGES`.

    Raises:
        StorageError: Its headers cannot be restored.
    """
    is_delta = row.header_base_id is not None
    request = headers_of(row.request_headers, row.base_request_headers if is_delta else None)
    response = headers_of(row.response_headers, row.base_response_headers if is_delta else None)
    return rows.exchange(row, request, response, body)


def headers_of(stored: JsonValue, base: JsonValue | None) -> Headers:
    """Return the header fields of a stored value.

    Args:
        stored: The column's value.
        base: The same column of the exchange that it is a difference from; None: it is complete.

    Raises:
        StorageError: The fields cannot be restored.
    """
    if base is None and not isinstance(stored, list):
        raise StorageError(_DAMAGED.format("their base is missing"))
    try:
        return header_delta.apply(stored, () if base is None else header_delta.apply(base, ()))
    except ValueError as error:
        raise StorageError(_DAMAGED.format(error)) from error


def _header_values(base: rows.Row | None, item: Exchange) -> rows.Values:
    """Return the columns of an exchange's headers: complete, or as a difference from the URL's newest complete ones.

    A Refresh field is stored only in complete headers: queries of snapshots search it there (`storage.archive.snapshots`).
    """
    complete: rows.Values = {
        "header_base_id": None,
        "request_headers": item.request_headers,
        "response_headers": item.response_headers,
    }
    if base is None or item.header("Refresh") is not None:
        return complete
    request = header_delta.difference(item.request_headers, headers_of(base.request_headers, None))
    response = header_delta.difference(item.response_headers, headers_of(base.response_headers, None))
    delta = len(_compact(request)) + len(_compact(response))
    size = len(_compact(item.request_headers)) + len(_compact(item.response_headers))
    if not header_delta.is_worth(delta, size):
        return complete
    return {"header_base_id": base.id, "request_headers": request, "response_headers": response}
