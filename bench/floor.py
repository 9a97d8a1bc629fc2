"""The floor: what fetching alone costs with requests, which any program in Python that watches pages over HTTP pays.

As a program it fetches every page once and prints what that took.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import requests

from bench.measure import Row, child, peak_rss_mb, spending, typical
from bench.server import HOSTS, Served


def fetch(urls: list[str]) -> dict[str, Any]:
    """Get every page over one session."""
    started = time.process_time()
    with spending() as spent, requests.Session() as session:
        for url in urls:
            assert session.get(url, timeout=30).status_code == 200
    return {"cpu": spent.cpu, "wall": spent.wall, "rss_mb": peak_rss_mb(), "start_cpu": started}


def measure(served: Served, rounds: int) -> list[Row]:
    """Session().get on every page."""
    served.show(edition=0, etag=False)
    return [typical([_round(served) for _ in range(rounds)])]


def _round(served: Served) -> Row:
    # Host by host, as a visit does.
    urls = sorted(served.urls(), key=lambda url: [host in url for host in HOSTS])
    result = child("bench.floor", urls=urls)
    return Row(
        "requests",
        "Session().get, 200",
        cpu_ms=result["cpu"] / len(urls) * 1000,
        wall_ms=result["wall"] / len(urls) * 1000,
        rss_mb=result["rss_mb"],
        start_ms=result["start_cpu"] * 1000,
        note="nothing read, nothing kept",
    )


if __name__ == "__main__":
    print(json.dumps(fetch(**json.loads(sys.argv[1]))))
