"""Transaction T2: record the result of processing a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, case, exists, func, insert, literal, select, update

from monitor.fetching.conditional import validators_in
from monitor.model import (
    AnalysisOutcome,
    FactState,
    LearnedNoise,
    Origin,
    Outcome,
    PageHealth,
    ParserVersion,
    RequisiteMode,
    Rescheduling,
    Snapshot,
    SnapshotRef,
    Verdict,
)
from storage.archive import event_rows, rows
from storage.archive.exchanges import header_bases, headers_of
from storage.archive.versions import confirm, reader_of, store_version
from storage.database.compiled_statements import CompiledStatement
from storage.schema import (
    archived_urls,
    events,
    exchanges,
    fact_states,
    page_checks,
    page_health,
    page_results,
    pages,
    snapshots,
)
from storage.search.indexing import index_new_version
from storage.watched.page_claims import settle_claim
from storage.watched.pages import IS_ACTIVE, lock_page

# A snapshot with its final exchange.
_FINAL = CompiledStatement(
    select(
        snapshots.c.read_at,
        archived_urls.c.url,
        exchanges.c.response_headers,
        header_bases.c.response_headers.label("base_response_headers"),
    )
    .select_from(
        snapshots.outerjoin(exchanges, exchanges.c.snapshot_id == snapshots.c.id)
        .outerjoin(archived_urls, archived_urls.c.id == exchanges.c.url_id)
        .outerjoin(header_bases, header_bases.c.id == exchanges.c.header_base_id)
    )
    .where(snapshots.c.id == bindparam("snapshot"))
    .order_by(exchanges.c.hop.desc())
    .limit(1)
)
MARK_PROCESSED = CompiledStatement(
    update(snapshots)
    .where(snapshots.c.id == bindparam("snapshot"))
    .values(
        verdict=bindparam("new_verdict"),
        verdict_reason=bindparam("reason"),
        version_id=bindparam("version"),
        read_at=bindparam("now"),
    )
)
"""Records the result of processing `snapshot`: `new_verdict`, `reason`, `version` and `now`."""

_INSERT_EVENT = CompiledStatement(insert(events))
_ok_check = (
    update(page_checks).where(page_checks.c.page_id == bindparam("page")).values(ok_snapshot_id=bindparam("snapshot"))
)
_OK_CHECK = CompiledStatement(_ok_check)
_OK_CHECK_CONFIRMED = CompiledStatement(_ok_check.values(repeats=0, confirmed_at=bindparam("taken_at")))


def _result(**more: str) -> CompiledStatement:
    """Return the update of `page_results` after an ok snapshot; `more` maps further columns to parameters."""
    columns = page_results.c
    values = {
        "settled_by": bindparam("settled"),
        # None leaves the page's current version unchanged.
        "version_id": func.coalesce(bindparam("version", type_=columns.version_id.type), columns.version_id),
        **{name: bindparam(parameter, type_=columns[name].type) for name, parameter in more.items()},
    }
    return CompiledStatement(update(page_results).where(columns.page_id == bindparam("page")).values(values))


_VALIDATORS = {
    "validator_snapshot_id": "validators_of",
    "validator_url": "validators_for",
    "etag": "new_etag",
    "last_modified": "new_last_modified",
}
_LEARNED = {"learned_noise": "learned"}
# By whether the snapshot has a body of its own, which brings validators, and whether noise was learned.
_RESULTS = {
    (False, False): _result(),
    (False, True): _result(**_LEARNED),
    (True, False): _result(**_VALIDATORS),
    (True, True): _result(**_VALIDATORS, **_LEARNED),
}
# The requisites of a new version are to be discovered.
_DISCOVER = CompiledStatement(
    update(page_results)
    .where(
        page_results.c.page_id == bindparam("page"),
        exists().where(pages.c.id == page_results.c.page_id, pages.c.requisites != RequisiteMode.OFF),
    )
    .values(discovery_due_at=bindparam("due"), discovery_attempts=0)
)
_LEARN = CompiledStatement(
    update(page_results).where(page_results.c.page_id == bindparam("page")).values(learned_noise=bindparam("learned"))
)
_UNSETTLE = CompiledStatement(
    update(page_results).where(page_results.c.page_id == bindparam("page")).values(settled_by=None)
)


def _overwriting(table: Table) -> CompiledStatement:
    """Return a statement that inserts a row, or overwrites the one with the same primary key."""

    def statement(insert_into: Any) -> Any:
        upsert = insert_into(table)
        new = {column.name: upsert.excluded[column.name] for column in table.c if not column.primary_key}
        return upsert.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=new)

    return CompiledStatement(statement)


_KEEP_STATE = _overwriting(fact_states)
_KEEP_HEALTH = _overwriting(page_health)


def record(
    connection: Connection,
    snapshot: Snapshot,
    outcome: AnalysisOutcome,
    now: datetime,
    *,
    owner: str | None = None,
    more: bool = False,
) -> int:
    """Run T2; see `monitor.ports.Store.record`."""
    lock_page(connection, snapshot.page_id)
    unreadable = outcome.verdict is Verdict.UNREADABLE
    if owner is not None:
        settle_claim(connection, snapshot.page_id, owner, more=more, keep=unreadable)
    final = _FINAL.first(connection, {"snapshot": snapshot.id})
    if final is None or final.read_at is not None:
        # Another process has processed it, or the content of its page was erased.
        return 0
    version_id = _version(connection, snapshot, outcome, now)
    store_states(connection, snapshot.page_id, outcome.states)
    _store_events(connection, snapshot, outcome, now)
    if outcome.health is not None:
        store_health(connection, snapshot.page_id, outcome.health)
    mark = {"snapshot": snapshot.id, "new_verdict": outcome.verdict, "reason": outcome.reason}
    MARK_PROCESSED.run(connection, {**mark, "version": version_id, "now": now})
    if outcome.verdict is Verdict.OK:
        _update_page(connection, snapshot, outcome, version_id, final)
    else:
        if outcome.noise is not None:
            store_noise(connection, snapshot.page_id, outcome.noise)
        # The page's health may depend on the next snapshot, even if it repeats this one.
        _UNSETTLE.run(connection, {"page": snapshot.page_id})
    if unreadable:
        repeats = snapshots.c.repeats_id == snapshot.id, snapshots.c.read_at.is_(None)
        given_up = {"verdict": outcome.verdict, "verdict_reason": outcome.reason, "read_at": now}
        connection.execute(update(snapshots).where(*repeats).values(given_up))
    if outcome.rescheduling is not None:
        _reschedule(connection, snapshot, outcome.rescheduling)
    return len(outcome.events)


def _reschedule(connection: Connection, snapshot: Snapshot, to: Rescheduling) -> None:
    """Store the interval of an adaptive schedule; move the next check only if this snapshot's T1 was the last to set it."""
    due = literal(to.due, page_checks.c.next_check_at.type)
    moved = case((page_checks.c.scheduled_by == snapshot.id, due), else_=page_checks.c.next_check_at)
    connection.execute(
        update(page_checks)
        .where(page_checks.c.page_id == snapshot.page_id, IS_ACTIVE)
        .values(interval_seconds=to.interval.total_seconds(), schedule_reason=to.reason, next_check_at=moved)
    )


