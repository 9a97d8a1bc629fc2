"""Patterns of host names: `example.org`, `*.example.org`, `news-*.example.*`, each with or without a port. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from monitor.limits import cut
from monitor.urls import ascii_host, endpoint

MAX_GLOBS = 100
"""Maximum number of patterns with `*` elsewhere than as the first label: each of them is compared with each host."""

_LONGEST_SHOWN = 60
_TAKES = 'it takes a host name such as "example.org", "*.example.org" or "example.org:8080"'
_PORT = re.compile(r"(.+):(\d{1,5})")
_GLOB = re.compile(r"[a-z0-9_.*-]{1,253}")


class HostPattern(NamedTuple):
    """A parsed pattern.

    Attributes:
        name: The host name in lower-case ASCII, an IPv6 address without brackets; `*` is any text.
        port: The only port that it matches; None for all.
    """

    name: str
    port: int | None

    def __str__(self) -> str:
        """Return the pattern in its one form, which `host_pattern` parses to an equal one."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port is None else f"{name}:{self.port}"

    def matches(self, url: str) -> bool:
        """Return whether it matches the host of a normalised URL."""
        name, port = endpoint(url)
        return self.port in (None, port) and glob_matches(self.name, name)

    @property
    def is_glob(self) -> bool:
        """Whether `*` occurs elsewhere than as the first label."""
        return "*" in self.name.removeprefix("*.")

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Sort key of specificity, the most specific highest: without `*`, then with a port, then with more characters."""
        return "*" not in self.name, self.port is not None, len(self.name) - self.name.count("*")


def host_pattern(text: str) -> HostPattern:
    """Parse a pattern.

    Raises:
        ValueError: It is no pattern of host names. The message says what it takes.
    """
    written = text.strip().lower()
    match = None if written.startswith("[") and written.endswith("]") else _PORT.fullmatch(written)
    name, port = (written, None) if match is None else (match[1], int(match[2]))
    if port is not None and not 0 < port < 65_536:
        raise ValueError(f"found {_shown(text)}; a port is a number from 1 to 65535")
    fixed = name.removeprefix("*.")
    if "*" in fixed:
        if not _GLOB.fullmatch(name):
            raise ValueError(f"found {_shown(text)}; {_TAKES}")
        return HostPattern(name, port)
    try:
        host = ascii_host(fixed[1:-1] if fixed.startswith("[") and fixed.endswith("]") else fixed)
    except ValueError:
        raise ValueError(f"found {_shown(text)}; {_TAKES}") from None
    return HostPattern(name[: len(name) - len(fixed)] + host, port)


def _shown(text: str) -> str:
    return cut(json.dumps(text, ensure_ascii=False), _LONGEST_SHOWN)


class HostPatterns:
    """Patterns by host. Finding those of a host takes time that grows with the labels of its name, not with the number of patterns."""

    def __init__(self, patterns: Sequence[HostPattern]) -> None:
        self._patterns = patterns
        self._fixed: dict[HostPattern, list[int]] = {}
        self._globs: list[int] = []
        for index, pattern in enumerate(patterns):
            if pattern.is_glob:
                self._globs.append(index)
            else:
                self._fixed.setdefault(pattern, []).append(index)
        self._found: dict[tuple[str, int], tuple[int, ...]] = {}

    def matching(self, url: str) -> tuple[int, ...]:
        """Return the indexes of the patterns that match the host of a normalised URL, the most specific first."""
        host = endpoint(url)
        if host not in self._found:
            indexes = sorted(self._matching(*host), key=lambda index: self._patterns[index].rank, reverse=True)
            self._found[host] = tuple(indexes)
        return self._found[host]

    def _matching(self, name: str, port: int) -> Iterator[int]:
        labels = name.split(".")
        names = [name, *(f"*.{'.'.join(labels[start:])}" for start in range(1, len(labels)))]
        for candidate in names:
            for wanted in (port, None):
                yield from self._fixed.get(HostPattern(candidate, wanted), ())
        for index in self._globs:
            pattern = self._patterns[index]
            if pattern.port in (None, port) and glob_matches(pattern.name, name):
                yield index


def glob_matches(pattern: str, name: str) -> bool:
    """Return whether a pattern matches a whole name. Takes time that grows with the product of both lengths at most."""
    at, star, resumed = 0, -1, 0
    position = 0
    while position < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, resumed = at, position
            at += 1
        elif at < len(pattern) and pattern[at] == name[position]:
            at, position = at + 1, position + 1
        elif star >= 0:
            resumed += 1
            at, position = star + 1, resumed
        else:
            return False
    return all(char == "*" for char in pattern[at:])
