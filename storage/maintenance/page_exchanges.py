"""The exchanges that are removed with a page: those of its snapshots, and of the requisites that no other page needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from monitor.model import ExchangeRole
from monitor.urls import join
from storage.archive.archived_urls import digest_of
from storage.archive.exchanges import EXCHANGES, exchange_of
from storage.archive.rows import Row
from storage.database.dialect import In
from storage.database.slices import slices
from storage.schema import archived_urls, exchanges, requisites, snapshots

_MOST_HOPS = 10


def only_of(page_id: int, redirected: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition for the exchanges that are removed with a page.

    Args:
        page_id: The page.
        redirected: The result of `redirect_targets`.
    """
    shown = select(snapshots.c.id).where(snapshots.c.page_id == page_id)
    return or_(
        exchanges.c.snapshot_id.in_(shown),
        and_(exchanges.c.role == ExchangeRole.REQUISITE, exchanges.c.url_id.in_(_own_urls(page_id))),
        and_(exchanges.c.role == ExchangeRole.REQUISITE, In(exchanges.c.url_id, redirected)),
    )


def redirect_targets(connection: Connection, page_id: int) -> list[int]:
    """Return the URLs that only redirects of the page's own requisites lead to."""
    redirects = (exchanges.c.role == ExchangeRole.REQUISITE, exchanges.c.status.between(300, 399))
    own = exchanges.c.url_id.in_(_own_urls(page_id))
    reached = _targets(connection.execute(EXCHANGES.where(*redirects, own)).all())
    if not reached:
        return []
    kept = _targets(connection.execute(EXCHANGES.where(*redirects, ~own)).all())
    found: set[int] = set()
    waiting = reached
    for _ in range(_MOST_HOPS):
        new = {key for key, url in _unneeded(connection, waiting) if url not in kept} - found
        if not new:
            break
        found |= new
        waiting = _targets(connection.execute(EXCHANGES.where(*redirects, In(exchanges.c.url_id, sorted(new)))).all())
        reached |= waiting
    return sorted(found)


def _unneeded(connection: Connection, urls: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield the keys of those of the URLs that are no page's requisites, with the URLs."""
    for some in slices(sorted(urls)):
        digests = [digest_of(url) for url in some]
        query = select(archived_urls.c.id, archived_urls.c.url).where(
            archived_urls.c.url_sha256.in_(digests), archived_urls.c.id.not_in(select(requisites.c.url_id))
        )
        for row in connection.execute(query):
            yield row.id, row.url


def _own_urls(page_id: int) -> ColumnElement[int]:
    """Select the URLs of the page's requisites that no other page needs."""
    others = select(requisites.c.url_id).where(requisites.c.page_id != page_id)
    own = select(requisites.c.url_id).where(requisites.c.page_id == page_id, requisites.c.url_id.not_in(others))
    return own.scalar_subquery()


def _targets(rows: Sequence[Row]) -> set[str]:
    """Return the URLs that redirects lead to; those that lead nowhere are left out."""
    found = set()
    for row in rows:
        location = exchange_of(row).header("Location")
        if location is None:
            continue
        try:
            found.add(join(row.url, location))
        except ValueError:
            continue
    return found
