"""The web in a thread of its own, beside the service or alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette

from monitor.errors import ConfigurationError
from pagewitness.clock import system_clock
from pagewitness.metrics import Metrics
from pagewitness.pulse import Operation
from pagewitness.settings import Settings
from pagewitness.web import LOOPBACK_HOSTS, create_app
from pagewitness.wiring import Parts


def listen(settings: Settings) -> socket.socket:
    """A socket that listens on the web's address.

    Raises:
        ConfigurationError: The address cannot be bound.
    """
    host, port = settings.web_host, settings.web_port
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen()  # only listening keeps a second process off the port
    except OSError as error:
        taken.close()
        raise ConfigurationError(
            f"the web cannot listen on {host}:{port} ({error.strerror}); set PAGEWITNESS_WEB_PORT to a free port"
        ) from None
    return taken


class Web:
    """Serves while it is entered.

    Attributes:
        url: Where it listens, with the port that was really taken.
    """

    def __init__(
        self,
        parts: Parts,
        listening: socket.socket | None = None,
        *,
        metrics: Metrics | None = None,
        ask: Callable[[str], Any] | None = None,
    ) -> None:
        """Bind the address, so that a port in use is reported before anything starts.

        Args:
            parts: What is shown.
            listening: A socket that listens already, which is closed in the end; None binds the settings' address.
            metrics: What this process counts; None counts nothing but itself.
            ask: Asks the service's supervisor (see `pagewitness.service.control.ask`); None where the web runs alone.

        Raises:
            ConfigurationError: The address cannot be bound.
        """
        self._socket = listening or listen(parts.settings)
        host, taken = self._socket.getsockname()[:2]
        self.url = f"http://[{host}]:{taken}/" if ":" in host else f"http://{host}:{taken}/"
        config = uvicorn.Config(
            _app(parts, metrics, ask),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="web", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def _app(parts: Parts, metrics: Metrics | None, ask: Callable[[str], Any] | None) -> Starlette:
    counted = metrics or Metrics(parts.database, clock=system_clock, version=version("pagewitness"))
    return create_app(
        parts.history,
        clock=system_clock,
        version=version("pagewitness"),
        operation=Operation(parts.database, counted, ask),
        allowed_hosts=_allowed_hosts(parts.settings),
    )


def _allowed_hosts(settings: Settings) -> frozenset[str]:
    """Names under which the web answers: loopback's, the address it is bound to, and those it is published under.

    Any other name in a Host field is somebody else's page calling through DNS rebinding.
    """
    published = (urlsplit(url).hostname for url in (settings.base_url, settings.replay_origin) if url)
    return frozenset({*LOOPBACK_HOSTS, settings.web_host, *(host for host in published if host)})
