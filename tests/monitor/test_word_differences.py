"""Two texts as one, with what was removed and added: nothing is lost, in any script, and the cost is bounded."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Segment, SegmentKind
from monitor.word_differences import WordComparer
from tests.support.pace import costs_less_than

TEXTS = st.lists(
    st.sampled_from(["we", "are", "85", "83", "members", "now", ",", ".", "  ", "国", "会員", "ไทย"]), max_size=14
).map(" ".join) | st.text(max_size=40)


def segments(before: str, after: str, comparisons: int = 100_000, characters: int = 1_000_000) -> tuple[Segment, ...]:
    return WordComparer(comparisons, characters).segments(before, after)


def marked(before: str, after: str) -> str:
    forms = {SegmentKind.KEPT: "{}", SegmentKind.REMOVED: "[-{}-]", SegmentKind.ADDED: "[+{}+]"}
    return "".join(forms[segment.kind].format(segment.text) for segment in segments(before, after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("We count 83 members.", "We count 85 members.", "We count [-83-][+85+] members."),
        ("We count members.", "We count 85 members.", "We count [+85 +]members."),
        ("Head of office: Ada Brook.", "Head of office: Cy Dale.", "Head of office: [-Ada Brook-][+Cy Dale+]."),
        ("会員は83か国です。", "会員は85か国です。", "会員は[-83-][+85+]か国です。"),
        ("المكتب مفتوح يوم الأحد فقط", "المكتب مفتوح يوم الاثنين فقط", "المكتب مفتوح يوم [-الأحد-][+الاثنين+] فقط"),
        ("Harbour | 640 | 8", "Harbour | 653 | 10", "Harbour | [-640-][+653+] | [-8-][+10+]"),
        ("One thing.", "Quite other words here", "[-One thing.-][+Quite other words here+]"),
        ("", "New", "[+New+]"),
        ("Same", "Same", "Same"),
        ("", "", ""),
    ],
)
def test_words_are_marked_where_they_differ(before: str, after: str, expected: str):
    assert marked(before, after) == expected


@given(TEXTS, TEXTS, st.sampled_from([0, 20, 100_000]), st.sampled_from([0, 30, 1_000_000]))
def test_both_texts_can_be_restored_whatever_the_limits(before: str, after: str, comparisons: int, characters: int):
    found = segments(before, after, comparisons, characters)
    assert "".join(segment.text for segment in found if segment.kind is not SegmentKind.ADDED) == before
    assert "".join(segment.text for segment in found if segment.kind is not SegmentKind.REMOVED) == after
    assert all(segment.text for segment in found)
    assert all(one.kind is not other.kind for one, other in itertools.pairwise(found))


def test_long_texts_are_aligned_by_the_words_that_occur_once():
    old = " ".join(f"word{n}" for n in range(5_000))
    new = old.replace("word100 ", "other ").replace("word4000 ", "")
    with costs_less_than(2):
        found = segments(f"old {old} old", f"new {new} new", comparisons=0)
    removed = [segment.text for segment in found if segment.kind is SegmentKind.REMOVED]
    assert removed == ["old", "word100", "word4000 ", "old"]


def test_beyond_the_limit_of_characters_all_between_the_common_ends_is_marked_and_stated():
    comparer = WordComparer(100, 50)
    assert [s.text for s in comparer.segments("one " * 20 + "two three", "one " * 20 + "2 three")] == [
        "one " * 20,
        "two",
        "2",
        " three",
    ]
    assert comparer.is_exceeded
