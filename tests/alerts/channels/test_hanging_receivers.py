"""Real receivers that hang, drip or pour, beside a mail server that works, on both databases."""

from __future__ import annotations

import threading
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.channels.factory import open_channel
from alerts.channels.http_post import HttpOptions
from alerts.channels.smtp import SmtpChannel
from alerts.channels.unreachable import ChannelTimedOut, ChannelUnreachable
from alerts.channels.webhook import WebhookSender
from alerts.dispatch import Dispatcher
from alerts.errors import DeliveryError
from alerts.model import Rule
from monitor.model import EventKind
from pagewitness.service.health_sweep import sweep_once
from rendering.links import Links
from storage.outbox.sql_outbox import SqlOutbox
from tests.alerts.examples import DESK, HOOK, RULE, delivery, event, render_email, render_webhook
from tests.alerts.examples import planned as one_alert
from tests.storage.snapshots import add_page, archive, fact_changed, full, ok
from tests.support.patience import PATIENCE_SECONDS, given_time, soon
from tests.support.talkers import dripping, pouring, silent

MAIL = render_email(event(), RULE, Links(None))
POST = render_webhook(event(), RULE, delivery({}).uid, Links(None))
OK = b"HTTP/1.1 200 OK\r\n"
SEVERAL = b"250-mail.test\r\n"


def hook_at(talker, name="hook"):
    return replace(HOOK, name=name, url=f"http://127.0.0.1:{talker.port}/", secret=None)


def post_to(talker, seconds: float) -> str:
    sender = WebhookSender(hook_at(talker), HttpOptions({}, lambda: datetime.now(UTC), "Pagewitness/1", seconds))
    return sender.send(delivery(POST))


def mail_to(talker, seconds: float) -> str:
    return SmtpChannel(replace(DESK, port=talker.port), {}, timeout_seconds=seconds).send(delivery(MAIL))


@pytest.fixture
def plan(store, outbox, clock):
    """Plans `count` deliveries, taking the channels in turn."""

    def plan(count: int, *names: str) -> None:
        page = add_page(store, clock())
        snapshot = archive(store, page, full(clock(), b"body"), clock())
        store.record(snapshot, ok(events=(fact_changed(snapshot),) * count), now=clock())
        events = outbox.unplanned(count)
        alerts = [
            one_alert(
                one.id, "key facts", names[number % len(names)], f"msg_{number:032x}", {**MAIL, "body": POST["body"]}
            )
            for number, one in enumerate(events)
        ]
        assert outbox.plan([one.id for one in events], alerts, now=clock()) == count

    return plan


def dispatcher_on(outbox, seconds: float, owner: str = "me") -> Dispatcher:
    def opened(config):
        return open_channel(
            config, {}, now=lambda: datetime.now(UTC), user_agent="Pagewitness/1", timeout_seconds=seconds
        )

    longest = timedelta(seconds=seconds)
    return Dispatcher(outbox, opened, owner, lease=2 * longest, longest_send=longest)


def test_fifty_mails_go_out_while_one_webhook_hangs_and_another_one_drips(
    store, outbox, database, clock, plan, mailbox, talking
):
    hangs, drips = talking(silent), talking(dripping(OK + b"X-Slow: "))
    channels = [replace(DESK, port=mailbox.port), hook_at(hangs), hook_at(drips, "drips")]
    store.apply_declared([], [], channels, [], now=clock())
    plan(52, "hook", "drips", *["desk"] * 50)
    dispatcher = dispatcher_on(outbox, 2 * PATIENCE_SECONDS)
    assert soon(lambda: dispatcher.step() and len(mailbox.messages) == 50)
    # The hooks' sends end only now.
    assert (hangs.connections, drips.connections) == (1, 1)
    assert [mail["Message-ID"] for mail in mailbox.messages] == [
        f"<msg_{number:032x}@pagewitness>" for number in range(2, 52)
    ]
    hangs.close()
    drips.close()
    assert dispatcher.stop(PATIENCE_SECONDS)
    assert dispatcher.step().sent >= 0
    assert {channel.failures for channel in outbox.due_channels()} <= {0}


def test_a_timeout_is_a_channel_failure_and_is_reported_after_five(store, outbox, database, clock, plan, talking):
    hangs = talking(silent)
    rule = Rule("operations", frozenset({EventKind.CHANNEL_FAILING}), ("desk",))
    store.apply_declared([], [], [DESK, hook_at(hangs)], [rule], now=clock())
    plan(5, "hook")
    for tries in range(1, 6):
        report = dispatcher_on(outbox, 0.1).drain()
        assert (report.retried, len(report.problems)) == (1, 1)
        assert outbox.due_channels() == [], "paused"
        result = sweep_once(store, database, clock())
        assert result.channels == (tries == 5)
        with database.begin() as connection:
            connection.exec_driver_sql("UPDATE channel_states SET not_before = NULL")
    assert hangs.connections == 5
    assert {row.attempts for row in outbox_rows(database)} == {1}, "each of the five was tried once"


def outbox_rows(database):
    with database.read() as connection:
        return connection.exec_driver_sql("SELECT attempts, state FROM deliveries ORDER BY id").all()


