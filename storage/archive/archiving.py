"""Transaction T1: archive a check before anything is processed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, insert, select, update

from monitor.errors import UnknownName
from monitor.fetching import check_state
from monitor.fetching.conditional import has_failed_condition
from monitor.model import Observation, Origin, Outcome, Page, Snapshot, Verdict
from monitor.ports import Observe
from storage.archive import rows
from storage.archive.archived_urls import LockedUrl, lock_urls
from storage.archive.bodies import arrival, known_bodies, store_bodies
from storage.archive.exchanges import Placement, store_exchange
from storage.archive.snapshots import latest
from storage.database.compiled_statements import CompiledStatement
from storage.schema import bodies, exchanges, page_checks, page_results, pages, snapshots
from storage.watched.pages import lock_page

# A page before the check, with the snapshot that the observation repeats.
_repeated = snapshots.alias("repeated")
_BEFORE = CompiledStatement(
    select(
        pages.c.state,
        *(page_checks.c[name] for name in ("next_check_at", "last_seq", "latest_snapshot_id", "ok_snapshot_id")),
        *(page_checks.c[name] for name in ("failures", "scheduled_by", "schedule_reason", "repeats", "confirmed_at")),
        page_results.c.settled_by,
        page_results.c.version_id.label("current_version_id"),
        exists().where(snapshots.c.page_id == bindparam("page"), snapshots.c.read_at.is_(None)).label("has_unread"),
        select(bodies.c.id)
        .where(bodies.c.sha256 == bindparam("final_sha256"))
        .scalar_subquery()
        .label("final_body_id"),
        *(_repeated.c[name] for name in ("body_id", "status", "content_type", "truncated")),
        *(_repeated.c[name] for name in ("verdict", "verdict_reason", "version_id", "read_at")),
    )
    .select_from(
        pages.join(page_checks).join(page_results).outerjoin(_repeated, _repeated.c.id == bindparam("repeats"))
    )
    .where(pages.c.id == bindparam("page"))
)
_AFTER = CompiledStatement(
    update(page_checks)
    .where(page_checks.c.page_id == bindparam("page"))
    .values(
        last_seq=bindparam("seq"),
        next_check_at=bindparam("due"),
        latest_snapshot_id=bindparam("latest"),
        ok_snapshot_id=bindparam("ok"),
        failures=bindparam("failures_after"),
        scheduled_by=bindparam("scheduler"),
        schedule_reason=bindparam("reason"),
        repeats=bindparam("repeats_after"),
        confirmed_at=bindparam("confirmed"),
    )
)
_DROP_VALIDATORS = CompiledStatement(
    update(page_results)
    .where(page_results.c.page_id == bindparam("page"))
    .values(validator_snapshot_id=None, validator_url=None, etag=None, last_modified=None)
)
_PERMANENT = (301, 308)
"""Redirects that permanently move the page (RFC 9110 §15.4)."""

_INSERT = CompiledStatement(insert(snapshots).returning(snapshots.c.id))
_FINAL_OF = CompiledStatement(
    select(exchanges.c.id)
    .where(exchanges.c.snapshot_id == bindparam("snapshot"))
    .order_by(exchanges.c.hop.desc())
    .limit(1)
)


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
    visit_id: int | None = None,
) -> Snapshot:
    """Run T1; see `monitor.ports.Store.archive`."""
    lock_page(connection, page.id)
    if not isinstance(observation, Observation):
        observation = observation(latest(connection, page.id))
    final_sha256 = _final_sha256(observation)
    asked = {"page": page.id, "repeats": observation.repeats_id, "final_sha256": final_sha256}
    before = _BEFORE.first(connection, asked)
    if before is None:
        raise UnknownName(f"there is no page {page.id} ({page.url})")
    urls = lock_urls(connection, {item.url for item in observation.fetch_result.exchanges})
    body_ids = _store_bodies(connection, observation, before, urls, taken_at)
    values = _values(page, observation, before, taken_at=taken_at, origin=origin, reader=reader)
    values["visit_id"] = visit_id
    values["body_id"] = _shown_body(observation, before, body_ids)
    if late:
        values["read_at"] = taken_at
    key: int = _INSERT.scalar(connection, values)
    _store_exchanges(connection, key, observation, urls, body_ids)
    live = origin is Origin.LIVE
    confirmation = check_state.Confirmation(before.repeats, before.confirmed_at)
    if live and not late:
        confirmation = confirmation.after(observation.outcome, values["verdict"], taken_at)
    _AFTER.run(
        connection,
        {
            "page": page.id,
            "seq": values["seq"],
            "due": check_state.due_after(before.next_check_at, before.state, origin, next_check_at),
            "latest": key if check_state.is_newest(observation.outcome, late=late) else before.latest_snapshot_id,
            "ok": key if values["verdict"] is Verdict.OK else before.ok_snapshot_id,
            "failures_after": check_state.failures_after(before.failures, observation, origin),
            "scheduler": key if live else before.scheduled_by,
            "reason": before.schedule_reason if reason is None or not live else reason,
            "repeats_after": confirmation.repeats,
            "confirmed": confirmation.confirmed_at,
        },
    )
    if has_failed_condition(observation.fetch_result):
        _DROP_VALIDATORS.run(connection, {"page": page.id})
    del values["body_id"]
    refresh = observation.fetch_result.final.header("Refresh")
    return Snapshot(id=key, body_sha256=observation.body_sha256, refresh=refresh, **values)


def _shown_body(observation: Observation, before: rows.Row, body_ids: Sequence[int | None]) -> int | None:
    """Return the key of the snapshot's body: its own, or for a 304 that of the snapshot it repeats."""
    if observation.body_sha256 is None:
        return None
    shown: int | None = before.body_id if observation.outcome is Outcome.NOT_MODIFIED else body_ids[-1]
    return shown


