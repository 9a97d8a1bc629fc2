"""TCP servers that say what they like: nothing, a byte now and then, or no end of it. Each connection has a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain, repeat

import pytest

from tests.support.patience import PATIENCE_SECONDS

Talk = Callable[["Talker", socket.socket], None]
"""What is done with one connection; it ends when the client hangs up or the talker is closed."""


class Talker:
    """A server on a port of its own.

    Attributes:
        port: Where it listens.
        connections: How many clients came.
        sent: Bytes sent, to all connections together.
        closing: Set when it is to end.
    """

    def __init__(self, talk: Talk) -> None:
        self.connections = 0
        self.sent = 0
        self.closing = threading.Event()
        self._talk = talk
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listening.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def say(self, connection: socket.socket, data: bytes) -> None:
        connection.sendall(data)
        self.sent += len(data)

    def close(self) -> None:
        self.closing.set()
        for sock in (self._listening, *list(self._open)):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(PATIENCE_SECONDS)
        self._listening.close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._talk(self, connection)
        self._open.discard(connection)


def silent(talker: Talker, connection: socket.socket) -> None:
    """Take the connection, and never say a word."""
    talker.closing.wait()


def dripping(start: bytes, drop: bytes = b"x", seconds: float = 0.05) -> Talk:
    """Say `start`, then `drop` every few hundredths of a second, for ever: no silence is long enough to be noticed."""

    def talk(talker: Talker, connection: socket.socket) -> None:
        talker.say(connection, start)
        while not talker.closing.wait(seconds):
            talker.say(connection, drop)

    return talk


def pouring(start: bytes, drop: bytes) -> Talk:
    """Say `start`, then `drop` as fast as it is taken, for ever."""

    def talk(talker: Talker, connection: socket.socket) -> None:
        connection.recv(1)
        for data in chain([start], repeat(drop)):
            if talker.closing.is_set():
                return
            talker.say(connection, data)

    return talk


@pytest.fixture
def talking() -> Iterator[Callable[[Talk], Talker]]:
    """Starts servers: `talking(silent)`."""
    with ExitStack() as stack:

        def start(talk: Talk) -> Talker:
            talker = Talker(talk)
            stack.callback(talker.close)
            return talker

        yield start
