"""The queue of unprocessed snapshots, from which extractors claim pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, or_, select, text

from storage.database.columns import UtcDateTime
from storage.database.compiled_statements import CompiledStatement
from storage.database.connection import database_now
from storage.database.dialect import NotIn
from storage.schema import bodies, page_claims, snapshots
from storage.watched.page_claims import LONGEST_LEASE, Claimed, claim_page, is_free

_CANDIDATES = 8
"""How many pages are tried for one claim: another extractor may take the first ones at the same moment."""

_clock = bindparam("clock", type_=UtcDateTime)
_latest = bindparam("latest", type_=UtcDateTime)
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
            is_free(_clock, _latest),
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
    NotIn(snapshots.c.page_id, "without"),
    func.coalesce(page_claims.c.attempts, 0) == 0,
)
_QUICK_LIVE = CompiledStatement(_queue(_IS_LIVE, *_IS_QUICK))
_QUICK_OTHERS = CompiledStatement(_queue(_IS_OTHER, *_IS_QUICK))


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
    times = {"clock": clock, "latest": clock + LONGEST_LEASE}
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
    yield _QUICK_LIVE.all(connection, values)
    if quick.imported:
        yield _QUICK_OTHERS.all(connection, values)


def _claim_first(connection: Connection, rows: Sequence[Any], owner: str, lease: timedelta) -> Claimed | None:
    for page_id in dict.fromkeys(row.page_id for row in rows):
        claimed = claim_page(connection, page_id, owner, lease)
        if claimed is not None:
            return claimed
    return None
