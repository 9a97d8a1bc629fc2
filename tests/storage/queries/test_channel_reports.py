from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from alerts.channel_configs import SlackChannel
from alerts.delivery_policy import DeliveryPolicy
from alerts.model import ChannelTrouble, Hold
from alerts.planned import HeldAlerts, PlannedAlert
from pagewitness.cli import app
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries import channel_reports as module
from storage.queries.channel_reports import ChannelReport, channel_reports
from storage.store import SqlStore
from tests.alerts.examples import DESK, planned
from tests.storage.snapshots import add_page, archive, fact_changed, full, ok

HOUR = timedelta(hours=1)
TEAM = SlackChannel("team", "https://hooks.slack.com/services/T0/secret-path")


class Post:
    """Plans and claims deliveries of two channels."""

    def __init__(self, store: SqlStore, outbox: SqlOutbox, database: Database, clock) -> None:
        self.outbox, self.database = outbox, database
        store.apply_declared([], [], [DESK, TEAM], [], now=clock())
        page = add_page(store, clock())
        snapshot = archive(store, page, full(clock(), b"body"), clock())
        store.record(snapshot, ok(events=(fact_changed(snapshot),) * 6), now=clock())
        events = outbox.unplanned(6)
        alerts = [
            planned(event.id, "key facts", "desk", f"msg_{number}", {"text": "x"})
            for number, event in enumerate(events)
        ]
        outbox.plan([event.id for event in events], alerts, now=clock())

    def claim(self, limit: int = 1):
        return self.outbox.claim("me", "desk", lease=HOUR, limit=limit)

    def report(self) -> ChannelReport:
        return channel_reports(self.database, ["desk"])[0]


@pytest.fixture
def post(store, outbox, database, clock) -> Post:
    return Post(store, outbox, database, clock)


def test_a_channel_that_was_never_used_says_so(post):
    [desk, team] = channel_reports(post.database, ["desk", "team"])
    assert (desk.state, desk.waiting, desk.last_sent_at) == ("waiting", 6, None)
    assert team == ChannelReport("team", None, 0, None, 0, None, 0, "")
    assert team.state == "unused"


def test_a_report_follows_what_happens_to_the_channel(post):
    post.outbox.sent(post.claim()[0].id, "me", "250 OK")
    post.outbox.failed(post.claim()[0].id, "me", "all recipients refused", retry_in=None)
    report = post.report()
    assert (report.state, report.waiting, report.dead, report.failures) == ("waiting", 4, 1, 0)
    assert report.last_sent_at is not None
    assert report.last_error == "all recipients refused"

    post.outbox.failed(post.claim()[0].id, "me", "refused", retry_in=HOUR, trouble=ChannelTrouble(HOUR))
    report = post.report()
    assert (report.state, report.failures, report.waiting, report.last_error) == ("paused", 1, 4, "refused")
    assert report.paused_until is not None

    with post.database.begin() as connection:
        connection.exec_driver_sql("UPDATE channel_states SET not_before = NULL")
    assert post.report().state == "failing"
    for delivery in post.claim(10):
        post.outbox.sent(delivery.id, "me", "250 OK")
    report = post.report()
    assert (report.waiting, report.failures, report.dead) == (1, 0, 1), "one waits for its next attempt"


def test_sent_deliveries_are_not_read(tmp_path):
    with closing(open_database(f"sqlite:///{tmp_path}/plans.db")) as database, database.read() as connection:
        for statement in (module._LAST_SENT, module._WAITING, module._REFUSED, module._LAST_ERROR):
            written = statement.params(channel="desk").compile(connection, compile_kwargs={"literal_binds": True})
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {written}")]
            assert "INDEX ix_deliveries_" in plan[0], plan


def test_the_command_lists_channels_with_their_health_and_without_secrets(post, database_url):
    def run(*words: str) -> str:
        done = CliRunner().invoke(app, ["channels", "list", *words, "--db", database_url])
        assert done.exit_code == 0
        assert "secret-path" not in done.output
        return done.stdout if "--json" in words else done.output

    desk, team = (json.loads(line) for line in run("--json").splitlines())
    assert (desk["channel"], desk["type"], desk["waiting"], desk["state"]) == ("desk", "email", 6, "waiting")
    assert (team["type"], team["destination"], team["problem"]) == ("slack", "hooks.slack.com", None)
    table = " ".join(run().split())
    assert "desk email desk@example.org waiting" in table
    assert "team slack hooks.slack.com unused" in table
    assert "secret-path" not in table
    assert 'channel "team" has its secret in url; write "env:NAME" or "file:PATH"' in table


def test_held_alerts_and_declared_pauses_are_shown(post, store, outbox, clock, database_url):
    end = datetime(2999, 1, 1, 7, 30, tzinfo=UTC)
    paused = replace(TEAM, policy=DeliveryPolicy(paused_until=end))
    over = replace(DESK, policy=DeliveryPolicy(paused_until=clock() - HOUR))
    store.apply_declared([], [], [over, paused], [], now=clock())
    page = store.page(1)
    snapshot = archive(store, page, full(clock.advance(minutes=1), b"more"), clock())
    store.record(snapshot, ok(events=(fact_changed(snapshot),) * 3), now=clock())
    events = outbox.unplanned(3)
    held = [
        HeldAlerts("team", (PlannedAlert(event.id, "key facts"),), Hold.PAUSED, end + number * HOUR)
        for number, event in enumerate(events)
    ]
    outbox.plan([event.id for event in events], [], held, now=clock())
    [desk, team] = channel_reports(post.database, ["desk", "team"])
    assert (desk.held, desk.held_until) == (0, None)
    assert (team.held, team.held_until, team.waiting) == (3, end, 0)

    def run(*words: str) -> str:
        return CliRunner().invoke(app, ["channels", "list", *words, "--db", database_url]).stdout

    desk_row, team_row = (json.loads(line) for line in run("--json").splitlines())
    assert (team_row["held"], team_row["held_until"]) == (3, "2999-01-01T07:30:00.000000Z")
    assert team_row["declared_pause_until"] == "2999-01-01T07:30:00.000000Z"
    assert (desk_row["held"], desk_row["held_until"]) == (0, None)
    lines = run().splitlines()
    assert "2999-01-01 07:30:00 (watchlist)" in next(line for line in lines if line.startswith("team"))
    assert "(watchlist)" not in next(line for line in lines if line.startswith("desk")), "that pause is over"


def test_alerts_that_were_delivered_are_not_read_to_count_those_held(tmp_path):
    with closing(open_database(f"sqlite:///{tmp_path}/plans.db")) as database, database.read() as connection:
        written = module._HELD.params(channel="desk").compile(connection, compile_kwargs={"literal_binds": True})
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {written}")]
        assert "SEARCH alerts USING INDEX ix_alerts_" in plan[0], plan
