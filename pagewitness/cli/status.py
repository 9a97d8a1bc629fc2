"""The `status` command: the state of the pages, checks, deliveries and database, and what needs attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import typer

from alerts.model import BrokenDeclaration, DeliveryState
from monitor.errors import StorageError
from monitor.model import JsonValue, Outcome, Verdict
from monitor.times import iso_utc
from pagewitness.cli.common import app_on, settings_for
from pagewitness.cli.output import out, print_json, render_cell
from pagewitness.cli.process_status import Service, service_lines, service_needs
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext
from pagewitness.display import status_word
from pagewitness.service.control import ask
from storage.database.free_space import writing_troubles
from storage.queries.gauges import Gauges, PausedHost, check_ready, gauges, paused_hosts, recent_checks

LATE_SECONDS = 3600.0
"""Delay after which a due page, or an unprocessed snapshot, needs attention."""

_RECENT = timedelta(hours=24)
_SHOWN_HOSTS = 10
_MOST_FACTS = 10

Checks = dict[tuple[Outcome, Verdict | None], int]


@dataclass(frozen=True, slots=True)
class _Status:
    """The values that the command prints."""

    at: datetime
    schema: str
    place: str
    size_bytes: int
    gauges: Gauges
    checks: Checks
    paused: list[PausedHost]
    broken: Sequence[BrokenDeclaration]
    never_matched: Mapping[str, int]
    writing: list[str]
    service: Service

    @property
    def needs(self) -> list[str]:
        return [
            *self.writing,
            *service_needs(self.service),
            *needs_of(self.gauges),
            *(
                f"{one.kind} {render_cell(one.name)} cannot be used: {render_cell(one.problem)}; apply the watchlist again"
                for one in self.broken
            ),
        ]


def status(*, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.lists.status`."""
    service = ask(settings_for(db), "status")
    try:
        with app_on(db) as parts:
            status = _read_status(parts, system_clock(), service)
    except StorageError as error:
        # The status of the processes is available all the same: the supervisor answers without the database.
        lines = [*service_lines(service), ("needs you", str(error))]
        values: dict[str, JsonValue] = {"at": iso_utc(system_clock()), "service": service, "needs": [str(error)]}
        needs = [str(error)]
    else:
        lines, values, needs = _lines(status), _as_json(status), status.needs
    if json:
        print_json([values])
    else:
        width = max(len(name) for name, _ in lines)
        for name, text in lines:
            out.print(f"{name:<{width}}  {text}")
    if needs:
        raise typer.Exit(1)


def needs_of(now: Gauges) -> list[str]:
    """Return one line for each thing that needs attention."""
    dead = sum(one.count for one in now.waiting if one.state is DeliveryState.DEAD)
    needs = []
    if dead:
        needs.append(f"{_count(dead, 'delivery was', 'deliveries were')} refused for good: see `pagewitness alerts`")
    if now.unprocessed_seconds > LATE_SECONDS:
        needs.append(
            f"the oldest unprocessed snapshot has waited for {_span(now.unprocessed_seconds)}: see the service's log"
        )
    if now.lag_seconds > LATE_SECONDS:
        needs.append(f"a page has been due for {_span(now.lag_seconds)}: is the service running?")
    if now.stale:
        needs.append(f"{_count(now.stale, 'page', 'pages')} had no ok check for too long: see `pagewitness pages`")
    return needs


def _read_status(parts: AppContext, now: datetime, service: Service) -> _Status:
    return _Status(
        at=now,
        schema=check_ready(parts.database),
        place=parts.database.place,
        size_bytes=parts.history.size_bytes(),
        gauges=gauges(parts.database, now),
        checks=recent_checks(parts.database, now - _RECENT),
        paused=paused_hosts(parts.database),
        broken=parts.outbox.broken(),
        never_matched=Counter(missing.fact for missing in parts.history.never_matched()),
        writing=writing_troubles(parts.database),
        service=service,
    )


def _lines(status: _Status) -> list[tuple[str, str]]:
    now = status.gauges
    states = _listed((state.value, count) for state, count in now.pages.items())
    statuses = _listed((status_word(health), count) for health, count in now.health.items())
    lines = [
        ("pages", states or "none; `pagewitness apply WATCHLIST` or `pagewitness add URL` first"),
        ("page status", statuses or "no pages"),
        ("stale", str(now.stale)),
        ("due", f"{now.due}, the longest for {_span(now.lag_seconds)}" if now.due else "0"),
        (
            "unprocessed",
            f"{now.unprocessed}, the oldest for {_span(now.unprocessed_seconds)}" if now.unprocessed else "0",
        ),
        ("never matched", _never(status.never_matched)),
        ("checks in 24 h", _listed((_check_result(*key), count) for key, count in status.checks.items()) or "none"),
        ("deliveries", _deliveries(now)),
        ("hosts paused", _hosts(status.paused)),
        ("database", f"{status.place}, {render_cell(status.size_bytes)} bytes, schema {status.schema}"),
        *service_lines(status.service),
    ]
    return lines + [("needs you", need) for need in status.needs]


def _as_json(status: _Status) -> dict[str, JsonValue]:
    now = status.gauges
    return {
        "at": iso_utc(status.at),
        "pages": {state.value: count for state, count in now.pages.items()},
        "health": {health.value if health else "unknown": count for health, count in now.health.items()},
        "stale": now.stale,
        "due": now.due,
        "lag_seconds": now.lag_seconds,
        "unprocessed": now.unprocessed,
        "unprocessed_seconds": now.unprocessed_seconds,
        "checks": [
            {"outcome": outcome.value, "verdict": verdict.value if verdict else None, "count": count}
            for (outcome, verdict), count in status.checks.items()
        ],
        "deliveries": [
            {"channel": one.channel, "state": one.state.value, "count": one.count, "oldest_seconds": one.oldest_seconds}
            for one in now.waiting
        ],
        "hosts_paused": [{"host": one.host, "until": iso_utc(one.until), "why": one.reason} for one in status.paused],
        "database": status.place,
        "database_bytes": status.size_bytes,
        "schema": status.schema,
        "never_matched": dict(status.never_matched),
        "service": status.service,
        "needs": list(status.needs),
    }


def _never(facts: Mapping[str, int]) -> str:
    """Return the facts that pages track but never stated, with the number of these pages."""
    named = [f"{render_cell(name)} on {_count(count, 'page', 'pages')}" for name, count in facts.items()]
    return (
        "; ".join(named[:_MOST_FACTS] + [f"and {len(named) - _MOST_FACTS} more facts"] * (len(named) > _MOST_FACTS))
        or "none"
    )


def _check_result(outcome: Outcome, verdict: Verdict | None) -> str:
    if outcome is Outcome.FAILED:
        return "failed"
    return f"{outcome.value} {verdict.value if verdict else 'unprocessed'}".replace("_", " ")


def _deliveries(now: Gauges) -> str:
    waiting = [
        f"{one.count} {one.state.value} for {one.channel}, the oldest for {_span(one.oldest_seconds)}"
        for one in now.waiting
    ]
    return "; ".join(waiting) or "none wait"


def _hosts(paused: list[PausedHost]) -> str:
    named = [f"{one.host} until {render_cell(one.until)} ({one.reason})" for one in paused[:_SHOWN_HOSTS]]
    more = [f"and {len(paused) - _SHOWN_HOSTS} more"] if len(paused) > _SHOWN_HOSTS else []
    return "; ".join(named + more) or "none"


def _listed(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts)


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _span(seconds: float) -> str:
    """Format a duration in its two largest units: "2 h 5 min"."""
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86_400)
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{int(seconds)} s"
