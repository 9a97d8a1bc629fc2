"""The HTTP server of the web application, run in a thread or as the main loop of a process."""

from __future__ import annotations

import asyncio
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from monitor.errors import ConfigurationError
from pagewitness.clock import system_clock
from pagewitness.composition import AppContext, open_extractor
from pagewitness.replay.rewrite_worker import LimitedRewriter, ReplayLimits, Rewriter
from pagewitness.service.liveness import HealthReporter
from pagewitness.service.metrics import Metrics
from pagewitness.settings import Settings
from pagewitness.web.access.policy import AccessPolicy, read_networks
from pagewitness.web.accounts.first_admin import first_admin_link
from pagewitness.web.app import LOOPBACK_HOSTS, create_app
from pagewitness.web.connections import ConnectionLimits, RequestLimits, limited_protocol
from pagewitness.workers.model import WorkerLimits
from pagewitness.workers.pool import WorkerPool
from storage.account_store import AccountStore
from storage.accounts.model import Role

_RESULT_BYTES = 64 * 1024**2
_OTHER_DESCRIPTORS = 128  # files, database connections, pipes of worker processes


class WebServer:
    """Serves an application on a listening socket.

    Attributes:
        url: The URL it listens on, with the actual port.
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
        """Serve in this thread until `stop`. Signal handling is left to the caller."""
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Make `run` return when the current responses are sent, within 5 s. May be called from any thread and from a signal handler."""
        self._server.should_exit = True

    def close(self) -> None:
        """Close the listening socket."""
        self._socket.close()


class Web:
    """The web application with its server: `with` serves it in a new thread, `run` in the current one.

    Attributes:
        url: The URL it listens on, with the actual port.
    """

    def __init__(
        self,
        parts: AppContext,
        *,
        listening: socket.socket | None = None,
        metrics: Metrics | None = None,
        ask: Callable[[str], Any] | None = None,
        clock: Callable[[], datetime] = system_clock,
    ) -> None:
        """Bind the address, so that a port in use is reported before anything starts.

        Args:
            parts: The application context.
            listening: A listening socket, closed at the end; None binds the address of the settings.
            metrics: The metrics of this process; None creates new ones.
            ask: Queries the supervisor (see `pagewitness.service.control.ask`); None if the web runs without the service.
            clock: The observing clock.

        Raises:
            ConfigurationError: The address cannot be bound.
        """
        settings = parts.settings
        taken = listening or listen(settings)
        self._connections = settings.web_connections
        self._rewriter = open_rewriter(settings)
        self._accounts, self._base_url = AccountStore(parts.database), settings.published_url
        self._clock = clock
        app = _app(parts, metrics, ask, self._rewriter, clock)
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
        """Serve in this thread, as the main loop of a process, until `stop`. Raises the process's soft limit of open files if it is too low."""
        allow_descriptors(self._connections + _OTHER_DESCRIPTORS)
        try:
            self._server.run()
        finally:
            self._close()

    def first_admin_link(self) -> str | None:
        """Make a one-time link with which the first administrator is added; None if there is a user already."""
        base = self._base_url or self.url.rstrip("/")
        return first_admin_link(self._accounts, base, self._clock())

    def stop(self) -> None:
        """Stop serving; see `WebServer.stop`."""
        self._server.stop()

    def _close(self) -> None:
        self._server.close()
        self._rewriter.close()


class _Server(uvicorn.Server):
    """A uvicorn server without signal handlers, because the process has its own. Shutdown aborts connections that are still open."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def open_rewriter(settings: Settings) -> LimitedRewriter:
    """Return a rewriter with the limits of the settings and its own worker processes; the caller must close it."""
    limits = WorkerLimits(
        settings.replay_seconds, settings.parse_memory_bytes, settings.replays, result_bytes=_RESULT_BYTES
    )
    return LimitedRewriter(WorkerPool(limits))


def allow_descriptors(needed: int) -> None:
    """Raise this process's soft limit of open files to `needed`, or to the hard limit if that is lower."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        wanted = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def listen(settings: Settings) -> socket.socket:
    """Return a socket that listens on the web's address.

    Raises:
        ConfigurationError: The address cannot be bound.
    """
    host, port = settings.web_host, settings.web_port
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen()  # bind alone does not keep a second process from using the port
    except OSError as error:
        taken.close()
        raise ConfigurationError(
            f"the web cannot listen on {host}:{port} ({error.strerror}); set PAGEWITNESS_WEB_PORT to a free port"
        ) from None
    return taken


def _app(
    parts: AppContext,
    metrics: Metrics | None,
    ask: Callable[[str], Any] | None,
    rewriter: Rewriter,
    clock: Callable[[], datetime],
) -> Starlette:
    counted = metrics or Metrics(parts.database, clock=system_clock, version=version("pagewitness"))
    settings = parts.settings
    return create_app(
        parts.history,
        clock=clock,
        version=version("pagewitness"),
        operation=HealthReporter(parts.database, counted, ask),
        allowed_hosts=_allowed_hosts(settings),
        rewriter=rewriter,
        replay_limits=ReplayLimits(settings.replays, settings.replay_wait_seconds, settings.replay_buffer_bytes),
        base_url=settings.published_url,
        replay_origin=settings.replay_origin,
        # Its workers start with the first comparison that needs one, and end with this process.
        extract=open_extractor(settings),
        accounts=AccountStore(parts.database),
        access=access_policy(settings),
        store=parts.store,
    )


def access_policy(settings: Settings) -> AccessPolicy:
    """Return the rules of access of the settings."""
    role = settings.user_header_role
    return AccessPolicy(
        anonymous_reads=settings.anonymous == "read",
        base_url=settings.published_url,
        proxies=read_networks(settings.trusted_proxies),
        user_header=settings.user_header,
        user_header_role=None if role == "none" else Role(role),
    )


def _allowed_hosts(settings: Settings) -> frozenset[str]:
    """Return the accepted host names: loopback, the bound address, and the names it is published under.

    Any other name in a Host field means a foreign page that uses DNS rebinding.
    """
    published = (urlsplit(url).hostname for url in (settings.base_url, settings.replay_origin) if url)
    return frozenset({*LOOPBACK_HOSTS, settings.web_host, *(host for host in published if host)})