def test_two_dispatchers_send_each_delivery_once_and_in_order(store, database, outbox, clock, plan, mailbox):
    store.apply_declared([], [], [replace(DESK, port=mailbox.port)], [], now=clock())
    plan(40, "desk")
    pair = [dispatcher_on(SqlOutbox(database), PATIENCE_SECONDS, owner) for owner in ("one", "two")]
    done = threading.Event()

    def drive(dispatcher: Dispatcher) -> None:
        while not done.wait(0.01):
            dispatcher.step()
        dispatcher.stop()

    threads = [threading.Thread(target=drive, args=(dispatcher,)) for dispatcher in pair]
    for thread in threads:
        thread.start()
    try:
        assert soon(lambda: {row.state for row in outbox_rows(database)} == {"sent"})
    finally:
        done.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
    assert [mail["Message-ID"] for mail in mailbox.messages] == [f"<msg_{n:032x}@pagewitness>" for n in range(40)]


@pytest.mark.parametrize(
    "talk",
    [
        silent,
        dripping(b"HTTP/1.1 200"),
        dripping(OK + b"X: "),
        dripping(OK, b"X: y\r\n"),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silent", "status line", "header", "headers", "interim responses"],
)
def test_a_webhook_that_does_not_answer_ends_in_time_as_trouble_of_its_channel(talking, talk):
    talker = talking(talk)
    with pytest.raises(DeliveryError) as caught:
        post_to(talker, 0.4)
    # More than a hundred header fields are refused at once, where the machine is quick enough.
    assert isinstance(caught.value, ChannelTimedOut) or talk.__name__ != "silent"
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (OK + b"\r\n", b"x" * 65536),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 65536),
        (OK + b"Content-Encoding: gzip\r\n\r\n", b"x" * 65536),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", b"x" * 65536),
        (b"HTTP/1.1 307 Found\r\nLocation: http://[bad/\r\n\r\n", b"x" * 65536),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: 5\r\n\r\n", b"x" * 65536),
    ],
    ids=["endless", "chunks", "chunk size", "coded", "redirect", "bad redirect", "busy"],
)
def test_of_an_endless_answer_the_beginning_is_read(talking, start, drop):
    talker = talking(pouring(start, drop))
    tracemalloc.start()
    try:
        if b"200" in start:
            assert post_to(talker, PATIENCE_SECONDS).startswith("HTTP 200")
        else:
            with pytest.raises(DeliveryError):
                post_to(talker, PATIENCE_SECONDS)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000
    assert talker.sent < 32_000_000, "what the system buffers, and no more"


def test_a_received_status_counts_though_its_body_hangs(talking):
    talker = talking(dripping(OK + b"Content-Length: 5\r\n\r\n", b"", 0.05))
    assert post_to(talker, 0.3) == "HTTP 200"


@pytest.mark.parametrize(
    "talk",
    [silent, dripping(b"220"), dripping(b"220-mail.test\r\n", b"220-\r\n", 0.01)],
    ids=["silent", "drips", "an answer without end"],
)
def test_a_mail_server_that_does_not_greet_is_given_up_in_time(talking, talk):
    talker = talking(talk)
    with pytest.raises(ChannelUnreachable, match=r"took longer than 0\.4 s"):
        mail_to(talker, 0.4)


def test_a_mail_server_that_talks_without_end_is_cut_off_early(talking):
    def talk(talker, connection):
        talker.say(connection, b"220 mail.test\r\n")
        while not talker.closing.is_set():
            talker.say(connection, SEVERAL * 1000)

    talker = talking(talk)
    with pytest.raises(ChannelUnreachable, match="said more than 262144 bytes"):
        mail_to(talker, PATIENCE_SECONDS)


def answering(*answers: bytes, then=silent):
    """Greets, answers each command with the next of `answers`, the data with the one after 354, and then does as `then` does."""

    def talk(talker, connection):
        talker.say(connection, b"220 mail.test\r\n")
        lines = connection.makefile("rb")
        response = b""
        for answer in answers:
            line = lines.readline()
            while response.startswith(b"354") and line.strip() != b".":
                line = lines.readline()
            talker.say(connection, answer)
            response = answer
        then(talker, connection)

    return talk


HELLO = (b"250 mail.test\r\n", b"250 OK\r\n", b"250 OK\r\n")


@pytest.mark.parametrize(
    ("answers", "then"),
    [
        (HELLO[:1], silent),
        (HELLO, dripping(b"354")),
        ((*HELLO, b"354 go on\r\n"), silent),
        ((*HELLO, b"354 go on\r\n"), dripping(b"250")),
    ],
    ids=["MAIL", "DATA drips", "no receipt", "receipt drips"],
)
def test_a_mail_server_that_hangs_in_the_middle_is_trouble_of_its_channel(talking, answers, then):
    talker = talking(answering(*answers, then=then))

    def attempt(seconds: float) -> DeliveryError:
        with pytest.raises(DeliveryError) as caught:
            mail_to(talker, seconds)
        return caught.value

    error = given_time(0.4, attempt, lambda error: isinstance(error, ChannelTimedOut))
    assert isinstance(error, ChannelTimedOut)
    assert not error.permanent


@pytest.mark.parametrize("cut", [b"250", b"250 taken", b"250-taken\r\n250"])
def test_a_receipt_that_breaks_off_is_none(talking, cut):
    talker = talking(answering(*HELLO, b"354 go on\r\n", cut, then=lambda *_: None))
    with pytest.raises(DeliveryError):
        mail_to(talker, PATIENCE_SECONDS)


def test_a_mail_that_was_taken_counts_as_sent_though_the_server_hangs_at_the_goodbye(talking, monkeypatch):
    monkeypatch.setattr("alerts.channels.smtp._GOODBYE_SECONDS", 0.1)
    talker = talking(answering(*HELLO, b"354 go on\r\n", b"250 taken\r\n"))
    assert mail_to(talker, PATIENCE_SECONDS) == "250 taken"
