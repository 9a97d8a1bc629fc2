"""Inputs for the targets in `tests.fuzz.targets`: documents, watchlists, manifests and header fields, each nearly valid."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

MOST_BYTES = 256 * 1024
"""Maximum length of a document."""
_TIMES = st.sampled_from([1, 1, 1, 2, 3, 7, 50, 400, 3_000, 20_000])

_NAMES = (
    "a b i em div p span h1 h2 h6 ul ol li dl dt dd table caption thead tbody tr td th form select option optgroup button input textarea label main nav header "
    "footer aside section article script style noscript template iframe frameset noframes title base meta link img svg math mtext foreignObject annotation-xml "
    "object embed video source picture details summary pre xmp plaintext listing center font nobr ruby rt sup sub del ins s time data br hr body html head"
).split()
_ATTRIBUTES = (
    "class id href src style content http-equiv name charset hidden aria-hidden role rel lang datetime srcset data-src srcdoc onload alt title type value "
    "colspan rowspan itemprop property xlink:href action background poster"
).split()
_VALUES = (
    "", "0", "-1", "99999999999", "main", "display:none", "refresh", "0;url=//x", "0; url='", "cookie consent", "navigation", "javascript:1", "http://[::1", "//x/ 1x,",
    "url(", "/*", "stylesheet", "en", "ar", "2021-13-45", "text/html;charset=utf-7", "blank.gif", "data:,", "\u202e", "\x00", "&#0;", "&amp", "<b>", "a\tb\nc",
)  # fmt: skip
_WORDS = (
    "The Coalition has 85 members.", "85", "1,234,567.89", "1.2 million", "3万", "٣٤", "१२,३४,५६७", "$4.5bn", "12-15", "–5 %", "12 May 2019", "2019-02-31", "5/6/07",
    "founded in 2014", "eighty-five", "quatre-vingt-dix-sept", "member states", "Partners", "Country", "held", "Chair: A. B, ", "aid", "percent", "from 3 to 4", "more than",
    "1" * 30, "9" * 400, "1,", "1.", "1 000 ", "1e309", "∞", "½", "²", "①", "Ⅷ", "\u00a0", "\u200b", "\u202e", "\u0301", "👩‍👩‍👧", "\ufffd", "\x00", "\x85", "\x9b", "\ud800",
    "&nbsp;", "&#x110000;", "&#xd800;", "&#0;", "&", "&copy", "\r\n", "\n\n", " ", "\t", ".", "!?", "…", "(", ")", "[1]", "“", "https://x.example/?a=1&b=2", "a@b.c",
    "Accept all cookies", "Subscribe to our newsletter", "404 Not Found", "Just a moment...", "3 hours ago", "Comments (12)", "Share", "x" * 3000, "a-b-" * 500,
)  # fmt: skip
_SYNTAX = (
    "<!--", "-->", "<!-->", "<!--a-->", "--!>", "<?x?>", "<?", "<!doctype html>", "<!DOCTYPE html PUBLIC \"a\" 'b'>", "<![CDATA[", "]]>", "</", "<", ">", "</>", "< a>", "<a", "'", '"',
    "=", "/>", "/*", "*/", "{", "}", "\\", "@import '", "url(", "<xml>", "<rss version='2.0'><channel>", "<item><title>", "<feed xmlns='http://www.w3.org/2005/Atom'>",
    "<entry>", '{"a": ', "[", "]", ",", "null", "%PDF-1.4", "<html xmlns='http://www.w3.org/1999/xhtml'>", "<!ENTITY a 'b'>", "</script>", "</style>", "</noscript>",
    "<meta http-equiv=refresh content='0;url=/x'>", "<meta charset=utf-16>", "<base href='//y/'>", "<img srcset='a 1x, b 2x' data-src=c>",
)  # fmt: skip
CONTENT_TYPES = (
    "text/html", "text/html; charset=utf-8", "text/html; charset=utf-16le", "text/html; charset=iso-2022-jp", "text/html; charset=x-user-defined", 'TEXT/HTML;charset="',
    "application/xhtml+xml", "application/xml", "application/rss+xml", "application/atom+xml", "application/json", "application/ld+json", "text/plain", "text/csv",
    "text/css", "image/svg+xml", "application/pdf", "application/octet-stream", "", ";", "a/b/c", "text/html\x00", "é", "multipart/related; boundary=x",
)  # fmt: skip
_ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-be",
    "latin-1",
    "windows-1252",
    "iso2022_jp",
    "gb18030",
    "shift_jis",
    "utf-7",
)


def _element(name: str, attributes: Sequence[tuple[str, str]], quote: str, end: bool) -> str:
    if end:
        return f"</{name}>"
    return f"<{name}{''.join(f' {key}={quote}{value}{quote}' for key, value in attributes)}>"


_ELEMENTS = st.builds(
    _element,
    st.sampled_from(_NAMES),
    st.lists(st.tuples(st.sampled_from(_ATTRIBUTES), st.sampled_from(_VALUES)), max_size=3),
    st.sampled_from(["", '"', "'"]),
    st.booleans(),
)
_PIECES = st.one_of(_ELEMENTS, _ELEMENTS, st.sampled_from(_WORDS), st.sampled_from(_SYNTAX), st.text(max_size=8))
_GROUPS = st.builds(lambda pieces, times: "".join(pieces) * times, st.lists(_PIECES, min_size=1, max_size=4), _TIMES)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Return a Content-Type, a line end, and a body: pieces of HTML, XML, JSON, CSS and text, some of them repeated, in one of several encodings."""
    if draw(st.integers(0, 2)):
        text = "".join(draw(st.lists(_GROUPS, max_size=12)))[:MOST_BYTES]
    else:  # one piece repeated up to the maximum length, which shows quadratic time
        piece = "".join(draw(st.lists(_PIECES, min_size=1, max_size=3)))
        text = draw(st.sampled_from(["", "<main><p>", "<ul><li>", "<style>"])) + piece * (
            MOST_BYTES // max(len(piece), 1)
        )
    body = text.encode(draw(st.sampled_from(_ENCODINGS)), "replace")[:MOST_BYTES]
    if draw(st.integers(0, 4)) == 0:
        place = draw(st.integers(0, len(body)))
        body = body[:place] + draw(st.binary(max_size=20)) + body[place:]
    return draw(st.sampled_from(CONTENT_TYPES)).encode() + b"\n" + body


