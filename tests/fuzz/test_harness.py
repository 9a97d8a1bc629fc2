"""The fuzzing harness finds each kind of fault and reports the smallest input."""

from __future__ import annotations

import time
from itertools import islice

from hypothesis import strategies as st

from tests.fuzz.harness import Limits, Target, fuzz, generated, shortened
from tests.support.patience import PATIENCE_SECONDS

HERE = "tests.fuzz.misbehaving"
SMALL = Limits(seconds=1, memory_bytes=512 * 1024**2)
INPUTS = st.lists(st.sampled_from([b"a", b"b", b"raise", b"\x00" * 50])).map(b"".join)


def test_an_exception_is_reported_with_the_smallest_input():
    report = fuzz(f"{HERE}:raises", INPUTS, seconds=PATIENCE_SECONDS, limits=SMALL, most_inputs=100)
    (fault,) = report.faults
    assert (fault.kind, fault.data, fault.detail) == ("exception", b"raise", "KeyError: 'it'")
    assert fault.place.startswith("tests/fuzz/misbehaving.py:")
    assert report.inputs > 1


def test_pagewitness_errors_and_exits_are_not_faults():
    assert fuzz(f"{HERE}:refuses", INPUTS, seconds=PATIENCE_SECONDS, limits=SMALL, most_inputs=20).faults == []


def test_a_hang_is_stopped_and_its_place_reported():
    target = Target(f"{HERE}:hangs", SMALL)
    fault = target.run(b"loop")
    assert fault is not None
    assert fault.kind == "hang"
    assert "in spin" in fault.place or "in hangs" in fault.place
    assert target.run(b"fine") is None, "a new process is started for the next input"
    target.close()


def test_excessive_memory_is_reported():
    target = Target(f"{HERE}:grows", SMALL)
    fault = target.run(b"grow")
    assert fault is not None
    assert fault.kind == "memory"
    target.close()


def test_a_crash_is_reported_with_its_signal():
    target = Target(f"{HERE}:dies", SMALL)
    fault = target.run(b"die")
    assert fault is not None
    assert (fault.kind, fault.detail) == ("died", "ended with -11")
    target.close()


def test_every_run_generates_the_same_inputs():
    first, second = (list(islice(generated(INPUTS, time.monotonic() + PATIENCE_SECONDS), 150)) for _ in range(2))
    assert first == second
    assert len(set(first)) > 50


def test_repetitions_in_an_input_are_abbreviated():
    data = b"x " + b"<!--a-->" * 40 + b"y\n" + b"0" * 9
    assert shortened(data) == r"b'x ' + b'<!--a-->' * 40 + b'y\n' + b'0' * 9"
    assert shortened(b"") == "b''"
