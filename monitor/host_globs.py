"""Host globs, such as "*.example.org": names of hosts in which `*` stands for any characters, dots included. Pure; matching takes linear time."""

from __future__ import annotations

import re

from monitor.urls import ascii_host, host_of

LONGEST_GLOB = 300
_PORT = re.compile(r"(?P<name>.*?)(?::(?P<port>[0-9]{1,5}))?", re.DOTALL)


def normalise_glob(glob: str) -> str:
    """Return the form in which a host glob is stored and matched: lower case, labels in IDNA.

    Raises:
        ValueError: Not a host name, or one with a scheme or path. The message names what is allowed.
    """
    name, port = _PORT.fullmatch(glob.strip()).groups()  # type: ignore[union-attr]  # matches every text
    normal = _normal(name)
    if normal is None:
        raise ValueError(
            'it takes the name of a host, in which * stands for any characters, such as "www.example.org" or "*.example.org"'
        )
    return normal if port is None else f"{normal}:{port}"


def matches_host(glob: str, url: str) -> bool:
    """Return whether the host of a normalised URL matches a glob in the form of `normalise_glob`.

    A glob without a port matches the host on every port. "*.example.org" does not match example.org itself, as in certificates and DNS.
    """
    host = host_of(url)
    if ":" not in glob:
        host = host.rpartition(":")[0] if re.search(r":[0-9]+$", host) else host
    first, *others = glob.split("*")
    if not others:
        return host == glob
    *middle, last = others
    if len(host) < len(first) + len(last) or not host.startswith(first) or not host.endswith(last):
        return False
    at, end = len(first), len(host) - len(last)
    for part in middle:
        found = host.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _normal(name: str) -> str | None:
    """Return the name in lower case with its labels in IDNA; None if it is no glob of a host name."""
    labels = name.split(".")
    if len(name) > LONGEST_GLOB or "**" in name or any("*" in label and not label.isascii() for label in labels):
        return None
    try:
        normal = ".".join(label.lower() if label.isascii() else ascii_host(label) for label in labels)
        ascii_host(normal.replace("*", "x"))
    except ValueError:
        return None
    return normal
