"""Slots of the supervisor: when the next process starts, and how the slot is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pagewitness.service.process_slot import EXTRACTOR, LONGEST_RESTART_SECONDS, RESTART_SECONDS, ProcessSlot


def test_the_wait_doubles_with_each_process_that_did_no_work():
    slot = ProcessSlot("extractor-1", EXTRACTOR)
    waits = []
    for _ in range(3):
        slot.schedule_restart(100.0)
        waits.append(slot.due - 100.0)
    assert waits == [RESTART_SECONDS, 2 * RESTART_SECONDS, 4 * RESTART_SECONDS]


@given(st.integers(0, 10**6))
def test_no_wait_is_longer_than_the_longest(failures: int):
    slot = ProcessSlot("extractor-1", EXTRACTOR, failures=failures)
    slot.schedule_restart(0.0)
    assert RESTART_SECONDS <= slot.due <= LONGEST_RESTART_SECONDS


def test_a_restart_at_once_counts_as_no_failure():
    slot = ProcessSlot("extractor-1", EXTRACTOR)
    slot.schedule_restart(7.0, at_once=True)
    assert (slot.due, slot.failures) == (7.0, 0)


def test_a_slot_without_a_process_names_why_the_last_one_ended():
    slot = ProcessSlot("extractor-1", EXTRACTOR, restarts=2, cause="it ended with exit code 1")
    status = slot.status(with_problems=True)
    assert (status["state"], status["pid"], status["restarts"]) == ("waiting", None, 2)
    assert status["problems"] == ["it is not running: it ended with exit code 1"]
    assert slot.status(with_problems=False)["problems"] == []
    assert ProcessSlot("web", "web").problems() == ["it is not running"]
