"""The seams of the service's processes: where a kill differs from one a moment earlier or later.

They are public functions: fetch, archive, claim, record, unplanned, plan, claim, send, sent, and the writing transaction that all of them share. Nothing
is faked: each wrapper calls what it wraps, and reports before, after or in the middle of it which seam was crossed, and with what.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from alerts.model import Delivery
from alerts.planned import HeldAlerts, PlannedDelivery, WaitingVisit
from monitor.fetching.fetch import Fetcher
from monitor.model import AnalysisOutcome, FetchRequest, FetchResult, Page, Snapshot
from pagewitness.service.visit_logger import ObservedChannel
from storage.archive import archiving
from storage.database.connection import Connection, Database
from storage.outbox.sql_outbox import SqlOutbox
from storage.store import SqlStore
from storage.watched.page_claims import Claimed


class Stage(Enum):
    """How far a check, or what came of it, has got."""

    FETCHING = "before T1"
    ARCHIVED = "T1–T2"
    RECORDED = "T2–plan"
    PLANNED = "plan–send"
    SENT = "sent–unmarked"


class Seam(NamedTuple):
    """Who crosses a seam, and the stage that a kill there falls into."""

    role: str
    stage: Stage


FETCHER, EXTRACTOR, DELIVERIES = "fetcher", "extractor", "deliveries"
HALF_AN_ANSWER, MESSAGE_TAKEN = "half an answer came", "message taken, not yet answered"

SEAMS = {
    "look begins": Seam(FETCHER, Stage.FETCHING),
    HALF_AN_ANSWER: Seam(FETCHER, Stage.FETCHING),
    "look had": Seam(FETCHER, Stage.FETCHING),
    "T1 written, not committed": Seam(FETCHER, Stage.FETCHING),
    "T1 committed": Seam(FETCHER, Stage.ARCHIVED),
    "page claimed": Seam(EXTRACTOR, Stage.ARCHIVED),
    "body read": Seam(EXTRACTOR, Stage.ARCHIVED),
    "T2 written, not committed": Seam(EXTRACTOR, Stage.ARCHIVED),
    "T2 committed": Seam(EXTRACTOR, Stage.RECORDED),
    "events taken up": Seam(DELIVERIES, Stage.RECORDED),
    "T3 written, not committed": Seam(DELIVERIES, Stage.RECORDED),
    "T3 committed": Seam(DELIVERIES, Stage.PLANNED),
    "deliveries claimed": Seam(DELIVERIES, Stage.PLANNED),
    "send begins": Seam(DELIVERIES, Stage.PLANNED),
    MESSAGE_TAKEN: Seam(DELIVERIES, Stage.SENT),
    "message taken and answered": Seam(DELIVERIES, Stage.SENT),
    "mark written, not committed": Seam(DELIVERIES, Stage.SENT),
}
"""In the order of a check. The two that have names are crossed in the origin and in the receivers, not in a process of the service."""

Item = tuple[str, str | int]
"""What was at stake: ("look", URL), ("page", id), ("snapshot", id), ("events of", snapshot id), ("event", id) or ("delivery", uid)."""


class Countdown:
    """Counts the crossings of one seam, down to the fatal one; from any thread."""

    def __init__(self, seam: str, crossings: int) -> None:
        self.seam = seam
        self._left = crossings
        self._lock = threading.Lock()

    def is_over(self, seam: str) -> bool:
        """Whether this crossing is the one."""
        if seam != self.seam:
            return False
        with self._lock:
            self._left -= 1
            return self._left == 0


def install(reached: Callable[..., None]) -> None:
    """Wrap the seams of this process. `reached` is called with the seam and the item at stake, in the thread that crosses it."""
    writing = _WithinTransactions(reached)
    _around_fetches(reached)
    _around_archiving(reached, writing)
    _around_processing(reached, writing)
    _around_outbox(reached, writing)
    _around_sending(reached, writing)


class _WithinTransactions:
    """Between the last write of a transaction and its commit. The subject of each thread's transaction is given by `about` or, from within it, by `note`."""

    def __init__(self, reached: Callable[..., None]) -> None:
        self._thread = threading.local()
        begin = Database.begin

        @contextmanager
        def mortal(database: Database) -> Iterator[Connection]:
            try:
                with begin(database) as connection:
                    yield connection
                    if what := getattr(self._thread, "what", None):
                        reached(*what)
            finally:
                self._thread.what = None

        Database.begin = mortal  # type: ignore[method-assign]

    def note(self, seam: str, *item: str | int) -> None:
        """What the transaction of this thread is about, which may commit what other threads write."""
        self._thread.what = (seam, *item)

    @contextmanager
    def about(self, seam: str, *item: str | int) -> Iterator[None]:
        self.note(seam, *item)
        try:
            yield
        finally:
            self._thread.what = None


