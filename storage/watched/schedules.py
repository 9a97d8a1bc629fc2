"""When pages are checked: rescheduling after a visit, and finding due times that a clock left too far ahead when it was put back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from monitor.model import Page, Schedule
from storage.schema import page_checks, pages
from storage.watched.pages import (
    IS_ACTIVE,
    PAGE_COLUMNS,
    PAGES,
    SCHEDULE_COLUMNS,
    interval_of,
    lock_page,
    pages_of,
    schedule_of,
)

_FAR_PAGES = 1000


def reschedule(
    connection: Connection, page_id: int, due: datetime | None, *, interval: timedelta | None, reason: str
) -> None:
    """See `storage.store.SqlStore.reschedule`."""
    values = {"interval_seconds": None if interval is None else interval.total_seconds(), "schedule_reason": reason}
    lock_page(connection, page_id)
    connection.execute(
        update(page_checks)
        .where(page_checks.c.page_id == page_id, IS_ACTIVE)
        .values(next_check_at=due, scheduled_by=None, **values)
    )


def schedule_reason(connection: Connection, page_id: int) -> str:
    """Return why a page is due at its time, for display; "" where its schedule alone explains it."""
    reason = select(page_checks.c.schedule_reason).where(page_checks.c.page_id == page_id)
    return connection.execute(reason).scalar_one_or_none() or ""


def latest_due(connection: Connection) -> list[tuple[Schedule, timedelta | None, datetime]]:
    """Return each schedule and interval that active pages have, with the latest time at which a page of it is due."""
    last = (
        select(*SCHEDULE_COLUMNS, func.max(page_checks.c.next_check_at).label("last"))
        .select_from(PAGES)
        .where(page_checks.c.next_check_at.is_not(None))
        .group_by(*SCHEDULE_COLUMNS)
    )
    return [(schedule_of(row), interval_of(row), row.last) for row in connection.execute(last)]


def due_after(connection: Connection, moment: datetime, beyond: int) -> list[Page]:
    """Return at most 1,000 active pages due after `moment`, in order of id, with ids above `beyond`."""
    late = (
        PAGE_COLUMNS.where(page_checks.c.next_check_at > moment, pages.c.id > beyond)
        .order_by(pages.c.id)
        .limit(_FAR_PAGES)
    )
    return pages_of(connection, connection.execute(late).all())
