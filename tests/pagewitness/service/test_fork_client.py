"""The fork server as the supervisor uses it: what processes are started with, how they are signalled, and how their end is learned."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from pagewitness.service.fork_client import ForkClient
from pagewitness.service.process import Process
from pagewitness.settings import Settings
from tests.support.patience import PATIENCE_SECONDS, soon

ROOT = Path(__file__).parents[3]
SETTINGS = Settings(database_url="postgresql://someone:hidden@localhost/db", web_port=0)
SECRETS = {"DESK_PASSWORD": "desk-secret", "HOOK_SECRET": "hook-secret"}


@pytest.fixture(scope="module")
def shared() -> Iterator[ForkClient]:
    with closing(client()) as fork_server:
        yield fork_server


def client(**environment: str) -> ForkClient:
    given = {**os.environ, **SECRETS, "HTTPS_PROXY": "http://proxy:1", "PAGEWITNESS_DATABASE_URL": "sqlite:///hidden"}
    return ForkClient({**given, **environment}, module="tests.support.forked_child")


def reported(process: Process) -> dict[str, Any]:
    reports: list[dict[str, Any]] = []

    def has_reported() -> bool:
        reports.extend(process.receive())
        return bool(reports)

    assert soon(has_reported), f"no report; exit code {process.poll()}"
    return reports[0]


def ended(process: Process) -> int:
    assert soon(lambda: process.poll() is not None)
    code = process.poll()
    assert code is not None
    process.close()
    return code


def stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: state, parent, ..."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def is_alive(pid: int) -> bool:
    """A zombie, which waits for its adoptive parent to reap it, has ended."""
    with suppress(OSError):
        return stat(pid)[0] != "Z"
    return False


def test_a_process_gets_its_settings_its_name_and_an_owner_of_its_own(shared: ForkClient):
    first = shared.start("extractor-1", "extractor", SETTINGS, None)
    second = shared.start("extractor-2", "extractor", SETTINGS, None)
    described = reported(first)
    assert described["name"] == described["process_name"] == "extractor-1"
    assert Settings.model_validate_json(described["given"]["settings"]) == SETTINGS
    assert described["owner"] == first.owner != second.owner == reported(second)["owner"]
    assert ended(first) == ended(second) == 0


def test_a_process_inherits_nothing_of_the_fork_server(shared: ForkClient):
    process = shared.start("extractor-1", "extractor", SETTINGS, None)
    described = reported(process)
    assert described["session"]
    assert described["threads"] == 1
    assert described["blocked"] == []
    # Standard streams, reports and lifeline; one more lists the folder. The configuration has been read and closed.
    assert len(described["open_files"]) == 3 + 2 + 1
    assert ended(process) == 0


def test_secrets_reach_fetchers_and_deliveries_only_and_no_process_list_or_shared_memory(shared: ForkClient):
    described = {}
    for role in ("extractor", "web", "deliveries", "fetcher", "fetcher-alone"):
        process = shared.start(role, role, SETTINGS, None)
        described[role] = reported(process)
        assert ended(process) == 0
    for one in described.values():
        environment = one["initial_environment"]
        assert "HTTPS_PROXY=http://proxy:1" in environment
        assert not [entry for entry in environment if "hidden" in entry or "-secret" in entry]
    for role in ("deliveries", "fetcher", "fetcher-alone"):
        assert described[role]["given"]["environment"].items() >= SECRETS.items()
    assert described["extractor"]["given"]["environment"] == described["web"]["given"]["environment"] == {}


def test_only_the_web_gets_the_listening_socket(shared: ForkClient):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        for role, descriptors in (("web", 4), ("extractor", 3)):
            process = shared.start(role, role, SETTINGS, listening.fileno())
            assert reported(process)["descriptors"] == descriptors
            assert ended(process) == 0


@pytest.mark.parametrize(("role", "code"), [("ends", 0), ("fails", 7), ("raises", 1)])
def test_exit_codes_are_those_of_the_process(shared: ForkClient, role: str, code: int):
    assert ended(shared.start(role, role, SETTINGS, None)) == code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_sent_right_after_the_start_is_not_lost(shared: ForkClient, number: int):
    processes = [shared.start("waits", "waits", SETTINGS, None) for _ in range(5)]
    for process in processes:
        process.terminate() if number == signal.SIGTERM else process.kill("a test")
    assert [ended(process) for process in processes] == [-number] * 5


def test_a_signal_to_a_process_that_has_ended_reaches_no_other(shared: ForkClient):
    process = shared.start("ends", "ends", SETTINGS, None)
    assert soon(lambda: process.poll() == 0)
    process.terminate()
    process.kill("a test")
    assert process.kill_reason == ""
    assert ended(process) == 0


def test_when_the_fork_server_is_killed_its_processes_end_and_the_next_start_starts_another():
    with closing(client()) as fork_server:
        process = fork_server.start("waits", "waits", SETTINGS, None)
        reported(process)
        parent = stat(process.pid or 0)[1]
        os.kill(int(parent), signal.SIGKILL)
        pid = process.pid
        assert ended(process) == -signal.SIGKILL
        assert not is_alive(pid)
        assert ended(fork_server.start("ends", "ends", SETTINGS, None)) == 0


def test_signals_meant_for_the_service_do_not_end_the_fork_server():
    with closing(client()) as fork_server:
        process = fork_server.start("waits", "waits", SETTINGS, None)
        reported(process)
        parent = int(stat(process.pid or 0)[1])
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(parent, number)
        assert ended(fork_server.start("ends", "ends", SETTINGS, None)) == 0
        assert process.poll() is None
        process.kill("the test ends")
        assert ended(process) == -signal.SIGKILL


def test_closing_it_ends_every_process():
    with closing(client()) as fork_server:
        process = fork_server.start("waits", "waits", SETTINGS, None)
        reported(process)
        pid = process.pid
    assert ended(process) == -signal.SIGKILL
    assert not is_alive(pid)


def test_with_a_killed_supervisor_the_fork_server_and_its_processes_end():
    program = (
        "import os, sys, time\n"
        "from pagewitness.service.fork_client import ForkClient\n"
        "from pagewitness.settings import Settings\n"
        "server = ForkClient(dict(os.environ), module='tests.support.forked_child')\n"
        "process = server.start('waits', 'waits', Settings(), None)\n"
        "while process.pid is None: process.poll()\n"
        "print(process.pid, server._server.pid, flush=True)\n"
        "time.sleep(1000)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(word) for word in supervisor.stdout.readline().split()]
        supervisor.kill()
        supervisor.wait(PATIENCE_SECONDS)
    assert len(pids) == 2
    assert soon(lambda: not any(is_alive(pid) for pid in pids))


def test_a_fork_server_that_cannot_import_is_named_with_its_exit_code():
    with closing(ForkClient(dict(os.environ), module="tests.support.there_is_no_such_module")) as fork_server:
        process = fork_server.start("ends", "ends", SETTINGS, None)
        assert ended(process) == 1
        assert process.failure == "the fork server has ended (it ended with exit code 1)"


def test_a_fork_that_fails_is_an_error_of_that_process_only():
    with closing(client(NO_FORK="extractor-2")) as fork_server:
        first = fork_server.start("waits", "waits", SETTINGS, None)
        reported(first)
        second = fork_server.start("extractor-2", "waits", SETTINGS, None)
        assert ended(second) == 1
        assert second.failure == os.strerror(errno.EAGAIN)
        third = fork_server.start("ends", "ends", SETTINGS, None)
        assert ended(third) == 0
        assert first.poll() is None


def test_a_start_does_not_wait_for_a_fork_server_that_hangs_and_a_kill_ends_it():
    with closing(client(HANG="1")) as fork_server:
        began = time.monotonic()
        processes = [fork_server.start(f"waits-{number}", "waits", SETTINGS, None) for number in range(5)]
        assert time.monotonic() - began < PATIENCE_SECONDS / 4
        for process in processes:
            process.kill("it did not start")
        for process in processes:
            process.wait()
        assert {ended(process) for process in processes} == {-signal.SIGKILL}


def test_a_stopped_fork_server_cannot_keep_the_service_from_ending():
    with closing(client()) as fork_server:
        process = fork_server.start("waits", "waits", SETTINGS, None)
        reported(process)
        assert process.pid is not None
        os.kill(int(stat(process.pid)[1]), signal.SIGSTOP)
        process.kill("it was stopped")
        process.wait()
        assert ended(process) == -signal.SIGKILL
        assert ended(fork_server.start("ends", "ends", SETTINGS, None)) == 0


def test_many_requests_at_once_are_served_each_with_its_own_descriptors(shared: ForkClient):
    processes = [shared.start(f"extractor-{number}", "extractor", SETTINGS, None) for number in range(20)]
    assert [reported(process)["name"] for process in processes] == [f"extractor-{number}" for number in range(20)]
    assert [ended(process) for process in processes] == [0] * 20


def test_no_descriptor_is_left_behind(shared: ForkClient):
    assert ended(shared.start("ends", "ends", SETTINGS, None)) == 0
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for role in ("ends", "fails", "waits"):
        process = shared.start(role, role, SETTINGS, None)
        process.kill("a test")
        ended(process)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
