"""The harness finds what it is there to find, and tells the least input that does it."""

from __future__ import annotations

import time
from itertools import islice

from hypothesis import strategies as st

from tests.fuzz.harness import Limits, Target, fuzz, generated, shortened
from tests.support.patience import PATIENCE_SECONDS

HERE = "tests.fuzz.misbehaving"
SMALL = Limits(seconds=1, memory_bytes=512 * 1024**2)
INPUTS = st.lists(st.sampled_from([b"a", b"b", b"raise", b"\x00" * 50])).map(b"".join)


def test_what_raises_is_found_with_the_least_input_that_does():
    report = fuzz(f"{HERE}:raises", INPUTS, seconds=PATIENCE_SECONDS, limits=SMALL, most_inputs=100)
    (fault,) = report.faults
    assert (fault.kind, fault.data, fault.detail) == ("exception", b"raise", "KeyError: 'it'")
    assert fault.place.startswith("tests/fuzz/misbehaving.py:")
    assert report.inputs > 1


def test_our_own_errors_and_ends_are_no_faults():
    assert fuzz(f"{HERE}:refuses", INPUTS, seconds=PATIENCE_SECONDS, limits=SMALL, most_inputs=20).faults == []


def test_a_target_that_never_ends_is_stopped_and_its_place_told():
    target = Target(f"{HERE}:hangs", SMALL)
    fault = target.run(b"loop")
    assert fault is not None
    assert fault.kind == "hang"
    assert "in spin" in fault.place or "in hangs" in fault.place
    assert target.run(b"fine") is None, "a new process is there for the next"
    target.close()


def test_a_target_that_takes_too_much_memory_is_told():
    target = Target(f"{HERE}:grows", SMALL)
    fault = target.run(b"grow")
    assert fault is not None
    assert fault.kind == "memory"
    target.close()


def test_a_target_that_dies_is_told_with_its_signal():
    target = Target(f"{HERE}:dies", SMALL)
    fault = target.run(b"die")
    assert fault is not None
    assert (fault.kind, fault.detail) == ("died", "ended with -11")
    target.close()


def test_the_same_inputs_come_in_each_run_however_far_it_gets():
    first, second = (list(islice(generated(INPUTS, time.monotonic() + PATIENCE_SECONDS), 150)) for _ in range(2))
    assert first == second
    assert len(set(first)) > 50


def test_an_input_is_shown_with_its_repetitions_told_once():
    data = b"x " + b"<!--a-->" * 40 + b"y\n" + b"0" * 9
    assert shortened(data) == r"b'x ' + b'<!--a-->' * 40 + b'y\n' + b'0' * 9"
    assert shortened(b"") == "b''"
