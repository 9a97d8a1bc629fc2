"""Replay over HTTP, from a real archive."""

from __future__ import annotations

from datetime import datetime, timedelta

import httpx
import pytest

from monitor.model import Truncation, Verdict
from pagewitness.replay.address import read_address, variants
from storage.database.engine import Database
from storage.queries.history import History
from tests.pagewitness.archived import NOON, Archive, Web
from tests.support.patience import PATIENCE_SECONDS

URL = "https://coalition.example/partners/?lang=en"
WHEN = "20210301120000"


@pytest.fixture
def shown_at() -> datetime:
    return NOON + timedelta(days=365)


# --- finding the snapshot


def test_a_snapshot_is_shown_rewritten_with_its_banner(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, "<title>Partners</title><p>83 members<script>x</script><img src=/map.png>")
    response = client.get(f"/replay/{WHEN}/{URL}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "83 members" in response.text
    assert f'src="/replay/{WHEN}im_/https://coalition.example/map.png"' in response.text
    assert "<script" not in response.text
    assert "2021-03-01 12:00:00" in response.text
    assert '<template shadowrootmode="open">' in response.text


def test_another_time_leads_to_the_nearest_snapshot(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, at=NOON)
    archive.add_snapshot(URL, "<p>86 members", at=NOON + timedelta(days=10))
    for asked, found in [
        ("20210302", WHEN),
        ("2021030900", "20210311120000"),
        ("1999", WHEN),
        ("99991231235959", "20210311120000"),
    ]:
        response = client.get(f"/replay/{asked}/{URL}")
        assert response.status_code == 302
        assert response.headers["location"] == f"/replay/{found}/{URL}"
        assert "memento-datetime" not in response.headers


def test_no_time_leads_to_the_newest_snapshot(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, at=NOON)
    archive.add_snapshot(URL, "<p>86", at=NOON + timedelta(days=10))
    archive.failed(URL, at=NOON + timedelta(days=20))
    response = client.get(f"/replay/{URL}")
    assert (response.status_code, response.headers["location"]) == (302, f"/replay/20210311120000/{URL}")


def test_of_two_snapshots_in_one_second_the_last_is_shown(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, "<p>first", at=NOON)
    archive.add_snapshot(URL, "<p>second", at=NOON + timedelta(milliseconds=400))
    assert "second" in client.get(f"/replay/{WHEN}/{URL}").text


@pytest.mark.parametrize(
    "written",
    [
        "https%3A//coalition.example/partners/%3Flang%3Den",
        "https%3A%2F%2Fcoalition.example%2Fpartners%2F%3Flang%3Den",
        "https:/coalition.example/partners/?lang=en",
        "HTTPS://Coalition.Example:443/partners/?lang=en",
    ],
)
def test_the_url_is_understood_however_it_is_written(archive: Archive, client: httpx.Client, written: str):
    archive.add_snapshot(URL)
    assert client.get(f"/replay/{WHEN}/{written}").status_code == 200


def test_the_other_scheme_and_a_missing_slash_lead_to_the_page(archive: Archive, client: httpx.Client):
    archive.add_snapshot("https://coalition.example/partners/")
    for near in (
        "http://coalition.example/partners/",
        "https://coalition.example/partners",
        "coalition.example/partners",
    ):
        response = client.get(f"/replay/{WHEN}/{near}")
        assert (response.status_code, response.headers["location"]) == (
            302,
            f"/replay/{WHEN}/https://coalition.example/partners/",
        )


def test_escapes_in_the_url_stay_as_they_are(archive: Archive, client: httpx.Client):
    url = "http://site.example/a%20b%2Fc?q=%3F&r=a%26b"
    archive.add_snapshot(url, "<p>escaped")
    assert "escaped" in client.get(f"/replay/{WHEN}/{url}").text


def test_a_bare_question_mark_at_the_end_is_no_query():
    assert read_address("20210301/http://a.example/b", "").url == "http://a.example/b"


def test_variants_are_other_urls():
    assert variants("http://a.example/") == ["https://a.example/"]
    assert "https://a.example/b/" in variants("http://a.example/b")


@pytest.mark.parametrize(
    "path",
    [
        "/replay/20211301000000/http://a.example/",
        "/replay/",
        "/replay/2021/ftp://a.example/",
        "/replay/2021/http://u:p@a.example/",
        "/replay/20210301120000/http://[::1/",
        "/replay/2021/%ff%00",
    ],
)
def test_an_address_that_names_nothing_is_explained(client: httpx.Client, path: str):
    response = client.get(path)
    assert response.status_code in (400, 404)
    assert "Traceback" not in response.text
    assert "memento-datetime" not in response.headers


def test_what_is_not_archived_is_named_with_what_is_near(archive: Archive, client: httpx.Client):
    archive.page("https://coalition.example/partners/", "Partners <b>")
    archive.page("https://other.example/")
    response = client.get(f"/replay/{WHEN}/https://coalition.example/<script>x</script>")
    assert response.status_code == 404
    assert "Partners &lt;b&gt;" in response.text
    assert "other.example" not in response.text
    assert "<script" not in response.text
    assert "memento-datetime" not in response.headers
    assert (
        "sandbox" in client.get(f"/replay/{WHEN}im_/https://coalition.example/x.png").headers["content-security-policy"]
    )


def test_a_page_without_a_snapshot_is_named_as_such(archive: Archive, client: httpx.Client):
    archive.page(URL)
    response = client.get(f"/replay/{WHEN}/{URL}")
    assert response.status_code == 404
    assert "has no snapshot yet" in response.text


# --- what is shown


def test_the_archived_status_is_kept(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, "<p>no such page", status=404, verdict=Verdict.GONE, reason="status 404")
    response = client.get(f"/replay/{WHEN}/{URL}")
    assert response.status_code == 404
    assert response.headers["memento-datetime"] == "Mon, 01 Mar 2021 12:00:00 GMT"
    assert "The server answered with status 404." in response.text
    assert "Judged “gone”: status 404" in response.text


@pytest.mark.parametrize("status", [204, 205, 304, 101, 999])
def test_a_status_that_http_allows_no_page_under_becomes_200(archive: Archive, client: httpx.Client, status: int):
    archive.add_snapshot(URL, "<p>odd", status=status)
    assert client.get(f"/replay/{WHEN}/{URL}").status_code == 200


def test_a_redirect_is_shown_and_its_end_is_the_base(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, "<a href=next>n</a>", final_url="https://moved.example/new/page")
    shown = client.get(f"/replay/{WHEN}/{URL}").text
    assert "The address led to https://moved.example/new/page (1 redirect)" in shown
    assert f'href="/replay/{WHEN}/https://moved.example/new/next"' in shown


def test_a_truncated_body_is_marked(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, "<p>cut", truncated=Truncation.LENGTH)
    assert "ends early (length)" in client.get(f"/replay/{WHEN}/{URL}").text


def test_a_check_answered_not_modified_shows_the_body_before(archive: Archive, client: httpx.Client):
    first = archive.add_snapshot(URL, "<p>83 members")
    archive.not_modified(URL, first, at=NOON + timedelta(days=1))
    shown = client.get(f"/replay/20210302120000/{URL}").text
    assert "83 members" in shown
    assert "nothing had changed" in shown


def test_the_banner_links_to_the_snapshots_around(archive: Archive, client: httpx.Client):
    for day in range(3):
        archive.add_snapshot(URL, f"<p>{day}", at=NOON + timedelta(days=day))
    archive.failed(URL, at=NOON + timedelta(days=1, hours=1))
    middle = client.get(f"/replay/20210302120000/{URL}").text
    assert f'href="/replay/{WHEN}/{URL}"' in middle
    assert f'href="/replay/20210303120000/{URL}"' in middle
    assert f'href="/replay/20210302120000id_/{URL}"' in middle
    assert "no later snapshot" in client.get(f"/replay/20210303120000/{URL}").text
    assert "no earlier snapshot" in client.get(f"/replay/{WHEN}/{URL}").text


def test_a_frame_is_shown_without_a_banner(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, "<p>x")
    response = client.get(f"/replay/{WHEN}if_/{URL}")
    assert "Archived copy" not in response.text
    assert response.headers["content-security-policy"].startswith("sandbox;")


def test_a_frameset_is_shown_inside_a_page_with_the_banner(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, "<frameset><frame src=/left></frameset>")
    shown = client.get(f"/replay/{WHEN}/{URL}").text
    assert "Archived copy" in shown
    assert f'<iframe src="/replay/{WHEN}if_/{URL}" sandbox=""' in shown


@pytest.mark.parametrize(
    ("content_type", "sent", "download"),
    [
        ("text/plain; charset=koi8-r", "text/plain; charset=koi8-r", False),
        ("application/json", "application/json", False),
        ("image/png", "image/png", False),
        ("image/svg+xml", "image/svg+xml", True),
        ("text/xml; charset=utf-8", "text/plain; charset=utf-8", False),
        ("application/rss+xml", "text/plain", False),
        ("text/javascript", "text/plain", False),
        ("application/pdf", "application/pdf", True),
        ("application/x-shockwave-flash", "application/octet-stream", True),
        ("nonsense", "application/octet-stream", True),
        ("text/html-ish\x7f", "text/plain", False),
        (None, "application/octet-stream", True),
    ],
)
def test_other_bodies_come_as_they_are_with_a_safe_type(
    archive: Archive, client: httpx.Client, content_type: str | None, sent: str, download: bool
):
    body = b"\x89<a href='http://live.example/'>"
    archive.add_snapshot(URL, body, content_type=content_type)
    response = client.get(f"/replay/{WHEN}im_/{URL}")
    assert response.content == body
    assert response.headers["content-type"] == sent
    assert ("attachment" in response.headers.get("content-disposition", "")) is download


def test_a_style_sheet_is_rewritten(archive: Archive, client: httpx.Client):
    archive.add_snapshot("http://s.example/c/s.css", "a{background:url(/b.png)}", content_type="text/css")
    response = client.get(f"/replay/{WHEN}cs_/http://s.example/c/s.css")
    assert response.text == f'a{{background:url("/replay/{WHEN}im_/http://s.example/b.png")}}'


# --- as received


@pytest.mark.parametrize(
    ("content_type", "sent", "download"),
    [
        ("text/html; charset=windows-1251", "text/html; charset=windows-1251", True),
        ("text/html", "text/html", True),
        ("application/xml", "application/xml", True),
        ("image/svg+xml", "image/svg+xml", True),
        ("application/pdf", "application/pdf", True),
        ("text/javascript", "text/javascript", True),
        ("text/plain", "text/plain", False),
        ("image/png", "image/png", False),
        ("application/json; charset=utf-8", "application/json; charset=utf-8", False),
        ("text/unheard-of", "application/octet-stream", True),
        (None, "application/octet-stream", True),
    ],
)
def test_the_bytes_as_received_are_exactly_those(
    archive: Archive, client: httpx.Client, content_type: str | None, sent: str, download: bool
):
    body = bytes(range(256)) + b"<script>x</script>\r\n\r\n"
    archive.add_snapshot(URL, body, content_type=content_type)
    response = client.get(f"/replay/{WHEN}id_/{URL}")
    assert response.content == body
    assert response.headers["content-type"] == sent
    assert ("attachment" in response.headers.get("content-disposition", "")) is download
    assert response.headers["content-security-policy"].startswith("sandbox;")


def test_the_bytes_as_received_are_the_same_on_every_database(history: History, database: Database, web: Web):
    archive = Archive(database)
    archive.add_snapshot(URL, b"\x00\xff<p>raw")
    web.show(archive)
    assert httpx.get(f"{web.url}/replay/{WHEN}id_/{URL}", timeout=PATIENCE_SECONDS).content == b"\x00\xff<p>raw"
    assert history.neighbours(archive.page(URL).id, NOON).last == NOON


# --- headers


@pytest.mark.parametrize("modifier", ["", "id_", "if_", "im_"])
def test_every_archived_answer_is_fenced_in(archive: Archive, client: httpx.Client, modifier: str):
    hostile = [
        ("Set-Cookie", "session=1; Path=/"),
        ("Content-Security-Policy", "default-src *"),
        ("Refresh", "0; url=http://live.example/"),
        ("Link", "<http://live.example/x.css>; rel=preload"),
        ("Access-Control-Allow-Origin", "*"),
        ("Strict-Transport-Security", "max-age=1"),
        ("Clear-Site-Data", '"*"'),
        ("Service-Worker-Allowed", "/"),
        ("Memento-Datetime", "Mon, 01 Jan 1990 00:00:00 GMT"),
        ("Bad Name", "x"),
        ("X-Caf\xe9", "x"),
        ("X-Latin", "caf\xe9"),
        ("X-Injected", "a\r\nSet-Cookie: b=c"),
        ("X-Long", "x" * 20_000),
    ]
    archive.add_snapshot(URL, "<p>x", headers=hostile, status=500, verdict=Verdict.ERROR)
    headers = client.get(f"/replay/{WHEN}{modifier}/{URL}").headers
    assert headers["content-security-policy"].startswith("sandbox")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "noindex" in headers["x-robots-tag"]
    assert "camera=()" in headers["permissions-policy"]
    assert headers["memento-datetime"] == "Mon, 01 Mar 2021 12:00:00 GMT"
    assert headers["link"].startswith(f'<{URL}>; rel="original", <http')
    assert headers["x-archive-orig-set-cookie"] == "session=1; Path=/"
    assert headers["x-archive-orig-x-latin"].encode("latin-1") == "café".encode("latin-1")
    for name in (
        "set-cookie",
        "refresh",
        "access-control-allow-origin",
        "strict-transport-security",
        "clear-site-data",
        "service-worker-allowed",
        "x-archive-orig-x-injected",
        "x-archive-orig-x-long",
    ):
        assert name not in headers


def test_only_fonts_are_open_to_other_origins(archive: Archive, client: httpx.Client):
    archive.add_snapshot("http://s.example/f.woff2", b"wOF2", content_type="font/woff2")
    archive.add_snapshot("http://s.example/i.png", b"png", content_type="image/png")
    archive.add_snapshot("http://s.example/", "<p>x")
    font = client.get(f"/replay/{WHEN}oe_/http://s.example/f.woff2").headers
    image = client.get(f"/replay/{WHEN}im_/http://s.example/i.png").headers
    page = client.get(f"/replay/{WHEN}/http://s.example/").headers
    assert (font["access-control-allow-origin"], font["cross-origin-resource-policy"]) == ("*", "cross-origin")
    assert image["cross-origin-resource-policy"] == "cross-origin"
    assert page["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in image


def test_head_is_answered_like_get(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL)
    get, head = client.get(f"/replay/{WHEN}/{URL}"), client.head(f"/replay/{WHEN}/{URL}")
    assert head.status_code == get.status_code
    ignored = {"date"}
    assert {k: v for k, v in head.headers.items() if k not in ignored} == {
        k: v for k, v in get.headers.items() if k not in ignored
    }


def test_replay_writes_nothing(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, verdict=None)
    before, snapshots = archive.history.counts(), archive.history.snapshots(archive.page(URL).id)
    for path in (
        f"/replay/{WHEN}/{URL}",
        f"/replay/{WHEN}id_/{URL}",
        f"/replay/{URL}",
        "/replay/2021/http://x.example/",
        "/",
        "/changes",
        f"/history?url={URL}",
    ):
        client.get(path)
    assert archive.history.counts() == before
    assert archive.history.snapshots(archive.page(URL).id) == snapshots
