"""The web's connections: half a request holds one for a while only, and never keeps others from being served."""

from __future__ import annotations

import contextlib
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from monitor.errors import ConfigurationError
from pagewitness.settings import Settings
from pagewitness.web.connections import ConnectionLimits
from pagewitness.web.server import WebServer, allow_descriptors, listen
from tests.support.patience import PATIENCE_SECONDS, soon

PATIENT = ConnectionLimits(request_seconds=3600, idle_seconds=3600, stall_seconds=3600, answer_seconds=3600)
HALF = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: "


async def _hello(_: Request) -> Response:
    return PlainTextResponse("hello")


async def _much(_: Request) -> Response:
    return Response(b"x" * 16 * 1024**2)


APP = Starlette(routes=[Route("/", _hello), Route("/much", _much)])


_OPENED: list[socket.socket] = []


def connect(server: WebServer, sent: bytes) -> socket.socket:
    """A connection that has sent so much, and is closed before the server ends."""
    parts = urlsplit(server.url)
    connection = socket.create_connection((parts.hostname, parts.port), PATIENCE_SECONDS)
    _OPENED.append(connection)
    with contextlib.suppress(OSError):
        connection.sendall(sent)
    return connection


@contextlib.contextmanager
def served(limits: ConnectionLimits) -> Iterator[WebServer]:
    server = WebServer(APP, socket.create_server(("127.0.0.1", 0)), limits)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert soon(lambda: server._server.started)
        yield server
    finally:
        while _OPENED:
            _OPENED.pop().close()
        server.stop()
        thread.join()
        server.close()


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1024) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def says_hello(server: WebServer) -> bool:
    return httpx.get(server.url, timeout=PATIENCE_SECONDS).text == "hello"


def test_300_half_sent_requests_keep_no_other_client_from_being_served():
    with served(PATIENT) as server:
        half_open = [connect(server, HALF) for _ in range(300)]
        assert says_hello(server)
        assert soon(lambda: sum(map(is_open, half_open)) < PATIENT.connections), "too many stay open"
        assert len(server._server.server_state.connections) <= PATIENT.connections
        assert says_hello(server)


def test_where_all_places_are_taken_the_longest_waiting_gives_way():
    with served(ConnectionLimits(connections=8, request_seconds=3600)) as server:
        half_open = [connect(server, HALF) for _ in range(8)]
        assert soon(lambda: len(server._server.server_state.connections) == 8)
        assert says_hello(server)
        assert soon(lambda: not is_open(half_open[0]))
        assert all(map(is_open, half_open[1:]))


def test_a_connection_that_is_being_answered_does_not_give_way():
    with served(ConnectionLimits(connections=2, request_seconds=3600)) as server:
        reading = [connect(server, b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(2)]
        assert all(connection.recv(10) == b"HTTP/1.1 2" for connection in reading)
        refused = connect(server, HALF)
        assert soon(lambda: not is_open(refused))
        assert all(map(is_open, reading))


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"G",
        HALF,
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTT",
    ],
)
def test_a_request_that_does_not_arrive_in_time_ends_its_connection(sent: bytes):
    with served(ConnectionLimits(request_seconds=0.2, idle_seconds=3600)) as server:
        connection = connect(server, sent)
        assert soon(lambda: not is_open(connection))
        assert soon(lambda: not server._server.server_state.connections)


def test_bytes_that_drip_do_not_extend_the_time():
    with served(ConnectionLimits(request_seconds=0.5, idle_seconds=3600)) as server:
        connection = connect(server, HALF)

        def drip() -> bool:
            connection.setblocking(True)
            try:
                connection.sendall(b"x")
            except OSError:
                return True
            return not is_open(connection)

        assert soon(drip)


def test_a_response_that_is_not_received_ends_its_connection():
    with served(ConnectionLimits(stall_seconds=0.2)) as server:
        connect(server, b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        assert soon(lambda: server._server.server_state.total_requests or not server._server.server_state.connections)
        assert soon(lambda: not server._server.server_state.connections)


def test_a_client_that_takes_nothing_does_not_outlast_the_server():
    with served(PATIENT) as server:
        assert connect(server, b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n").recv(10) == b"HTTP/1.1 2"
        kept = _OPENED.pop()
    assert not server._server.server_state.connections
    kept.close()


def test_an_answer_that_is_taken_drop_by_drop_ends_in_time():
    with served(ConnectionLimits(answer_seconds=0.5)) as server:
        connection = connect(server, b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        assert soon(lambda: connection.recv(1000) == b"" or not server._server.server_state.connections)


def test_a_connection_serves_many_requests():
    with served(PATIENT) as server, httpx.Client(base_url=server.url, timeout=PATIENCE_SECONDS) as client:
        assert [client.get("/").text for _ in range(20)] == ["hello"] * 20
        assert len(server._server.server_state.connections) == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"X-Large": "x" * 40_000}, {400, 431}),
        ({f"X-{number}": "x" for number in range(120)}, {431}),
        ({"Content-Length": "100000"}, {413}),
        ({"Content-Length": "9" * 19}, {413}),
        ({"Transfer-Encoding": "chunked"}, {413}),
        ({"X-Small": "x" * 10_000, "Content-Length": "0"}, {200}),
    ],
)
def test_a_request_that_is_too_large_is_refused(fields: dict[str, str], status: set[int]):
    with served(PATIENT) as server:
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        connection = connect(server, f"GET / HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
        assert int(connection.recv(12).split()[1]) in status
        assert says_hello(server)


def test_a_very_long_target_is_refused():
    with served(PATIENT) as server:
        assert httpx.get(f"{server.url}?{'x' * 40_000}", timeout=PATIENCE_SECONDS).status_code in (400, 414, 431)
        assert says_hello(server)


def test_a_port_in_use_is_reported():
    with served(PATIENT) as server, pytest.raises(ConfigurationError, match="PAGEWITNESS_WEB_PORT"):
        listen(Settings(web_port=urlsplit(server.url).port))


_PROCESS = """
import signal, socket
from starlette.applications import Starlette
from pagewitness.web.connections import ConnectionLimits
from pagewitness.web.server import WebServer
server = WebServer(Starlette(), socket.create_server(("127.0.0.1", 0)), ConnectionLimits())
signal.signal(signal.SIGTERM, lambda *_: server.stop())
print(server.url, flush=True)
server.run()
server.close()
print("ended", flush=True)
"""


def test_it_is_the_main_loop_of_a_process_that_handles_its_own_signals():
    with subprocess.Popen([sys.executable, "-c", _PROCESS], stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        assert soon(lambda: _answers(url))
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "ended\n"
        assert process.wait(PATIENCE_SECONDS) == 0


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=PATIENCE_SECONDS).status_code == 404
    except httpx.TransportError:
        time.sleep(0.05)
        return False


def test_the_limit_of_open_files_is_raised_as_far_as_it_may_be_and_never_lowered():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (400, before[1]))
        allow_descriptors(500)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 500
        allow_descriptors(100)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 500
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
