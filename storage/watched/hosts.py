"""Hosts: which have due pages, who holds their leases, and the pauses and request intervals they ask for.

Due times are on the observing clock; leases, pauses and visits use the database's clock, which all processes share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)

from monitor.fetching.retry_after import LONGEST
from monitor.model import Page, RobotsFile
from storage.archive.rows import Row
from storage.database.columns import Prose, UtcDateTime
from storage.database.compiled_statements import CompiledStatement
from storage.database.connection import database_now
from storage.database.dialect import upserting
from storage.schema import hosts, page_checks, page_health, pages
from storage.watched.pages import PAGE_COLUMNS, pages_of
from storage.watched.robots import robots_of

# Times further ahead than these were written before a clock was put back.
_LONGEST_LEASE = timedelta(days=1)
_LONGEST_PAUSE = LONGEST + timedelta(hours=1)
# From this many due pages on, sorting them by host costs more than scanning all pages in host order.
_MANY_PAGES = 5_000

CRASHES_BEFORE_ALONE = 3
"""Consecutive fetcher crashes during visits to a host before it is visited alone, in a process of its own."""

Moment = datetime | ColumnElement[datetime]


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What a visit needs to know about a host before it begins.

    Attributes:
        now: The database's clock.
        last_visit_at: When the last visit ended; None before the first.
        spacing: The minimum interval between two requests that the host asks for; None if it asks for none.
        robots: Its robots.txt files as last fetched, by origin ("https://example.org").
        disallowed: Ids of its pages that robots.txt disallowed when last checked.
    """

    now: datetime
    last_visit_at: datetime | None
    spacing: timedelta | None
    robots: Mapping[str, RobotsFile]
    disallowed: frozenset[int]


def _is_free(clock: Moment, latest: Moment) -> ColumnElement[bool]:
    """Whether no process holds a lease on the host; a lease that ends after `latest` is ignored."""
    until = hosts.c.lease_until
    return or_(until.is_(None), until <= clock, until > latest)


def _is_open(clock: Moment, latest: Moment) -> ColumnElement[bool]:
    """Whether a host may be visited; a pause that ends after `latest` is ignored."""
    begins = hosts.c.not_before
    return or_(begins.is_(None), begins <= clock, begins > latest)


