"""Python's garbage collection: rare enough that a check triggers none, frequent enough that garbage is freed."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from monitor.model import Block, BlockKind
from pagewitness.service.gc_tuning import collect_seldom

BLOCKS_OF_A_CHECK = 2_000


@pytest.fixture
def searches() -> Iterator[list[str]]:
    """Each garbage collection, from when the thresholds are set."""
    found: list[str] = []
    before = gc.get_threshold()

    def note(phase: str, _info: dict[str, int]) -> None:
        found.append(phase)

    gc.collect()
    collect_seldom()
    gc.callbacks.append(note)
    yield found
    gc.callbacks.remove(note)
    gc.set_threshold(*before)


def test_the_objects_of_one_check_trigger_no_full_collection(searches: list[str]) -> None:
    blocks = [Block(BlockKind.CONTENT, f"text {n}", "article") for n in range(BLOCKS_OF_A_CHECK)]

    assert len(blocks) == BLOCKS_OF_A_CHECK
    assert searches == []


def test_garbage_is_collected_eventually(searches: list[str]) -> None:
    for _ in range(20_000):
        garbage: list[object] = []
        garbage.append(garbage)

    assert "stop" in searches
