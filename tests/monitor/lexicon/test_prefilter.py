"""Prefilters are computed from the entries and never reject a text that a pattern matches."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.lexicon import TOPICS, alternatives, entries
from monitor.lexicon.prefilter import Fragments, Openings, fold, parsed

_PATTERNS = [topic for topic, form in TOPICS.items() if form == "patterns"]
_SEARCHED = ("consent.bars", "prompts.newsletters", "prompts.in_articles", "posts.networks", "comments.counted", "comments.requests")  # fmt: skip
_OPENING = ("prompts.headings", "articles.credit_openings")
_WHOLE = ("controls.labels", "consent.accepting_labels")


def compiled(source: str) -> re.Pattern[str]:
    """The source of an entry, as `alternatives` compiles it."""
    return re.compile(re.sub(r"(?<!\\)\((?!\?)", "(?:", source), re.IGNORECASE | re.DOTALL)


def texts(topic: str, *, whole: bool) -> st.SearchStrategy[str]:
    """Texts that an entry matches, of any case, with other text around it unless the match is the whole."""
    sources = sorted({entry.text for entry in entries(topic)})
    return st.sampled_from(sources).flatmap(lambda source: st.from_regex(compiled(source), fullmatch=whole))


@pytest.mark.parametrize("topic", _SEARCHED)
def test_fragments_never_reject_a_match(topic: str):
    pattern, prefilter = re.compile(alternatives(topic), re.IGNORECASE | re.DOTALL), Fragments(topic)

    @given(texts(topic, whole=False))
    @settings(max_examples=200)
    def check(text: str) -> None:
        assert pattern.search(text) is None or prefilter.may_match(fold(text))

    check()


@pytest.mark.parametrize("topic", [*_OPENING, *_WHOLE])
def test_openings_never_reject_a_match(topic: str):
    pattern, prefilter = (
        re.compile(alternatives(topic), re.IGNORECASE | re.DOTALL),
        Openings(topic, whole=topic in _WHOLE),
    )

    @given(texts(topic, whole=True), st.just("") if topic in _WHOLE else st.text(max_size=5))
    @settings(max_examples=200)
    def check(text: str, more: str) -> None:
        matches = pattern.fullmatch if topic in _WHOLE else pattern.match
        assert matches(text + more) is None or prefilter.may_match(text + more)

    check()


@pytest.mark.parametrize("topic", [*_OPENING, *_WHOLE])
def test_openings_reject_other_texts(topic: str):
    prefilter = Openings(topic, whole=topic in _WHOLE)

    assert not any(map(prefilter.may_match, ("Members", "87 partners", "The harbour", "", "Ё")))


@pytest.mark.parametrize("topic", _SEARCHED)
def test_fragments_reject_other_texts(topic: str):
    assert not any(map(Fragments(topic).may_match, ("members of the pact", "87 partners", "")))


@pytest.mark.parametrize("topic", _PATTERNS)
def test_the_examples_of_a_pattern_are_matched_by_it(topic: str):
    missed = [
        (entry.text, text)
        for entry in entries(topic)
        for text in parsed(entry.text).texts()
        if compiled(entry.text).search(text) is None
    ]
    assert not missed


@pytest.mark.parametrize(
    ("pattern", "openings", "fragments"),
    [
        ("share", {("shar", False)}, {"share"}),
        ("(is|was) this", {("is t", False), ("was ", False)}, {" this"}),
        ("ok", {("ok", True)}, {"ok"}),
        ("more( news)?", {("more", False)}, {"more"}),
        ("a[bc]\\b e", {("ab e", False), ("ac e", False)}, {" e"}),
        ("a.{0,3}bcd", {("a", False)}, {"bcd"}),
        ("x?y{2}", {("xyy", True), ("yy", True)}, {"yy"}),
        ("\\w+ news", {("", False)}, {" news"}),
        ("İZ|[^a]z", {("iz", True), ("", False)}, {"iz", "z"}),
        ("(a|b|)c+", {("ac", False), ("bc", False), ("c", False)}, {"c"}),
        ("[a-z]", {("", False)}, None),
        ("a*", {("", False)}, None),
        ("abc\\.|d", {("abc.", False), ("d", True)}, {"abc.", "d"}),
    ],
)
def test_what_is_known_of_a_pattern(pattern: str, openings: set[tuple[str, bool]], fragments: set[str] | None):
    assert parsed(pattern).openings(4) == openings
    assert parsed(pattern).fragments == fragments


@pytest.mark.parametrize("pattern", ["(?:a)", "(?=a)", "a)", "(a", "[a", "a{", "*a", "\\1", "\\"])
def test_other_syntax_is_refused(pattern: str):
    with pytest.raises(ValueError, match="not allowed in a pattern of the lexicon"):
        parsed(pattern)


def test_a_topic_without_fixed_characters_has_no_fragments(monkeypatch):
    monkeypatch.setattr("monitor.lexicon.prefilter.phrases", lambda topic: ("any", "[a-z]"))
    with pytest.raises(ValueError, match=r"consent\.bars"):
        Fragments("consent.bars")


def test_letters_that_patterns_treat_as_equal_are_folded_alike():
    letters = {char for topic in _PATTERNS for entry in entries(topic) for char in entry.text.lower() if char.isalpha()}
    everything = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x10000))))

    for letter in sorted(letters):
        equal = re.findall(letter, everything, re.IGNORECASE)
        assert {fold(char) for char in equal} == {fold(letter)}, letter


@given(st.text())
def test_folding_keeps_the_length_and_is_final(text: str):
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)