def _later(one: ColumnElement[datetime | None], other: ColumnElement[datetime]) -> ColumnElement[datetime]:
    return case((one > other, one), else_=other)


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
    free = _is_free(clock, bindparam("no_lease_until", type_=UtcDateTime))
    is_open = _is_open(clock, bindparam("no_pause_until", type_=UtcDateTime))
    slow, crashed = func.coalesce(hosts.c.slow, false()), func.coalesce(hosts.c.crashes, 0)
    return (
        select(waiting.c.host, slow.label("slow"))
        .outerjoin(hosts, hosts.c.host == waiting.c.host)
        .where(free, is_open, crashed >= CRASHES_BEFORE_ALONE if crashing else crashed < CRASHES_BEFORE_ALONE)
        .where(or_(bindparam("slow_too", type_=Boolean), ~slow))
        .order_by(_later(hosts.c.last_visit_at, waiting.c.since), waiting.c.host)
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
        "no_lease_until": clock + _LONGEST_LEASE,
        "no_pause_until": clock + _LONGEST_PAUSE,
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


@dataclass(frozen=True, slots=True)
class HostVisit:
    """A visit that has begun; its host is leased.

    Attributes:
        host: The host.
        facts: What is known about it.
        pages: Its due pages, the longest waiting first.
        is_slow: Whether the host kept its last visit waiting.
    """

    host: str
    facts: HostFacts
    pages: tuple[Page, ...]
    is_slow: bool


def begin_visits(
    connection: Connection, wanted: Sequence[str], now: datetime, owner: str, lease: timedelta, pages_a_visit: int
) -> list[HostVisit]:
    """Lease the hosts that are free, and return what their visits need, in the order of `wanted`."""
    clock = database_now(connection)
    # Always in sorted order, so that two processes cannot deadlock.
    found = {host: _claim(connection, host, owner, lease, clock) for host in sorted(wanted)}
    leased = {host: row for host, row in found.items() if row is not None}
    if not leased:
        return []
    due: dict[str, list[Row]] = {
        host: _DUE_PAGES.all(connection, {"host": host, "now": now, "most": pages_a_visit}) for host in leased
    }
    every = pages_of(connection, [row for host in leased for row in due[host]])
    of_host: dict[str, list[Page]] = {host: [] for host in leased}
    for page in every:
        of_host[page.host].append(page)
    files = robots_of(connection, (f"{scheme}://{host}" for host in leased for scheme in ("http", "https")))
    forbidden = _disallowed(connection, list(leased))
    return [
        HostVisit(
            host,
            HostFacts(
                now=clock,
                last_visit_at=leased[host].last_visit_at,
                spacing=_span(leased[host].spacing_seconds),
                robots={origin: files[origin] for origin in (f"http://{host}", f"https://{host}") if origin in files},
                disallowed=forbidden.get(host, frozenset()),
            ),
            tuple(of_host[host]),
            leased[host].slow,
        )
        for host in wanted
        if host in leased
    ]


_DUE_PAGES = CompiledStatement(
    PAGE_COLUMNS.where(page_checks.c.host == bindparam("host"), page_checks.c.next_check_at <= bindparam("now"))
    .order_by(page_checks.c.next_check_at, page_checks.c.page_id)
    .limit(bindparam("most"))
)


def due_pages(connection: Connection, host: str, now: datetime, limit: int) -> list[Page]:
    """Return active pages of a host due at `now`, the longest waiting first."""
    return pages_of(connection, _DUE_PAGES.all(connection, {"host": host, "now": now, "most": limit}))


def host_facts(connection: Connection, host: str) -> HostFacts:
    """Return what a visit needs to know about a host before it begins."""
    row = connection.execute(select(hosts.c.last_visit_at, hosts.c.spacing_seconds).where(hosts.c.host == host)).first()
    return HostFacts(
        now=database_now(connection),
        last_visit_at=None if row is None else row.last_visit_at,
        spacing=None if row is None else _span(row.spacing_seconds),
        robots=robots_of(connection, (f"http://{host}", f"https://{host}")),
        disallowed=_disallowed(connection, [host]).get(host, frozenset()),
    )


def _disallowed(connection: Connection, wanted: Sequence[str]) -> dict[str, frozenset[int]]:
    """Return the ids of pages that robots.txt disallowed when last checked, by host."""
    forbidden = (
        select(pages.c.host, page_health.c.page_id)
        .join(pages, pages.c.id == page_health.c.page_id)
        .where(page_health.c.disallowed_since.is_not(None), pages.c.host.in_(wanted))
    )
    found: dict[str, set[int]] = {}
    for row in connection.execute(forbidden):
        found.setdefault(row.host, set()).add(row.page_id)
    return {host: frozenset(keys) for host, keys in found.items()}


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


_until = bindparam("until", type_=UtcDateTime)
_clock = bindparam("clock", type_=UtcDateTime)


def _claiming(insert_into: Any) -> Any:
    lent = {"lease_owner": bindparam("owner"), "lease_until": _until}
    # A lease that expired belonged to a worker that died without recording the end of its visit; it may have sent requests until then.
    visited = case(
        (hosts.c.lease_until <= _clock, _later(hosts.c.last_visit_at, hosts.c.lease_until)),
        else_=hosts.c.last_visit_at,
    )
    return (
        insert_into(hosts)
        .values(host=bindparam("host"), **lent)
        .on_conflict_do_update(
            index_elements=[hosts.c.host],
            set_={**lent, "last_visit_at": visited},
            where=_is_free(_clock, bindparam("latest", type_=UtcDateTime)),
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
        last_visit_at=_clock,
        crashes=0,
        slow=func.coalesce(bindparam("now_slow", type_=Boolean), hosts.c.slow),
    )
)


def claim_host(connection: Connection, host: str, owner: str, lease: timedelta) -> bool:
    """Lease a host; return False if it is already leased, even by `owner`."""
    return _claim(connection, host, owner, lease, database_now(connection)) is not None


def _claim(connection: Connection, host: str, owner: str, lease: timedelta, clock: datetime) -> Row:
    """Lease a host and return its row; None if it is already leased."""
    values = {"host": host, "owner": owner, "until": clock + lease, "clock": clock, "latest": clock + _LONGEST_LEASE}
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
        slow: Whether it kept the visit waiting; None if no request was sent.
    """
    _RELEASE.run(connection, {"name": host, "owner": owner, "clock": database_now(connection), "now_slow": slow})


def release_hosts(connection: Connection, owner: str, *, crashed: bool) -> None:
    """End all leases of a process that has ended, as visits that end now.

    Args:
        connection: In a transaction.
        owner: The process.
        crashed: Whether one of these hosts may have crashed it; from CRASHES_BEFORE_ALONE crashes on a host is visited alone.
    """
    ended = {"lease_owner": None, "lease_until": None, "last_visit_at": database_now(connection)}
    counted = {"crashes": hosts.c.crashes + 1} if crashed else {}
    connection.execute(update(hosts).where(hosts.c.lease_owner == owner).values(**ended, **counted))


def pause_host(connection: Connection, host: str, wait: timedelta, why: str) -> None:
    """Stop visits to a host for `wait`, because the host requested it."""
    until = {"not_before": database_now(connection) + wait, "not_before_why": why}
    upsert = upserting(connection, hosts).values(host=host, **until)
    connection.execute(upsert.on_conflict_do_update(index_elements=[hosts.c.host], set_=until))


def clear_host_pauses(connection: Connection) -> None:
    """Remove all pauses that hosts requested."""
    connection.execute(update(hosts).where(hosts.c.not_before.is_not(None)).values(not_before=None, not_before_why=""))


def set_spacing(connection: Connection, host: str, spacing: timedelta | None) -> None:
    """Store the minimum interval between two requests that a host asks for; None: it asks for none."""
    asked = {"spacing_seconds": None if spacing is None else spacing.total_seconds()}
    upsert = upserting(connection, hosts).values(host=host, **asked)
    connection.execute(upsert.on_conflict_do_update(index_elements=[hosts.c.host], set_=asked))
