"""A planner that is killed at a statement of T3, or of the delivery of held alerts, leaves nothing half planned; the next one plans everything once."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta

from alerts.delivery_policy import DeliveryPolicy, parse_digest
from alerts.model import EmailChannel, Rule, Security
from alerts.plan import plan_once
from monitor.model import EventKind
from rendering.links import Links
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.store import SqlStore
from tests.alerts.examples import uids
from tests.storage.snapshots import add_page, archive, fact_changed, full, ok

HOUR = timedelta(hours=1)
SECONDS = 60
RULE = Rule("all", frozenset({EventKind.FACT_CHANGED}), ("desk",))

# Plans on the database of its first argument at the time of its second, and kills itself before the first statement that begins like its third.
PLANNER = """
import itertools, os, signal, sys
from datetime import datetime
from sqlalchemy import event
from sqlalchemy.engine import Engine
from alerts.plan import plan_once
from rendering.links import Links
from storage.database.engine import open_database
from storage.outbox.sql_outbox import SqlOutbox

url, now, fatal = sys.argv[1:]

@event.listens_for(Engine, "before_cursor_execute")
def die(connection, cursor, statement, *rest):
    if statement.startswith(fatal):
        os.kill(os.getpid(), signal.SIGKILL)

uids = (f"msg_{number:032x}" for number in itertools.count(1000))
plan_once(SqlOutbox(open_database(url)), Links(None), datetime.fromisoformat(now), lambda: next(uids))
"""


def kill_planner(url: str, now, fatal: str) -> None:
    command = [sys.executable, "-c", PLANNER, url, now.isoformat(), fatal]
    assert subprocess.run(command, check=False, timeout=SECONDS).returncode == -signal.SIGKILL


def make_events(store: SqlStore, clock, digest: str | None) -> None:
    """Three pages with a changed fact each, and a channel with or without a digest."""
    policy = DeliveryPolicy(digest=None if digest is None else parse_digest(digest))
    desk = EmailChannel("desk", "127.0.0.1", 25, Security.NONE, "a@example.org", ("b@example.org",), policy=policy)
    store.apply_declared([], [], [desk], [RULE], now=clock())
    first = None
    for number in range(3):
        url = f"https://coalition.example/{number}"
        page = add_page(store, clock(), url)
        snapshot = archive(store, page, full(clock(), url.encode(), url), clock(), visit_id=first)
        first = first or snapshot.id
        store.record(snapshot, ok(events=(fact_changed(snapshot),)), now=clock())


def planned(history: History) -> tuple[int, list[str | None]]:
    return history.counts()["deliveries"], [row.uid for row in history.alerts()]


def test_killed_in_t3_nothing_is_planned_and_then_all_of_it_once(
    store: SqlStore, outbox: SqlOutbox, history: History, clock, database_url: str
):
    make_events(store, clock, None)
    kill_planner(database_url, clock(), "UPDATE events")
    assert planned(history) == (0, [])
    assert plan_once(outbox, Links(None), clock(), uids()) == 1
    count, found = planned(history)
    assert (count, len(found), len(set(found))) == (1, 3, 1)


def test_killed_while_a_digest_is_planned_its_alerts_stay_held_and_are_sent_once(
    store: SqlStore, outbox: SqlOutbox, history: History, clock, database_url: str
):
    make_events(store, clock, "1h")
    assert plan_once(outbox, Links(None), clock(), uids()) == 0
    clock.now += HOUR
    kill_planner(database_url, clock(), "UPDATE alerts")
    assert planned(history) == (0, [None, None, None])
    assert plan_once(outbox, Links(None), clock(), uids()) == 1
    count, found = planned(history)
    assert (count, len(set(found)), None in found) == (1, 1, False)