_TOML_VALUES = (
    '""', '"x"', '"https://example.org/"', '"http://127.0.0.1/"', '"http://[::1"', '"1h30m"', '"999999999999s"', '"0 6 * * 1-5"', '"*/0 * * * *"', '"mon-fri 08:00-18:00"',
    '"Europe/Berlin"', '"../../etc"', "0", "-1", "85", "1.5", "nan", "-inf", "1e400", "0x" + "f" * 40, "9" * 5000, "true", "1979-05-27T07:32:00Z", "07:32:00", "[]", "{}",
    '["a", 1]', '["member_count"]', '["fact_changed", "nothing"]', '["hook"]', '["*"]', "[[[[[]]]]]", "{a = {b = 1}}", '{heading = "Partners"}', '{pattern = "(?P<a>.*)"}',
    '{pattern = "(((((((((("}', '{selector = "a > :not(b)"}', '{min = "1h", max = "1d"}', '"env:X"', '"whsec_AAAA"', '"5 %"', '"up"', '"a@b.c"', r'"\u0000"', r'"\u202e"', "'''\n'''", '"""a',
)  # fmt: skip
_TOML_KEYS = (
    "url urls urls_file label tags match interval only without proxy headers cookies basic_auth every cron timezone jitter windows adaptive facts allow_private paused robots mute always_report name count_of percent_of money_of date_of text list under inside "
    "kinds near against drift baseline type host port security from to username password secret events pages step direction above below unknown a.b.c"
).split()
_TOML_SYNTAX = (
    "[page]",
    "[[page.x]]",
    "page = 1",
    "[",
    "]",
    "=",
    "#",
    '"',
    "'''",
    "\x00",
    "\ufeff",
    "\u2028",
    "a." * 50,
    "[" * 300,
    "{a=" * 300,
)
_WHOLE = (
    '[[page]]\nurl = "https://example.org/"\nlabel = "a"\n',
    '[[fact]]\nname = "member_count"\ncount_of = ["members"]\n',
    '[[fact]]\nname = "partners"\nlist = {heading = "Partners"}\n',
    '[[channel]]\nname = "hook"\ntype = "webhook"\nurl = "https://example.org/"\n',
    '[[channel]]\nname = "desk"\ntype = "email"\nhost = "h"\nfrom = "a@b.c"\nto = ["a@b.c"]\n',
    '[[rule]]\nname = "r"\nevents = ["fact_changed"]\nto = ["hook"]\n',
)


@st.composite
def watchlists(draw: st.DrawFn) -> bytes:
    """Return valid tables with keys and values that may be invalid."""
    lines = st.builds("{} = {}\n".format, st.sampled_from(_TOML_KEYS), st.sampled_from(_TOML_VALUES))
    parts = st.one_of(st.sampled_from(_WHOLE), lines, lines, st.sampled_from(_TOML_SYNTAX))
    text = draw(st.sampled_from(["", _WHOLE[0]])) + "".join(draw(st.lists(parts, max_size=15)))
    data = text.encode()
    if draw(st.integers(0, 5)) == 0:
        place = draw(st.integers(0, len(data)))
        data = data[:place] + draw(st.binary(max_size=6)) + data[place:]
    return data


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


