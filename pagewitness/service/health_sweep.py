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

_Decision = tuple[PageHealth, Sequence[Change]]


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
    def decide(checks: PageChecks) -> _Decision:
        return _stale(checks, now)

    page_ids = [checks.page.id for checks in store.unhealthy_pages(now) if decide(checks)[1]]
    return sum(store.update_health(page_id, decide, now=now) for page_id in page_ids)


def _certificates(store: SqlStore, now: datetime) -> int:
    def decide(checks: PageChecks) -> _Decision:
        return _certificate(checks)

    page_ids = [checks.page.id for checks in store.expiring(now + page_health.CERTIFICATE_NOTICE) if decide(checks)[1]]
    return sum(store.update_health(page_id, decide, now=now) for page_id in page_ids)


def _channels(database: Database, now: datetime) -> int:
    channels = [outage.channel for outage in outages(database) if channel_failing(outage)]
    return sum(record_outage(database, channel, channel_failing, now=now) for channel in channels)


def _stale(checks: PageChecks, now: datetime) -> _Decision:
    if checks.unread_since is not None:
        # A backlog is our own delay, and its unprocessed snapshots may be good.
        return checks.health or PageHealth(), ()
    return page_health.stale(
        checks.health,
        now=now,
        usual=usual_interval(checks.page.schedule, checks.page.interval),
        watched_since=checks.watched_since,
        last_ok=checks.last_ok,
        missed=checks.missed,
        missed_since=checks.missed_since,
        why=checks.why,
    )


def _certificate(checks: PageChecks) -> _Decision:
    if checks.certificate_expires_at is None or checks.certificate_seen is None or checks.unread_since is not None:
        return checks.health or PageHealth(), ()
    return page_health.certificate(
        checks.health, expires_at=checks.certificate_expires_at, snapshot=checks.certificate_seen
    )
