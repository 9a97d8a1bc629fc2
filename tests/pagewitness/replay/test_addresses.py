"""Addresses of snapshots: two in one second have one each, and a URL is found however a browser escapes it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import httpx
import pytest

from monitor.urls import comparable
from pagewitness.replay.address import digits, exact_digits, moment, read_address
from tests.pagewitness.archived import NOON, Archive

URL = "https://coalition.example/partners"
WHEN = "20210301120000"
LATER_IN_SECOND = NOON + timedelta(microseconds=500_000)


@pytest.fixture
def shown_at() -> datetime:
    return NOON + timedelta(days=365)


def replay_links(html: str) -> list[str]:
    return re.findall(r'href="(/replay/[^"]*)"', html)


# --- several snapshots in one second


@pytest.fixture
def three(archive: Archive) -> None:
    for number, part in enumerate((0, 250_000, 999_999), 1):
        archive.add_snapshot(URL, f"<p>capture {number}", at=NOON + timedelta(microseconds=part))
    archive.failed(URL, at=NOON + timedelta(microseconds=999_999))


@pytest.mark.parametrize("place", ["/", f"/history?url={URL}"])
def test_each_of_several_snapshots_in_a_second_has_a_link_of_its_own(three: None, client: httpx.Client, place: str):
    links = replay_links(client.get(place).text)
    assert links == [f"/replay/{when}/{URL}" for when in (WHEN, f"{WHEN}250000", f"{WHEN}000000")]
    assert [re.search(r"capture \d", client.get(link).text)[0] for link in links] == [
        f"capture {number}" for number in (3, 2, 1)
    ]


def test_the_banner_leads_from_one_to_the_next_within_a_second(three: None, client: httpx.Client):
    archived = client.get(f"/replay/{WHEN}250000/{URL}").text
    assert f'href="/replay/{WHEN}000000/{URL}"' in archived
    assert f'href="/replay/{WHEN}/{URL}"' in archived
    assert f'href="/replay/{WHEN}250000id_/{URL}"' in archived


def test_a_page_in_a_shared_second_links_to_itself_and_to_its_own_bytes(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, "<p>first <a href=''>again</a> <a href=/other>other</a>")
    archive.add_snapshot(URL, "<p>second", at=LATER_IN_SECOND)
    first = f"{WHEN}000000"
    assert f'href="/replay/{first}/https://coalition.example/other"' in client.get(f"/replay/{first}/{URL}").text
    assert client.get(f"/replay/{first}id_/{URL}").content.startswith(b"<p>first")
    assert client.get(f"/replay/{WHEN}id_/{URL}").content == b"<p>second"


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        (f"{WHEN}1", f"{WHEN}000000"),  # nearest to .1 of those at .0 and .5
        (f"{WHEN}4", WHEN),
        ("20210301115959999999", f"{WHEN}000000"),
        ("20220301000000000000", WHEN),
    ],
)
def test_a_time_with_a_fraction_leads_to_the_nearest(archive: Archive, client: httpx.Client, asked: str, leads_to: str):
    archive.add_snapshot(URL, "<p>first")
    archive.add_snapshot(URL, "<p>second", at=LATER_IN_SECOND)
    response = client.get(f"/replay/{asked}/{URL}")
    assert (response.status_code, response.headers["location"]) == (302, f"/replay/{leads_to}/{URL}")
    assert client.get(response.headers["location"]).status_code == 200


def test_a_snapshot_alone_in_its_second_keeps_14_digits_and_is_found_under_20(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, "<p>alone", at=LATER_IN_SECOND)
    assert replay_links(client.get("/").text) == [f"/replay/{WHEN}/{URL}"]
    for when in (WHEN, f"{WHEN}500000"):
        assert "alone" in client.get(f"/replay/{when}/{URL}").text


def test_snapshots_of_one_instant_do_not_link_in_a_circle(archive: Archive, client: httpx.Client):
    archive.add_snapshot(URL, "<p>first", at=LATER_IN_SECOND)
    archive.add_snapshot(URL, "<p>second", at=LATER_IN_SECOND)
    for when in (WHEN, f"{WHEN}500000"):
        assert "second" in client.get(f"/replay/{when}/{URL}").text


@pytest.mark.parametrize("when", ["202103011200000000001", "20211301000000000000", "123"])
def test_too_many_digits_or_no_such_date_is_no_time(archive: Archive, client: httpx.Client, when: str):
    archive.add_snapshot(URL)
    assert client.get(f"/replay/{when}/{URL}").status_code in (400, 404)


def test_digits_and_moments_are_inverse():
    for at in (NOON, LATER_IN_SECOND):
        assert moment(exact_digits(at)) == at
        assert moment(digits(at)) == NOON
    assert read_address(f"{WHEN}5/{URL}", "").when == f"{WHEN}500000"


# --- how a URL is escaped

STORED = "http://q.example/l'eau(1)/*?n=it's&a[]=[1]&t=~x&u=caf%c3%a9"


@pytest.mark.parametrize(
    "asked",
    [
        STORED,
        STORED.replace("it's", "it%27s"),  # every browser, in a query
        STORED.replace("'", "%27"),
        STORED.replace("[", "%5B").replace("]", "%5d"),
        STORED.replace("~", "%7E").replace("(", "%28").replace(")", "%29").replace("*", "%2A"),
        STORED.replace("%c3%a9", "%C3%A9"),
        STORED.replace("caf%c3%a9", "café"),
        STORED.replace("http://", "https://").replace("'", "%27"),
        STORED.replace("?n=it's", "?n=%69t%27s"),
    ],
)
def test_a_page_is_found_however_harmless_characters_are_escaped(archive: Archive, client: httpx.Client, asked: str):
    archive.add_snapshot(STORED, "<p>found it")
    response = client.get(f"/replay/{WHEN}/{asked}", follow_redirects=True)
    assert response.status_code == 200
    assert "found it" in response.text


@pytest.mark.parametrize("stored", ["http://q.example/?n=it's", "http://q.example/?n=it%27s"])
@pytest.mark.parametrize("asked", ["http://q.example/?n=it's", "http://q.example/?n=it%27s"])
def test_a_browser_that_escapes_an_apostrophe_is_not_sent_in_a_circle(
    archive: Archive, client: httpx.Client, stored: str, asked: str
):
    archive.add_snapshot(stored)
    assert client.get(f"/replay/{WHEN}/{asked}").status_code == 200


@pytest.mark.parametrize("asked", ["http://q.example/?a=1%262", "http://q.example/%3Fa=1", "http://q.example/?A=1&2"])
def test_escapes_that_divide_a_url_are_distinguished(archive: Archive, client: httpx.Client, asked: str):
    archive.add_snapshot("http://q.example/?a=1&2")
    assert client.get(f"/replay/{WHEN}/{asked}").status_code == 404
    assert comparable(asked) != comparable("http://q.example/?a=1&2")


def test_where_two_pages_differ_only_in_escapes_each_is_found_as_it_is_written(archive: Archive, client: httpx.Client):
    archive.add_snapshot("http://q.example/?n=it's", "<p>plain")
    archive.add_snapshot("http://q.example/?n=it%27s", "<p>escaped")
    assert "plain" in client.get(f"/replay/{WHEN}/http%3A%2F%2Fq.example%2F%3Fn%3Dit's").text
    assert "escaped" in client.get(f"/replay/{WHEN}/http://q.example/?n=it%27s").text
