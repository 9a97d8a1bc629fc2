"""Replace the events of a page's history: equal ones stay, others are marked superseded, new ones are stored as already planned."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from monitor.model import Cause, Event, Level
from storage.archive import event_rows
from storage.maintenance.page_history import PageHistory
from storage.schema import events

_KEPT_EVENTS = select(events).where(
    events.c.page_id == bindparam("page"),
    events.c.read_snapshot_id.is_not(None),
    events.c.superseded_at.is_(None),
    events.c.level != Level.HEALTH,
)
_LAST_ORDINALS = select(events.c.read_snapshot_id, events.c.ordinal).where(events.c.page_id == bindparam("page"))
_SLICE = 500


def replace_events(
    connection: Connection, page_id: int, history: PageHistory, cause: Cause, now: datetime
) -> tuple[int, int]:
    """Replace the events of a page; return how many are new, and how many superseded."""
    spare: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    processed = {item.snapshot_id for item in history.processed}
    for row in connection.execute(_KEPT_EVENTS, {"page": page_id}):
        if row.read_snapshot_id not in processed:
            continue  # the snapshot cannot be processed now, but was processed before: its events stay
        spare[_sameness(row.read_snapshot_id, event_rows.event(row))].append(row.id)
    new: list[tuple[int, Event]] = []
    for item in history.processed:
        for event in item.events:
            waiting = spare[_sameness(item.snapshot_id, event)]
            if waiting:
                waiting.pop(0)
            else:
                new.append((item.snapshot_id, replace(event, cause=cause)))
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
        made = event_rows.event_values(
            event, page_id=page_id, read_snapshot_id=snapshot_id, ordinal=last[snapshot_id], now=now
        )
        values.append({**made, "planned_at": now})
        last[snapshot_id] += 1
    if values:
        connection.execute(insert(events), values)


def _sameness(read_snapshot_id: int, event: Event) -> tuple[object, ...]:
    """Return the key by which two events are equal: kind, values, place and snapshots, never the wording."""
    change = event.change
    interval = json.dumps(change.detail.get("between"), sort_keys=True)
    between = (event.before.id if event.before else None, event.snapshot.id)
    held = change.held is not None
    return (read_snapshot_id, change.kind, change.level, change.fact, held, change.values, interval, *between)
