"""The health sweep: detects stale pages, expiring certificates and failing channels, and records an event for each.

A pure function of the stored state decides. The decision is repeated inside the transaction that stores it with its event, so that of two processes
that detect the same problem only one records it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.channel_health import channel_failing
from monitor.model import Change, PageHealth
from monitor.tracking import page_health
from pagewitness.scheduling.next_check import usual_interval
from storage.database.connection import Database
from storage.outbox.outages import outages, record_outage
from storage.store import SqlStore
from storage.watched.health import PageChecks

_Turn = tuple[PageHealth, Sequence[Change]]


@dataclass(frozen=True, slots=True)
class SweepResult:
    """Numbers of events that one sweep recorded.

    Attributes:
        stale: Pages without a good snapshot for too long.
        certificates: Pages whose server's certificate expires soon.
        channels: Channels whose deliveries fail.
    """

    stale: int = 0
    certificates: int = 0
    channels: int = 0


def sweep_once(store: SqlStore, database: Database, now: datetime) -> SweepResult:
    """Record health problems that no single check shows; `now` is on the observing clock.

    Raises:
        StorageError: A database operation failed; events recorded before it are kept.
    """
    return SweepResult(_stale_pages(store, now), _certificates(store, now), _channels(database, now))


def _stale_pages(store: SqlStore, now: datetime) -> int:
    def decide(looks: PageChecks) -> _Turn:
        return _stale(looks, now)

    found = [looks.page.id for looks in store.unhealthy_pages(now) if decide(looks)[1]]
    return sum(store.turn(page_id, decide, now=now) for page_id in found)


def _certificates(store: SqlStore, now: datetime) -> int:
    def decide(looks: PageChecks) -> _Turn:
        return _certificate(looks)

    found = [looks.page.id for looks in store.expiring(now + page_health.CERTIFICATE_NOTICE) if decide(looks)[1]]
    return sum(store.turn(page_id, decide, now=now) for page_id in found)


def _channels(database: Database, now: datetime) -> int:
    found = [outage.channel for outage in outages(database) if channel_failing(outage)]
    return sum(record_outage(database, channel, channel_failing, now=now) for channel in found)


def _stale(looks: PageChecks, now: datetime) -> _Turn:
    if looks.unread_since is not None:
        # A backlog is our own delay, and its unprocessed snapshots may be good.
        return looks.health or PageHealth(), ()
    return page_health.stale(
        looks.health,
        now=now,
        usual=usual_interval(looks.page.schedule, looks.page.interval),
        watched_since=looks.watched_since,
        last_ok=looks.last_ok,
        missed=looks.missed,
        missed_since=looks.missed_since,
        why=looks.why,
    )


def _certificate(looks: PageChecks) -> _Turn:
    if looks.certificate_expires_at is None or looks.certificate_seen is None or looks.unread_since is not None:
        return looks.health or PageHealth(), ()
    return page_health.certificate(looks.health, expires_at=looks.certificate_expires_at, look=looks.certificate_seen)
