"""Which page an extractor takes next: those that take long do not hold up the others, and are not starved by them either."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from monitor.check import Processing
from monitor.model import Page
from monitor.understand import understand
from pagewitness.processing import PageProcessor
from pagewitness.service import extracting
from pagewitness.service.extracting import LONG_SECONDS, ExtractLoop
from storage.store import SqlStore
from tests.storage.looks import add_page, archive, full

LEASE = timedelta(seconds=30)


def slow(body: bytes, *args: Any, **more: Any) -> Any:
    if b"long" in body:
        end = time.thread_time() + 2 * LONG_SECONDS
        while time.thread_time() < end:
            pass
    return understand(body, *args, **more)


class Loop:
    """An extractor that takes its steps one by one; `order` tells of which page each snapshot was."""

    def __init__(self, store: SqlStore, clock) -> None:
        self.order: list[int] = []
        processor = PageProcessor(
            store,
            Processing(store, clock, understand=slow),
            owner="me",
            on_processed=lambda page, *_: self.order.append(page.id),
        )
        self._store, self._clock = store, clock
        self.loop = ExtractLoop(store, processor, owner="me", lease=LEASE)

    def page(self, name: str) -> Page:
        return add_page(self._store, self._clock(), f"https://{name}.example/")

    def archived(self, page: Page, word: str, count: int = 1) -> None:
        for number in range(count):
            body = f"<p>a {word} page, {self._clock()} {number}</p>".encode()
            archive(self._store, page, full(self._clock(), body), self._clock())


def test_a_page_that_took_long_comes_after_the_others_three_times_of_four(store: SqlStore, clock):
    extractor = Loop(store, clock)
    heavy = extractor.page("heavy")
    lights = [extractor.page(f"light{number}") for number in range(4)]
    extractor.archived(heavy, "long")
    extractor.loop.step()
    for page in (heavy, *lights):
        extractor.archived(page, "short" if page in lights else "long")
    extractor.loop.drain()
    first, second, third, fourth = (page.id for page in lights)
    assert extractor.order == [heavy.id, first, second, heavy.id, third, fourth]


def test_many_long_snapshots_of_one_page_let_the_others_in_between(store: SqlStore, clock, monkeypatch):
    monkeypatch.setattr(extracting, "SECONDS_A_CLAIM", 0.0)
    extractor = Loop(store, clock)
    heavy, light = extractor.page("heavy"), extractor.page("light")
    extractor.archived(heavy, "long", 3)
    extractor.archived(light, "short")
    extractor.loop.drain()
    assert extractor.order == [heavy.id, light.id, heavy.id, heavy.id]
