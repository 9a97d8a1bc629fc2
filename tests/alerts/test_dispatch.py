from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.channels.http_post import HttpOptions
from alerts.channels.smtp import SmtpChannel
from alerts.channels.unreachable import ChannelTimedOut, ChannelUnreachable
from alerts.channels.webhook import WebhookSender
from alerts.dispatch import DispatchReport, dispatch_once
from alerts.errors import DeliveryError
from alerts.model import BrokenDeclaration, DeliveryState
from monitor.errors import DatabaseUnavailable
from rendering.links import Links
from tests.alerts.examples import DESK, HOOK, RULE, SEEN, MemoryOutbox, delivery, event, render_email, render_webhook

MAIL = render_email(event(), RULE, Links(None))


class Recorded:
    """A channel that answers what it is told to, then takes everything; it keeps what it was handed."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.taken = []

    def send(self, sent):
        self.taken.append(sent)
        answer = self.answers.pop(0) if self.answers else "taken"
        if isinstance(answer, Exception):
            raise answer
        return answer


def both(desk=None, hook=None):
    channels = {"desk": desk or Recorded(), "hook": hook or Recorded()}
    return lambda config: channels[config.name]


def numbers(channel):
    return [sent.id for sent in channel.taken]


def wait_of(outbox, number):
    return (outbox.rows[number].next_try_at - outbox.now).total_seconds()


def test_what_is_due_is_sent_and_its_receipt_kept():
    outbox = MemoryOutbox([delivery(MAIL, number=1), delivery(MAIL, number=2, channel="hook")])
    assert dispatch_once(outbox, both(Recorded("250 fine")), "me") == DispatchReport(sent=2)
    assert outbox.rows[1].state is DeliveryState.SENT
    assert outbox.rows[1].receipt == "250 fine"


def test_with_nothing_due_no_channel_is_called():
    assert dispatch_once(MemoryOutbox([]), both(), "me") == DispatchReport()


def test_more_than_one_claim_holds_is_sent_in_one_run():
    outbox = MemoryOutbox([delivery(MAIL, number=number) for number in range(1, 8)])
    assert dispatch_once(outbox, both(), "me", limit=3).sent == 7


def test_a_failed_try_waits_ten_seconds_then_twenty_and_at_most_an_hour_for_ever():
    outbox = MemoryOutbox([delivery(MAIL)])
    desk = Recorded(*[DeliveryError("451 later")] * 500)
    waits = []
    for _ in range(500):
        assert dispatch_once(outbox, both(desk), "me").retried == 1
        waits.append(wait_of(outbox, 1))
        outbox.now = outbox.rows[1].next_try_at
    assert waits[:3] == [10, 20, 40]
    assert waits[10:] == [3600] * 490
    assert dispatch_once(outbox, both(desk), "me").sent == 1


def test_it_is_not_tried_before_its_time():
    outbox = MemoryOutbox([delivery(MAIL)])
    dispatch_once(outbox, both(Recorded(DeliveryError("451 later"))), "me")
    outbox.now += timedelta(seconds=9)
    assert dispatch_once(outbox, both(), "me") == DispatchReport()


def test_a_refusal_for_good_ends_as_dead_with_its_reason():
    outbox = MemoryOutbox([delivery(MAIL)])
    report = dispatch_once(outbox, both(Recorded(DeliveryError("550 nobody", permanent=True))), "me")
    assert report == DispatchReport(dead=1, problems=("desk: msg_00000000000000000000000000000001: 550 nobody",))
    assert outbox.rows[1].state is DeliveryState.DEAD
    assert outbox.rows[1].last_error == "550 nobody"


def test_a_longer_pause_that_was_asked_for_is_kept_for_all_that_wait_for_that_channel():
    outbox = MemoryOutbox([delivery(MAIL, number=1), delivery(MAIL, number=2)])
    desk = Recorded(DeliveryError("HTTP 429", retry_after=90.0))
    assert dispatch_once(outbox, both(desk), "me").retried == 1
    outbox.now += timedelta(seconds=89)
    assert dispatch_once(outbox, both(desk), "me") == DispatchReport()
    outbox.now += timedelta(seconds=1)
    assert dispatch_once(outbox, both(desk), "me").sent == 2
    assert numbers(desk) == [1, 1, 2]


def test_a_channel_out_of_reach_is_tried_once_a_run_and_holds_no_other_up():
    rows = [delivery(MAIL, number=number) for number in range(1, 51)]
    outbox = MemoryOutbox([*rows, delivery(MAIL, number=51, channel="hook")])
    desk, hook = Recorded(ChannelUnreachable("nobody home")), Recorded()
    report = dispatch_once(outbox, both(desk, hook), "me")
    assert (report.sent, report.retried, len(report.problems)) == (1, 1, 1)
    assert numbers(desk) == [1]
    assert numbers(hook) == [51]
    assert wait_of(outbox, 1) == 10
    assert (outbox.rows[2].attempts, outbox.rows[2].last_error) == (0, ""), "it was not tried"
    assert dispatch_once(outbox, both(desk, hook), "me") == DispatchReport(), "the channel is paused"
    outbox.now += timedelta(seconds=10)
    assert dispatch_once(outbox, both(desk, hook), "me").sent == 50
    assert numbers(desk) == [1, *range(1, 51)], "the oldest first"


def test_one_refused_message_does_not_keep_the_channels_others_back():
    outbox = MemoryOutbox([delivery(MAIL, number=1), delivery(MAIL, number=2)])
    assert dispatch_once(outbox, both(Recorded(DeliveryError("500 this one"))), "me").sent == 1
    assert outbox.rows[2].state is DeliveryState.SENT


def test_the_oldest_go_first_however_often_they_were_tried():
    outbox = MemoryOutbox([delivery(MAIL, number=number) for number in (1, 2, 3)])
    outbox.rows[2] = replace(outbox.rows[2], attempts=4)
    desk = Recorded()
    dispatch_once(outbox, both(desk), "me")
    assert numbers(desk) == [1, 2, 3]


@pytest.mark.parametrize("fault", [ChannelTimedOut("no answer"), ChannelUnreachable("nobody home")])
def test_a_channel_in_trouble_is_tried_ever_more_seldom_with_one_delivery(fault):
    outbox = MemoryOutbox([delivery(MAIL, number=number) for number in range(1, 5)])
    desk = Recorded(*[fault] * 20)
    waits = []
    for _ in range(12):
        assert dispatch_once(outbox, both(desk), "me").retried == 1
        pause = outbox.states["desk"][1] - outbox.now
        waits.append(pause.total_seconds())
        outbox.now += pause
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]
    assert len(desk.taken) == 12


def test_one_message_that_a_receiver_hangs_on_does_not_block_the_channel():
    outbox = MemoryOutbox([delivery(MAIL, number=number) for number in range(1, 31)])

    class HangsOnTwo(Recorded):
        def send(self, sent):
            super().send(sent)
            if sent.id in (1, 2):
                raise ChannelTimedOut("no answer within 20 s")
            return "taken"

    desk = HangsOnTwo()
    for _ in range(8):
        dispatch_once(outbox, both(desk), "me")
        outbox.now += timedelta(seconds=15)
    assert numbers(desk)[:3] == [1, 2, 3]
    assert [row.id for row in outbox.rows.values() if row.state is DeliveryState.PENDING] == [1, 2]


def test_a_server_that_was_out_of_reach_gets_the_oldest_first():
    outbox = MemoryOutbox([delivery(MAIL, number=number) for number in range(1, 5)])
    desk = Recorded(*[ChannelUnreachable("nobody home")] * 3)
    for _ in range(4):
        dispatch_once(outbox, both(desk), "me")
        outbox.now += timedelta(minutes=1)
    assert numbers(desk) == [1, 1, 1, 1, 2, 3, 4]


@pytest.mark.parametrize("fault", [KeyError("subject"), RuntimeError("two\nlines"), MemoryError()])
def test_whatever_a_channel_does_wrong_counts_as_a_failed_try_and_the_others_go_on(fault):
    outbox = MemoryOutbox([delivery(MAIL, number=1), delivery(MAIL, number=2, channel="hook")])
    report = dispatch_once(outbox, both(Recorded(fault)), "me")
    assert (report.sent, report.retried) == (1, 1)
    assert outbox.rows[1].last_error.startswith(type(fault).__name__)
    assert "\n" not in outbox.rows[1].last_error


def test_a_channel_that_cannot_even_be_opened_counts_as_a_failed_try():
    def broken(config):
        raise ValueError("no such host")

    outbox = MemoryOutbox([delivery(MAIL)])
    assert dispatch_once(outbox, broken, "me").retried == 1


def test_a_channel_whose_definition_is_damaged_says_which_field_and_holds_no_other_up():
    broken = BrokenDeclaration("channel", "hook", "port: Input should be a valid integer")
    rows = [delivery(MAIL, number=number, channel="hook") for number in (1, 2)]
    outbox = MemoryOutbox([*rows, delivery(MAIL, number=3)], channels=(DESK,), broken=(broken,))
    report = dispatch_once(outbox, both(), "me")
    assert (report.sent, report.retried) == (1, 1)
    assert "port: Input should be a valid integer; apply the watchlist again" in report.problems[0]
    assert wait_of(outbox, 1) == 3600


def test_a_channel_that_left_the_watchlist_is_asked_for_again_every_hour():
    outbox = MemoryOutbox([delivery(MAIL, channel="retired")])
    report = dispatch_once(outbox, both(), "me")
    assert report.retried == 1
    assert wait_of(outbox, 1) == 3600
    assert "no channel has that name any more" in report.problems[0]


def test_no_send_begins_that_might_outlast_the_lease_and_what_is_left_comes_at_once():
    outbox = MemoryOutbox([delivery(MAIL, number=number) for number in range(1, 5)])
    seconds = [0.0]

    class Slow(Recorded):
        def send(self, sent):
            seconds[0] += 4.0
            return super().send(sent)

    report = dispatch_once(outbox, both(Slow()), "me", monotonic=lambda: seconds[0])
    assert report.sent == 3
    assert outbox.rows[4].next_try_at == outbox.now
    assert (outbox.rows[4].attempts, outbox.rows[4].last_error) == (0, ""), "that was no try"


def test_even_a_lease_shorter_than_a_send_gets_one_delivery_through_a_run():
    outbox = MemoryOutbox([delivery(MAIL, number=1), delivery(MAIL, number=2)])
    assert dispatch_once(outbox, both(), "me", lease=timedelta(seconds=1)).sent == 1
    assert dispatch_once(outbox, both(), "me", lease=timedelta(seconds=1)).sent == 1


def test_waiting_for_a_turn_puts_no_later_try_off():
    """A backlog behind a lease that is shorter than a send, and then an outage: the first failure is a first failure."""
    outbox = MemoryOutbox([delivery(MAIL, number=number) for number in range(1, 21)])
    for _ in range(19):
        assert dispatch_once(outbox, both(), "me", lease=timedelta(seconds=1)).sent == 1
    report = dispatch_once(outbox, both(Recorded(ChannelUnreachable("nobody home"))), "me", lease=timedelta(seconds=1))
    assert report.retried == 1
    assert wait_of(outbox, 20) == 10


class ForgetfulOutbox(MemoryOutbox):
    """Cannot note the first success: what a crash between sending and marking looks like."""

    crashes = 1

    def sent(self, delivery_id, owner, receipt) -> None:
        if self.crashes:
            self.crashes -= 1
            raise DatabaseUnavailable("the database went away")
        super().sent(delivery_id, owner, receipt)


def test_a_crash_between_sending_and_marking_sends_the_same_webhook_again(receiver):
    payload = render_webhook(event(), RULE, delivery({}).uid, Links(None))
    outbox = ForgetfulOutbox([delivery(payload, channel="hook")])

    def opened(config):
        return WebhookSender(replace(HOOK, url=receiver.url), HttpOptions({}, lambda: SEEN, "Pagewitness/1"))

    with pytest.raises(DatabaseUnavailable):
        dispatch_once(outbox, opened, "one")
    assert dispatch_once(outbox, opened, "two") == DispatchReport(), "the lease still holds"

    outbox.now += timedelta(seconds=30)
    assert dispatch_once(outbox, opened, "two").sent == 1
    first, second = receiver.calls
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_a_mail_server_that_was_down_gets_the_mail_once_it_is_up(mailbox):
    outbox = MemoryOutbox([delivery(MAIL)])

    def opened(config):
        return SmtpChannel(replace(DESK, port=mailbox.port), {})

    mailbox.stop()
    assert dispatch_once(outbox, opened, "me").retried == 1
    mailbox.start()
    mailbox.will_answer("DATA", "451 still waking up")
    outbox.now += timedelta(seconds=10)
    assert dispatch_once(outbox, opened, "me").retried == 1
    outbox.now += timedelta(seconds=20)
    assert dispatch_once(outbox, opened, "me").sent == 1
    assert dispatch_once(outbox, opened, "me") == DispatchReport()
    [mail] = mailbox.messages
    assert mail["Message-ID"] == f"<{outbox.rows[1].uid}@pagewitness>"
    assert outbox.rows[1].attempts == 3
