"""Transaction T1 of a requisite: archive what was received, and record when it is requested again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from monitor.fetching.requisite_outcome import RequisiteResult
from monitor.model import ExchangeRole, FetchResult, RequisiteKind, RequisiteMode, RequisiteState
from storage.archive.unattached_exchanges import store_unattached
from storage.requisites.visits import DueRequisite
from storage.schema import exchanges, pages, requisites

REFRESH_EVERY = timedelta(days=1)
"""Interval between requests for a requisite of a page whose requisites are archived on a schedule of their own."""

WITH_REQUISITES = (RequisiteKind.STYLE_SHEET, RequisiteKind.FRAME, RequisiteKind.IMAGE)
"""Kinds whose bodies can have requisites of their own; among images, SVG drawings have."""

_NOT_MODIFIED = 304


def archive_requisite(
    connection: Connection, requisite: DueRequisite, fetched: FetchResult | None, result: RequisiteResult, now: datetime
) -> None:
    """Archive the exchanges of a request and record its result, for every page that waits for the same URL.

    Args:
        connection: In a writing transaction.
        requisite: The requisite.
        fetched: What was received; None if it was not requested.
        result: Its result.
        now: On the observing clock.
    """
    exchange_id, is_new = None, False
    if fetched is not None:
        exchange_id, is_new = _store(connection, requisite, fetched, now)
    columns = requisites.c
    waiting = (columns.url_id == requisite.url_id, columns.due_at.is_not(None), columns.due_at <= now)
    keys = (
        connection.execute(select(columns.page_id).where(*waiting).order_by(columns.page_id).with_for_update())
        .scalars()
        .all()
    )
    values: dict[str, object] = {
        "state": result.state,
        "reason": result.reason,
        "attempts": result.attempts,
        "due_at": result.due_at,
    }
    if exchange_id is not None and result.state is RequisiteState.ARCHIVED:
        values["exchange_id"] = exchange_id
        if is_new and requisite.kind in WITH_REQUISITES:
            values |= {"discovery_due_at": now, "discovery_attempts": 0}
    connection.execute(
        update(requisites).where(columns.url_id == requisite.url_id, columns.page_id.in_(keys)).values(values)
    )
    if result.due_at is None:
        scheduled = select(pages.c.id).where(pages.c.id.in_(keys), pages.c.requisites == RequisiteMode.ON)
        again = (columns.url_id == requisite.url_id, columns.page_id.in_(scheduled))
        connection.execute(update(requisites).where(*again).values(due_at=now + REFRESH_EVERY))


def _store(connection: Connection, requisite: DueRequisite, fetched: FetchResult, now: datetime) -> tuple[int, bool]:
    """Store exchanges and bodies; return the key of the exchange with the content, and whether its body is another one than before."""
    confirmed = None if requisite.validators is None else requisite.validators.snapshot_id
    before = _body_of_newest(connection, requisite)
    stored = store_unattached(connection, fetched.exchanges, ExchangeRole.REQUISITE, now, confirmed)
    if fetched.final.status == _NOT_MODIFIED:
        return confirmed or stored.id, False
    return stored.id, stored.body_id is not None and stored.body_id != before


def _body_of_newest(connection: Connection, requisite: DueRequisite) -> int | None:
    """Return the key of the body that the requisite's newest exchange has; None if it has none."""
    newest = select(requisites.c.exchange_id).where(
        requisites.c.page_id == requisite.page.id, requisites.c.url_id == requisite.url_id
    )
    found: int | None = connection.execute(
        select(exchanges.c.body_id).where(exchanges.c.id == newest.scalar_subquery())
    ).scalar()
    return found
