"""Where a changed check goes: processor time by layer, each without what it calls in another, over visits as the service makes them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

from bench.ours import declare, phase
from bench.server import serving
from bench.small import Part
from monitor.pipeline import analyze, process
from pagewitness.service.host_session import HostSession
from storage.store import SqlStore

_ROUNDS = 5
_PAGES = 200
_LAYERS: tuple[tuple[str, Any, str], ...] = (
    ("fetching", HostSession, "fetch_page"),
    ("archiving (T1)", SqlStore, "archive"),
    ("loading the page's memory", SqlStore, "page_memory"),
    ("extracting", analyze, "extract"),
    ("numbers", analyze, "read_page"),
    ("facts", analyze.fact_reader, "read"),
    ("comparing", analyze.compare, "compare"),
    ("fact states, health and events", process, "evaluate"),
    ("recording (T2)", SqlStore, "record"),
    ("validators", SqlStore, "validators"),
)


def layers(count: int, folder: Path) -> list[Part]:
    """CPU milliseconds of a check of a page of which one sentence changed, on SQLite: the median over rounds of all the pages."""
    url = f"sqlite:///{folder / 'layers.db'}"
    rounds: list[dict[str, float]] = []
    pages = min(count, _PAGES)
    with serving(pages) as served, _timed() as spent:
        declare(url, served.urls())
        for edition in range(_ROUNDS + 2):
            served.show(edition=edition, etag=True)
            spent.clear()
            whole = phase(url, day=2 * edition)["cpu"]
            each = {name: spent[name] / pages * 1000 for name, _, _ in _LAYERS}
            rounds.append({"a check": whole / pages * 1000, **each})
    # The first are first sights, and what is done once a process is done in the second.
    return [Part(f"one sentence changed: {name}", f"{median(_of(rounds[2:], name)):.2f} ms") for name in rounds[0]]


def _of(rounds: list[dict[str, float]], name: str) -> list[float]:
    return [each[name] for each in rounds]


@contextmanager
def _timed() -> Iterator[Counter[str]]:
    """Seconds of processor time by layer, for as long as the block lasts."""
    spent: Counter[str] = Counter()
    inner: list[float] = [0.0]
    with ExitStack() as stack:
        for name, owner, call in _LAYERS:
            stack.enter_context(patch.object(owner, call, _timing(getattr(owner, call), name, spent, inner)))
        yield spent


def _timing(call: Callable[..., Any], name: str, spent: Counter[str], inner: list[float]) -> Callable[..., Any]:
    """The same call, with what it takes noted; `inner` is what the calls under way have asked of other layers, the innermost last."""

    @wraps(call)
    def timed(*arguments: Any, **named: Any) -> Any:
        inner.append(0.0)
        began = time.thread_time()
        try:
            return call(*arguments, **named)
        finally:
            took = time.thread_time() - began
            spent[name] += took - inner.pop()
            inner[-1] += took

    return timed
