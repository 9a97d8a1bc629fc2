"""What a page is when looked at: pages that are none, and pages that only speak of such."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import Truncation, Verdict
from monitor.page_status.rules import judge

_LONG = (
    "<p>"
    + "The harbour lies between two hills and has seen better days than this one, as everybody says. " * 20
    + "</p>"
)


def verdict(markup, *, title="A page", status=200, truncated=None, content_type="text/html"):
    cleaned = extract(f"<title>{title}</title>{markup}".encode(), content_type)
    return judge(status=status, cleaned=cleaned, truncated=truncated)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Verdict.OK),
        (203, Verdict.OK),
        (301, Verdict.MOVED),
        (302, Verdict.MOVED),
        (400, Verdict.ERROR),
        (401, Verdict.LOGIN_WALL),
        (403, Verdict.BLOCKED),
        (404, Verdict.GONE),
        (407, Verdict.LOGIN_WALL),
        (410, Verdict.GONE),
        (418, Verdict.ERROR),
        (429, Verdict.BLOCKED),
        (500, Verdict.ERROR),
        (502, Verdict.ERROR),
        (503, Verdict.ERROR),
        (None, Verdict.ERROR),
    ],
)
def test_a_status_speaks_first(status, expected):
    judged = verdict("<p>The pact has 83 members.</p>", status=status)
    assert judged.verdict is expected
    assert judged.reason


def test_a_challenge_behind_a_503_is_a_block():
    assert verdict("<p>Checking your browser before you go on.</p>", status=503).verdict is Verdict.BLOCKED


@pytest.mark.parametrize(
    ("title", "markup", "expected"),
    [
        ("Just a moment...", "<p>Waiting for the page.</p>", Verdict.BLOCKED),
        ("Attention Required!", "<p>One more step before you go on.</p>", Verdict.BLOCKED),
        ("The pact", "<h1>Verify you are human</h1><p>It takes one click.</p>", Verdict.BLOCKED),
        ("The pact", "<p>Access to this page has been denied.</p>", Verdict.BLOCKED),
        ("The pact", "<p>Please complete the captcha below.</p>", Verdict.BLOCKED),
        ("Not found", "<h1>Page not found</h1><p>Try the front page.</p>", Verdict.SOFT_ERROR),
        ("404 - The pact", "<h1>404 Not Found</h1>", Verdict.SOFT_ERROR),
        ("The pact", "<h1>Error 404</h1><p>Nothing here.</p>", Verdict.SOFT_ERROR),
        ("The pact", "<p>That page could not be found.</p>", Verdict.SOFT_ERROR),
        ("Object moved", "<h1>Object moved to <a href='/x'>here</a>.</h1>", Verdict.SOFT_ERROR),
        ("The pact", "<p>This site is under maintenance. We'll be back soon.</p>", Verdict.SOFT_ERROR),
        ("The pact", "<p>We are undergoing maintenance until 14:00.</p>", Verdict.SOFT_ERROR),
        ("The pact", "<h1>Service Unavailable</h1>", Verdict.SOFT_ERROR),
        ("The pact", "<p>Error establishing a database connection</p>", Verdict.SOFT_ERROR),
        ("Der Bund", "<p>Die Seite wurde nicht gefunden.</p>", Verdict.SOFT_ERROR),
        ("Le pacte", "<p>Page introuvable</p>", Verdict.SOFT_ERROR),
        ("Page not found – The pact", _LONG[:900] + "</p>", Verdict.SOFT_ERROR),
        ("The pact", "<div class=cookie-consent><p>We use cookies.</p><button>Accept all</button></div>", Verdict.CONSENT_WALL),
        ("The pact", "", Verdict.EMPTY),
        ("The pact", "<nav><a href=/>Front page</a></nav>", Verdict.EMPTY),
        ("The pact", "<script>render()</script><div id=root></div>", Verdict.EMPTY),
    ],
)  # fmt: skip
def test_a_page_that_is_none_is_known_by_what_it_says(title, markup, expected):
    judged = verdict(markup, title=title)
    assert judged.verdict is expected
    assert judged.reason


@pytest.mark.parametrize(
    ("title", "markup"),
    [
        ("The pact", "<p>We have 404 members.</p>"),
        ("The pact", "<p>The pact has 83 members.</p>"),
        ("The pact", "<p>87</p>"),
        ("Why captchas vex us", f"<h1>Why captchas vex us</h1>{_LONG}<p>Verify you are human, they say.</p>"),
        ("A history of lost pages", f"{_LONG}<p>“Page not found” is what it said.</p>"),
        ("The pact", f"{_LONG}<p>The bridge is under maintenance.</p>"),
        ("The pact", "<p>The pact has 83 members.</p><div class=cookie-consent>We use cookies.</div>"),
        ("Harbour law", "<p>There are 404 rules, and none was found wanting.</p>"),
        ("", "<p>A page without a title has 3 words.</p>"),
    ],
)
def test_a_page_that_only_speaks_of_such_things_is_fine(title, markup):
    assert verdict(markup, title=title).verdict is Verdict.OK


def test_size_alone_is_never_a_verdict():
    assert verdict("<p>87 members</p>").verdict is Verdict.OK


def test_a_body_cut_short_is_partial():
    judged = verdict("<p>The pact has 83 members.</p>", truncated=Truncation.TIME)
    assert (judged.verdict, judged.reason) == (Verdict.PARTIAL, "the body was cut short (time)")


def test_a_body_that_is_no_text_is_an_error():
    assert verdict("", content_type="application/pdf").verdict is Verdict.ERROR