def _values(
    page: Page, observation: Observation, before: rows.Row, *, taken_at: datetime, origin: Origin, reader: str
) -> rows.Values:
    final = observation.fetch_result.final
    not_modified = observation.outcome is Outcome.NOT_MODIFIED
    content_type = final.header("Content-Type")
    failed = observation.outcome is Outcome.FAILED
    inherits = check_state.inherits_result(observation, _processed(before), reader)
    return {
        "page_id": page.id,
        "seq": before.last_seq + 1,
        "taken_at": taken_at,
        "origin": origin,
        "outcome": observation.outcome,
        "status": before.status if not_modified else None if failed else final.status,
        "final_url": final.url,
        "content_type": before.content_type if not_modified and content_type is None else content_type,
        "truncated": before.truncated if not_modified else final.truncated,
        "repeats_id": observation.repeats_id,
        "verdict": before.verdict if inherits else None,
        "verdict_reason": before.verdict_reason if inherits else "",
        "version_id": before.version_id if inherits else None,
        "read_at": taken_at if failed or inherits else None,
        "robots_overruled": observation.robots_overruled,
        "moved_permanently": any(hop.status in _PERMANENT for hop in observation.fetch_result.exchanges[:-1]),
    }


def _processed(before: rows.Row) -> check_state.Processed:
    return check_state.Processed(
        is_complete=not before.has_unread,
        settled_by=before.settled_by,
        version_id=before.current_version_id,
        repeated_is_processed=before.read_at is not None,
        repeated_verdict=before.verdict,
        repeated_version_id=before.version_id,
    )


def _final_sha256(observation: Observation) -> str | None:
    """SHA-256 of the final exchange's own body, for a 304 not the snapshot's body; None if it has none, or has that of the repeated snapshot."""
    body = observation.fetch_result.final.body
    if body is None or observation.outcome is Outcome.SAME_BODY:
        return None
    return observation.body_sha256 if observation.outcome is Outcome.FULL else hashlib.sha256(body).hexdigest()


def _store_bodies(
    connection: Connection,
    observation: Observation,
    before: rows.Row,
    urls: Mapping[str, LockedUrl],
    at: datetime,
) -> list[int | None]:
    """Store new bodies and return the keys of the exchanges' bodies; None for an exchange without one."""
    repeats = observation.outcome is Outcome.SAME_BODY and before.body_id is not None
    final_sha256 = _final_sha256(observation)
    arrivals = [
        None if item.body is None else arrival(item.url, item.body) for item in observation.fetch_result.exchanges[:-1]
    ]
    final = observation.fetch_result.final
    if final.body is not None and not repeats:
        arrivals.append(arrival(final.url, final.body, final_sha256))
    else:
        arrivals.append(None)
    new = [item for item in arrivals if item is not None]
    known: dict[str, int | None] = {} if final_sha256 is None else {final_sha256: before.final_body_id}
    keys = {digest: key for digest, key in known.items() if key is not None}
    if observation.outcome is not Outcome.FULL:
        keys |= known_bodies(connection, (item.sha256 for item in new if item.sha256 not in known))
        known |= keys
    if observation.outcome is Outcome.FULL or any(item.sha256 not in keys for item in new):
        keys = store_bodies(connection, new, at, known, urls)
    body_ids = [None if item is None else keys[item.sha256] for item in arrivals]
    return [*body_ids[:-1], before.body_id] if repeats else body_ids


def _store_exchanges(
    connection: Connection,
    snapshot_id: int,
    observation: Observation,
    urls: Mapping[str, LockedUrl],
    body_ids: Sequence[int | None],
) -> None:
    items = observation.fetch_result.exchanges
    for hop, (item, body_id) in enumerate(zip(items, body_ids, strict=True)):
        is_confirmation = observation.outcome is Outcome.NOT_MODIFIED and hop == len(items) - 1
        place = Placement(
            urls[item.url].id,
            snapshot_id,
            hop,
            body_id,
            _FINAL_OF.scalar(connection, {"snapshot": observation.repeats_id}) if is_confirmation else None,
        )
        store_exchange(connection, item, place)
