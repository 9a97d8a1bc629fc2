"""One page with a growing history: what a check costs that brings nothing new, and one that does, fetching left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bench.databases import both
from bench.measure import spending
from bench.site import BenchPage
from bench.small import Part
from monitor.model import Exchange, FetchResult, Outcome, Page, PageSource, Schedule
from monitor.pipeline.archive import archive
from monitor.pipeline.process import Processing
from pagewitness.service.page_processor import PageProcessor
from storage.database.engine import open_database
from storage.store import SqlStore

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_VERSIONS = (1, 200, 2_000)
_ROUNDS = 30
_ETAG = '"river"'


def growing(folder: Path) -> list[Part]:
    """A page of 1, 200 and 2,000 versions, on SQLite and on PostgreSQL."""
    parts: list[Part] = []
    for name, url in both(folder):
        database = open_database(url)
        store = SqlStore(database)
        fresh, grown = _Watched(store, 2), _Watched(store, 4)
        fresh.change()
        for versions in _VERSIONS:
            while grown.edition < versions:
                grown.change()
            figures = [_alongside(fresh, grown, check) for check in ("not_modified", "same_body", "change")]
            text = ", ".join(
                f"{word} {figure}" for word, figure in zip(("304", "same body", "changed"), figures, strict=True)
            )
            parts.append(Part(f"{name}: a check of a page of {versions:,} versions, fetching left out", text))
        database.close()
    return parts


def _alongside(fresh: _Watched, grown: _Watched, check: str) -> str:
    """CPU milliseconds at the page that has grown, and how many times that is what a page of few versions takes, the two checked in turn."""
    taken = [(fresh.ms(check), grown.ms(check)) for _ in range(_ROUNDS)]
    few, many = (median(each) for each in zip(*taken, strict=True))
    return f"{many:.2f} ms ({many / few:.2f} times a page of few)"


class _Watched:
    """The page. `edition` counts the versions that it has."""

    def __init__(self, store: SqlStore, number: int) -> None:
        self.edition = 0
        self._store = store
        # The same page under two URLs, which differ only in invisible content.
        self._source, self._nonce = BenchPage(0), number
        self._now = NOW
        day = Schedule(every=timedelta(days=1))
        self._page: Page = store.add_page(
            f"http://river.example/{number}/", schedule=day, source=PageSource.ADDED, now=NOW
        )

    def ms(self, check: str) -> float:
        """CPU milliseconds of one check, by its name below."""
        self._now += timedelta(minutes=10)
        taken: Callable[[], None] = getattr(self, check)
        with spending() as spent:
            taken()
        return spent.cpu * 1000

    def change(self) -> None:
        self.edition += 1
        self._take(self._answer(200), Outcome.FULL)

    def not_modified(self) -> None:
        self._take(self._answer(304), Outcome.NOT_MODIFIED)

    def same_body(self) -> None:
        self._take(self._answer(200), Outcome.SAME_BODY)

    def _answer(self, status: int) -> FetchResult:
        body = self._source.body(self.edition, self._nonce) if status == 200 else b""
        fields = (("Content-Type", "text/html; charset=UTF-8"), ("ETag", _ETAG))
        return FetchResult(
            (
                Exchange(
                    self._page.url,
                    (("If-None-Match", _ETAG),),
                    self._now,
                    5,
                    status,
                    "OK",
                    "HTTP/1.1",
                    fields,
                    body=body,
                ),
            )
        )

    def _take(self, result: FetchResult, outcome: Outcome) -> None:
        known = self._store.validators(self._page.id)
        snapshot = archive(self._page, result, store=self._store, validators=known, now=self._now, next_check_at=None)
        assert snapshot.outcome is outcome, snapshot
        if snapshot.read_at is None:
            processor = PageProcessor(self._store, Processing(self._store, lambda: self._now), owner="bench")
            with processor.claim(self._page) as claimed:
                list(processor.backlog(self._page, claimed))
