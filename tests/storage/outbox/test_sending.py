"""Claims by channel, on both databases: one sender a channel, pauses, leases, and nothing that grows with what was sent already."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from alerts.model import ChannelTrouble, DueChannel, EmailChannel, Security
from storage.database.engine import Database, database_now, open_database
from storage.outbox.sql_outbox import SqlOutbox
from storage.store import SqlStore
from tests.alerts.examples import planned as one_alert
from tests.storage.snapshots import add_page, archive, fact_changed, full, ok

LEASE = timedelta(seconds=30)
NONE, HOUR = timedelta(0), timedelta(hours=1)
DESK = EmailChannel("desk", "127.0.0.1", 25, Security.NONE, "monitor@example.org", ("desk@example.org",))


@pytest.fixture
def planned(store: SqlStore, outbox: SqlOutbox, clock) -> Callable[..., None]:
    """Plans one delivery for each name of a channel: `planned("desk", "hook", "desk")` makes msg_0, msg_1 and msg_2."""

    def plan(*names: str) -> None:
        page = add_page(store, clock())
        snapshot = archive(store, page, full(clock(), b"body"), clock())
        store.record(snapshot, ok(events=(fact_changed(snapshot),) * len(names)), now=clock())
        found = outbox.unplanned(len(names))
        alerts = [
            one_alert(one.id, "key facts", name, f"msg_{number}", {"text": "…"})
            for number, (one, name) in enumerate(zip(found, names, strict=True))
        ]
        assert outbox.plan([one.id for one in found], alerts, now=clock()) == len(names)

    return plan


def claim(outbox: SqlOutbox, channel: str, owner: str = "me", limit: int = 9) -> list[str]:
    return [delivery.uid for delivery in outbox.claim(owner, channel, lease=LEASE, limit=limit)]


def names(outbox: SqlOutbox) -> list[str]:
    return [channel.name for channel in outbox.due_channels()]


def end_pause(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE channel_states SET not_before = NULL"))
        connection.execute(text("UPDATE deliveries SET next_try_at = created_at WHERE state = 'pending'"))


def test_channels_with_something_due_are_listed_by_name(outbox: SqlOutbox, planned):
    assert outbox.due_channels() == []
    planned("hook", "desk", "hook", "Ünïcode", "")
    assert sorted(names(outbox)) == ["", "desk", "hook", "Ünïcode"]
    assert set(outbox.due_channels()) == {DueChannel(name) for name in ("", "desk", "hook", "Ünïcode")}


def test_a_claim_gets_the_oldest_of_its_channel_alone(outbox: SqlOutbox, planned):
    planned("desk", "hook", "desk", "hook", "desk")
    assert claim(outbox, "desk", limit=2) == ["msg_0", "msg_2"]
    assert claim(outbox, "hook") == ["msg_1", "msg_3"]
    assert claim(outbox, "no such channel") == []


def test_a_channel_has_one_sender_at_a_time(outbox: SqlOutbox, planned):
    planned("desk", "hook", "desk")
    (first,) = outbox.claim("me", "desk", lease=LEASE, limit=1)
    assert (claim(outbox, "desk", "you"), claim(outbox, "desk", "me")) == ([], [])
    assert names(outbox) == ["hook"]
    outbox.sent(first.id, "me", "250 OK")
    assert names(outbox) == ["desk", "hook"]
    assert claim(outbox, "desk", "you") == ["msg_2"]


def test_of_many_claimers_of_a_new_channel_one_gets_it(outbox: SqlOutbox, planned):
    planned(*["desk"] * 8)
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda owner: claim(outbox, "desk", owner, limit=2), "abcd"))
    assert sorted(got) == [[], [], [], ["msg_0", "msg_1"]]


def test_a_channel_whose_sender_died_is_due_when_its_lease_ends(outbox: SqlOutbox, planned):
    planned("desk", "desk")
    outbox.claim("died", "desk", lease=NONE, limit=1)
    assert names(outbox) == ["desk"]
    assert claim(outbox, "desk") == ["msg_0", "msg_1"]


def test_a_channel_in_trouble_is_paused_as_a_whole_and_counts_its_failures(
    outbox: SqlOutbox, database: Database, planned
):
    planned("desk", "desk", "hook")
    for failures in (1, 2):
        (tried,) = outbox.claim("me", "desk", lease=LEASE, limit=1)
        assert (tried.uid, tried.attempts) == ("msg_0", failures)
        outbox.failed(tried.id, "me", "nobody home", retry_in=HOUR, trouble=ChannelTrouble(HOUR))
        assert (names(outbox), claim(outbox, "desk")) == (["hook"], [])
        end_pause(database)
        assert outbox.due_channels() == [DueChannel("desk", failures), DueChannel("hook", 0)]
    (tried,) = outbox.claim("me", "desk", lease=LEASE, limit=1)
    outbox.sent(tried.id, "me", "250 OK")
    assert outbox.due_channels() == [DueChannel("desk", 0), DueChannel("hook", 0)]


def test_after_a_timeout_the_least_tried_delivery_goes_first(outbox: SqlOutbox, database: Database, planned):
    planned("desk", "desk", "desk")
    for uid in ("msg_0", "msg_1", "msg_2", "msg_0"):
        (tried,) = outbox.claim("me", "desk", lease=LEASE, limit=1)
        assert tried.uid == uid
        outbox.failed(tried.id, "me", "no answer", retry_in=HOUR, trouble=ChannelTrouble(HOUR, timed_out=True))
        end_pause(database)
    (tried,) = outbox.claim("me", "desk", lease=LEASE, limit=1)
    assert tried.uid == "msg_1"
    outbox.sent(tried.id, "me", "250 OK")
    assert claim(outbox, "desk") == ["msg_0", "msg_2"], "the oldest again"


def test_who_lost_the_lease_can_not_pause_the_channel(outbox: SqlOutbox, planned):
    planned("desk")
    (slow,) = outbox.claim("slow", "desk", lease=NONE, limit=1)
    assert claim(outbox, "desk", "quick") == ["msg_0"]
    outbox.failed(slow.id, "slow", "no answer", retry_in=HOUR, trouble=ChannelTrouble(HOUR))
    outbox.release("quick")
    assert names(outbox) == ["desk"]


def test_a_lease_that_is_renewed_goes_on(outbox: SqlOutbox, database: Database, planned):
    planned("desk", "desk")
    first, second = outbox.claim("me", "desk", lease=timedelta(milliseconds=50), limit=2)
    assert outbox.renew([first.id, second.id], "me", lease=HOUR) == 2
    assert outbox.renew([first.id], "you", lease=HOUR) == 0
    outbox.sent(first.id, "me", "250 OK")
    assert outbox.renew([first.id, second.id], "me", lease=HOUR) == 1
    with database.read() as connection:
        (left,) = connection.execute(text("SELECT lease_until FROM deliveries WHERE state = 'pending'")).scalars()
    assert str(left) > str(second.created_at + timedelta(minutes=50))[:19]
    assert claim(outbox, "desk", "you") == []
    assert outbox.renew([], "me", lease=HOUR) == 0


def test_what_an_owner_that_ended_had_leased_is_due_at_once(outbox: SqlOutbox, planned):
    planned("desk", "hook", "hook")
    claim(outbox, "desk", "died")
    claim(outbox, "hook", "lives")
    assert outbox.release("died") == 1
    (again,) = outbox.claim("next", "desk", lease=LEASE, limit=9)
    assert (again.uid, again.attempts) == ("msg_0", 2)
    assert claim(outbox, "hook", "next") == []


def test_a_channel_that_is_declared_otherwise_is_tried_at_once(store: SqlStore, outbox: SqlOutbox, planned, clock):
    store.apply_declared([], [], [DESK], [], now=clock())
    planned("desk", "desk", "hook")
    for channel in ("desk", "hook"):
        (tried,) = outbox.claim("me", channel, lease=LEASE, limit=1)
        outbox.failed(tried.id, "me", "no answer", retry_in=HOUR, trouble=ChannelTrouble(HOUR, timed_out=True))
    store.apply_declared([], [], [DESK], [], now=clock())
    assert names(outbox) == [], "nothing has changed"
    store.apply_declared(
        [], [], [EmailChannel("desk", "mail.example", 25, Security.NONE, DESK.sender, DESK.to)], [], now=clock()
    )
    assert outbox.due_channels() == [DueChannel("desk", 0)]
    assert claim(outbox, "desk") == ["msg_0", "msg_1"]


@pytest.mark.parametrize("payload", ["", "nonsense", "[1]", '"x"', "[" * 5000, '{"text": ' + "9" * 5000 + "}"])
def test_a_damaged_payload_does_not_keep_the_others_back(outbox: SqlOutbox, database: Database, planned, payload: str):
    planned("desk", "desk")
    with database.begin() as connection:
        connection.execute(text("UPDATE deliveries SET payload = :payload WHERE uid = 'msg_0'"), {"payload": payload})
    damaged, whole = outbox.claim("me", "desk", lease=LEASE, limit=9)
    assert (damaged.payload, whole.payload) == ({}, {"text": "…"})


# --- cost


def test_deliveries_of_the_past_are_read_by_no_statement_on_sqlite(sqlite_template, tmp_path):
    logged: list[tuple[str, object]] = []
    with closing(open_database(f"sqlite:///{sqlite_template}")) as database:
        event.listen(database.engine, "before_cursor_execute", lambda *args: logged.append((args[2], args[3])))
        outbox = SqlOutbox(database)
        outbox.due_channels()
        outbox.claim("me", "desk", lease=LEASE, limit=20)
        outbox.renew([1, 2], "me", lease=LEASE)
        outbox.give_back([1, 2], "me")
        outbox.sent(1, "me", "250 OK")
        outbox.failed(1, "me", "451 later", retry_in=HOUR, trouble=ChannelTrouble(HOUR))
        outbox.release("me")
        queries = [(query, values) for query, values in logged if "deliveries" in query]
        assert len(queries) >= 8
        with database.read() as connection:
            for query, values in queries:
                plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all())
                # The index of what is leased holds a few rows.
                assert "SCAN d" not in plan.replace("SCAN deliveries USING INDEX ix_deliveries_leased", ""), plan
                if "LIMIT" in query:
                    assert "ix_deliveries_pending" in plan, plan
                    assert "TEMP B-TREE" not in plan, plan


def test_a_long_past_costs_a_claim_nothing(outbox: SqlOutbox, database: Database, planned):
    planned("desk", "hook")
    with database.begin() as connection:
        clock = database_now(connection)
        fill = text(PAST[connection.dialect.name])
        connection.execute(fill, {"clock": clock.isoformat(), "count": 20_000})
    with database.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE deliveries"))
    assert names(outbox) == ["desk", "hook"]
    assert claim(outbox, "desk") == ["msg_0"]
    if database.engine.dialect.name == "postgresql":
        due = "SELECT 1 FROM deliveries WHERE state = 'pending' AND channel = 'hook' AND next_try_at <= now()"
        with database.read() as connection:
            plan = "\n".join(connection.execute(text(f"EXPLAIN {due}")).scalars())
        assert "Index" in plan, plan
        assert "Seq Scan" not in plan, plan


_ROW = "'msg_past_' || n, 'desk', '{}', 'sent', 1, :clock, NULL, NULL, NULL, :clock, '250 OK', ''"
_COLUMNS = "uid, channel, payload, state, attempts, created_at, next_try_at, lease_owner, lease_until, sent_at, receipt, last_error"
PAST = {
    "sqlite": f"INSERT INTO deliveries ({_COLUMNS}) WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :count)"
    f" SELECT {_ROW} FROM c",
    "postgresql": f"INSERT INTO deliveries ({_COLUMNS}) SELECT {_ROW} FROM generate_series(1, :count) AS n".replace(
        ":clock", "CAST(:clock AS timestamptz)"
    ),
}
"""Fills `deliveries` with `count` of one channel that were sent, by database."""
