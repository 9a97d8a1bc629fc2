"""Hosts: what is due at which, who visits whom, and what they ask of their guests.

Observations are due on the observing clock; leases, pauses and visits run on the database's, which all processes share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)

from monitor.manners import LONGEST
from monitor.model import Page, RobotsFile
from storage.columns import Prose, UtcDateTime
from storage.connection import database_now
from storage.dialect import upserting
from storage.pages import PAGES, pages_of
from storage.robots import robots_of
from storage.schema import hosts, page_health, pages

# In a literal, or the partial indexes would not be used.
_ACTIVE = text("pages.state = 'active'")
# What ends later than this was written before a clock was put back.
_LONGEST_LEASE = timedelta(days=1)
_LONGEST_PAUSE = LONGEST + timedelta(hours=1)
# From so many on, sorting due pages by host costs more than walking all pages in the order of their hosts.
_MANY_PAGES = 5_000

Moment = datetime | ColumnElement[datetime]


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What a visit must know of a host before it begins.

    Attributes:
        now: The database's clock.
        last_visit_at: When the last visit ended; None before the first.
        spacing: The least time between two requests that the host asks for; None where it asks for none.
        robots: Its robots.txt files as last had, by origin ("https://example.org").
        disallowed: Keys of its pages that robots.txt was last found to forbid.
    """

    now: datetime
    last_visit_at: datetime | None
    spacing: timedelta | None
    robots: Mapping[str, RobotsFile]
    disallowed: frozenset[int]


def _is_free(clock: Moment, latest: Moment) -> ColumnElement[bool]:
    """Whether nobody holds a host; a lease that ends after `latest` counts for nothing."""
    until = hosts.c.lease_until
    return or_(until.is_(None), until <= clock, until > latest)


def _is_open(clock: Moment, latest: Moment) -> ColumnElement[bool]:
    """Whether a host may be visited; a pause that ends after `latest` counts for nothing."""
    begins = hosts.c.not_before
    return or_(begins.is_(None), begins <= clock, begins > latest)


def _later(one: ColumnElement[datetime | None], other: ColumnElement[datetime]) -> ColumnElement[datetime]:
    return case((one > other, one), else_=other)


def _due(host: ColumnElement[str]) -> Select[Any]:
    """Hosts that can be visited, the longest waiting first.

    Args:
        host: By what due pages are gathered: `pages.host`, or something that comes to the same.
    """
    waiting = (
        select(host.label("host"), func.min(pages.c.next_check_at).label("since"))
        .where(*_DUE)
        .group_by(host)
        .subquery()
    )
    clock = bindparam("free_at", type_=UtcDateTime)
    free = _is_free(clock, bindparam("no_lease_until", type_=UtcDateTime))
    is_open = _is_open(clock, bindparam("no_pause_until", type_=UtcDateTime))
    return (
        select(waiting.c.host)
        .outerjoin(hosts, hosts.c.host == waiting.c.host)
        .where(free, is_open)
        .order_by(_later(hosts.c.last_visit_at, waiting.c.since), waiting.c.host)
        .limit(bindparam("most"))
    )


_DUE = (_ACTIVE, pages.c.next_check_at <= bindparam("now"))
# SQLite gathers by `host` in the order of an index, which leads it through every page that is not due, too. Nearly always few are due: then it is
# to find those by their time, so they are gathered by what no index holds. PostgreSQL goes by its statistics either way.
_DUE_BY_TIME = _due(pages.c.host + literal_column("''", Prose))
_DUE_BY_HOST = _due(pages.c.host)
_MANY = select(pages.c.id).where(*_DUE).order_by(pages.c.next_check_at).limit(1).offset(bindparam("others"))


def due_hosts(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Hosts with active pages due at `now` that nobody holds and that did not ask to be left alone.

    The longest waiting come first. A host waits since its oldest page is due, or since its last visit where that is later: one that is never
    done must not keep the others out.
    """
    clock = database_now(connection)
    many = connection.execute(_MANY, {"now": now, "others": _MANY_PAGES - 1}).first() is not None
    values = {
        "now": now,
        "free_at": clock,
        "no_lease_until": clock + _LONGEST_LEASE,
        "no_pause_until": clock + _LONGEST_PAUSE,
    }
    return list(connection.execute(_DUE_BY_HOST if many else _DUE_BY_TIME, {**values, "most": limit}).scalars())


def due_pages(connection: Connection, host: str, now: datetime, limit: int) -> list[Page]:
    """Active pages of a host due at `now`, the longest waiting first."""
    due = (
        PAGES.where(_ACTIVE, pages.c.host == host, pages.c.next_check_at <= now)
        .order_by(pages.c.next_check_at, pages.c.id)
        .limit(limit)
    )
    return pages_of(connection, connection.execute(due).all())


def host_facts(connection: Connection, host: str) -> HostFacts:
    """What a visit must know of a host before it begins."""
    row = connection.execute(select(hosts.c.last_visit_at, hosts.c.spacing_seconds).where(hosts.c.host == host)).first()
    forbidden = (
        select(page_health.c.page_id)
        .join(pages, pages.c.id == page_health.c.page_id)
        .where(pages.c.host == host, page_health.c.disallowed_since.is_not(None))
    )
    spacing = None if row is None else row.spacing_seconds
    return HostFacts(
        now=database_now(connection),
        last_visit_at=None if row is None else row.last_visit_at,
        spacing=None if spacing is None else timedelta(seconds=spacing),
        robots=robots_of(connection, (f"http://{host}", f"https://{host}")),
        disallowed=frozenset(connection.execute(forbidden).scalars()),
    )


def claim_host(connection: Connection, host: str, owner: str, lease: timedelta) -> bool:
    """Lease a host; False where anybody holds it, `owner` itself included.

    A lease that ended by itself is that of a visitor who died, and did not note when: it may have asked the host up to then.
    """
    clock = database_now(connection)
    lent = {"lease_owner": owner, "lease_until": clock + lease}
    visited = case(
        (hosts.c.lease_until <= clock, _later(hosts.c.last_visit_at, hosts.c.lease_until)), else_=hosts.c.last_visit_at
    )
    claim = (
        upserting(connection, hosts)
        .values(host=host, **lent)
        .on_conflict_do_update(
            index_elements=[hosts.c.host],
            set_={**lent, "last_visit_at": visited},
            where=_is_free(clock, clock + _LONGEST_LEASE),
        )
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


def leave_alone(connection: Connection, host: str, wait: timedelta, why: str) -> None:
    """Have no visits with a host for a while: it asked for that."""
    until = {"not_before": database_now(connection) + wait, "not_before_why": why}
    upsert = upserting(connection, hosts).values(host=host, **until)
    connection.execute(upsert.on_conflict_do_update(index_elements=[hosts.c.host], set_=until))


def welcome_again(connection: Connection) -> None:
    """Forget which hosts asked to be left alone."""
    connection.execute(update(hosts).where(hosts.c.not_before.is_not(None)).values(not_before=None, not_before_why=""))


def set_spacing(connection: Connection, host: str, spacing: timedelta | None) -> None:
    """Keep the least time between two requests that a host asks for; None: it asks for none."""
    asked = {"spacing_seconds": None if spacing is None else spacing.total_seconds()}
    upsert = upserting(connection, hosts).values(host=host, **asked)
    connection.execute(upsert.on_conflict_do_update(index_elements=[hosts.c.host], set_=asked))
