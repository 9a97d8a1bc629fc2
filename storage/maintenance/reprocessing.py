"""Replace a page's history in one transaction: versions, verdicts, fact states and events, derived again from its stored snapshots.

Rows that remain correct are not changed: reprocessing with the same result changes nothing. An event that is no longer part of the
history is marked superseded and kept, because it may have been sent; a new one is stored as already planned, because reprocessing never alerts.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from monitor.errors import DerivedDataCorrupt
from monitor.model import (
    Cause,
    Event,
    FactState,
    LearnedNoise,
    Level,
    ParserVersion,
    Snapshot,
    SnapshotRef,
    Verdict,
    Version,
)
from storage.archive import rows
from storage.archive.recording import MARK_PROCESSED, store_noise, store_states
from storage.archive.snapshots import SNAPSHOTS
from storage.archive.version_blob import blob_of, decode, encode
from storage.archive.versions import confirm, load_blob, store_version
from storage.schema import events, fact_states, page_checks, page_results, readings, snapshots, versions
from storage.watched.pages import lock_page


class Versions(Protocol):
    """The versions of a page history, in order; each may be loaded more than once."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int) -> Version: ...


@dataclass(frozen=True, slots=True)
class ReprocessedSnapshot:
    """The result of reprocessing one snapshot.

    Attributes:
        snapshot_id: Its key.
        verdict: Its verdict.
        reason: The reason for the verdict.
        version: Index of its version in the history's versions, from 0; None if the verdict is not ok.
        events: Its events, in order.
    """

    snapshot_id: int
    verdict: Verdict
    reason: str
    version: int | None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class PageHistory:
    """A page's history, derived again.

    Attributes:
        last_seq: `seq` of the page's newest snapshot when it was derived.
        told: Its processed snapshots, in order of time.
        versions: Its versions.
        shown_by: For each version, the key of the snapshot whose body it was extracted from.
        states: The final fact states.
        last_ok: The last snapshot with verdict ok; None if there is none.
        churn: The page's final learned noise; None if there is none.
    """

    last_seq: int
    told: Sequence[ReprocessedSnapshot]
    versions: Versions
    shown_by: Sequence[int]
    states: Mapping[str, FactState]
    last_ok: SnapshotRef | None
    churn: LearnedNoise | None = None


@dataclass(frozen=True, slots=True)
class Replaced:
    """What replacing a page history changed.

    Attributes:
        versions: Number of versions that are new or changed.
        events: Number of new events.
        superseded: Number of events that are no longer part of the history.
    """

    versions: int = 0
    events: int = 0
    superseded: int = 0

    def __bool__(self) -> bool:
        return bool(self.versions or self.events or self.superseded)


_BY_TIME = SNAPSHOTS.where(snapshots.c.page_id == bindparam("page")).order_by(snapshots.c.taken_at, snapshots.c.seq)
_OTHERWISE_READ = select(versions.c.id).where(
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
_PAGE = select(
    *(page_checks.c.last_seq, page_checks.c.ok_snapshot_id),
    *(page_results.c.version_id, page_results.c.validator_snapshot_id, page_results.c.learned_noise),
).where(page_checks.c.page_id == bindparam("page"), page_results.c.page_id == bindparam("page"))
_KEPT_VERSIONS = (
    select(*(versions.c[name] for name in ("id", "snapshot_id", "code", "facts", "learned")))
    .where(versions.c.page_id == bindparam("page"))
    .order_by(versions.c.seq)
)
_KEPT_SNAPSHOTS = select(
    *(snapshots.c[name] for name in ("id", "verdict", "verdict_reason", "version_id", "read_at"))
).where(snapshots.c.page_id == bindparam("page"))
_KEPT_EVENTS = select(events).where(
    events.c.page_id == bindparam("page"),
    events.c.read_snapshot_id.is_not(None),
    events.c.superseded_at.is_(None),
    events.c.level != Level.HEALTH,
)
_LAST_ORDINALS = select(events.c.read_snapshot_id, events.c.ordinal).where(events.c.page_id == bindparam("page"))
_SLICE = 500


def by_time(connection: Connection, page_id: int) -> list[Snapshot]:
    """Return the page's snapshots in order of time, failed ones included."""
    return [rows.snapshot(row) for row in connection.execute(_BY_TIME, {"page": page_id})]


def is_due(connection: Connection, page_id: int, reader: ParserVersion) -> bool:
    """Whether a version of the page has another parser version, or a snapshot was archived late."""
    asked = {"page": page_id, "code": reader.code, "facts": reader.facts, "learned": reader.learned}
    return any(connection.execute(query.limit(1), asked).first() is not None for query in (_OTHERWISE_READ, _LATE))


def replace_history(
    connection: Connection, page_id: int, story: PageHistory, *, cause: Cause, now: datetime
) -> Replaced | None:
    """Replace the stored history of a page.

    Args:
        connection: In a transaction.
        page_id: The page.
        story: Its new history.
        cause: The cause of its new events.
        now: On the observing clock.

    Returns:
        What changed; None if another snapshot was archived meanwhile, and nothing was done.
    """
    lock_page(connection, page_id)
    page = connection.execute(_PAGE, {"page": page_id}).one()
    if page.last_seq != story.last_seq:
        return None
    keys, read_otherwise = _replace_versions(connection, page_id, story, now)
    _mark_snapshots(connection, page_id, story, keys, now)
    _replace_states(connection, page_id, story)
    if rows.noise(page.learned_noise) != story.churn or (page.learned_noise is not None and story.churn is None):
        store_noise(connection, page_id, story.churn)
    new, superseded = _replace_events(connection, page_id, story, cause, now)
    _run_page(connection, page_id, story, keys, page)
    return Replaced(read_otherwise, new, superseded)


def _replace_versions(connection: Connection, page_id: int, story: PageHistory, now: datetime) -> tuple[list[int], int]:
    """Store changed and new versions; return the keys of all versions, and how many were changed, added or removed."""
    kept = connection.execute(_KEPT_VERSIONS, {"page": page_id}).all()
    keys: list[int] = []
    for number, row in enumerate(kept[: len(story.versions)]):
        version = story.versions[number]
        if row.snapshot_id != story.shown_by[number] or _kept_blob(connection, row) != blob_of(version):
            break
        if (row.code, row.facts, row.learned) != (version.reader.code, version.reader.facts, version.reader.learned):
            confirm(connection, row.id, version.reader)
        keys.append(row.id)
    same = len(keys)
    _remove_versions(connection, [row.id for row in kept[same:]])
    for number in range(same, len(story.versions)):
        key = store_version(connection, page_id, story.shown_by[number], story.versions[number], now)
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
    connection: Connection, page_id: int, story: PageHistory, keys: Sequence[int], now: datetime
) -> None:
    kept = {row.id: row for row in connection.execute(_KEPT_SNAPSHOTS, {"page": page_id})}
    marks = []
    for told in story.told:
        version = None if told.version is None else keys[told.version]
        row = kept[told.snapshot_id]
        if (row.verdict, row.verdict_reason, row.version_id) != (told.verdict, told.reason, version) or not row.read_at:
            marks.append(
                {
                    "snapshot": told.snapshot_id,
                    "new_verdict": told.verdict,
                    "why": told.reason,
                    "version": version,
                    "now": row.read_at or now,
                }
            )
    MARK_PROCESSED.run(connection, *marks)


