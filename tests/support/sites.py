"""A real web server in a thread, on a loopback address and a free port: well behaved by default, and badly behaved on request.

    site.serve("/", "<p>85 members</p>", etag='"1"')       a page; 304 where If-None-Match is exactly that
    site.route("/api", lambda request: Answer(body=b"{}", content_type="application/json"))
    site.requests_for("/")                                 what was asked of it, in order

Pages and misbehaviours keep their place until replaced. The server is HTTP/1.1 with keep-alive and adds no header fields of its own.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Self

import pytest
import trustme

from tests.support.ports import keep_port
from tests.support.servers import Answer, Handler, Headers, Received, SiteServer, chunked

__all__ = ["Answer", "Received", "Site", "chunked", "server_context"]


class Site:
    """A web server. Use it in a `with` block, or through the fixtures `site`, `tls_site` and `sites`."""

    def __init__(
        self, host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None, ca_bundle: str | None = None
    ) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.errors: list[BaseException] = []
        self.ca_bundle = ca_bundle
        self.closing = threading.Event()
        self._routes: dict[str, Handler] = {}
        self._kept = keep_port(host)
        self.host, self.port = host, int(self._kept.getsockname()[1])
        self._server = SiteServer((host, self.port), self, tls)
        self.scheme = "https" if tls else "http"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), name=f"site {self.port}", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._kept.close()
        self.stop()

    def stop(self) -> None:
        """Close every connection and wait for the threads; further connections are refused. Raises what a handler raised, if one did."""
        if not self.closing.is_set():
            self.closing.set()
            self._server.shutdown()
            self._server.hang_up()
            self._server.server_close()
            self._thread.join()
        if self.errors:
            raise self.errors.pop()

    @property
    def endpoint(self) -> tuple[str, int]:
        return self.host, self.port

    def url(self, path: str = "/", host: str | None = None) -> str:
        """The URL of a path; `host` is another name for the same server."""
        return f"{self.scheme}://{host or self.host}:{self.port}{path}"

    def requests_for(self, path: str) -> list[Received]:
        return [request for request in self.requests if request.path == path]

    def route(self, path: str, handler: Handler) -> str:
        """Let `handler` answer for a path, with or without query; gives the path's URL."""
        self._routes[path] = handler
        return self.url(path)

    def answer(self, request: Received) -> Answer | None:
        self.requests.append(request)
        handler = self._routes.get(request.path) or self._routes.get(request.path.partition("?")[0])
        return handler(request) if handler else Answer("nothing here", status=404, content_type="text/plain")

    # --- good behaviour ---

    def serve(
        self,
        path: str,
        body: bytes | str,
        *,
        status: int = 200,
        headers: Headers = (),
        content_type: str | None = "text/html; charset=utf-8",
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> str:
        """Serve a page from now on; answers 304 where its own validator comes back exactly. Gives the page's URL."""
        own = [("ETag", etag)] * bool(etag) + [("Last-Modified", last_modified)] * bool(last_modified)
        fields = [*headers, *((name, value) for name, value in own if value)]

        def handler(request: Received) -> Answer:
            requested = request.header("If-None-Match")
            same = (
                requested == etag
                if requested
                else last_modified and request.header("If-Modified-Since") == last_modified
            )
            if (etag or last_modified) and same:
                return Answer(status=304, headers=fields, content_type=None)
            return Answer(body, status, fields, content_type)

        return self.route(path, handler)

    def redirect(
        self, path: str, target: str, *, status: int = 302, headers: Headers = (), body: bytes | str = ""
    ) -> str:
        return self.serve(path, body, status=status, headers=[("Location", target), *headers])

    def redirect_chain(self, path: str, hops: int, end: str = "/") -> str:
        """`hops` redirects one after the other from `path`, the last one to `end`; gives the first URL."""
        names = [path, *(f"{path}-{number}" for number in range(1, hops)), end]
        for here, there in pairwise(names):
            self.redirect(here, there)
        return self.url(path)

    def redirect_loop(self, path: str) -> str:
        """`path` and `path`-back lead to each other for ever."""
        self.redirect(f"{path}-back", path)
        return self.redirect(path, f"{path}-back")

    # --- bad behaviour: each takes a path and gives its URL ---

    def endless(self, path: str, headers: Headers = ()) -> str:
        """A body that never ends, as fast as it is read."""

        def handler(request: Received) -> None:
            request.socket.sendall(_head(headers))
            while request.pause(0):
                request.socket.sendall(b"x" * 65536)

        return self.route(path, handler)

    def drip_headers(self, path: str, every: float = 0.02) -> str:
        """A header field that grows by a byte at a time and never ends."""
        return self._drip(path, b"HTTP/1.1 200 OK\r\nX-Slow: ", every)

    def drip_body(self, path: str, every: float = 0.02, headers: Headers = ()) -> str:
        """A body that grows by a byte at a time and never ends."""
        return self._drip(path, _head(headers), every)

    def silent(self, path: str) -> str:
        """Accepts the request and never answers."""

        def handler(request: Received) -> None:
            while request.pause(0.05):
                pass

        return self.route(path, handler)

    def reset_body(self, path: str, sent: bytes, declared: int = 1_000_000, after: float = 0.05) -> str:
        """The first bytes of a body, then a connection reset, which loses what was not read in so many seconds."""
        return self._raw(path, _head([("Content-Length", str(declared))]) + sent, reset=True, after=after)

    def short_body(self, path: str, sent: bytes, declared: int, after: float = 0) -> str:
        """A body that ends in good order before its Content-Length is reached, so many seconds after what was sent."""
        return self._raw(path, _head([("Content-Length", str(declared))]) + sent, after=after)

    def garbage(self, path: str, sent: bytes = b"\x00\x01not http at all\r\n\r\n") -> str:
        """Any bytes instead of a response."""
        return self._raw(path, sent)

    def hang_up(self, path: str, *, reset: bool = False) -> str:
        """No answer at all: the connection is closed, or reset."""
        return self._raw(path, b"", reset=reset)

    def gzip_bomb(self, path: str, size: int = 200_000_000) -> str:
        """Zeros that take a thousandth of their size on the wire."""
        return self.serve(path, gzip.compress(bytes(size), 1, mtime=0), headers=[("Content-Encoding", "gzip")])

    def _raw(self, path: str, sent: bytes, *, reset: bool = False, after: float = 0) -> str:
        def handler(request: Received) -> None:
            request.socket.sendall(sent)
            request.pause(after)
            if reset:
                request.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        return self.route(path, handler)

    def _drip(self, path: str, start: bytes, every: float) -> str:
        def handler(request: Received) -> None:
            request.socket.sendall(start)
            while request.pause(every):
                request.socket.sendall(b"z")

        return self.route(path, handler)


def _head(headers: Headers) -> bytes:
    fields = "".join(f"{name}: {value}\r\n" for name, value in [("Content-Type", "text/html"), *headers])
    return f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode("latin-1")


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on 127.0.0.1."""
    with Site() as server:
        yield server


@pytest.fixture
def sites() -> Iterator[Callable[..., Site]]:
    """Makes more sites: `sites("127.0.0.2")`. All are stopped at the end."""
    with contextlib.ExitStack() as stack:
        yield lambda host="127.0.0.1", **kwargs: stack.enter_context(Site(host, **kwargs))


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that only `ca_bundle` trusts."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PEM file with the authority's certificate."""
    path: Path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """What a `Site(tls=…)` needs to show a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def tls_site(authority: trustme.CA, ca_bundle: str) -> Iterator[Site]:
    """A site over TLS, its certificate good for 127.0.0.1 and localhost; trust `tls_site.ca_bundle`."""
    context = server_context(authority.issue_cert("127.0.0.1", "localhost"))
    with Site(tls=context, ca_bundle=ca_bundle) as server:
        yield server
