"""The web process: serves the web application on the socket opened by the supervisor."""

from __future__ import annotations

import socket
from functools import partial

from pagewitness.service.child_context import Child, reporting
from pagewitness.service.control import ask
from pagewitness.web.server import Web


def run(child: Child) -> None:
    """Serve until the process is to end."""
    assert child.listening is not None
    listening = socket.socket(fileno=child.listening)
    supervisor = partial(ask, child.settings)
    with (
        Web(child.parts, listening=listening, metrics=child.metrics, ask=supervisor) as web,
        reporting(child, url=web.url),
    ):
        child.stopping.wait()
