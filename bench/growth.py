"""One page with a growing history: what a look costs that brings nothing new, and one that does, fetching left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bench.databases import both
from bench.measure import spending
from bench.site import BenchPage
from bench.small import Part
from monitor.check import take
from monitor.model import Exchange, Look, Outcome, Page, PageSource, Schedule
from storage.engine import open_database
from storage.store import SqlStore

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_VERSIONS = (1, 200, 2_000)
_ROUNDS = 40
_ETAG = '"river"'


def growing(folder: Path) -> list[Part]:
    """A page of 1, 200 and 2,000 versions, on SQLite and on PostgreSQL."""
    parts: list[Part] = []
    for name, url in both(folder):
        database = open_database(url)
        watched = _Watched(SqlStore(database))
        for versions in _VERSIONS:
            changed = [watched.ms(watched.change) for _ in range(versions - watched.edition)]
            unchanged = median(watched.ms(watched.not_modified) for _ in range(_ROUNDS))
            same = median(watched.ms(watched.same_body) for _ in range(_ROUNDS))
            figure = f"304 {unchanged:.2f} ms, same body {same:.2f} ms"
            last = f", changed {median(changed[-_ROUNDS:]):.1f} ms" if len(changed) > 1 else ""
            parts.append(Part(f"{name}: a look at a page of {versions:,} versions, fetching left out", figure + last))
        database.close()
    return parts


class _Watched:
    """The page. `edition` counts the versions that it has."""

    def __init__(self, store: SqlStore) -> None:
        self.edition = 0
        self._store = store
        self._source = BenchPage(0)
        self._now = _NOW
        day = Schedule(every=timedelta(days=1))
        self._page: Page = store.add_page(
            "http://river.example/articles/", schedule=day, source=PageSource.ADDED, now=_NOW
        )

    def ms(self, look: Callable[[], None]) -> float:
        """CPU milliseconds of one look."""
        self._now += timedelta(minutes=10)
        with spending() as spent:
            look()
        return spent.cpu * 1000

    def change(self) -> None:
        self.edition += 1
        self._take(self._answer(200), Outcome.FULL)

    def not_modified(self) -> None:
        self._take(self._answer(304), Outcome.NOT_MODIFIED)

    def same_body(self) -> None:
        self._take(self._answer(200), Outcome.SAME_BODY)

    def _answer(self, status: int) -> Look:
        body = self._source.body(self.edition) if status == 200 else b""
        fields = (("Content-Type", "text/html; charset=UTF-8"), ("ETag", _ETAG))
        return Look((Exchange(self._page.url, (), self._now, 5, status, "OK", "HTTP/1.1", fields, body=body),))

    def _take(self, look: Look, outcome: Outcome) -> None:
        before = self._store.before(self._page.id)
        checked = take(self._page, look, store=self._store, before=before, now=self._now, next_check_at=None)
        assert checked.snapshot.outcome is outcome, checked.snapshot
