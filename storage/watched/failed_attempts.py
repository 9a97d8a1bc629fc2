"""Failed attempts to process a page: counted in its claim, and when an unreadable snapshot is tried again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, case, delete, func, or_, select, update

from monitor.model import Verdict
from storage.database.connection import database_now
from storage.schema import page_claims, snapshots
from storage.watched.page_claims import FREE, release_page
from storage.watched.pages import lock_page

ATTEMPTS = 3
"""Failed attempts to process a snapshot before it is recorded as unreadable."""

RETRY_AFTER = timedelta(days=1)
"""How long an unreadable snapshot waits for another attempt, unless newer code is installed earlier."""

_LONGEST_REASON = 200


def fail_attempt(connection: Connection, page_id: int, owner: str, reason: str, tried_with: str) -> int:
    """Count a failed attempt at the oldest unprocessed snapshot of a page that `owner` has claimed, and end the claim.

    Returns:
        The number of failed attempts; 0 if `owner` has lost the claim.
    """
    clock = database_now(connection)
    oldest = select(snapshots.c.id).where(snapshots.c.page_id == page_id, snapshots.c.read_at.is_(None))
    snapshot_id = connection.execute(oldest.order_by(snapshots.c.seq).limit(1)).scalar()
    if snapshot_id is None:
        release_page(connection, page_id, owner)
        return 0
    failed = (
        update(page_claims)
        .where(page_claims.c.page_id == page_id, page_claims.c.lease_owner == owner)
        .values(
            **FREE,
            attempts=case((page_claims.c.snapshot_id == snapshot_id, page_claims.c.attempts + 1), else_=1),
            snapshot_id=snapshot_id,
            reason=reason[:_LONGEST_REASON],
            tried_with=tried_with,
            tried_at=clock,
        )
        .returning(page_claims.c.attempts)
    )
    return connection.execute(failed).scalar() or 0


def requeue_unreadable(connection: Connection, code: str) -> int:
    """Make unreadable snapshots unprocessed where a new attempt may succeed and no later snapshot of the page was processed with another verdict.

    With another parser version than that of the last failure, all attempts are allowed again; after a day, one.

    Args:
        connection: In a transaction.
        code: The current parser version.

    Returns:
        The number of pages with snapshots to try again.
    """
    rested = database_now(connection) - RETRY_AFTER
    waiting = select(page_claims.c.page_id, page_claims.c.snapshot_id, page_claims.c.tried_with).where(
        page_claims.c.attempts >= ATTEMPTS,
        page_claims.c.lease_owner.is_(None),
        or_(page_claims.c.tried_with != code, page_claims.c.tried_at <= rested),
    )
    return sum(
        _requeue(connection, row.page_id, row.snapshot_id, reset=row.tried_with != code)
        for row in connection.execute(waiting).all()
    )


def _requeue(connection: Connection, page_id: int, snapshot_id: int, *, reset: bool) -> bool:
    """Make a snapshot and its repeats unprocessed; return False, and discard the attempts, if a later one was processed with another verdict."""
    lock_page(connection, page_id)
    otherwise = select(func.coalesce(func.max(snapshots.c.id), 0)).where(
        snapshots.c.page_id == page_id, snapshots.c.verdict != Verdict.UNREADABLE
    )
    unreadable = (
        snapshots.c.page_id == page_id,
        snapshots.c.verdict == Verdict.UNREADABLE,
        or_(snapshots.c.id == snapshot_id, snapshots.c.repeats_id == snapshot_id),
    )
    stale = snapshot_id < connection.execute(otherwise).scalar_one()
    again = update(snapshots).where(*unreadable).values(verdict=None, verdict_reason="", read_at=None)
    if stale or not connection.execute(again).rowcount:
        unclaimed = page_claims.c.lease_owner.is_(None)
        connection.execute(delete(page_claims).where(page_claims.c.page_id == page_id, unclaimed))
        return False
    attempts = 0 if reset else ATTEMPTS - 1
    connection.execute(update(page_claims).where(page_claims.c.page_id == page_id).values(attempts=attempts))
    return True
