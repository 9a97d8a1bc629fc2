"""Exchanges that belong to no snapshot: requisites, robots.txt files, and what was imported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.model import Exchange, ExchangeRole
from storage.archive.archived_urls import lock_urls
from storage.archive.bodies import arrival, store_bodies
from storage.archive.exchanges import Placement, store_exchange

_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class StoredExchange:
    """An exchange that was stored.

    Attributes:
        id: Its key.
        body_id: Its body; None without a response.
    """

    id: int
    body_id: int | None


def store_unattached(
    connection: Connection,
    items: Sequence[Exchange],
    role: ExchangeRole | None,
    at: datetime,
    confirmed: Callable[[int, Exchange], int | None] = lambda _, __: None,
) -> StoredExchange:
    """Store exchanges in order, and their bodies; return the last one.

    Args:
        connection: In a writing transaction.
        items: The exchanges, at least one; of one request, redirect hops first.
        role: What they were requested for; None: the role of each.
        at: When the bodies arrived.
        confirmed: Called with the key of its URL and a 304, after the exchanges before it were stored; returns the exchange that it confirms, None for none.
    """
    urls = lock_urls(connection, {item.url for item in items})
    arrivals = [None if item.body is None else arrival(item.url, item.body) for item in items]
    keys = store_bodies(connection, [one for one in arrivals if one is not None], at, urls=urls)
    stored = StoredExchange(0, None)
    for item, one in zip(items, arrivals, strict=True):
        body_id = None if one is None else keys[one.sha256]
        url_id = urls[item.url].id
        repeats_id = confirmed(url_id, item) if item.status == _NOT_MODIFIED else None
        place = Placement(url_id, body_id=body_id, repeats_id=repeats_id)
        stored = StoredExchange(store_exchange(connection, replace(item, role=role or item.role), place), body_id)
    return stored
