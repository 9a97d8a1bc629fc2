"""Snapshots of pages as lists show them, and the times between which replay navigates."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, FromClause, ScalarSelect, bindparam, case, func, select

from monitor.model import Origin, Outcome, Verdict
from storage.database.compiled_statements import CompiledStatement
from storage.queries.paging import Cursor, Query, Slice, read_slice
from storage.schema import bodies, page_checks, snapshots, versions


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """A snapshot in a list. Fields as in `monitor.model.Snapshot`, and one more.

    Attributes:
        following_at: taken_at of the page's next replayable snapshot; None if there is none, and if this one cannot be replayed.
    """

    id: int
    page_id: int
    seq: int
    taken_at: datetime
    origin: Origin
    outcome: Outcome
    status: int | None
    final_url: str
    verdict: Verdict | None
    verdict_reason: str
    read_at: datetime | None
    body_sha256: str | None
    following_at: datetime | None

    @property
    def is_replayable(self) -> bool:
        """Whether replay can show it."""
        return self.outcome is not Outcome.FAILED and self.body_sha256 is not None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Times of a page's replayable snapshots, relative to one of them; None where there is none.

    Attributes:
        first: The earliest.
        second: The next one after `first`.
        previous: The last one before.
        following: The next one after.
        after_following: The next one after `following`.
        last: The latest.
    """

    first: datetime | None
    second: datetime | None
    previous: datetime | None
    following: datetime | None
    after_following: datetime | None
    last: datetime | None


_other = snapshots.alias("other")


def replayable(of: FromClause = snapshots) -> ColumnElement[bool]:
    """Return the condition that a snapshot can be replayed."""
    return (of.c.outcome != Outcome.FAILED) & of.c.body_id.is_not(None)


FOLLOWING_AT = (
    select(_other.c.taken_at)
    .where(_other.c.page_id == snapshots.c.page_id, _other.c.taken_at > snapshots.c.taken_at, replayable(_other))
    .order_by(_other.c.taken_at)
    .limit(1)
    .correlate(snapshots)
    .scalar_subquery()
)
"""taken_at of the page's next replayable snapshot after one of `snapshots`; null if there is none."""

_COLUMNS = tuple(snapshots.c[name] for name in SnapshotRow.__slots__ if name in snapshots.c)
_WITH_BODY = select(*_COLUMNS, bodies.c.sha256.label("body_sha256")).select_from(
    snapshots.outerjoin(bodies, bodies.c.id == snapshots.c.body_id)
)
# The subquery is not evaluated for failed snapshots, which may be many in a row.
_LISTED = _WITH_BODY.add_columns(case((replayable(), FOLLOWING_AT)).label("following_at"))


@dataclass(frozen=True, slots=True)
class SnapshotFilter:
    """Which snapshots of a page to list.

    Attributes:
        changed: Only those at which a version begins.
        verdict: Only those with this verdict; None: any.
        failed: Only failed checks.
        until: Only those taken before this time; None: all.
    """

    changed: bool = False
    verdict: Verdict | None = None
    failed: bool = False
    until: datetime | None = None


FILTERED = 50_000
"""Snapshots of a page, the newest, among which a filter by verdict or outcome searches."""


def snapshot_slice(connection: Connection, page_id: int, cursor: Cursor, wanted: SnapshotFilter) -> Slice[SnapshotRow]:
    """See `storage.queries.history.History.snapshot_slice`."""
    listed = _LISTED.where(snapshots.c.page_id == page_id, *_conditions(page_id, wanted))

    def following(seq: int | None) -> Query:
        query = listed.order_by(snapshots.c.seq.desc())
        return query if seq is None else query.where(snapshots.c.seq < seq)

    def preceding(seq: int) -> Query:
        return listed.where(snapshots.c.seq > seq).order_by(snapshots.c.seq)

    return read_slice(connection, cursor, following, preceding, lambda row: SnapshotRow(*row))


