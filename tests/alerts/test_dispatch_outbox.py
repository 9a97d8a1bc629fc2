"""Planning and sending with the real outbox, mail server and receiver, on both databases."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

from alerts.channels.factory import open_channel
from alerts.dispatch import dispatch_once
from alerts.model import DeliveryState
from alerts.plan import plan_once
from monitor.errors import DatabaseUnavailable
from monitor.model import (
    AnalysisOutcome,
    Event,
    Exchange,
    FetchResult,
    Observation,
    Origin,
    Outcome,
    PageSource,
    Schedule,
    SnapshotRef,
    Verdict,
)
from rendering.links import Links
from storage.outbox.sql_outbox import SqlOutbox
from tests.alerts.examples import (
    CHANGE,
    DESK,
    HOOK,
    LAST_SEEN,
    RULE,
    SECRET,
    SEEN,
    URL,
    render_email,
    render_webhook,
    uids,
)

BODY = b"<p>We are 85 members now.</p>"
DIGEST = hashlib.sha256(BODY).hexdigest()
RULE_OF_BOTH = replace(RULE, to=("desk", "hook"))
LINKS = Links("https://watch.example")


@pytest.fixture
def channels(mailbox, receiver):
    return [replace(DESK, port=mailbox.port), replace(HOOK, url=receiver.url)]


@pytest.fixture
def planned_event(store, channels):
    """A watched page with one live event, and a rule that tells the desk and the hook of it."""
    store.apply_declared([], [], channels, [RULE_OF_BOTH], now=SEEN)
    page = store.add_page(
        URL, label="Partners", schedule=Schedule(every=timedelta(hours=6)), source=PageSource.ADDED, now=SEEN
    )
    exchange = Exchange(URL, (), SEEN, 5, status=200, body=BODY, entity_sha256="0" * 64, entity_bytes=len(BODY))
    observation = Observation(FetchResult((exchange,)), Outcome.FULL, DIGEST, None)
    snapshot = store.archive(page, observation, taken_at=SEEN, origin=Origin.LIVE, reader="1/x/", next_check_at=None)
    happened = Event(CHANGE, SnapshotRef(snapshot.id, SEEN), SnapshotRef(snapshot.id, LAST_SEEN), Origin.LIVE)
    assert store.record(snapshot, AnalysisOutcome(Verdict.ERROR, "a test's", events=(happened,)), now=SEEN) == 1


def opened(config):
    return open_channel(config, {}, now=lambda: datetime.now(UTC), user_agent="Pagewitness/1")


def states(database):
    with database.read() as connection:
        return {row.channel: row.state for row in connection.execute(text("SELECT channel, state FROM deliveries"))}


def make_due(database):
    """As if the wait for the next try were over."""
    with database.begin() as connection:
        connection.execute(text("UPDATE deliveries SET next_try_at = created_at WHERE state = 'pending'"))
        connection.execute(text("UPDATE channel_states SET not_before = NULL"))


def test_an_event_reaches_the_desk_and_the_hook_once(planned_event, outbox, database, mailbox, receiver):
    assert plan_once(outbox, LINKS, SEEN, uids()) == 2
    assert plan_once(outbox, LINKS, SEEN, uids()) == 0
    assert dispatch_once(outbox, opened, "me").sent == 2
    assert dispatch_once(outbox, opened, "me").sent == 0

    [mail], [call] = mailbox.messages, receiver.calls
    assert mail["Subject"] == "Partners · member_count 83 → 85 (+2)"
    message = Webhook(SECRET).verify(call.body, call.headers)
    assert message["event"]["after"] == 85
    assert message["links"]["replay_after"] == f"https://watch.example/replay/20220502060001/{URL}"
    assert states(database) == {"desk": DeliveryState.SENT, "hook": DeliveryState.SENT}


def test_a_mail_server_that_was_down_gets_the_mail_once_and_the_hook_did_not_wait(
    planned_event, outbox, database, mailbox, receiver
):
    plan_once(outbox, LINKS, SEEN, uids())
    mailbox.stop()
    report = dispatch_once(outbox, opened, "me")
    assert (report.sent, report.retried) == (1, 1)
    assert len(receiver.calls) == 1
    assert dispatch_once(outbox, opened, "me").sent == 0, "it waits for its next try"

    mailbox.start()
    make_due(database)
    assert dispatch_once(outbox, opened, "me").sent == 1
    make_due(database)
    assert dispatch_once(outbox, opened, "me").sent == 0
    assert [mail["Message-ID"] for mail in mailbox.messages] == [f"<msg_{1:032x}@pagewitness>"]


class DyingOutbox(SqlOutbox):
    """Its process ends between sending and marking."""

    def sent(self, delivery_id, owner, receipt):
        raise DatabaseUnavailable("the power went")


def test_killed_between_sending_and_marking_the_same_message_goes_out_again(planned_event, outbox, database, mailbox):
    plan_once(outbox, LINKS, SEEN, uids())
    at_once = timedelta(0)  # the lease is over as soon as the process is gone
    with pytest.raises(DatabaseUnavailable):
        dispatch_once(DyingOutbox(database), opened, "one", lease=at_once)
    assert dispatch_once(outbox, opened, "two").sent == 2
    first, second = mailbox.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_body(("html",)).get_content() == second.get_body(("html",)).get_content()


def test_a_channel_mended_in_the_watchlist_gets_what_waited_for_it(
    planned_event, outbox, store, database, channels, mailbox
):
    plan_once(outbox, LINKS, SEEN, uids())
    desk, hook = channels
    rules = outbox.rules()
    store.apply_declared([], [], [replace(desk, port=1), hook], rules, now=SEEN)
    assert dispatch_once(outbox, opened, "me").retried == 1
    store.apply_declared([], [], channels, rules, now=SEEN)
    make_due(database)
    assert dispatch_once(outbox, opened, "me").sent == 1
    assert len(mailbox.messages) == 1


def test_a_payload_survives_the_database_unaltered(planned_event, outbox):
    events = outbox.unplanned(10)
    plan_once(outbox, LINKS, SEEN, uids())
    lease = timedelta(seconds=30)
    by_channel = {name: outbox.claim("me", name, lease=lease, limit=10)[0] for name in ("desk", "hook")}
    [recorded] = events
    assert by_channel["desk"].payload == render_email(recorded, RULE_OF_BOTH, LINKS)
    assert by_channel["hook"].payload == render_webhook(recorded, RULE_OF_BOTH, by_channel["hook"].uid, LINKS)
