"""Inputs for the fetch target: HTTP responses with hostile status lines, header fields, codings, framing and bodies."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.fuzz.grammar import CONTENT_TYPES
from tests.fuzz.raw_server import CLOSE, DRIP, KEEP, NEXT, ORIGIN, PATH

MOST_BYTES = 512 * 1024
"""Maximum length of a body as sent."""
_TIMES = st.sampled_from([1] * 16 + [2, 3, 40, 400, 1_200, 20_000])
_DIGITS = b"9" * 5_000

_STATUS_LINES = (
    b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK", b"HTTP/1.1 304 Not Modified", b"HTTP/1.1 301 Moved", b"HTTP/1.1 302 Found", b"HTTP/1.1 308 Moved", b"HTTP/1.1 404 Not Found",
    b"HTTP/1.1 412 No", b"HTTP/1.1 400 No", b"HTTP/1.1 429 Slow down", b"HTTP/1.1 503 Later", b"HTTP/1.1 100 Continue", b"HTTP/1.1 103 Early Hints",
    b"HTTP/1.1 101 Switching Protocols", b"HTTP/1.1 204 None", b"HTTP/1.1 205 Reset", b"HTTP/1.1 206 Partial", b"HTTP/1.1 407 Proxy", b"HTTP/1.1 500 Error", b"HTTP/1.1 999 Denied",
)  # fmt: skip
_BAD_STATUS_LINES = (
    b"", b"\r", b"HTTP/1.1", b"HTTP/1.1 ", b"HTTP/1.1 200", b"HTTP/1.1  200  OK ", b"HTTP/2 200 OK", b"HTTP/9.9 200 OK", b"HTTP/0.9 200 OK", b"HTTP/1.1 099 Low", b"HTTP/1.1 1000 High",
    b"HTTP/1.1 -20 Negative", b"HTTP/1.1 2_0 Underscore", b"HTTP/1.1 +20 Sign", "HTTP/1.1 ２００ Wide".encode(), "HTTP/1.1 ²⁰⁰ Raised".encode(), b"HTTP/1.1 " + _DIGITS,
    b"HTTP/1.1 200 \x00NUL", b"HTTP/1.1 200 \xff\xfe", b"HTTP/1.1 200 " + b"x" * 60_000, b"HTTP/1.1 200 " + b"x" * 70_000, b"HTTP/1.1 200\tTab", b"http/1.1 200 OK", b"ICY 200 OK",
    b"HTTP/" + b"1" * 5_000 + b" 200 OK", b"<html>", b"\x16\x03\x01\x02\x00", b"HTTP/1.1 200 \x85\x1c\xa0",
)  # fmt: skip

_LOCATIONS = (
    b"/", b"/b", b"?a=1", b"#", b"", b" ", b".", b"../..", ORIGIN + b"/b", ORIGIN, ORIGIN + b"/%00", b"//", b"///b", b"\\\\b", b"//127.0.0.1:1/", b"http:", b"http://", b"http:///b",
    b"https://127.0.0.1/", b"http://10.0.0.1/", b"http://[::1", b"http://[::1]/", b"http://[fe80::1%25eth0]/", b"http://[v1.x]/", b"http://2130706433/", b"http://0x7f.1/",
    b"http://a.invalid:99999/", b"http://a.invalid:-1/", b"http://a.invalid:" + _DIGITS, b"http://a.invalid:\xb2/", b"http://user:secret@a.invalid/", b"//u:p@a.invalid/",
    b"http:/\\u:p@a.invalid", b"http://u:1/2@a.invalid/", b"javascript:alert(1)", b"data:text/html,x", b"file:///etc/passwd", b"ftp://a.invalid/", b"http://\x00/", b"/\x00", b"/\x01\x7f\x85",
    b"/\xff\xfe", "/é?é#é".encode(), "http://é.invalid/".encode(), b"http://\xe9.invalid/", "http://é。invalid/".encode(), "http://a℀.invalid/".encode(), b"http://xn--a.invalid/",
    b"http://" + b"a" * 70 + b".invalid/", b"http://" + b"a." * 200 + b"invalid/", "http://{}.invalid/".format("é" * 60_000).encode(), b"http://" + b"@" * 50_000 + b"a.invalid/",
    b"/" + b"a" * 2_500, b"/" + b"a" * 100_000, b"/" + b"../" * 30_000, b"/" + b"%" * 30_000, b"?" + b"&" * 50_000, b"/;" * 40_000, b"/" * 100_000, b"http://a.invalid/\tb", b"h\tttp://a.invalid/",
)  # fmt: skip
_DATES = (
    b"Sun, 06 Nov 1994 08:49:37 GMT", b"Thu, 01 Jan 2026 00:01:00 GMT", b"Fri, 31 Dec 9999 23:59:59 GMT", b"Fri, 31 Dec 9999 23:59:59 -2359", b"Mon, 01 Jan 0001 00:00:00 +2359",
    b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994", b"Thu, 01 Jan 2026 00:00:00 +9999", b"Thu, 32 Foo 2026 99:99:99 GMT", b"Thu, 01 Jan " + _DIGITS[:80] + b" 00:00:00 GMT",
    b"Thu, 01 Jan 2026 00:00:60 GMT", b"0", b"-1", b"1.5", b",", b"(", b"(" * 90, b"\x00", b"2026-01-01T00:00:00Z", b"\xb2",
)  # fmt: skip
_WAITS = (
    b"0",
    b"1",
    b"120",
    b"-1",
    b"+5",
    b"1e9",
    b"86401",
    b"5, 6",
    b" 7 ",
    "٣".encode(),
    b"\xb2",
    b"9" * 30,
    _DIGITS,
    *_DATES,
)
_ETAGS = (
    b'"a"', b'W/"a"', b"a", b"*", b'W/"*"', b'"', b'""', b'"a-gzip"', b'"\x00"', b'"\xe9"', b'"\x7f"', b'"\x85"', b'"a\tb"', b'"a\x0bb"', b'"' + b"a" * 1_000 + b'"',
    b'"' + b"a" * 2_000 + b'"', "“a”".encode(), b'"a", "b"', b'"a"\r\n "b"', b'"a\rb"',
)  # fmt: skip
_COOKIES = (
    b"a=b", b"a=c; Path=/", b"a", b"=b", b"=", b";", b"", b"a=b; Max-Age=0", b"a=b; Max-Age=" + _DIGITS, b"a=b; Max-Age=-1e999", b"a=b; Max-Age=nan", b"a=b; Version=9" + _DIGITS,
    b"a=b; Expires=Thu, 01-Jan-99999 00:00:00 GMT", b"a=b; Domain=.", b"a=b; Domain=127.0.0.1", b"a=b; Domain=" + b"a." * 5_000, b"a=b; Port=" + _DIGITS, b'a=b; Port="1,2,x"; Version=1',
    b"a=\x00", b"a=\xff", "a=é".encode(), b"a=" + b"x" * 7_000, b'a="b\\"; c=d', b"a=b; Secure; HttpOnly; SameSite=None", b"a=b;" * 5_000, b'a="' + b"\\" * 30_000, b" " * 50_000 + b"=b",
    b"a=b; Expires=" + b"1 " * 20_000, b"a=b; Expires=" + b"-" * 20_000, b"a=b; Path=" + b"/" * 20_000,
)  # fmt: skip
_CODINGS = (
    b"gzip", b"x-gzip", b"deflate", b"identity", b"br", b"zstd", b"compress", b"gzip, gzip", b"gzip,deflate,gzip", b",", b"", b" GZIP ", b"gzip;q=0", b"gzip, br", b"identity, gzip, identity",
    b"gzip," * 6 + b"gzip", b"," * 50_000, b"gzip," * 5_000, b"\x00", b"g\xb2zip",
)  # fmt: skip
_LENGTHS = (
    b"0",
    b"1",
    b"5",
    b"100000000000",
    b"-1",
    b"+5",
    b"5, 5",
    b"5, 6",
    b"5_0",
    "５".encode(),
    b"\xb2",
    b"0x5",
    b"",
    b"x",
    b"5\x00",
    _DIGITS,
)
_TRANSFER = (
    b"chunked",
    b"Chunked ",
    b"gzip, chunked",
    b"chunked, gzip",
    b"identity",
    b"chunked, chunked",
    b"xchunked",
    b"\x00",
    b",",
    b"chunked;q=1",
    b"chunked\r\n ",
)
_LINKS = (
    b"<https://u:p@a.invalid/>; rel=original", b"0; url=/b", b"0;url=http://u:p@a.invalid/", b"0; url='", b"9" * 400 + b"; url=/", b"<" * 20_000, b"//@" * 20_000, b"//" * 30_000 + b"@",
    b"<https://a.invalid/>; rel=\xff", b";" * 20_000,
)  # fmt: skip
_VALUES = {
    b"Location": _LOCATIONS, b"Content-Location": _LOCATIONS, b"Retry-After": _WAITS, b"Date": _DATES, b"Last-Modified": _DATES, b"Expires": _DATES, b"ETag": _ETAGS, b"Set-Cookie": _COOKIES,
    b"Content-Encoding": _CODINGS, b"Content-Length": _LENGTHS, b"Transfer-Encoding": _TRANSFER, b"Link": _LINKS, b"Refresh": _LINKS, b"URI": _LINKS,
    b"Connection": (b"close", b"keep-alive", b"Upgrade", b"Content-Length", b"," * 20_000, b"\x00"), b"Keep-Alive": (b"timeout=5", b"timeout=" + _DIGITS),
    b"Content-Type": (*(kind.encode() for kind in CONTENT_TYPES), b"text/html; charset=" + b"x" * 60_000, b"text/html;" * 5_000, b"text/html; charset=\x00"),
}  # fmt: skip
_USUAL = [b"Location", b"Content-Encoding", b"ETag", b"Last-Modified", b"Set-Cookie", b"Retry-After", b"Content-Type"]
_NAMES = (
    b"",
    b" ",
    b"\t",
    b"a b",
    b"\xe9",
    b"x\x00",
    b"Location ",
    b" ETag",
    b"x" * 70_000,
    b"X-Powered-By",
    b"set-COOKIE",
    b"Trailer",
    b"\r",
    b"a\rb",
)
_LINE_ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r\n ", b"\n\t", b"\r", b"\r\r\n", b"\x00\r\n"])

_PAGES = (
    b"<!doctype html><title>Coalition</title><main><p>The Coalition has 85 members.</main>", b"<p>", b"\x00", b"\xff\xfe<\x00p\x00>\x00", b"\x1f\x8b\x08", b"{}", b"%PDF-1.4", b"",
    b"<meta http-equiv=refresh content='0;url=/b'>", b"<html>" + b"<p>Members: 85</p>\n" * 200,
)  # fmt: skip
_ROBOTS = (
    b"User-agent: *\n", b"User-agent: Pagewitness\n", b"User-agent\n", b"user agent Pagewitness/2\n", b"User-agent: Pagewitness bot # x\n", b"Disallow: /\n", b"Disallow: /a*a*a*a*a*a*a*a*a*b$\n",
    b"Disallow: /" + b"*a" * 30 + b"b\n", b"Allow: /" + b"*" * 5_000 + b"$\n", b"Disallow: " + b"/%" * 2_000 + b"\n", b"Disallow: /%zz%\n", b"Disallow: \x00\xff\n", b"Crawl-delay: 1\n", b"Crawl-delay: -1\n",
    b"Crawl-delay: nan\n", b"Crawl-delay: inf\n", b"Crawl-delay: 1e999\n", b"Crawl-delay: " + _DIGITS + b"\n", b"Crawl-delay: \xb2\n", b"Request-rate: 1/0\n", b"Request-rate: 1/1s 99-99\n",
    b"Request-rate: " + _DIGITS + b"/1\n", b"Visit-time: 9999-99999\n", b"Sitemap: //[\n", b"Host: x\n", b"\r", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b":", b"#", b" : : \n", b"Disallow\n", b"x" * 5_000,
)  # fmt: skip


def _field(name: bytes, value: bytes, end: bytes, times: int) -> bytes:
    line = name + b": " + value + end
    return line * max(1, min(times, 400_000 // len(line)))


def _value_for(name: bytes) -> SearchStrategy[tuple[bytes, bytes]]:
    return st.tuples(st.just(name), st.sampled_from(_VALUES[name]))


_FIELDS = st.builds(
    lambda pair, end, times: _field(*pair, end, times),
    st.one_of(
        st.sampled_from(_USUAL).flatmap(_value_for),
        st.sampled_from(_USUAL).flatmap(_value_for),
        st.sampled_from(sorted(_VALUES)).flatmap(_value_for),
        st.tuples(st.sampled_from(sorted({*_NAMES, *_VALUES})), st.binary(max_size=20)),
    ),
    st.one_of(st.just(b"\r\n"), _LINE_ENDS),
    st.one_of(st.just(1), st.just(1), _TIMES),
)
_RAW_LINES = st.one_of(st.sampled_from([b": x\r\n", b"x\r\n", b" folded\r\n", b"\x00\r\n"]), st.binary(max_size=30))


def _repeated(pieces: Sequence[bytes], times: int) -> bytes:
    text = b"".join(pieces)
    return text * max(1, min(times, MOST_BYTES // 2 // max(len(text), 1)))


_BODIES = st.one_of(
    st.builds(_repeated, st.lists(st.sampled_from(_PAGES), min_size=1, max_size=3), _TIMES),
    st.builds(_repeated, st.lists(st.sampled_from(_ROBOTS), min_size=1, max_size=8), _TIMES),
    st.binary(max_size=40),
    st.binary(max_size=40),
    st.builds(bytes, st.sampled_from([50, 50, 300_000, 5_000_000])),  # the last two exceed the limit once decompressed
)


def _deflate_raw(data: bytes) -> bytes:
    encoder = zlib.compressobj(wbits=-15)
    return encoder.compress(data) + encoder.flush()


_COMPRESSIONS = {
    b"gzip": lambda data: gzip.compress(data, 1, mtime=0),
    b"deflate": lambda data: zlib.compress(data, 1),
    b"deflate ": _deflate_raw,
    b"gzip, gzip": lambda data: gzip.compress(gzip.compress(data, 1, mtime=0), 1, mtime=0),
    b"x-gzip": lambda data: (
        gzip.compress(data[: len(data) // 2], 1, mtime=0) + gzip.compress(data[len(data) // 2 :], 1, mtime=0)
    ),
}
_CHUNK_SIZES = st.sampled_from([b"5", b"0", b"00", b"ffffffffffffffff", b"-1", b"0x5", b"5;a=b", b"5 ", b"+5", b"5_0", b"", b"x", b"\xb2", b"f" * 5_000, b"5;" + b"a" * 70_000])  # fmt: skip


@st.composite
def _framed(draw: st.DrawFn) -> tuple[list[bytes], bytes]:
    """Return the fields that describe a body, and the body as sent."""
    body, fields = draw(_BODIES), list[bytes]()
    if draw(st.integers(0, 2)) == 0:
        coding = draw(st.sampled_from(sorted(_COMPRESSIONS)))
        body = _COMPRESSIONS[coding](body)
        fields.append(b"Content-Encoding: " + coding + b"\r\n")
        if draw(st.integers(0, 3)) == 0:  # truncated or damaged
            place = draw(st.integers(0, len(body)))
            body = body[:place] + draw(st.sampled_from([b"", b"\x00", b"trailing", b"\x1f\x8b\x08" * 2_000]))
    body = body[:MOST_BYTES]
    framing = draw(st.integers(0, 3))
    if framing == 1:
        fields.append(b"Content-Length: %d\r\n" % (len(body) + draw(st.sampled_from([0, 0, 0, 1, -1]))))
    elif framing == 2:
        fields.append(b"Transfer-Encoding: chunked\r\n")
        size = b"%x" % len(body) if draw(st.booleans()) else draw(_CHUNK_SIZES)
        end = draw(
            st.sampled_from(
                [b"0\r\n\r\n", b"0\r\nTrailer: x\r\n\r\n", b"", b"0\r\n", b"0\r\n" + b"a: b\r\n" * 30_000 + b"\r\n"]
            )
        )
        body = size + b"\r\n" + body + b"\r\n" + end
    elif framing == 3 and len(body) < 5_000:  # many small chunks
        fields.append(b"Transfer-Encoding: chunked\r\n")
        body = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    return fields, body


_GOOD_PAGE = b"<!doctype html><html lang=en><title>Coalition</title><main><h1>Partners</h1>" + b"".join(
    b"<p>The Coalition has %d members, who met in %d to discuss aid of $%d million for the region.</p>" % (number, 2000 + number, 3 * number) for number in range(30)
) + b"</main>"  # fmt: skip
_GOOD_LOCATIONS = [b"/b", b"?a=1", ORIGIN + b"/c", b"#x", b"/", b"../d", b"/\xe9", ORIGIN + PATH]


def _header(name: bytes, values: Sequence[bytes]) -> SearchStrategy[bytes]:
    return st.sampled_from(values).map(lambda value: name + b": " + value + b"\r\n")


_VALIDATORS = st.lists(
    st.one_of(_header(b"ETag", [b'"a"', b'"b"', b'W/"a"']), _header(b"Last-Modified", _DATES[:2]), _header(b"ETag", _ETAGS)), min_size=1, max_size=2
)  # fmt: skip


@st.composite
def _plausible(draw: st.DrawFn) -> tuple[bytes, list[bytes], bytes]:
    """Return status line, fields and body of a response that a real server might send."""
    kind = draw(st.sampled_from(["page", "page", "page", "robots", "redirect", "redirect", "not modified", "busy"]))
    if kind == "page":
        fields = [b"Content-Type: text/html\r\n", *draw(_VALIDATORS)]
        return _STATUS_LINES[0], fields, _GOOD_PAGE
    if kind == "robots":
        body = draw(st.builds(_repeated, st.lists(st.sampled_from(_ROBOTS), min_size=1, max_size=8), _TIMES))
        return _STATUS_LINES[0], [b"Content-Type: text/plain\r\n"], body
    if kind == "redirect":
        fields = [draw(st.one_of(_header(b"Location", _GOOD_LOCATIONS), _header(b"Location", _LOCATIONS)))]
        fields += draw(
            st.lists(st.one_of(_header(b"Set-Cookie", _COOKIES[:2]), _header(b"Set-Cookie", _COOKIES)), max_size=3)
        )
        return draw(st.sampled_from(_STATUS_LINES[3:6])), fields, b""
    if kind == "not modified":
        return draw(st.sampled_from([_STATUS_LINES[2], _STATUS_LINES[2], *_STATUS_LINES[7:9]])), draw(_VALIDATORS), b""
    return (
        draw(st.sampled_from(_STATUS_LINES[9:11])),
        [draw(_header(b"Retry-After", _WAITS)), draw(_header(b"Date", _DATES))],
        b"",
    )


_INTERIM = {
    10: b"HTTP/1.1 100 Continue\r\n\r\n",
    20: b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" * 3,
    30: b"HTTP/1.1 103 Early\r\n\r\n" * 40,
}


@st.composite
def _responses(draw: st.DrawFn) -> bytes:
    # Hypothesis prefers the ends of a range: a rare case is chosen by a number within it.
    mode = {7: KEEP, 8: KEEP, 9: DRIP}.get(draw(st.integers(0, 20)), CLOSE)
    if draw(st.integers(0, 40)) == 20:
        return mode + draw(st.binary(max_size=100))
    hostile = draw(st.lists(_FIELDS if draw(st.booleans()) else st.one_of(_FIELDS, _RAW_LINES), max_size=3))
    interim = _INTERIM.get(draw(st.integers(0, 40)), b"")
    if draw(st.integers(0, 4)) != 2:
        line, fields, body = draw(_plausible())
        fields = draw(st.permutations([*fields, *hostile[: draw(st.integers(0, 3))]]))
        if mode != CLOSE:
            fields.append(b"Content-Length: %d\r\n" % len(body))
    else:
        line = draw(st.sampled_from(_STATUS_LINES if draw(st.integers(0, 3)) else _BAD_STATUS_LINES))
        framing, body = draw(_framed())
        fields = draw(st.permutations([*hostile, *framing]))
    return mode + interim + line + b"\r\n" + b"".join(fields) + b"\r\n" + body


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """Return one to five responses, each after a byte for what the server does with the connection; see `tests.fuzz.raw_server`."""
    return NEXT.join(draw(st.lists(_responses(), min_size=1, max_size=5)))
