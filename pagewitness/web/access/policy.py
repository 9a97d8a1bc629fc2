"""The rules of access of an installation: anonymous reading, proxies that are trusted, and users that a proxy names."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from storage.accounts.model import Role

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Rules of access. The defaults allow nothing without a login.

    Attributes:
        anonymous_reads: Whether everybody may read.
        base_url: Public URL of the web application; None if it is not known. Cookies are restricted to TLS where it is https.
        proxies: Networks of proxies whose header fields about the client are believed.
        user_header: Header field in which such a proxy names the user; None: none does.
        user_header_role: Role of a user that a proxy names and that is unknown; None: it is refused.
    """

    anonymous_reads: bool = False
    base_url: str | None = None
    proxies: Sequence[Network] = ()
    user_header: str | None = None
    user_header_role: Role | None = None

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the web application over TLS."""
        return (self.base_url or "").startswith("https://")

    def is_proxy(self, address: str) -> bool:
        """Return whether the peer with this address is a trusted proxy."""
        try:
            peer = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(peer, ipaddress.IPv6Address) and peer.ipv4_mapped is not None:
            peer = peer.ipv4_mapped
        return any(peer.version == network.version and peer in network for network in self.proxies)

    def client_address(self, peer: str, forwarded: str) -> str:
        """Return the client's address: the last one in X-Forwarded-For that no trusted proxy has, or the peer's where that is no trusted proxy.

        Args:
            peer: Address of the connection.
            forwarded: The field X-Forwarded-For; "" if there is none.
        """
        address = peer
        for part in reversed(forwarded.split(",")[-20:]):
            if not self.is_proxy(address):
                break
            candidate = part.strip()
            try:
                ipaddress.ip_address(candidate)
            except ValueError:
                break
            address = candidate
        return address


def read_networks(text: str) -> tuple[Network, ...]:
    """Return the networks in a list such as "127.0.0.1, 10.0.0.0/8".

    Raises:
        ValueError: One is no network; the message names it.
    """
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
