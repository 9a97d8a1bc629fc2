"""Worker processes with limits: a task may cost its worker, and nothing else; what it answers is what the function returns."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from monitor.model import FactDefinition, FactKind, Origin, Outcome, Snapshot, Verdict
from monitor.pipeline.analyze import analyze
from pagewitness.workers import tasks
from pagewitness.workers.extraction import LimitedExtractor
from pagewitness.workers.model import LimitExceeded, TaskFailed, WorkerCrashed, WorkerError, WorkerLimits, WorkerLost
from pagewitness.workers.pool import WorkerPool
from pagewitness.workers.safe_unpickle import load_answer
from pagewitness.workers.tasks import TASKS, Task
from pagewitness.workers.worker import Worker
from tests.support.patience import PATIENCE_SECONDS, soon
from tests.support.pdf_writer import pdf_of_a_form

FACTS = (FactDefinition("member_count", FactKind.COUNT_OF, ("members",)),)
PATIENT = WorkerLimits(seconds=PATIENCE_SECONDS)
RECEIVED = Snapshot(
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
    text = f"<p>The coalition has {members} members since 3 May 2019, and 12.5% of $4m.</p>"
    return f'<!doctype html><html lang="en"><title>Coalition</title><main>{text * sentences}</main></html>'.encode()


HEAVY = page(87, 20_000)

Within = Callable[[WorkerLimits], LimitedExtractor]


@pytest.fixture
def within() -> Iterator[Within]:
    """Makes extractors that end with the test, however that ends: a worker left behind would fail another test."""
    with ExitStack() as closed:
        yield lambda limits: closed.enter_context(closing(LimitedExtractor(WorkerPool(limits))))


@pytest.fixture
def extract(within: Within) -> LimitedExtractor:
    return within(PATIENT)


@pytest.fixture
def pool(extract: LimitedExtractor) -> WorkerPool:
    return extract.pool


def test_a_worker_extracts_what_our_own_process_extracts(extract: LimitedExtractor):
    for body in (page(87, 40), b"", b"\0binary", "<p>85 członków".encode("utf-16")):
        assert extract(body, RECEIVED, FACTS) == analyze(body, RECEIVED, FACTS)


def test_every_body_goes_to_a_worker_unless_a_size_is_given_below_which_none_does(extract: LimitedExtractor):
    inline = LimitedExtractor(extract.pool, inline_bytes=1000)
    assert inline(page(87), RECEIVED, FACTS) == analyze(page(87), RECEIVED, FACTS)
    assert extract.pool.pids() == []
    extract(b"", RECEIVED, FACTS)
    assert len(extract.pool.pids()) == 1


def test_a_worker_is_used_again_and_replaced_after_so_many_tasks(within: Within):
    extract = within(replace(PATIENT, tasks_per_worker=2))
    seen = []
    for members in (85, 86, 87):
        assert extract(page(members), RECEIVED, FACTS).version.readings[0].value == members
        seen.append(extract.pool.pids())
    (first,), second, (third,) = seen
    assert second == []
    assert first != third


def test_a_worker_whose_memory_grew_is_replaced(within: Within):
    extract = within(replace(PATIENT, resident_bytes=1024**2))
    extract(page(87), RECEIVED, FACTS)
    assert extract.pool.pids() == []


def test_many_threads_get_each_their_own_answer(extract: LimitedExtractor):
    def members(count: int) -> object:
        return extract(page(count), RECEIVED, FACTS).version.readings[0].value

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(members, range(100, 140))) == list(range(100, 140))
    assert len(extract.pool.pids()) <= PATIENT.workers


# --- limits and ends


def test_a_body_that_takes_too_long_costs_its_worker_and_nothing_else(within: Within):
    extract = within(replace(PATIENT, seconds=0.001))  # no machine extracts two megabytes in that
    with pytest.raises(LimitExceeded, match=r"^snapshot 1: extraction failed: it took longer than 0\.001 s$") as error:
        extract(HEAVY, RECEIVED, FACTS)
    assert error.value.caused_by_input
    assert extract.pool.pids() == []


def test_a_task_that_the_worker_does_not_know_is_not_run(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(TASKS, "nap", Task("time", "sleep", ("builtins", "NoneType")))
    with pytest.raises(WorkerError):
        pool.run("nap", 0)


def test_a_body_that_takes_too_much_memory_costs_its_worker_and_nothing_else(within: Within):
    extract = within(replace(PATIENT, memory_bytes=64 * 1024**2))
    extract(page(87), RECEIVED, FACTS)
    with pytest.raises(WorkerError, match=r"memory|ended|parse") as error:
        extract(HEAVY * 8, RECEIVED, FACTS)
    assert error.value.caused_by_input
    assert extract(page(88), replace(RECEIVED, id=2), FACTS).version.readings[0].value == 88


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (WorkerLimits(seconds=1), r"it took longer than 1 s|processor time|ended"),
        (replace(PATIENT, memory_bytes=192 * 1024**2), r"its worker process ended|memory"),
    ],
    ids=["time", "memory"],
)
def test_a_pdf_that_draws_itself_without_end_costs_its_worker_and_nothing_else(
    within: Within, limits: WorkerLimits, reason: str
):
    extract = within(limits)
    received = replace(RECEIVED, content_type="application/pdf")
    with pytest.raises(WorkerError, match=rf"^snapshot 1: extraction failed: .*(?:{reason})") as error:
        extract(pdf_of_a_form("The pact has 87 members.", draws_itself=2), received, FACTS)
    assert error.value.caused_by_input
    assert extract.pool.pids() == []
    sound = within(PATIENT)(pdf_of_a_form("The pact has 87 members.", draws_itself=0), received, FACTS)
    assert (sound.verdict, sound.version.readings[0].value) == (Verdict.OK, 87)


def test_a_result_that_is_too_large_is_refused(within: Within):
    extract = within(replace(PATIENT, result_bytes=100_000))
    with pytest.raises(LimitExceeded, match="its result is larger"):
        extract(page(87, 2_000), RECEIVED, FACTS)
    assert extract(page(88), RECEIVED, FACTS).version.readings[0].value == 88


def test_a_task_that_raises_says_what(pool: WorkerPool):
    with pytest.raises(TaskFailed, match="TypeError"):
        pool.run(tasks.EXTRACT, 5)
    assert pool.run(tasks.REWRITE_HTML, b"<p>x", "text/html", "http://a.example/", "20210301120000")


@pytest.mark.parametrize(
    ("number", "kind"), [(signal.SIGKILL, WorkerLost), (signal.SIGSEGV, WorkerCrashed), (signal.SIGXCPU, LimitExceeded)]
)
def test_a_worker_that_ended_is_replaced_and_its_end_explained(
    extract: LimitedExtractor, number: int, kind: type[WorkerError]
):
    extract(page(87), RECEIVED, FACTS)
    (pid,) = extract.pool.pids()
    os.kill(pid, number)
    with pytest.raises(kind) as error:
        extract(page(87), RECEIVED, FACTS)
    assert error.value.caused_by_input is (number != signal.SIGKILL), "an end from outside is not the page's fault"
    assert extract(page(87), RECEIVED, FACTS).version.readings[0].value == 87
    assert extract.pool.pids() != [pid]


def test_a_process_that_is_about_to_end_is_not_taken_for_one_killed_from_outside(monkeypatch: pytest.MonkeyPatch):
    child = "import os, sys, time; os.close(int(sys.argv[1])); time.sleep(0.3); os._exit(1)"
    start = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda command, **more: start([sys.executable, "-c", child, command[3]], **more)
    )
    worker = Worker(PATIENT)
    with pytest.raises(WorkerCrashed, match="exit code 1"):
        worker.run(tasks.EXTRACT, (), {})
    worker.kill()


def test_a_worker_has_none_of_our_environment(extract: LimitedExtractor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PAGEWITNESS_SMTP_PASSWORD", "a secret of ours")
    extract(page(87), RECEIVED, FACTS)
    (pid,) = extract.pool.pids()
    assert b"secret" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_an_idle_worker_ignores_sigterm_and_ends_with_its_parent(extract: LimitedExtractor):
    extract(page(87), RECEIVED, FACTS)
    (worker,) = extract.pool._idle
    os.kill(worker.pid, signal.SIGTERM)
    assert extract(page(88), RECEIVED, FACTS).version.readings[0].value == 88, "a signal for the parent must not end it"
    worker._connection.close()
    assert worker._process.wait(PATIENCE_SECONDS) == 0


def _abandoned() -> int:
    """How a worker ends whose parent disappears while it extracts."""
    ours, theirs = socket.socketpair()
    with theirs:
        arguments = map(str, (theirs.fileno(), 1024**3, 3600, 1024**3, 1024**3))
        command = [sys.executable, "-m", "pagewitness.workers.child", *arguments]
        worker = subprocess.Popen(command, pass_fds=[theirs.fileno()])
    with Connection(ours.detach()) as connection:
        connection.send_bytes(tasks.EXTRACT.encode())
        connection.recv_bytes()
        imported = _ticks(worker.pid)
        connection.send_bytes(pickle.dumps(((HEAVY, RECEIVED, FACTS), {})))
        assert soon(lambda: _ticks(worker.pid) > imported + 10)
    return worker.wait(PATIENCE_SECONDS)


def _ticks(pid: int) -> int:
    """Processor time that a process has used, in hundredths of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_a_busy_worker_ends_at_once_when_its_parent_does():
    # Where this process is held up for seconds the worker is through with its task: then it ends with 0.
    assert any(_abandoned() == -signal.SIGIO for _ in range(3))


