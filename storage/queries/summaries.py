"""Lists for display: pages with statistics, and alerts with the state of their deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, Table, and_, func, select

from alerts.model import DeliveryState
from monitor.model import Change, HealthStatus, Outcome, Page, Verdict
from storage.archive import rows
from storage.schema import alerts as alert_table
from storage.schema import deliveries, events, page_checks, page_health, snapshots, versions
from storage.schema import pages as page_table
from storage.watched.pages import PAGE_COLUMNS, all_facts, page_of

Query = Select[Any]


@dataclass(frozen=True, slots=True)
class PageSummary:
    """A page with statistics.

    Attributes:
        page: The page.
        snapshots: Number of its snapshots, failed ones included.
        versions: Number of its versions.
        unread: Number of its unprocessed snapshots.
        last_ok_at: taken_at of the latest processed snapshot with verdict ok; None before the first.
        last_at: taken_at of the newest snapshot; None before the first.
        last_outcome: Outcome of the newest snapshot; None before the first.
        last_verdict: Verdict of the newest snapshot; None before the first, while unprocessed and if the check failed.
        standing: Its health status, as last reported.
        stale_since: When it was reported stale; None while it is not.
        disallowed_since: When a check first found it disallowed by robots.txt; None while it is not.
        schedule_reason: Why it is due at its time; "" where its schedule alone explains it.
    """

    page: Page
    snapshots: int
    versions: int
    unread: int
    last_ok_at: datetime | None
    last_at: datetime | None
    last_outcome: Outcome | None
    last_verdict: Verdict | None
    standing: HealthStatus
    stale_since: datetime | None
    disallowed_since: datetime | None
    schedule_reason: str

    @property
    def troubles(self) -> tuple[str, ...]:
        """The page's problems, in a word or phrase each; empty if it has none."""
        said = {
            self.standing.value: self.standing is not HealthStatus.OK,
            "stale": self.stale_since is not None,
            "forbidden by robots.txt": self.disallowed_since is not None,
        }
        return tuple(word for word, so in said.items() if so)


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert and the state of its delivery.

    Attributes:
        id: The alert's key.
        event_id: The event's key.
        change: The change of the event.
        page_url: None for channel_failing.
        rule: Name of the rule that selected it.
        channel: Name of the channel.
        uid: The delivery's id as sent to the receiver, the same for all attempts.
        state: The delivery's state.
        attempts: Attempts begun so far.
        at: The event's time, on the observing clock.
        created_at: When it was planned, real time.
        next_try_at: No attempt before this, real time; None once sent or dead.
        sent_at: When the receiver accepted it, real time; None before.
        receipt: The receiver's response, in one line; "" before.
        last_error: Why the last attempt failed; "" if none did.
    """

    id: int
    event_id: int
    change: Change
    page_url: str | None
    rule: str
    channel: str
    uid: str
    state: DeliveryState
    attempts: int
    at: datetime
    created_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None
    receipt: str
    last_error: str


_last = snapshots.alias("last")
_ok = snapshots.alias("ok")


def _count(of: Table, *more: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(of).where(of.c.page_id == page_table.c.id, *more).scalar_subquery()


_SUMMARIES = (
    PAGE_COLUMNS.add_columns(
        _count(snapshots).label("snapshots"),
        _count(versions).label("versions"),
        _count(snapshots, snapshots.c.read_at.is_(None)).label("unread"),
        _ok.c.taken_at.label("last_ok_at"),
        _last.c.taken_at.label("last_at"),
        _last.c.outcome.label("last_outcome"),
        _last.c.verdict.label("last_verdict"),
        page_health.c.standing,
        page_health.c.stale_since,
        page_health.c.disallowed_since,
        page_checks.c.schedule_reason,
    )
    .outerjoin(_last, and_(_last.c.page_id == page_table.c.id, _last.c.seq == page_checks.c.last_seq))
    .outerjoin(_ok, _ok.c.id == page_checks.c.ok_snapshot_id)
    .outerjoin(page_health, page_health.c.page_id == page_table.c.id)
    .order_by(page_table.c.id)
)
_FIGURES = (
    *("snapshots", "versions", "unread", "last_ok_at", "last_at", "last_outcome", "last_verdict"),
    *("stale_since", "disallowed_since", "schedule_reason"),
)

_ALERT_FIELDS = tuple(name for name in AlertRow.__slots__ if name != "change")
_ALERTS = (
    select(
        *(alert_table.c[name] for name in ("id", "event_id", "rule", "channel")),
        *(events.c[name] for name in (*rows.CHANGE_COLUMNS, "at")),
        page_table.c.url.label("page_url"),
        *(deliveries.c[name] for name in ("uid", "state", "attempts", "created_at", "next_try_at", "sent_at")),
        *(deliveries.c[name] for name in ("receipt", "last_error")),
    )
    .join(events, events.c.id == alert_table.c.event_id)
    .join(deliveries, deliveries.c.id == alert_table.c.delivery_id)
    .outerjoin(page_table, page_table.c.id == events.c.page_id)
    .order_by(alert_table.c.id.desc())
)


def pages(connection: Connection) -> list[PageSummary]:
    """See `storage.queries.history.History.pages`."""
    definitions = {fact.name: fact for fact in all_facts(connection)}
    return [
        PageSummary(
            page_of(row, definitions),
            standing=row.standing or HealthStatus.OK,
            **{name: getattr(row, name) for name in _FIGURES},
        )
        for row in connection.execute(_SUMMARIES)
    ]


def alerts(connection: Connection, limit: int | None) -> list[AlertRow]:
    """See `storage.queries.history.History.alerts`."""
    return [
        AlertRow(change=rows.change(row), **{name: getattr(row, name) for name in _ALERT_FIELDS})
        for row in connection.execute(_ALERTS.limit(limit))
    ]