def _around_fetches(reached: Callable[..., None]) -> None:
    fetch = Fetcher.__call__

    def observed(fetcher: Fetcher, request: FetchRequest, now: datetime) -> FetchResult:
        reached("look begins", "look", request.url)
        had = fetch(fetcher, request, now)
        reached("look had", "look", request.url)
        return had

    Fetcher.__call__ = observed  # type: ignore[method-assign]


def _around_archiving(reached: Callable[..., None], writing: _WithinTransactions) -> None:
    archive, write = SqlStore.archive, archiving.archive

    def archived(store: SqlStore, page: Page, *args: Any, **kwargs: Any) -> Snapshot:
        snapshot = archive(store, page, *args, **kwargs)
        if snapshot.read_at is None:
            reached("T1 committed", "snapshot", snapshot.id)
        return snapshot

    def written(connection: Connection, page: Page, *args: Any, **kwargs: Any) -> Snapshot:
        snapshot = write(connection, page, *args, **kwargs)
        # In the thread that commits: on SQLite it may be another one's than the one that fetched.
        writing.note("T1 written, not committed", "look", page.url)
        return snapshot

    SqlStore.archive = archived  # type: ignore[method-assign]
    archiving.archive = written


def _around_processing(reached: Callable[..., None], writing: _WithinTransactions) -> None:
    claim, record = SqlStore.claim_next, SqlStore.record

    def claimed(store: SqlStore, *args: Any, **kwargs: Any) -> Claimed | None:
        claimed = claim(store, *args, **kwargs)
        if claimed is not None:
            reached("page claimed", "page", claimed.page_id)
        return claimed

    def recorded(store: SqlStore, snapshot: Snapshot, outcome: AnalysisOutcome, **kwargs: Any) -> int:
        reached("body read", "snapshot", snapshot.id)
        with writing.about("T2 written, not committed", "snapshot", snapshot.id):
            stored = record(store, snapshot, outcome, **kwargs)
        if stored:
            reached("T2 committed", "events of", snapshot.id)
        return stored

    SqlStore.claim_next = claimed  # type: ignore[method-assign]
    SqlStore.record = recorded  # type: ignore[method-assign]


def _around_outbox(reached: Callable[..., None], writing: _WithinTransactions) -> None:
    unplanned, plan, claim = SqlOutbox.unplanned, SqlOutbox.plan, SqlOutbox.claim

    def taken_up(outbox: SqlOutbox, limit: int, visits: Sequence[WaitingVisit] | None = None) -> Sequence[Any]:
        events = unplanned(outbox, limit, visits)
        if events:
            reached("events taken up", "event", events[0].id)
        return events

    def planned(
        outbox: SqlOutbox,
        event_ids: Sequence[int],
        deliveries: Sequence[PlannedDelivery],
        held: Sequence[HeldAlerts] = (),
        *,
        now: datetime,
    ) -> int:
        with writing.about("T3 written, not committed", "event", event_ids[0]):
            new = plan(outbox, event_ids, deliveries, held, now=now)
        if new:
            reached("T3 committed", "delivery", deliveries[0].uid)
        return new

    def claimed(outbox: SqlOutbox, *args: Any, **kwargs: Any) -> Sequence[Delivery]:
        batch = claim(outbox, *args, **kwargs)
        if batch:
            reached("deliveries claimed", "delivery", batch[0].uid)
        return batch

    SqlOutbox.unplanned = taken_up  # type: ignore[method-assign]
    SqlOutbox.plan = planned  # type: ignore[method-assign]
    SqlOutbox.claim = claimed  # type: ignore[method-assign]


def _around_sending(reached: Callable[..., None], writing: _WithinTransactions) -> None:
    send, mark = ObservedChannel.send, SqlOutbox.sent
    uids: dict[int, str] = {}

    def sent(channel: ObservedChannel, delivery: Delivery) -> str:
        uids[delivery.id] = delivery.uid
        reached("send begins", "delivery", delivery.uid)
        receipt = send(channel, delivery)
        reached("message taken and answered", "delivery", delivery.uid)
        return receipt

    def marked(outbox: SqlOutbox, delivery_id: int, owner: str, receipt: str) -> None:
        with writing.about("mark written, not committed", "delivery", uids[delivery_id]):
            mark(outbox, delivery_id, owner, receipt)

    ObservedChannel.send = sent  # type: ignore[method-assign]
    SqlOutbox.sent = marked  # type: ignore[method-assign]
