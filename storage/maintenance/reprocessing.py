"""Replace a page's history in one transaction: versions, verdicts, fact states and events, derived again from its stored snapshots.

Rows that remain correct are not changed: reprocessing with the same result changes nothing. An event that is no longer part of the
history is marked superseded and kept, because it may have been sent; a new one is stored as already planned, because reprocessing never alerts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from monitor.errors import DerivedDataCorrupt
from monitor.model import (
    Cause,
    ParserVersion,
    Snapshot,
    Verdict,
)
from storage.archive import rows
from storage.archive.recording import MARK_PROCESSED, store_noise, store_states
from storage.archive.snapshots import SNAPSHOTS
from storage.archive.version_blob import blob_of, decode, encode
from storage.archive.versions import confirm, load_blob, store_version
from storage.maintenance.history_events import replace_events
from storage.maintenance.page_history import PageHistory, Replaced
from storage.schema import fact_states, page_checks, page_results, readings, snapshots, versions
from storage.search.indexing import queue_page
from storage.watched.pages import lock_page

_BY_TIME = SNAPSHOTS.where(snapshots.c.page_id == bindparam("page")).order_by(snapshots.c.taken_at, snapshots.c.seq)
_OTHER_VERSION = select(versions.c.id).where(
    versions.c.page_id == bindparam("page"),
    or_(versions.c.code != bindparam("code"), versions.c.facts != bindparam("facts"), versions.c.learned != bindparam("learned")),
)  # fmt: skip
# A late snapshot is stored as processed, so that it is not processed as the newest; reprocessing sets its verdict.
_LATE = select(snapshots.c.id).where(
    snapshots.c.page_id == bindparam("page"),
    snapshots.c.read_at.is_not(None),
    snapshots.c.verdict.is_(None),
    snapshots.c.body_id.is_not(None),
)
_PAGE = (
    select(
        *(page_checks.c.last_seq, page_checks.c.ok_snapshot_id),
        *(page_results.c.version_id, page_results.c.validator_snapshot_id, page_results.c.learned_noise),
    )
    .join_from(page_checks, page_results, page_results.c.page_id == page_checks.c.page_id)
    .where(page_checks.c.page_id == bindparam("page"))
)
_KEPT_VERSIONS = (
    select(*(versions.c[name] for name in ("id", "snapshot_id", "code", "facts", "learned", "changed_permille")))
    .where(versions.c.page_id == bindparam("page"))
    .order_by(versions.c.seq)
)
_KEPT_SNAPSHOTS = select(
    *(snapshots.c[name] for name in ("id", "verdict", "verdict_reason", "version_id", "read_at"))
).where(snapshots.c.page_id == bindparam("page"))
_SLICE = 500


def by_time(connection: Connection, page_id: int) -> list[Snapshot]:
    """Return the page's snapshots in order of time, failed ones included."""
    return [rows.snapshot(row) for row in connection.execute(_BY_TIME, {"page": page_id})]


def is_due(connection: Connection, page_id: int, reader: ParserVersion) -> bool:
    """Whether a version of the page has another parser version, or a snapshot was archived late."""
    values = {"page": page_id, "code": reader.code, "facts": reader.facts, "learned": reader.learned}
    return any(connection.execute(query.limit(1), values).first() is not None for query in (_OTHER_VERSION, _LATE))


def replace_history(
    connection: Connection, page_id: int, history: PageHistory, *, cause: Cause, now: datetime
) -> Replaced | None:
    """Replace the stored history of a page.

    Args:
        connection: In a transaction.
        page_id: The page.
        history: Its new history.
        cause: The cause of its new events.
        now: On the observing clock.

    Returns:
        What changed; None if another snapshot was archived meanwhile, and nothing was done.
    """
    lock_page(connection, page_id)
    page = connection.execute(_PAGE, {"page": page_id}).one()
    if page.last_seq != history.last_seq:
        return None
    keys, changed = _replace_versions(connection, page_id, history, now)
    moved = _mark_snapshots(connection, page_id, history, keys, now)
    if changed or moved:
        queue_page(connection, page_id)
    _replace_states(connection, page_id, history)
    if rows.noise(page.learned_noise) != history.churn or (page.learned_noise is not None and history.churn is None):
        store_noise(connection, page_id, history.churn)
    new, superseded = replace_events(connection, page_id, history, cause, now)
    _update_page(connection, page_id, history, keys, page)
    return Replaced(changed, new, superseded)


