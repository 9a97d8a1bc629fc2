"""Visits and claims as the tests of storage begin and inspect them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from monitor.model import Page
from storage.database.connection import database_now
from storage.schema import page_claims
from storage.store import SqlStore


def lease_hosts(store: SqlStore, wanted: Sequence[str], owner: str, lease: timedelta) -> list[str]:
    """Lease the hosts that are free, in one transaction; return them in the order of `wanted`."""
    now = datetime(2021, 1, 1, tzinfo=UTC)
    return [visit.host for visit in store.begin_visits(wanted, now, owner, lease, pages_a_visit=1)]


def due_pages(store: SqlStore, host: str, now: datetime, limit: int) -> list[Page]:
    """Return the pages that a visit to a free host would check."""
    (visit,) = store.begin_visits([host], now, "tests", timedelta(seconds=30), pages_a_visit=limit)
    store.release_host(host, "tests")
    return list(visit.pages)


def claims(store: SqlStore) -> list[tuple[int, str]]:
    """Return the claimed pages with their owners, in order of id."""
    query = select(page_claims.c.page_id, page_claims.c.lease_owner).order_by(page_claims.c.page_id)
    with store.database.read() as connection:
        held = query.where(page_claims.c.lease_until > database_now(connection))
        return [(row.page_id, row.lease_owner) for row in connection.execute(held)]
