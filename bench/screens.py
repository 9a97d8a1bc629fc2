"""Screens and lists of a large archive: the time and memory of each, next to a bare query for the same rows."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from sqlalchemy import text

from bench import archive
from bench.databases import both
from bench.measure import child, peak_rss_mb, run
from bench.small import Part
from pagewitness.web.access.policy import AccessPolicy
from pagewitness.web.app import create_app
from pagewitness.web.history import SNAPSHOTS
from pagewitness.web.screens import CHANGES, PAGES
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.queries.history import History

_ROUNDS = 11
_MIDDLE = archive.LONG_CHECKS // 2
_HISTORY = f"/history?url={archive.LONG_URL}"

_SCREENS = {
    "/, the first slice": ("/", f"SELECT * FROM pages ORDER BY id LIMIT {PAGES}"),
    "/, a later slice": ("/?after={half}", f"SELECT * FROM pages WHERE id > :half ORDER BY id LIMIT {PAGES}"),
    "/history, the first slice": (
        _HISTORY,
        f"SELECT * FROM snapshots WHERE page_id = 1 ORDER BY seq DESC LIMIT {SNAPSHOTS}",
    ),
    "/history, a later slice": (
        f"{_HISTORY}&after={_MIDDLE}",
        f"SELECT * FROM snapshots WHERE page_id = 1 AND seq < {_MIDDLE} ORDER BY seq DESC LIMIT {SNAPSHOTS}",
    ),
    "/changes": ("/changes", f"SELECT * FROM events ORDER BY at DESC, id DESC LIMIT {CHANGES}"),
    "/replay, with its banner": (
        f"/replay/20200101000000/{archive.LONG_URL}",
        f"SELECT * FROM snapshots WHERE page_id = 1 AND seq = {_MIDDLE}",
    ),
}
"""Addresses, and a query for the rows that each shows. `half` is half the number of pages."""

_LISTS = {
    "pages": ("pages", "SELECT * FROM pages ORDER BY id"),
    "pages --json": ("pages", "SELECT * FROM pages ORDER BY id"),
    f"history {archive.LONG_URL}": ("history", "SELECT * FROM snapshots WHERE page_id = 1 ORDER BY seq DESC"),
    "facts": ("facts", "SELECT * FROM readings ORDER BY version_id, fact"),
    "facts --now": ("facts --now", "SELECT * FROM readings ORDER BY version_id, fact"),
    "changes": ("changes", "SELECT * FROM events ORDER BY at, id"),
    "status": ("status", "SELECT count(*) FROM pages"),
}
"""Commands with their names here, and a query for the rows that each reads."""


def screens(count: int, folder: Path) -> list[Part]:
    """All screens and lists with `count` pages, on SQLite and PostgreSQL."""
    parts: list[Part] = []
    for name, url in both(folder):
        with closing(open_database(url)) as database:
            size = archive.fill(database, count)
        parts.append(Part(f"{name}: the archive", str(size)))
        found = child("bench.screens", url=url, half=count // 2)
        parts += [Part(f"{name}: {screen}", figure) for screen, figure in found["screens"].items()]
        parts.append(Part(f"{name}: memory of the web, all screens", found["memory"]))
        parts += [Part(f"{name}: {command}", figure) for command, figure in _lists(url, folder)]
    return parts


def _lists(url: str, folder: Path) -> Iterator[tuple[str, str]]:
    log = folder / "list.txt"
    for words, (command, query) in _LISTS.items():
        figures = [run([sys.executable, "-m", "pagewitness", *words.split(), "--db", url], log) for _ in range(3)]
        bare = child("bench.screens", url=url, query=query)
        cpu, rss = median(each.cpu for each in figures), max(each.rss_mb for each in figures)
        yield (
            f"`{command}`{' as JSON' if words.endswith('--json') else ''}",
            f"{cpu:.2f} CPU s, peak RSS {rss:.0f} MiB; the query {bare['cpu']:.2f} CPU s",
        )


def _measure_screens(database: Database, half: int) -> dict[str, Any]:
    app = create_app(
        History(database),
        clock=lambda: archive.NOW,
        version="bench",
        allowed_hosts=None,
        access=AccessPolicy(anonymous_reads=True),
    )

    async def request_all() -> dict[str, str]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=600) as client:
            return {
                name: await _beside(client, address.format(half=half), lambda query=query: _run(database, query, half))
                for name, (address, query) in _SCREENS.items()
            }

    before = peak_rss_mb()
    return {"screens": asyncio.run(request_all()), "memory": f"{before:.0f} MiB before, {peak_rss_mb():.0f} at most"}


async def _beside(client: httpx.AsyncClient, address: str, query: Callable[[], object]) -> str:
    """Milliseconds of a request and of its query, in turns."""
    requests, queries = [], []
    for _ in range(_ROUNDS + 1):
        began, cpu = time.perf_counter(), time.process_time()
        response = await client.get(address, follow_redirects=True)
        assert response.status_code == 200, response
        requests.append((time.process_time() - cpu, time.perf_counter() - began))
        began = time.perf_counter()
        query()
        queries.append(time.perf_counter() - began)
    # The first one reads what is not in memory yet.
    cpu_ms, wall_ms, bare_ms = (median(each[1:]) * 1000 for each in (*map(list, zip(*requests, strict=True)), queries))
    return f"{cpu_ms:.1f} CPU ms, {wall_ms:.1f} ms; the query {bare_ms:.1f} ms"


def _run(database: Database, query: str, half: int) -> int:
    with database.read() as connection:
        values = {"half": half} if ":half" in query else {}
        return sum(1 for _ in connection.execution_options(yield_per=500).execute(text(query), values))


def main() -> None:
    """Measure all screens, or the CPU seconds of one query in a process of its own; print the figures as JSON."""
    arguments = json.loads(sys.argv[1])
    with closing(open_database(arguments["url"], create=False)) as database:
        if "query" in arguments:
            began = time.process_time()
            _run(database, arguments["query"], 0)
            print(json.dumps({"cpu": time.process_time() - began}))
        else:
            print(json.dumps(_measure_screens(database, arguments["half"])))


if __name__ == "__main__":
    main()
