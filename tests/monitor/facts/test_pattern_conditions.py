"""Whether a text contains a match of a user's pattern: known, or not known, and in bounded time."""

from __future__ import annotations

import pytest

from monitor.facts.patterns import check_condition, contains


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("(?i)red alert", "The level is\nRED Alert today", True),
        ("(?i)red alert", "The level is green", False),
        ("истек(ло|ла)", "Время истекло вчера", True),
        ("緊急事態", "緊急事態宣言は解除されました", True),
        ("^Closed$", "Open", False),
        ("(?m)^Closed$", "Open\nClosed\nOpen", True),
        ("a", "\ud800 a", True),
        ("", "", True),
    ],
)
def test_a_text_contains_a_match_or_not(pattern, text, wanted):
    assert contains(pattern, text) is wanted


@pytest.mark.parametrize("pattern", ["(", "(?=a)", "x" * 1001, "((a{1,100}){1,100}){1,100}"])
def test_an_unusable_pattern_is_refused_and_gives_no_answer(pattern):
    with pytest.raises(ValueError, match=r"it (is|has) "):
        check_condition(pattern)
    assert contains(pattern, "text") is None


def test_only_the_beginning_of_a_very_long_text_is_searched():
    text = "a" * 3_000_000
    assert contains("b", text) is None
    assert contains("b", "b" + text) is True
    assert contains("b", text[:1000]) is False
