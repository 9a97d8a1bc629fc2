"""Deliveries: 10,000 webhooks to a local receiver, and how long the next one takes behind many that were sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from sqlalchemy import text

from alerts.channels.factory import open_channel
from alerts.dispatch import dispatch_once
from alerts.model import Rule, WebhookChannel
from alerts.planned import PlannedAlert, PlannedDelivery
from bench.small import Part
from monitor.model import EventKind
from storage.database.engine import Database, open_database
from storage.outbox.sql_outbox import SqlOutbox
from storage.store import SqlStore

_SENT = 10_000
_PAST = 1_000_000
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_BODY = '{"type":"pagewitness.event","text":"' + "x" * 1_500 + '"}'


def sending(folder: Path) -> list[Part]:
    """Deliveries a second to a receiver on this machine, and the milliseconds of one delivery without and with a million sent before."""
    with _receiver() as url, closing(open_database(f"sqlite:///{folder / 'sending.db'}")) as database:
        store, outbox = SqlStore(database), SqlOutbox(database)
        hook = WebhookChannel("hook", url, allow_private=True)
        store.apply_declared([], [], [hook], [Rule("all", frozenset(EventKind), ("hook",))], now=_NOW)
        _wait(database, outbox, _SENT)
        began, sent = time.perf_counter(), 0
        while sent < _SENT:
            sent += _send(outbox)
        rate = _SENT / (time.perf_counter() - began)
        alone = _one(database, outbox)
        _past(database)
        behind = _one(database, outbox)
    return [
        Part(f"{_SENT:,} webhooks to a local receiver", f"{rate:.0f} a second"),
        Part(f"one webhook behind {_SENT:,} sent ones", f"{alone:.1f} ms"),
        Part(f"one webhook behind {_PAST + _SENT:,} sent ones", f"{behind:.1f} ms ({behind / alone:.2f} of that)"),
    ]


def _send(outbox: SqlOutbox) -> int:
    report = dispatch_once(
        outbox,
        lambda config: open_channel(config, {}, now=lambda: datetime.now(UTC), user_agent="bench"),
        "bench",
        lease=timedelta(seconds=60),
    )
    assert not report.problems, report.problems[0]
    return report.sent


def _one(database: Database, outbox: SqlOutbox) -> float:
    taken = []
    for _ in range(15):
        _wait(database, outbox, 1)
        began = time.perf_counter()
        assert _send(outbox) == 1
        taken.append(1000 * (time.perf_counter() - began))
    return median(taken)


def _wait(database: Database, outbox: SqlOutbox, count: int) -> None:
    """Plan deliveries of `count` events without a page."""
    columns = "ordinal, at, recorded_at, kind, level, origin, cause, summary, detail"
    values = "0, :now, :now, 'channel_failing', 'health', 'live', 'page', '', '{}'"
    with database.begin() as connection:
        last = connection.execute(text("SELECT coalesce(max(id), 0) FROM events")).scalar_one()
        rows = [{"now": "2026-01-01 00:00:00.000000"}] * count
        connection.execute(text(f"INSERT INTO events ({columns}) VALUES ({values})"), rows)
    ids = range(last + 1, last + 1 + count)
    deliveries = [
        PlannedDelivery(f"msg_{number:032x}", "hook", (PlannedAlert(number, "all"),), {"body": _BODY}) for number in ids
    ]
    for begin in range(0, count, 2_000):
        part = deliveries[begin : begin + 2_000]
        outbox.plan([alert.event_id for one in part for alert in one.alerts], part, now=_NOW)


def _past(database: Database) -> None:
    """Copy one sent delivery until there are a million."""
    with database.begin() as connection:
        connection.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :past) "
                "INSERT INTO deliveries (uid, channel, payload, state, attempts, created_at, sent_at, receipt, last_error) "
                "SELECT 'past_' || n.i, d.channel, '{}', d.state, 1, d.created_at, d.sent_at, d.receipt, '' "
                "FROM n, (SELECT * FROM deliveries WHERE state = 'sent' ORDER BY id LIMIT 1) AS d"
            ),
            {"past": _PAST},
        )


@contextmanager
def _receiver() -> Iterator[str]:
    class Receiver(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()
        server.server_close()
