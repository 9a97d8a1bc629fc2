"""Visits to hosts: what a visit needs to know before it begins, and the pauses and request intervals that hosts ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from monitor.model import Page, RobotsFile, Validators
from storage.archive.rows import Row
from storage.archive.snapshots import VALIDATORS
from storage.database.compiled_statements import CompiledStatement
from storage.database.connection import database_now
from storage.database.dialect import upserting
from storage.schema import bodies, hosts, page_checks, page_health, page_results, pages, snapshots
from storage.watched.host_leases import claim
from storage.watched.pages import PAGE_COLUMNS, pages_of
from storage.watched.robots import robots_of


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What a visit needs to know about a host before it begins.

    Attributes:
        now: The database's clock.
        last_visit_at: When the last visit ended; None before the first.
        spacing: The minimum interval between two requests that the host asks for; None if it asks for none.
        robots: Its robots.txt files as last fetched, by origin ("https://example.org").
        disallowed: Ids of its pages that robots.txt disallowed when last checked.
    """

    now: datetime
    last_visit_at: datetime | None
    spacing: timedelta | None
    robots: Mapping[str, RobotsFile]
    disallowed: frozenset[int]


@dataclass(frozen=True, slots=True)
class HostVisit:
    """A visit that has begun; its host is leased.

    Attributes:
        host: The host.
        facts: What is known about it.
        pages: Its due pages, the longest waiting first.
        validators: The validators of their next requests, by page id; pages without any are left out.
        is_slow: Whether the host was slow at its last visit.
    """

    host: str
    facts: HostFacts
    pages: tuple[Page, ...]
    validators: Mapping[int, Validators]
    is_slow: bool


def begin_visits(
    connection: Connection, wanted: Sequence[str], now: datetime, owner: str, lease: timedelta, pages_a_visit: int
) -> list[HostVisit]:
    """Lease the hosts that are free, and return what their visits need, in the order of `wanted`."""
    clock = database_now(connection)
    # Always in sorted order, so that two processes cannot deadlock.
    found = {host: claim(connection, host, owner, lease, clock) for host in sorted(wanted)}
    leased = {host: row for host, row in found.items() if row is not None}
    if not leased:
        return []
    due: dict[str, list[Row]] = {
        host: _DUE_PAGES.all(connection, {"host": host, "now": now, "most": pages_a_visit}) for host in leased
    }
    rows = [row for host in leased for row in due[host]]
    every = pages_of(connection, rows)
    validators = {row.id: Validators(*row[-len(VALIDATORS) :]) for row in rows if row.validator_snapshot_id is not None}
    of_host: dict[str, list[Page]] = {host: [] for host in leased}
    for page in every:
        of_host[page.host].append(page)
    files = robots_of(connection, (f"{scheme}://{host}" for host in leased for scheme in ("http", "https")))
    forbidden = _disallowed(connection, list(leased))
    return [
        HostVisit(
            host,
            HostFacts(
                now=clock,
                last_visit_at=leased[host].last_visit_at,
                spacing=_span(leased[host].spacing_seconds),
                robots={origin: files[origin] for origin in (f"http://{host}", f"https://{host}") if origin in files},
                disallowed=forbidden.get(host, frozenset()),
            ),
            tuple(of_host[host]),
            {page.id: validators[page.id] for page in of_host[host] if page.id in validators},
            leased[host].slow,
        )
        for host in wanted
        if host in leased
    ]


_DUE_PAGES = CompiledStatement(
    PAGE_COLUMNS.add_columns(*VALIDATORS)
    .join(page_results, page_results.c.page_id == page_checks.c.page_id)
    .outerjoin(snapshots, snapshots.c.id == page_results.c.validator_snapshot_id)
    .outerjoin(bodies, bodies.c.id == snapshots.c.body_id)
    .where(page_checks.c.host == bindparam("host"), page_checks.c.next_check_at <= bindparam("now"))
    .order_by(page_checks.c.next_check_at, page_checks.c.page_id)
    .limit(bindparam("most"))
)


def host_facts(connection: Connection, host: str) -> HostFacts:
    """Return what a visit needs to know about a host before it begins."""
    row = connection.execute(select(hosts.c.last_visit_at, hosts.c.spacing_seconds).where(hosts.c.host == host)).first()
    return HostFacts(
        now=database_now(connection),
        last_visit_at=None if row is None else row.last_visit_at,
        spacing=None if row is None else _span(row.spacing_seconds),
        robots=robots_of(connection, (f"http://{host}", f"https://{host}")),
        disallowed=_disallowed(connection, [host]).get(host, frozenset()),
    )


def _disallowed(connection: Connection, wanted: Sequence[str]) -> dict[str, frozenset[int]]:
    """Return the ids of pages that robots.txt disallowed when last checked, by host."""
    forbidden = (
        select(pages.c.host, page_health.c.page_id)
        .join(pages, pages.c.id == page_health.c.page_id)
        .where(page_health.c.disallowed_since.is_not(None), pages.c.host.in_(wanted))
    )
    found: dict[str, set[int]] = {}
    for row in connection.execute(forbidden):
        found.setdefault(row.host, set()).add(row.page_id)
    return {host: frozenset(keys) for host, keys in found.items()}


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def pause_host(connection: Connection, host: str, wait: timedelta, why: str) -> None:
    """Stop visits to a host for `wait`, because the host requested it."""
    until = {"not_before": database_now(connection) + wait, "not_before_why": why}
    upsert = upserting(connection, hosts).values(host=host, **until)
    connection.execute(upsert.on_conflict_do_update(index_elements=[hosts.c.host], set_=until))


def clear_host_pauses(connection: Connection) -> None:
    """Remove all pauses that hosts requested."""
    connection.execute(update(hosts).where(hosts.c.not_before.is_not(None)).values(not_before=None, not_before_why=""))


def set_spacing(connection: Connection, host: str, spacing: timedelta | None) -> None:
    """Store the minimum interval between two requests that a host asks for; None: it asks for none."""
    values = {"spacing_seconds": None if spacing is None else spacing.total_seconds()}
    upsert = upserting(connection, hosts).values(host=host, **values)
    connection.execute(upsert.on_conflict_do_update(index_elements=[hosts.c.host], set_=values))
