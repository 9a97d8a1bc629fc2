"""Claims on pages: which worker process holds which page.

A claim is a lease on the database's clock. The table has a row only while a page is claimed or has failed attempts; the T2 that processes the
page's last unprocessed snapshot deletes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, or_, select, update

from monitor.errors import ClaimLost
from storage.database.columns import UtcDateTime
from storage.database.compiled_statements import CompiledStatement
from storage.database.connection import database_now
from storage.schema import page_claims

LONGEST_LEASE = timedelta(days=1)
"""A lease that ends further ahead than this was written before a clock was put back."""

_FIRST_DELAY, _LONGEST_DELAY = timedelta(seconds=5), timedelta(hours=1)


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


def is_free(clock: ColumnElement[datetime], latest: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether no process holds the claim; a claim that ends after `latest` is ignored."""
    until = page_claims.c.lease_until
    return or_(until.is_(None), until <= clock, until > latest)


_clock = bindparam("clock", type_=UtcDateTime)
_latest = bindparam("latest", type_=UtcDateTime)


def _claim(insert_into: Any) -> Any:
    lent = {"lease_owner": bindparam("owner"), "lease_until": bindparam("until", type_=UtcDateTime)}
    return (
        insert_into(page_claims)
        .values(page_id=bindparam("page"), **lent)
        .on_conflict_do_update(
            index_elements=[page_claims.c.page_id],
            set_=lent,
            where=or_(is_free(_clock, _latest), page_claims.c.lease_owner == bindparam("owner")),
        )
        .returning(*(page_claims.c[name] for name in Claimed.__slots__))
    )


_CLAIM = CompiledStatement(_claim)
_MINE = and_(page_claims.c.page_id == bindparam("page"), page_claims.c.lease_owner == bindparam("owner"))
_HELD = CompiledStatement(select(page_claims.c.attempts, page_claims.c.delays).where(_MINE))
_END = CompiledStatement(delete(page_claims).where(_MINE).returning(page_claims.c.page_id))
_END_UNTRIED = CompiledStatement(
    delete(page_claims)
    .where(_MINE, page_claims.c.attempts == 0, page_claims.c.delays == 0)
    .returning(page_claims.c.page_id)
)
_CLEAR = CompiledStatement(
    update(page_claims)
    .where(_MINE)
    .values(snapshot_id=None, attempts=0, reason="", tried_with=None, tried_at=None, delays=0, not_before=None)
)


def claim_page(connection: Connection, page_id: int, owner: str, lease: timedelta) -> Claimed | None:
    """Claim one page, or renew a claim on it; return None where another process holds it."""
    clock = database_now(connection)
    values = {"page": page_id, "owner": owner, "until": clock + lease, "clock": clock, "latest": clock + LONGEST_LEASE}
    row = _CLAIM.first(connection, values)
    return None if row is None else Claimed(*row)


def renew_claims(connection: Connection, owner: str, lease: timedelta) -> None:
    """Extend all claims of a process."""
    connection.execute(
        update(page_claims)
        .where(page_claims.c.lease_owner == owner)
        .values(lease_until=database_now(connection) + lease)
    )


def release_page(connection: Connection, page_id: int, owner: str) -> None:
    """End a claim and keep the record of failed attempts. A no-op if `owner` has lost it."""
    mine = {"page": page_id, "owner": owner}
    if _END_UNTRIED.first(connection, mine) is None:
        connection.execute(update(page_claims).where(_MINE).values(FREE), mine)


FREE = {"lease_owner": None, "lease_until": None}
"""The columns of a row without a claim."""


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
        connection.execute(update(page_claims).where(_MINE).values(FREE), mine)
    elif more and (held.attempts or held.delays):
        _CLEAR.run(connection, mine)


def owners(connection: Connection, prefix: str) -> set[str]:
    """Return the owners of claims whose names begin like this."""
    column = page_claims.c.lease_owner
    return set(connection.execute(select(column).where(column.startswith(prefix, autoescape=True))).scalars())


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
        values: dict[str, Any] = dict(FREE)
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
