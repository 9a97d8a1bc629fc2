"""`SqlStore`: where checks and their results are stored, on SQLite or PostgreSQL. Each method is one transaction; the SQL is in the modules it calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.model import ChannelConfig, Rule
from monitor.model import (
    AnalysisOutcome,
    Cause,
    FactDefinition,
    Observation,
    Origin,
    Page,
    PageMemory,
    PageSource,
    ParserVersion,
    RobotsFile,
    Schedule,
    Snapshot,
    Validators,
    Version,
)
from monitor.ports import Observe
from storage.archive import archiving, bodies, recording, snapshots, versions
from storage.database.connection import Database
from storage.maintenance import reprocessing
from storage.watched import apply, health, hosts, page_claims, pages, robots, schedules
from storage.watched.declarations import ApplyReport, DeclaredPage


class SqlStore:
    """Implements `monitor.ports.Store`, and adds the page, host and schedule methods that the service, the CLI and the web need."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # --- monitor.ports.Store ---

    def latest(self, page_id: int) -> Snapshot | None:
        with self.database.read() as connection:
            return snapshots.latest(connection, page_id)

    def validators(self, page_id: int) -> Validators | None:
        with self.database.read() as connection:
            return snapshots.validators(connection, page_id)

    def archive(
        self,
        page: Page,
        observation: Observation | Observe,
        *,
        taken_at: datetime,
        origin: Origin,
        reader: str,
        next_check_at: datetime | None,
        late: bool = False,
        reason: str | None = None,
    ) -> Snapshot:
        """Transaction T1. A snapshot that is not live leaves the page's schedule unchanged, whatever `next_check_at` is."""
        return self.database.write(
            lambda connection: archiving.archive(
                connection,
                page,
                observation,
                taken_at=taken_at,
                origin=origin,
                reader=reader,
                next_check_at=next_check_at,
                late=late,
                reason=reason,
            )
        )

    def unread(self, page_id: int) -> Sequence[Snapshot]:
        with self.database.read() as connection:
            return snapshots.unread(connection, page_id)

    def snapshot(self, snapshot_id: int) -> Snapshot:
        with self.database.read() as connection:
            return snapshots.load_snapshot(connection, snapshot_id)

    def known(self, page_id: int) -> PageMemory:
        with self.database.read() as connection:
            return recording.known(connection, page_id)

    def version(self, version_id: int) -> Version:
        with self.database.read() as connection:
            return versions.load_version(connection, version_id)

    def body(self, sha256: str) -> bytes:
        with self.database.read() as connection:
            return bodies.load_body(connection, sha256)

    def record(
        self,
        snapshot: Snapshot,
        interpretation: AnalysisOutcome,
        *,
        now: datetime,
        owner: str | None = None,
        more: bool = False,
    ) -> int:
        with self.database.begin() as connection:
            return recording.record(connection, snapshot, interpretation, now, owner=owner, more=more)

    # --- claims on pages ---

    def claim_page(self, page_id: int, owner: str, lease: timedelta) -> page_claims.Claimed | None:
        """Claim one page for processing, or renew a claim on it; return None where another process holds it."""
        with self.database.begin() as connection:
            return page_claims.claim_page(connection, page_id, owner, lease)

    def has_unprocessed(self) -> bool:
        """Whether any snapshot is unprocessed, claimed or not."""
        with self.database.read() as connection:
            return page_claims.has_unprocessed(connection)

    def claim_next(
        self, owner: str, lease: timedelta, quick: page_claims.QuickOnly | None = None
    ) -> page_claims.Claimed | None:
        """Claim the page that has waited longest for processing; see `storage.watched.page_claims.claim_next`."""
        with self.database.begin() as connection:
            return page_claims.claim_next(connection, owner, lease, quick)

    def release_page(self, page_id: int, owner: str) -> None:
        """End a claim. A no-op where `owner` has lost it, or T2 has ended it."""
        with self.database.begin() as connection:
            page_claims.release_page(connection, page_id, owner)

    def renew_claims(self, owner: str, lease: timedelta) -> None:
        """Extend all claims of a process."""
        with self.database.begin() as connection:
            page_claims.renew_claims(connection, owner, lease)

    def release_claims(self, owner: str, *, delayed: bool) -> None:
        """End all claims of a process that has ended; see `storage.watched.page_claims.release_claims`."""
        with self.database.begin() as connection:
            page_claims.release_claims(connection, owner, delayed=delayed)

    def fail_attempt(self, page_id: int, owner: str, reason: str, tried_with: str) -> int:
        """Count a failed attempt at a claimed page's oldest unprocessed snapshot and end the claim; return the failed attempts, 0 if the claim was lost."""
        with self.database.begin() as connection:
            return page_claims.fail_attempt(connection, page_id, owner, reason, tried_with)

    def requeue_unreadable(self, code: str) -> int:
        """Make unreadable snapshots unprocessed where a new attempt may succeed; return the number of pages."""
        with self.database.begin() as connection:
            return page_claims.requeue_unreadable(connection, code)

    # --- pages ---

    def page(self, page_id: int) -> Page:
        """Return one page.

        Raises:
            UnknownName: No page has this id.
        """
        with self.database.read() as connection:
            return pages.load_page(connection, page_id)

    def page_by_url(self, url: str) -> Page | None:
        """Return the page of a normalised URL; None if it is unknown."""
        with self.database.read() as connection:
            return pages.page_by_url(connection, url)

    def add_page(
        self,
        url: str,
        *,
        label: str = "",
        schedule: Schedule,
        facts: Sequence[str] = (),
        allow_private: bool = False,
        source: PageSource,
        now: datetime,
        again: bool = False,
        obey_robots: bool = True,
    ) -> Page:
        """Add a page that is due at once, or never if it is imported.

        A known page is returned unchanged, except that a retired page is reactivated with the values given here, unless the source is an import.

        Args:
            url: Normalised by `monitor.urls.normalise`.
            label: Its display name.
            schedule: When it is due.
            facts: Names of the facts tracked on it.
            allow_private: Whether its own host and port may be a private or loopback address.
            source: Where the request to add it comes from.
            now: On the observing clock.
            again: Whether a URL whose content was erased (`storage.maintenance.erasure`) may be added again.
            obey_robots: Whether checks obey robots.txt.

        Raises:
            ConfigurationError: The content of this URL was erased, and `again` is false.
        """
        with self.database.begin() as connection:
            return pages.add_page(
                connection,
                url=url,
                label=label,
                schedule=schedule,
                fact_names=facts,
                allow_private=allow_private,
                source=source,
                now=now,
                again=again,
                obey_robots=obey_robots,
            )

    def set_next_check(self, page_id: int, when: datetime | None) -> None:
        """Set when an active page is due next; None: never. A no-op for other pages, which are never due."""
        with self.database.begin() as connection:
            pages.set_next_check(connection, page_id, when)

    def all_facts(self) -> Sequence[FactDefinition]:
        """Return the current fact definitions, in the watchlist's order."""
        with self.database.read() as connection:
            return pages.all_facts(connection)

    def apply_declared(
        self,
        declared: Sequence[DeclaredPage],
        facts: Sequence[FactDefinition],
        channels: Sequence[ChannelConfig],
        rules: Sequence[Rule],
        *,
        now: datetime,
    ) -> ApplyReport:
        """Make the stored pages, facts, channels and rules match a watchlist.

        Pages that came from a watchlist and are no longer declared are retired; their history is kept. Pages that were added or imported stay,
        and belong to the watchlist once it declares them. New and returning pages are due at once. Applying the same watchlist twice changes
        nothing. A declared URL whose content was erased (`storage.maintenance.erasure`) is left out and reported.

        Args:
            declared: The pages, each URL once.
            facts: The facts, each name once.
            channels: The channels, each name once.
            rules: The rules, each name once.
            now: On the observing clock.
        """
        with self.database.begin() as connection:
            return apply.apply_declared(connection, declared, facts, channels, rules, now)

    # --- reprocessing ---

    def by_time(self, page_id: int) -> Sequence[Snapshot]:
        """Return the page's snapshots in order of time, failed ones included."""
        with self.database.read() as connection:
            return reprocessing.by_time(connection, page_id)

    def is_reprocessing_due(self, page_id: int, reader: ParserVersion) -> bool:
        """Whether the page must be reprocessed: a version has another parser version, or a snapshot was archived late."""
        with self.database.read() as connection:
            return reprocessing.is_due(connection, page_id, reader)

    def replace_history(
        self, page_id: int, story: reprocessing.PageHistory, *, cause: Cause, now: datetime
    ) -> reprocessing.Replaced | None:
        """Replace the stored page history with a reprocessed one; see `storage.maintenance.reprocessing.replace_history`."""
        with self.database.begin() as connection:
            return reprocessing.replace_history(connection, page_id, story, cause=cause, now=now)

    # --- health ---

    def unhealthy_pages(self, now: datetime) -> Sequence[health.PageChecks]:
        """Return active pages that are not due, whose newest check was not ok, and for which no problem has been reported."""
        with self.database.read() as connection:
            return health.unhealthy_pages(connection, now)

    def expiring(self, before: datetime) -> Sequence[health.PageChecks]:
        """Return active pages whose newest answered check had a certificate that expires before `before` and has not been reported."""
        with self.database.read() as connection:
            return health.expiring(connection, before)

    def turn(self, page_id: int, decide: health.Decide, *, now: datetime) -> int:
        """Recompute a page's health and store it with its events. The page's row is locked meanwhile.

        Args:
            page_id: The page.
            decide: Pure; its result is stored if it differs from the current health.
            now: On the observing clock.

        Returns:
            The number of events stored.

        Raises:
            UnknownName: No page has this id.
        """
        with self.database.begin() as connection:
            return health.update_health(connection, page_id, decide, now)

    # --- visits ---

    def due_hosts(
        self, now: datetime, limit: int, *, slow_limit: int | None = None, crashing: bool = False
    ) -> Sequence[str]:
        """Return hosts that are unleased, may be visited and have active pages due at `now`; see `storage.watched.hosts.due_hosts`."""
        with self.database.read() as connection:
            return hosts.due_hosts(connection, now, limit, slow_limit=slow_limit, crashing=crashing)

    def begin_visits(
        self, wanted: Sequence[str], now: datetime, owner: str, lease: timedelta, *, pages_a_visit: int
    ) -> Sequence[hosts.HostVisit]:
        """Lease hosts in one transaction and load what their visits need; hosts that are already leased are left out."""
        if not wanted:
            return ()
        with self.database.begin() as connection:
            return hosts.begin_visits(connection, wanted, now, owner, lease, pages_a_visit)

    def host_facts(self, host: str) -> hosts.HostFacts:
        """Return what a visit needs to know about a host before it begins."""
        with self.database.read() as connection:
            return hosts.host_facts(connection, host)

    def due_pages(self, host: str, now: datetime, limit: int) -> Sequence[Page]:
        """Return active pages of a host due at `now`, the longest waiting first."""
        with self.database.read() as connection:
            return hosts.due_pages(connection, host, now, limit)

    def claim_host(self, host: str, owner: str, lease: timedelta) -> bool:
        """Lease a host for one visit; return False if it is already leased, even by `owner`."""
        with self.database.begin() as connection:
            return hosts.claim_host(connection, host, owner, lease)

    def claim_hosts(self, wanted: Sequence[str], owner: str, lease: timedelta) -> Sequence[str]:
        """Lease several hosts in one transaction; return the ones that were free, in the order of `wanted`."""
        if not wanted:
            return ()
        with self.database.begin() as connection:
            # Always in sorted order, so that two processes cannot deadlock.
            held = {host for host in sorted(wanted) if hosts.claim_host(connection, host, owner, lease)}
        return [host for host in wanted if host in held]

    def renew_host(self, host: str, owner: str, lease: timedelta) -> bool:
        """Extend a lease; return False if `owner` has lost it and must stop."""
        return self.database.write(lambda connection: hosts.renew_host(connection, host, owner, lease))

    def release_host(self, host: str, owner: str, *, slow: bool | None = None) -> None:
        """End a lease. A no-op if `owner` has lost it. `slow`: whether the host kept the visit waiting; None: no request was sent."""
        self.database.write(lambda connection: hosts.release_host(connection, host, owner, slow=slow))

    def due_crashing_host(self, now: datetime) -> bool:
        """Whether a host is due at which fetchers crashed repeatedly."""
        with self.database.read() as connection:
            return hosts.has_crashing(connection) and bool(hosts.due_hosts(connection, now, 1, crashing=True))

    def release_hosts(self, owner: str, *, crashed: bool) -> None:
        """End all leases of a process that has ended; see `storage.watched.hosts.release_hosts`."""
        with self.database.begin() as connection:
            hosts.release_hosts(connection, owner, crashed=crashed)

    def pause_host(self, host: str, wait: timedelta, why: str) -> None:
        """Stop visits to a host for `wait`, by the database's clock, because the host requested it."""
        with self.database.begin() as connection:
            hosts.pause_host(connection, host, wait, why)

    def clear_host_pauses(self) -> None:
        """Remove all pauses that hosts requested."""
        with self.database.begin() as connection:
            hosts.clear_host_pauses(connection)

    def keep_robots(self, file: RobotsFile, host: str, spacing: timedelta | None) -> None:
        """Store a robots.txt in place of the previous one, with the minimum interval between requests that it sets."""
        with self.database.begin() as connection:
            robots.keep_robots(connection, file)
            hosts.set_spacing(connection, host, spacing)

    # --- schedules ---

    def reschedule(self, page_id: int, due: datetime | None, *, interval: timedelta | None, reason: str) -> None:
        """Set when an active page is due next, its current interval, and the reason. A no-op for other pages.

        Args:
            page_id: The page.
            due: When it is due; None: never.
            interval: The current interval of an adaptive schedule; None for other schedules.
            reason: The reason, for display; "" where the schedule alone explains it.
        """
        with self.database.begin() as connection:
            schedules.reschedule(connection, page_id, due, interval=interval, reason=reason)

    def schedule_reason(self, page_id: int) -> str:
        """Return why a page is due at its time, for display; "" where its schedule alone explains it."""
        with self.database.read() as connection:
            return schedules.schedule_reason(connection, page_id)

    def pause(self, page_id: int) -> None:
        """Pause an active page: it is not checked until it is resumed. A no-op for other pages."""
        with self.database.begin() as connection:
            schedules.pause(connection, page_id)

    def resume(self, page_id: int, *, now: datetime) -> None:
        """Resume a paused page, due at once. A no-op for other pages."""
        with self.database.begin() as connection:
            schedules.resume(connection, page_id, now)

    def latest_due(self) -> Sequence[tuple[Schedule, timedelta | None, datetime]]:
        """Return each schedule and interval that active pages have, with the latest time at which a page of it is due."""
        with self.database.read() as connection:
            return schedules.latest_due(connection)

    def due_after(self, moment: datetime, *, beyond: int) -> Sequence[Page]:
        """Return a batch of active pages due after `moment`, in order of id, with ids above `beyond`; empty at the end."""
        with self.database.read() as connection:
            return schedules.due_after(connection, moment, beyond)