def _replace_versions(
    connection: Connection, page_id: int, history: PageHistory, now: datetime
) -> tuple[list[int], int]:
    """Store changed and new versions; return the keys of all versions, and how many were changed, added or removed."""
    kept = connection.execute(_KEPT_VERSIONS, {"page": page_id}).all()
    keys: list[int] = []
    for number, row in enumerate(kept[: len(history.versions)]):
        version = history.versions[number]
        if row.snapshot_id != history.shown_by[number] or _kept_blob(connection, row) != blob_of(version):
            break
        if (row.code, row.facts, row.learned) != (version.reader.code, version.reader.facts, version.reader.learned):
            confirm(connection, row.id, version.reader)
        if row.changed_permille != history.degrees[number]:
            degree = {"changed_permille": history.degrees[number]}
            connection.execute(update(versions).where(versions.c.id == row.id).values(degree))
        keys.append(row.id)
    same = len(keys)
    _remove_versions(connection, [row.id for row in kept[same:]])
    for number in range(same, len(history.versions)):
        version = history.versions[number]
        key = store_version(connection, page_id, history.shown_by[number], version, now, degree=history.degrees[number])
        keys.append(key)
    return keys, max(len(kept), len(keys)) - same


def _kept_blob(connection: Connection, row: rows.Row) -> bytes | None:
    """Return a stored blob in the current format; None if it cannot be decoded, and is therefore replaced."""
    try:
        return encode(decode(load_blob(connection, row.id)))
    except (DerivedDataCorrupt, ValueError):
        return None


def _remove_versions(connection: Connection, dead: Sequence[int]) -> None:
    # Newest first: a delta is newer than its base.
    for start in range(0, len(dead), _SLICE):
        some = sorted(dead, reverse=True)[start : start + _SLICE]
        connection.execute(update(snapshots).where(snapshots.c.version_id.in_(some)).values(version_id=None))
        connection.execute(delete(readings).where(readings.c.version_id.in_(some)))
        connection.execute(delete(versions).where(versions.c.id.in_(some)))


def _mark_snapshots(
    connection: Connection, page_id: int, history: PageHistory, keys: Sequence[int], now: datetime
) -> bool:
    """Store the results of the snapshots; return whether one has another version now."""
    kept = {row.id: row for row in connection.execute(_KEPT_SNAPSHOTS, {"page": page_id})}
    marks, moved = [], False
    for item in history.processed:
        version = None if item.version is None else keys[item.version]
        row = kept[item.snapshot_id]
        if (row.verdict, row.verdict_reason, row.version_id) != (item.verdict, item.reason, version) or not row.read_at:
            moved = moved or row.version_id != version
            marks.append(
                {
                    "snapshot": item.snapshot_id,
                    "new_verdict": item.verdict,
                    "reason": item.reason,
                    "version": version,
                    "now": row.read_at or now,
                }
            )
    MARK_PROCESSED.run(connection, *marks)
    return moved


def _replace_states(connection: Connection, page_id: int, history: PageHistory) -> None:
    states = list(history.states.values())
    dropped = fact_states.c.fact.not_in([state.fact for state in states])
    kept = connection.execute(select(fact_states).where(fact_states.c.page_id == page_id, ~dropped))
    stored = {row.fact: rows.fact_state(row) for row in kept}
    changed = [state for state in states if stored.get(state.fact) != state]
    if changed:
        store_states(connection, page_id, changed)


def _update_page(
    connection: Connection, page_id: int, history: PageHistory, keys: Sequence[int], page: rows.Row
) -> None:
    """Update the page's running state to the end of the history, if it differs."""
    values: rows.Values = {"version_id": keys[-1] if keys else None}
    ok_id = history.last_ok.id if history.last_ok else None
    good = {item.snapshot_id for item in history.processed if item.verdict is Verdict.OK}
    if page.validator_snapshot_id is not None and page.validator_snapshot_id not in good:
        values |= dict.fromkeys(("validator_snapshot_id", "validator_url", "etag", "last_modified"))
    if page.ok_snapshot_id != ok_id or page.version_id != values["version_id"] or "etag" in values:
        # The next snapshot must be processed, even if it repeats an earlier one.
        values["settled_by"] = None
        connection.execute(update(page_results).where(page_results.c.page_id == page_id).values(values))
        connection.execute(update(page_checks).where(page_checks.c.page_id == page_id).values(ok_snapshot_id=ok_id))
