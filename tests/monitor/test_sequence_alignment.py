"""Equal items of two sequences are paired in order, and the cost stays in proportion to their length."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sequence_alignment import aligned
from tests.support.pace import costs_less_than

ITEMS = st.lists(st.sampled_from("abcdefg"), max_size=30)


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        ("", "", []),
        ("abc", "abc", [(0, 0), (1, 1), (2, 2)]),
        ("abc", "axc", [(0, 0), (2, 2)]),
        ("abcd", "bcda", [(1, 0), (2, 1), (3, 2)]),  # the shorter part moved
        ("xmymzm", "wmxmymzm", [(0, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7)]),  # "m" follows every item
        ("aabb", "bbaa", [(2, 0), (3, 1)]),
    ],
)
def test_equal_items_are_paired_in_order(old: str, new: str, pairs: list[tuple[int, int]]):
    assert aligned(old, new) == pairs


@given(ITEMS, ITEMS)
def test_pairs_are_equal_and_ascend_on_both_sides(old: list[str], new: list[str]):
    pairs = aligned(old, new)
    assert all(old[n] == new[m] for n, m in pairs)
    assert all(n < n2 and m < m2 for (n, m), (n2, m2) in itertools.pairwise(pairs))


@given(ITEMS)
def test_a_sequence_is_paired_with_itself_item_by_item(items: list[str]):
    assert aligned(items, items) == [(n, n) for n in range(len(items))]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([str(n) for n in range(100_000)], [str(n) for n in range(99_999, -1, -1)]),
        ([str(n % 2) for n in range(100_000)], [str(n % 3) for n in range(100_000)]),
        ([str(n) for n in range(100_000)], [str(n * 7 % 100_003) for n in range(100_000)]),
    ],
    ids=["reversed", "repeated", "shuffled"],
)
def test_a_hundred_thousand_items_in_the_worst_order_are_aligned_in_seconds(old: list[str], new: list[str]):
    with costs_less_than(3):
        pairs = aligned(old, new)
    assert all(old[n] == new[m] for n, m in pairs)