def _version(connection: Connection, snapshot: Snapshot, outcome: AnalysisOutcome, now: datetime) -> int | None:
    """Store a new version, or confirm an existing one; return its key, or None if the verdict is not ok."""
    if outcome.version is not None:
        shown_by = SnapshotRef(snapshot.id, snapshot.taken_at)
        index_new_version(connection, snapshot.page_id, shown_by, outcome.version)
        return store_version(connection, snapshot.page_id, snapshot.id, outcome.version, now, degree=outcome.degree)
    if outcome.version_id is not None and outcome.confirmed_by is not None:
        confirm(connection, outcome.version_id, outcome.confirmed_by)
    return outcome.version_id


def store_states(connection: Connection, page_id: int, states: Sequence[FactState]) -> None:
    """Store fact states in place of the previous states of the same facts."""
    _KEEP_STATE.run(connection, *(rows.fact_state_values(page_id, state) for state in states))


def store_noise(connection: Connection, page_id: int, churn: LearnedNoise | None) -> None:
    """Store a page's learned noise; None clears it."""
    _LEARN.run(connection, {"page": page_id, "learned": None if churn is None else rows.noise_value(churn)})


def store_health(connection: Connection, page_id: int, health: PageHealth) -> None:
    """Store a page's health."""
    _KEEP_HEALTH.run(connection, rows.page_health_values(page_id, health))


def _store_events(connection: Connection, snapshot: Snapshot, outcome: AnalysisOutcome, now: datetime) -> None:
    for ordinal, event in enumerate(outcome.events):
        values = event_rows.event_values(
            event, page_id=snapshot.page_id, read_snapshot_id=snapshot.id, ordinal=ordinal, now=now
        )
        _INSERT_EVENT.run(connection, values)


def _update_page(
    connection: Connection, snapshot: Snapshot, outcome: AnalysisOutcome, version_id: int | None, final: rows.Row
) -> None:
    """Update the page after an ok snapshot."""
    page = {"page": snapshot.page_id}
    if snapshot.outcome is Outcome.NOT_MODIFIED:
        _OK_CHECK.run(connection, {**page, "snapshot": snapshot.id})
    else:
        _OK_CHECK_CONFIRMED.run(connection, {**page, "snapshot": snapshot.id, "taken_at": snapshot.taken_at})
    values: rows.Values = {
        **page,
        "settled": _settled_by(connection, outcome, version_id),
        "version": version_id,
    }
    has_body, learned = snapshot.outcome is Outcome.FULL, outcome.noise
    if has_body:
        values |= _validators(snapshot.id, final)
    if learned is not None:
        values["learned"] = rows.noise_value(learned)
    _RESULTS[has_body, learned is not None].run(connection, values)
    if outcome.version is not None and snapshot.origin is Origin.LIVE:
        _DISCOVER.run(connection, {"page": snapshot.page_id, "due": snapshot.taken_at})


def _settled_by(connection: Connection, outcome: AnalysisOutcome, version_id: int | None) -> str | None:
    if not outcome.settled or version_id is None:
        return None
    return _reader(connection, outcome, version_id).digest


def _reader(connection: Connection, outcome: AnalysisOutcome, version_id: int) -> ParserVersion:
    if outcome.version is not None:
        return outcome.version.reader
    return outcome.confirmed_by or reader_of(connection, version_id)


def _validators(snapshot_id: int, final: rows.Row) -> rows.Values:
    """Return ETag and Last-Modified of the final exchange, as received; all values are null if the server sent neither in a usable form."""
    etag, last_modified = validators_in(headers_of(final.response_headers, final.base_response_headers))
    sent = etag is not None or last_modified is not None
    return {
        "validators_of": snapshot_id if sent else None,
        "validators_for": final.url if sent else None,
        "new_etag": etag,
        "new_last_modified": last_modified,
    }
