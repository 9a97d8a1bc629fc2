"""Load snapshots, and the validators of a page's next request."""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    case,
    func,
    select,
    type_coerce,
)

from monitor.errors import UnknownName
from monitor.model import Snapshot, Validators
from storage.archive import rows
from storage.database.compiled_statements import CompiledStatement
from storage.schema import bodies, exchanges, page_checks, page_results, snapshots

_final = exchanges.alias("final")
# The headers of the last exchange, only where they have a Refresh field, which is rare.
_refresh_headers = (
    select(
        case((func.lower(type_coerce(_final.c.response_headers, Text)).like('%"refresh"%'), _final.c.response_headers))
    )
    .where(_final.c.snapshot_id == snapshots.c.id)
    .order_by(_final.c.hop.desc())
    .limit(1)
    .correlate(snapshots)
    .scalar_subquery()
    .label("refresh_headers")
)
SNAPSHOTS = select(
    *(snapshots.c[name] for name in Snapshot.__slots__ if name not in ("body_sha256", "refresh")),
    bodies.c.sha256.label("body_sha256"),
    _refresh_headers,
).select_from(snapshots.outerjoin(bodies, bodies.c.id == snapshots.c.body_id))
"""The columns that `storage.archive.rows.snapshot` reads."""

_ONE = CompiledStatement(SNAPSHOTS.where(snapshots.c.id == bindparam("snapshot")))
_LATEST = CompiledStatement(
    SNAPSHOTS.join(page_checks, page_checks.c.latest_snapshot_id == snapshots.c.id).where(
        page_checks.c.page_id == bindparam("page")
    )
)
_UNREAD = CompiledStatement(
    SNAPSHOTS.where(snapshots.c.page_id == bindparam("page"), snapshots.c.read_at.is_(None)).order_by(snapshots.c.seq)
)
VALIDATORS = (
    *(page_results.c[name] for name in ("validator_url", "etag", "last_modified", "validator_snapshot_id")),
    *(bodies.c.sha256, page_checks.c.repeats, page_checks.c.confirmed_at),
)
"""The columns of a `Validators`, in the order of its fields; `bodies` is joined to the snapshot that sent them."""

_VALIDATORS = CompiledStatement(
    select(*VALIDATORS)
    .select_from(page_results)
    .join(page_checks, page_checks.c.page_id == page_results.c.page_id)
    .join(snapshots, snapshots.c.id == page_results.c.validator_snapshot_id)
    .join(bodies, bodies.c.id == snapshots.c.body_id)
    .where(page_results.c.page_id == bindparam("page"))
)


def later_than(snapshot: ColumnElement[int]) -> ColumnElement[bool]:
    """Select a page's snapshots after this one, or all if it is 0: by `seq`, so that an index is used, without any that were archived late."""
    that, other = snapshots.alias("that"), snapshots.alias("other")
    seq = select(that.c.seq).where(that.c.id == snapshot).scalar_subquery()
    taken_at = select(other.c.taken_at).where(other.c.id == snapshot).scalar_subquery()
    return and_(
        snapshots.c.seq > func.coalesce(seq, 0), snapshots.c.taken_at >= func.coalesce(taken_at, snapshots.c.taken_at)
    )


def latest(connection: Connection, page_id: int) -> Snapshot | None:
    """Return the page's newest snapshot that is not failed; None before the first."""
    row = _LATEST.first(connection, {"page": page_id})
    return None if row is None else rows.snapshot(row)


def unprocessed(connection: Connection, page_id: int) -> list[Snapshot]:
    """Return the page's unprocessed snapshots, in order of `seq`."""
    return [rows.snapshot(row) for row in _UNREAD.all(connection, {"page": page_id})]


def load_snapshot(connection: Connection, snapshot_id: int) -> Snapshot:
    """Return one snapshot.

    Raises:
        UnknownName: No snapshot has this id.
    """
    row = _ONE.first(connection, {"snapshot": snapshot_id})
    if row is None:
        raise UnknownName(f"there is no snapshot {snapshot_id}")
    return rows.snapshot(row)


def validators(connection: Connection, page_id: int) -> Validators | None:
    """Return the validators for a conditional request, which the server can answer with 304; None if it sent none."""
    row = _VALIDATORS.first(connection, {"page": page_id})
    return None if row is None else Validators(*row)
