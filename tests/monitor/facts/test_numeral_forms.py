"""Digits with a sign, a vulgar fraction, a leading decimal sign or an exponent."""

from __future__ import annotations

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import MentionType
from tests.support.heart import mentions
from tests.support.pace import costs_less_than


@pytest.mark.parametrize(
    ("language", "text", "value", "quote"),
    [
        ("en", "The temperature is −7 degrees.", -7, "−7"),
        ("en", "It fell to -12.5 °C overnight.", -12.5, "-12.5"),
        ("sv", "Det var −20,5 grader.", -20.5, "−20,5"),
        ("en", "-4%", -4, "-4%"),
        ("en", "Change: -3", -3, "-3"),
        ("en", "The farm has 12½ hectares.", 12.5, "12½"),
        ("en", "The farm has 3 ¼ hectares.", 3.25, "3 ¼"),
        ("en", "The boat is 7 1/4 feet long.", 7.25, "7 1/4"),
        ("en", "It holds ¾ of the fund.", 0.75, "¾"),
        ("en", "A share of .75 was sold.", 0.75, ".75"),
        ("de", "Der Anteil liegt bei ,25 davon.", 0.25, ",25"),
        ("en", "It emits 1.3e6 units.", 1_300_000, "1.3e6"),
        ("fr", "Il émet 4,5e+3 unités.", 4_500, "4,5e+3"),
        ("en", "It holds 1e5 cells.", 100_000, "1e5"),
        ("de", "Rund 3e6 Zellen wuchsen.", 3_000_000, "3e6"),
        ("en", "-12e-1", -1.2, "-12e-1"),
        ("sv", "Det var −1,5e-3 enheter.", -0.0015, "−1,5e-3"),
        ("ar", "١٢٫٥e+٣ خلية", 12_500, "١٢٫٥e+٣"),
        ("ar", "زرعت 26،013 شجرة", 26_013, "26،013"),
    ],
)
def test_a_number_has_its_sign_and_fraction(language, text, value, quote):
    (mention,) = mentions(text, language)

    assert (mention.value, mention.quote) == (value, quote)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("-5 members joined", [5]),
        ("The union has 12 -15 members", [12]),
        ("Flight AB-5 left", [5]),
        ("pages 12–15", [12]),
        ("file.75 of them", [75]),
        ("They ended. 75 left", [75]),
    ],
)
def test_other_marks_before_digits_are_no_signs(text, values):
    assert [mention.value for mention in mentions(text)][: len(values)] == values


@pytest.mark.parametrize(
    "text", ["Beside 12e6 it sells", "Gate 1E5 is open", "The key 1e5f3 opens", "A file x-1e5 and 3e08"]
)
def test_a_name_with_an_exponent_is_no_number(text):
    assert {mention.type for mention in mentions(text)} <= {MentionType.IDENTIFIER}


def test_a_negative_count_keeps_its_unit():
    (mention,) = mentions("The temperature is −5 degrees.")

    assert (mention.value, mention.unit) == (-5, "degrees")


@given(st.integers(1, 10**9))
def test_a_minus_sign_negates(value):
    assert [mention.value for mention in mentions(f"The balance is −{value:,} points.")] == [-value]


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("en", "It was minus 12 degrees.", [-12]),
        ("en", "It was minus twelve degrees.", [-12]),
        ("de", "Es waren minus zwölf Grad.", [-12]),
        ("ru", "Было минус 12 градусов.", [-12]),
        ("en", "Ten minus 3 is seven.", [10, 3, 7]),
    ],
)
def test_a_word_negates(language, text, values):
    assert [mention.value for mention in mentions(text, language)] == values


@pytest.mark.parametrize("text", ["½" * 20_000, "¾½⅓" * 5_000, "½a¼" * 5_000])
def test_a_row_of_fractions_is_read_in_linear_time(text):
    with costs_less_than(2):
        assert len(mentions(text)) > 1


@pytest.mark.parametrize("digits", [41, 320, 400, 5_000])
@pytest.mark.parametrize("form", ["{}½", "{} ¾", "{}e+5", "{}.5e5", "−{}½", "{}.5 million"])
def test_endless_digits_have_no_infinite_value(digits, form):
    found = mentions(f"A total of {form.format('9' * digits)} grains and 12 sacks.")

    assert found[-1].value == 12
    assert all(isinstance(mention.value, int) or isfinite(mention.value or 0) for mention in found)


@pytest.mark.parametrize("text", [".16½", ":.16½", "of ,5¾", ".5 1/2"])
def test_a_leading_decimal_sign_before_a_fraction_is_no_error(text):
    assert all(mention.value != 0.16 for mention in mentions(text, "pl"))


def test_hyphenated_number_words_are_read_in_linear_time():
    with costs_less_than(2):
        assert len(mentions("e-oito-" * 20_000, "pt")) > 1
