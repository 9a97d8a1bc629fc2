"""Replay of URLs that are no monitored pages: the parts of pages, and what redirects and imports brought."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
import pytest

from tests.pagewitness.archived import NOON, Archive

PAGE = "https://coalition.example/"
SHEET, LOGO = "https://cdn.example/site.css", "https://cdn.example/logo.png"
WHEN = "20210301120000"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 60


@pytest.fixture
def shown_at() -> datetime:
    return NOON + timedelta(days=365)


def test_a_page_shows_the_parts_that_are_archived(archive: Archive, client: httpx.Client):
    archive.add_snapshot(PAGE, f'<link rel=stylesheet href="{SHEET}"><p>83 members <img src="{LOGO}">')
    archive.add_exchange(SHEET, "@import 'base.css'; h1 {background: url(wave.svg)}", content_type="text/css")
    archive.add_exchange(LOGO, PNG, content_type="image/png")
    page = client.get(f"/replay/{WHEN}/{PAGE}").text
    assert f'href="/replay/{WHEN}cs_/{SHEET}"' in page
    assert f'src="/replay/{WHEN}im_/{LOGO}"' in page
    sheet = client.get(f"/replay/{WHEN}cs_/{SHEET}")
    assert (sheet.status_code, sheet.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert f'url("/replay/{WHEN}im_/https://cdn.example/wave.svg")' in sheet.text
    assert f'@import "/replay/{WHEN}cs_/https://cdn.example/base.css"' in sheet.text
    logo = client.get(f"/replay/{WHEN}im_/{LOGO}")
    assert (logo.content, logo.headers["content-type"]) == (PNG, "image/png")


@pytest.mark.parametrize(
    ("encoding", "label", "content_type"),
    [
        ("shift_jis", "Shift_JIS", "text/css"),
        ("windows-1251", "windows-1251", "text/css"),
        ("gb18030", "GBK", "text/css"),
        ("utf-8", "utf-16", "text/css"),
        ("euc_kr", "Shift_JIS", "text/css; charset=euc-kr"),
    ],
)
def test_a_style_sheet_is_decoded_by_its_charset_rule_unless_the_response_declares_one(
    archive: Archive, client: httpx.Client, encoding: str, label: str, content_type: str
):
    texts = {"shift_jis": "表示ソ能", "windows-1251": "Главное", "gb18030": "港口", "utf-8": "çà", "euc_kr": "항구"}
    css = f'@charset "{label}"; q::before {{content: "{texts[encoding]}"; background: url(q.png)}}'
    archive.add_exchange(SHEET, css.encode(encoding), content_type=content_type)
    sheet = client.get(f"/replay/{WHEN}cs_/{SHEET}")
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert f'"{texts[encoding]}"' in sheet.text
    assert f"/replay/{WHEN}im_/https://cdn.example/q.png" in sheet.text


def test_a_part_is_that_nearest_in_time_and_is_not_redirected_to(archive: Archive, client: httpx.Client):
    for days, color in ((0, "red"), (10, "blue")):
        archive.add_exchange(SHEET, f"p {{color: {color}}}", content_type="text/css", at=NOON + timedelta(days=days))
    for when, color in (("20210302", "red"), ("20210309", "blue"), ("2030", "blue")):
        response = client.get(f"/replay/{when}cs_/{SHEET}")
        assert (response.status_code, response.text) == (200, f"p {{color: {color}}}")
    assert client.get(f"/replay/{WHEN}cs_/{SHEET}").headers["memento-datetime"] == "Mon, 01 Mar 2021 12:00:00 GMT"


def test_every_response_has_the_headers_of_archived_content(archive: Archive, client: httpx.Client):
    archive.add_exchange(LOGO, PNG, content_type="image/png", headers=[("Set-Cookie", "a=b"), ("Server", "nginx")])
    headers = client.get(f"/replay/{WHEN}im_/{LOGO}").headers
    assert "sandbox" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-archive-orig-server"] == "nginx"
    assert "set-cookie" not in headers


def test_an_archived_error_is_shown_with_its_own_status(archive: Archive, client: httpx.Client):
    archive.add_exchange(LOGO, "no such image", content_type="text/html", status=404)
    response = client.get(f"/replay/{WHEN}im_/{LOGO}")
    assert response.status_code == 404
    assert "memento-datetime" in response.headers


def test_an_archived_redirect_leads_to_its_target_in_the_archive(archive: Archive, client: httpx.Client):
    archive.add_exchange(LOGO, "", content_type=None, status=302, headers=[("Location", "/v2/logo.png")])
    response = client.get(f"/replay/{WHEN}im_/{LOGO}")
    target = f"/replay/{WHEN}im_/https://cdn.example/v2/logo.png"
    assert (response.status_code, response.headers["location"]) == (302, target)


def test_what_is_not_archived_is_missing_without_memento_headers(archive: Archive, client: httpx.Client):
    archive.add_snapshot(PAGE)
    response = client.get(f"/replay/{WHEN}im_/{LOGO}")
    assert response.status_code == 404
    assert "memento-datetime" not in response.headers


def test_a_url_that_is_not_monitored_can_be_opened_by_itself(archive: Archive, client: httpx.Client):
    frame = "https://maps.example/embed"
    archive.add_exchange(frame, "<p>A map<script>x</script>", content_type="text/html")
    for address in (f"/replay/{frame}", f"/replay/2022/{frame}"):
        moved = client.get(address)
        assert (moved.status_code, moved.headers["location"]) == (302, f"/replay/{WHEN}/{frame}")
    shown = client.get(f"/replay/{WHEN}/{frame}").text
    assert "A map" in shown
    assert "not monitored" in shown
    assert "<script" not in shown
    assert "not monitored" not in client.get(f"/replay/{WHEN}if_/{frame}").text
    assert client.get(f"/replay/{WHEN}id_/{frame}").text == "<p>A map<script>x</script>"


def test_a_redirect_to_itself_does_not_loop(archive: Archive, client: httpx.Client):
    archive.add_exchange(
        "http://maps.example/a", "", content_type=None, status=301, headers=[("Location", "https://maps.example/a")]
    )
    response = client.get(f"/replay/{WHEN}/http://maps.example/a")
    assert "location" not in response.headers


def test_a_monitored_page_is_shown_by_its_snapshots(archive: Archive, client: httpx.Client):
    """The page's snapshot has the content behind the redirect; the exchange of its URL is only the redirect."""
    archive.add_snapshot(PAGE, "<p>85 members", final_url="https://coalition.example/en/")
    assert "85 members" in client.get(f"/replay/{WHEN}/{PAGE}").text
    assert "85 members" in client.get(f"/replay/{WHEN}if_/https://coalition.example/en/").text
