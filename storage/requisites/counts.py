"""How many requisites of a snapshot are archived."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from storage.schema import requisites


@dataclass(frozen=True, slots=True)
class RequisiteCounts:
    """Requisites of a snapshot.

    Attributes:
        found: Number of requisites that it refers to.
        archived: Number of those that were received.
        waiting: Number of those that are still to be requested.
    """

    found: int
    archived: int
    waiting: int


def count_requisites(connection: Connection, page_id: int, snapshot_id: int) -> RequisiteCounts:
    """Return how many requisites a snapshot refers to, and how many of them are archived.

    The requisites of a snapshot are those found in the newest discovery up to it: discovery takes place at new versions only.
    """
    columns = requisites.c
    marks = (
        select(columns.first_snapshot_id.label("mark"))
        .where(columns.page_id == page_id)
        .union(select(columns.last_snapshot_id).where(columns.page_id == page_id))
        .subquery()
    )
    before = select(func.max(marks.c.mark)).where(marks.c.mark <= snapshot_id)
    mark = connection.execute(before).scalar() or connection.execute(select(func.min(marks.c.mark))).scalar()
    if mark is None:
        return RequisiteCounts(0, 0, 0)
    shown = and_(columns.page_id == page_id, columns.first_snapshot_id <= mark, columns.last_snapshot_id >= mark)
    count = func.count()
    row = connection.execute(
        select(
            count.label("found"),
            count.filter(columns.exchange_id.is_not(None)).label("archived"),
            count.filter(columns.exchange_id.is_(None), columns.due_at.is_not(None)).label("waiting"),
        ).where(shown)
    ).one()
    return RequisiteCounts(row.found, row.archived, row.waiting)
