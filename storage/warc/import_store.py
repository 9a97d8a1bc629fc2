"""What an import of exchanges stores and finds: each exchange once, by URL, time and body."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Select, func, select

from monitor.model import Exchange, Outcome
from storage.archive.archived_urls import digest_of
from storage.archive.exchanges import EXCHANGES_WITH_BODIES, exchange_of
from storage.archive.rows import Row
from storage.archive.unattached_exchanges import store_unattached
from storage.schema import archived_urls, bodies, exchanges, pages, snapshots

_EMPTY = hashlib.sha256(b"").hexdigest()
_MOST_COMPARED = 100  # with one URL, time, status and body


@dataclass(frozen=True, slots=True)
class Found:
    """An exchange that is archived.

    Attributes:
        exchange: The exchange without its body.
        body_sha256: SHA-256 of its body; None if it has none.
        incomplete_page: URL of its page, if an import was interrupted before its snapshot was processed; None otherwise.
    """

    exchange: Exchange
    body_sha256: str | None
    incomplete_page: str | None = None


_FOUND = (
    EXCHANGES_WITH_BODIES.add_columns(pages.c.url.label("page_url"), snapshots.c.verdict, snapshots.c.outcome)
    .outerjoin(snapshots, snapshots.c.id == exchanges.c.snapshot_id)
    .outerjoin(pages, pages.c.id == snapshots.c.page_id)
)


def find_exchange(connection: Connection, url: str, at: datetime) -> Found | None:
    """Return the first exchange with a response of a URL at a time; None if none is archived."""
    row = connection.execute(_at(url, at).limit(1)).first()
    return None if row is None else _found(row)


def find_same(connection: Connection, item: Exchange) -> Found | None:
    """Return the archived exchange that is the same as one with a response; None if there is none."""
    sha256 = _sha256(item)
    is_same_body = bodies.c.sha256 == sha256
    if sha256 == _EMPTY:
        is_same_body = is_same_body | bodies.c.sha256.is_(None)
    query = _at(item.url, item.started_at).where(exchanges.c.status == item.status, is_same_body).limit(_MOST_COMPARED)
    found = (_found(row) for row in connection.execute(query))
    return next((one for one in found if one.exchange.header("Location") == item.header("Location")), None)


def _at(url: str, at: datetime) -> Select[tuple[object, ...]]:
    of_url = (
        archived_urls.c.url_sha256 == digest_of(url),
        exchanges.c.started_at == at,
        exchanges.c.status.is_not(None),
    )
    return _FOUND.where(*of_url).order_by(exchanges.c.id)


def _found(row: Row) -> Found:
    is_incomplete = row.page_url is not None and row.verdict is None and row.outcome is not Outcome.FAILED
    return Found(exchange_of(row), row.body_sha256, row.page_url if is_incomplete else None)


def _sha256(item: Exchange) -> str:
    return hashlib.sha256(item.body or b"").hexdigest()


def newest_snapshot(connection: Connection, page_id: int) -> datetime | None:
    """Return the time of a page's newest snapshot; None if it has none."""
    newest: datetime | None = connection.execute(
        select(func.max(snapshots.c.taken_at)).where(snapshots.c.page_id == page_id)
    ).scalar()
    return newest


def store_exchanges(connection: Connection, items: Sequence[Exchange]) -> int:
    """Store exchanges that belong to no snapshot, with their bodies; those that are archived already are ignored.

    A 304 is stored as a confirmation of the last response of its URL before it.

    Args:
        connection: In a writing transaction.
        items: Exchanges with a response and a body.

    Returns:
        How many were stored.
    """
    new: dict[tuple[object, ...], Exchange] = {}
    for item in items:
        if find_same(connection, item) is None:
            # Dates of WARC/1.0 are whole seconds, and redirects within one second often have equal bodies.
            new.setdefault((item.url, item.started_at, item.status, item.header("Location"), _sha256(item)), item)
    if new:
        stored = list(new.values())
        store_unattached(
            connection, stored, None, max(item.started_at for item in stored), partial(_confirmed, connection)
        )
    return len(new)


def _confirmed(connection: Connection, url_id: int, item: Exchange) -> int | None:
    """Return the last response of a URL before a 304; None if there is none."""
    of_url = (
        exchanges.c.url_id == url_id,
        exchanges.c.status.between(200, 299),
        exchanges.c.started_at <= item.started_at,
    )
    query = select(exchanges.c.id).where(*of_url).order_by(exchanges.c.started_at.desc(), exchanges.c.id.desc())
    found: int | None = connection.execute(query.limit(1)).scalar()
    return found
