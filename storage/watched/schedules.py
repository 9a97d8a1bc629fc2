"""When pages are checked: rescheduling after a visit, pausing, and finding due times that a clock left too far ahead when it was put back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from monitor.model import Page, PageState, Schedule
from storage.schema import pages
from storage.watched.pages import PAGE_COLUMNS, SCHEDULE_COLUMNS, interval_of, pages_of, schedule_of

_FAR_PAGES = 1000


def reschedule(
    connection: Connection, page_id: int, due: datetime | None, *, interval: timedelta | None, reason: str
) -> None:
    """See `storage.store.SqlStore.reschedule`."""
    values = {"interval_seconds": None if interval is None else interval.total_seconds(), "schedule_reason": reason}
    connection.execute(
        update(pages)
        .where(pages.c.id == page_id, pages.c.state == PageState.ACTIVE)
        .values(next_check_at=due, scheduled_by=None, **values)
    )


def schedule_reason(connection: Connection, page_id: int) -> str:
    """Return why a page is due at its time, for display; "" where its schedule alone explains it."""
    return connection.execute(select(pages.c.schedule_reason).where(pages.c.id == page_id)).scalar_one_or_none() or ""


def pause(connection: Connection, page_id: int) -> None:
    """Pause an active page: it is not checked until it is resumed. A no-op for other pages."""
    stopped = {"state": PageState.PAUSED, "next_check_at": None, "scheduled_by": None, "schedule_reason": ""}
    connection.execute(update(pages).where(pages.c.id == page_id, pages.c.state == PageState.ACTIVE).values(stopped))


def resume(connection: Connection, page_id: int, now: datetime) -> None:
    """Resume a paused page, due at once. A no-op for other pages."""
    begun = {
        "state": PageState.ACTIVE,
        "next_check_at": now,
        "scheduled_by": None,
        "failures": 0,
        "schedule_reason": "",
    }
    connection.execute(update(pages).where(pages.c.id == page_id, pages.c.state == PageState.PAUSED).values(begun))


def latest_due(connection: Connection) -> list[tuple[Schedule, timedelta | None, datetime]]:
    """Return each schedule and interval that active pages have, with the latest time at which a page of it is due."""
    kinds = [pages.c[name] for name in SCHEDULE_COLUMNS]
    last = (
        select(*kinds, func.max(pages.c.next_check_at).label("last"))
        .where(pages.c.state == PageState.ACTIVE, pages.c.next_check_at.is_not(None))
        .group_by(*kinds)
    )
    return [(schedule_of(row), interval_of(row), row.last) for row in connection.execute(last)]


def due_after(connection: Connection, moment: datetime, beyond: int) -> list[Page]:
    """Return at most 1,000 active pages due after `moment`, in order of id, with ids above `beyond`."""
    late = (
        PAGE_COLUMNS.where(pages.c.state == PageState.ACTIVE, pages.c.next_check_at > moment, pages.c.id > beyond)
        .order_by(pages.c.id)
        .limit(_FAR_PAGES)
    )
    return pages_of(connection, connection.execute(late).all())
