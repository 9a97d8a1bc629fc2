"""The snapshots at which a page's versions begin, for stepping from change to change; and the places whose changes were recorded as noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, select

from monitor.model import Level, NoiseReason, Snapshot
from storage.database.compiled_statements import CompiledStatement
from storage.queries.snapshot_list import FOLLOWING_AT
from storage.schema import events, snapshots, versions

_LEARNED = frozenset({NoiseReason.CHANGES_OFTEN.value, NoiseReason.MUTED.value})


@dataclass(frozen=True, slots=True)
class VersionSteps:
    """Times of the snapshots at which versions of a page begin, relative to one version; None where there is none.

    Attributes:
        previous: The version before.
        own: The version itself.
        following: The version after.
    """

    previous: datetime | None
    own: datetime | None
    following: datetime | None


class VersionStart(NamedTuple):
    """The snapshot at which a version of a page begins.

    Attributes:
        version_id: The version.
        seq: Its number among the versions of the page, in order of processing; not contiguous.
        taken_at: Time of the snapshot.
        following_at: Time of the page's next replayable snapshot; None if there is none.
    """

    version_id: int
    seq: int
    taken_at: datetime
    following_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionNeighbours:
    """The versions of a page around one of its snapshots, each by the snapshot at which it begins; None where there is none.

    Attributes:
        first: The earliest version.
        previous: The one before the snapshot's own; for a snapshot without version the one in force when it was taken.
        own: The snapshot's own; None for one that is not processed or not ok.
        following: The next one after the snapshot.
        last: The latest version.
    """

    first: VersionStart | None = None
    previous: VersionStart | None = None
    own: VersionStart | None = None
    following: VersionStart | None = None
    last: VersionStart | None = None


# Built once: building a query takes longer than running it. The index on page and seq leads to each row.
_STARTS = (
    select(versions.c.id, versions.c.seq, snapshots.c.taken_at, FOLLOWING_AT.label("following_at"))
    .select_from(versions.join(snapshots, snapshots.c.id == versions.c.snapshot_id))
    .where(versions.c.page_id == bindparam("page"))
    .limit(1)
)
_SEQ: ColumnElement[int] = bindparam("seq", type_=versions.c.seq.type)
_FORWARDS, _BACKWARDS = _STARTS.order_by(versions.c.seq), _STARTS.order_by(versions.c.seq.desc())
_FIRST, _LAST = CompiledStatement(_FORWARDS), CompiledStatement(_BACKWARDS)
_BEFORE = CompiledStatement(_BACKWARDS.where(versions.c.seq < _SEQ))
_AFTER = CompiledStatement(_FORWARDS.where(versions.c.seq > _SEQ))
_FROM = CompiledStatement(_FORWARDS.where(versions.c.seq >= _SEQ))
_OWN = CompiledStatement(_STARTS.where(versions.c.id == bindparam("version")))


def _start(connection: Connection, query: CompiledStatement, page_id: int, **values: int) -> VersionStart | None:
    row = query.first(connection, {"page": page_id, **values})
    return None if row is None else VersionStart._make(row)


def version_neighbours(connection: Connection, snapshot: Snapshot) -> VersionNeighbours:
    """See `storage.queries.history.History.version_neighbours`."""
    start = partial(_start, connection, page_id=snapshot.page_id)
    first, last = start(_FIRST), start(_LAST)
    if first is None or last is None:
        return VersionNeighbours()
    own = start(_OWN, version=snapshot.version_id) if snapshot.version_id is not None else None
    if own is not None:
        return VersionNeighbours(first, start(_BEFORE, seq=own.seq), own, start(_AFTER, seq=own.seq), last)
    if first.taken_at > snapshot.taken_at:
        return VersionNeighbours(first, None, None, first, last)
    # Bisection: times are in the versions' order, but no index has both.
    begun, end = first, last.seq + 1
    while end - begun.seq > 1:
        middle = (begun.seq + end) // 2
        found = start(_FROM, seq=middle)
        if found is not None and found.seq < end and found.taken_at <= snapshot.taken_at:
            begun = found
        else:
            end = middle
    return VersionNeighbours(first, begun, None, start(_AFTER, seq=begun.seq), last)


def version_steps(connection: Connection, page_id: int, version_id: int) -> VersionSteps:
    """See `storage.queries.history.History.version_steps`."""
    own = _start(connection, _OWN, page_id, version=version_id)
    if own is None:
        return VersionSteps(None, None, None)
    previous, following = (_start(connection, query, page_id, seq=own.seq) for query in (_BEFORE, _AFTER))
    return VersionSteps(*(None if one is None else one.taken_at for one in (previous, own, following)))


def noise_places(connection: Connection, page_id: int, until: datetime, limit: int) -> frozenset[str]:
    """See `storage.queries.history.History.noise_places`."""
    newest = (
        select(events.c.level, events.c.detail)
        .where(events.c.page_id == page_id, events.c.at <= until, events.c.superseded_at.is_(None))
        .order_by(events.c.at.desc())
        .limit(limit)
        .subquery()
    )
    details = connection.execute(select(newest.c.detail).where(newest.c.level == Level.NOISE)).scalars()
    return frozenset(
        spot
        for detail in details
        if isinstance(detail, dict) and detail.get("noise") in _LEARNED and isinstance(detail.get("spots"), Sequence)
        for spot in detail["spots"]
        if isinstance(spot, str)
    )
