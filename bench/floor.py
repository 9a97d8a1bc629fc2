"""The floor: what fetching alone costs with requests, which any program in Python that watches pages over HTTP pays.

As a program it fetches every page once and prints what that took.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from bench.measure import Row, child, peak_rss_mb, spending
from bench.server import HOSTS, Served


def fetch(urls: list[str]) -> dict[str, Any]:
    """Get every page over one session."""
    started = time.process_time()
    with spending() as spent, requests.Session() as session:
        for url in urls:
            assert session.get(url, timeout=30).status_code == 200
    return {"cpu": spent.cpu, "wall": spent.wall, "rss_mb": peak_rss_mb(), "start_cpu": started}


class Walk:
    """Session().get on every page. Each check is a process of its own."""

    def __init__(self, served: Served) -> None:
        # Host by host, as a visit does.
        self._urls = sorted(served.urls(), key=lambda url: [host in url for host in HOSTS])

    def check(self, phase: str) -> Row:
        """See `bench.phases.Walker`."""
        result = child("bench.floor", urls=self._urls)
        return Row(
            "requests",
            phase,
            cpu_ms=result["cpu"] / len(self._urls) * 1000,
            wall_ms=result["wall"] / len(self._urls) * 1000,
            rss_mb=result["rss_mb"],
            start_ms=result["start_cpu"] * 1000,
            note="Session().get alone: nothing read, nothing kept, no 304",
        )


@contextmanager
def alone(served: Served) -> Iterator[Walk]:
    """Fetching and nothing else."""
    yield Walk(served)


if __name__ == "__main__":
    print(json.dumps(fetch(**json.loads(sys.argv[1]))))
