"""How many requisites of a snapshot are archived."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from storage.database.compiled_statements import CompiledStatement
from storage.schema import requisites

_columns = requisites.c
_of_page, _count = _columns.page_id == bindparam("page"), func.count()
_until = bindparam("snapshot", type_=_columns.first_snapshot_id.type)
_MARKS = CompiledStatement(
    select(
        select(func.max(_columns.first_snapshot_id))
        .where(_of_page, _columns.first_snapshot_id <= _until)
        .scalar_subquery()
        .label("first_found"),
        select(func.max(_columns.last_snapshot_id))
        .where(_of_page, _columns.last_snapshot_id <= _until)
        .scalar_subquery()
        .label("last_found"),
        select(func.min(_columns.first_snapshot_id)).where(_of_page).scalar_subquery().label("earliest"),
    )
)
_COUNTS = CompiledStatement(
    select(
        _count.label("found"),
        _count.filter(_columns.exchange_id.is_not(None)).label("archived"),
        _count.filter(_columns.exchange_id.is_(None), _columns.due_at.is_not(None)).label("waiting"),
    ).where(
        _of_page,
        # The sum leads the database to the other index, which has few rows for a new snapshot.
        _columns.first_snapshot_id + 0 <= bindparam("mark", type_=_columns.first_snapshot_id.type),
        _columns.last_snapshot_id >= bindparam("mark", type_=_columns.last_snapshot_id.type),
    )
)


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
    marks = _MARKS.first(connection, {"page": page_id, "snapshot": snapshot_id})
    if marks.earliest is None:
        return RequisiteCounts(0, 0, 0)
    mark = max(filter(None, (marks.first_found, marks.last_found)), default=marks.earliest)
    row = _COUNTS.first(connection, {"page": page_id, "mark": mark})
    return RequisiteCounts(row.found, row.archived, row.waiting)
