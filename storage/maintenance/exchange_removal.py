"""Remove exchanges: remaining exchanges whose headers are differences from removed ones are first stored complete."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from storage.archive.exchanges import EXCHANGES, exchange_of
from storage.database.slices import slices
from storage.schema import archived_urls, body_links, exchanges, requisites


def remove_exchanges(connection: Connection, dead: Sequence[int]) -> list[int]:
    """Remove exchanges by their keys.

    Returns:
        The keys of their URLs, for `remove_unused_urls`.

    Raises:
        StorageError: The headers of a remaining exchange cannot be read, so they cannot be stored complete.
    """
    removed = set(dead)
    urls: set[int] = set()
    for some in slices(sorted(removed)):
        urls.update(connection.execute(select(exchanges.c.url_id).where(exchanges.c.id.in_(some)).distinct()).scalars())
    for url_id in sorted(urls):
        _store_complete(connection, url_id, removed)
    for some in slices(sorted(removed, reverse=True)):
        connection.execute(delete(exchanges).where(exchanges.c.id.in_(some)))
    return sorted(urls)


def remove_unused_urls(connection: Connection, urls: Sequence[int]) -> None:
    """Remove those of the URLs that no exchange or requisite refers to, with the order in which bodies were received from them.

    A body of such a URL that remains was received from another URL too; a delta refers to its base itself, not through this order.
    """
    for some in slices(urls):
        used = select(exchanges.c.url_id).where(exchanges.c.url_id.in_(some))
        needed = select(requisites.c.url_id).where(requisites.c.url_id.in_(some))
        query = select(archived_urls.c.id).where(archived_urls.c.id.in_(some))
        query = query.where(archived_urls.c.id.not_in(used), archived_urls.c.id.not_in(needed))
        unused = connection.execute(query).scalars().all()
        connection.execute(delete(body_links).where(body_links.c.url_id.in_(unused)))
        connection.execute(delete(archived_urls).where(archived_urls.c.id.in_(unused)))


def _store_complete(connection: Connection, url_id: int, removed: set[int]) -> None:
    """Store the headers of a URL's remaining exchanges complete where their base is removed, and drop references to removed ones."""
    for row in connection.execute(EXCHANGES.where(exchanges.c.url_id == url_id)).all():
        if row.id in removed:
            continue
        values: dict[str, object] = {}
        if row.header_base_id in removed:
            item = exchange_of(row)
            values = {
                "header_base_id": None,
                "request_headers": item.request_headers,
                "response_headers": item.response_headers,
            }
        if row.repeats_id in removed:
            values["repeats_id"] = None
        if values:
            connection.execute(update(exchanges).where(exchanges.c.id == row.id).values(values))
