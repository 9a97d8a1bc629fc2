"""SSRF protection: IP addresses that a watched page, a redirect or a webhook must never connect to; enforced by `connection.Guard`. A static table: no look-ups, no settings.

Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890) and the RFC named in each row. The table is maintained here because the
standard library's `is_global` accepts multicast and the NAT64 prefix and differs between Python versions.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_REFUSED_V4 = tuple(
    IPv4Network(row)
    for row in (
        "0.0.0.0/8",  # this network, RFC 1122 §3.2.1.3; Linux connects 0.0.0.0 to itself
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # carrier-grade NAT (shared address space), RFC 6598
        "127.0.0.0/8",  # loopback, RFC 1122 §3.2.1.3
        "168.63.129.16/32",  # Azure's host service: formally a public address, but never a web site
        "169.254.0.0/16",  # link-local, RFC 3927; includes the metadata services of cloud providers
        "172.16.0.0/12",  # private, RFC 1918
        "192.0.0.0/24",  # IETF protocol assignments, RFC 6890 §2.1
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.88.99.0/24",  # 6to4 relays, deprecated by RFC 7526
        "192.168.0.0/16",  # private, RFC 1918
        "198.18.0.0/15",  # benchmarking, RFC 2544
        "198.51.100.0/24",  # documentation, RFC 5737
        "203.0.113.0/24",  # documentation, RFC 5737
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, RFC 1112 §4, and broadcast, RFC 919
    )
)

# All address space that IANA has ever delegated as global unicast. Everything outside is refused: ::/8 (unspecified, loopback, IPv4-compatible and
# IPv4-translated addresses, 64:ff9b:1::/48 of RFC 8215), 100::/64 and 100:0:0:1::/64 (RFC 6666, 9780), 5f00::/16 (RFC 9602), fc00::/7 (unique local,
# RFC 4193), fe80::/10 (link-local, RFC 4291), fec0::/10 (site-local, RFC 3879) and ff00::/8 (multicast, RFC 4291).
_GLOBAL_V6 = IPv6Network("2000::/3")

_REFUSED_V6 = tuple(
    IPv6Network(row)
    for row in (
        "2001::/23",  # IETF protocol assignments, RFC 2928: Teredo (RFC 4380), benchmarking (RFC 5180), ORCHID (RFC 4843, 7343)
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4, RFC 3056, deprecated by RFC 7526
        "3fff::/20",  # documentation, RFC 9637
    )
)

# Outside 2000::/3, but judged by the IPv4 address in their last 32 bits, which is the address finally connected to.
_EMBEDDING_V6 = (
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped, RFC 4291 §2.5.5.2
    IPv6Network("64:ff9b::/96"),  # NAT64, RFC 6052 §2.1: how IPv6-only machines reach IPv4 hosts
)

# ISATAP interface identifiers (RFC 5214 §6.1) carry an IPv4 address under any prefix.
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


def refused(address: str) -> bool:
    """Return whether a numeric address cannot belong to a public web site. Text that is not an address is refused too.

    Args:
        address: IPv4 or IPv6 in text, without brackets; a scope ("fe80::1%eth0") is allowed.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return True
    return _refused_v4(parsed) if isinstance(parsed, IPv4Address) else _refused_v6(parsed)


def _refused_v4(address: IPv4Address) -> bool:
    return any(address in network for network in _REFUSED_V4)


def _refused_v6(address: IPv6Address) -> bool:
    number = int(address)
    embedded = IPv4Address(number & 0xFFFFFFFF)
    if any(address in network for network in _EMBEDDING_V6):
        return _refused_v4(embedded)
    if address not in _GLOBAL_V6 or any(address in network for network in _REFUSED_V6):
        return True
    return (number >> 32) & 0xFFFFFFFF in _ISATAP and _refused_v4(embedded)
