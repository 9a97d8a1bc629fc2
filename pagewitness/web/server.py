"""The web's server: in a thread beside the service, or as the main loop of a process of its own."""

from __future__ import annotations

import asyncio
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from monitor.errors import ConfigurationError
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext
from pagewitness.replay.limited import LimitedRewriter, ReplayLimits, Rewriter
from pagewitness.service.liveness import HealthReporter
from pagewitness.service.metrics import Metrics
from pagewitness.settings import Settings
from pagewitness.web.app import LOOPBACK_HOSTS, create_app
from pagewitness.web.connections import ConnectionLimits, RequestLimits, limited_protocol
from pagewitness.workers.model import WorkerLimits
from pagewitness.workers.pool import WorkerPool

_RESULT_BYTES = 64 * 1024**2
_OTHER_DESCRIPTORS = 128  # files, database connections, pipes of worker processes


class WebServer:
    """Serves an application on a socket that listens already.

    Attributes:
        url: Where it listens, with the port that was really taken.
    """

    def __init__(self, app: ASGIApp, listening: socket.socket, limits: ConnectionLimits) -> None:
        self._socket = listening
        host, port = listening.getsockname()[:2]
        self.url = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
        config = uvicorn.Config(
            RequestLimits(app, limits),
            interface="asgi3",
            http=limited_protocol(limits),
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            backlog=limits.connections,
            h11_max_incomplete_event_size=limits.header_bytes,
            timeout_keep_alive=max(1, round(limits.idle_seconds)),
            timeout_graceful_shutdown=5,
        )
        self._server = _Server(config)

    def run(self) -> None:
        """Serve in this thread until `stop`. Signals are left to the caller."""
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Let `run` return when the answers under way are sent, within 5 s. May be called from any thread and from a signal handler."""
        self._server.should_exit = True

    def close(self) -> None:
        """Give the address back."""
        self._socket.close()


class Web:
    """The web of these parts: `with` serves it in a thread, `run` in this one.

    Attributes:
        url: Where it listens, with the port that was really taken.
    """

    def __init__(
        self,
        parts: AppContext,
        *,
        listening: socket.socket | None = None,
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
        settings = parts.settings
        taken = listening or listen(settings)
        self._connections = settings.web_connections
        self._rewriter = open_rewriter(settings)
        app = _app(parts, metrics, ask, self._rewriter)
        self._server = WebServer(app, taken, ConnectionLimits(connections=settings.web_connections))
        self.url = self._server.url
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    def __enter__(self) -> Self:
        allow_descriptors(self._connections + _OTHER_DESCRIPTORS)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._thread.join()
        self._close()

    def run(self) -> None:
        """Serve in this thread, as the main loop of a process, until `stop`. Raises the process's limit of open files where that is too low."""
        allow_descriptors(self._connections + _OTHER_DESCRIPTORS)
        try:
            self._server.run()
        finally:
            self._close()

    def stop(self) -> None:
        """End it; see `WebServer.stop`."""
        self._server.stop()

    def _close(self) -> None:
        self._server.close()
        self._rewriter.close()


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the process has its own. A client that takes nothing more does not outlast it."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def open_rewriter(settings: Settings) -> LimitedRewriter:
    """A rewriter within the settings' limits, in worker processes of its own; to be closed."""
    limits = WorkerLimits(
        settings.replay_seconds, settings.parse_memory_bytes, settings.replays, result_bytes=_RESULT_BYTES
    )
    return LimitedRewriter(WorkerPool(limits))


def allow_descriptors(needed: int) -> None:
    """Raise this process's soft limit of open files to `needed`, as far as its hard limit allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        wanted = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


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


def _app(parts: AppContext, metrics: Metrics | None, ask: Callable[[str], Any] | None, rewriter: Rewriter) -> Starlette:
    counted = metrics or Metrics(parts.database, clock=system_clock, version=version("pagewitness"))
    settings = parts.settings
    return create_app(
        parts.history,
        clock=system_clock,
        version=version("pagewitness"),
        operation=HealthReporter(parts.database, counted, ask),
        allowed_hosts=_allowed_hosts(settings),
        rewriter=rewriter,
        replay_limits=ReplayLimits(settings.replays, settings.replay_wait_seconds, settings.replay_buffer_bytes),
    )


def _allowed_hosts(settings: Settings) -> frozenset[str]:
    """Names under which the web answers: loopback's, the address it is bound to, and those it is published under.

    Any other name in a Host field is somebody else's page calling through DNS rebinding.
    """
    published = (urlsplit(url).hostname for url in (settings.base_url, settings.replay_origin) if url)
    return frozenset({*LOOPBACK_HOSTS, settings.web_host, *(host for host in published if host)})
