"""`LeaseStore`: leases on hosts and claims on pages. Each method is one transaction; the SQL is in the modules it calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.model import ExchangeRole, FetchResult, RobotsFile
from storage.archive.unattached_exchanges import store_unattached
from storage.database.connection import Database
from storage.watched import claim_queue, due_hosts, failed_attempts, host_leases, hosts, page_claims, robots
from storage.watched.claim_queue import QuickOnly
from storage.watched.page_claims import Claimed


class LeaseStore:
    """Divides work among processes: hosts to visit, and pages to process."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def due_hosts(
        self, now: datetime, limit: int, *, slow_limit: int | None = None, crashing: bool = False
    ) -> Sequence[str]:
        """Return hosts that are unleased, may be visited and have active pages due at `now`; see `storage.watched.due_hosts.due_hosts`."""
        with self.database.read() as connection:
            return due_hosts.due_hosts(connection, now, limit, slow_limit=slow_limit, crashing=crashing)

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

    def claim_host(self, host: str, owner: str, lease: timedelta) -> bool:
        """Lease a host for one visit; return False if it is already leased, even by `owner`."""
        with self.database.begin() as connection:
            return host_leases.claim_host(connection, host, owner, lease)

    def renew_host(self, host: str, owner: str, lease: timedelta) -> bool:
        """Extend a lease; return False if `owner` has lost it and must stop."""
        return self.database.write(lambda connection: host_leases.renew_host(connection, host, owner, lease))

    def release_host(self, host: str, owner: str, *, slow: bool | None = None) -> None:
        """End a lease. A no-op if `owner` has lost it. `slow`: whether the host kept the visit waiting; None: no request was sent."""
        self.database.write(lambda connection: host_leases.release_host(connection, host, owner, slow=slow))

    def due_crashing_host(self, now: datetime) -> bool:
        """Whether a host is due at which fetchers crashed repeatedly."""
        with self.database.read() as connection:
            return due_hosts.has_crashing(connection) and bool(due_hosts.due_hosts(connection, now, 1, crashing=True))

    def release_hosts(self, owner: str, *, crashed: bool) -> None:
        """End all leases of a process that has ended; see `storage.watched.host_leases.release_hosts`."""
        with self.database.begin() as connection:
            host_leases.release_hosts(connection, owner, crashed=crashed)

    def pause_host(self, host: str, wait: timedelta, why: str) -> None:
        """Stop visits to a host for `wait`, by the database's clock, because the host requested it."""
        with self.database.begin() as connection:
            hosts.pause_host(connection, host, wait, why)

    def clear_host_pauses(self) -> None:
        """Remove all pauses that hosts requested."""
        with self.database.begin() as connection:
            hosts.clear_host_pauses(connection)

    def keep_robots(
        self, file: RobotsFile, host: str, spacing: timedelta | None, fetched: FetchResult | None = None
    ) -> None:
        """Store a robots.txt in place of the previous one, with the minimum interval between requests that it sets, and archive its exchanges.

        A request without a response is not archived: it is repeated at every visit while the host is unreachable.
        """
        with self.database.begin() as connection:
            if fetched is not None and fetched.failure is None:
                at = fetched.final.started_at
                store_unattached(connection, fetched.exchanges, ExchangeRole.ROBOTS, at)
            robots.keep_robots(connection, file)
            hosts.set_spacing(connection, host, spacing)

    def claim_page(self, page_id: int, owner: str, lease: timedelta) -> Claimed | None:
        """Claim one page for processing, or renew a claim on it; return None where another process holds it."""
        with self.database.begin() as connection:
            return page_claims.claim_page(connection, page_id, owner, lease)

    def has_unprocessed(self) -> bool:
        """Whether any snapshot is unprocessed, claimed or not."""
        with self.database.read() as connection:
            return claim_queue.has_unprocessed(connection)

    def claim_next(self, owner: str, lease: timedelta, quick: QuickOnly | None = None) -> Claimed | None:
        """Claim the page that has waited longest for processing; see `storage.watched.claim_queue.claim_next`."""
        with self.database.begin() as connection:
            return claim_queue.claim_next(connection, owner, lease, quick)

    def release_page(self, page_id: int, owner: str) -> None:
        """End a claim. A no-op where `owner` has lost it, or T2 has ended it."""
        with self.database.begin() as connection:
            page_claims.release_page(connection, page_id, owner)

    def renew_claims(self, owner: str, lease: timedelta) -> None:
        """Extend all claims of a process."""
        with self.database.begin() as connection:
            page_claims.renew_claims(connection, owner, lease)

    def lease_owners(self, prefix: str) -> Sequence[str]:
        """Return the owners of page claims and host leases whose names begin like this."""
        with self.database.read() as connection:
            return sorted({*page_claims.owners(connection, prefix), *host_leases.owners(connection, prefix)})

    def release_claims(self, owner: str, *, delayed: bool) -> None:
        """End all claims of a process that has ended; see `storage.watched.page_claims.release_claims`."""
        with self.database.begin() as connection:
            page_claims.release_claims(connection, owner, delayed=delayed)

    def fail_attempt(self, page_id: int, owner: str, reason: str, tried_with: str) -> int:
        """Count a failed attempt at a claimed page's oldest unprocessed snapshot and end the claim; return the failed attempts, 0 if the claim was lost."""
        with self.database.begin() as connection:
            return failed_attempts.fail_attempt(connection, page_id, owner, reason, tried_with)

    def requeue_unreadable(self, code: str) -> int:
        """Make unreadable snapshots unprocessed where a new attempt may succeed; return the number of pages."""
        with self.database.begin() as connection:
            return failed_attempts.requeue_unreadable(connection, code)
