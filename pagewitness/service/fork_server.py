"""The fork server: a process with every module imported, which forks the other processes of the service on request.

Run by the supervisor as `python -m pagewitness.service.fork_server MODULE PARENT DESCRIPTOR`. Over the socket DESCRIPTOR it receives requests (a JSON
object, then file descriptors) and sends {"started": pid} and {"ended": pid, "code": exit code}. A forked process runs `MODULE.main`.

Importing takes about a second of processor time, forking a few milliseconds, and forked processes share the memory of the imported code. Unlike the
supervisor, this process has a single thread, so that no forked process inherits a lock that is never released.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing import reduction
from multiprocessing.connection import Connection, wait
from typing import Any

from pagewitness.service.child import ROLES, Start
from pagewitness.service.process_limits import end_with_parent, set_process_name

_LONGEST_REQUEST = 1024 * 1024
_BLOCKED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


class ForkServer:
    """Forks a process for each request, and reports each end."""

    def __init__(self, descriptor: int) -> None:
        """Take over the socket `descriptor` and the handling of SIGCHLD."""
        self._requests = Connection(descriptor)
        self._ends, self._signalled = socket.socketpair()
        for end in (self._ends, self._signalled):
            end.setblocking(False)
        # A signal that arrives between fork and the child's own handlers stays pending in the child; here it has no effect.
        signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._signalled.fileno(), warn_on_full_buffer=False)

    def serve(self) -> Start | None:
        """Serve requests. Returns in each forked process with what it is to run, and in this process with None when the socket is closed."""
        with suppress(EOFError, OSError):
            while True:
                for ready in wait([self._requests, self._ends]):
                    if ready is self._ends:
                        self._report_ends()
                    elif (start := self._fork()) is not None:
                        return start
        return None

    def _fork(self) -> Start | None:
        request = json.loads(self._requests.recv_bytes(_LONGEST_REQUEST))
        with socket.socket(fileno=os.dup(self._requests.fileno())) as channel:
            descriptors = reduction.recvfds(channel, request.pop("descriptors"))
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._leave(parent, request["name"])
            return Start(**request, descriptors=descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        self._send({"started": pid})
        return None

    def _leave(self, parent: int, name: str) -> None:
        """In the forked process: give up what belongs to the fork server."""
        os.setsid()  # Ctrl-C in the terminal reaches only the supervisor, which then stops the process
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        end_with_parent(parent)
        set_process_name(name)
        self._requests.close()
        self._ends.close()
        self._signalled.close()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _BLOCKED)

    def _report_ends(self) -> None:
        with suppress(BlockingIOError):
            while self._ends.recv(4096):
                pass
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._send({"ended": ended[0], "code": os.waitstatus_to_exitcode(ended[1])})

    def _send(self, message: dict[str, int]) -> None:
        self._requests.send_bytes(json.dumps(message).encode())


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
