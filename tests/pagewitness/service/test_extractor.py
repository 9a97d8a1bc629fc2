"""Which page an extractor takes next: slow ones do not delay the others, and are not starved by them either."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from monitor.model import Page
from monitor.pipeline.analyze import analyze
from monitor.pipeline.process import Processing
from pagewitness.service import extractor as extractor_module
from pagewitness.service.extractor import SLOW_BYTES, SLOW_SECONDS, ExtractLoop
from pagewitness.service.page_processor import PageProcessor
from storage.store import SqlStore
from tests.storage.snapshots import add_page, archive, full

LEASE = timedelta(seconds=30)


class Timer:
    """Processor time, of which each word in a body takes its own."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def analyze_body(self, body: bytes, *args: Any, **more: Any) -> Any:
        self.now += SLOW_SECONDS * next((factor for word, factor in TAKES.items() if word in body), 0.1)
        return analyze(body, *args, **more)


TAKES = {b"long": 2.0, b"usual": 0.9}
"""How long pages with these words take, as parts of what is long; other pages take a tenth of it."""


class Loop:
    """An extractor that takes its steps one by one; `order` lists the page of each snapshot."""

    def __init__(self, store: SqlStore, clock, *, quick_only: bool = False) -> None:
        self.order: list[int] = []
        timer = Timer()
        processor = PageProcessor(
            store,
            Processing(store, clock, analyze=timer.analyze_body),
            owner="me",
            on_processed=lambda page, *_: self.order.append(page.id),
        )
        self._store, self._clock = store, clock
        self.loop = ExtractLoop(store, processor, owner="me", lease=LEASE, timer=timer, quick_only=quick_only)

    def page(self, name: str) -> Page:
        return add_page(self._store, self._clock(), f"https://{name}.example/")

    def archived(self, page: Page, word: str, count: int = 1, size: int = 0) -> None:
        for number in range(count):
            body = f"<p>a {word} page, {self._clock()} {number}</p>".encode() + b" " * size
            archive(self._store, page, full(self._clock(), body), self._clock())


def test_a_slow_page_is_processed_after_quick_ones(store: SqlStore, clock):
    extractor = Loop(store, clock)
    heavy = extractor.page("heavy")
    lights = [extractor.page(f"light{number}") for number in range(4)]
    extractor.archived(heavy, "long")
    extractor.loop.step()
    for page in (heavy, *lights):
        extractor.archived(page, "short" if page in lights else "long")
    extractor.loop.drain()
    assert extractor.order == [heavy.id, *(page.id for page in lights), heavy.id]


def test_a_large_page_is_expected_to_take_long(store: SqlStore, clock):
    extractor = Loop(store, clock)
    first, second, light = (extractor.page(name) for name in ("first", "second", "light"))
    for page in (first, second):
        extractor.archived(page, "long", size=SLOW_BYTES)
    extractor.archived(light, "short")
    extractor.loop.drain()
    assert extractor.order == [first.id, light.id, second.id]


def test_an_extractor_for_quick_pages_leaves_all_others_to_other_extractors(store: SqlStore, clock):
    extractor = Loop(store, clock, quick_only=True)
    large, slow, light = (extractor.page(name) for name in ("large", "slow", "light"))
    extractor.archived(large, "short", size=SLOW_BYTES)
    extractor.archived(slow, "long", 2)
    extractor.archived(light, "short")
    extractor.loop.drain()
    assert extractor.order == [slow.id, slow.id, light.id], "what takes long shows when it is processed"
    extractor.archived(slow, "long")
    extractor.archived(light, "short")
    extractor.loop.drain()
    assert extractor.order[3:] == [light.id]


def test_quick_pages_never_starve_a_long_one(store: SqlStore, clock):
    extractor = Loop(store, clock)
    heavy = extractor.page("heavy")
    lights = [extractor.page(f"light{number}") for number in range(20)]
    extractor.archived(heavy, "long")
    extractor.loop.step()
    for page in (heavy, *lights):
        extractor.archived(page, "usual" if page in lights else "long")
    extractor.loop.drain()
    # Three times the long page's time, at nine twentieths of it each.
    assert extractor.order.index(heavy.id, 1) == 1 + 7


def test_other_pages_are_processed_between_many_slow_snapshots_of_one_page(store: SqlStore, clock, monkeypatch):
    monkeypatch.setattr(extractor_module, "SECONDS_A_CLAIM", 0.0)
    extractor = Loop(store, clock)
    heavy, light = extractor.page("heavy"), extractor.page("light")
    extractor.archived(heavy, "long", 3)
    extractor.archived(light, "short")
    extractor.loop.drain()
    assert extractor.order == [heavy.id, light.id, heavy.id, heavy.id]
