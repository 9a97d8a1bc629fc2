"""Log lines contain URLs without the secrets in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.secret_references import is_secret_name
from pagewitness.redaction import redact_urls, redact_values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.org/a?page=2&lang=de#key", None),
        ("no address: key=1?token=2", None),
        ("https://example.org/monkey?tokens=3&keyboard=us&design=1", None),
        ("postgresql://me:pw@db.example/watch failed", "postgresql://[redacted]@db.example/watch failed"),
        ("GET https://user@example.org/x@y", "GET https://[redacted]@example.org/x@y"),
        ("https://a.example/?page=2&token=abc&x=1", "https://a.example/?page=2&token=[redacted]&x=1"),
        ("<https://a.example/?api_key=abc>;", "<https://a.example/?api_key=[redacted]>;"),
        ("https://a.example/#access_token=abc&state=1", "https://a.example/#access_token=[redacted]&state=1"),
        (
            "https://a.example/f?X-Amz-Signature=ab%2F&sig=1;key=2",
            "https://a.example/f?X-Amz-Signature=[redacted]&sig=[redacted];key=[redacted]",
        ),
        (
            "https://a.example/?clientSecret=a http://b.example/?password=b",
            "https://a.example/?clientSecret=[redacted] http://b.example/?password=[redacted]",
        ),
        ("https://a.example/?token=", "https://a.example/?token=[redacted]"),
    ],
)
def test_user_names_and_values_of_secret_parameters_are_removed(text: str, expected: str | None):
    assert redact_urls(text) == (text if expected is None else expected)


def test_texts_in_lists_and_dictionaries_are_redacted_and_other_values_kept():
    line = {
        "event": "failed",
        "urls": ["http://a.example/?key=1", 7],
        "more": {"at": "http://u:p@b.example/"},
        "none": None,
    }
    assert redact_values(line) == {
        "event": "failed",
        "urls": ["http://a.example/?key=[redacted]", 7],
        "more": {"at": "http://[redacted]@b.example/"},
        "none": None,
    }


@given(
    st.sampled_from(["token", "api-key", "Secret", "userPassword", "sig", "x.auth"]),
    st.text("abcdefghijklmnopqrstuvwxyz0123456789%+-_.~", min_size=20),
    st.text(max_size=20),
)
def test_no_value_of_a_secret_parameter_remains(name: str, value: str, around: str):
    assert value not in redact_urls(f"{around} https://a.example/x?a=1&{name}={value}&b=2 {around}").replace(around, "")


@pytest.mark.parametrize("name", ["keyboard", "monkey", "tokens_left", "design", "author", "page", ""])
def test_other_names_are_no_secrets(name: str):
    assert not is_secret_name(name)
