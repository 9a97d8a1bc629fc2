"""The web process: serves the web application on the socket opened by the supervisor."""

from __future__ import annotations

import socket
from functools import partial

import structlog

from pagewitness.service.child_context import Child, reporting
from pagewitness.service.control import ask
from pagewitness.web.server import Web

_log = structlog.get_logger(__name__)


def run(child: Child) -> None:
    """Serve until the process is to end."""
    assert child.listening is not None
    listening = socket.socket(fileno=child.listening)
    supervisor = partial(ask, child.settings)
    with (
        Web(child.parts, listening=listening, metrics=child.metrics, ask=supervisor) as web,
        reporting(child, url=web.url),
    ):
        log_first_admin(web)
        child.stopping.wait()


def log_first_admin(web: Web) -> None:
    """Log the one-time link with which the first administrator is added, if there is no user yet."""
    link = web.first_admin_link()
    if link is not None:
        _log.warning("no_user_yet", add_the_first_administrator_at=link)
