"""Transaction T1, which archives a fetch before anything is interpreted; and loading of snapshots."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from monitor.errors import UnknownName
from monitor.fetching.conditional import has_failed_condition
from monitor.fetching.retry_after import is_rate_limited
from monitor.model import Observation, Origin, Outcome, Page, PageState, Snapshot, Validators, Verdict
from monitor.ports import Observe
from storage.archive import rows
from storage.archive.bodies import arrival, known_bodies, store_bodies
from storage.database.compiled_statements import CompiledStatement
from storage.schema import bodies, exchanges, pages, snapshots
from storage.watched.pages import lock_page

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
    SNAPSHOTS.join(pages, pages.c.latest_snapshot_id == snapshots.c.id).where(pages.c.id == bindparam("page"))
)
_UNREAD = CompiledStatement(
    SNAPSHOTS.where(snapshots.c.page_id == bindparam("page"), snapshots.c.read_at.is_(None)).order_by(snapshots.c.seq)
)
_VALIDATORS = CompiledStatement(
    select(
        *(pages.c[name] for name in ("validator_url", "etag", "last_modified", "validator_snapshot_id")),
        *(bodies.c.sha256, pages.c.repeats, pages.c.confirmed_at),
    )
    .join(snapshots, snapshots.c.id == pages.c.validator_snapshot_id)
    .join(bodies, bodies.c.id == snapshots.c.body_id)
    .where(pages.c.id == bindparam("page"))
)

# A page as T1 finds it, with the snapshot that the observation repeats.
_repeated = snapshots.alias("repeated")
_FOUND = CompiledStatement(
    select(
        *(pages.c[name] for name in ("state", "next_check_at", "last_seq", "latest_snapshot_id", "ok_snapshot_id")),
        *(pages.c[name] for name in ("settled_by", "failures", "scheduled_by", "schedule_reason")),
        *(pages.c[name] for name in ("repeats", "confirmed_at")),
        pages.c.version_id.label("current_version_id"),
        exists().where(snapshots.c.page_id == bindparam("page"), snapshots.c.read_at.is_(None)).label("has_unread"),
        select(bodies.c.id)
        .where(bodies.c.sha256 == bindparam("final_sha256"))
        .scalar_subquery()
        .label("final_body_id"),
        *(_repeated.c[name] for name in ("body_id", "status", "content_type", "truncated")),
        *(_repeated.c[name] for name in ("verdict", "verdict_reason", "version_id", "read_at")),
    )
    .select_from(pages.outerjoin(_repeated, _repeated.c.id == bindparam("repeats")))
    .where(pages.c.id == bindparam("page"))
)
_RUN = CompiledStatement(
    update(pages)
    .where(pages.c.id == bindparam("page"))
    .values(
        last_seq=bindparam("seq"),
        next_check_at=bindparam("due"),
        latest_snapshot_id=bindparam("latest"),
        ok_snapshot_id=bindparam("ok"),
        failures=bindparam("failures_now"),
        scheduled_by=bindparam("scheduler"),
        schedule_reason=bindparam("why_then"),
        repeats=bindparam("repeats_now"),
        confirmed_at=bindparam("confirmed"),
    )
)
_DROP_VALIDATORS = CompiledStatement(
    update(pages)
    .where(pages.c.id == bindparam("page"))
    .values(validator_snapshot_id=None, validator_url=None, etag=None, last_modified=None)
)
_PERMANENT = (301, 308)
"""Redirects that permanently move the page (RFC 9110 §15.4)."""

_INSERT = CompiledStatement(insert(snapshots).returning(snapshots.c.id))
_INSERT_EXCHANGE = CompiledStatement(insert(exchanges))


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


def unread(connection: Connection, page_id: int) -> list[Snapshot]:
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


def archive(
    connection: Connection,
    page: Page,
    observation: Observation | Observe,
    *,
    taken_at: datetime,
    origin: Origin,
    reader: str,
    next_check_at: datetime | None,
    late: bool = False,
    reason: str | None = None,
) -> Snapshot:
    """Run T1; see `monitor.ports.Store.archive`."""
    lock_page(connection, page.id)
    if not isinstance(observation, Observation):
        observation = observation(latest(connection, page.id))
    final_sha256 = _final_sha256(observation)
    found = _FOUND.first(connection, {"page": page.id, "repeats": observation.repeats_id, "final_sha256": final_sha256})
    if found is None:
        raise UnknownName(f"there is no page {page.id} ({page.url})")
    body_ids = _store_bodies(connection, observation, found, taken_at)
    values = _values(page, observation, found, taken_at=taken_at, origin=origin, reader=reader)
    values["body_id"] = _shown_body(observation, found, body_ids)
    if late:
        values["read_at"] = taken_at
    key: int = _INSERT.scalar(connection, values)
    _insert_exchanges(connection, key, observation, body_ids)
    newest = observation.outcome is not Outcome.FAILED and not late
    _RUN.run(
        connection,
        {
            "page": page.id,
            "seq": values["seq"],
            "due": _due(found, origin, next_check_at),
            "latest": key if newest else found.latest_snapshot_id,
            "ok": key if values["verdict"] is Verdict.OK else found.ok_snapshot_id,
            "failures_now": _failures(found.failures, observation, origin),
            "scheduler": key if origin is Origin.LIVE else found.scheduled_by,
            "why_then": found.schedule_reason if reason is None or origin is not Origin.LIVE else reason,
            **_trust(found, observation, values, late=late),
        },
    )
    if has_failed_condition(observation.look):
        _DROP_VALIDATORS.run(connection, {"page": page.id})
    del values["body_id"]
    refresh = observation.look.final.header("Refresh")
    return Snapshot(id=key, body_sha256=observation.body_sha256, refresh=refresh, **values)


def _shown_body(observation: Observation, found: rows.Row, body_ids: Sequence[int | None]) -> int | None:
    """Return the key of the snapshot's body: its own, or for a 304 that of the snapshot it repeats."""
    if observation.body_sha256 is None:
        return None
    shown: int | None = found.body_id if observation.outcome is Outcome.NOT_MODIFIED else body_ids[-1]
    return shown


