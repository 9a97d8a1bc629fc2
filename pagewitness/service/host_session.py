"""Politeness of one visit: applies robots.txt, the request interval, the size and time limits, and the host's backoff.

It uses real time, not the observing clock: the intervals between requests are real seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from monitor.fetching.retry_after import backoff_for, requested_backoff
from monitor.fetching.robots import LONGEST_DELAY, Rules, Ruling, address_of, answered, is_fresh, origin_of
from monitor.model import Exchange, Failure, FailureKind, FetchResult, Page, RobotsFile, Snapshot, Validators
from monitor.ports import Fetch
from monitor.urls import host_of, normalise
from pagewitness.request_secrets import SecretMissing, proxy_of, request_for
from storage.lease_store import LeaseStore
from storage.watched.hosts import HostFacts

SLOW_MS = 1000
"""A host is slow if its requests take longer than this on average over a visit, in milliseconds."""

_RENEWED_EVERY = timedelta(seconds=1)


class SessionFetch(Fetch, Protocol):
    """Fetches pages and robots.txt files."""

    def robots(self, url: str, now: datetime, *, allow_private: bool, proxy: str | None = None) -> FetchResult:
        """Fetch a robots.txt."""
        ...


@dataclass(frozen=True, slots=True)
class PolitenessPolicy:
    """The limits of every visit.

    Attributes:
        owner: Owner of the host leases.
        lease: Duration of a lease without renewal.
        interval: Minimum interval between two requests to one host; not applied to pages with `allow_private`.
        max_bytes: Maximum bytes received in a visit; a page that was started is finished.
        max_seconds: Maximum duration of a visit; a page that was started is finished.
        stopping: Set when no further request is to be started.
    """

    owner: str
    lease: timedelta
    interval: timedelta
    max_bytes: int
    max_seconds: float
    stopping: threading.Event


class HostSession:
    """One visit to one leased host."""

    def __init__(
        self,
        host: str,
        policy: PolitenessPolicy,
        store: LeaseStore,
        fetch: SessionFetch,
        facts: HostFacts | None = None,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Start the session.

        Args:
            host: The host.
            policy: The limits of the visit.
            store: Where leases, backoff and robots.txt files are stored.
            fetch: The fetcher.
            facts: What is stored about the host; None loads it from the store.
            environ: Environment for the secrets of requests.
        """
        self._host = host
        self._policy = policy
        self._store = store
        self._fetch = fetch
        self._facts = facts or store.host_facts(host)
        self._environ = environ
        self._rules: dict[str, Rules] = {}
        self._unreachable: dict[str, Failure] = {}
        self._began = self._renewed = time.monotonic()
        self._bytes = 0
        self.visit_id: int | None = None
        self._requests, self._elapsed_ms = 0, 0
        self._ended = False
        self._last_request = self._began - self._since_last_visit()

    def can_continue(self) -> bool:
        """Return whether another page may be checked: the lease is held, no limit is reached, and the host requested no backoff."""
        if self._ended or self._policy.stopping.is_set():
            return False
        spent = self._bytes >= self._policy.max_bytes or self._elapsed() >= self._policy.max_seconds
        if spent and self._requests:
            return False
        return self._keep_lease()

    def was_slow(self) -> bool | None:
        """Return whether the host's requests took longer than `SLOW_MS` on average; None if there was none."""
        return self._elapsed_ms > SLOW_MS * self._requests if self._requests else None

    def joined(self, snapshot: Snapshot) -> None:
        """Count a snapshot as one of this visit."""
        if self.visit_id is None:
            self.visit_id = snapshot.id

    def was_disallowed(self, page: Page) -> bool:
        """Return whether robots.txt disallowed a page when it was last due."""
        return page.id in self._facts.disallowed

    def ruling(self, page: Page, now: datetime) -> Ruling | None:
        """Return the robots.txt ruling for a page, fetching robots.txt if no fresh copy is stored; None if the visit ended first."""
        origin = origin_of(page.url)
        if origin not in self._rules:
            file = self._facts.robots.get(origin)
            if file is None or not is_fresh(file, self._real_time()):
                file = self._fetch_robots(origin, page, now, file)
                if file is None:
                    return None
            self._rules[origin] = Rules(file, self._real_time())
        return self._rules[origin].ruling(page.url)

    def fetch_page(self, page: Page, validators: Validators | None, now: datetime) -> FetchResult | None:
        """Fetch a page as soon as politeness allows; return None if the visit ended first."""
        try:
            request = request_for(page, validators, self._environ)
        except SecretMissing as error:
            return _not_sent(page, now, Failure(FailureKind.CREDENTIALS, str(error), transient=False))
        if not self._wait(page):
            return None
        result = self._fetch(request, now)
        self._count(result, page)
        return result

    def robots_failure(self, page: Page, now: datetime) -> FetchResult:
        """Return the failed result for a page whose robots.txt is unreachable, and which must not be fetched (RFC 9309 §2.3.1.4)."""
        before = self._unreachable.get(origin_of(page.url))
        kind, reason = (before.kind, before.message) if before else (FailureKind.PROTOCOL, "it answered with an error")
        message = f"robots.txt could not be fetched, so the page was not requested: {reason}"
        return _not_sent(page, now, Failure(kind, message, transient=before.transient if before else True))

    # --- robots.txt

    def _fetch_robots(self, origin: str, page: Page, now: datetime, before: RobotsFile | None) -> RobotsFile | None:
        try:
            proxy = proxy_of(page, self._environ)
        except SecretMissing as error:
            result = _not_sent(page, now, Failure(FailureKind.CREDENTIALS, str(error), transient=False))
        else:
            if not self._wait(page):
                return None
            result = self._fetch.robots(address_of(origin), now, allow_private=page.allow_private, proxy=proxy)
        file = answered(origin, result, self._real_time(), before)
        delay = Rules(file, self._real_time()).delay
        self._store.keep_robots(file, self._host, delay, result)
        self._facts = replace(self._facts, spacing=delay)
        if file.unreachable_since is not None:
            self._unreachable[origin] = result.failure or Failure(
                FailureKind.PROTOCOL, f"{host_of(origin + '/')} answered {result.final.status}", transient=True
            )
        self._count(result, page)
        return file

    # --- limits

    def _wait(self, page: Page) -> bool:
        """Wait until the next request is allowed, renewing the lease; return False if the visit is over."""
        while not self._policy.stopping.is_set():
            left = self._left(page)
            if left <= 0:
                # A delay since the page was started may have outlasted the lease, which another process may now hold.
                return self._keep_lease()
            self._policy.stopping.wait(min(left, self._policy.lease.total_seconds() / 3))
            if not self._keep_lease():
                return False
        return False

    def _left(self, page: Page) -> float:
        """Return the seconds until a page may be requested. One that may be private waits only if its host is given an interval of its own."""
        if page.allow_private and page.request.interval is None:
            return 0.0
        own = min(page.request.interval or timedelta(0), LONGEST_DELAY).total_seconds()
        spacing = own if page.allow_private else max(own, self._spacing())
        return self._last_request + spacing - time.monotonic()

    def _count(self, result: FetchResult, page: Page) -> None:
        """Count the requests, their time and bytes, and apply the backoff that a response requests."""
        self._requests += len(result.exchanges)
        self._elapsed_ms += sum(exchange.elapsed_ms for exchange in result.exchanges)
        self._bytes += sum(exchange.entity_bytes or 0 for exchange in result.exchanges)
        self._last_request = time.monotonic()
        wait = backoff_for(result.final, page.failures + 1)
        if wait is None:
            return
        busy = host_of(result.final.url)
        self._store.pause_host(busy, wait, requested_backoff(result.final))
        self._ended = self._ended or busy == self._host

    def _keep_lease(self) -> bool:
        every = min(_RENEWED_EVERY, self._policy.lease / 3).total_seconds()
        if time.monotonic() - self._renewed >= every:
            kept = self._store.renew_host(self._host, self._policy.owner, self._policy.lease)
            self._ended, self._renewed = self._ended or not kept, time.monotonic()
        return not self._ended

    def _spacing(self) -> float:
        return max(self._policy.interval, self._facts.spacing or timedelta(0)).total_seconds()

    def _since_last_visit(self) -> float:
        """Return the real seconds since the last visit; 3600 if there was none, or the clock was set back since."""
        last = self._facts.last_visit_at
        known = last is not None and last <= self._facts.now
        return (self._facts.now - last).total_seconds() if known and last is not None else 3600.0

    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    def _real_time(self) -> datetime:
        return self._facts.now + timedelta(seconds=self._elapsed())


def _not_sent(page: Page, now: datetime, failure: Failure) -> FetchResult:
    """Return the result of a check without a request."""
    return FetchResult((Exchange(normalise(page.url), (), now, 0, failure=failure),))
