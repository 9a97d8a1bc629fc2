"""Leases on hosts: at most one visit to a host at a time, among all processes. Times are on the database's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, bindparam, case, func, or_, select, update

from storage.archive.rows import Row
from storage.database.columns import UtcDateTime
from storage.database.compiled_statements import CompiledStatement
from storage.database.connection import database_now
from storage.database.dialect import DatabaseClock
from storage.schema import hosts

LONGEST_LEASE = timedelta(days=1)
"""A lease that ends further ahead than this was written before a clock was put back."""


def is_free(clock: ColumnElement[datetime], latest: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether no process holds a lease on the host; a lease that ends after `latest` is ignored."""
    until = hosts.c.lease_until
    return or_(until.is_(None), until <= clock, until > latest)


def later(one: ColumnElement[datetime | None], other: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """Return the later of two times; `other` if `one` is null."""
    return case((one > other, one), else_=other)


_until = bindparam("until", type_=UtcDateTime)
_clock = bindparam("clock", type_=UtcDateTime)


def _claiming(insert_into: Any) -> Any:
    lent = {"lease_owner": bindparam("owner"), "lease_until": _until}
    # A lease that expired belonged to a worker that died without recording the end of its visit; it may have sent requests until then.
    visited = case(
        (hosts.c.lease_until <= _clock, later(hosts.c.last_visit_at, hosts.c.lease_until)),
        else_=hosts.c.last_visit_at,
    )
    return (
        insert_into(hosts)
        .values(host=bindparam("host"), **lent)
        .on_conflict_do_update(
            index_elements=[hosts.c.host],
            set_={**lent, "last_visit_at": visited},
            where=is_free(_clock, bindparam("latest", type_=UtcDateTime)),
        )
        .returning(hosts.c.host, hosts.c.last_visit_at, hosts.c.spacing_seconds, hosts.c.slow)
    )


_CLAIM = CompiledStatement(_claiming)
_HELD = (hosts.c.host == bindparam("name"), hosts.c.lease_owner == bindparam("owner"))
_RENEW = CompiledStatement(update(hosts).where(*_HELD).values(lease_until=_until).returning(hosts.c.host))
_RELEASE = CompiledStatement(
    update(hosts)
    .where(*_HELD)
    .values(
        lease_owner=None,
        lease_until=None,
        last_visit_at=DatabaseClock(),
        crashes=0,
        slow=func.coalesce(bindparam("now_slow", type_=Boolean), hosts.c.slow),
    )
)


def claim_host(connection: Connection, host: str, owner: str, lease: timedelta) -> bool:
    """Lease a host; return False if it is already leased, even by `owner`."""
    return claim(connection, host, owner, lease, database_now(connection)) is not None


def claim(connection: Connection, host: str, owner: str, lease: timedelta, clock: datetime) -> Row:
    """Lease a host and return its row; None if it is already leased."""
    values = {"host": host, "owner": owner, "until": clock + lease, "clock": clock, "latest": clock + LONGEST_LEASE}
    return _CLAIM.first(connection, values)


def renew_host(connection: Connection, host: str, owner: str, lease: timedelta) -> bool:
    """Extend a lease; return False if `owner` has lost it."""
    until = database_now(connection) + lease
    return _RENEW.first(connection, {"name": host, "owner": owner, "until": until}) is not None


def release_host(connection: Connection, host: str, owner: str, *, slow: bool | None = None) -> None:
    """End a lease normally and record when the visit ended. A no-op if `owner` has lost it.

    Args:
        connection: In a transaction.
        host: The host.
        owner: The holder of the lease.
        slow: Whether it was slow; None if no request was sent.
    """
    _RELEASE.run(connection, {"name": host, "owner": owner, "now_slow": slow})


def owners(connection: Connection, prefix: str) -> set[str]:
    """Return the owners of leases whose names begin like this."""
    column = hosts.c.lease_owner
    return set(connection.execute(select(column).where(column.startswith(prefix, autoescape=True))).scalars())


def release_hosts(connection: Connection, owner: str, *, crashed: bool) -> None:
    """End all leases of a process that has ended, as visits that end now.

    Args:
        connection: In a transaction.
        owner: The process.
        crashed: Whether one of these hosts may have crashed it; from `due_hosts.CRASHES_BEFORE_ALONE` crashes on a host is visited alone.
    """
    ended = {"lease_owner": None, "lease_until": None, "last_visit_at": database_now(connection)}
    counted = {"crashes": hosts.c.crashes + 1} if crashed else {}
    connection.execute(update(hosts).where(hosts.c.lease_owner == owner).values(**ended, **counted))
