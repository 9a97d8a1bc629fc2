"""Ports that no other process gets while a test needs them to be free."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


def keep_port(host: str = "127.0.0.1") -> socket.socket:
    """A port of the system's choice, ours until the socket is closed. Nothing listens there, so connections are refused.

    A server of ours may listen on it meanwhile, and stop, if it sets SO_REUSEADDR as servers do; the system gives the port to no other process.
    """
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind((host, 0))
    return kept


@contextmanager
def unused_port(host: str = "127.0.0.1") -> Iterator[int]:
    """A port on which nothing listens, reserved for this process for the duration of the block."""
    with keep_port(host) as kept:
        yield kept.getsockname()[1]
