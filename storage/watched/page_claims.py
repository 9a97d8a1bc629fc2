"""Claims on pages: which worker process holds which page, and the failed attempts. The unprocessed snapshots are the queue.

A claim is a lease on the database's clock. The table has a row only while a page is claimed or has failed attempts; the T2 that processes the
page's last unprocessed snapshot deletes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)

from monitor.errors import ClaimLost
from monitor.model import Verdict
from storage.database.compiled_statements import CompiledStatement
from storage.database.connection import database_now
from storage.schema import bodies, page_claims, snapshots
from storage.watched.pages import lock_page

ATTEMPTS = 3
"""Failed attempts to process a snapshot before it is recorded as unreadable."""

RETRY_AFTER = timedelta(days=1)
"""How long an unreadable snapshot waits for another attempt, unless newer code is installed earlier."""

_FIRST_DELAY, _LONGEST_DELAY = timedelta(seconds=5), timedelta(hours=1)
# A lease that ends further ahead was written before a clock was put back.
_LONGEST_LEASE = timedelta(days=1)
_CANDIDATES = 8
"""How many pages are tried for one claim: another extractor may take the first ones at the same moment."""

_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Claimed:
    """A page claimed from the queue.

    Attributes:
        page_id: Its key.
        snapshot_id: The snapshot that `attempts` and `reason` refer to; None if no attempt has failed.
        attempts: Failed attempts to process it.
        reason: Why the last one failed; "" if none did.
    """

    page_id: int
    snapshot_id: int | None
    attempts: int
    reason: str

    def attempts_at(self, snapshot_id: int) -> int:
        """Return the failed attempts to process a snapshot of the page; from ATTEMPTS on, record it as unreadable instead."""
        return self.attempts if self.snapshot_id == snapshot_id else 0


def _is_free(clock: ColumnElement[datetime], latest: ColumnElement[datetime]) -> ColumnElement[bool]:
    until = page_claims.c.lease_until
    return or_(until.is_(None), until <= clock, until > latest)


_clock = bindparam("clock", type_=page_claims.c.lease_until.type)
_latest = bindparam("latest", type_=page_claims.c.lease_until.type)
_other = page_claims.alias("other")
# Only one extractor at a time processes pages with failed attempts, which may have killed one; the others stay free for the rest.
_ONE_RISKED = exists().where(_other.c.attempts > 0, _other.c.lease_until > _clock, _other.c.lease_until <= _latest)


def _queue(*which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(snapshots.c.page_id)
        .outerjoin(page_claims, page_claims.c.page_id == snapshots.c.page_id)
        .where(
            text("snapshots.read_at IS NULL"),  # a literal, or the partial index would not be used
            *which,
            _is_free(_clock, _latest),
            or_(page_claims.c.not_before.is_(None), page_claims.c.not_before <= _clock),
            or_(page_claims.c.page_id.is_(None), page_claims.c.attempts == 0, ~_ONE_RISKED),
        )
        .order_by(snapshots.c.origin, snapshots.c.id)
        .limit(_CANDIDATES)
    )


_IS_LIVE: ColumnElement[bool] = text("snapshots.origin = 'live'")  # type: ignore[assignment]
_IS_OTHER: ColumnElement[bool] = text("snapshots.origin IN ('backfill', 'import')")  # type: ignore[assignment]
_LIVE = CompiledStatement(_queue(_IS_LIVE))
_OTHERS = CompiledStatement(_queue(_IS_OTHER))

_IS_QUICK = (
    ~exists().where(bodies.c.id == snapshots.c.body_id, bodies.c.length_bytes > bindparam("most")),
    snapshots.c.page_id.not_in(bindparam("without", expanding=True)),
    func.coalesce(page_claims.c.attempts, 0) == 0,
)
_QUICK_LIVE = _queue(_IS_LIVE, *_IS_QUICK)
_QUICK_OTHERS = _queue(_IS_OTHER, *_IS_QUICK)


def _claim(insert_into: Any) -> Any:
    lent = {"lease_owner": bindparam("owner"), "lease_until": bindparam("until", type_=page_claims.c.lease_until.type)}
    return (
        insert_into(page_claims)
        .values(page_id=bindparam("page"), **lent)
        .on_conflict_do_update(
            index_elements=[page_claims.c.page_id],
            set_=lent,
            where=or_(_is_free(_clock, _latest), page_claims.c.lease_owner == bindparam("owner")),
        )
        .returning(*(page_claims.c[name] for name in Claimed.__slots__))
    )


_CLAIM = CompiledStatement(_claim)
_MINE = and_(page_claims.c.page_id == bindparam("page"), page_claims.c.lease_owner == bindparam("owner"))
_HELD = CompiledStatement(select(page_claims.c.attempts, page_claims.c.delays).where(_MINE))
_END = CompiledStatement(delete(page_claims).where(_MINE).returning(page_claims.c.page_id))
_CLEAR = CompiledStatement(
    update(page_claims)
    .where(_MINE)
    .values(snapshot_id=None, attempts=0, reason="", tried_with=None, tried_at=None, delays=0, not_before=None)
)


def claim_page(connection: Connection, page_id: int, owner: str, lease: timedelta) -> Claimed | None:
    """Claim one page, or renew a claim on it; return None where another process holds it."""
    clock = database_now(connection)
    values = {"page": page_id, "owner": owner, "until": clock + lease, "clock": clock, "latest": clock + _LONGEST_LEASE}
    row = _CLAIM.first(connection, values)
    return None if row is None else Claimed(*row)


_WAITING = CompiledStatement(select(snapshots.c.page_id).where(text("snapshots.read_at IS NULL")).limit(1))


def has_unprocessed(connection: Connection) -> bool:
    """Whether any snapshot is unprocessed, claimed or not."""
    return _WAITING.first(connection, {}) is not None


@dataclass(frozen=True, slots=True)
class QuickOnly:
    """Restricts a claim to pages that are quick to process.

    Attributes:
        max_body_bytes: Snapshots with longer bodies are skipped.
        without: Pages that are skipped, a few hundred at most. Pages whose last attempt failed are skipped as well.
        imported: Whether imported snapshots are claimed when no live one waits.
    """

    max_body_bytes: int
    without: Collection[int] = ()
    imported: bool = False


def claim_next(connection: Connection, owner: str, lease: timedelta, quick: QuickOnly | None = None) -> Claimed | None:
    """Claim the page that has waited longest for processing, live snapshots before imported ones; return None if none waits.

    Args:
        connection: In a transaction.
        owner: The claiming process.
        lease: How long the claim lasts.
        quick: Which pages may be claimed; None for all.
    """
    clock = database_now(connection)
    times = {"clock": clock, "latest": clock + _LONGEST_LEASE}
    for candidates in _candidates(connection, times, quick):
        claimed = _claim_first(connection, candidates, owner, lease)
        if claimed is not None:
            return claimed
    return None


def _candidates(
    connection: Connection, times: Mapping[str, datetime], quick: QuickOnly | None
) -> Iterator[Sequence[Any]]:
    """The queues in the order in which they are claimed from; each is read only if the one before gave no claim."""
    if quick is None:
        yield _LIVE.all(connection, times)
        yield _OTHERS.all(connection, times)
        return
    values = {**times, "most": quick.max_body_bytes, "without": list(quick.without)}
    yield connection.execute(_QUICK_LIVE, values).all()
    if quick.imported:
        yield connection.execute(_QUICK_OTHERS, values).all()


def _claim_first(connection: Connection, rows: Sequence[Any], owner: str, lease: timedelta) -> Claimed | None:
    for page_id in dict.fromkeys(row.page_id for row in rows):
        claimed = claim_page(connection, page_id, owner, lease)
        if claimed is not None:
            return claimed
    return None


def renew_claims(connection: Connection, owner: str, lease: timedelta) -> None:
    """Extend all claims of a process."""
    connection.execute(
        update(page_claims)
        .where(page_claims.c.lease_owner == owner)
        .values(lease_until=database_now(connection) + lease)
    )


def release_page(connection: Connection, page_id: int, owner: str) -> None:
    """End a claim and keep the record of failed attempts. A no-op if `owner` has lost it."""
    held = _HELD.first(connection, {"page": page_id, "owner": owner})
    if held is None:
        return
    if held.attempts or held.delays:
        connection.execute(update(page_claims).where(_MINE).values(_FREE), {"page": page_id, "owner": owner})
    else:
        _END.run(connection, {"page": page_id, "owner": owner})


_FREE = {"lease_owner": None, "lease_until": None}


def settle_claim(connection: Connection, page_id: int, owner: str, *, more: bool, keep: bool = False) -> None:
    """Check that the claim is still held, and end it with the page's last unprocessed snapshot. Part of T2.

    Args:
        connection: In the transaction of T2.
        page_id: The page.
        owner: The process that must hold the claim.
        more: Whether the page has further unprocessed snapshots, for which the claim is kept.
        keep: Whether the record of failed attempts is kept, because the snapshot was recorded as unreadable.

    Raises:
        ClaimLost: `owner` does not hold the claim.
    """
    mine = {"page": page_id, "owner": owner}
    if not keep and not more:
        held = _END.first(connection, mine)
    else:
        held = _HELD.first(connection, mine)
    if held is None:
        raise ClaimLost(f"page {page_id}: another process has taken it over")
    if keep:
        connection.execute(update(page_claims).where(_MINE).values(_FREE), mine)
    elif more and (held.attempts or held.delays):
        _CLEAR.run(connection, mine)


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
            **_FREE,
            attempts=case((page_claims.c.snapshot_id == snapshot_id, page_claims.c.attempts + 1), else_=1),
            snapshot_id=snapshot_id,
            reason=reason[:_LONGEST_REASON],
            tried_with=tried_with,
            tried_at=clock,
        )
        .returning(page_claims.c.attempts)
    )
    return connection.execute(failed).scalar() or 0


def release_claims(connection: Connection, owner: str, *, delayed: bool) -> None:
    """End all claims of a process that has ended.

    Args:
        connection: In a transaction.
        owner: The process.
        delayed: Whether the pages wait before the next attempt, longer each time in a row: the cause was not the page, and may recur.
    """
    clock = database_now(connection)
    for page_id, delays in connection.execute(
        select(page_claims.c.page_id, page_claims.c.delays).where(page_claims.c.lease_owner == owner)
    ).all():
        values: dict[str, Any] = dict(_FREE)
        if delayed:
            wait = min(_FIRST_DELAY * 2 ** min(delays, 20), _LONGEST_DELAY)
            values |= {"delays": delays + 1, "not_before": clock + wait}
        connection.execute(
            update(page_claims)
            .where(page_claims.c.page_id == page_id, page_claims.c.lease_owner == owner)
            .values(values)
        )
    if not delayed:
        connection.execute(
            delete(page_claims).where(
                page_claims.c.lease_owner.is_(None), page_claims.c.attempts == 0, page_claims.c.delays == 0
            )
        )


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
        _requeue(connection, row.page_id, row.snapshot_id, anew=row.tried_with != code)
        for row in connection.execute(waiting).all()
    )


def _requeue(connection: Connection, page_id: int, snapshot_id: int, *, anew: bool) -> bool:
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
    attempts = 0 if anew else ATTEMPTS - 1
    connection.execute(update(page_claims).where(page_claims.c.page_id == page_id).values(attempts=attempts))
    return True


def claims_of(connection: Connection) -> Sequence[tuple[int, str]]:
    """Return the pages that are claimed now, with their owners, in order of id."""
    clock = database_now(connection)
    held = page_claims.c.lease_until.between(clock, clock + _LONGEST_LEASE)
    found = select(page_claims.c.page_id, page_claims.c.lease_owner).where(held).order_by(page_claims.c.page_id)
    return [(row.page_id, row.lease_owner) for row in connection.execute(found)]
