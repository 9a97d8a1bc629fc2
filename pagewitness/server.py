"""The web in a thread of its own, beside the service or alone."""

from __future__ import annotations

import socket
import threading
from importlib.metadata import version
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette

from monitor.errors import ConfigurationError
from pagewitness.clock import system_clock
from pagewitness.metrics import Metrics
from pagewitness.pulse import Operation
from pagewitness.service import Service
from pagewitness.settings import Settings
from pagewitness.web import LOOPBACK_HOSTS, create_app
from pagewitness.wiring import Parts


class Web:
    """Serves while it is entered.

    Attributes:
        url: Where it listens, with the port that was really taken.
    """

    def __init__(self, parts: Parts, service: Service | None = None) -> None:
        """Bind the address, so that a port in use is said before anything starts.

        Args:
            parts: What is shown.
            service: Whose health is told; None where the web runs alone.

        Raises:
            ConfigurationError: The address cannot be bound.
        """
        host, port = parts.settings.web_host, parts.settings.web_port
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = socket.socket(family, socket.SOCK_STREAM)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
            self._socket.listen()  # only listening keeps a second process off the port
        except OSError as error:
            self._socket.close()
            raise ConfigurationError(
                f"the web cannot listen on {host}:{port} ({error.strerror}); set PAGEWITNESS_WEB_PORT to a free port"
            ) from None
        taken = self._socket.getsockname()[1]
        self.url = f"http://[{host}]:{taken}/" if ":" in host else f"http://{host}:{taken}/"
        config = uvicorn.Config(
            _app(parts, service),
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


def _app(parts: Parts, service: Service | None) -> Starlette:
    metrics = (
        service.metrics if service else Metrics(parts.database, clock=system_clock, version=version("pagewitness"))
    )
    return create_app(
        parts.history,
        clock=system_clock,
        version=version("pagewitness"),
        operation=Operation(parts.database, metrics, service.pulse if service else None),
        allowed_hosts=_allowed_hosts(parts.settings),
    )


def _allowed_hosts(settings: Settings) -> frozenset[str]:
    """Names under which the web answers: loopback's, the address it is bound to, and those it is published under.

    Any other name in a Host field is somebody else's page calling through DNS rebinding.
    """
    published = (urlsplit(url).hostname for url in (settings.base_url, settings.replay_origin) if url)
    return frozenset({*LOOPBACK_HOSTS, settings.web_host, *(host for host in published if host)})
