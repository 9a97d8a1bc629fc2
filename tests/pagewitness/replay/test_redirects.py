"""A monitored page that redirects: programs get the redirect that the CDX API lists, people the page that it led to."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

import httpx
import pytest

from storage.queries.history import History
from tests.pagewitness.archived import NOON, Archive

URL = "https://coalition.example/partners"
TARGET = "https://moved.example/members"
WHEN = "20210301120000"


@pytest.fixture
def shown_at() -> datetime:
    return NOON + timedelta(days=365)


@pytest.fixture
def redirected(archive: Archive) -> Archive:
    archive.add_snapshot(URL, "<p>83 members", final_url=TARGET)
    return archive


def cdx(client: httpx.Client, url: str) -> list[list[str]]:
    return [line.split() for line in client.get("/cdx/search/cdx", params={"url": url}).text.splitlines()]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_bytes_as_received_are_the_redirect_that_the_index_lists(
    redirected: Archive, client: httpx.Client, method: str
):
    ((_, time, original, _, status, digest, _),) = cdx(client, URL)
    response = client.request(method, f"/replay/{time}id_/{original}")
    assert (response.status_code, status) == (302, "302")
    assert response.headers["location"] == f"/replay/{WHEN}id_/{TARGET}"
    assert response.headers["memento-datetime"] == "Mon, 01 Mar 2021 12:00:00 GMT"
    assert f"sha256:{sha256(response.content).hexdigest()}" == digest
    assert f'/replay/{WHEN}/{URL}>; rel="memento"' in response.headers["link"]


def test_the_redirect_leads_to_the_bytes_of_its_target(redirected: Archive, client: httpx.Client):
    followed = client.get(f"/replay/{WHEN}id_/{URL}", follow_redirects=True)
    assert (followed.status_code, followed.text) == (200, "<p>83 members")
    ((*_, digest, _),) = cdx(client, TARGET)
    assert f"sha256:{sha256(followed.content).hexdigest()}" == digest


def test_the_time_map_lists_the_time_of_the_redirect(redirected: Archive, client: httpx.Client):
    listed = client.get(f"/timemap/link/{URL}").text
    assert listed.count('memento"; datetime="Mon, 01 Mar 2021 12:00:00 GMT"') == 1
    assert f"/replay/{WHEN}/{URL}" in listed


@pytest.mark.parametrize("modifier", ["", "if_", "mp_"])
def test_a_person_is_shown_the_page_that_the_redirect_led_to(redirected: Archive, client: httpx.Client, modifier: str):
    response = client.get(f"/replay/{WHEN}{modifier}/{URL}")
    assert (response.status_code, "83 members" in response.text) == (200, True)


def received_address(client: httpx.Client) -> str:
    shown = client.get(f"/replay/{WHEN}/{URL}").text
    return shown.rpartition('">as received</a>')[0].rpartition('href="')[2]


def test_the_banner_leads_to_the_bytes_that_it_shows(redirected: Archive, client: httpx.Client):
    response = client.get(received_address(client))
    assert (response.status_code, response.text) == (200, "<p>83 members")


def test_the_banner_leads_to_the_bytes_that_it_shows_even_if_the_target_is_monitored(
    redirected: Archive, client: httpx.Client
):
    redirected.add_snapshot(TARGET, "<p>84 members", at=NOON + timedelta(milliseconds=300))
    response = client.get(received_address(client))
    assert (response.status_code, response.text) == (200, "<p>83 members")
    assert client.get(f"/replay/{WHEN}id_/{TARGET}").text == "<p>84 members"


def test_a_redirect_to_https_is_skipped_as_in_lists(archive: Archive, client: httpx.Client):
    archive.add_snapshot("http://coalition.example/", "<p>83 members", final_url="https://coalition.example/")
    response = client.get(f"/replay/{WHEN}id_/http://coalition.example/")
    assert (response.status_code, response.text) == (200, "<p>83 members")


def test_without_redirects_the_response_is_the_one_received(archive: Archive, history: History):
    snapshot = archive.add_snapshot(URL, "<p>83 members")
    found = archive.history.received(snapshot.id)
    assert (found.url, found.body_sha256) == (URL, snapshot.body_sha256)
    assert history.received(snapshot.id + 1) is None
