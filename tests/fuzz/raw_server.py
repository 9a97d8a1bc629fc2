"""Loopback HTTP server that answers with given bytes, whether or not they are HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

NEXT = b"\n--next response--\n"
"""Separator of the responses in an input."""
ORIGIN = b"{origin}"
"""Placeholder in a response for the server's own `http://address:port`."""
PATH = b"/" + b"a" * 60
"""Path of the page, on which a robots.txt rule with many wildcards backtracks."""
CLOSE, KEEP, DRIP = b"c", b"k", b"d"
"""First byte of a response: close the connection after it, leave the connection open, or send it one byte at a time."""

_ADDRESS = "127.0.0.1"
_LONGEST_REQUEST = 256 * 1024
_DRIP_SECONDS, _DRIPPED_BYTES = 0.02, 200


class RawServer:
    """Sends one response per request, in order, and the last one to every further request. Use it in a `with` block.

    Attributes:
        origin: `http://address:port` of the server.
        peer: `address:port`.
    """

    def __init__(self, responses: Sequence[bytes]) -> None:
        self._listener = socket.create_server((_ADDRESS, 0), backlog=16)
        self.peer = f"{_ADDRESS}:{self._listener.getsockname()[1]}"
        self.origin = f"http://{self.peer}"
        self._responses = [
            (response[:1], response[1:].replace(ORIGIN, self.origin.encode())) for response in responses or [b""]
        ]
        self._served = 0
        self._closing = threading.Event()
        self._sockets: list[socket.socket] = [self._listener]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        _close(self._listener)
        self._threads[0].join()
        for sock in self._sockets:
            _close(sock)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(connection)
            self._threads.append(threading.Thread(target=self._answer, args=[connection], daemon=True))
            self._threads[-1].start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError):
            while _received_request(connection):
                mode, response = self._responses[min(self._served, len(self._responses) - 1)]
                self._served += 1
                self._send(connection, mode, response)
                if mode not in (KEEP, DRIP):
                    break
        _close(connection)

    def _send(self, connection: socket.socket, mode: bytes, response: bytes) -> None:
        if mode == DRIP:
            for place in range(min(len(response), _DRIPPED_BYTES)):
                if self._closing.wait(_DRIP_SECONDS):
                    return
                connection.sendall(response[place : place + 1])
            response = response[_DRIPPED_BYTES:]
        connection.sendall(response)


def _received_request(connection: socket.socket) -> bool:
    """Read the head of a request; return False where the client closed the connection."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _LONGEST_REQUEST:
        piece = connection.recv(65_536)
        if not piece:
            return False
        head += piece
    return True


def _close(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
