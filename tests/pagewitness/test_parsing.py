"""Reading apart: big bodies are read in a process that may die of them; what it says is what our own reading says."""

from __future__ import annotations

import io
import os
import pickle
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.model import FactDefinition, FactKind, Origin, Outcome, Snapshot, Verdict
from monitor.understand import understand
from pagewitness.parsing import LimitedReading, ParseLimits, ParserDied, _Nouns
from tests.support.patience import PATIENCE_SECONDS

FACTS = (FactDefinition("member_count", FactKind.COUNT_OF, ("members",)),)
ALL_APART = ParseLimits(inline_bytes=0, seconds=PATIENCE_SECONDS)
SEEN = Snapshot(
    id=1,
    page_id=1,
    seq=1,
    taken_at=datetime(2021, 3, 1, 12, tzinfo=UTC),
    origin=Origin.LIVE,
    outcome=Outcome.FULL,
    status=200,
    final_url="https://pact.example/",
    content_type="text/html; charset=utf-8",
    body_sha256="0" * 64,
    truncated=None,
    repeats_id=None,
    verdict=None,
    verdict_reason="",
    version_id=None,
    read_at=None,
)


def page(members: int, sentences: int = 1) -> bytes:
    told = f"<p>The coalition has {members} members since 3 May 2019, and 12.5% of $4m.</p>"
    return f'<!doctype html><html lang="en"><title>Coalition</title><main>{told * sentences}</main></html>'.encode()


HEAVY = page(87, 20_000)


Within = Callable[[ParseLimits], LimitedReading]


@pytest.fixture
def within() -> Iterator[Within]:
    """Makes readings that end with the test, however that ends: a worker left behind would fail another test."""
    with ExitStack() as closed:
        yield lambda limits: closed.enter_context(closing(LimitedReading(limits)))


@pytest.fixture
def apart(within: Within) -> LimitedReading:
    return within(ALL_APART)


def pids(reading: LimitedReading) -> list[int]:
    return [worker._process.pid for worker in reading._idle]


def test_what_is_read_apart_is_what_is_read_here(apart: LimitedReading):
    for body in (page(87, 40), b"", b"\0binary", "<p>85 członków".encode("utf-16")):
        assert apart(body, SEEN, FACTS) == understand(body, SEEN, FACTS)


def test_small_bodies_need_no_other_process(within: Within):
    reading = within(ParseLimits(inline_bytes=1000))
    assert reading(page(87), SEEN, FACTS) == understand(page(87), SEEN, FACTS)
    assert pids(reading) == []


def test_a_worker_is_used_again_and_replaced_after_so_many_pages(within: Within):
    reading = within(replace(ALL_APART, pages_a_worker=2))
    seen = []
    for members in (85, 86, 87):
        assert reading(page(members), SEEN, FACTS).version.readings[0].value == members
        seen.append(pids(reading))
    (first,), second, (third,) = seen
    assert second == []
    assert first != third


def test_many_threads_get_each_their_own_answer(apart: LimitedReading):
    def read(members: int) -> object:
        return apart(page(members), SEEN, FACTS).version.readings[0].value

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(100, 140))) == list(range(100, 140))
    assert len(pids(apart)) <= ALL_APART.workers


def test_a_body_that_takes_too_long_costs_its_worker_and_nothing_else(within: Within):
    reading = within(replace(ALL_APART, seconds=0.01))  # no interpreter starts in that, on any machine
    with pytest.raises(ParserDied, match=r"longer than 0\.01 s"):
        reading(HEAVY, SEEN, FACTS)
    assert pids(reading) == []


def test_a_body_that_takes_too_much_memory_costs_its_worker_and_nothing_else(within: Within):
    reading = within(replace(ALL_APART, memory_bytes=64 * 1024**2))
    reading(page(87), SEEN, FACTS)
    with pytest.raises(ParserDied, match=r"memory|ended|parse"):
        reading(HEAVY * 8, SEEN, FACTS)
    assert reading(page(88), replace(SEEN, id=2), FACTS).version.readings[0].value == 88


def test_a_worker_that_was_killed_is_replaced(apart: LimitedReading):
    apart(page(87), SEEN, FACTS)
    (pid,) = pids(apart)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ParserDied, match=r"SIGKILL|ended"):
        apart(page(87), SEEN, FACTS)
    assert apart(page(87), SEEN, FACTS).version.readings[0].value == 87
    assert pids(apart) != [pid]


def test_a_snapshot_that_kills_its_parser_three_times_is_left_alone(within: Within):
    reading = within(replace(ALL_APART, memory_bytes=64 * 1024**2))
    for _ in range(3):
        with pytest.raises(ParserDied):
            reading(HEAVY * 4, SEEN, FACTS)
    with pytest.raises(ParserDied, match="left alone until the next start"):
        reading(page(87), SEEN, FACTS)
    assert reading(page(87), replace(SEEN, id=2), FACTS).verdict.value == "ok"


def test_a_worker_has_none_of_our_environment(apart: LimitedReading, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PAGEWITNESS_SMTP_PASSWORD", "a secret of ours")
    apart(page(87), SEEN, FACTS)
    (pid,) = pids(apart)
    assert b"secret" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_a_worker_ends_with_the_process_that_started_it(apart: LimitedReading):
    apart(page(87), SEEN, FACTS)
    process = apart._idle[0]._process
    os.kill(process.pid, signal.SIGTERM)
    assert apart(page(88), SEEN, FACTS).version.readings[0].value == 88, "a signal for the service must not end it"
    apart._idle[0]._connection.close()
    assert process.wait(PATIENCE_SECONDS) == 0


def test_closing_while_somebody_reads_waits_for_nobody(apart: LimitedReading):
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.append(apart(page(87, 500), SEEN, FACTS)))
    thread.start()
    apart.close()
    thread.join(PATIENCE_SECONDS)
    assert len(answers) == 1


class Attribute:
    """Pickled as an attribute of something: so the first releases of Python 3.11 write a word of a closed list."""

    def __init__(self, of: object, name: str) -> None:
        self._named = (of, name)

    def __reduce__(self) -> tuple[object, ...]:
        return getattr, self._named


def test_a_word_of_a_closed_list_is_taken_however_python_writes_it():
    for written in (Verdict.OK, Attribute(Verdict, "OK")):
        assert _Nouns(io.BytesIO(pickle.dumps(written))).load() is Verdict.OK


@pytest.mark.parametrize(
    "value",
    [
        subprocess.Popen,
        os.system,
        ParserDied("x"),
        datetime(2021, 3, 1),
        Attribute(Verdict, "__init__"),
        Attribute(Verdict.OK, "value"),
        Attribute(Snapshot, "__doc__"),
    ],
)
def test_nothing_but_nouns_is_taken_from_a_worker(value: object):
    with pytest.raises(pickle.UnpicklingError):
        _Nouns(io.BytesIO(pickle.dumps(value))).load()
