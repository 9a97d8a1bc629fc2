from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.word_differences import COMPARED_WORDS
from rendering.word_marks import differing, parts, united

WORDS = st.lists(st.sampled_from(["we", "are", "85", "83", "members", "now", ",", "."]), max_size=12).map(" ".join)


def marked(before: str, after: str) -> tuple[str, ...]:
    """Both texts, with brackets around what is marked."""
    return tuple(
        "".join(f"[{part}]" if is_marked else part for part, is_marked in parts(text, ranges))
        for text, ranges in zip((before, after), differing(before, after), strict=True)
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("We count [83] members.", "We count [85] members [now]."),
        ("Head of office: [Ada Brook].", "Head of office: [Cy Dale]."),
        ("The fee is [1,200.50] euros.", "The fee is [1,300.50] euros."),
        (
            "The office is open until [5 May] 2026[,] and then closed.",
            "The office is open until [12 June] 2026 and then closed.",
        ),
        ("Das Büro ist [dienstags] geöffnet.", "Das Büro ist [mittwochs und freitags] geöffnet."),
        ("会員は[83]か国です。", "会員は[85]か国[と2地域]です。"),
        ("المكتب مفتوح يوم [الأحد] فقط", "المكتب مفتوح يوم [الاثنين] فقط"),
        ("המשרד פתוח ביום [ראשון] בלבד", "המשרד פתוח ביום [שני] בלבד"),
        ("हमारे [८३] सदस्य हैं", "हमारे [८५] सदस्य हैं"),
        ("Open daily.", "Open daily. [Closed on public holidays, and for the whole of August.]"),
        ("Open  daily", "Open daily"),
        ("", ""),
        ("", "A sentence of one side."),
    ],
)
def test_the_words_that_only_one_side_has_are_marked_in_any_script(before: str, after: str):
    plain = tuple(text.replace("[", "").replace("]", "") for text in (before, after))
    assert marked(*plain) == (before, after)


def test_two_different_statements_are_not_marked_word_by_word():
    assert differing("The cat sat on the roof.", "Nothing of that kind was ever announced by anyone.") == ((), ())


def test_a_long_common_part_costs_nothing_and_what_differs_is_still_found():
    long = "word " * 5_000
    assert marked(f"{long}old {long}", f"{long}new {long}") == (f"{long}[old] {long}", f"{long}[new] {long}")


def test_beyond_the_limit_everything_between_the_common_ends_is_marked():
    old, new = (" ".join(f"{name}{number} same" for number in range(COMPARED_WORDS)) for name in "ab")
    shared = "the beginning " * 500
    assert marked(f"{shared}{old}", f"{shared}{new}") == (
        f"{shared}[{old.removesuffix(' same')}] same",
        f"{shared}[{new.removesuffix(' same')}] same",
    )


@given(WORDS | st.text(max_size=60), WORDS | st.text(max_size=60))
def test_no_character_is_lost_and_equal_texts_have_no_marks(before: str, after: str):
    for text, ranges in zip((before, after), differing(before, after), strict=True):
        assert ranges == united(ranges)
        assert "".join(part for part, _ in parts(text, ranges)) == text
        assert all(part for part, _ in parts(text, ranges))
    assert differing(before, before) == ((), ())


@given(WORDS, WORDS)
def test_the_words_without_a_mark_are_the_same_on_both_sides(before: str, after: str):
    ranges = differing(before, after)
    left = [
        [word for part, is_marked in parts(text, found) if not is_marked for word in part.split() if len(word) > 1]
        for text, found in zip((before, after), ranges, strict=True)
    ]
    assert not any(ranges) or left[0] == left[1]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20))))
def test_united_ranges_are_in_order_and_do_not_touch(ranges):
    found = united(ranges)
    assert all(start < end for start, end in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))
    covered = {at for start, end in ranges for at in range(start, end)}
    assert covered == {at for start, end in found for at in range(start, end)}