def _replace_states(connection: Connection, page_id: int, story: PageHistory) -> None:
    told = list(story.states.values())
    gone = fact_states.c.fact.not_in([state.fact for state in told])
    kept = connection.execute(select(fact_states).where(fact_states.c.page_id == page_id, ~gone))
    as_kept = {row.fact: rows.fact_state(row) for row in kept}
    changed = [state for state in told if as_kept.get(state.fact) != state]
    if changed:
        store_states(connection, page_id, changed)


def _replace_events(
    connection: Connection, page_id: int, story: PageHistory, cause: Cause, now: datetime
) -> tuple[int, int]:
    spare: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    in_story = {told.snapshot_id for told in story.told}
    for row in connection.execute(_KEPT_EVENTS, {"page": page_id}):
        if row.read_snapshot_id not in in_story:
            continue  # the snapshot cannot be processed now, but was processed before: its events stay
        spare[_sameness(row.read_snapshot_id, rows.event(row))].append(row.id)
    new: list[tuple[int, Event]] = []
    for told in story.told:
        for event in told.events:
            waiting = spare[_sameness(told.snapshot_id, event)]
            if waiting:
                waiting.pop(0)
            else:
                new.append((told.snapshot_id, replace(event, cause=cause)))
    superseded = [key for keys in spare.values() for key in keys]
    for start in range(0, len(superseded), _SLICE):
        some = events.c.id.in_(superseded[start : start + _SLICE])
        connection.execute(update(events).where(some).values(superseded_at=now))
    _insert_events(connection, page_id, new, now)
    return len(new), len(superseded)


def _insert_events(connection: Connection, page_id: int, new: Iterable[tuple[int, Event]], now: datetime) -> None:
    last: Counter[int] = Counter()
    for row in connection.execute(_LAST_ORDINALS, {"page": page_id}):
        last[row.read_snapshot_id] = max(last[row.read_snapshot_id], row.ordinal + 1)
    values = []
    for snapshot_id, event in new:
        made = rows.event_values(
            event, page_id=page_id, read_snapshot_id=snapshot_id, ordinal=last[snapshot_id], now=now
        )
        values.append({**made, "planned_at": now})
        last[snapshot_id] += 1
    if values:
        connection.execute(insert(events), values)


def _sameness(read_snapshot_id: int, event: Event) -> tuple[object, ...]:
    """Return the key by which two events are equal: kind, values, place and snapshots, not the wording."""
    change = event.change
    told = json.dumps([change.before, change.after, change.detail.get("between")], sort_keys=True)
    said = (
        ()
        if change.fact is not None
        else (change.quote_before, change.quote_after, change.sentence_before, change.sentence_after)
    )
    between = (event.before.id if event.before else None, event.snapshot.id)
    return (read_snapshot_id, change.kind, change.level, change.fact, change.held, told, *said, *between)


def _run_page(connection: Connection, page_id: int, story: PageHistory, keys: Sequence[int], page: rows.Row) -> None:
    """Update the page's running state to the end of the history, if it differs."""
    values: rows.Values = {"version_id": keys[-1] if keys else None}
    ok_id = story.last_ok.id if story.last_ok else None
    good = {told.snapshot_id for told in story.told if told.verdict is Verdict.OK}
    if page.validator_snapshot_id is not None and page.validator_snapshot_id not in good:
        values |= dict.fromkeys(("validator_snapshot_id", "validator_url", "etag", "last_modified"))
    if page.ok_snapshot_id != ok_id or page.version_id != values["version_id"] or "etag" in values:
        # The next snapshot must be processed, even if it repeats an earlier one.
        values["settled_by"] = None
        connection.execute(update(page_results).where(page_results.c.page_id == page_id).values(values))
        connection.execute(update(page_checks).where(page_checks.c.page_id == page_id).values(ok_snapshot_id=ok_id))
