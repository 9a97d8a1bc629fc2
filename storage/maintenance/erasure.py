"""Erase a page permanently: its content is removed; a tombstone keeps the time, outcome and body SHA-256 of each snapshot.

Bodies that other pages use stay; one stored as a delta of a removed body is stored again first. Versions are deltas only of versions
of the same page, so they are removed together. The page's row is removed too: the tombstone keeps the URL from being added again automatically.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Select, Table, and_, delete, exists, func, insert, or_, select, text, update

from alerts.model import DeliveryState
from monitor.errors import UnknownName
from monitor.model import JsonValue
from monitor.times import iso_utc
from storage.database.connection import Database, database_now
from storage.database.error_mapping import translated
from storage.database.slices import slices
from storage.maintenance.body_removal import only_on, remove_bodies, shown_on
from storage.maintenance.exchange_removal import remove_exchanges, remove_unused_urls
from storage.maintenance.page_exchanges import only_of, redirect_targets
from storage.maintenance.tombstones import find_tombstone
from storage.outbox.sending import remove_unsent
from storage.schema import (
    alerts,
    bodies,
    deliveries,
    event_acknowledgements,
    event_comments,
    events,
    exchanges,
    fact_states,
    host_templates,
    page_checks,
    page_claims,
    page_health,
    page_lists,
    page_results,
    pages,
    readings,
    requisites,
    search_backlog,
    search_blocks,
    snapshots,
    tombstones,
    versions,
)
from storage.search.presence import remove_page as remove_texts
from storage.search.terms import compact

# Tables that refer to a page by `page_id`, each after the tables that refer to it.
_OF_A_PAGE = (
    *(events, fact_states, page_checks, page_claims, page_health, page_lists, page_results),
    *(requisites, search_backlog, search_blocks, snapshots, versions),
)

_IS_SHARED = exists().where(alerts.c.delivery_id == deliveries.c.id)
"""Whether a delivery still has alerts, once those of the page are removed."""


@dataclass(frozen=True, slots=True)
class Removal:
    """The amount of data that erasing a page removes, or has removed.

    Attributes:
        url: The page's URL.
        snapshots: Number of snapshots.
        first_at: taken_at of the earliest; None if there is none.
        last_at: taken_at of the latest; None if there is none.
        exchanges: Number of exchanges.
        bodies: Number of bodies.
        body_bytes: Their total length, content-decoded.
        shared_bodies: Number of its bodies that stay, because other pages use them too.
        versions: Number of versions.
        events: Number of events.
        alerts: Number of alerts.
        pending: Number of unsent deliveries that contain them.
    """

    url: str
    snapshots: int
    first_at: datetime | None
    last_at: datetime | None
    exchanges: int
    bodies: int
    body_bytes: int
    shared_bodies: int
    versions: int
    events: int
    alerts: int
    pending: int


def preview(database: Database, url: str) -> Removal:
    """Return what `forget` would remove.

    Raises:
        UnknownName: There is no page with this URL.
    """
    with database.read() as connection:
        return _removal(connection, _page_id(connection, url), url)


def forget(database: Database, url: str, *, reason: str, now: datetime) -> Removal:
    """Remove a page's content in one transaction and leave a tombstone. `scrub` then removes the remains from the database's files.

    Args:
        database: The database.
        url: The page's URL, normalised.
        reason: The reason, for the tombstone; "" for none.
        now: On the observing clock.

    Raises:
        UnknownName: There is no page with this URL.
        BodyCorrupt: A body that has to stay cannot be read, so it cannot be stored again; nothing was removed.
        StorageError: The database operation failed; nothing was removed.
    """
    with database.begin() as connection:
        _prepare(connection)
        page_id = _page_id(connection, url)
        removal = _removal(connection, page_id, url)
        gone = only_of(page_id, redirect_targets(connection, page_id))
        dead = [row.id for row in connection.execute(only_on(page_id, gone))]
        received = list(connection.execute(select(exchanges.c.id).where(gone)).scalars())
        _bury(connection, page_id, url, reason, now)
        _remove_alerts(connection, page_id)
        urls = _remove_page(connection, page_id, received)
        remove_bodies(connection, dead)
        remove_unused_urls(connection, urls)
        return removal


def scrub(database: Database) -> bool:
    """Rewrite an SQLite file, so that removed data cannot be recovered from it or from its log.

    Returns:
        Whether it succeeded. False on PostgreSQL, whose files VACUUM FULL rewrites, and if another connection was still reading the SQLite file
        after the busy timeout.

    Raises:
        DatabaseLocked: Another connection was writing for the whole busy timeout.
    """
    if database.engine.dialect.name != "sqlite":
        return False
    with database.begin() as changing:
        compact(changing)
    with translated(database.place), closing(database.engine.raw_connection()) as pooled:
        connection = cast("sqlite3.Connection", pooled.driver_connection)
        connection.execute("VACUUM")
        return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]


# --- amounts


def _page_id(connection: Connection, url: str) -> int:
    found: int | None = connection.execute(select(pages.c.id).where(pages.c.url == url)).scalar()
    if found is None:
        raise UnknownName(f"{url} is not watched here; `pagewitness pages` lists what is")
    return found


def _removal(connection: Connection, page_id: int, url: str) -> Removal:
    count, first_at, last_at = connection.execute(
        select(func.count(), func.min(snapshots.c.taken_at), func.max(snapshots.c.taken_at)).where(
            snapshots.c.page_id == page_id
        )
    ).one()
    gone = only_of(page_id, redirect_targets(connection, page_id))
    dying = only_on(page_id, gone).subquery()
    dead, size = connection.execute(select(func.count(), func.coalesce(func.sum(dying.c.length_bytes), 0))).one()
    return Removal(
        url=url,
        snapshots=count,
        first_at=first_at,
        last_at=last_at,
        exchanges=_count(connection, exchanges, gone),
        bodies=dead,
        body_bytes=int(size),
        shared_bodies=_count(connection, bodies, bodies.c.id.in_(shown_on(page_id, gone))) - dead,
        versions=_count(connection, versions, versions.c.page_id == page_id),
        events=_count(connection, events, events.c.page_id == page_id),
        alerts=_count(connection, alerts, alerts.c.event_id.in_(_events_of(page_id))),
        pending=_count(
            connection,
            deliveries,
            deliveries.c.id.in_(_deliveries_of(page_id)),
            deliveries.c.state == DeliveryState.PENDING,
        ),
    )


def _count(connection: Connection, table: Table, *which: object) -> int:
    count: int = connection.execute(select(func.count()).select_from(table).where(*which)).scalar_one()  # type: ignore[arg-type]
    return count


def _events_of(page_id: int) -> Select[int]:
    return select(events.c.id).where(events.c.page_id == page_id)


def _deliveries_of(page_id: int) -> Select[int]:
    return select(alerts.c.delivery_id).where(
        alerts.c.delivery_id.is_not(None), alerts.c.event_id.in_(_events_of(page_id))
    )


# --- removing


def _prepare(connection: Connection) -> None:
    """Block T1, T2, T3 and the dispatcher: T1 and T2 begin by locking a page's row, T3 by locking events or, for held alerts, writing deliveries.

    The T1 of a requisite begins with the rows of URLs, which erasing removes last, after the requisites that it locks next.

    The tables are locked in the order in which T3 and the dispatcher write them. On SQLite, BEGIN IMMEDIATE has locked everything.

    On SQLite, also overwrite deleted data with zeros, in case the file cannot be rewritten.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("LOCK TABLE pages, archived_urls, requisites, events, deliveries, alerts IN EXCLUSIVE MODE")
        )
    else:
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _bury(connection: Connection, page_id: int, url: str, reason: str, now: datetime) -> None:
    """Write the tombstone. An existing one, of a page that was added again, is extended with the new snapshots."""
    query = (
        select(snapshots.c.taken_at, snapshots.c.outcome, snapshots.c.verdict, bodies.c.sha256)
        .outerjoin(bodies, bodies.c.id == snapshots.c.body_id)
        .where(snapshots.c.page_id == page_id)
        .order_by(snapshots.c.seq)
    )
    checks: list[JsonValue] = [
        {
            "at": iso_utc(row.taken_at),
            "outcome": row.outcome.value,
            "verdict": None if row.verdict is None else row.verdict.value,
            "sha256": row.sha256,
        }
        for row in connection.execute(query)
    ]
    previous = find_tombstone(connection, url)
    if previous is None:
        connection.execute(insert(tombstones).values(url=url, forgotten_at=now, reason=reason, checks=checks))
        return
    values = {"forgotten_at": now, "reason": reason or previous.reason, "checks": [*previous.checks, *checks]}
    connection.execute(update(tombstones).where(tombstones.c.url == url).values(values))


