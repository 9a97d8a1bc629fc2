"""The supervisor's side of the fork server: has processes of the service forked, and learns how they ended."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import Any

from pagewitness.service.process import Process
from pagewitness.settings import FREE_SUFFIXES, Settings

_START_SECONDS = 60.0
_END_SECONDS = 5.0
_LONGEST_MESSAGE = 1024
# The only role that needs the secrets named in the watchlist.
_SENDS = "deliveries"
# Settings of glibc's malloc: few arenas, because each keeps the memory its threads once needed; fixed thresholds, so that freed large blocks are returned.
_MALLOC = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "1048576"}


class ForkedProcess:
    """A process of the service, as `pagewitness.service.process.Handle`.

    Attributes:
        pid: Its process id.
    """

    def __init__(self, pid: int, server: ForkClient) -> None:
        self.pid = pid
        self._server = server
        self._descriptor = _open_process(pid)

    def poll(self) -> int | None:
        """Return its exit code, negative if it was ended by a signal; None while it runs."""
        code = self._server.exit_code(self.pid)
        if code is not None and self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        return code

    def wait(self) -> int:
        """Wait for it to end, and return its exit code."""
        while (code := self.poll()) is None:
            self._server.wait_for_message()
        return code

    def send_signal(self, number: int, /) -> None:
        """Send a signal; does nothing if it has ended."""
        if self.poll() is not None:
            return
        with suppress(ProcessLookupError):
            if self._descriptor is not None and sys.platform == "linux":
                signal.pidfd_send_signal(self._descriptor, number)
            else:
                os.kill(self.pid, number)


class ForkClient:
    """Starts a fork server when the first process is started, and again if it has ended. All processes it has forked end with it."""

    def __init__(self, environ: Mapping[str, str], *, module: str = "pagewitness.service.child") -> None:
        """Start nothing yet.

        Args:
            environ: The environment of the processes. Secrets reach only the deliveries.
            module: The module whose `main` each process runs.
        """
        self._module = module
        secret = {name: value for name, value in environ.items() if name.endswith(FREE_SUFFIXES)}
        self._secrets = secret
        self._environ = _MALLOC | {name: value for name, value in environ.items() if name not in secret}
        self._server: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._running: set[int] = set()
        self._codes: dict[int, int] = {}

    def prepare(self) -> None:
        """Start the fork server, which then imports while the supervisor goes on; does nothing if it runs.

        Raises:
            OSError: The system cannot start the process.
        """
        self._receive()
        if self._connection is not None:
            return
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._server = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                    [
                        sys.executable,
                        *("-m", "pagewitness.service.fork_server"),
                        *(self._module, str(os.getpid()), str(theirs.fileno())),
                    ],
                    env={**self._environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                    stdin=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,  # Ctrl-C in the terminal reaches only the supervisor
                )
        except OSError:
            ours.close()
            raise
        self._connection = Connection(ours.detach())

    def start(self, name: str, role: str, settings: Settings, listening: int | None) -> Process:
        """Start a process of the service; see `pagewitness.service.process.Launch`.

        Raises:
            OSError: The system cannot start the process, or the fork server did not answer in time.
        """
        self.prepare()
        owner = f"{socket.gethostname()}:{os.getpid()}:{name}:{uuid.uuid4().hex[:8]}"
        configuration, writes_configuration = os.pipe()
        reads, reports = os.pipe()
        lifeline, writes = os.pipe()
        passed = [configuration, reports, lifeline, *([listening] if listening is not None and role == "web" else [])]
        try:
            pid = self._request({"name": name, "role": role, "owner": owner}, passed)
        except OSError:
            for descriptor in (writes_configuration, reads, writes):
                os.close(descriptor)
            raise
        finally:
            for descriptor in (configuration, reports, lifeline):
                os.close(descriptor)
        environment = self._secrets if role == _SENDS else {}
        given = {"settings": settings.model_dump_json(), "environment": environment}
        with suppress(BrokenPipeError), os.fdopen(writes_configuration, "w", encoding="utf-8") as file:
            json.dump(given, file)
        os.set_blocking(reads, False)
        os.set_blocking(writes, False)
        return Process(owner, ForkedProcess(pid, self), reads, writes)

    def exit_code(self, pid: int) -> int | None:
        """Return the exit code of a process started here; None while it runs."""
        self._receive()
        return self._codes.get(pid)

    def wait_for_message(self) -> None:
        """Wait until the fork server reports something, or has ended."""
        if self._connection is not None:
            self._connection.poll(_END_SECONDS)

    def close(self) -> None:
        """End the fork server, and with it every process it has forked."""
        if self._server is not None:
            self._server.kill()
        self._lose()

    def _request(self, request: dict[str, Any], descriptors: list[int]) -> int:
        """Have a process forked, and return its id."""
        connection = self._connection
        if connection is None:
            raise OSError("the fork server has ended")
        try:
            connection.send_bytes(json.dumps({**request, "descriptors": len(descriptors)}).encode())
            with socket.socket(fileno=os.dup(connection.fileno())) as channel:
                reduction.sendfds(channel, descriptors)
        except OSError:
            self._lose()
            raise
        until = time.monotonic() + _START_SECONDS
        while self._connection is not None and (left := until - time.monotonic()) > 0:
            for pid in self._receive(left):
                return pid
        self.close()  # so that no process starts late, without a supervisor that knows of it
        raise TimeoutError("the fork server did not answer")

    def _receive(self, seconds: float = 0.0) -> list[int]:
        """Store the exit codes received; wait up to `seconds` for the first message. Returns the ids of started processes."""
        started: list[int] = []
        try:
            while self._connection is not None and self._connection.poll(seconds):
                message = json.loads(self._connection.recv_bytes(_LONGEST_MESSAGE))
                seconds = 0.0
                if "started" in message:
                    self._running.add(message["started"])
                    self._codes.pop(message["started"], None)  # of an earlier process with the same id
                    started.append(message["started"])
                else:
                    self._running.discard(message["ended"])
                    self._codes[message["ended"]] = message["code"]
        except (EOFError, OSError):
            self._lose()
        return started

    def _lose(self) -> None:
        """The fork server has ended: so have its processes, or they do at this moment."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None
        for pid in self._running:
            _wait_for_end(pid)
            self._codes[pid] = -signal.SIGKILL
        self._running.clear()


def _open_process(pid: int) -> int | None:
    """Return a descriptor by which the process can be signalled safely, even if its id is used again; None where the system has none or it has ended."""
    try:
        return os.pidfd_open(pid) if sys.platform == "linux" else None
    except OSError:
        return None


def _wait_for_end(pid: int) -> None:
    """Wait until a process that is no child of this one has ended, at most a few seconds; the kernel kills it when its parent ends."""
    descriptor = _open_process(pid)
    if descriptor is not None:
        select.select([descriptor], [], [], _END_SECONDS)
        os.close(descriptor)