def test_closing_does_not_wait_for_a_busy_worker_and_leaves_none(extract: LimitedExtractor):
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.append(extract(page(87, 500), RECEIVED, FACTS)))
    thread.start()
    assert soon(lambda: extract.pool._places._value < PATIENT.workers or answers)
    extract.pool.close()
    thread.join(PATIENCE_SECONDS)
    assert extract.pool.pids() == []
    with pytest.raises(WorkerLost):
        extract(page(87), RECEIVED, FACTS)


# --- answers


@pytest.mark.parametrize("name", TASKS)
def test_every_task_exists_and_declares_what_it_returns(name: str):
    task = TASKS[name]
    assert task.load().__annotations__["return"].partition("[")[0] == task.result[1]


class Attribute:
    """Pickled as an attribute of something: so the first releases of Python 3.11 write a member of an Enum."""

    def __init__(self, of: object, name: str) -> None:
        self._named = (of, name)

    def __reduce__(self) -> tuple[object, ...]:
        return getattr, self._named


def test_an_enum_member_is_accepted_however_python_pickles_it():
    for written in (Verdict.OK, Attribute(Verdict, "OK")):
        assert load_answer(pickle.dumps(written), TASKS[tasks.EXTRACT].result) is Verdict.OK


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "value",
    [
        subprocess.Popen,
        os.system,
        WorkerLost("x"),
        datetime(2021, 3, 1),
        Attribute(Verdict, "__init__"),
        Attribute(Verdict.OK, "value"),
        Attribute(Snapshot, "__doc__"),
    ],
)
def test_nothing_but_our_own_values_is_accepted_from_a_worker(value: object, task: str):
    with pytest.raises(pickle.UnpicklingError):
        load_answer(pickle.dumps(value), TASKS[task].result)


@pytest.mark.parametrize("answer", [b"", b"\x80", b"nonsense", pickle.dumps((1, 2))[:-3]])
def test_an_answer_that_is_no_pickle_is_an_error_of_its_own(answer: bytes):
    with pytest.raises(pickle.UnpicklingError):
        load_answer(answer, TASKS[tasks.EXTRACT].result)
