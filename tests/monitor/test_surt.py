from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.surt import LONGEST, number_of, prefix_of, surt
from monitor.urls import normalise


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.example.org/", "org,example)/"),
        ("http://Example.org", "org,example)/"),
        ("https://www3.news.example.org/A/B/", "org,example,news)/a/b"),
        ("http://example.org:8080/x", "org,example:8080)/x"),
        ("https://example.org:443/x", "org,example)/x"),
        ("https://example.org/?b=2&a=1", "org,example)/?a=1&b=2"),
        ("https://example.org/x?", "org,example)/x"),
        ("https://example.org/x?&&a=1&", "org,example)/x?a=1"),
        ("https://example.org/caf%C3%A9", "org,example)/caf%c3%a9"),
        ("https://example.org/%7Euser/%41", "org,example)/~user/a"),
        ("https://example.org/a%2Fb", "org,example)/a/b"),
        ("http://192.0.2.7/x", "192.0.2.7)/x"),
        ("http://[2001:db8::1]/x", "2001:db8::1)/x"),
        ("https://wwwx.example.org/", "org,example,wwwx)/"),
        ("https://example.org/p;jsessionid=0123456789abcdef0123456789abcdef?q=1", "org,example)/p?q=1"),
        ("https://example.org/p?PHPSESSID=0123456789abcdef0123456789abcdef&q=1", "org,example)/p?q=1"),
        ("https://example.org/(S(0123456789abcdefghij0123))/p.aspx", "org,example)/p.aspx"),
    ],
)
def test_equivalent_urls_have_one_key(url: str, key: str):
    assert surt(normalise(url)) == key


def test_a_long_key_is_shortened_and_stays_distinct():
    one, other = (surt(f"https://example.org/{'a' * 3000}{end}") for end in "xy")
    assert len(one) == len(other) == LONGEST
    assert one != other
    assert one.startswith("org,example)/aaa")


def test_a_prefix_covers_what_is_below_a_url():
    assert surt("https://example.org/news/2021").startswith(prefix_of("https://www.example.org/news/"))
    assert surt("https://example.org/news/2021").startswith(prefix_of("http://example.org/"))
    assert not surt("https://example.org.uk/").startswith(prefix_of("http://example.org/"))


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200), st.text(max_size=40, alphabet="abc=&%1é/?;()"))
def test_a_key_is_bounded_ascii_and_stable(path: str, query: str):
    try:
        url = normalise(f"https://www.example.org/{path}?{query}")
    except ValueError:
        return
    key = surt(url)
    assert key.isascii()
    assert len(key) <= LONGEST
    assert -(2**63) <= number_of(key) < 2**63
    assert key.startswith("org,example)/")
    assert surt(url.replace("https://www.", "http://")) == key


@given(st.text(max_size=60))
def test_any_text_has_a_key(url: str):
    """The URL of an exchange is archived as received."""
    for text in (url, f"http://{url}", f"http://[{url}"):
        key = surt(text)
        assert key.isascii()
        assert len(key) <= LONGEST
        assert isinstance(number_of(key), int)
