"""One normal form for URLs, the same on the first and on the hundredth pass."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.urls import (
    ascii_host,
    endpoint,
    host_of,
    join,
    normalise,
    resolve,
    without_userinfo,
    without_userinfo_within,
)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("http://example.org", "http://example.org/"),
        ("  HTTP://Example.ORG:80/A  ", "http://example.org/A"),
        ("https://example.org:443/?", "https://example.org/"),
        ("https://example.org:80/", "https://example.org:80/"),
        ("http://example.org:/", "http://example.org/"),
        ("http://example.org/a#part", "http://example.org/a"),
        ("http://example.org/a/", "http://example.org/a/"),
        ("http://example.org//a//b", "http://example.org//a//b"),
        ("http://example.org/?b=2&a=1&b=", "http://example.org/?b=2&a=1&b="),
        ("http://example.org/caf\u00e9 x?q=\u00fc", "http://example.org/caf%C3%A9%20x?q=%C3%BC"),
        ("http://example.org/%C3%a9%2f", "http://example.org/%C3%a9%2f"),
        ("http://b\u00fccher.example/", "http://xn--bcher-kva.example/"),
        ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("http://example.org?x=1", "http://example.org/?x=1"),
        ("http://exam\nple.org/a\tb", "http://example.org/ab"),
        ("http://good.example\\@evil.example/", "http://good.example/@evil.example/"),
        ("http://example.org/a?b=c\\d", "http://example.org/a?b=c%5Cd"),
    ],
)
def test_the_normal_form(url, normal):
    assert normalise(url) == normal


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "http"),
        ("example.org/page", "http"),
        ("//example.org/", "http"),
        ("ftp://example.org/", "http"),
        ("javascript:alert(1)", "http"),
        ("http://", "host"),
        ("http:///path", "host"),
        ("http://:80/", "host"),
        ("http://a..b/", "host"),
        ("http://exa mple.org/", "host"),
        ("http://exa%6dple.org/", "host"),
        (f"http://{'a' * 64}.example/", "host"),
        ("http://user@example.org/", "password"),
        ("http://user:secret@example.org/", "password"),
        ("http://example.org:0/", "port 0"),
        ("http://example.org:65536/", "no URL"),
        ("http://example.org:x/", "no URL"),
        ("http://[::1/", "no URL"),
        ("http://[example]/", "no URL"),
        ("http://a\u2100b.example/", "no URL"),
        ("http://\u00fc..example/", "no host name"),
    ],
)
def test_a_text_that_is_no_url_is_refused_with_the_reason(url, why):
    with pytest.raises(ValueError, match=why):
        normalise(url)


def test_a_refused_password_is_not_repeated():
    with pytest.raises(ValueError) as error:
        normalise("http://user:secret@example.org/")
    assert "secret" not in str(error.value)


LABEL = st.text("abcXYZ019\u00fc", min_size=1, max_size=8)
HOST = st.lists(LABEL, min_size=1, max_size=3).map(".".join)
PORT = st.sampled_from(["", ":80", ":443", ":8080", ":"])
TAIL = st.text(st.characters(codec="utf-8", exclude_characters="\\"), max_size=20)
URL = st.builds("{}://{}{}/{}".format, st.sampled_from(["http", "https", "HTTP"]), HOST, PORT, TAIL)


@given(URL)
def test_normalising_twice_changes_nothing(url):
    normal = normalise(url)
    assert normalise(normal) == normal


@given(URL)
def test_a_normal_url_is_plain_ascii_without_a_fragment(url):
    normal = normalise(url)
    assert normal.isascii()
    assert "#" not in normal
    assert not any(character.isspace() for character in normal)


@given(URL, TAIL)
def test_a_joined_url_is_normalised_or_refused(base, target):
    try:
        joined = join(normalise(base), target)
    except ValueError:
        return
    assert normalise(joined) == joined


@given(URL)
def test_the_endpoint_is_that_of_the_url(url):
    normal = normalise(url)
    host, port = endpoint(normal)
    assert host == urlsplit(normal).hostname
    assert host_of(normal) in (host, f"{host}:{port}")


@pytest.mark.parametrize(
    ("target", "joined"),
    [
        ("b", "http://h.example/x/b"),
        ("/b", "http://h.example/b"),
        ("//o.example/b", "http://o.example/b"),
        ("?q", "http://h.example/x/a?q"),
        ("#part", "http://h.example/x/a?p"),
        ("../../../b", "http://h.example/b"),
        (" https://O.example:443/ ", "https://o.example/"),
        ("\\b\\c", "http://h.example/b/c"),
        ("b//c", "http://h.example/x/b//c"),
        ("b;", "http://h.example/x/b;"),
        ("?", "http://h.example/x/a"),
        ("https://o.example/b/../c", "https://o.example/c"),
    ],
)
def test_a_target_is_resolved_against_its_page_as_browsers_do(target, joined):
    assert join("http://h.example/x/a?p", target) == joined


def test_an_empty_path_segment_of_the_page_is_kept():
    assert join("http://h.example/web//http://o.example/a", "b") == "http://h.example/web//http://o.example/b"


@pytest.mark.parametrize("piece", ["../", "./", "a/", "//", "\\", "%", "?", "#", "\u00fc", "@", ":", "[", "xn--a."])
def test_resolving_takes_time_in_proportion(piece):
    for start in ("", "/", "http://"):
        for size in (1, 2, 4):
            with suppress(ValueError):
                assert resolve("http://h.example/x/a", start + piece * (60_000 // len(piece) * size)).isascii()


@pytest.mark.parametrize("target", ["mailto:a@b", "javascript:void(0)", "data:,x", "http://u:p@h/", "http://[x"])
def test_a_target_that_is_no_url_is_refused(target):
    with pytest.raises(ValueError):
        join("http://h.example/", target)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://h.example/", ("h.example", 80)),
        ("https://h.example/", ("h.example", 443)),
        ("https://h.example:8443/", ("h.example", 8443)),
        ("http://[::1]:81/", ("::1", 81)),
    ],
)
def test_endpoints(url, found):
    assert endpoint(url) == found


def test_a_host_name_is_lower_case_ascii():
    assert ascii_host("B\u00dcCHER.example") == "xn--bcher-kva.example"
    assert ascii_host("Example.ORG") == "example.org"


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("http://u:p@example.org/a@b?c=d@e", "http://@example.org/a@b?c=d@e"),
        ("http://example.org/a@b", "http://example.org/a@b"),
        ("http://example.org?mail=a@b", "http://example.org?mail=a@b"),
        ("/path@2x//img@2x", "/path@2x//img@2x"),
        ("mailto:a@b", "mailto:a@b"),
        ("ftp://u:p@example.org/", "ftp://@example.org/"),
        ("http://u:p/w@example.org/", "http://@example.org/"),
        ("@", "@"),
        ("", ""),
    ],
)
def test_a_url_without_user_name_and_password(url, plain):
    assert without_userinfo(url, "@") == plain
    assert without_userinfo(without_userinfo(url)) == plain.replace("//@", "//")


@pytest.mark.parametrize("url", ["http://u:secret@example.org:x/", "http://u:secret@[::1/", "http://u:secret@/"])
def test_a_message_quotes_no_password(url):
    with pytest.raises(ValueError, match=r"^.{10,300}$") as caught:
        normalise(url)
    assert "secret" not in str(caught.value)


@given(st.text("htps:/\\@.<>\"' \t\r\n?#ua\x00[]", max_size=60))
def test_no_user_name_remains(text):
    with suppress(ValueError):
        assert urlsplit(without_userinfo(text)).username is None


@pytest.mark.parametrize("piece", ["/", "//", "http:", "http://", "@", "//a", ":", "<//", "\\", "a@", " //"])
def test_looking_for_passwords_takes_time_in_proportion(piece):
    for size in (1, 2, 4):
        text = piece * (60_000 // len(piece) * size) + "x"
        assert len(without_userinfo(text)) <= len(text)
        assert len(without_userinfo_within(text)) <= len(text)
