"""Page health, for the health sweep and for visits: pages whose checks fail, certificates that expire, and updates of a page's health."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, insert, or_, select, update

from monitor.errors import UnknownName
from monitor.model import (
    Change,
    Event,
    HealthStatus,
    Origin,
    Outcome,
    Page,
    PageHealth,
    PageState,
    SnapshotRef,
)
from storage.archive import event_rows, rows
from storage.archive.recording import store_health
from storage.archive.snapshots import later_than
from storage.schema import events, exchanges, page_checks, page_health, page_results, pages, snapshots
from storage.watched.pages import PAGE_COLUMNS, PAGES, lock_page, pages_of


@dataclass(frozen=True, slots=True)
class PageChecks:
    """What the checks of a page show, as its health rules need it.

    Attributes:
        page: The page.
        watched_since: When it was added.
        health: Its current health; None before it was first decided.
        last_ok: Its last ok snapshot; None if there is none.
        missed: Live checks since then that were not ok, by verdict, "failed" for those without a response. Unprocessed ones are not counted.
        missed_since: The first of them; None if there is none.
        why: What was wrong with the newest; "" where nothing was, or it is not known yet.
        unread_since: When the oldest unprocessed snapshot was taken; None if there is none.
        certificate_expires_at: The earliest notAfter among the certificates of `certificate_seen`; None if it had none.
        certificate_seen: The newest snapshot with a response; None if there is none.
    """

    page: Page
    watched_since: datetime
    health: PageHealth | None
    last_ok: SnapshotRef | None
    missed: Mapping[str, int]
    missed_since: datetime | None
    why: str
    unread_since: datetime | None
    certificate_expires_at: datetime | None
    certificate_seen: SnapshotRef | None


Decide = Callable[[PageChecks], tuple[PageHealth, Sequence[Change]]]
"""Returns a page's new health, and the changes to report."""

_last = snapshots.alias("last")
_ok = snapshots.alias("ok")
_latest = snapshots.alias("latest")

_PAGE = (
    PAGE_COLUMNS.add_columns(
        pages.c.created_at,
        page_checks.c.ok_snapshot_id,
        page_checks.c.latest_snapshot_id,
        _ok.c.taken_at.label("ok_at"),
        _latest.c.taken_at.label("latest_at"),
        _last.c.id.label("last_id"),
        _last.c.outcome.label("last_outcome"),
        _last.c.verdict_reason.label("last_reason"),
    )
    .outerjoin(_last, and_(_last.c.page_id == pages.c.id, _last.c.seq == page_checks.c.last_seq))
    .outerjoin(_ok, _ok.c.id == page_checks.c.ok_snapshot_id)
    .outerjoin(_latest, _latest.c.id == page_checks.c.latest_snapshot_id)
    .where(pages.c.id == bindparam("page"))
)
_HEALTH = select(page_health).where(page_health.c.page_id == bindparam("page"))
_MISSED = (
    select(
        snapshots.c.outcome,
        snapshots.c.verdict,
        func.count().label("checks"),
        func.min(snapshots.c.taken_at).label("since"),
    )
    .where(
        snapshots.c.page_id == bindparam("page"),
        later_than(bindparam("ok")),
        snapshots.c.origin == Origin.LIVE,
        snapshots.c.read_at.is_not(None),
    )
    .group_by(snapshots.c.outcome, snapshots.c.verdict)
)
_UNPROCESSED = select(func.min(snapshots.c.taken_at)).where(
    snapshots.c.page_id == bindparam("page"), snapshots.c.read_at.is_(None)
)
_FAILURE = (
    select(exchanges.c.failure_message)
    .where(exchanges.c.snapshot_id == bindparam("snapshot"))
    .order_by(exchanges.c.hop.desc())
    .limit(1)
)
_CERTIFICATE = select(func.min(exchanges.c.certificate_expires_at)).where(
    exchanges.c.snapshot_id == bindparam("snapshot")
)

