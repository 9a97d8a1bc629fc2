"""Whatever a network does is a value in the look: kind, message, and whether to try again."""

from __future__ import annotations

import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from monitor.fetching.fetch import Fetcher, FetchLimits
from monitor.model import FailureKind, FetchRequest
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import unused_port
from tests.support.sites import server_context

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)


def look(url, *, allow_private=True, ca_bundle=None, **limits):
    chosen = FetchLimits(**{"total_seconds": PATIENCE_SECONDS, **limits})
    with Fetcher(chosen, "x", ca_bundle=ca_bundle) as fetcher:
        return fetcher(FetchRequest(url, allow_private=allow_private), NOW)


def fault(url, **parts):
    """(kind, transient) of a look that failed; its last exchange must be empty and its message one line."""
    found = look(url, **parts)
    last = found.final
    assert (last.status, last.body, last.entity_sha256, last.entity_bytes, last.response_headers) == (
        None,
        None,
        None,
        None,
        (),
    )
    assert found.failure.message.isprintable()
    assert 10 < len(found.failure.message) < 300
    return found.failure.kind, found.failure.transient


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://host/", "http://", "http://[::1", "http://a:b@host/", "http://host:0/"]
)
def test_a_text_that_is_no_url_is_not_requested(url):
    assert fault(url) == (FailureKind.BAD_URL, False)
    assert look(url).final.url == url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/", "http://[::ffff:10.0.0.1]/"]
)
def test_private_addresses_in_any_spelling_are_refused(url):
    assert fault(url, allow_private=False) == (FailureKind.REFUSED_ADDRESS, False)


@pytest.mark.parametrize(
    ("code", "transient"),
    [(socket.EAI_AGAIN, True), (socket.EAI_FAIL, True), (socket.EAI_NONAME, False), (socket.EAI_NODATA, False)],
)
def test_a_name_that_does_not_resolve(monkeypatch, code, transient):
    def fail(*args, **kwargs):
        raise socket.gaierror(code, "no luck")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert fault("http://news.example/") == (FailureKind.DNS, transient)
    assert look("http://news.example/").final.request_headers == ()


@pytest.mark.parametrize("host", ["a..b", ".a", "a" * 64 + ".example"])
def test_a_name_that_no_resolver_takes(host):
    kind, transient = fault(f"http://{host}/")
    assert kind in (FailureKind.DNS, FailureKind.BAD_URL)
    assert not transient


def test_a_port_without_a_listener():
    with unused_port() as port:
        found = look(f"http://127.0.0.1:{port}/")
    assert (found.failure.kind, found.failure.transient) == (FailureKind.CONNECT, True)
    assert "refused" in found.failure.message.lower()
    assert found.final.peer is None


def test_a_host_that_does_not_accept_in_time(monkeypatch):
    def slow(self, address):
        raise TimeoutError("timed out")

    class Slow(socket.socket):
        connect = slow

    monkeypatch.setattr("monitor.transport.connection.socket.socket", Slow)
    assert fault("http://127.0.0.1/", connect_seconds=0.1) == (FailureKind.TIMEOUT, True)


@pytest.mark.parametrize("limits", [{"read_seconds": 0.1}, {"total_seconds": 0.2}])
def test_a_server_that_never_answers(site, limits):
    assert fault(site.silent("/"), **limits) == (FailureKind.TIMEOUT, True)


def test_no_time_at_all(site):
    assert fault(site.url(), total_seconds=0) == (FailureKind.TIMEOUT, True)
    assert site.connections == 0


@pytest.mark.parametrize("reset", [False, True])
def test_a_server_that_hangs_up(site, reset):
    assert fault(site.hang_up("/", reset=reset)) == (FailureKind.PROTOCOL, True)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01garbage\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 20\r\n\r\n",
        b"HTTP/9 200 OK\r\n\r\n",
        b"<html>no headers here</html>",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_001 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: y\r\n" + b" z\r\n" * 1_001 + b"\r\n",
        b"HTTP/1.1 200 OK\r\n" + (b"X: " + b"a" * 1_000 + b"\r\n") * 300 + b"\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 40 + b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello",
    ],
)
def test_a_response_that_is_none(site, sent):
    assert fault(site.garbage("/", sent)) == (FailureKind.PROTOCOL, False)


