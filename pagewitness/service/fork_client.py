"""The supervisor's side of the fork server: has processes of the service forked, and learns how they ended."""

from __future__ import annotations

import errno
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
from contextlib import ExitStack, suppress

from pagewitness.service.process import Process
from pagewitness.service.process_limits import ended
from pagewitness.service.reports import Lines
from pagewitness.settings import FREE_SUFFIXES, PREFIX, Settings

_END_SECONDS = 5.0
_READ_BYTES = 65_536
# The roles that need the secrets named in the watchlist: those that send messages or request pages.
_TAKES_SECRETS = frozenset({"deliveries", "fetcher", "fetcher-alone"})
# Settings of glibc's malloc: few arenas, because each keeps the memory its threads once needed; fixed thresholds, so that freed large blocks are returned.
_MALLOC = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "1048576"}


class ForkedProcess:
    """A process of the service, as `pagewitness.service.process.Handle`.

    A process that has ended, or was killed, must be reported by the fork server within a few seconds; if it is not, the fork server itself hangs and is
    killed with all its processes.

    Attributes:
        failure: Why it could not be forked; "" if it was, or may still be.
    """

    def __init__(self, server: ForkClient) -> None:
        self._pid: int | None = None
        self.failure = ""
        self._server = server
        self._code: int | None = None
        self._descriptor: int | None = None
        self._signals: list[int] = []
        self._overdue_since: float | None = None

    # --- Handle

    @property
    def pid(self) -> int | None:
        """Its process id; None until the fork server has forked it."""
        if self._pid is None and self._code is None:
            self._server.receive()
        return self._pid

    def poll(self) -> int | None:
        """Return its exit code, negative if it was ended by a signal; None while it runs or is about to be forked."""
        if self._code is None:
            self._server.receive()
        if self._code is None and self._is_overdue():
            self._server.close()
        return self._code

    def wait(self) -> int:
        """Wait for it to end, and return its exit code. If this takes more than 10 s, all processes are killed."""
        until = time.monotonic() + 2 * _END_SECONDS
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                self._server.close()
            self._server.receive(0.1)
        return code

    def send_signal(self, number: int, /) -> None:
        """Send a signal, as soon as it is forked; does nothing if it has ended."""
        if self.poll() is None:
            self._signals.append(number)
            self._send_signals()

    # --- what the client learns

    def started(self, pid: int) -> None:
        """Note that it was forked."""
        self._pid = pid
        # With a pidfd, a signal never reaches another process that got the same number.
        with suppress(OSError):
            self._descriptor = os.pidfd_open(pid) if sys.platform == "linux" else None
        self._send_signals()

    def ended(self, code: int, failure: str = "") -> None:
        """Note how it ended; `failure`: why it could not be forked."""
        self._code, self.failure = code, failure
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def lose(self, code: int) -> None:
        """Note that the fork server has ended with `code`, and kill it; wait a few seconds until it has ended."""
        if self._pid is None:
            self.ended(code, f"the fork server has ended ({ended(code)})")
            return
        self._signals = [signal.SIGKILL]
        self._send_signals()
        if self._descriptor is not None:
            select.select([self._descriptor], [], [], _END_SECONDS)
        self.ended(-signal.SIGKILL)

    def _send_signals(self) -> None:
        if self._pid is None:
            return
        with suppress(ProcessLookupError):
            for number in self._signals:
                if self._descriptor is not None and sys.platform == "linux":
                    signal.pidfd_send_signal(self._descriptor, number)
                else:
                    os.kill(self._pid, number)
        # SIGKILL is remembered: its effect is overdue if no end is reported.
        self._signals = [number for number in self._signals if number == signal.SIGKILL]

    def _is_overdue(self) -> bool:
        has_ended = self._descriptor is not None and bool(select.select([self._descriptor], [], [], 0)[0])
        if not has_ended and signal.SIGKILL not in self._signals:
            self._overdue_since = None
            return False
        now = time.monotonic()
        self._overdue_since = self._overdue_since or now
        return now - self._overdue_since > _END_SECONDS