# Pages that are due are left out: their pending check may be ok.
_UNHEALTHY = (
    select(page_checks.c.page_id)
    .join(_last, and_(_last.c.page_id == page_checks.c.page_id, _last.c.seq == page_checks.c.last_seq))
    .outerjoin(page_health, page_health.c.page_id == page_checks.c.page_id)
    .where(
        page_checks.c.next_check_at > bindparam("now"),
        or_(page_checks.c.ok_snapshot_id.is_(None), _last.c.id != page_checks.c.ok_snapshot_id),
        page_health.c.stale_since.is_(None),
        page_health.c.disallowed_since.is_(None),
        or_(page_health.c.status.is_(None), page_health.c.status.in_((HealthStatus.OK, HealthStatus.MOVED))),
    )
    .order_by(page_checks.c.page_id)
)
_EXPIRING = (
    select(pages.c.id)
    .select_from(PAGES)
    .join(exchanges, exchanges.c.snapshot_id == page_checks.c.latest_snapshot_id)
    .outerjoin(page_health, page_health.c.page_id == pages.c.id)
    .where(
        pages.c.state == PageState.ACTIVE,
        exchanges.c.certificate_expires_at < bindparam("before"),
        or_(
            page_health.c.reported_certificate_expiry.is_(None),
            page_health.c.reported_certificate_expiry != exchanges.c.certificate_expires_at,
        ),
    )
    .distinct()
    .order_by(pages.c.id)
)


def unhealthy_pages(connection: Connection, now: datetime) -> list[PageChecks]:
    """Return active pages that are not due, whose newest check was not ok, and for which no problem has been reported."""
    return _checks_of_all(connection, _UNHEALTHY, {"now": now})


def expiring(connection: Connection, before: datetime) -> list[PageChecks]:
    """Return active pages whose newest answered check had a certificate that expires before `before` and has not been reported."""
    return _checks_of_all(connection, _EXPIRING, {"before": before})


def update_health(connection: Connection, page_id: int, decide: Decide, now: datetime) -> int:
    """Recompute and store a page's health while its row is locked; see `storage.store.SqlStore.update_health`."""
    lock_page(connection, page_id)
    checks = checks_of(connection, page_id)
    health, changes = decide(checks)
    if health == (checks.health or PageHealth()):
        return 0
    store_health(connection, page_id, health)
    # The next snapshot must be processed even if it repeats an earlier one: it may end the condition reported here.
    connection.execute(update(page_results).where(page_results.c.page_id == page_id).values(settled_by=None))
    if changes:
        connection.execute(insert(events), [_event_values(checks, n, change, now) for n, change in enumerate(changes)])
    return len(changes)


def checks_of(connection: Connection, page_id: int) -> PageChecks:
    """Return what the checks of a page show.

    Raises:
        UnknownName: No page has this id.
    """
    row = connection.execute(_PAGE, {"page": page_id}).first()
    if row is None:
        raise UnknownName(f"there is no page {page_id}")
    health = connection.execute(_HEALTH, {"page": page_id}).first()
    missed, since = _missed(connection, page_id, row.ok_snapshot_id)
    expires_at = connection.execute(_CERTIFICATE, {"snapshot": row.latest_snapshot_id}).scalar()
    return PageChecks(
        page=pages_of(connection, [row])[0],
        watched_since=row.created_at,
        health=None if health is None else rows.page_health(health),
        last_ok=_ref(row.ok_snapshot_id, row.ok_at),
        missed=missed,
        missed_since=since,
        why=_why(connection, row),
        unread_since=connection.execute(_UNPROCESSED, {"page": page_id}).scalar(),
        certificate_expires_at=expires_at,
        certificate_seen=_ref(row.latest_snapshot_id, row.latest_at),
    )


def _checks_of_all(connection: Connection, which: Select[Any], values: rows.Values) -> list[PageChecks]:
    return [checks_of(connection, page_id) for page_id in connection.execute(which, values).scalars().all()]


def _missed(connection: Connection, page_id: int, ok_id: int | None) -> tuple[dict[str, int], datetime | None]:
    counts: dict[str, int] = {}
    since: list[datetime] = []
    for row in connection.execute(_MISSED, {"page": page_id, "ok": ok_id or 0}):
        word = row.verdict.value if row.verdict else "failed"
        counts[word] = counts.get(word, 0) + row.checks
        since.append(row.since)
    return counts, min(since, default=None)


def _why(connection: Connection, row: rows.Row) -> str:
    if row.last_id is None or row.last_outcome is not Outcome.FAILED:
        return row.last_reason or ""
    return connection.execute(_FAILURE, {"snapshot": row.last_id}).scalar() or ""


def _event_values(checks: PageChecks, ordinal: int, change: Change, now: datetime) -> rows.Values:
    """Return an event as columns. A change without a snapshot of its own has the time `now`, and refers to the last ok snapshot."""
    before = change.seen_before or (None if change.seen_after else checks.last_ok)
    event = Event(change, change.seen_after or SnapshotRef(0, now), before, Origin.LIVE)
    return event_rows.event_values(event, page_id=checks.page.id, read_snapshot_id=None, ordinal=ordinal, now=now)


def _ref(key: int | None, taken_at: datetime | None) -> SnapshotRef | None:
    return None if key is None or taken_at is None else SnapshotRef(key, taken_at)
