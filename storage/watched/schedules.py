"""When pages are looked at: what a visit found out about that, pauses, and what a clock that was put back left behind."""

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
    """Why a page is due when it is, for people; "" where its schedule says it all."""
    return connection.execute(select(pages.c.schedule_reason).where(pages.c.id == page_id)).scalar_one_or_none() or ""


def pause(connection: Connection, page_id: int) -> None:
    """Do not look at an active page for now. A no-op for others."""
    stopped = {"state": PageState.PAUSED, "next_check_at": None, "scheduled_by": None, "schedule_reason": ""}
    connection.execute(update(pages).where(pages.c.id == page_id, pages.c.state == PageState.ACTIVE).values(stopped))


def resume(connection: Connection, page_id: int, now: datetime) -> None:
    """Look at a paused page again, at once. A no-op for others."""
    begun = {
        "state": PageState.ACTIVE,
        "next_check_at": now,
        "scheduled_by": None,
        "failures": 0,
        "schedule_reason": "",
    }
    connection.execute(update(pages).where(pages.c.id == page_id, pages.c.state == PageState.PAUSED).values(begun))


def latest_due(connection: Connection) -> list[tuple[Schedule, timedelta | None, datetime]]:
    """Every schedule and interval that active pages have, with when the last page of each is due."""
    kinds = [pages.c[name] for name in SCHEDULE_COLUMNS]
    last = (
        select(*kinds, func.max(pages.c.next_check_at).label("last"))
        .where(pages.c.state == PageState.ACTIVE, pages.c.next_check_at.is_not(None))
        .group_by(*kinds)
    )
    return [(schedule_of(row), interval_of(row), row.last) for row in connection.execute(last)]


def due_after(connection: Connection, moment: datetime, beyond: int) -> list[Page]:
    """Some active pages that are due after `moment`, in the order of their keys, from the first one beyond `beyond`."""
    late = (
        PAGE_COLUMNS.where(pages.c.state == PageState.ACTIVE, pages.c.next_check_at > moment, pages.c.id > beyond)
        .order_by(pages.c.id)
        .limit(_FAR_PAGES)
    )
    return pages_of(connection, connection.execute(late).all())
