"""What an import of exchanges stores and finds: each exchange once, by URL, time and body."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from monitor.model import Exchange, Outcome
from storage.archive.archived_urls import digest_of, lock_urls
from storage.archive.bodies import arrival, store_bodies
from storage.archive.exchanges import EXCHANGES_WITH_BODIES, Placement, exchange_of, store_exchange
from storage.schema import archived_urls, bodies, exchanges, pages, snapshots

_NOT_MODIFIED = 304


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


def find_exchange(connection: Connection, url: str, at: datetime, body_sha256: str | None = None) -> Found | None:
    """Return the exchange with a response of a URL at a time, with this body if one is given; None if it is not archived."""
    query = _FOUND.where(
        archived_urls.c.url_sha256 == digest_of(url), exchanges.c.started_at == at, exchanges.c.status.is_not(None)
    )
    if body_sha256 is not None:
        query = query.where(bodies.c.sha256 == body_sha256)
    row = connection.execute(query.order_by(exchanges.c.id).limit(1)).first()
    if row is None:
        return None
    is_incomplete = row.page_url is not None and row.verdict is None and row.outcome is not Outcome.FAILED
    return Found(exchange_of(row), row.body_sha256, row.page_url if is_incomplete else None)


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
    urls = lock_urls(connection, {item.url for item in items})
    stored = 0
    for item in items:
        body = item.body or b""
        sha256 = hashlib.sha256(body).hexdigest()
        if find_exchange(connection, item.url, item.started_at, sha256) is not None:
            continue
        keys = store_bodies(connection, [arrival(item.url, body, sha256)], item.started_at, urls=urls)
        url_id = urls[item.url].id
        confirms = _confirmed(connection, url_id, item.started_at) if item.status == _NOT_MODIFIED else None
        store_exchange(connection, item, Placement(url_id, body_id=keys[sha256], repeats_id=confirms))
        stored += 1
    return stored


def _confirmed(connection: Connection, url_id: int, at: datetime) -> int | None:
    """Return the last response of a URL before a 304; None if there is none."""
    of_url = (exchanges.c.url_id == url_id, exchanges.c.status.between(200, 299), exchanges.c.started_at <= at)
    query = select(exchanges.c.id).where(*of_url).order_by(exchanges.c.started_at.desc(), exchanges.c.id.desc())
    found: int | None = connection.execute(query.limit(1)).scalar()
    return found
