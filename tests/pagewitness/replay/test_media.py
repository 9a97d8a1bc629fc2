"""Media, byte ranges, redirects and headers of replay over HTTP."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagewitness.replay.ranges import Unsatisfiable, requested_range
from tests.pagewitness.archived import Archive

URL = "http://site.example/film.mp4"
STAMP = "20210301120000"
AT = f"/replay/{STAMP}oe_/{URL}"
FILM = bytes(range(256)) * 4


@pytest.mark.parametrize(
    ("field", "first", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, 1024),
        ("bytes=1000-", 1000, 1024),
        ("bytes=1000-99999", 1000, 1024),
        ("bytes=-24", 1000, 1024),
        ("bytes=-99999", 0, 1024),
        ("Bytes = 5-6 ,", 5, 7),
    ],
)
def test_a_byte_range_is_served(archive: Archive, client: httpx.Client, field: str, first: int, end: int):
    kind = "application/pdf" if first else "audio/mpeg"
    archive.add_snapshot(URL, FILM, content_type=kind)
    response = client.get(AT, headers={"Range": field})
    assert response.status_code == 206
    assert response.headers["content-range"] == f"bytes {first}-{end - 1}/1024"
    assert response.headers["content-length"] == str(end - first)
    assert response.content == FILM[first:end]


@pytest.mark.parametrize("field", ["bytes=0-0,5-6", "bytes=7-3", "bytes=x-", "lines=1-2", "bytes=-", "bytes=" + "9" * 40 + "-"])  # fmt: skip
def test_several_ranges_and_invalid_ones_get_the_whole(archive: Archive, client: httpx.Client, field: str):
    archive.add_snapshot(URL, FILM, content_type="video/mp4")
    response = client.get(AT, headers={"Range": field})
    assert (response.status_code, response.content) == (200, FILM)
    assert response.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("field", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_outside_of_the_content_gets_416(archive: Archive, client: httpx.Client, field: str):
    archive.add_snapshot(URL, FILM, content_type="video/mp4")
    response = client.get(AT, headers={"Range": field})
    assert (response.status_code, response.content) == (416, b"")
    assert response.headers["content-range"] == "bytes */1024"
    assert response.headers["content-security-policy"].startswith("sandbox")


def test_a_range_is_served_only_if_the_content_is_still_the_same(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, FILM, content_type="video/mp4")
    tag = client.get(AT).headers["etag"]
    assert client.get(AT, headers={"Range": "bytes=1-2", "If-Range": tag}).status_code == 206
    for other in ('"other"', f"W/{tag}", "Mon, 01 Mar 2021 12:00:00 GMT"):
        response = client.get(AT, headers={"Range": "bytes=1-2", "If-Range": other})
        assert (response.status_code, response.content) == (200, FILM)


def test_what_is_rewritten_or_an_error_has_no_ranges(archive: Archive, client: httpx.Client):
    archive.add_snapshot("http://site.example/", "<p>85 members")
    archive.add_snapshot("http://site.example/s.css", "a{}", content_type="text/css")
    archive.add_snapshot(URL, FILM, content_type="video/mp4", status=404)
    for url, status in (("http://site.example/", 200), ("http://site.example/s.css", 200), (URL, 404)):
        response = client.get(f"/replay/{STAMP}/{url}", headers={"Range": "bytes=1-2"})
        assert response.status_code == status
        assert "etag" not in response.headers


def test_head_has_the_headers_of_get_and_no_body(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, FILM, content_type="video/mp4")
    response = client.head(AT, headers={"Range": "bytes=1-2"})
    assert (response.status_code, response.content) == (200, b"")
    assert {k: v for k, v in response.headers.items() if k != "date"} == {
        k: v for k, v in client.get(AT).headers.items() if k != "date"
    }


@given(st.text(alphabet="bytes=-0123456789, ", max_size=20), st.integers(0, 50))
def test_any_range_is_inside_of_the_content(field: str, length: int):
    try:
        part = requested_range(field, length)
    except Unsatisfiable:
        return
    assert part is None or 0 <= part[0] < part[1] <= length


# --- types


@pytest.mark.parametrize(
    ("kind", "body", "modifier", "sent"),
    [
        ("application/octet-stream", b"wOF2\0\1\0\0", "im_", "font/woff2"),
        (None, b"\0\1\0\0\0\x0f", "im_", "font/ttf"),
        ("application/x-font-woff", b"wOFF", "im_", "font/woff"),
        ("image/jpg", b"\xff\xd8\xff", "im_", "image/jpeg"),
        ("binary/octet-stream", b"GIF89a", "", "image/gif"),
        (None, b"a{b:c}", "cs_", "text/css; charset=utf-8"),
        ("text/xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "", "text/html; charset=utf-8"),
        ("text/xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "im_", "image/svg+xml"),
        ("application/xml", b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "if_", "text/html; charset=utf-8"),
        ("application/xml", b"<rss/>", "", "text/plain"),
        ("application/rss+xml; charset=utf-8", b"<rss/>", "", "text/plain; charset=utf-8"),
        ("text/javascript", b"x()", "js_", "text/plain"),
        ("application/octet-stream", b"MZ", "oe_", "application/octet-stream"),
    ],
)
def test_the_type_that_is_sent(archive: Archive, client: httpx.Client, kind: str | None, body: bytes, modifier: str, sent: str):  # fmt: skip
    archive.add_snapshot(URL, body, content_type=kind)
    response = client.get(f"/replay/{STAMP}{modifier}/{URL}")
    assert response.headers["content-type"] == sent
    assert response.headers["x-content-type-options"] == "nosniff"
    is_font = sent.startswith("font/")
    assert (response.headers.get("access-control-allow-origin") == "*") is is_font
    assert ("content-disposition" in response.headers) is (sent in ("application/octet-stream", "image/svg+xml"))


def test_a_drawing_is_shown_with_the_banner(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, '<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>', content_type="image/svg+xml")
    assert "Archived copy" in client.get(f"/replay/{STAMP}/{URL}").text
    for modifier in ("if_", "mp_", "fr_"):
        shown = client.get(f"/replay/{STAMP}{modifier}/{URL}").text
        assert "<svg><g></g></svg>" in shown.replace(' xmlns="http://www.w3.org/2000/svg"', "")
        assert "Archived copy" not in shown


# --- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/next", "http://site.example/next"),
        ("//other.example/é?a=1#b", "http://other.example/%C3%A9?a=1#b"),
        ("https://other.example", "https://other.example/"),
    ],
)
def test_an_archived_redirect_leads_into_the_archive(archive: Archive, client: httpx.Client, status: int, location: str, target: str):  # fmt: skip
    archive.add_snapshot(URL, "moved", status=status, headers=[("Location", location.encode().decode("latin-1"))])
    for modifier in ("", "if_", "id_", "im_"):
        response = client.get(f"/replay/{STAMP}{modifier}/{URL}")
        assert response.status_code == status
        if "é" not in location:
            assert response.headers["location"] == f"/replay/{STAMP}{modifier}/{target}"
        assert response.headers["location"].isascii()
        assert response.headers["memento-datetime"]


@pytest.mark.parametrize("location", [URL, "https://site.example/film.mp4", "/film.mp4/", "#top", "", "javascript:x()", "ftp://a.example/", "http://[::1"])  # fmt: skip
def test_a_redirect_to_itself_or_to_no_page_is_shown(archive: Archive, client: httpx.Client, location: str):
    archive.add_snapshot(URL, "<p>moved", status=301, headers=[("Location", location)])
    response = client.get(f"/replay/{STAMP}/{URL}")
    assert response.status_code == 301
    assert "location" not in response.headers
    assert "<p>moved" in response.text


# --- headers

ARCHIVED_ONLY = "Set-Cookie Content-Security-Policy Content-Security-Policy-Report-Only Strict-Transport-Security Public-Key-Pins Clear-Site-Data Service-Worker-Allowed Refresh Link Alt-Svc NEL Report-To Reporting-Endpoints Access-Control-Allow-Origin Access-Control-Allow-Credentials SourceMap Speculation-Rules Use-As-Dictionary Location Content-Encoding WWW-Authenticate Origin-Trial".split()  # fmt: skip


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "text/xml", "application/pdf", "text/css", "image/png", "video/mp4"])  # fmt: skip
def test_every_archived_response_is_isolated(archive: Archive, client: httpx.Client, kind: str):
    fields = [(name, f"live-{name}") for name in ARCHIVED_ONLY]
    drawing = "<svg xmlns='http://www.w3.org/2000/svg'/>"
    for status in (200, 404):
        url = f"{URL}?{status}"
        archive.add_snapshot(url, drawing, content_type=kind, status=status, headers=fields)
        for modifier in ("", "if_", "mp_", "id_", "im_", "cs_", "js_", "oe_", "fr_"):
            response = client.get(f"/replay/{STAMP}{modifier}/{url}")
            assert response.status_code == status
            _assert_isolated(response.headers)
            assert response.headers["x-archive-orig-set-cookie"] == "live-Set-Cookie"
            assert response.headers["content-security-policy"].startswith("sandbox")
            assert "allow-scripts" not in response.headers["content-security-policy"]
            assert "Archived copy" not in response.text or not modifier


def _assert_isolated(headers: httpx.Headers) -> None:
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] in ("same-origin", "cross-origin")
    for name in ARCHIVED_ONLY:
        assert headers.get(f"x-archive-orig-{name}") in (None, f"live-{name}")
        assert f"live-{name}" not in headers.get(name, "")


@pytest.mark.parametrize("path", [f"/replay/{STAMP}/http://no.example/", f"/replay/{STAMP}im_/http://no.example/", "/replay/2021/ftp://x/"])  # fmt: skip
def test_our_own_errors_are_isolated_as_well(client: httpx.Client, path: str):
    headers = client.get(path).headers
    _assert_isolated(headers)
    assert "memento-datetime" not in headers
