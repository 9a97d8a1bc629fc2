"""HTTP sessions that never connect to a private address and never exceed the current deadline.

The address is checked at connect time, after name resolution, so neither a redirect nor a name that resolves differently the second
time (DNS rebinding) can evade the check. Independent of pages, snapshots and the meaning of responses. Used only by `monitor.fetching.fetch` and the
webhook channel.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import Iterator
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidProxyURL
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from monitor.transport.addresses import refused
from monitor.transport.connection import Guard, GuardedConnection, GuardedTlsConnection, HandshakeBroken, RefusedAddress
from monitor.transport.deadline import Deadline, Line
from monitor.urls import endpoint

__all__ = ["Deadline", "Guard", "HandshakeBroken", "Line", "RefusedAddress", "causes", "guarded_session", "refused"]


def guarded_session(
    guard: Guard,
    *,
    user_agent: str,
    pool_connections: int = 1,
    ca_bundle: str | None = None,
    proxy: str | None = None,
) -> requests.Session:
    """Return a session whose connections are checked by `guard`, put under the current `Deadline`, and verified if they use TLS.

    It uses nothing from the environment (no proxies, no .netrc, no certificate paths), retries nothing, and ignores `verify=` and `proxies=`.
    It follows redirects unless called with `allow_redirects=False`; the guard checks each hop anyway. Close it after use. Not thread-safe.

    Args:
        guard: Endpoints that may be private.
        user_agent: The User-Agent field.
        pool_connections: Number of endpoints to which one connection each is kept open.
        ca_bundle: A PEM file of trusted authorities; None means certifi's.
        proxy: The http or https URL of a proxy for all requests. The guard then checks only the connection to the proxy: the proxy resolves names and
            connects by itself, so it must refuse private addresses. None uses no proxy, whatever the environment says.
    """
    session = requests.Session()
    session.trust_env = False
    session.headers = CaseInsensitiveDict(
        {
            "User-Agent": user_agent,
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            # Only codings that the standard library decodes: the same request, and so the same entity, regardless of installed packages.
            "Accept-Encoding": "gzip, deflate",
        }
    )
    if proxy is not None:
        session.proxies = {"http": proxy, "https": proxy}
    adapter = _GuardedAdapter(guard, _tls_context(ca_bundle), pool_connections, proxy)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all its causes, outermost first: requests and urllib3 store them in `__cause__`, `reason` and the arguments."""
    waiting: list[object] = [error]
    visited: set[int] = set()
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, BaseException) and id(item) not in visited:
            visited.add(id(item))
            yield item
            waiting += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]


@functools.cache
def _tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    # Loading the authorities takes 10 to 20 ms, so it is done once per process and not once per connection.
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(ca_bundle or DEFAULT_CA_BUNDLE_PATH)
    return context


class _GuardedPool(HTTPConnectionPool):
    ConnectionCls = GuardedConnection

    def __init__(self, *args: Any, guard: Guard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn_kw["guard"] = guard


class _GuardedTlsPool(HTTPSConnectionPool):
    ConnectionCls = GuardedTlsConnection

    def __init__(self, *args: Any, guard: Guard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn_kw["guard"] = guard


class _GuardedAdapter(HTTPAdapter):
    """Creates all connections with the guarded classes and one TLS context that always verifies."""

    def __init__(self, guard: Guard, context: ssl.SSLContext, pool_connections: int, proxy: str | None) -> None:
        self._guard = guard if proxy is None else Guard(frozenset({endpoint(proxy)}))
        self._proxy = proxy
        self._context = context
        super().__init__(pool_connections=pool_connections, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pool_classes()

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:  # noqa: ARG002
        return super().build_connection_pool_key_attributes(request, True, cert)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:  # noqa: ARG002
        conn.cert_reqs = "CERT_REQUIRED"

    def proxy_manager_for(self, proxy: Any, **proxy_kwargs: Any) -> Any:
        if proxy != self._proxy:
            raise InvalidProxyURL("a guarded session uses no proxy but its own: a proxy connects where it likes")
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, **proxy_kwargs)
        manager.pool_classes_by_scheme = self._pool_classes()
        return manager

    def _pool_classes(self) -> dict[str, Any]:
        return {
            "http": functools.partial(_GuardedPool, guard=self._guard),
            "https": functools.partial(_GuardedTlsPool, guard=self._guard),
        }
