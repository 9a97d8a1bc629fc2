"""The page memory: what is loaded of a page before its next snapshot is processed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select

from monitor.errors import DerivedDataCorrupt
from monitor.model import CurrentVersion, PageHealth, PageMemory, Snapshot, SnapshotRef, Verdict, Version
from storage.archive import rows
from storage.archive.snapshots import SNAPSHOTS, later_than, unprocessed
from storage.archive.versions import VERSION_COLUMNS, version_of
from storage.database.compiled_statements import CompiledStatement
from storage.schema import fact_states, page_checks, page_health, page_results, snapshots, versions

_STATES = CompiledStatement(select(fact_states).where(fact_states.c.page_id == bindparam("page")))
# A page with its health; `page_id` is null if no health is stored.
_PAGE = CompiledStatement(
    select(
        *(page_results.c.version_id, page_results.c.learned_noise, page_checks.c.last_seq),
        *(snapshots.c.id.label("ok_id"), snapshots.c.seq.label("ok_seq"), snapshots.c.taken_at.label("ok_at")),
        *page_health.columns,
    )
    .select_from(page_results)
    .join(page_checks, page_checks.c.page_id == page_results.c.page_id)
    .outerjoin(snapshots, snapshots.c.id == page_checks.c.ok_snapshot_id)
    .outerjoin(page_health, page_health.c.page_id == page_results.c.page_id)
    .where(page_results.c.page_id == bindparam("page"))
)
# A version with the snapshot whose body it was extracted from.
_SHOWN = CompiledStatement(
    SNAPSHOTS.add_columns(*VERSION_COLUMNS)
    .join(versions, versions.c.snapshot_id == snapshots.c.id)
    .where(versions.c.id == bindparam("version"))
)
_MISSED = CompiledStatement(
    select(snapshots.c.outcome, snapshots.c.verdict, func.count().label("checks"))
    .where(
        snapshots.c.page_id == bindparam("page"),
        later_than(bindparam("ok")),
        snapshots.c.read_at.is_not(None),
    )
    .group_by(snapshots.c.outcome, snapshots.c.verdict)
)


def load_page_memory(connection: Connection, page_id: int) -> PageMemory:
    """Return the page memory that processing its next snapshot needs."""
    stored = (rows.fact_state(row) for row in _STATES.all(connection, {"page": page_id}))
    # A state that cannot be decoded is left out: it is rebuilt from the page's current version.
    states = {state.fact: state for state in stored if state is not None}
    page = _PAGE.first(connection, {"page": page_id})
    if page is None:
        return PageMemory()
    last_ok = None if page.ok_id is None else SnapshotRef(page.ok_id, page.ok_at)
    health = PageHealth() if page.page_id is None else rows.page_health(page)
    waiting = tuple(unprocessed(connection, page_id))
    missed = _missed(connection, page_id, page, waiting)
    if page.version_id is None:
        return PageMemory(last_ok=last_ok, states=states, health=health, missed=missed, unprocessed=waiting)
    shown = _SHOWN.first(connection, {"version": page.version_id})
    return PageMemory(
        current=CurrentVersion(
            page.version_id,
            _decoded(connection, page.version_id, shown),
            None if shown is None else rows.snapshot(shown),
        ),
        last_ok=last_ok,
        states=states,
        health=health,
        missed=missed,
        noise=rows.noise(page.learned_noise),
        unprocessed=waiting,
    )


def _decoded(connection: Connection, version_id: int, shown: rows.Row | None) -> Version | None:
    """Return the page's current version; None if it cannot be decoded or does not exist."""
    try:
        return None if shown is None else version_of(connection, version_id, shown)
    except DerivedDataCorrupt:
        return None


def _missed(connection: Connection, page_id: int, page: rows.Row, waiting: Sequence[Snapshot]) -> dict[str, int]:
    """Count the checks since the last ok one that were not ok, by verdict; "failed" for those without a response."""
    ok_seq = page.ok_seq or 0
    if sum(snapshot.seq > ok_seq for snapshot in waiting) == page.last_seq - ok_seq:
        # All of them are unprocessed, as after nearly every ok check, so none has a verdict yet.
        return {}
    counts: dict[str, int] = {}
    for row in _MISSED.all(connection, {"page": page_id, "ok": page.ok_id or 0}):
        word = "failed" if row.verdict is None else row.verdict.value
        if word != Verdict.OK.value:
            counts[word] = counts.get(word, 0) + row.checks
    return counts
