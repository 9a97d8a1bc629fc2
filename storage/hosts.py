"""Host leases and what is due. Observations are due on the observing clock; leases run on the database's."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select, text, update

from monitor.model import Page
from storage.connection import database_now
from storage.dialect import upserting
from storage.pages import PAGES, pages_of
from storage.schema import hosts, pages

# In a literal, or the partial indexes would not be used.
_ACTIVE = text("pages.state = 'active'")


def due_hosts(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Hosts with active pages due at `now` that nobody holds, the longest waiting first."""
    clock = database_now(connection)
    waiting = (
        select(pages.c.host)
        .outerjoin(hosts, hosts.c.host == pages.c.host)
        .where(_ACTIVE, pages.c.next_check_at <= now, or_(hosts.c.lease_until.is_(None), hosts.c.lease_until <= clock))
        .group_by(pages.c.host)
        .order_by(func.min(pages.c.next_check_at), pages.c.host)
        .limit(limit)
    )
    return list(connection.execute(waiting).scalars())


def due_pages(connection: Connection, host: str, now: datetime, limit: int) -> list[Page]:
    """Active pages of a host due at `now`, the longest waiting first."""
    due = (
        PAGES.where(_ACTIVE, pages.c.host == host, pages.c.next_check_at <= now)
        .order_by(pages.c.next_check_at, pages.c.id)
        .limit(limit)
    )
    return pages_of(connection, connection.execute(due).all())


def claim_host(connection: Connection, host: str, owner: str, lease: timedelta) -> bool:
    """Lease a host; False where anybody holds it, `owner` itself included."""
    clock = database_now(connection)
    lent = {"lease_owner": owner, "lease_until": clock + lease}
    free = or_(hosts.c.lease_until.is_(None), hosts.c.lease_until <= clock)
    claim = (
        upserting(connection, hosts)
        .values(host=host, **lent)
        .on_conflict_do_update(index_elements=[hosts.c.host], set_=lent, where=free)
        .returning(hosts.c.host)
    )
    return connection.execute(claim).first() is not None


def renew_host(connection: Connection, host: str, owner: str, lease: timedelta) -> bool:
    """Lengthen a lease; False where `owner` lost it meanwhile."""
    renewal = (
        update(hosts)
        .where(hosts.c.host == host, hosts.c.lease_owner == owner)
        .values(lease_until=database_now(connection) + lease)
    )
    return bool(connection.execute(renewal).rowcount == 1)


def release_host(connection: Connection, host: str, owner: str) -> None:
    """End a lease and note when the visit ended. A no-op where `owner` lost it meanwhile."""
    connection.execute(
        update(hosts)
        .where(hosts.c.host == host, hosts.c.lease_owner == owner)
        .values(lease_owner=None, lease_until=None, last_visit_at=database_now(connection))
    )