def _due(found: rows.Row, origin: Origin, next_check_at: datetime | None) -> datetime | None:
    """Return when the page is due next. An import does not change it, and a page retired during a visit stays retired."""
    if origin is not Origin.LIVE:
        due: datetime | None = found.next_check_at
        return due
    return next_check_at if found.state is PageState.ACTIVE else None


def _failures(before: int, observation: Observation, origin: Origin) -> int:
    """Count consecutive checks without a response, or with one that requests a pause; an import does not change the count."""
    if origin is not Origin.LIVE:
        return before
    return before + 1 if observation.outcome is Outcome.FAILED or is_rate_limited(observation.look.final) else 0


def _trust(found: rows.Row, observation: Observation, values: rows.Values, *, late: bool) -> rows.Values:
    """Return the page's updated count of 304s and confirmation time; see `monitor.fetching.conditional.Revalidation`. T2 may update them too."""
    repeats, confirmed_at = found.repeats, found.confirmed_at
    if values["origin"] is Origin.LIVE and not late:
        if observation.outcome is Outcome.NOT_MODIFIED:
            repeats, confirmed_at = repeats + 1, confirmed_at or values["taken_at"]
        elif values["verdict"] is Verdict.OK:
            repeats, confirmed_at = 0, values["taken_at"]
    return {"repeats_now": repeats, "confirmed": confirmed_at}


def _values(
    page: Page, observation: Observation, found: rows.Row, *, taken_at: datetime, origin: Origin, reader: str
) -> rows.Values:
    final = observation.look.final
    not_modified = observation.outcome is Outcome.NOT_MODIFIED
    content_type = final.header("Content-Type")
    failed = observation.outcome is Outcome.FAILED
    inherits = _inherits(observation, found, reader)
    return {
        "page_id": page.id,
        "seq": found.last_seq + 1,
        "taken_at": taken_at,
        "origin": origin,
        "outcome": observation.outcome,
        "status": found.status if not_modified else None if failed else final.status,
        "final_url": final.url,
        "content_type": found.content_type if not_modified and content_type is None else content_type,
        "truncated": found.truncated if not_modified else final.truncated,
        "repeats_id": observation.repeats_id,
        "verdict": found.verdict if inherits else None,
        "verdict_reason": found.verdict_reason if inherits else "",
        "version_id": found.version_id if inherits else None,
        "read_at": taken_at if failed or inherits else None,
        "robots_overruled": observation.robots_overruled,
        "moved_permanently": any(hop.status in _PERMANENT for hop in observation.look.exchanges[:-1]),
    }


def _inherits(observation: Observation, found: rows.Row, reader: str) -> bool:
    """Whether processing this snapshot cannot change anything, so that it is marked as processed at once."""
    if observation.repeats_id is None or found.read_at is None or found.has_unread:
        return False
    if found.verdict is Verdict.UNREADABLE:
        # The same bytes would fail again; `storage.watched.page_claims.requeue_unreadable` decides when to retry them.
        return True
    shows_current = found.version_id is not None and found.version_id == found.current_version_id
    return bool(found.settled_by == reader and (shows_current or found.verdict is not Verdict.OK))


def _final_sha256(observation: Observation) -> str | None:
    """SHA-256 of the final exchange's own body, for a 304 not the snapshot's body; None if it has none, or has that of the repeated snapshot."""
    body = observation.look.final.body
    if body is None or observation.outcome is Outcome.SAME_BODY:
        return None
    return observation.body_sha256 if observation.outcome is Outcome.FULL else hashlib.sha256(body).hexdigest()


def _store_bodies(connection: Connection, observation: Observation, found: rows.Row, at: datetime) -> list[int | None]:
    """Store new bodies and return the keys of the exchanges' bodies; None for an exchange without one."""
    repeats = observation.outcome is Outcome.SAME_BODY and found.body_id is not None
    final_sha256 = _final_sha256(observation)
    arrivals = [None if item.body is None else arrival(item.url, item.body) for item in observation.look.exchanges[:-1]]
    final = observation.look.final
    if final.body is not None and not repeats:
        arrivals.append(arrival(final.url, final.body, final_sha256))
    else:
        arrivals.append(None)
    new = [item for item in arrivals if item is not None]
    known: dict[str, int | None] = {} if final_sha256 is None else {final_sha256: found.final_body_id}
    keys = {digest: key for digest, key in known.items() if key is not None}
    if observation.outcome is not Outcome.FULL:
        keys |= known_bodies(connection, (item.sha256 for item in new if item.sha256 not in known))
        known |= keys
    if observation.outcome is Outcome.FULL or any(item.sha256 not in keys for item in new):
        keys = store_bodies(connection, new, at, known)
    body_ids = [None if item is None else keys[item.sha256] for item in arrivals]
    return [*body_ids[:-1], found.body_id] if repeats else body_ids


def _insert_exchanges(
    connection: Connection, snapshot_id: int, observation: Observation, body_ids: Sequence[int | None]
) -> None:
    for hop, (item, body_id) in enumerate(zip(observation.look.exchanges, body_ids, strict=True)):
        values = {"snapshot_id": snapshot_id, "hop": hop, "body_id": body_id, **rows.exchange_values(item)}
        _INSERT_EXCHANGE.run(connection, values)
