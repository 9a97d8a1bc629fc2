"""The snapshots at which a page's versions begin, for stepping from change to change; and the places whose changes were recorded as noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from monitor.model import Level, NoiseReason
from storage.schema import events, snapshots, versions

_LEARNED = frozenset({NoiseReason.CHANGES_OFTEN.value, NoiseReason.MUTED.value})


@dataclass(frozen=True, slots=True)
class VersionSteps:
    """Times of the snapshots at which versions of a page begin, relative to one version; None where there is none.

    Attributes:
        previous: The version before.
        own: The version itself.
        following: The version after.
    """

    previous: datetime | None
    own: datetime | None
    following: datetime | None


def version_steps(connection: Connection, page_id: int, version_id: int) -> VersionSteps:
    """See `storage.queries.history.History.version_steps`."""
    seq = connection.execute(select(versions.c.seq).where(versions.c.id == version_id)).scalar_one_or_none()
    if seq is None:
        return VersionSteps(None, None, None)
    begun = (
        select(snapshots.c.taken_at)
        .select_from(versions.join(snapshots, snapshots.c.id == versions.c.snapshot_id))
        .where(versions.c.page_id == page_id)
        .limit(1)
    )
    previous = begun.where(versions.c.seq < seq).order_by(versions.c.seq.desc())
    own = begun.where(versions.c.seq == seq)
    following = begun.where(versions.c.seq > seq).order_by(versions.c.seq)
    return VersionSteps(*(connection.execute(query).scalar_one_or_none() for query in (previous, own, following)))


def noise_places(connection: Connection, page_id: int, until: datetime, limit: int) -> frozenset[str]:
    """See `storage.queries.history.History.noise_places`."""
    newest = (
        select(events.c.level, events.c.detail)
        .where(events.c.page_id == page_id, events.c.at <= until, events.c.superseded_at.is_(None))
        .order_by(events.c.at.desc())
        .limit(limit)
        .subquery()
    )
    details = connection.execute(select(newest.c.detail).where(newest.c.level == Level.NOISE)).scalars()
    return frozenset(
        spot
        for detail in details
        if isinstance(detail, dict) and detail.get("noise") in _LEARNED and isinstance(detail.get("spots"), Sequence)
        for spot in detail["spots"]
        if isinstance(spot, str)
    )
