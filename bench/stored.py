"""What a changed version takes in an SQLite file, by table and by index: 1,000 versions of one page after its first hundred."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from bench.growth import NOW
from bench.site import BenchPage
from bench.small import Part
from monitor.model import Exchange, FetchResult, Outcome, Page, PageSource, Schedule
from monitor.pipeline.archive import archive
from monitor.pipeline.process import Processing
from pagewitness.service.page_processor import PageProcessor
from storage.database.engine import open_database
from storage.store import SqlStore

_FIRST, _COUNTED = 100, 1_000
_REQUEST = (
    ("User-Agent", "Pagewitness/1.0 (+https://watch.example/)"),
    ("Accept", "text/html,application/xhtml+xml"),
    ("Accept-Encoding", "gzip, deflate"),
)
_TABLE_OF = "SELECT name, sum(pgsize), (SELECT tbl_name FROM sqlite_schema AS item WHERE item.name = dbstat.name) FROM dbstat GROUP BY name"


def stored(folder: Path) -> list[Part]:
    """Bytes a version, for a sentence with a number (page 0) and for another one (page 1)."""
    parts: list[Part] = []
    for number, name in enumerate(("a number", "a sentence without one")):
        file = folder / f"{number}.db"
        with closing(open_database(f"sqlite:///{file}")) as database:
            site = _Changing(SqlStore(database), number)
            site.change(_FIRST)
            before = _sizes(file)
            site.change(_COUNTED)
            grown = _sizes(file)
        grown.subtract(before)
        each = {item: size / _COUNTED for item, size in grown.items() if size}
        parts.append(Part(f"{name} changed: a version", f"{sum(each.values()):,.0f} bytes"))
        parts += [
            Part(f"{name} changed: {item}", f"{each[item]:,.0f} bytes")
            for item in sorted(each, key=each.__getitem__)[::-1]
        ]
    return parts


class _Changing:
    """A page of which one sentence changes at each check, with the header fields that servers commonly send."""

    def __init__(self, store: SqlStore, number: int) -> None:
        self._store, self._source = store, BenchPage(number)
        self._edition, self._now = 0, NOW
        day = Schedule(every=timedelta(days=1))
        self._page: Page = store.add_page(
            f"https://river.example{self._source.path}", schedule=day, source=PageSource.ADDED, now=NOW
        )

    def change(self, times: int) -> None:
        """Archive and process its next versions."""
        for _ in range(times):
            self._edition += 1
            self._now += timedelta(minutes=61, seconds=7, microseconds=1234)
            self._check()

    def _check(self) -> None:
        known = self._store.validators(self._page.id)
        result = FetchResult((self._exchange(),))
        snapshot = archive(self._page, result, store=self._store, validators=known, now=self._now, next_check_at=None)
        assert snapshot.outcome is Outcome.FULL, snapshot
        processor = PageProcessor(self._store, Processing(self._store, lambda: self._now), owner="bench")
        with processor.claim(self._page) as claimed:
            list(processor.backlog(self._page, claimed))

    def _exchange(self) -> Exchange:
        return Exchange(
            self._page.url,
            _REQUEST,
            self._now,
            5,
            200,
            "OK",
            "HTTP/1.1",
            _fields(self._now, self._edition),
            peer="192.0.2.7:443",
            tls_version="TLSv1.3",
            tls_cipher="TLS_AES_256_GCM_SHA384",
            entity_sha256=f"{self._edition:064x}",
            entity_bytes=23_456,
            body=self._source.body(self._edition),
        )


def _fields(now: datetime, edition: int) -> tuple[tuple[str, str], ...]:
    date = f"{now:%a, %d %b %Y %H:%M:%S GMT}"
    return (
        ("Date", date),
        ("Server", "nginx"),
        ("Content-Type", "text/html; charset=UTF-8"),
        ("Connection", "keep-alive"),
        ("Vary", "Accept-Encoding"),
        ("Cache-Control", "max-age=300"),
        ("Last-Modified", date),
        ("ETag", f'W/"{edition:08x}-5b"'),
        ("Strict-Transport-Security", "max-age=31536000"),
        ("X-Content-Type-Options", "nosniff"),
    )


def _sizes(file: Path) -> Counter[str]:
    """Bytes of the pages of each table, and of all its indexes together."""
    sizes: Counter[str] = Counter()
    with closing(sqlite3.connect(file)) as connection:
        for name, size, table in connection.execute(_TABLE_OF):
            sizes[f"table {name}" if table in (name, None) else f"indexes of {table}"] += size
    return sizes
