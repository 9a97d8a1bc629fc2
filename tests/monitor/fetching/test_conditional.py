"""When validators are trusted, and what may become one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetching.conditional import LONGEST_VALIDATOR, Revalidation, is_field_value, validators_in
from monitor.model import Validators

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KNOWN = Validators("https://pact.example/", '"1"', None, 7, "0" * 64, repeats=0, confirmed_at=NOW)
DATE = "Mon, 01 Mar 2021 11:00:00 GMT"


@pytest.mark.parametrize(
    ("repeats", "age", "trusted"),
    [
        (0, timedelta(0), True),
        (48, timedelta(days=6), True),
        (49, timedelta(0), False),
        (50, timedelta(0), False),
        (0, timedelta(days=7), False),
        (0, timedelta(days=7) - timedelta(microseconds=1), True),
        (0, timedelta(days=-900), True),  # a clock that was put back
    ],
)
def test_every_fiftieth_check_and_the_first_after_a_week_is_unconditional(repeats, age, trusted):
    known = replace(KNOWN, repeats=repeats, confirmed_at=NOW - age)
    assert Revalidation().trusted(known, NOW) is (known if trusted else None)


def test_without_validators_nothing_is_trusted_and_without_a_date_the_count_alone_decides():
    assert Revalidation().trusted(None, NOW) is None
    assert Revalidation().trusted(replace(KNOWN, confirmed_at=None), NOW) is not None
    assert Revalidation(checks=1).trusted(KNOWN, NOW) is None
    assert Revalidation(checks=2).trusted(KNOWN, NOW) is KNOWN


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((), (None, None)),
        ((("ETag", 'W/"a"'), ("last-modified", DATE)), ('W/"a"', DATE)),
        ((("etag", "no quotes"), ("Last-Modified", "yesterday")), ("no quotes", "yesterday")),
        ((("ETag", '""'),), ('""', None)),
        ((("ETag", ""), ("Last-Modified", "")), (None, None)),
        ((("ETag", "*"),), (None, None)),
        ((("ETag", "W/*"),), (None, None)),
        ((("ETag", '"a"'), ("etag", '"a"')), ('"a"', None)),
        ((("ETag", '"a"'), ("etag", '"b"')), (None, None)),
        ((("ETag", '"\xe9\x9b"'),), ('"\xe9\x9b"', None)),
        ((("ETag", "a" * LONGEST_VALIDATOR),), ("a" * LONGEST_VALIDATOR, None)),
        ((("ETag", "a" * (LONGEST_VALIDATOR + 1)), ("Last-Modified", "a" * 9_000)), (None, None)),
    ],
)
def test_validators_are_what_may_be_sent_back(headers, expected):
    assert validators_in(headers) == expected


@given(st.text(max_size=20))
def test_a_field_value_is_one_line_of_latin_1(text):
    if is_field_value(text):
        assert text.encode("latin-1").strip(b" \t") == text.encode("latin-1") != b""
        assert not any(ord(character) < 32 and character != "\t" for character in text)
        assert "\x7f" not in text
    else:
        hidden = any(ord(character) < 32 or ord(character) == 0x7F or ord(character) > 0xFF for character in text)
        assert hidden or text != text.strip(" \t") or not text