def _rows() -> SearchStrategy[dict[str, Any]]:
    dates = ["2021-01-01", "2021-06-01T12:00:00Z", "2021-01-01T00:00:00+23:59", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1970-01-01", "2999-12-31", "2021-02-30", "٢٠٢١-٠١-٠١"]  # fmt: skip
    files = [
        "a.html",
        "b.html",
        "./a.html",
        "../a.html",
        "/dev/zero",
        "",
        ".",
        "a.html/b",
        "x" * 300,
        "a\0b",
        "\ud800",
        "a\u2028b",
    ]
    urls = ["https://example.org/", "https://example.org/b", "HTTP://EXAMPLE.org:80", "http://[::1", "ftp://x/", "http://\x9b/", "http://u:p@h/", "https://é.example/", "https://x/" + "é" * 900, "\ud800"]  # fmt: skip
    types = ["text/html", "text/plain", "application/json", "a\r\nb", "é", "x" * 2000]
    statuses = [200, 404, 99, 1000, -1, 10**30, True, "200", 2.5, float("nan")]
    return st.fixed_dictionaries(
        {
            "url": st.one_of(st.sampled_from(urls[:2]), st.sampled_from(urls), _JSON),
            "date": st.one_of(st.sampled_from(dates[:3]), st.sampled_from(dates), _JSON),
            "file": st.one_of(st.sampled_from(files[:2]), st.sampled_from(files), _JSON),
        },
        optional={
            "status": st.one_of(st.sampled_from(statuses), _JSON),
            "content_type": st.one_of(st.sampled_from(types), _JSON),
            "other": _JSON,
        },
    )


@st.composite
def manifests(draw: st.DrawFn) -> bytes:
    """Return rows that are valid or nearly valid, and lines that are not rows."""
    good = st.fixed_dictionaries(
        {
            "url": st.sampled_from(["https://example.org/", "https://example.org/b"]),
            "date": st.dates().map(
                lambda day: day.replace(year=1970 + day.year % 1000 if day.day < 29 else 2020).isoformat()
            ),
            "file": st.sampled_from(["a.html", "b.html"]),
        },
        optional={
            "status": st.integers(100, 999),
            "content_type": st.sampled_from(["text/html", "text/plain", "application/json"]),
        },
    )
    others = st.sampled_from(
        ["", "[]", "null", "{", "[" * 3000, '{"a":' * 2000, '{"status": ' + "9" * 5000 + "}", "\ufeff", "x" * 70_000]
    )
    line = (
        good.map(json.dumps)
        if draw(st.booleans())
        else st.one_of(good.map(json.dumps), _rows().map(json.dumps), others)
    )
    text = draw(st.sampled_from(["\n", "\r\n", "\n\n", "\u2028"])).join(draw(st.lists(line, max_size=12)))
    data = text.encode()
    return data if draw(st.integers(0, 5)) else data + draw(st.binary(max_size=8))


_FIELD_NAMES = [
    *"Content-Type Content-Length Transfer-Encoding Content-Encoding Set-Cookie Location Link Memento-Datetime ETag Last-Modified Content-Security-Policy Connection Upgrade "
    "X-Archive-Orig-Date :status".split(),
    "", " ", "a b", "é", "x\x00", "x\r\ny", "x" * 20_000,
]  # fmt: skip
_FIELD_VALUES = ("", "0", "-1", "chunked", "gzip", "text/html", "a\r\nb: c", "a\nb", "\x00", "\x7f", "\x9b", "é", "€", "\ud800", "\U0001f600", " a ", "\t", "x" * 70_000, '<x>; rel="original"')  # fmt: skip

_KINDS = (
    "text/html;charset=",
    "text/plain; charset=",
    "application/json;charset=",
    "audio/",
    "font/",
    "video/",
    "image/svg+xml",
    "text/",
    "application/",
)


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """Return `{"content_type", "fields"}` of a response in JSON."""
    names = st.one_of(st.sampled_from(_FIELD_NAMES), st.text(max_size=10))
    values = st.one_of(st.sampled_from(_FIELD_VALUES), st.text(max_size=20))
    kinds = st.builds(str.__add__, st.sampled_from(_KINDS), values)
    content_type = draw(st.one_of(st.none(), st.sampled_from(CONTENT_TYPES), kinds, values))
    fields = draw(st.lists(st.tuples(names, values), max_size=8))
    return json.dumps({"content_type": content_type, "fields": fields}).encode()
