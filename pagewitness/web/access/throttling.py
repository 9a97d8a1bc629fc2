"""How long logins wait after failures. Pure.

Failures are counted for a name from one network, for the network, and for the name from anywhere. The wait of the name alone stays short, so that another
host that knows a name cannot lock its user out (OWASP Authentication Cheat Sheet, "Account Lockout").
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping
from datetime import datetime, timedelta

_LIMITS = {"pair": (5, 900), "network": (20, 900), "name": (50, 60)}
"""By kind of subject: failures without a wait, and the longest wait, seconds."""


def subjects_of(name_key: str, address: str) -> dict[str, str]:
    """Return the subjects whose failures count for a login, by kind.

    Args:
        name_key: The name in the form in which names are compared.
        address: Network address; of IPv6, the /64 counts.
    """
    network = _network(address)
    return {
        "pair": _digest("pair", name_key, network),
        "network": _digest("network", network),
        "name": _digest("name", name_key),
    }


def wait_until(
    subjects: Mapping[str, str], failures: Mapping[str, tuple[int, datetime]], now: datetime
) -> datetime | None:
    """Return until when a login is refused; None: it is not.

    Args:
        subjects: As `subjects_of` returns them.
        failures: By subject, the number of failures and the time of the last one.
        now: The present.
    """
    ends = [_end(kind, *failures[subject]) for kind, subject in subjects.items() if subject in failures]
    latest = max(filter(None, ends), default=None)
    return latest if latest is not None and latest > now else None


def _end(kind: str, count: int, last: datetime) -> datetime | None:
    free, longest = _LIMITS[kind]
    if count < free:
        return None
    return last + timedelta(seconds=min(2.0 ** min(count - free, 20), longest))


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    return str(ipaddress.ip_network((parsed, 64 if parsed.version == 6 else 32), strict=False))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
