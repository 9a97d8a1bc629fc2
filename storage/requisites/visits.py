"""Visits for requisites: which hosts can be visited, and what is due there. Requisites give way to pages: a host with due pages is not visited for them.

Due times are on the observing clock; leases and pauses use the database's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, or_, select

from monitor.fetching.conditional import validators_in
from monitor.model import Page, RequisiteKind, Validators
from storage.archive.exchanges import EXCHANGES_WITH_BODIES, exchange_of
from storage.archive.rows import Row
from storage.database.columns import UtcDateTime
from storage.database.connection import database_now
from storage.schema import archived_urls, bodies, exchanges, hosts, page_checks, pages, requisites
from storage.watched.due_hosts import CRASHES_BEFORE_ALONE, is_open, longest_pause
from storage.watched.host_leases import LONGEST_LEASE, is_free
from storage.watched.pages import PAGE_COLUMNS, pages_of

_OK = 200
_clock = bindparam("clock", type_=UtcDateTime)


@dataclass(frozen=True, slots=True)
class DueRequisite:
    """A requisite to request.

    Attributes:
        page: A page that needs it.
        url_id: The key of its URL.
        url: Its URL.
        kind: How the page uses it.
        attempts: Consecutive requests that failed.
        validators: The validators of its next request; None if it has none.
        page_bytes: Total length of the bodies that are archived as requisites of the page's current version.
    """

    page: Page
    url_id: int
    url: str
    kind: RequisiteKind
    attempts: int
    validators: Validators | None
    page_bytes: int


def due_requisite_hosts(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Return hosts with due requisites that are not leased, not paused, and have no due page; those whose requisites wait longest first.

    Hosts at which fetchers crashed repeatedly are left out: they are visited alone, and only for their pages.
    """
    clock = database_now(connection)
    values = {
        "now": now,
        "clock": clock,
        "no_lease_until": clock + LONGEST_LEASE,
        "no_pause_until": longest_pause(clock),
        "most": limit,
    }
    return list(connection.execute(_DUE_HOSTS, values).scalars())


def _due_hosts() -> Select[str]:
    """Select from the index on host and due time one host after the other, not every requisite that is due: there may be a million."""
    columns = requisites.c
    queued = columns.due_at.is_not(None)
    first = select(func.min(columns.host).label("host")).where(queued).cte("queued_hosts", recursive=True)
    following = select(func.min(columns.host)).where(queued, columns.host > first.c.host).scalar_subquery()
    every = first.union_all(select(following).where(first.c.host.is_not(None)))
    since = select(func.min(columns.due_at)).where(queued, columns.host == every.c.host).scalar_subquery()
    waiting = select(every.c.host, since.label("since")).where(every.c.host.is_not(None)).subquery()
    now = bindparam("now", type_=UtcDateTime)
    page_is_due = exists().where(page_checks.c.host == waiting.c.host, page_checks.c.next_check_at <= now)
    free = is_free(_clock, bindparam("no_lease_until", type_=UtcDateTime))
    open_now = is_open(_clock, bindparam("no_pause_until", type_=UtcDateTime))
    return (
        select(waiting.c.host)
        .outerjoin(hosts, hosts.c.host == waiting.c.host)
        .where(waiting.c.since <= now, ~page_is_due)
        .where(or_(hosts.c.host.is_(None), and_(free, open_now, hosts.c.crashes < CRASHES_BEFORE_ALONE)))
        .order_by(waiting.c.since, waiting.c.host)
        .limit(bindparam("most"))
    )


_DUE_HOSTS = _due_hosts()


def has_due_page(connection: Connection, host: str, now: datetime) -> bool:
    """Return whether a host has a page that is due, to which a visit for requisites gives way."""
    due = select(page_checks.c.page_id).where(page_checks.c.host == host, page_checks.c.next_check_at <= now)
    return connection.execute(due.limit(1)).first() is not None


def due_requisites(connection: Connection, host: str, now: datetime, most: int) -> list[DueRequisite]:
    """Return a host's due requisites, each URL once, in order of waiting and of their position on the page."""
    columns = requisites.c
    query = (
        select(requisites, archived_urls.c.url)
        .join(archived_urls, archived_urls.c.id == columns.url_id)
        .where(columns.host == host, columns.due_at.is_not(None), columns.due_at <= now)
        .order_by(columns.due_at, columns.position, columns.page_id)
        .limit(most)
    )
    rows = {row.url_id: row for row in reversed(connection.execute(query).all())}
    page_ids = {row.page_id for row in rows.values()}
    every = {
        page.id: page
        for page in pages_of(connection, connection.execute(PAGE_COLUMNS.where(pages.c.id.in_(page_ids))).all())
    }
    sizes = _page_bytes(connection, page_ids)
    return [
        DueRequisite(
            every[row.page_id],
            row.url_id,
            row.url,
            row.kind,
            row.attempts,
            _validators(connection, row),
            sizes.get(row.page_id, 0),
        )
        for row in sorted(rows.values(), key=lambda row: (row.due_at, row.position, row.page_id))
        if row.page_id in every
    ]


def _page_bytes(connection: Connection, page_ids: set[int]) -> Mapping[int, int]:
    of_pages = requisites.c.page_id.in_(page_ids)
    newest = (
        select(requisites.c.page_id, func.max(requisites.c.last_snapshot_id).label("snapshot_id"))
        .where(of_pages)
        .group_by(requisites.c.page_id)
        .subquery()
    )
    is_newest = and_(newest.c.page_id == requisites.c.page_id, newest.c.snapshot_id == requisites.c.last_snapshot_id)
    query = (
        select(requisites.c.page_id, func.sum(bodies.c.length_bytes))
        .join(newest, is_newest)
        .join(exchanges, exchanges.c.id == requisites.c.exchange_id)
        .join(bodies, bodies.c.id == exchanges.c.body_id)
        .where(of_pages)
        .group_by(requisites.c.page_id)
    )
    return {page_id: int(size) for page_id, size in connection.execute(query)}


def _validators(connection: Connection, row: Row) -> Validators | None:
    """Return the validators for the next request, from the newest exchange with content; None if it has none."""
    if row.exchange_id is None:
        return None
    found = connection.execute(EXCHANGES_WITH_BODIES.where(exchanges.c.id == row.exchange_id)).first()
    if found is None or found.body_sha256 is None or found.status != _OK:
        return None
    etag, last_modified = validators_in(exchange_of(found).response_headers)
    if etag is None and last_modified is None:
        return None
    return Validators(found.url, etag, last_modified, found.id, found.body_sha256, 0, None)
