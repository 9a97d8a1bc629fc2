"""The separate origin of replay: which requests are for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ReplayOrigin:
    """An origin that serves archived pages and nothing else, while the web interface serves none.

    Attributes:
        origin: The origin, such as "https://replay.example.org".
        home: Public URL of the web interface, without a slash at the end; None if it is not known.
        shared: Names of the web interface in lower case, without brackets. If the origin has one of these, the ports tell the two apart.
    """

    origin: str
    home: str | None
    shared: frozenset[str]

    def serves(self, host: str) -> bool:
        """Return whether a Host field names this origin.

        A default port does not count if only this origin has the name: a proxy in front may leave it out, or use another one.
        """
        own = urlsplit(self.origin)
        try:
            requested = urlsplit(f"{own.scheme}://{host.strip()}")
            port = requested.port
        except ValueError:
            return False
        if (requested.hostname or "").rstrip(".") != own.hostname:
            return False
        if own.port is None and own.hostname not in self.shared:
            return True
        return (port or _PORTS[own.scheme]) == (own.port or _PORTS[own.scheme])


def separate_origin(origin: str | None, home: str | None, names: Iterable[str]) -> ReplayOrigin | None:
    """Return the separate origin of replay; None if there is none, or if it is that of the web interface.

    Args:
        origin: The origin that serves archived pages; None: the web interface does.
        home: Public URL of the web interface; None if it is not known.
        names: Further names of the web interface.
    """
    here = urlsplit(home or "")
    if origin is None or f"{here.scheme}://{here.netloc}" == origin:
        return None
    shared = {name.strip("[]").lower() for name in (*names, here.hostname) if name}
    return ReplayOrigin(origin, home, frozenset(shared))