def _conditions(page_id: int, wanted: SnapshotFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.changed:
        yield snapshots.c.id.in_(select(versions.c.snapshot_id).where(versions.c.page_id == page_id))
    if wanted.until is not None:
        yield snapshots.c.taken_at < wanted.until
    if wanted.verdict is not None:
        yield snapshots.c.verdict == wanted.verdict
    if wanted.failed:
        yield snapshots.c.outcome == Outcome.FAILED
    if wanted.failed or wanted.verdict is not None:
        last = select(page_checks.c.last_seq).where(page_checks.c.page_id == page_id).scalar_subquery()
        yield snapshots.c.seq > last - FILTERED


def snapshot_count(connection: Connection, page_id: int) -> int:
    """Return the number of the page's snapshots, failed ones included."""
    return connection.execute(
        select(func.count()).select_from(snapshots).where(snapshots.c.page_id == page_id)
    ).scalar_one()


def newest_of_pages(connection: Connection, page_ids: Collection[int], limit: int) -> dict[int, list[SnapshotRow]]:
    """Return the newest snapshots of each page, newest first, at most `limit` of each."""
    query = (
        _LISTED.join(page_checks, page_checks.c.page_id == snapshots.c.page_id)
        .where(page_checks.c.page_id.in_(page_ids), snapshots.c.seq > page_checks.c.last_seq - limit)
        .order_by(snapshots.c.page_id, snapshots.c.seq.desc())
    )
    found: dict[int, list[SnapshotRow]] = {}
    for row in connection.execute(query):
        found.setdefault(row.page_id, []).append(SnapshotRow(*row))
    return found


def neighbours(connection: Connection, page_id: int, taken_at: datetime) -> Neighbours:
    """See `storage.queries.history.History.neighbours`."""
    return Neighbours(*_NEIGHBOURS.first(connection, {"page": page_id, "at": taken_at}))


def replayable_times(connection: Connection, page_id: int, after: datetime | None, limit: int) -> list[datetime]:
    """Return the times of the page's replayable snapshots after a time, or from the first; in order, at most `limit`."""
    query = select(snapshots.c.taken_at).where(snapshots.c.page_id == page_id, replayable()).limit(limit)
    if after is not None:
        query = query.where(snapshots.c.taken_at > after)
    return list(connection.execute(query.order_by(snapshots.c.taken_at)).scalars())


def last_time(connection: Connection, page_id: int, until: datetime) -> datetime | None:
    """Return the time of the page's newest replayable snapshot up to a time; None if there is none."""
    query = select(snapshots.c.taken_at).where(
        snapshots.c.page_id == page_id, snapshots.c.taken_at <= until, replayable()
    )
    return connection.execute(query.order_by(snapshots.c.taken_at.desc()).limit(1)).scalar()


def _time(
    *,
    after: ColumnElement[datetime] | None = None,
    before: ColumnElement[datetime] | None = None,
    latest: bool = False,
) -> ScalarSelect[datetime]:
    """Return the time of the page's replayable snapshot next to a time, or at an end of its history; the index on page and time leads to it."""
    of = snapshots.alias()
    query = select(of.c.taken_at).where(of.c.page_id == bindparam("page"), replayable(of))
    if after is not None:
        query = query.where(of.c.taken_at > after)
    if before is not None:
        query = query.where(of.c.taken_at < before)
    backwards = latest or before is not None
    return query.order_by(of.c.taken_at.desc() if backwards else of.c.taken_at).limit(1).scalar_subquery()


_AT: ColumnElement[datetime] = bindparam("at", type_=snapshots.c.taken_at.type)
_NEIGHBOURS = CompiledStatement(
    select(
        _time().label("first"),
        _time(after=_time()).label("second"),
        _time(before=_AT).label("previous"),
        _time(after=_AT).label("following"),
        _time(after=_time(after=_AT)).label("after_following"),
        _time(latest=True).label("last"),
    )
)
