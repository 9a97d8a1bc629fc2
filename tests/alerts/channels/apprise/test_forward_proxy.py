"""The forward proxy against real servers on loopback."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest
import requests

from alerts.channels.apprise.forward_proxy import ForwardProxy
from monitor.transport.connection import Guard
from tests.support.patience import PATIENCE_SECONDS, soon
from tests.support.receivers import Answer
from tests.support.talkers import pouring, silent


@pytest.fixture
def proxy(receiver):
    guard = Guard(frozenset({("127.0.0.1", receiver.port)}))
    with ForwardProxy(guard, connect_seconds=10, seconds=PATIENCE_SECONDS) as running:
        yield running


@pytest.fixture
def session(proxy):
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": proxy.url, "https": proxy.url}
        yield session


def spoken(proxy: ForwardProxy, request: bytes) -> bytes:
    """Send bytes to the proxy, and return all that comes back."""
    with socket.create_connection(proxy.address, PATIENCE_SECONDS) as sock:
        sock.sendall(request)
        answer = b""
        with suppress(ConnectionError):
            while part := sock.recv(4096):
                answer += part
    return answer


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_request_is_forwarded_in_origin_form_without_the_credentials_of_the_proxy(session, receiver, method):
    receiver.will_answer(Answer(202, {"X-From": "origin", "Connection": "X-Hop", "Keep-Alive": "1"}, b"yes"))
    answer = session.request(method, receiver.url, data=b"hello" if method != "GET" else None, headers={"X-A": "b"})
    assert (answer.status_code, answer.content, answer.headers["X-From"]) == (202, b"yes", "origin")
    assert "Keep-Alive" not in answer.headers
    [call] = receiver.calls
    assert (call.method, call.path) == (method, "/hook?key=of-the-path")
    assert call.body == (b"" if method == "GET" else b"hello")
    assert call.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert (call.headers["x-a"], call.headers["connection"]) == ("b", "close")
    assert "proxy-authorization" not in call.headers


def test_several_requests_of_one_session_arrive(session, receiver):
    assert [session.post(receiver.url, data=str(index)).status_code for index in range(3)] == [200] * 3
    assert [call.body for call in receiver.calls] == [b"0", b"1", b"2"]


def test_tls_passes_through_a_tunnel_and_is_verified_by_the_client(new_receiver, receivers_authority, tmp_path):
    receiver = new_receiver(tls=True)
    bundle = tmp_path / "authority.pem"
    receivers_authority.cert_pem.write_to_path(bundle)
    guard = Guard(frozenset({("127.0.0.1", receiver.port)}))
    with ForwardProxy(guard, connect_seconds=10, seconds=PATIENCE_SECONDS) as proxy:
        sent = requests.post(receiver.url, data=b"hello", proxies={"https": proxy.url}, verify=str(bundle), timeout=60)
        with pytest.raises(requests.exceptions.SSLError):
            requests.post(receiver.url, data=b"hello", proxies={"https": proxy.url}, timeout=60)
    assert sent.status_code == 200
    assert [call.body for call in receiver.calls] == [b"hello"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_private_address_is_not_connected_to(proxy, session, new_receiver, scheme):
    other = new_receiver()
    url = f"{scheme}://127.0.0.1:{other.port}/"
    if scheme == "http":
        assert session.post(url).status_code == 403
    else:
        with pytest.raises(requests.exceptions.ProxyError, match="403"):
            session.post(url)
    assert other.connections == 0
    assert proxy.connected == 0
    assert proxy.problems == [
        "127.0.0.1 leads to 127.0.0.1, a private or reserved address; it is not connected to unless allowed by name"
    ]


def test_a_name_is_judged_by_the_address_that_it_resolves_to(proxy, session, receiver):
    assert session.post(f"http://localhost:{receiver.port}/").status_code == 403
    assert "localhost leads to " in proxy.problems[0]
    assert receiver.connections == 0


def test_other_processes_cannot_use_it(proxy, receiver):
    for credentials in (b"", b"Proxy-Authorization: Basic Y2hpbGQ6\r\n"):
        request = b"POST http://127.0.0.1:%d/ HTTP/1.1\r\nHost: x\r\n%sContent-Length: 0\r\n\r\n" % (
            receiver.port,
            credentials,
        )
        assert spoken(proxy, request).startswith(b"HTTP/1.1 407 ")
        assert spoken(proxy, b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n%s\r\n" % (receiver.port, credentials)).startswith(
            b"HTTP/1.1 407 "
        )
    assert receiver.connections == 0


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: 0", b"400"),
        (b"POST ftp://example.org/ HTTP/1.1\r\nContent-Length: 0", b"400"),
        (b"CONNECT example.org HTTP/1.1", b"400"),
        (b"CONNECT example.org:port HTTP/1.1", b"400"),
        (b"POST http://example.org/ HTTP/1.1\r\nTransfer-Encoding: chunked", b"411"),
        (b"POST http://example.org/ HTTP/1.1\r\nContent-Length: -1", b"411"),
        (b"POST http://example.org/ HTTP/1.1\r\nContent-Length: 99999999999", b"413"),
        (b"UPDATE http://example.org/ HTTP/1.1\r\nContent-Length: 0", b"501"),
        (b"nonsense", b"400"),
    ],
)
def test_what_is_no_request_for_a_proxy_is_refused(proxy, line, status):
    request = line + b"\r\nProxy-Authorization: " + proxy._credentials.encode() + b"\r\n\r\n"
    assert status in spoken(proxy, request).splitlines()[0] + b" 400"
    assert proxy.connected == 0


def test_a_tunnel_carries_tls_and_nothing_else(proxy, receiver):
    request = b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nProxy-Authorization: %s\r\n\r\n" % (
        receiver.port,
        proxy._credentials.encode(),
    )
    answer = spoken(proxy, request + b"POST /hook HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"thanks" not in answer
    assert receiver.calls == []


def test_a_server_that_is_down_and_a_name_without_address_are_problems(session, proxy, receiver):
    receiver.stop()
    assert session.post(receiver.url).status_code == 502
    assert session.post("http://nowhere.invalid/").status_code == 502
    assert proxy.problems == ["127.0.0.1: Connection refused", "nowhere.invalid: the host name cannot be resolved"]


def test_an_endless_response_is_cut(talking):
    talker = talking(pouring(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536))
    guard = Guard(frozenset({("127.0.0.1", talker.port)}))
    with ForwardProxy(guard, connect_seconds=10, seconds=PATIENCE_SECONDS) as proxy:
        answer = requests.post(f"http://127.0.0.1:{talker.port}/", proxies={"http": proxy.url}, timeout=60)
    assert answer.status_code == 200
    assert len(answer.content) == 4 * 1024**2


def test_its_end_closes_what_hangs(talking):
    talker = talking(silent)
    guard = Guard(frozenset({("127.0.0.1", talker.port)}))
    with ForwardProxy(guard, connect_seconds=10, seconds=PATIENCE_SECONDS) as proxy:
        client = socket.create_connection(proxy.address, PATIENCE_SECONDS)
        client.sendall(
            b"GET http://127.0.0.1:%d/ HTTP/1.1\r\nProxy-Authorization: %s\r\n\r\n"
            % (talker.port, proxy._credentials.encode())
        )
        while not talker.connections:
            pass
    with client, suppress(ConnectionError):
        assert b"200" not in client.recv(100)
    with pytest.raises(OSError):
        socket.create_connection(proxy.address, 1)


def test_nothing_is_sent_for_a_name_that_resolves_after_the_end(receiver, monkeypatch):
    """A resolver can take longer than a send may: the message counts as not sent by then."""
    resolving, resolved = threading.Event(), threading.Event()
    guard = Guard(frozenset({("localhost", receiver.port)}))
    resolve = socket.getaddrinfo

    def slow(host, *rest, **more):
        if host == "localhost":
            resolving.set()
            resolved.wait(PATIENCE_SECONDS)
        return resolve(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with ForwardProxy(guard, connect_seconds=10, seconds=PATIENCE_SECONDS) as proxy:
        client = socket.create_connection(proxy.address, PATIENCE_SECONDS)
        client.sendall(
            b"POST http://localhost:%d/ HTTP/1.1\r\nProxy-Authorization: %s\r\nContent-Length: 0\r\n\r\n"
            % (receiver.port, proxy._credentials.encode())
        )
        assert resolving.wait(PATIENCE_SECONDS)
    resolved.set()
    with client, suppress(ConnectionError):
        assert client.recv(100) == b""
    assert soon(lambda: not any("process_request_thread" in thread.name for thread in threading.enumerate()))
    assert (receiver.calls, proxy.connected) == ([], 0)