@pytest.mark.parametrize("sent", [b"HTTP/1.1 200 OK\r\nX: y", b"HTTP/1.1 200 OK\r\nX: y\r\n", b"HTTP/1.1 200 OK"])
def test_headers_that_break_off_are_no_response(site, sent):
    assert fault(site.garbage("/", sent)) == (FailureKind.PROTOCOL, True)


# --- TLS ---


def test_a_trusted_certificate_and_what_was_agreed(tls_site):
    tls_site.serve("/", "secret")
    for host in ("127.0.0.1", "localhost"):
        exchange = look(tls_site.url(host=host), ca_bundle=tls_site.ca_bundle).final
        assert (exchange.status, exchange.body) == (200, b"secret")
        assert exchange.tls_version == "TLSv1.3"
        assert exchange.tls_cipher.startswith("TLS_")
        assert exchange.peer == f"127.0.0.1:{tls_site.port}"
        assert exchange.request_headers[0] == ("Host", f"{host}:{tls_site.port}")


def test_tls_connections_are_kept_open_too(tls_site):
    tls_site.serve("/", "secret")
    with Fetcher(FetchLimits(), "x", ca_bundle=tls_site.ca_bundle) as fetcher:
        exchanges = [fetcher(FetchRequest(tls_site.url(), allow_private=True), NOW).final for _ in range(3)]
    assert tls_site.connections == 1
    assert {(exchange.tls_version, exchange.peer) for exchange in exchanges} == {
        ("TLSv1.3", f"127.0.0.1:{tls_site.port}")
    }


def test_a_name_is_sent_in_the_handshake_though_an_address_is_connected_to(sites, authority, ca_bundle):
    names = []
    context = server_context(authority.issue_cert("localhost"))
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    server = sites(tls=context)
    server.serve("/", "x")
    assert look(server.url(host="localhost"), ca_bundle=ca_bundle).failure is None
    assert names == ["localhost"]


def certificate_fault(sites, certificate, ca_bundle=None, host="127.0.0.1"):
    server = sites(tls=server_context(certificate))
    found = look(server.url(host=host), ca_bundle=ca_bundle)
    assert (found.failure.kind, found.failure.transient) == (FailureKind.TLS, False)
    assert server.requests == []
    return found.failure.message


def test_an_unknown_authority_is_refused(sites, authority):
    assert "not trusted" in certificate_fault(sites, authority.issue_cert("127.0.0.1"))


def test_another_authority_does_not_help(sites, ca_bundle):
    assert "not trusted" in certificate_fault(sites, trustme.CA().issue_cert("127.0.0.1"), ca_bundle)


def test_an_expired_certificate_is_refused(sites, authority, ca_bundle):
    gone = datetime.now(UTC) - timedelta(days=1)
    assert "has expired" in certificate_fault(sites, authority.issue_cert("127.0.0.1", not_after=gone), ca_bundle)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_certificate_for_another_host_is_refused(sites, authority, ca_bundle, host):
    assert "for another" in certificate_fault(sites, authority.issue_cert("other.example"), ca_bundle, host)


def test_a_server_that_speaks_no_tls(site):
    site.serve("/", "x")
    kind, _ = fault(site.url().replace("http:", "https:"))
    assert kind is FailureKind.TLS


@pytest.mark.parametrize("reset", [False, True])
def test_a_handshake_that_is_broken_off_may_go_better_next_time(reset):
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as beside:
        server.settimeout(PATIENCE_SECONDS)

        def drop():
            client, _ = server.accept()
            with client:
                client.recv(100 if reset else 4096)
                if reset:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        dropped = beside.submit(drop)
        assert fault(f"https://127.0.0.1:{server.getsockname()[1]}/") == (FailureKind.TLS, True)
        dropped.result()


def test_a_handshake_that_never_comes_is_a_timeout():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}/"
        assert fault(url, total_seconds=0.3) == (FailureKind.TIMEOUT, True)
        assert fault(url, connect_seconds=0.1) == (FailureKind.TIMEOUT, True)
