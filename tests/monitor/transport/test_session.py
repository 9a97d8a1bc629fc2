"""What may be connected to, and for how long."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from monitor.transport.session import Guard, RefusedAddress, causes, guarded_session, refused

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.15.255.255",
    "172.32.0.0",
    "100.63.255.255",
    "192.0.1.1",
    "223.255.255.255",
]
PUBLIC_V6 = ["2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001:81b::200e", "2001:200::1"]
NOT_PUBLIC = [
    *[
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
    ],
    *[
        "168.63.129.16",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
    ],
    *["203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"],
]
NOT_PUBLIC_V6 = [
    *[
        "::",
        "::1",
        "::7f00:1",
        "::ffff:0:7f00:1",
        "64:ff9b:1::1.1.1.1",
        "100::1",
        "100:0:0:1::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
    ],
    *[
        "2001:db8::1",
        "2002:101:101::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
]


@pytest.mark.parametrize("address", PUBLIC + PUBLIC_V6)
def test_public_addresses_are_not_refused(address):
    assert not refused(address)


@pytest.mark.parametrize(
    "address", NOT_PUBLIC + NOT_PUBLIC_V6 + ["", "localhost", "1.2.3", "127.1", "[::1]", "0x7f000001"]
)
def test_everything_else_is_refused(address):
    assert refused(address)


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_judged_as_itself(address):
    inside = int(address)
    mapped = IPv6Address((0xFFFF << 32) | inside)
    translated = IPv6Address((0x0064FF9B << 96) | inside)
    assert refused(str(mapped)) == refused(str(translated)) == refused(str(address))


@given(st.sampled_from(NOT_PUBLIC), st.sampled_from([0x00005EFE, 0x02005EFE]))
def test_a_private_address_in_an_isatap_interface_is_found_under_any_prefix(address, marker):
    prefix = int(IPv6Address("2606:4700::"))
    assert refused(str(IPv6Address(prefix | marker << 32 | int(IPv4Address(address)))))


@given(st.ip_addresses(v=4))
def test_whatever_the_standard_library_calls_private_is_refused(address):
    if (
        address.is_private
        or address.is_multicast
        or address.is_reserved
        or address.is_loopback
        or address.is_link_local
    ):
        assert refused(str(address))


@given(st.ip_addresses(v=6))
def test_outside_global_unicast_only_embedded_public_addresses_pass(address):
    if address not in IPv6Network("2000::/3") and not refused(str(address)):
        assert address in IPv6Network("::ffff:0:0/96") or address in IPv6Network("64:ff9b::/96")


def test_a_guard_permits_by_name_and_port_together():
    guard = Guard(frozenset({("Intranet.example", 8080)}))
    assert guard.permits("intranet.example.", 8080, "10.0.0.1")
    assert not guard.permits("intranet.example", 80, "10.0.0.1")
    assert not guard.permits("other.example", 8080, "10.0.0.1")
    assert guard.permits("other.example", 443, "1.1.1.1")


# --- sessions on real sockets ---


def session(*endpoints):
    return guarded_session(Guard(frozenset(endpoints)), user_agent="test/1")


def resolve_to(monkeypatch, *addresses):
    """Every look-up gives these addresses, in this order; gives the list of names asked for."""
    asked = []

    def look_up(host, port, *args, **kwargs):
        asked.append(host)
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port))
            for family, address in zip(families, addresses, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def refusal(error):
    return next((cause for cause in causes(error.value) if isinstance(cause, RefusedAddress)), None)


def test_a_private_address_is_refused_before_anything_is_sent(site):
    with session() as web, pytest.raises(requests.ConnectionError) as error:
        web.get(site.url())
    assert (refusal(error).host, refusal(error).address) == ("127.0.0.1", "127.0.0.1")
    assert site.connections == 0


def test_an_allowed_endpoint_may_be_private_and_receives_only_necessary_fields(site):
    site.serve("/", "hello")
    with session(site.endpoint) as web:
        assert web.get(site.url()).text == "hello"
    assert [name for name, _ in site.requests[0].headers] == ["Host", "User-Agent", "Accept", "Accept-Encoding"]
    assert site.requests[0].header("Accept-Encoding") == "gzip, deflate"


def test_a_redirect_to_another_private_endpoint_is_refused(site, sites):
    other = sites("127.0.0.2")
    site.redirect("/", other.url())
    with session(site.endpoint) as web, pytest.raises(requests.ConnectionError) as error:
        web.get(site.url())
    assert refusal(error).address == "127.0.0.2"
    assert other.connections == 0


def test_of_several_addresses_the_refused_ones_are_passed_over(site, monkeypatch):
    site.serve("/", "hello")
    monkeypatch.setattr("monitor.transport.connection.refused", lambda address: address != "127.0.0.1")
    resolve_to(monkeypatch, "10.0.0.1", "127.0.0.1")
    with session() as web:
        assert web.get(site.url(host="news.example")).text == "hello"
    assert site.requests[0].header("Host") == f"news.example:{site.port}"


def test_of_several_addresses_the_next_is_tried_where_one_does_not_answer(site, sites, monkeypatch):
    site.serve("/", "hello")
    resolve_to(monkeypatch, "127.0.0.3", "127.0.0.1")
    with session(("news.example", site.port)) as web:
        assert web.get(site.url(host="news.example")).text == "hello"


def test_a_name_is_resolved_once_so_that_the_address_judged_is_the_one_connected_to(site, monkeypatch):
    answers = iter([["127.0.0.9"], ["127.0.0.1"]])
    asked = []

    def look_up(host, port, *args, **kwargs):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(answers)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr("monitor.transport.connection.refused", lambda address: address != "127.0.0.9")
    with session() as web:
        with pytest.raises(requests.ConnectionError) as error:
            web.get(site.url(host="rebind.example"))  # 127.0.0.9 counts as public here, and nobody listens there
        assert refusal(error) is None
        assert asked == ["rebind.example"]
        with pytest.raises(requests.ConnectionError) as error:
            web.get(site.url(host="rebind.example"))
    assert refusal(error).address == "127.0.0.1"
    assert site.connections == 0


def test_proxies_and_certificates_from_the_environment_are_ignored(site, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    site.serve("/", "hello")
    with session(site.endpoint) as web:
        assert web.get(site.url()).text == "hello"


def test_a_proxy_set_on_the_session_is_an_error_not_a_way_round(site):
    with session(site.endpoint) as web, pytest.raises(requests.exceptions.InvalidProxyURL):
        web.get(site.url(), proxies={"http": site.url()})
    assert site.connections == 0


def test_certificates_are_verified_even_where_a_caller_says_not_to(tls_site):
    tls_site.serve("/", "hello")
    with session(tls_site.endpoint) as web, pytest.raises(requests.exceptions.SSLError):
        web.get(tls_site.url(), verify=False)
    with guarded_session(
        Guard(frozenset({tls_site.endpoint})), user_agent="test/1", ca_bundle=tls_site.ca_bundle
    ) as web:
        assert web.get(tls_site.url()).text == "hello"


def test_a_post_is_not_sent_twice(site):
    site.hang_up("/hook")
    with session(site.endpoint) as web, pytest.raises(requests.ConnectionError):
        web.post(site.url("/hook"), data=b"{}")
    assert len(site.requests_for("/hook")) == 1
