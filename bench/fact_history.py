"""The screens of facts: one fact with 10,000 changes on one and on four pages, and the list of facts of many pages; on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx
from sqlalchemy import Table, insert, text

from bench.databases import both
from bench.small import Part
from monitor.model import FactDefinition, FactKind, Origin, Outcome, PageSource, PageState, Schedule, Verdict
from pagewitness.service.gc_tuning import collect_seldom
from pagewitness.web.access.policy import AccessPolicy
from pagewitness.web.app import create_app
from storage.archive.bodies import arrival, store_bodies
from storage.archive.compression import pack
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.queries.history import History
from storage.schema import fact_states, page_checks, page_results, pages, readings, snapshots, versions
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage
from storage.watched.pages import declared_values

CHANGES = 10_000
"""Changes of the fact in all."""
_FACT = "visitors"
_FACTS = (
    FactDefinition(_FACT, FactKind.COUNT_OF, ("visitors",)),
    FactDefinition("members", FactKind.COUNT_OF, ("members",)),
)
_BEGIN = datetime(2014, 1, 1, tzinfo=UTC)
_STEP = timedelta(hours=10)
_LONG, _SHORT = 1, 4  # one page with all changes, four with a quarter each
_TROUBLED = 50  # of so many checks one finds a blocked page
_ROUNDS = 21
_BATCH = 2_000
_NOW = _BEGIN + CHANGES * _STEP


def fact_histories(count: int, folder: Path) -> list[Part]:
    """The screens, with `count` further pages that state another fact."""
    collect_seldom()  # as in the process of the web interface
    parts: list[Part] = []
    for name, url in both(folder):
        with closing(open_database(url)) as database:
            _fill(database, count)
            parts += [Part(f"{name}: {what}", figure) for what, figure in asyncio.run(_measured(database, count))]
    return parts


async def _measured(database: Database, count: int) -> list[tuple[str, str]]:
    app = create_app(
        History(database),
        clock=lambda: _NOW,
        version="bench",
        allowed_hosts=None,
        access=AccessPolicy(anonymous_reads=True),
    )
    several = "&".join(f"url={_url(page)}" for page in range(2, 2 + _SHORT))
    year = "from=2020-01-01&to=2020-12-31"
    addresses = {
        f"/fact, {CHANGES:,} changes on one page": f"/fact?name={_FACT}&url={_url(1)}",
        f"/fact, {CHANGES:,} changes on {_SHORT} pages": f"/fact?name={_FACT}&{several}",
        "/fact, a year of it": f"/fact?name={_FACT}&url={_url(1)}&{year}",
        "/fact.svg": f"/fact.svg?name={_FACT}&url={_url(1)}",
        "/fact.csv": f"/fact.csv?name={_FACT}&url={_url(1)}",
        f"/facts, {count:,} pages": "/facts",
    }
    found = []
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost", timeout=600
    ) as client:
        for what, address in addresses.items():
            taken = []
            for _ in range(_ROUNDS + 1):
                began = time.perf_counter()
                response = await client.get(address)
                taken.append((time.perf_counter() - began) * 1000)
                assert response.status_code == 200, response.text
            p95 = quantiles(taken[1:], n=20)[-1]
            size = len(response.content) / 1024
            found.append((what, f"median {median(taken[1:]):.0f} ms, p95 {p95:.0f} ms, {size:,.0f} KiB"))
    return found


def _url(page: int) -> str:
    return f"https://host-{page % 500:03d}.example/{page}/"


def _fill(database: Database, count: int) -> None:
    """Write the pages as plain rows: checking them would take hours."""
    SqlStore(database).apply_declared([], _FACTS, [], [], now=_BEGIN)
    changes = {page: CHANGES if page <= _LONG else CHANGES // _SHORT for page in range(1, _LONG + _SHORT + 1)}
    everything = range(1, _LONG + _SHORT + count + 1)
    with database.begin() as connection:
        body = arrival(_url(1), b"<p>7 visitors")
        body_id = store_bodies(connection, [body], _BEGIN)[body.sha256]
        rows: dict[Table, Iterator[dict[str, Any]]] = {
            pages: (_page(page) for page in everything),
            page_checks: ({"page_id": page, "host": f"host-{page % 500:03d}.example", "last_seq": changes.get(page, 0)} for page in everything),
            page_results: ({"page_id": page} for page in everything),
            versions: (_version(page, number) for page, of_page in changes.items() for number in range(of_page)),
            snapshots: (_snapshot(page, number, body_id) for page, of_page in changes.items() for number in range(of_page)),
            readings: (_reading(page, number) for page, of_page in changes.items() for number in range(of_page)),
            fact_states: (_state(page, _FACT if page in changes else "members") for page in everything),
        }  # fmt: skip
        for table, made in rows.items():
            while batch := list(islice(made, _BATCH)):
                connection.execute(insert(table), batch)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))


def _key(page: int, number: int) -> int:
    return (page - 1) * CHANGES + number + 1


def _at(page: int, number: int) -> datetime:
    return _BEGIN + number * (_STEP if page <= _LONG else _STEP * _SHORT) + timedelta(minutes=page)


def _value(page: int, number: int) -> int:
    return 5_000 + page * 100 + (number * 7_919) % 3_001


def _page(page: int) -> dict[str, Any]:
    declared = DeclaredPage(_url(page), f"Page {page}", Schedule(every=timedelta(days=1)), (_FACT, "members"), allow_private=False)  # fmt: skip
    return {
        **declared_values(declared, PageSource.WATCHLIST),
        "id": page,
        "url": _url(page),
        "host": f"host-{page % 500:03d}.example",
        "state": PageState.ACTIVE,
        "source": PageSource.WATCHLIST,
        "created_at": _BEGIN,
    }


def _version(page: int, number: int) -> dict[str, Any]:
    return {
        "id": _key(page, number),
        "page_id": page,
        "seq": number + 1,
        "snapshot_id": _key(page, number),
        "code": "bench",
        "facts": "bench",
        "learned": "",
        "title": "Visitors",
        "created_at": _BEGIN,
        "blob": pack(b"{}", None)[0],
        "blob_length": 2,
        "blob_depth": 0,
    }


def _snapshot(page: int, number: int, body_id: int) -> dict[str, Any]:
    is_ok = number % _TROUBLED != _TROUBLED - 1
    return {
        "id": _key(page, number),
        "page_id": page,
        "seq": number + 1,
        "taken_at": _at(page, number),
        "origin": Origin.LIVE,
        "outcome": Outcome.FULL,
        "status": 200,
        "final_url": _url(page),
        "body_id": body_id,
        "verdict": Verdict.OK if is_ok else Verdict.BLOCKED,
        "verdict_reason": "",
        "version_id": _key(page, number),
        "read_at": _at(page, number),
    }


def _reading(page: int, number: int) -> dict[str, Any]:
    value = _value(page, number)
    return {
        "version_id": _key(page, number),
        "fact": _FACT,
        "position": 0,
        "value": value,
        "quote": f"{value:,}",
        "sentence": f"Since it opened, {value:,} visitors have come to the exhibition in the old harbour, among them many schools.",
        "contradicts": [],
        "why": "the only one",
    }


def _state(page: int, fact: str) -> dict[str, Any]:
    value = 80 + page % 7
    return {
        "page_id": page,
        "fact": fact,
        "reader": "bench/bench/",
        "value": value,
        "quote": str(value),
        "sentence": f"There are {value} of them, as far as is known today.",
        "since_id": 1,
        "since_at": _at(page, 0),
        "absences": 0,
        "lost": False,
        "baseline": value,
        "baseline_at": _BEGIN,
        "contradiction": [],
        "flapping": False,
        "trail": [],
    }
