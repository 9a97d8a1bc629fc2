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


@pytest.mark.parametrize(
    "markup",
    [
        "<h1>Swimming pool</h1><p>The small pool is closed for maintenance. 12 lanes remain open in the big one.</p>",
        "<h1>Fähre</h1><p>Der Aufzug am Kai ist wegen Wartungsarbeiten nicht verfügbar. 12 Stufen führen hinauf.</p>",
        "<h1>駅のご案内</h1><p>エレベーターはメンテナンス中です。階段をご利用ください。</p>",
    ],
)
def test_a_state_of_something_else_is_no_error(markup):
    assert verdict(markup, title="News of the town").verdict is Verdict.OK


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Closed for maintenance</p><p>See you tomorrow.</p>",
        "<p>This website is closed for maintenance until noon.</p>",
        "<p>Wegen Wartungsarbeiten nicht erreichbar.</p>",
        "<p>現在メンテナンス中です。</p><p>しばらくお待ちください。</p>",
    ],
)
def test_a_state_of_the_page_is_an_error(markup):
    assert verdict(markup, title="Union").verdict is Verdict.SOFT_ERROR


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, this content is not available in your location.",
        "This page is unavailable in your country.",
        "Diese Seite ist in Ihrem Land nicht verfügbar.",
        "Ce contenu n'est pas disponible dans votre pays.",
        "Este contenido no está disponible en tu región.",
        "Questo contenuto non è disponibile nel tuo paese.",
        "Este conteúdo não está disponível no seu país.",
        "Deze pagina is niet beschikbaar in uw land.",
        "Эта страница недоступна в вашей стране.",
        "Bu içerik ülkenizde kullanılamıyor.",
        "お住まいの地域ではご利用いただけません。",
        "您所在的地区无法访问此内容。",
    ],
)
def test_a_refusal_by_country_is_a_block_whatever_the_status(text):
    assert verdict(f"<h1>Union</h1><p>{text}</p>", title="Union").verdict is Verdict.BLOCKED


def judged(markup: str, title: str = "Union"):
    body = f"<title>{title}</title>{markup}".encode()
    return judge(status=200, cleaned=extract(body, "text/html; charset=utf-8"), truncated=None, body=body)


@pytest.mark.parametrize(
    "markup",
    [
        "<div id=root></div><script src=/app.js></script>",
        "<noscript>You need to enable JavaScript to run this app.</noscript><div id=app></div><script>go()</script>",
        "<noscript><p>Diese Anwendung benötigt JavaScript.</p></noscript><app-root></app-root><script src=a.js></script>",
        "<main></main><noscript>Включите JavaScript</noscript>",
        "<div id=app>Loading...</div><section></section><script src=/app.js></script>",
        "<p>Please enable JavaScript to view this page.</p><script src=/app.js></script>",
        "<p>このサイトではJavaScriptを有効にしてください。</p><script src=/app.js></script>",
        "<h1>Union</h1><script src=/app.js></script>",
    ],
)
def test_a_page_that_a_script_renders_says_so(markup):
    found = judged(markup)
    assert found.verdict is Verdict.EMPTY
    assert found.reason.startswith("needs JavaScript: ")
    assert "needs_javascript" in found.reason


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("", Verdict.EMPTY),
        ("<div></div>", Verdict.EMPTY),
        ('<div></div><script type="application/ld+json">{}</script>', Verdict.EMPTY),
        ("<p>The course JavaScript for beginners has 12 seats.</p><script src=/app.js></script>", Verdict.OK),
        ("<p>How to enable JavaScript: open the settings.</p>", Verdict.OK),
        ("<noscript>Enable JavaScript to see comments.</noscript><p>The union has 64 lodges.</p><script src=a.js></script>", Verdict.OK),
    ],
)  # fmt: skip
def test_other_pages_do_not_need_scripts(markup, expected):
    found = judged(markup)
    assert found.verdict is expected
    assert "needs_javascript" not in found.reason


def test_size_alone_is_never_a_verdict():
    assert verdict("<p>87 members</p>").verdict is Verdict.OK


def test_a_body_cut_short_is_partial():
    judged = verdict("<p>The pact has 83 members.</p>", truncated=Truncation.TIME)
    assert (judged.verdict, judged.reason) == (Verdict.PARTIAL, "the body was cut short (time)")


def test_a_body_that_is_no_text_is_an_error():
    assert verdict("", content_type="text/css").verdict is Verdict.ERROR
