"""HTTP that cannot be talked into reaching a private address and cannot be kept waiting.

The address is judged where it is connected to, after the name was resolved, so neither a redirect nor a name that resolves differently the second
time gets round it. Knows nothing of pages, snapshots or what a response means. `monitor.fetching.fetch` and the webhook channel are its only users.
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
    """A session whose every connection is judged by `guard`, put under the current `Deadline`, and verified where it is TLS.

    It takes nothing from the environment (no proxies, no .netrc, no certificate paths), retries nothing, and ignores `verify=` and `proxies=`.
    It follows redirects unless told `allow_redirects=False`; the guard judges each hop anyway. Close it when done. One thread at a time.

    Args:
        guard: Which endpoints may be private.
        user_agent: The User-Agent field.
        pool_connections: To how many endpoints one connection each is kept open.
        ca_bundle: A PEM file of trusted authorities; None means certifi's.
        proxy: The http or https URL of a proxy through which everything goes. The guard then judges nothing: the proxy looks names up and
            connects where it likes, so it must refuse private addresses itself. None uses none, whatever the environment says.
    """
    session = requests.Session()
    session.trust_env = False
    session.headers = CaseInsensitiveDict(
        {
            "User-Agent": user_agent,
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            # Only what the standard library can decode: the same request, and so the same entity, whatever else is installed.
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
    """An error and all that it came of, outermost first: requests and urllib3 wrap in `__cause__`, `reason` and their arguments."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, BaseException) and id(item) not in seen:
            seen.add(id(item))
            yield item
            waiting += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]


@functools.cache
def _tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    # Loading the authorities costs 10 to 20 ms, so it is done once a process and not once a connection.
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
    """Makes all connections through the guarded classes, with one TLS context that always verifies."""

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
