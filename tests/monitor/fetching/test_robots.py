"""robots.txt by RFC 9309: what is allowed, what a file that cannot be had means, how long an answer holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetching.robots import (
    KEPT,
    MAX_BYTES,
    UNREACHABLE_FOR,
    Rules,
    Ruling,
    address_of,
    answered,
    is_fresh,
    origin_of,
)
from monitor.model import Exchange, Failure, FailureKind, FetchResult

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORIGIN = "https://example.org"
SECOND = timedelta(seconds=1)


def answer(status=200, body=b"", failure=None):
    exchange = Exchange(f"{ORIGIN}/robots.txt", (), NOW, 5, status=status, body=body, failure=failure)
    return FetchResult((exchange,))


def unreachable(kind=FailureKind.CONNECT):
    return answer(None, None, Failure(kind, "no answer", transient=True))


def had(status=200, body=b"", failure=None, before=None, now=NOW):
    return answered(ORIGIN, answer(status, body, failure), now, before)


def ruling(text, path="/", now=NOW):
    return Rules(had(body=text.encode()), now).ruling(ORIGIN + path)


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("", "/", Ruling.ALLOWED),
        ("User-agent: *\nDisallow: /", "/", Ruling.FORBIDDEN),
        ("User-agent: *\nDisallow:", "/a", Ruling.ALLOWED),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", Ruling.ALLOWED),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/c", Ruling.FORBIDDEN),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Pagewitness\nAllow: /", "/", Ruling.ALLOWED),
        ("User-agent: *\nAllow: /\n\nuser-agent: PAGEWITNESS\ndisallow: /", "/", Ruling.FORBIDDEN),
        ("User-agent: OtherBot\nDisallow: /", "/", Ruling.ALLOWED),
        ("User-agent: witness\nDisallow: /", "/", Ruling.ALLOWED),
        ("User-agent: Page\nDisallow: /", "/", Ruling.ALLOWED),
        ("User-agent: Pagewitness/2\nDisallow: /\n\nUser-agent: *\nAllow: /", "/", Ruling.FORBIDDEN),
        ("user-agent : pagewitness2.0 (+https://a.example) # old\nDisallow: /", "/", Ruling.FORBIDDEN),
        ("User agent Pagewitness/1.0\nDisallow: /", "/", Ruling.FORBIDDEN),
        ("User-agent: Pagewitness-News\nDisallow: /", "/", Ruling.ALLOWED),
        ("User-agent: Other/1 Pagewitness/2\nDisallow: /", "/", Ruling.ALLOWED),
        ("User-agent: * # everybody\nDisallow: /", "/", Ruling.FORBIDDEN),
        ("User-agent: */2\nDisallow: /", "/", Ruling.ALLOWED),
        ("User-agent: Other/2\nUser-agent: Pagewitness/2\nDisallow: /", "/", Ruling.FORBIDDEN),
        ("User-agent:\nDisallow: /", "/", Ruling.ALLOWED),
        ("User-agent: *\nDisallow: /*.pdf$", "/report.pdf", Ruling.FORBIDDEN),
        ("User-agent: *\nDisallow: /*.pdf$", "/report.pdf?x", Ruling.ALLOWED),
        ("User-agent: *\nDisallow: /", "/robots.txt", Ruling.ALLOWED),
        ("<!doctype html><p>no such page</p>", "/", Ruling.ALLOWED),
        ("\ufeffUser-agent: *\nDisallow: /", "/", Ruling.FORBIDDEN),
    ],
)
def test_a_file_is_parsed_as_rfc_9309_defines(text, path, expected):
    assert ruling(text, path) is expected


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 451])
def test_a_file_that_does_not_exist_disallows_nothing(status):
    file = had(status, b"User-agent: *\nDisallow: /")
    assert (file.body, file.unreachable_since) == ("", None)
    assert Rules(file, NOW).ruling(ORIGIN) is Ruling.ALLOWED
    assert is_fresh(file, NOW + KEPT - SECOND)
    assert not is_fresh(file, NOW + KEPT)


@pytest.mark.parametrize("look", [answer(500), answer(503), answer(429), unreachable(), unreachable(FailureKind.DNS)])
def test_an_unreachable_file_disallows_everything_for_thirty_days(look):
    file = answered(ORIGIN, look, NOW, None)
    assert Rules(file, NOW).ruling(ORIGIN) is Ruling.UNKNOWN
    assert not is_fresh(file, NOW)
    later = answered(ORIGIN, look, NOW + UNREACHABLE_FOR - SECOND, file)
    assert later.unreachable_since == NOW
    assert Rules(later, NOW + UNREACHABLE_FOR - SECOND).ruling(ORIGIN) is Ruling.UNKNOWN
    assert Rules(later, NOW + UNREACHABLE_FOR).ruling(ORIGIN) is Ruling.ALLOWED


def test_a_copy_stays_in_force_while_the_file_is_unreachable():
    file = had(body=b"User-agent: *\nDisallow: /secret")
    later = answered(ORIGIN, unreachable(), NOW + KEPT, file)
    rules = Rules(later, NOW + KEPT)
    assert (rules.ruling(f"{ORIGIN}/"), rules.ruling(f"{ORIGIN}/secret")) == (Ruling.ALLOWED, Ruling.FORBIDDEN)
    assert not is_fresh(later, NOW + KEPT)
    again = answered(ORIGIN, answer(200, b""), NOW + KEPT * 2, later)
    assert again.unreachable_since is None
    assert Rules(again, NOW + KEPT * 2).ruling(f"{ORIGIN}/secret") is Ruling.ALLOWED


def test_more_than_five_redirects_count_as_no_file():
    file = answered(ORIGIN, unreachable(FailureKind.TOO_MANY_REDIRECTS), NOW, None)
    assert Rules(file, NOW).ruling(ORIGIN) is Ruling.ALLOWED
    assert is_fresh(file, NOW)


def test_a_file_dated_in_the_future_is_requested_again():
    assert not is_fresh(had(), NOW - SECOND)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("User-agent: *\nCrawl-delay: 7.5", 7.5),
        ("User-agent: *\nCrawl-delay: 86400", 60),
        ("User-agent: *\nCrawl-delay: 1e300", 60),
        ("User-agent: *\nCrawl-delay: soon", None),
        ("User-agent: *\nCrawl-delay: -1", None),
        ("User-agent: Other\nCrawl-delay: 9", None),
        ("User-agent: *\nCrawl-delay: 9\n\nUser-agent: pagewitness\nCrawl-delay: 2", 2),
    ],
)
def test_a_crawl_delay_is_honoured_up_to_a_minute(text, seconds):
    delay = Rules(had(body=text.encode()), NOW).delay
    assert delay == (None if seconds is None else timedelta(seconds=seconds))


def test_the_first_500_kib_are_read_up_to_a_whole_line():
    head = b"User-agent: *\nDisallow: /a\n"
    long = head + b"#" * (MAX_BYTES - len(head) - 3) + b"\nDisallow: /b\n"
    rules = Rules(had(body=long), NOW)
    assert rules.ruling(f"{ORIGIN}/a") is Ruling.FORBIDDEN
    assert rules.ruling(f"{ORIGIN}/b") is Ruling.ALLOWED


@given(st.binary(max_size=300))
def test_any_body_is_parsed(body):
    rules = Rules(had(body=b"User-agent: *\n" + body), NOW)
    assert rules.ruling(f"{ORIGIN}/x") in (Ruling.ALLOWED, Ruling.FORBIDDEN)
    assert rules.delay is None or rules.delay <= timedelta(seconds=60)


def test_one_file_rules_a_scheme_and_host():
    assert origin_of("http://example.org:8080/a?b") == "http://example.org:8080"
    assert address_of("http://example.org:8080") == "http://example.org:8080/robots.txt"
