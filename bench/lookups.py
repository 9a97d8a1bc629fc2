"""Exchanges by URL and time among a million, and the lists of the CDX API: milliseconds on SQLite and PostgreSQL."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy import insert, text

from bench.databases import both
from bench.measure import peak_rss_mb
from bench.small import Part
from monitor.model import ExchangeRole
from monitor.surt import number_of, surt
from storage.archive.archived_urls import digest_of
from storage.archive.bodies import arrival, store_bodies
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.queries.exchange_list import count_exchanges, list_exchanges, nearest_exchanges
from storage.queries.history import History
from storage.queries.url_ranges import MatchType, Selection
from storage.schema import archived_urls, exchanges

_BEGIN = datetime(2016, 1, 1, tzinfo=UTC)
_EACH = 20  # exchanges of a URL, a day apart
_LONG = 20  # one URL has this part of all exchanges
_HOSTS = 500
_BATCH = 5_000
_LOOKUPS = 2_000
_PAGE_REQUISITES = 1_000
_LISTED = 10_000
_HEADERS = [["Content-Type", "text/css"], ["Cache-Control", "max-age=600"], ["ETag", '"5f3a-5c1"']]
_DIGEST = "0" * 64
_DOMAIN = "https://cdn.example/"


def lookups(count: int, folder: Path) -> list[Part]:
    """Lookups and lists with `count` exchanges."""
    parts: list[Part] = []
    for name, url in both(folder):
        with closing(open_database(url)) as database:
            _fill(database, count)
            parts += [Part(f"{name}: {what}", figure) for what, figure in _measured(database, count)]
    return parts


def _measured(database: Database, count: int) -> Iterator[tuple[str, str]]:
    history, chosen, urls = History(database), random.Random(5), _url_count(count)
    span = timedelta(days=_EACH).total_seconds()

    def near(number: int) -> Callable[[], object]:
        when = _BEGIN + timedelta(seconds=chosen.uniform(-0.1, 1.1) * span)
        return lambda: history.nearest_exchange(_url(number), when)

    for what, numbers in {
        "nearest exchange of a URL": [chosen.randrange(1, urls) for _ in range(_LOOKUPS)],
        f"nearest exchange of a URL with {count // _LONG:,}": [0] * (_LOOKUPS // 10),
        "nearest exchange of a URL that is not archived": [urls + number for number in range(_LOOKUPS // 10)],
    }.items():
        finds = [near(number) for number in numbers]
        cpu = time.process_time()
        taken = [_took(find) for find in finds]
        cpu_each = (time.process_time() - cpu) * 1000 / len(finds)
        yield (
            what,
            f"median {median(taken):.2f} ms, p95 {quantiles(taken, n=20)[-1]:.2f} ms, {cpu_each:.2f} CPU ms of the client",
        )
    first = chosen.randrange(1, max(urls - _PAGE_REQUISITES, 2))
    wanted = [near(first + number) for number in range(_PAGE_REQUISITES)]
    yield f"{_PAGE_REQUISITES:,} requisites by nearest time", f"{_took(lambda: [find() for find in wanted]):.0f} ms"
    site = Selection(_DOMAIN, MatchType.DOMAIN)
    for what, rows in {
        f"{_LISTED:,} exchanges of a domain": list_exchanges(database, site),
        f"{_LISTED:,} exchanges of one URL": list_exchanges(database, Selection(_url(0))),
        "100 nearest exchanges of one URL": islice(nearest_exchanges(database, Selection(_url(0)), _BEGIN), 100),
    }.items():
        yield what, f"{_took(lambda rows=rows: list(islice(rows, _LISTED))):.0f} ms"
    yield f"counting {count:,} exchanges", f"{_took(lambda: list(count_exchanges(database, site, count))):.0f} ms"
    yield "memory of all of these", f"peak RSS {peak_rss_mb():.0f} MiB"


def _took(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1000


def _url_count(count: int) -> int:
    return (count - count // _LONG) // _EACH + 1


def _url(number: int) -> str:
    return f"https://host-{number % _HOSTS:03d}.cdn.example/assets/{number:07d}/site.css?v=3"


def _fill(database: Database, count: int) -> None:
    """Write the exchanges as plain rows: storing each would take an hour."""
    urls = _url_count(count)
    with database.begin() as connection:
        body = arrival("https://river.example/", b"body {margin: 0}")
        body_id = store_bodies(connection, [body], _BEGIN)[body.sha256]
        for rows in _batches({"id": number + 10, **_url_row(_url(number))} for number in range(urls)):
            connection.execute(insert(archived_urls), rows)
        for rows in _batches(_exchange_rows(count, urls, body_id)):
            connection.execute(insert(exchanges), rows)
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _url_row(url: str) -> dict[str, Any]:
    key = surt(url)
    return {"url": url, "url_sha256": digest_of(url), "surt": key, "surt_number": number_of(key), "body_count": 0}


def _exchange_rows(count: int, urls: int, body_id: int) -> Iterator[dict[str, Any]]:
    """In order of time, as the service writes them: the exchanges of a URL are spread over the table."""
    long_each = count // _LONG // _EACH
    for day in range(_EACH):
        for number in range(urls):
            for part in range(long_each if number == 0 else 1):
                at = _BEGIN + timedelta(days=day, seconds=number % 86_000, milliseconds=20 * part)
                yield {
                    "url_id": number + 10,
                    "role": ExchangeRole.REQUISITE,
                    "request_headers": [["User-Agent", "Pagewitness"]],
                    "started_at": at,
                    "elapsed_ms": 30,
                    "status": 200,
                    "reason": "OK",
                    "http_version": "HTTP/1.1",
                    "response_headers": [*_HEADERS, ["Date", at.isoformat()]],
                    "entity_sha256": _DIGEST,
                    "entity_bytes": 16,
                    "body_id": body_id,
                }
