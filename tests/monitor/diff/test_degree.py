"""The degree of change: the share of a page's words that differ, in several languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diff.degree import ALL, degree_of_change
from monitor.model import Block, BlockKind, ParserVersion, Version


def version(*texts: str, kind: BlockKind = BlockKind.CONTENT) -> Version:
    return Version(ParserVersion("1", "", ""), "", "en", tuple(Block(kind, text, "") for text in texts), (), ())


@pytest.mark.parametrize(
    ("before", "after", "degree"),
    [
        ("Our 83 members met in the old hall.", "Our 85 members met in the old hall.", 125),
        ("Der Verein hat 83 Mitglieder.", "Der Verein hat 83 Mitglieder. Er wächst jedes Jahr.", 445),
        ("会员八十三个", "会员八十五个", 167),
        ("สมาชิก", "สมาชิก", 0),
        ("В союзе 83 участника.", "Союз распущен.", 1000),
        ("", "Ten words are on this page since the last check.", 1000),
        ("", "", 0),
    ],
)
def test_it_is_the_share_of_words_added_or_removed(before: str, after: str, degree: int):
    assert degree_of_change(version(before), version(after)) == degree
    assert degree_of_change(version(after), version(before)) == degree


def test_a_moved_block_and_an_advertisement_for_cookies_change_no_words():
    one, other = "The assembly met in March.", "The board has nine members."
    assert degree_of_change(version(one, other), version(other, one)) == 0
    consent = version("We use cookies.", kind=BlockKind.CONSENT)
    assert degree_of_change(version(), consent) == 0


def test_one_word_of_many_is_not_nothing():
    text = "word " * 5_000
    assert degree_of_change(version(f"{text} 83"), version(f"{text} 85")) == 1


words = st.lists(st.sampled_from("a b c 83 85 会".split()), max_size=8).map(" ".join)


@given(words, words)
def test_it_is_symmetric_bounded_and_0_only_for_equal_words(before: str, after: str):
    degree = degree_of_change(version(before), version(after))
    assert 0 <= degree <= ALL
    assert degree == degree_of_change(version(after), version(before))
    assert (degree == 0) == (sorted(before.split()) == sorted(after.split()))
