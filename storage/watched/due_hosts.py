"""Which hosts have due pages and can be visited.

Due times are on the observing clock; leases, pauses and visits use the database's clock, which all processes share.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
)

from monitor.fetching.retry_after import LONGEST
from storage.database.columns import Prose, UtcDateTime
from storage.database.connection import database_now
from storage.schema import hosts, page_checks
from storage.watched.host_leases import LONGEST_LEASE, is_free, later

# A pause that ends later than this was written before a clock was put back.
_LONGEST_PAUSE = LONGEST + timedelta(hours=1)
# From this many due pages on, sorting them by host costs more than scanning all pages in host order.
_MANY_PAGES = 5_000

CRASHES_BEFORE_ALONE = 3
"""Consecutive fetcher crashes during visits to a host before it is visited alone, in a process of its own."""


def is_open(clock: ColumnElement[datetime], latest: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether a host may be visited; a pause that ends after `latest` is ignored."""
    begins = hosts.c.not_before
    return or_(begins.is_(None), begins <= clock, begins > latest)


def longest_pause(clock: datetime) -> datetime:
    """Return the latest end of a pause that is respected at a time of the database's clock."""
    return clock + _LONGEST_PAUSE


def _due(host: ColumnElement[str], *, crashing: bool = False) -> Select[Any]:
    """Select hosts that can be visited, the longest waiting first.

    Args:
        host: The expression to group due pages by: `page_checks.host`, or an equal one.
        crashing: True selects hosts at which fetchers crashed repeatedly, False all others.
    """
    waiting = (
        select(host.label("host"), func.min(page_checks.c.next_check_at).label("since"))
        .where(_IS_DUE)
        .group_by(host)
        .subquery()
    )
    clock = bindparam("free_at", type_=UtcDateTime)
    free = is_free(clock, bindparam("no_lease_until", type_=UtcDateTime))
    open_now = is_open(clock, bindparam("no_pause_until", type_=UtcDateTime))
    slow, crashed = func.coalesce(hosts.c.slow, false()), func.coalesce(hosts.c.crashes, 0)
    return (
        select(waiting.c.host, slow.label("slow"))
        .outerjoin(hosts, hosts.c.host == waiting.c.host)
        .where(free, open_now, crashed >= CRASHES_BEFORE_ALONE if crashing else crashed < CRASHES_BEFORE_ALONE)
        .where(or_(bindparam("slow_too", type_=Boolean), ~slow))
        .order_by(later(hosts.c.last_visit_at, waiting.c.since), waiting.c.host)
        .limit(bindparam("most"))
    )


_IS_DUE = page_checks.c.next_check_at <= bindparam("now")
# Grouping by `host`, SQLite walks an index in host order, through every page that is not due as well. Usually few pages are due, and finding them by
# time is faster; so the query groups by an expression that no index covers. PostgreSQL decides by its statistics either way.
_DUE_BY_TIME = _due(page_checks.c.host + literal_column("''", Prose))
_DUE_BY_HOST = _due(page_checks.c.host)
_DUE_CRASHING = _due(page_checks.c.host, crashing=True)
_MANY = (
    select(page_checks.c.page_id)
    .where(_IS_DUE)
    .order_by(page_checks.c.next_check_at)
    .limit(1)
    .offset(bindparam("others"))
)


def due_hosts(
    connection: Connection, now: datetime, limit: int, *, slow_limit: int | None = None, crashing: bool = False
) -> list[str]:
    """Return hosts with active pages due at `now` that are not leased and not paused.

    The longest waiting come first. A host waits since its oldest page became due, or since its last visit if that is later: a host that always
    has due pages must not starve the others.

    Args:
        connection: In a transaction.
        now: On the observing clock.
        limit: The most hosts to return.
        slow_limit: The most slow hosts among them; None for any number.
        crashing: True returns hosts at which fetchers crashed repeatedly, False all others.
    """
    clock = database_now(connection)
    values = {
        "now": now,
        "free_at": clock,
        "no_lease_until": clock + LONGEST_LEASE,
        "no_pause_until": longest_pause(clock),
        "most": limit,
    }
    if crashing:
        query = _DUE_CRASHING
    else:
        many = connection.execute(_MANY, {"now": now, "others": _MANY_PAGES - 1}).first() is not None
        query = _DUE_BY_HOST if many else _DUE_BY_TIME
    found = connection.execute(query, {**values, "slow_too": True}).all()
    slow = [row.host for row in found if row.slow]
    if slow_limit is None or len(slow) <= slow_limit:
        return [row.host for row in found]
    kept = set(slow[:slow_limit])
    fast = connection.execute(query, {**values, "slow_too": False}).scalars().all()
    # In order of waiting as far as both lists go, then the fast hosts that slow ones had displaced.
    merged = [row.host for row in found if not row.slow or row.host in kept]
    return list(dict.fromkeys([*merged, *fast]))[:limit]


def has_crashing(connection: Connection) -> bool:
    """Whether fetchers crashed repeatedly at any host."""
    literal = text(f"hosts.crashes >= {CRASHES_BEFORE_ALONE}")  # a literal, or the partial index would not be used
    return connection.execute(select(hosts.c.host).where(literal).limit(1)).first() is not None
