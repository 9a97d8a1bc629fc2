from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Exchange, ExchangeRole
from storage.archive.archived_urls import lock_urls
from storage.archive.bodies import arrival, store_bodies
from storage.archive.exchanges import Placement, store_exchange
from storage.database.engine import Database
from storage.queries.exchange_lookup import ArchivedExchange, nearest_exchange
from storage.store import SqlStore
from tests.storage.snapshots import add_page, archive, exchange, full, not_modified, sha256

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
SHEET = "https://cdn.example/site.css"


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def store(database: Database, item: Exchange, repeats: int | None = None) -> int:
    with database.begin() as connection:
        urls = lock_urls(connection, [item.url])
        body_id = None
        if item.body is not None:
            body_id = store_bodies(connection, [arrival(item.url, item.body)], NOW, urls=urls)[sha256(item.body)]
        place = Placement(urls[item.url].id, body_id=body_id, repeats_id=repeats)
        return store_exchange(connection, replace(item, role=ExchangeRole.REQUISITE), place)


def find(database: Database, url: str, when: datetime) -> ArchivedExchange | None:
    with database.read() as connection:
        return nearest_exchange(connection, url, when)


def found_body(database: Database, url: str, when: datetime) -> str | None:
    found = find(database, url, when)
    assert found is not None
    return found.body_sha256


def test_a_url_that_was_never_requested_is_not_found(database: Database):
    assert find(database, SHEET, NOW) is None


def test_the_exchange_nearest_in_time_is_found_the_earlier_of_two(database: Database):
    for hours in (0, 10):
        store(database, exchange(at(hours), b"body {margin: %dpx}" % hours, SHEET))
    for hours, margin in ((-5, 0), (0, 0), (4.9, 0), (5, 0), (5.1, 10), (99, 10)):
        found = find(database, SHEET, at(hours))
        assert (found.at, found.body_sha256) == (at(margin), sha256(b"body {margin: %dpx}" % margin))
        assert (found.url, found.snapshot_id, found.exchange.role) == (SHEET, None, ExchangeRole.REQUISITE)


def test_headers_are_restored_from_the_difference(database: Database):
    dates = [
        (("Date", f"Mon, 01 Mar 2021 {hour}:00:00 GMT"), ("Server", "nginx/1.18.0"), ("Vary", "Accept"))
        for hour in (12, 13)
    ]
    for hours, headers in enumerate(dates):
        store(database, exchange(at(hours), b"x" * 20, SHEET, headers=headers))
    for hours, headers in enumerate(dates):
        assert find(database, SHEET, at(hours)).exchange.response_headers[1:] == headers


def test_a_304_leads_to_the_response_that_it_confirms(database: Database):
    first = store(database, exchange(at(0), b"old", SHEET))
    confirmation = Exchange(SHEET, (), at(5), 3, status=304, http_version="HTTP/1.1", body=b"")
    store(database, confirmation, repeats=first)
    store(database, exchange(at(8), b"new", SHEET))
    found = find(database, SHEET, at(6))
    assert (found.at, found.exchange.status, found.body_sha256) == (at(5), 200, sha256(b"old"))


def test_a_304_of_a_check_leads_to_the_snapshot_that_it_confirms(database: Database):
    site = SqlStore(database)
    page = add_page(site, NOW, "https://coalition.example/en/")
    first = archive(site, page, full(at(0), b"82 members"), at(0))
    archive(site, page, not_modified(at(3), first), at(3))
    found = find(database, page.url, at(4))
    assert (found.at, found.exchange.status, found.body_sha256) == (at(3), 200, sha256(b"82 members"))


def test_a_failed_request_is_not_found(database: Database):
    store(database, exchange(at(0), b"x", SHEET))
    store(database, Exchange(SHEET, (), at(5), 30_000))
    assert find(database, SHEET, at(5)).at == at(0)


@pytest.mark.parametrize(
    "url", ["http://cdn.example/site.css", "https://www.cdn.example/site.css", "https://cdn.example/site.css/"]
)
def test_scheme_www_and_trailing_slash_do_not_distinguish_urls(database: Database, url: str):
    store(database, exchange(at(0), b"x", SHEET))
    assert find(database, url, at(0)).url == SHEET


@pytest.mark.parametrize(
    ("stored", "requested"),
    [("/Logo.PNG", "/logo.png"), ("/?a=1&b=2", "/?b=2&a=1"), ("/?a=1&2", "/?a=1%262"), ("/a?", "/a?b")],
)
def test_a_url_that_a_server_may_distinguish_is_not_shown_for_another(database: Database, stored: str, requested: str):
    store(database, exchange(at(0), b"other", f"https://cdn.example{stored}"))
    assert find(database, f"https://cdn.example{requested}", at(0)) is None


def test_percent_encoding_of_harmless_characters_does_not_distinguish_urls(database: Database):
    store(database, exchange(at(0), b"x", "https://cdn.example/it's"))
    assert find(database, "https://cdn.example/it%27s", at(0)) is not None


def test_of_equally_near_exchanges_that_of_the_requested_url_is_found(database: Database):
    store(database, exchange(at(0), b"plain", "http://cdn.example/a"))
    store(database, exchange(at(0), b"secure", "https://cdn.example/a"))
    assert found_body(database, "https://cdn.example/a", at(1)) == sha256(b"secure")


def test_a_redirect_to_an_equivalent_url_is_skipped(database: Database):
    to = (("Location", "https://cdn.example/a/"),)
    store(database, exchange(at(0), b"", "http://cdn.example/a", status=301, headers=to))
    assert find(database, "http://cdn.example/a", at(0)).exchange.status == 301
    store(database, exchange(at(0.5), b"page", "https://cdn.example/a/"))
    assert found_body(database, "http://cdn.example/a", at(0)) == sha256(b"page")


def test_a_redirect_elsewhere_and_an_archived_error_are_found_as_they_are(database: Database):
    store(database, exchange(at(0), b"", SHEET, status=302, headers=(("Location", "/other.css"),)))
    store(database, exchange(at(9), b"gone", SHEET, status=404))
    assert [find(database, SHEET, at(hours)).exchange.status for hours in (0, 9)] == [302, 404]


def test_a_hostile_number_of_variants_does_not_hide_the_requested_url(database: Database):
    for number in range(60):
        letters = "".join("a" if number >> bit & 1 else "A" for bit in range(6))
        store(database, exchange(at(0), b"%d" % number, f"https://cdn.example/{letters}/{number % 2}"))
    store(database, exchange(at(99), b"wanted", "https://cdn.example/aAaAaAaA"))
    assert found_body(database, "https://cdn.example/aAaAaAaA", at(0)) == sha256(b"wanted")
