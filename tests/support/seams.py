"""A service that kills itself: `pagewitness run` as it is, but that the n-th crossing of one of its seams is the last thing it does.

The seams are the public ones: fetch, archive, record, unplanned, plan, claim, send, sent, and the writing transaction that all of them share. Nothing
is faked: each wrapper calls what it wraps, with SIGKILL before, after or in the middle of it. This module runs in the process that is to die, and
imports nothing of the tests.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from typing import Any

from alerts.model import Delivery, PlannedAlert
from monitor.fetch import Fetcher
from monitor.model import FetchRequest, Interpretation, Look, Page, Snapshot
from pagewitness.course import WatchedChannel
from storage.connection import Connection, Database
from storage.outbox import SqlOutbox
from storage.store import SqlStore


class Stage(Enum):
    """How far a look, or what came of it, had got when its process was killed."""

    FETCHING = "before T1"
    ARCHIVED = "T1–T2"
    RECORDED = "T2–plan"
    PLANNED = "plan–send"
    SENT = "sent–unmarked"


HALF_AN_ANSWER, MESSAGE_TAKEN = "half an answer came", "message taken, not yet answered"

SEAMS = {
    "look begins": Stage.FETCHING,
    HALF_AN_ANSWER: Stage.FETCHING,
    "look had": Stage.FETCHING,
    "T1 written, not committed": Stage.FETCHING,
    "T1 committed": Stage.ARCHIVED,
    "body read": Stage.ARCHIVED,
    "T2 written, not committed": Stage.ARCHIVED,
    "T2 committed": Stage.RECORDED,
    "events taken up": Stage.RECORDED,
    "T3 written, not committed": Stage.RECORDED,
    "T3 committed": Stage.PLANNED,
    "deliveries claimed": Stage.PLANNED,
    "send begins": Stage.PLANNED,
    MESSAGE_TAKEN: Stage.SENT,
    "message taken and answered": Stage.SENT,
    "mark written, not committed": Stage.SENT,
}
"""In the order of a check, with the stage that a kill there falls into. The two that have names are crossed in the origin and in the receivers, not here."""

Item = tuple[str, str | int]
"""What was at stake: ("look", URL), ("snapshot", id), ("events of", snapshot id), ("event", id) or ("delivery", uid)."""


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


class Executioner:
    """Ends its own process at the fatal crossing, after writing down what was at stake."""

    def __init__(self, countdown: Countdown, report: str) -> None:
        self._countdown = countdown
        self._report = report

    def __call__(self, seam: str, *item: str | int) -> None:
        if self._countdown.is_over(seam):
            with open(self._report, "w", encoding="utf-8") as file:  # noqa: PTH123 (as little as possible before the end)
                json.dump(item, file)
            os.kill(os.getpid(), signal.SIGKILL)


def install(reached: Callable[..., None]) -> None:
    """Wrap the seams of this process."""
    writing = _WithinTransactions(reached)
    _around_looks(reached)
    _around_store(reached, writing)
    _around_outbox(reached, writing)
    _around_sending(reached, writing)


class _WithinTransactions:
    """Between the last write of a transaction and its commit. What each thread is about is said by `about`."""

    def __init__(self, reached: Callable[..., None]) -> None:
        self._thread = threading.local()
        begin = Database.begin

        @contextmanager
        def mortal(database: Database) -> Iterator[Connection]:
            with begin(database) as connection:
                yield connection
                if what := getattr(self._thread, "what", None):
                    reached(*what)

        Database.begin = mortal  # type: ignore[method-assign]

    @contextmanager
    def about(self, seam: str, *item: str | int) -> Iterator[None]:
        self._thread.what = (seam, *item)
        try:
            yield
        finally:
            self._thread.what = None


def _around_looks(reached: Callable[..., None]) -> None:
    fetch = Fetcher.__call__

    def look(fetcher: Fetcher, request: FetchRequest, now: datetime) -> Look:
        reached("look begins", "look", request.url)
        had = fetch(fetcher, request, now)
        reached("look had", "look", request.url)
        return had

    Fetcher.__call__ = look  # type: ignore[method-assign]


def _around_store(reached: Callable[..., None], writing: _WithinTransactions) -> None:
    archive, record = SqlStore.archive, SqlStore.record

    def archived(store: SqlStore, page: Page, *args: Any, **kwargs: Any) -> Snapshot:
        with writing.about("T1 written, not committed", "look", page.url):
            snapshot = archive(store, page, *args, **kwargs)
        if snapshot.read_at is None:
            reached("T1 committed", "snapshot", snapshot.id)
        return snapshot

    def recorded(store: SqlStore, snapshot: Snapshot, interpretation: Interpretation, *, now: datetime) -> int:
        reached("body read", "snapshot", snapshot.id)
        with writing.about("T2 written, not committed", "snapshot", snapshot.id):
            stored = record(store, snapshot, interpretation, now=now)
        if stored:
            reached("T2 committed", "events of", snapshot.id)
        return stored

    SqlStore.archive = archived  # type: ignore[method-assign]
    SqlStore.record = recorded  # type: ignore[method-assign]


def _around_outbox(reached: Callable[..., None], writing: _WithinTransactions) -> None:
    unplanned, plan, claim = SqlOutbox.unplanned, SqlOutbox.plan, SqlOutbox.claim

    def taken_up(outbox: SqlOutbox, limit: int) -> Sequence[Any]:
        events = unplanned(outbox, limit)
        if events:
            reached("events taken up", "event", events[0].id)
        return events

    def planned(outbox: SqlOutbox, event_ids: Sequence[int], alerts: Sequence[PlannedAlert], *, now: datetime) -> int:
        with writing.about("T3 written, not committed", "event", event_ids[0]):
            new = plan(outbox, event_ids, alerts, now=now)
        if new:
            reached("T3 committed", "delivery", alerts[0].delivery_uid)
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
    send, mark = WatchedChannel.send, SqlOutbox.sent
    uids: dict[int, str] = {}

    def sent(channel: WatchedChannel, delivery: Delivery) -> str:
        uids[delivery.id] = delivery.uid
        reached("send begins", "delivery", delivery.uid)
        receipt = send(channel, delivery)
        reached("message taken and answered", "delivery", delivery.uid)
        return receipt

    def marked(outbox: SqlOutbox, delivery_id: int, owner: str, receipt: str) -> None:
        with writing.about("mark written, not committed", "delivery", uids[delivery_id]):
            mark(outbox, delivery_id, owner, receipt)

    WatchedChannel.send = sent  # type: ignore[method-assign]
    SqlOutbox.sent = marked  # type: ignore[method-assign]


def serve(seam: str, crossings: int, report: str, log: str, environ: dict[str, str]) -> None:
    """`pagewitness run`, up to the fatal crossing. Runs in a process of its own, which it makes over."""
    with open(log, "ab") as file:  # noqa: PTH123
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = ["pagewitness", "run"]
    install(Executioner(Countdown(seam, crossings), report))
    from pagewitness.cli import main

    main()
