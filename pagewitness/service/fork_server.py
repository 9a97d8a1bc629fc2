"""The fork server: a process with every module imported, which forks the other processes of the service on request.

Run by the supervisor as `python -m pagewitness.service.fork_server MODULE PARENT DESCRIPTOR`. Over the socket DESCRIPTOR it receives requests, each a JSON
object with file descriptors, and sends lines {"kind": "started", "number", "value": pid}, {"kind": "failed", "number", "value": errno} and {"kind": "ended",
"number", "value": exit code}, where the number is that of the request. A forked process runs `MODULE.main`.

Importing takes about a second of processor time, forking a few milliseconds, and forked processes share the memory of the imported code. Unlike the
supervisor, this process has a single thread, so that no forked process inherits a lock that is never released.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

from pagewitness.service.child import ROLES, Start
from pagewitness.service.process_limits import end_with_parent, set_process_name

_LONGEST_REQUEST = 65_536
_MAX_DESCRIPTORS = 64
_BLOCKED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


class ForkServer:
    """Forks a process for each request, and reports each end."""

    def __init__(self, descriptor: int) -> None:
        """Take over the socket `descriptor` and the handling of SIGCHLD."""
        self._channel = socket.socket(fileno=descriptor)
        self._channel.setblocking(True)
        self._numbers: dict[int, int] = {}
        self._ends, self._signalled = socket.socketpair()
        for end in (self._ends, self._signalled):
            end.setblocking(False)
        # Signals meant for the service have no effect here. One that arrives right after the fork stays pending until the child unblocks it.
        signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._signalled.fileno(), warn_on_full_buffer=False)

    def serve(self) -> Start | None:
        """Serve requests. Returns in each forked process with what it is to run, and in this process with None when the socket is closed."""
        while True:
            ready, _, _ = select.select([self._channel, self._ends], [], [])
            try:
                if self._ends in ready:
                    self._report_ends()
                if self._channel in ready:
                    data, descriptors, _, _ = socket.recv_fds(self._channel, _LONGEST_REQUEST, _MAX_DESCRIPTORS)
                    if not data:
                        return None
                    for line in data.splitlines():  # the supervisor sends each request in one piece
                        request = json.loads(line)
                        count = request.pop("descriptors")
                        start = self._fork(request, descriptors[:count], complete=len(descriptors) >= count)
                        if start is not None:
                            _close(descriptors[count:])
                            return start
                        descriptors = descriptors[count:]
            except ConnectionError:
                return None  # the supervisor has ended

    def _fork(self, request: dict[str, Any], descriptors: Sequence[int], *, complete: bool) -> Start | None:
        """Fork a process. Returns in the forked process only; `complete`: whether this process had room for all descriptors of the request."""
        number = request.pop("number")
        parent = os.getpid()
        try:
            pid = os.fork() if complete else None
        except OSError:
            pid = None
        if pid == 0:
            self._leave(parent, request["name"])
            return Start(**request, descriptors=descriptors)
        _close(descriptors)
        if pid is None:
            self._send("failed", number, errno.EAGAIN if complete else errno.EMFILE)
        else:
            self._numbers[pid] = number
            self._send("started", number, pid)
        return None

    def _leave(self, parent: int, name: str) -> None:
        """In the forked process: give up what belongs to the fork server."""
        os.setsid()  # Ctrl-C in the terminal reaches only the supervisor, which then stops the process
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        end_with_parent(parent)
        set_process_name(name)
        for end in (self._channel, self._ends, self._signalled):
            end.close()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _BLOCKED)

    def _report_ends(self) -> None:
        with suppress(BlockingIOError):
            while self._ends.recv(4096):
                pass
        with suppress(ChildProcessError):
            while (waited := os.waitpid(-1, os.WNOHANG))[0]:
                if (number := self._numbers.pop(waited[0], None)) is not None:
                    self._send("ended", number, os.waitstatus_to_exitcode(waited[1]))

    def _send(self, kind: str, number: int, value: int) -> None:
        self._channel.sendall(json.dumps({"kind": kind, "number": number, "value": value}).encode() + b"\n")


def _close(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def main(arguments: Sequence[str]) -> None:
    """Import the code of every role, then serve; in a forked process, run its role."""
    module, parent, descriptor = arguments
    end_with_parent(int(parent))
    set_process_name("fork-server")
    server = ForkServer(int(descriptor))
    run: Callable[[Start], Any] = import_module(module).main
    for role, _ in ROLES.values():
        import_module(role)
    gc.collect()
    gc.freeze()  # the collector would write to, and so copy, every shared page
    start = server.serve()
    if start is not None:
        run(start)


if __name__ == "__main__":
    main(sys.argv[1:])
