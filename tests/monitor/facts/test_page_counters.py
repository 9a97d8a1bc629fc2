"""Numbers about the making and reading of a page, and lists of digits."""

from __future__ import annotations

import pytest

from monitor.model import MentionType
from tests.support.heart import mentions

TIME, VOLATILE, COUNT, IDENTIFIER = MentionType.TIME, MentionType.VOLATILE, MentionType.COUNT, MentionType.IDENTIFIER


@pytest.mark.parametrize(
    "text", ["Power was generated in 12 plants.", "The bridge was built in 3 years with 40 workers."]
)
def test_what_was_made_elsewhere_is_not_about_the_page(text):
    assert VOLATILE not in {mention.type for mention in mentions(text)}


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("Read by 4,120 people", VOLATILE),
        ("312 shares", VOLATILE),
        ("The book was read by 4,120 people", COUNT),
        ("Lane closed from approx 0945. Reported at 1130.", TIME),
        ("The road reopened; updated at 1410.", TIME),
        ("They counted approx 1115 ships.", COUNT),
        ("They have about 1300 members.", COUNT),
        ("3,7,-", IDENTIFIER),
        ("1,299,-", COUNT),
    ],
)
def test_four_digits_are_a_time_where_the_text_gives_times(text, type_):
    assert mentions(text)[-1].type is type_
