"""Globs of host names: what they match, and which texts are none."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.host_globs import matches_host, normalise_glob


@pytest.mark.parametrize(
    ("glob", "url", "wanted"),
    [
        ("example.org", "https://example.org/", True),
        ("example.org", "https://example.org:8443/a", True),
        ("example.org:8443", "https://example.org:8443/a", True),
        ("example.org:8443", "https://example.org/a", False),
        ("example.org", "https://www.example.org/", False),
        ("*.example.org", "https://www.example.org/", True),
        ("*.example.org", "https://a.b.example.org/", True),
        ("*.example.org", "https://example.org/", False),
        ("*.example.org", "https://example.org.evil.example/", False),
        ("*.example.org", "https://notexample.org/", False),
        ("www.*", "https://www.example.org/", True),
        ("*news*.example", "https://old-news-desk.example/", True),
        ("a*a.example", "https://a.example/", False),
        ("*", "https://anything.example/", True),
        ("*.bücher.example", "https://www.xn--bcher-kva.example/", True),
        ("WWW.Example.ORG", "https://www.example.org/", True),
    ],
)
def test_a_glob_matches_whole_host_names(glob, url, wanted):
    assert matches_host(normalise_glob(glob), url) is wanted


@pytest.mark.parametrize(
    "text",
    ["", "  ", "https://example.org", "example.org/path", "exa mple.org", "**", "bü*cher.example", "a" * 301, "a..b"],
)
def test_what_is_no_host_name_is_refused(text):
    with pytest.raises(ValueError, match="it takes the name of a host"):
        normalise_glob(text)


names = st.text("ab.", min_size=1, max_size=12)


@given(glob=st.text("ab.*", min_size=1, max_size=10), host=names)
def test_globs_match_as_those_of_file_names(glob, host):
    assert matches_host(glob, f"https://{host}/") is fnmatch.fnmatchcase(host, glob)


def test_matching_takes_linear_time():
    host = "a" * 200_000
    assert not matches_host("*a*a*a*a*a*a*a*ab*" + "a" * 100, f"https://{host}/")
