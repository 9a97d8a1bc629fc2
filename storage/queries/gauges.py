"""Counts and ages for monitoring systems and `pagewitness status`. Read-only; each query uses an index or a small table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, func, or_, select, text

from alerts.model import DeliveryState
from monitor.errors import SchemaMismatch
from monitor.model import HealthStatus, Outcome, PageState, Verdict
from storage import schema
from storage.database.connection import Database, ReadDatabase, database_now
from storage.queries.summaries import HEALTH
from storage.schema import bodies, deliveries, hosts, page_checks, page_health, pages, snapshots

# Literals, because bound parameters would keep the partial indexes from being used.
_ACTIVE = text("pages.state = 'active'")
_UNPROCESSED = text("snapshots.read_at IS NULL")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Undelivered deliveries of one channel.

    Attributes:
        channel: Its name.
        state: Pending or dead (given up).
        count: How many.
        oldest_seconds: How long ago the oldest was planned, real time.
    """

    channel: str
    state: DeliveryState
    count: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Gauges:
    """The service's gauges at one moment.

    Attributes:
        due: Active pages that are due, without those of paused hosts.
        lag_seconds: How long the longest-waiting of them has been due, by the observing clock; 0 if none is.
        unprocessed: Unprocessed snapshots.
        unprocessed_seconds: How long ago the oldest of them was taken, by the observing clock; 0 if there is none.
        pages: Pages by state.
        health: Active pages by health status (`storage.queries.summaries.HEALTH`); None for pages that had no ok check and have no other status.
        stale: Active pages reported as page_stale.
        leases: Hosts that are being visited.
        paused_hosts: Hosts whose visits are paused at their request.
        waiting: Undelivered deliveries.
    """

    due: int
    lag_seconds: float
    unprocessed: int
    unprocessed_seconds: float
    pages: Mapping[PageState, int]
    health: Mapping[HealthStatus | None, int]
    stale: int
    leases: int
    paused_hosts: int
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class PausedHost:
    """A host whose visits are paused at its request.

    Attributes:
        host: host or host:port.
        until: No visit before this, real time.
        reason: The reason for the pause.
    """

    host: str
    until: datetime
    reason: str


def gauges(database: ReadDatabase, now: datetime) -> Gauges:
    """Return the current gauges.

    Args:
        database: The database.
        now: On the observing clock.
    """
    with database.read() as connection:
        clock = database_now(connection)
        due, oldest_due = _due(connection, now, clock)
        unprocessed, oldest_unprocessed = connection.execute(
            select(func.count(), func.min(snapshots.c.taken_at)).where(_UNPROCESSED)
        ).one()
        leases, paused = connection.execute(
            select(_count_if(hosts.c.lease_until > clock), _count_if(hosts.c.not_before > clock))
        ).one()
        return Gauges(
            due=due,
            lag_seconds=_seconds_since(oldest_due, now),
            unprocessed=unprocessed,
            unprocessed_seconds=_seconds_since(oldest_unprocessed, now),
            pages={row.state: row.n for row in connection.execute(_BY_STATE)},
            health={row.health: row.n for row in connection.execute(_BY_HEALTH)},
            stale=connection.execute(_STALE).scalar_one(),
            leases=leases,
            paused_hosts=paused,
            waiting=_waiting(connection, clock),
        )


def paused_hosts(database: Database) -> list[PausedHost]:
    """Return the paused hosts, the longest pause first."""
    with database.read() as connection:
        found = (
            select(hosts.c.host, hosts.c.not_before, hosts.c.not_before_why)
            .where(hosts.c.not_before > database_now(connection))
            .order_by(hosts.c.not_before.desc(), hosts.c.host)
        )
        return [PausedHost(*row) for row in connection.execute(found)]


def recent_checks(database: Database, since: datetime) -> dict[tuple[Outcome, Verdict | None], int]:
    """Count live checks at `since` or later, by outcome and verdict (None: failed, or unprocessed)."""
    counted = (
        select(snapshots.c.outcome, snapshots.c.verdict, func.count())
        .join(pages, pages.c.id == snapshots.c.page_id)
        .where(snapshots.c.taken_at >= since, text("snapshots.origin = 'live'"))
        .group_by(snapshots.c.outcome, snapshots.c.verdict)
    )
    with database.read() as connection:
        return {(outcome, verdict): count for outcome, verdict, count in connection.execute(counted)}


def stored_bytes(database: Database, after: int = 0) -> tuple[int, int]:
    """Return the highest key of bodies above `after` (`after` if there is none), and the compressed size of these bodies in bytes.

    Passing the last key as `after` makes repeated calls cheap.
    """
    stored = select(func.max(bodies.c.id), func.sum(func.length(bodies.c.data))).where(bodies.c.id > after)
    with database.read() as connection:
        last, size = connection.execute(stored).one()
        return last or after, int(size or 0)


def check_ready(database: Database) -> str:
    """Return the schema version if the database is usable.

    Raises:
        StorageError: It cannot be reached, its file is missing or another one, or it has another schema version.
    """
    with database.read() as connection:
        version = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    if version != schema.VERSION:
        raise SchemaMismatch(
            f"{database.place} has schema version {version}, this Pagewitness needs {schema.VERSION}; install what was used to migrate it"
        )
    return version


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


_BY_STATE = select(pages.c.state, func.count().label("n")).group_by(pages.c.state)
_BY_HEALTH = (
    select(HEALTH, func.count().label("n"))
    .select_from(pages)
    .join(page_checks, page_checks.c.page_id == pages.c.id)
    .outerjoin(page_health, page_health.c.page_id == pages.c.id)
    .where(_ACTIVE)
    .group_by(HEALTH)
)
_UNSENT = (
    select(
        deliveries.c.channel,
        deliveries.c.state,
        func.count().label("n"),
        func.min(deliveries.c.created_at).label("oldest"),
    )
    .where(text("deliveries.state <> 'sent'"))
    .group_by(deliveries.c.channel, deliveries.c.state)
    .order_by(deliveries.c.channel, deliveries.c.state)
)
_STALE = (
    select(func.count())
    .select_from(pages)
    .join(page_health, page_health.c.page_id == pages.c.id)
    .where(_ACTIVE, page_health.c.stale_since.is_not(None))
)


def _due(connection: Connection, now: datetime, clock: datetime) -> tuple[int, datetime | None]:
    due = (
        select(func.count(), func.min(page_checks.c.next_check_at))
        .select_from(page_checks)
        .outerjoin(hosts, hosts.c.host == page_checks.c.host)
        .where(page_checks.c.next_check_at <= now, or_(hosts.c.not_before.is_(None), hosts.c.not_before <= clock))
    )
    count, oldest = connection.execute(due).one()
    return count, oldest


def _waiting(connection: Connection, clock: datetime) -> tuple[Waiting, ...]:
    return tuple(
        Waiting(row.channel, row.state, row.n, _seconds_since(row.oldest, clock)) for row in connection.execute(_UNSENT)
    )


def _seconds_since(then: datetime | None, now: datetime) -> float:
    return 0.0 if then is None else max(0.0, (now - then).total_seconds())
