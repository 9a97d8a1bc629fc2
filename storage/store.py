"""`SqlStore`: the memory of checks, on SQLite or PostgreSQL. Each method is one transaction; the SQL stands in the modules named after its nouns."""

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
from storage.archive import bodies, recording, snapshots, versions
from storage.database.connection import Database
from storage.maintenance import reprocessing
from storage.watched import apply, health, hosts, page_claims, pages, robots, schedules
from storage.watched.declarations import ApplyReport, DeclaredPage


class SqlStore:
    """Implements `monitor.ports.Store` and keeps its promises; adds what the front door needs to know of pages and hosts."""

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
        """T1. A snapshot that is not live leaves the page's schedule as it is, whatever `next_check_at` says."""
        return self.database.write(
            lambda connection: snapshots.archive(
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
        """Claim one page for processing, or keep a claim on it; None where another process holds it."""
        with self.database.begin() as connection:
            return page_claims.claim_page(connection, page_id, owner, lease)

    def has_unprocessed(self) -> bool:
        """Whether any snapshot is unprocessed, claimed or not."""
        with self.database.read() as connection:
            return page_claims.has_unprocessed(connection)

    def claim_next(
        self, owner: str, lease: timedelta, quick: page_claims.QuickOnly | None = None
    ) -> page_claims.Claimed | None:
        """Claim the page that waits longest to be processed; see `storage.watched.page_claims.claim_next`."""
        with self.database.begin() as connection:
            return page_claims.claim_next(connection, owner, lease, quick)

    def release_page(self, page_id: int, owner: str) -> None:
        """End a claim. A no-op where `owner` lost it meanwhile, or T2 ended it."""
        with self.database.begin() as connection:
            page_claims.release_page(connection, page_id, owner)

    def renew_claims(self, owner: str, lease: timedelta) -> None:
        """Lengthen all claims of a process."""
        with self.database.begin() as connection:
            page_claims.renew_claims(connection, owner, lease)

    def release_claims(self, owner: str, *, delayed: bool) -> None:
        """End all claims of a process that is gone; see `storage.watched.page_claims.release_claims`."""
        with self.database.begin() as connection:
            page_claims.release_claims(connection, owner, delayed=delayed)

    def fail_attempt(self, page_id: int, owner: str, reason: str, tried_with: str) -> int:
        """Count a failed attempt at a claimed page's oldest unprocessed snapshot, and end the claim; returns the attempts so far, 0 where it was lost."""
        with self.database.begin() as connection:
            return page_claims.fail_attempt(connection, page_id, owner, reason, tried_with)

    def requeue_unreadable(self, code: str) -> int:
        """Make unreadable snapshots unprocessed where trying them again may help; returns on how many pages."""
        with self.database.begin() as connection:
            return page_claims.requeue_unreadable(connection, code)

    # --- pages ---

    def page(self, page_id: int) -> Page:
        """One page.

        Raises:
            UnknownName: There is none of that id.
        """
        with self.database.read() as connection:
            return pages.load_page(connection, page_id)

    def page_by_url(self, url: str) -> Page | None:
        """The page of a normalised URL; None where it is not known."""
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
        """Watch a page, due at once; an imported one is never due.

        A page that is known already is returned as it is; but where it was retired and is asked for again (other than by an import),
        it is watched anew as asked.

        Args:
            url: Normalised by `monitor.urls.normalise`.
            label: What people call it.
            schedule: When it is due.
            facts: Names of the facts followed on it.
            allow_private: Whether its own host and port may be a private or loopback address.
            source: Who asks for it.
            now: On the observing clock.
            again: Whether a URL whose content was removed (`storage.maintenance.erasure`) may be watched anew.
            obey_robots: Whether robots.txt may forbid looking at it.

        Raises:
            ConfigurationError: The content of this URL was removed, and `again` was not said.
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
        """Say when an active page is due next; None: never. A no-op for others, which never are."""
        with self.database.begin() as connection:
            pages.set_next_check(connection, page_id, when)

    def all_facts(self) -> Sequence[FactDefinition]:
        """The facts in force, in the watchlist's order."""
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
        """Make the database watch and tell what a watchlist declares.

        Pages of a watchlist that are declared no longer are retired, with their history kept; pages that were added or imported stay,
        and belong to the watchlist once it declares them. New and returning pages are due at once. Applying the same twice changes
        nothing. A declared URL whose content was removed (`storage.maintenance.erasure`) is left out and reported.

        Args:
            declared: The pages, each URL once.
            facts: The facts, each name once.
            channels: The channels, each name once.
            rules: The rules, each name once.
            now: On the observing clock.
        """
        with self.database.begin() as connection:
            return apply.apply_declared(connection, declared, facts, channels, rules, now)

    # --- rereading ---

    def by_time(self, page_id: int) -> Sequence[Snapshot]:
        """The page's snapshots in the order of time, failed ones included."""
        with self.database.read() as connection:
            return reprocessing.by_time(connection, page_id)

    def is_reprocessing_due(self, page_id: int, reader: ParserVersion) -> bool:
        """Whether the page's story is to be told anew: a version was read by another reader, or a snapshot turned up late."""
        with self.database.read() as connection:
            return reprocessing.is_due(connection, page_id, reader)

    def replace_history(
        self, page_id: int, story: reprocessing.PageHistory, *, cause: Cause, now: datetime
    ) -> reprocessing.Replaced | None:
        """Put a story that was told anew in place of the one that is kept; see `storage.maintenance.reprocessing.replace_history`."""
        with self.database.begin() as connection:
            return reprocessing.replace_history(connection, page_id, story, cause=cause, now=now)

    # --- health ---

    def unhealthy_pages(self, now: datetime) -> Sequence[health.PageChecks]:
        """Active pages that are not due, whose newest look was not ok, and of which no trouble was told yet."""
        with self.database.read() as connection:
            return health.unhealthy_pages(connection, now)

    def expiring(self, before: datetime) -> Sequence[health.PageChecks]:
        """Active pages whose newest answered look saw a certificate that runs out before then and was not told of."""
        with self.database.read() as connection:
            return health.expiring(connection, before)

    def turn(self, page_id: int, decide: health.Decide, *, now: datetime) -> int:
        """Decide anew how a page stands, and keep that with its events; nobody else writes of the page meanwhile.

        Args:
            page_id: The page.
            decide: Pure; what it gives is stored where it differs from how the page stood.
            now: On the observing clock.

        Returns:
            How many events were stored.

        Raises:
            UnknownName: There is no page of that id.
        """
        with self.database.begin() as connection:
            return health.update_health(connection, page_id, decide, now)

    # --- visits ---

    def due_hosts(
        self, now: datetime, limit: int, *, slow_limit: int | None = None, crashing: bool = False
    ) -> Sequence[str]:
        """Hosts with active pages due at `now` that nobody has leased and that may be visited; see `storage.watched.hosts.due_hosts`."""
        with self.database.read() as connection:
            return hosts.due_hosts(connection, now, limit, slow_limit=slow_limit, crashing=crashing)

    def begin_visits(
        self, wanted: Sequence[str], now: datetime, owner: str, lease: timedelta, *, pages_a_visit: int
    ) -> Sequence[hosts.HostVisit]:
        """Lease hosts in one transaction, with all that their visits must know; those that somebody holds are left out."""
        if not wanted:
            return ()
        with self.database.begin() as connection:
            return hosts.begin_visits(connection, wanted, now, owner, lease, pages_a_visit)

    def host_facts(self, host: str) -> hosts.HostFacts:
        """What a visit must know of a host before it begins."""
        with self.database.read() as connection:
            return hosts.host_facts(connection, host)

    def due_pages(self, host: str, now: datetime, limit: int) -> Sequence[Page]:
        """Active pages of a host due at `now`, the longest waiting first."""
        with self.database.read() as connection:
            return hosts.due_pages(connection, host, now, limit)

    def claim_host(self, host: str, owner: str, lease: timedelta) -> bool:
        """Lease a host for one visit; False where anybody holds it, `owner` itself included."""
        with self.database.begin() as connection:
            return hosts.claim_host(connection, host, owner, lease)

    def claim_hosts(self, wanted: Sequence[str], owner: str, lease: timedelta) -> Sequence[str]:
        """Lease several hosts in one transaction; returns those that nobody held, in the order asked for."""
        if not wanted:
            return ()
        with self.database.begin() as connection:
            # In one order everywhere, so that two processes cannot wait for each other.
            held = {host for host in sorted(wanted) if hosts.claim_host(connection, host, owner, lease)}
        return [host for host in wanted if host in held]

    def renew_host(self, host: str, owner: str, lease: timedelta) -> bool:
        """Lengthen a lease; False where `owner` lost it meanwhile, and should stop."""
        return self.database.write(lambda connection: hosts.renew_host(connection, host, owner, lease))

    def release_host(self, host: str, owner: str, *, slow: bool | None = None) -> None:
        """End a lease. A no-op where `owner` lost it meanwhile; `slow` says whether the host kept the visit waiting, None: it was asked nothing."""
        self.database.write(lambda connection: hosts.release_host(connection, host, owner, slow=slow))

    def due_crashing_host(self, now: datetime) -> bool:
        """Whether a host is due that fetchers crashed at again and again."""
        with self.database.read() as connection:
            return hosts.has_crashing(connection) and bool(hosts.due_hosts(connection, now, 1, crashing=True))

    def release_hosts(self, owner: str, *, crashed: bool) -> None:
        """End all leases of a process that is gone; see `storage.watched.hosts.release_hosts`."""
        with self.database.begin() as connection:
            hosts.release_hosts(connection, owner, crashed=crashed)

    def pause_host(self, host: str, wait: timedelta, why: str) -> None:
        """Have no visits with a host for a while, by the database's clock: it asked for that."""
        with self.database.begin() as connection:
            hosts.pause_host(connection, host, wait, why)

    def clear_host_pauses(self) -> None:
        """Forget which hosts asked to be left alone."""
        with self.database.begin() as connection:
            hosts.clear_host_pauses(connection)

    def keep_robots(self, file: RobotsFile, host: str, spacing: timedelta | None) -> None:
        """Keep a robots.txt in place of the one before, and the least time between two requests that it asks for."""
        with self.database.begin() as connection:
            robots.keep_robots(connection, file)
            hosts.set_spacing(connection, host, spacing)

    # --- schedules ---

    def reschedule(self, page_id: int, due: datetime | None, *, interval: timedelta | None, reason: str) -> None:
        """Say when an active page is due next, to which interval it has come, and why. A no-op for others.

        Args:
            page_id: The page.
            due: When it is due; None: never.
            interval: What an adaptive schedule has come to; None for the others.
            reason: Why, for people; "" where the schedule says it all.
        """
        with self.database.begin() as connection:
            schedules.reschedule(connection, page_id, due, interval=interval, reason=reason)

    def schedule_reason(self, page_id: int) -> str:
        """Why a page is due when it is, for people; "" where its schedule says it all."""
        with self.database.read() as connection:
            return schedules.schedule_reason(connection, page_id)

    def pause(self, page_id: int) -> None:
        """Do not look at an active page for now. A no-op for others."""
        with self.database.begin() as connection:
            schedules.pause(connection, page_id)

    def resume(self, page_id: int, *, now: datetime) -> None:
        """Look at a paused page again, at once. A no-op for others."""
        with self.database.begin() as connection:
            schedules.resume(connection, page_id, now)

    def latest_due(self) -> Sequence[tuple[Schedule, timedelta | None, datetime]]:
        """Every schedule and interval that active pages have, with when the last page of each is due."""
        with self.database.read() as connection:
            return schedules.latest_due(connection)

    def due_after(self, moment: datetime, *, beyond: int) -> Sequence[Page]:
        """Some active pages that are due after `moment`, in the order of their keys, from the first one beyond `beyond`; empty at the end."""
        with self.database.read() as connection:
            return schedules.due_after(connection, moment, beyond)
