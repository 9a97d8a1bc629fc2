"""Terms are the same whatever the case, form and script of a text, and each one knows its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.search.tokens import LONGEST_TERM, Phrase, occurrences, phrase_of, terms, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The council's 1,234 members_list", ["the", "council", "s", "1", "234", "members", "list"]),
        ("Déjà-vu à l'ÉCOLE", ["deja", "vu", "a", "l", "ecole"]),
        ("Straße ﬁnden, ½ m²", ["strasse", "finden", "1", "2", "m2"]),
        ("Ёлка и ЙОД", ["елка", "и", "иод"]),
        ("ΠΡΟΣ την Αθήνα", ["προσ", "την", "αθηνα"]),
        ("قُلْ ٨٥ دولة أحـمد", ["قل", "85", "دولة", "احمد"]),
        ("שָׁלוֹם", ["שלום"]),
        ("می\u200cرود", ["میرود"]),
        ("हिन्दी में ८५", ["हिन्दी", "में", "85"]),
        ("co\u00adope\u00adration", ["cooperation"]),
        ("ＡＢＣ１２", ["abc12"]),
        ("東京都に", ["東京", "京都", "都に", "に"]),
        ("iPhone手机 新", ["iphone", "手机", "机", "新"]),
        ("대한민국", ["대한", "한민", "민국", "국"]),
        ("ภาษา๘๕", ["ภา", "าษ", "ษา", "า", "85"]),
        ("ｶﾞｽ", ["ガス", "ス"]),
        ("… — “” \U0001f600 \ud800 \ue000", []),
    ],
)
def test_terms_of_a_text(text: str, expected: list[str]):
    assert terms(text) == expected


def test_a_long_term_is_cut_in_texts_and_queries_alike():
    word = "a" * 200
    assert terms(word) == ["a" * LONGEST_TERM]
    assert phrase_of(word) == Phrase(("a" * LONGEST_TERM,))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Immediate CEASEFIRE", Phrase(("immediate", "ceasefire"))),
        ("東京", Phrase(("東京",))),
        ("東京都", Phrase(("東京", "京都"))),
        ("京", Phrase(("京",), is_prefix=True)),
        ("東京 2020", Phrase(("東京", "京", "2020"))),
        ("第 京", Phrase(("第", "京"), is_prefix=True)),
        ("--", None),
    ],
)
def test_the_phrase_that_finds_a_text(typed: str, expected: Phrase | None):
    assert phrase_of(typed) == expected


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        ("An immediate Ceasefire. A ceasefire!", "ceasefire", ["Ceasefire", "ceasefire"]),
        ("an immediate cease-fire now", "immediate cease fire", ["immediate cease-fire"]),
        ("東京都庁は新宿にある", "都庁", ["都庁"]),
        ("東京都庁は新宿にある", "東京都庁", ["東京都庁"]),
        ("東京都庁は新宿にある", "る", ["る"]),
        ("Élection à l’Assemblée", "assemblee", ["Assemblée"]),
        ("nothing here", "ceasefire", []),
    ],
)
def test_occurrences_are_places_in_the_text_itself(text: str, typed: str, marked: list[str]):
    phrase = phrase_of(typed)
    assert phrase is not None
    assert [text[start:end] for start, end in occurrences(text, [phrase])] == marked


def test_the_last_word_of_a_prefix_may_go_on():
    text = "Members and memberships of a membrane"
    phrase = phrase_of("memb", is_prefix=True)
    assert phrase is not None
    assert [text[start:end] for start, end in occurrences(text, [phrase])] == ["Members", "memberships", "membrane"]


def test_overlapping_occurrences_are_one():
    phrases = [phrase_of("a b"), phrase_of("b c")]
    assert occurrences("a b c", [phrase for phrase in phrases if phrase]) == [(0, 5)]


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_terms_of_ascii_are_those_with_places(text: str):
    assert terms(text) == [token.term for token in tokens(text)]


_TEXTS = st.text(
    alphabet=st.one_of(
        st.characters(), st.sampled_from("aÁé_ -.1²½ﬁßİıΣς٨٥ ـًهـ京都ガｶﾞ한글ไทยก็ျမန်हि\u200d\u00ad\u0301\u3099")
    )
)


@given(_TEXTS)
def test_terms_are_folded_once_and_hold_nothing_that_separates(text: str):
    assert terms(text) == [token.term for token in tokens(text)]
    for token in tokens(text):
        assert token.term
        assert len(token.term) <= LONGEST_TERM
        assert not any(sign.isspace() or sign in "\"'\\\0:*()_\ue000" for sign in token.term)
        assert 0 <= token.start < token.end <= len(text)


@given(_TEXTS, _TEXTS, _TEXTS)
def test_a_text_is_found_between_others(before: str, words: str, after: str):
    phrase = phrase_of(words)
    if phrase is not None:
        text = f"{before} {words} {after}"
        marked = occurrences(text, [phrase])
        start = len(before) + 1
        assert any(low < start + len(words) and start < high for low, high in marked)
