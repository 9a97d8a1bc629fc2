"""Pages of one host whose visits, processing and planning tests do step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.delivery_policy import DeliveryPolicy
from alerts.model import EmailChannel, Rule, Security
from alerts.plan import plan_once
from monitor.model import Change, Event, EventKind, Level, Origin, Page, Reason, Schedule, Snapshot
from rendering.links import Links
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage
from tests.alerts.examples import uids
from tests.storage.snapshots import add_page, archive, full, ok, ref

HOST = "https://coalition.example"
LEASE = timedelta(seconds=30)
HOUR = timedelta(hours=1)
DESK = EmailChannel("desk", "127.0.0.1", 25, Security.NONE, "monitor@example.org", ("desk@example.org",))
RULE = Rule("all", frozenset({EventKind.FACT_CHANGED, EventKind.TEXT_CHANGED}), ("desk",))


def post(snapshot: Snapshot, text: str = "Latest: boats repaired in June") -> Event:
    change = Change(
        EventKind.TEXT_CHANGED, Level.TEXT, Reason.TEXT_CHANGED, sentence_before="Latest", sentence_after=text
    )
    return Event(change, ref(snapshot), None, Origin.LIVE)


class Site:
    """Pages of one host, visited and processed step by step."""

    def __init__(self, store: SqlStore, outbox: SqlOutbox, history: History, clock) -> None:
        self.store, self.outbox, self.history, self.clock = store, outbox, history, clock
        self.new_uid = uids()

    def declare(self, rule: Rule = RULE, pauses: Mapping[int, datetime | None] = {}, **policy) -> None:
        """Apply a watchlist; `pauses` has the numbers of its pages, each with the end of its pause."""
        desk = replace(DESK, policy=DeliveryPolicy(**policy))
        pages = [
            DeclaredPage(
                f"{HOST}/{number}", f"Page {number}", Schedule(every=HOUR), (), allow_private=False, paused_until=end
            )
            for number, end in pauses.items()
        ]
        self.store.apply_declared(pages, [], [desk], [rule], now=self.clock())

    def pages(self, count: int) -> list[Page]:
        return [
            add_page(self.store, self.clock(), f"{HOST}/{number}", label=f"Page {number}") for number in range(count)
        ]

    def visit(self, pages: Sequence[Page]) -> list[Snapshot]:
        """Archive a snapshot of each page, in one visit."""
        first: int | None = None
        snapshots = []
        for page in pages:
            body = f"{page.url} {self.clock()}".encode()
            snapshot = archive(self.store, page, full(self.clock(), body, page.url), self.clock(), visit_id=first)
            first = first or snapshot.id
            snapshots.append(snapshot)
        return snapshots

    def process(self, snapshot: Snapshot, *events: Callable[[Snapshot], Event]) -> None:
        outcome = ok(events=tuple(make(snapshot) for make in events))
        self.store.record(snapshot, outcome, now=self.clock())

    def plan(self) -> int:
        return plan_once(self.outbox, Links(None), self.clock(), self.new_uid)

    def subjects(self) -> list[str]:
        """Subjects of the messages not claimed yet, in order."""
        claimed = self.outbox.claim("me", "desk", lease=LEASE, limit=99)
        for delivery in claimed:
            self.outbox.sent(delivery.id, "me", "250 ok")
        return [delivery.payload["subject"] for delivery in claimed]