def _remove_alerts(connection: Connection, page_id: int) -> None:
    """Remove alerts of the page's events and their deliveries.

    Where a delivery is shared with other pages, their alerts keep rule and channel: they are held until the next planning, which makes a delivery
    without the page. One that was sent, or is being sent, stays without its content; if that attempt fails, its alerts follow when it is claimed again.
    """
    carried = list(connection.execute(_deliveries_of(page_id)).scalars())
    connection.execute(delete(alerts).where(alerts.c.event_id.in_(_events_of(page_id))))
    lease = deliveries.c.lease_until
    # False, not null, without a lease: it is negated below.
    is_leased = and_(lease.is_not(None), lease > database_now(connection))
    is_being_sent = and_(deliveries.c.state == DeliveryState.PENDING, is_leased)
    keeps_receipt = or_(deliveries.c.state == DeliveryState.SENT, is_being_sent)
    for some in slices(carried):
        mine = deliveries.c.id.in_(some)
        connection.execute(delete(deliveries).where(mine, ~_IS_SHARED))
        connection.execute(update(deliveries).where(mine, keeps_receipt).values(payload={}))
        # Dead ones too: without their content they could never be tried again.
        remove_unsent(
            connection, list(connection.execute(select(deliveries.c.id).where(mine, ~keeps_receipt)).scalars())
        )


def _remove_page(connection: Connection, page_id: int, received: Sequence[int]) -> list[int]:
    """Remove all rows of the page and its exchanges; return the keys of their URLs, and of its requisites'."""
    mine = select(versions.c.id).where(versions.c.page_id == page_id)
    connection.execute(delete(readings).where(readings.c.version_id.in_(mine)))
    needed = select(requisites.c.url_id).where(requisites.c.page_id == page_id)
    urls = [*remove_exchanges(connection, received), *connection.execute(needed).scalars()]
    remove_texts(connection, page_id)
    for notes in (event_acknowledgements, event_comments):
        connection.execute(delete(notes).where(notes.c.event_id.in_(_events_of(page_id))))
    for table in _OF_A_PAGE:
        connection.execute(delete(table).where(table.c.page_id == page_id))
    # Digests of what the page showed; the template is learned again from the host's other pages.
    host = select(pages.c.host).where(pages.c.id == page_id).scalar_subquery()
    connection.execute(delete(host_templates).where(host_templates.c.host == host))
    connection.execute(delete(pages).where(pages.c.id == page_id))
    return urls