class ForkClient:
    """Starts a fork server when the first process is started, and again if it has ended. All processes it has forked end with it."""

    def __init__(self, environ: Mapping[str, str], *, module: str = "pagewitness.service.child") -> None:
        """Start nothing yet.

        Args:
            environ: The environment of the processes. Secrets reach only fetchers and deliveries; the settings of this program are passed on otherwise.
            module: The module whose `main` each process runs.
        """
        self._module = module
        self._secrets = {name: value for name, value in environ.items() if name.endswith(FREE_SUFFIXES)}
        passed = {name: value for name, value in environ.items() if not name.startswith(PREFIX)}
        self._environ = _MALLOC | {name: value for name, value in passed.items() if name not in self._secrets}
        self._server: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._lines = Lines()
        self._processes: dict[int, ForkedProcess] = {}
        self._number = 0

    def prepare(self) -> None:
        """Start the fork server, which then imports while the supervisor goes on; does nothing if it runs.

        Raises:
            OSError: The system cannot start the process.
        """
        self.receive()
        if self._channel is not None:
            return
        with ExitStack() as stack:
            ours, theirs = (stack.enter_context(end) for end in socket.socketpair())
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
            theirs.close()
            stack.pop_all()
        ours.setblocking(False)
        self._channel, self._lines = ours, Lines()

    def start(self, name: str, role: str, settings: Settings, listening: int | None) -> Process:
        """Request a process of the service; see `pagewitness.service.process.Launch`. Does not wait until it is forked.

        Raises:
            OSError: The system has no descriptors left, or cannot start the fork server.
        """
        self.prepare()
        assert self._channel is not None
        owner = f"{socket.gethostname()}:{os.getpid()}:{name}:{uuid.uuid4().hex[:8]}"
        with ExitStack() as ours, ExitStack() as theirs:
            configuration, writes_configuration = _pipe(theirs, ours)
            reports, reads = _pipe(theirs, ours, reversed_ends=True)
            lifeline, writes = _pipe(theirs, ours)
            passed = [configuration, reports, lifeline]
            if listening is not None and role == "web":
                passed.append(listening)
            environment = self._secrets if role in _TAKES_SECRETS else {}
            given = json.dumps({"settings": settings.model_dump_json(), "environment": environment}).encode()
            os.set_blocking(writes_configuration, False)
            if os.write(writes_configuration, given) < len(given):
                raise OSError(errno.EMSGSIZE, "the settings and secrets are larger than a pipe holds")
            self._number += 1
            request = {"number": self._number, "name": name, "role": role, "owner": owner, "descriptors": len(passed)}
            socket.send_fds(self._channel, [json.dumps(request).encode() + b"\n"], passed)
            for descriptor in (reads, writes):
                os.set_blocking(descriptor, False)
            ours.pop_all()
            os.close(writes_configuration)
        process = self._processes[self._number] = ForkedProcess(self)
        return Process(owner, process, reads, writes)

    def receive(self, seconds: float = 0.0) -> None:
        """Take the messages of the fork server, after waiting up to `seconds` for the first one."""
        channel = self._channel
        if channel is None:
            return
        select.select([channel], [], [], seconds)
        try:
            while data := channel.recv(_READ_BYTES):
                for message in self._lines.feed(data):
                    self._take(message["kind"], message["number"], message["value"])
        except BlockingIOError:
            return
        except (OSError, ValueError, KeyError):
            pass
        if self._server is not None:
            with suppress(subprocess.TimeoutExpired):
                self._server.wait(1)  # so that its own exit code is known
        self.close()

    def close(self) -> None:
        """End the fork server and every process it has forked, or has been asked for."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        code = -int(signal.SIGKILL)
        if self._server is not None:
            own = self._server.poll()
            self._server.kill()
            self._server.wait()
            self._server = None
            code = code if own is None else own
        processes, self._processes = [*self._processes.values()], {}
        for process in processes:
            process.lose(code)

    def _take(self, kind: str, number: int, value: int) -> None:
        process = self._processes.get(number)
        if process is None:
            return
        if kind == "started":
            process.started(value)
        else:
            del self._processes[number]
            process.ended(value if kind == "ended" else 1, "" if kind == "ended" else os.strerror(value))


def _pipe(theirs: ExitStack, ours: ExitStack, *, reversed_ends: bool = False) -> tuple[int, int]:
    """Return a new pipe as (their end, our end), each to be closed by its stack; their end is the reading one, unless `reversed_ends`."""
    reads, writes = os.pipe()
    their_end, our_end = (writes, reads) if reversed_ends else (reads, writes)
    theirs.callback(os.close, their_end)
    ours.callback(os.close, our_end)
    return their_end, our_end
