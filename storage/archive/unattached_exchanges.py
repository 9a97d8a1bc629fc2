"""Exchanges that belong to no snapshot: requisites and robots.txt files."""

from __future__ import annotations

from collections.abc import Sequence
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
    connection: Connection, items: Sequence[Exchange], role: ExchangeRole, at: datetime, confirmed_id: int | None = None
) -> StoredExchange:
    """Store the exchanges of one request, redirect hops first, and their bodies; return the final one.

    Args:
        connection: In a writing transaction.
        items: The exchanges, at least one.
        role: What they were requested for.
        at: When the bodies arrived.
        confirmed_id: The exchange that the final one confirms if it is a 304; None if the request was unconditional.
    """
    urls = lock_urls(connection, {item.url for item in items})
    arrivals = [None if item.body is None else arrival(item.url, item.body) for item in items]
    keys = store_bodies(connection, [one for one in arrivals if one is not None], at, urls=urls)
    stored = StoredExchange(0, None)
    for item, one in zip(items, arrivals, strict=True):
        body_id = None if one is None else keys[one.sha256]
        is_confirmation = item is items[-1] and item.status == _NOT_MODIFIED
        place = Placement(urls[item.url].id, body_id=body_id, repeats_id=confirmed_id if is_confirmation else None)
        stored = StoredExchange(store_exchange(connection, replace(item, role=role), place), body_id)
    return stored
