from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rendering.text_safety import SENTENCE_LIMIT, Excerpt, escaped_json, excerpt, one_line, render_value
from tests.support.pace import cheapest

ANY_CHARACTER = st.characters(exclude_categories=())  # lone surrogates too
ANY_TEXT = st.text(ANY_CHARACTER, max_size=300)


def test_line_ends_of_every_kind_become_spaces():
    assert one_line("a\r\nb\x0bc\x85d\u2028e\u2029f\tg") == "a b c d e f g"


def test_direction_overrides_and_control_characters_are_spelt_out():
    assert one_line("a\u202eb\u2066c\x00d\x1be\ud800f") == "a\\u202eb\\u2066c\\u0000d\\u001be\\ud800f"
    assert one_line("\U000e0041") == "\\u{e0041}"


def test_invisible_marks_are_dropped_but_joiners_stay():
    assert one_line("8\u200b5\ufeff \u200fmem\u00adbers") == "85 members"
    assert one_line("می\u200cشود") == "می\u200cشود"


def test_escaping_a_document_of_control_characters_costs_little_more_than_replacing_them():
    document = "\x81" * 200_000
    replacing = cheapest(lambda: re.sub("\x81", lambda found: found[0] * 6, document))
    assert escaped_json(document) == r"\u0081" * 200_000
    assert cheapest(lambda: escaped_json(document)) < 2 * replacing


def test_long_text_is_cut_with_an_ellipsis():
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("abcd", 4) == "abcd"


@given(ANY_TEXT, st.integers(min_value=1, max_value=50))
def test_whatever_the_text_one_line_of_it_hides_nothing_and_keeps_the_limit(text, limit):
    line = one_line(text)
    hidden = {"Cc", "Cs"}
    assert not [character for character in line if unicodedata.category(character) in hidden]
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
    assert one_line(line) == line
    assert len(one_line(text, limit)) <= limit


@pytest.mark.parametrize(
    ("value", "shown"),
    [(83, "83"), (11000000, "11,000,000"), (1.5, "1.5"), ([87, 86], "87, 86"), ("a\nb", "a b"), (None, "None")],
)
def test_values_are_shown_for_people(value, shown):
    assert render_value(value) == shown


def test_the_quote_is_found_in_its_sentence():
    assert excerpt("We are 85 members.", "85") == Excerpt("We are ", "85", " members.")


def test_a_quote_that_is_part_of_a_longer_number_is_not_the_one_meant():
    assert excerpt("In 2014, 14 members met.", "14") == Excerpt("In 2014, ", "14", " members met.")


def test_the_selector_distinguishes_two_equal_quotes():
    place = {"exact": "14", "prefix": "then ", "suffix": " partners"}
    assert excerpt("First 14 members,  then 14 partners.", "14", place) == Excerpt(
        "First 14 members, then ", "14", " partners."
    )


def test_a_quote_that_is_not_in_the_sentence_marks_nothing():
    assert excerpt("We are many.", "85") == Excerpt("We are many.", "", "")


def test_a_quote_without_a_sentence_is_shown_alone_and_nothing_as_nothing():
    assert excerpt(None, "85") == Excerpt("", "85", "")
    assert excerpt(None, None) is None
    assert excerpt("\u200b", "") is None


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_a_long_sentence_is_cut_around_its_quote(before, after):
    sentence = "a" * before + " 85 " + "z" * after
    shown = excerpt(sentence, "85")
    assert shown is not None
    assert shown.mark == "85"
    assert len(shown.lead + shown.mark + shown.tail) <= SENTENCE_LIMIT
    assert ("…" in shown.lead + shown.tail) == (len(sentence) > SENTENCE_LIMIT)


@given(st.text(ANY_CHARACTER, max_size=60), st.text(ANY_CHARACTER, max_size=20))
def test_whatever_the_texts_a_passage_is_the_sentence_in_three_parts(sentence, quote):
    shown = excerpt(sentence, quote)
    wanted = one_line(sentence) or one_line(quote)
    assert (shown.lead + shown.mark + shown.tail if shown else "") == wanted
    assert shown is None or shown.mark in (one_line(quote), "")
