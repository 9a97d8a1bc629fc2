"""The dispatcher's threads: no channel waits for another one, and no number of hanging ones takes all the places."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.channels.unreachable import ChannelTimedOut
from alerts.dispatch import Dispatcher, DispatchReport
from alerts.errors import DeliveryError
from alerts.model import DeliveryState, WebhookChannel
from monitor.errors import DatabaseUnavailable
from tests.alerts.examples import HOOK, MemoryOutbox, delivery
from tests.support.patience import PATIENCE_SECONDS, soon

MAIL = {"subject": "s", "text": "t", "html": "h"}
WORKS = replace(HOOK, name="works")


class Held:
    """A channel whose sends do not end before `let_go`.

    Attributes:
        answer: What the sends then come to.
        entered: One permit for each send that began.
    """

    def __init__(self, answer: str | Exception = "taken") -> None:
        self.answer = answer
        self.entered = threading.Semaphore(0)
        self.free = threading.Event()
        self.taken: list[int] = []

    def send(self, sent):
        self.taken.append(sent.id)
        self.entered.release()
        assert self.free.wait(PATIENCE_SECONDS)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def let_go(self) -> None:
        self.free.set()


class Quick:
    def __init__(self) -> None:
        self.taken: list[int] = []

    def send(self, sent):
        self.taken.append(sent.id)
        return "taken"


@pytest.fixture
def started() -> Iterator[Callable[..., Dispatcher]]:
    """Makes dispatchers over channels by name, and ends them: held channels are let go."""
    made: list[tuple[Dispatcher, dict]] = []

    def make(outbox, channels, **parts) -> Dispatcher:
        dispatcher = Dispatcher(outbox, lambda config: channels[config.name], "me", **parts)
        made.append((dispatcher, channels))
        return dispatcher

    yield make
    for dispatcher, channels in made:
        for channel in channels.values():
            if isinstance(channel, Held):
                channel.let_go()
        assert dispatcher.stop(PATIENCE_SECONDS)


def hooks(*names: str) -> list[WebhookChannel]:
    return [replace(HOOK, name=name) for name in names]


def test_a_step_does_not_wait_for_a_send_and_the_next_one_reports_it(started):
    outbox = MemoryOutbox([delivery(MAIL)])
    desk = Held()
    dispatcher = started(outbox, {"desk": desk})
    assert dispatcher.step() == DispatchReport()
    assert desk.entered.acquire(timeout=PATIENCE_SECONDS)
    assert dispatcher.step() == DispatchReport()
    desk.let_go()
    total = DispatchReport()

    def reported() -> bool:
        nonlocal total
        total += dispatcher.step()
        return total.sent == 1

    assert soon(reported)
    assert desk.taken == [1]


def test_a_channel_that_hangs_keeps_no_other_waiting_and_is_served_by_one_thread_alone(started):
    rows = [delivery(MAIL, number=number, channel="hook") for number in range(1, 6)]
    outbox = MemoryOutbox([*rows, *(delivery(MAIL, number=number) for number in range(6, 60))])
    hook, desk = Held(), Quick()
    dispatcher = started(outbox, {"hook": hook, "desk": desk})
    assert soon(lambda: dispatcher.step() and len(desk.taken) == 54)
    assert desk.taken == list(range(6, 60)), "the oldest first"
    assert hook.taken == [1]


def test_however_many_channels_hang_half_of_the_places_are_kept_from_those_that_do_so_again(started):
    names = [f"hangs {number:02}" for number in range(30)]
    rows = [delivery(MAIL, channel=name, number=number) for number, name in enumerate(names, 1)]
    outbox = MemoryOutbox(rows, channels=[*hooks(*names), WORKS])
    channels = {name: Held(ChannelTimedOut("no answer within 20 s")) for name in names}
    works = Quick()
    dispatcher = started(outbox, {**channels, "works": works}, places=8)
    outbox.states = dict.fromkeys(names[:20], (1, outbox.now, True))

    dispatcher.step()
    assert soon(lambda: sum(len(channel.taken) for channel in channels.values()) == 8)
    # Ten never failed so far: four of them have places beside four that have. All that hang are let go once, and now are known.
    for channel in channels.values():
        channel.let_go()
    assert soon(lambda: dispatcher.step() and all(channel.taken for channel in channels.values()))
    assert soon(lambda: not dispatcher._rotation.active)
    assert {name: state[0] for name, state in outbox.states.items()} == {
        name: 2 if name in names[:20] else 1 for name in names
    }

    for channel in channels.values():
        channel.free.clear()
        channel.taken.clear()
    outbox.now += timedelta(hours=2)
    dispatcher.step()
    assert soon(lambda: sum(len(channel.taken) for channel in channels.values()) == 4)
    for number in range(100, 140):
        outbox.rows[number] = delivery(MAIL, channel="works", number=number, attempts=0)
    assert soon(lambda: dispatcher.step() and len(works.taken) == 40)
    assert sum(len(channel.taken) for channel in channels.values()) == 4


def test_more_channels_than_places_are_all_served_within_one_step(started):
    names = [f"channel {number:03}" for number in range(200)]
    rows = [delivery(MAIL, channel=name, number=number) for number, name in enumerate(names, 1)]
    outbox = MemoryOutbox(rows, channels=hooks(*names))
    quick = Quick()
    dispatcher = started(outbox, dict.fromkeys(names, quick), places=3)
    dispatcher.step()
    assert soon(lambda: len(quick.taken) == 200)


def test_a_turn_ends_for_the_next_channel_and_goes_on_later(started):
    """One place: a channel with a long backlog whose sends take long, and another one."""
    seconds = [0.0]
    served = []

    class Slow(Quick):
        def send(self, sent):
            seconds[0] += 4.0
            served.append(sent.channel)
            return super().send(sent)

    rows = [delivery(MAIL, number=number, channel="backlog") for number in range(1, 13)]
    outbox = MemoryOutbox([*rows, delivery(MAIL, number=99, channel="works")], channels=[*hooks("backlog"), WORKS])
    slow = Slow()
    dispatcher = started(outbox, {"backlog": slow, "works": slow}, places=1, monotonic=lambda: seconds[0], batch=3)
    assert soon(lambda: dispatcher.step() and len(served) == 13)
    assert served[:4] == ["backlog", "backlog", "backlog", "works"]
    assert slow.taken == [1, 2, 3, 99, *range(4, 13)]


def test_the_lease_of_a_send_under_way_is_renewed_in_time_and_only_then(started):
    seconds = [0.0]
    outbox = MemoryOutbox([delivery(MAIL, number=1), delivery(MAIL, number=2)])
    desk = Held()
    dispatcher = started(outbox, {"desk": desk}, monotonic=lambda: seconds[0], lease=timedelta(seconds=30))
    dispatcher.step()
    assert desk.entered.acquire(timeout=PATIENCE_SECONDS)
    dispatcher.step()
    assert outbox.renewed == []
    for seconds[0] in (9.0, 10.0, 15.0, 20.0, 31.0):
        dispatcher.step()
    assert outbox.renewed == [[1, 2]] * 3
    desk.let_go()
    assert dispatcher.stop(PATIENCE_SECONDS)
    seconds[0] = 100.0
    dispatcher.step()
    assert outbox.renewed == [[1, 2]] * 3


def test_stopping_lets_the_send_under_way_end_and_gives_the_rest_back(started):
    outbox = MemoryOutbox([delivery(MAIL, number=number) for number in range(1, 6)])
    desk = Held()
    dispatcher = started(outbox, {"desk": desk})
    dispatcher.step()
    assert desk.entered.acquire(timeout=PATIENCE_SECONDS)
    assert dispatcher.stop(0.01) is False
    desk.let_go()
    assert dispatcher.stop(PATIENCE_SECONDS) is True
    assert dispatcher.step().sent == 1
    assert desk.taken == [1]
    assert [outbox.rows[number].attempts for number in range(1, 6)] == [1, 0, 0, 0, 0]
    assert outbox.due_channels(), "others can take them up at once"


def test_a_database_that_fails_during_a_send_is_reported_at_the_next_step_and_ends_nothing_else(started):
    class Forgetful(MemoryOutbox):
        faults = 1

        def sent(self, delivery_id, owner, receipt):
            if delivery_id == 1 and self.faults:
                self.faults = 0
                raise DatabaseUnavailable("the database went away")
            super().sent(delivery_id, owner, receipt)

    outbox = Forgetful([delivery(MAIL, number=1), delivery(MAIL, number=2, channel="hook")])
    desk, hook = Quick(), Quick()
    dispatcher = started(outbox, {"desk": desk, "hook": hook})
    faults, sent = [], []

    def both_ended() -> bool:
        try:
            sent.append(dispatcher.step().sent)
        except DatabaseUnavailable as error:
            faults.append(error)
        return len(faults) == sum(sent) == 1

    assert soon(both_ended)
    assert hook.taken == [2]
    outbox.now += timedelta(seconds=30)
    assert soon(lambda: dispatcher.step() and desk.taken == [1, 1])
    assert outbox.rows[1].uid == delivery(MAIL, number=1).uid


def test_a_refusal_is_reported_with_its_channel_and_delivery(started):
    outbox = MemoryOutbox([delivery(MAIL)])
    desk = Held(DeliveryError("550 nobody", permanent=True))
    desk.let_go()
    dispatcher = started(outbox, {"desk": desk})
    reports = []
    assert soon(lambda: reports.append(dispatcher.step()) or any(report.dead for report in reports))
    assert outbox.rows[1].state is DeliveryState.DEAD
    assert [report.problems for report in reports if report.problems] == [(f"desk: {outbox.rows[1].uid}: 550 nobody",)]
