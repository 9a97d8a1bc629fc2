"""Whatever was archived, what replay answers is valid HTTP."""

from __future__ import annotations

import http.client

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pagewitness.replay.headers import archive_headers, received_type, replayed_status, shown_type
from tests.pagewitness.archived import NOON, Archive, Web
from tests.support.patience import PATIENCE_SECONDS

URL = "https://coalition.example/"
PATH = f"/replay/20210301120000{{}}/{URL}"
HOSTILE = [
    "\0",
    "a\0b",
    "a\r\nSet-Cookie: x=1",
    "a\nb",
    "café",
    "\u2028",
    "日本",
    "\ud800",
    "\x7f",
    "\x85",
    "",
    " ",
    "a" * 70_000,
]


@pytest.mark.parametrize(
    "kind", ["{}", "text/html{}", "audio/{}", "font/{}; charset={}", "image/png; x={}", "text/css; charset={}"]
)
@pytest.mark.parametrize("modifier", ["", "id_", "im_"])
def test_no_stored_content_type_breaks_an_answer(archive: Archive, client: httpx.Client, kind: str, modifier: str):
    for minute, text in enumerate(HOSTILE):
        if "\ud800" in text:
            continue  # no database takes it; the next test has it
        archive.add_snapshot(URL, f"a{{}}{minute}", content_type=kind.replace("{}", text))
        response = client.get(PATH.format(modifier))
        assert response.status_code == 200, (kind, text)
        assert f"a{{}}{minute}" in response.text
        assert "set-cookie" not in response.headers


@given(
    st.text(alphabet=st.characters(), max_size=40),
    st.sampled_from(["", "text/html", "audio/", "application/xml;charset="]),
)
@settings(max_examples=300, deadline=None)
def test_every_content_type_and_field_becomes_one_that_can_be_sent(text: str, before: str):
    for shown, _ in (shown_type(before + text), received_type(before + text)):
        for name, value in archive_headers(URL, NOON, [(text, "x"), ("X-Any", text)], content_type=shown):
            assert http.client._is_legal_header_name(name.encode("ascii"))
            assert not http.client._is_illegal_header_value(value.encode("latin-1"))
            assert "\0" not in value
            assert value == value.strip(" \t")


@pytest.mark.parametrize(
    ("archived", "answered"),
    [
        *((status, 200) for status in (0, 99, 100, 101, 103, 199, 204, 205, 206, 304, 600, 999, -1, 10**9)),
        *((status, 403) for status in (401, 405, 407, 426)),
        *((status, status) for status in (200, 203, 299, 300, 404, 410, 451, 500, 503, 599)),
    ],
)
def test_every_archived_status_becomes_a_valid_answer_with_the_body(
    archive: Archive, client: httpx.Client, archived: int, answered: int
):
    archive.add_snapshot(URL, "<p>the body", status=archived)
    for modifier in ("", "id_"):
        response = client.get(PATH.format(modifier))
        assert response.status_code == answered == replayed_status(archived)
        assert "the body" in response.text
    assert archived < 400 or f"status {archived}" in client.get(PATH.format("")).text


def test_an_answer_with_very_many_archived_fields_can_be_read_by_python(
    archive: Archive, web: Web, client: httpx.Client
):
    archive.add_snapshot(URL, headers=[(f"X-Field-{number}", "x") for number in range(300)])
    connection = http.client.HTTPConnection(web.url.removeprefix("http://"), timeout=PATIENCE_SECONDS)
    connection.request("GET", PATH.format(""))
    response = connection.getresponse()  # refuses more than 100 fields
    assert response.status == 200
    assert response.getheader("X-Archive-Orig-X-Field-0") == "x"
    connection.close()


@pytest.mark.parametrize("final_url", ["http://[::1", "//", "", "http://a.example/\x00", "javascript:alert(1)"])
def test_an_odd_final_url_breaks_no_answer(archive: Archive, client: httpx.Client, final_url: str):
    archive.add_snapshot(URL, "<p>the body<a href=x>", final_url=final_url.replace("\0", "%00"))
    response = client.get(PATH.format(""))
    assert response.status_code in (200, 500)
    assert "Traceback" not in response.text
    received = client.get(PATH.format("id_"))
    assert received.status_code in (200, 302)  # the archived redirect
    assert received.headers.get("location", PATH.format("id_")).startswith("/replay/20210301120000id_/http")
