"""Visits to hosts for requisites: the same politeness as for pages, and every request gives way to a due page of the host."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.fetching.requisite_outcome import RequisiteResult, failed, result_of
from monitor.fetching.robots import Ruling, origin_of
from monitor.model import FetchResult, Page, RequestSettings, RequisiteState
from monitor.urls import endpoint, host_of
from pagewitness import logs
from pagewitness.service.host_session import HostSession
from storage.requisites.visits import DueRequisite
from storage.store import SqlStore

log = logs.get("pagewitness.service.requisite_visits")

REQUISITES_A_VISIT = 200
"""Maximum number of requisites in one visit; a host with more stays due."""


@dataclass(frozen=True, slots=True)
class RequisiteVisitor:
    """Requests the due requisites of a leased host.

    Attributes:
        store: Where requisites are stored.
        clock: The observing clock.
        page_bytes: Maximum total length of the bodies that are archived as requisites of one page.
        on_archived: Called after each requisite, with its state.
        gives_way: Whether pages of other hosts wait for the visit's place.
    """

    store: SqlStore
    clock: Callable[[], datetime]
    page_bytes: int
    on_archived: Callable[[RequisiteState], None] = lambda _: None
    gives_way: Callable[[], bool] = lambda: False

    def visit(self, host: str, session: HostSession) -> int:
        """Request due requisites until none is left, a limit of the session is reached, a page of the host is due, or pages wait for the place.

        Returns:
            The number of requisites whose result was recorded.
        """
        count = 0
        spent: Counter[int] = Counter()
        for due in self.store.due_requisites(host, self.clock(), REQUISITES_A_VISIT):
            if not session.can_continue() or self.gives_way() or self.store.has_due_page(host, self.clock()):
                break
            now = self.clock()
            found = self._request(due, session, now, spent[due.page.id])
            if found is None:
                break
            fetched, result = found
            self.store.archive_requisite(due, fetched, result, now)
            spent[due.page.id] += 0 if fetched is None else len(fetched.final.body or b"")
            self.on_archived(result.state)
            log.debug("requisite", page=due.page.id, url=due.url, state=result.state.value, reason=result.reason)
            count += 1
        return count

    def _request(
        self, due: DueRequisite, session: HostSession, now: datetime, spent: int
    ) -> tuple[FetchResult | None, RequisiteResult] | None:
        """Return what was received, None if nothing was requested, and the result; None if the visit ended first."""
        if due.page_bytes + spent >= self.page_bytes:
            reason = f"the resources of the page exceed {self.page_bytes:,} bytes"
            return None, RequisiteResult(RequisiteState.OVER_BUDGET, reason)
        target = as_page(due)
        ruling = session.ruling(target, now)
        if ruling is None:
            return None
        if target.obey_robots and ruling is Ruling.FORBIDDEN:
            reason = f"robots.txt of {origin_of(due.url)} disallows it"
            return None, RequisiteResult(RequisiteState.DISALLOWED, reason)
        if target.obey_robots and ruling is Ruling.UNKNOWN:
            return None, failed("robots.txt could not be fetched", due.attempts, now)
        fetched = session.fetch_page(target, due.validators, now)
        return None if fetched is None else (fetched, result_of(fetched.final, due.attempts, now))


def as_page(due: DueRequisite) -> Page:
    """Return the requisite as a page to request.

    Only on the page's own origin does it have the page's credentials and its setting for robots.txt, and only on the page's own host and port
    may it be a private address.
    """
    page = due.page
    is_same_endpoint = endpoint(due.url) == endpoint(page.url)
    is_same_origin = origin_of(due.url) == origin_of(page.url)
    return replace(
        page,
        url=due.url,
        host=host_of(due.url),
        failures=due.attempts,
        allow_private=page.allow_private and is_same_endpoint,
        obey_robots=page.obey_robots or not is_same_origin,
        request=page.request if is_same_origin else RequestSettings(),
    )
