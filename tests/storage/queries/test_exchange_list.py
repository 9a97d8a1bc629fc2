"""Exchanges are listed in the order of a CDX index, in bounded slices, on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from monitor.model import Exchange, ExchangeRole
from monitor.surt import surt
from storage.archive.archived_urls import lock_urls
from storage.archive.bodies import arrival, store_bodies
from storage.archive.exchanges import Placement, store_exchange
from storage.database.engine import Database, open_database
from storage.queries import exchange_list, url_ranges
from storage.queries.exchange_list import (
    ListedExchange,
    count_exchanges,
    list_exchanges,
    mementos_before,
    mementos_of,
    nearest_exchanges,
    newest_exchanges,
)
from storage.queries.url_ranges import MatchType, Selection, key_ranges
from storage.store import SqlStore
from tests.storage.snapshots import add_page, archive, exchange, failed, full, not_modified, sha256
from tests.storage.steps import steps_of

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def store(database: Database, *items: Exchange, repeats: int | None = None) -> int:
    """Store exchanges that belong to no snapshot; return the key of the last one."""
    with database.begin() as connection:
        for item in items:
            urls = lock_urls(connection, [item.url])
            body_id = None
            if item.body is not None:
                body_id = store_bodies(connection, [arrival(item.url, item.body)], NOON, urls=urls)[sha256(item.body)]
            place = Placement(urls[item.url].id, body_id=body_id, repeats_id=repeats)
            key = store_exchange(connection, replace(item, role=ExchangeRole.REQUISITE), place)
    return key


def of(rows: Iterable[ListedExchange]) -> list[tuple[str, float]]:
    return [(row.url, (row.position.at - NOON) / timedelta(hours=1)) for row in rows]


def everything(database: Database, url: str, match: MatchType, **more) -> list[tuple[str, float]]:
    return of(list_exchanges(database, Selection(url, match, **more)))


SITE = [
    ("https://press.example/", 0),
    ("https://press.example/news/1", 1),
    ("https://www.press.example/news/1/", 0),
    ("https://press.example/news/10", 2),
    ("https://press.example/newsletter", 3),
    ("https://media.press.example/logo.png", 4),
    ("https://press.example:8443/news/1", 5),
    ("https://press-example.example/", 6),
    ("https://pressed.example/", 7),
    ("http://203.0.113.7/news", 8),
    ("https://xn--efvp97c.example/%E9%80%9F%E5%A0%B1", 9),
]


@pytest.fixture
def site(database: Database) -> Database:
    store(database, *(exchange(at(hours), b"%d" % hours, url) for url, hours in SITE))
    return database


@pytest.mark.parametrize(
    ("url", "match", "hours"),
    [
        ("http://press.example/news/1", MatchType.EXACT, [0, 1]),
        ("https://press.example/news/", MatchType.PREFIX, [0, 1, 2, 3]),
        ("https://press.example/news/1", MatchType.PREFIX, [0, 1, 2]),
        ("https://press.example/", MatchType.HOST, [0, 0, 1, 2, 3]),
        ("https://press.example/", MatchType.DOMAIN, [0, 0, 1, 2, 3, 4, 5]),
        ("https://press.example:8443/", MatchType.HOST, [5]),
        ("http://203.0.113.7/", MatchType.HOST, [8]),
        ("https://xn--efvp97c.example/", MatchType.HOST, [9]),
        ("https://absent.example/", MatchType.DOMAIN, []),
    ],
)
def test_urls_are_selected_by_their_keys(site: Database, url: str, match: MatchType, hours: list[float]):
    assert [hour for _, hour in everything(site, url, match)] == hours


def test_a_key_is_listed_in_order_of_time_whatever_the_spelling(database: Database):
    spellings = ["http://a.example/x", "https://www.a.example/X", "https://a.example/x/"]
    store(database, *(exchange(at(hours), b"%d" % hours, spellings[hours % 3]) for hours in (5, 1, 3, 0, 2, 4)))
    assert [hours for _, hours in everything(database, spellings[0], MatchType.EXACT)] == [0, 1, 2, 3, 4, 5]
    when = Selection(spellings[0])
    assert [hours for _, hours in of(nearest_exchanges(database, when, at(2.4)))] == [2, 3, 1, 4, 0, 5]
    assert [hours for _, hours in of(nearest_exchanges(database, when, at(3)))] == [3, 2, 4, 1, 5, 0]
    assert [hours for _, hours in of(newest_exchanges(database, when))] == [5, 4, 3, 2, 1, 0]


def test_a_hostile_number_of_spellings_does_not_hide_the_requested_url(database: Database):
    for number in range(60):
        letters = "".join("x" if number >> bit & 1 else "X" for bit in range(6))
        store(database, exchange(at(0), b"%d" % number, f"https://a.example/{letters}"))
    wanted = "https://a.example/xXxXXX"
    store(database, exchange(at(9), b"wanted", wanted))
    assert [hours for _, hours in of(mementos_of(database, wanted))] == [0, 9]
    assert [hours for _, hours in of(mementos_before(database, wanted, at(9)))] == [0]
    assert len(everything(database, wanted, MatchType.EXACT)) == 61


def test_mementos_are_those_of_one_resource_without_redirects_to_itself(database: Database):
    to = (("Location", "https://a.example/x/"),)
    store(database, exchange(at(0), b"", "http://a.example/x", status=301, headers=to))
    store(database, exchange(at(1), b"1", "https://a.example/x/"), exchange(at(2), b"2", "https://www.a.example/x"))
    store(database, exchange(at(3), b"3", "https://a.example/X"))
    assert [hours for _, hours in of(mementos_of(database, "http://a.example/x"))] == [1, 2]
    assert [hours for _, hours in of(mementos_of(database, "http://a.example/x", since=at(2)))] == [2]
    assert [hours for _, hours in of(mementos_before(database, "http://a.example/x"))] == [2, 1]


def test_times_and_status_limit_a_list(site: Database):
    store(site, exchange(at(2), b"gone", "https://press.example/gone", status=404))
    url = "https://press.example/"
    between = everything(site, url, MatchType.HOST, since=at(1), until=at(3))
    assert [hours for _, hours in between] == [2, 1, 2]
    assert everything(site, url, MatchType.HOST, status=404) == [("https://press.example/gone", 2)]


@pytest.mark.parametrize(("urls", "rows", "per_url"), [(1, 1, 1), (3, 2, 2), (100, 2_000, 500)])
def test_a_list_is_the_same_in_slices_of_any_size_and_from_any_position(
    site: Database, urls: int, rows: int, per_url: int, monkeypatch: pytest.MonkeyPatch
):
    store(site, *(exchange(at(hours / 10), b"%d" % hours, "https://press.example/news/1") for hours in range(30)))
    wanted = Selection("https://press.example/", MatchType.DOMAIN)
    complete = list(list_exchanges(site, wanted))
    assert [row.position for row in complete] == sorted(row.position for row in complete)
    assert len(complete) == 37
    monkeypatch.setattr(url_ranges, "_SLICE", urls)
    for name, value in (("_URLS", urls), ("_ROWS", rows), ("_SLICE", per_url), ("_LEAST_SLICE", 1)):
        monkeypatch.setattr(exchange_list, name, value)
    if urls > 1:  # with one URL at a time, equivalent URLs are listed one after the other
        assert list(list_exchanges(site, wanted)) == complete
        for place, row in enumerate(complete):
            assert list(list_exchanges(site, wanted, row.position)) == complete[place + 1 :]
    assert {row.position for row in list_exchanges(site, wanted)} == {row.position for row in complete}


def test_a_list_is_counted_without_reading_it(site: Database, monkeypatch: pytest.MonkeyPatch):
    wanted = Selection("https://press.example/", MatchType.DOMAIN)
    for size in (1, 2, 5_000):
        monkeypatch.setattr(exchange_list, "_COUNTED_URLS", size)
        counts: dict[str, int] = {}
        for key, count in count_exchanges(site, wanted, 100):
            assert key not in counts
            counts[key] = count
        assert list(counts) == sorted(counts)
        assert counts["example,press)/news/1"] == 2
        assert sum(counts.values()) == 7


@pytest.mark.parametrize("urls", [1, 2, 5_000])
def test_counting_examines_a_limited_number_of_exchanges(site: Database, monkeypatch: pytest.MonkeyPatch, urls: int):
    monkeypatch.setattr(exchange_list, "_COUNTED_URLS", urls)
    wanted = Selection("https://press.example/", MatchType.DOMAIN)
    complete = list(count_exchanges(site, wanted, 100))
    for most in range(1, 7):
        counted = list(count_exchanges(site, wanted, most))
        assert sum(count for _, count in counted) == most
        assert [key for key, _ in counted] == [key for key, _ in complete][: len(counted)]
    assert list(count_exchanges(site, wanted, 7)) == complete
    # Others are examined too.
    assert list(count_exchanges(site, replace(wanted, status=404), 7)) == []
    store(site, exchange(at(9), b"gone", "https://press.example:9999/gone", status=404))
    missing = replace(wanted, status=404)
    assert list(count_exchanges(site, missing, 7)) == []
    assert [count for _, count in count_exchanges(site, missing, 8)] == [1]


def test_counting_takes_no_more_steps_for_a_longer_list_on_sqlite(sqlite_template: Path, tmp_path: Path):
    path = shutil.copy(sqlite_template, tmp_path / "counted.db")
    with closing(open_database(f"sqlite:///{path}")) as database:
        wanted = Selection("https://a.example/", MatchType.HOST)
        steps = []
        for hours in (50, 400):
            store(database, *(exchange(at(hour), b"x", f"https://a.example/{hour % 7}") for hour in range(hours)))
            steps.append(steps_of(database, lambda: list(count_exchanges(database, wanted, 40))))
        assert 0 < steps[1] <= steps[0]


def test_only_exchanges_with_a_response_are_listed_and_a_304_has_the_digest_of_what_it_confirms(database: Database):
    site = SqlStore(database)
    page = add_page(site, NOON)
    first = archive(site, page, full(at(0), b"83 members"), at(0))
    archive(site, page, failed(at(1)), at(1))
    archive(site, page, not_modified(at(2), first), at(2))
    found = list(list_exchanges(database, Selection(page.url)))
    assert [(row.status, row.is_revisit, row.body_sha256) for row in found] == [
        (200, False, sha256(b"83 members")),
        (304, True, sha256(b"83 members")),
    ]
    assert (found[0].content_type, found[0].entity_bytes) == ("text/html; charset=utf-8", 10)


def test_the_exchange_of_a_pages_url_is_replayed_under_the_time_of_its_snapshot(database: Database):
    site = SqlStore(database)
    page = add_page(site, NOON)
    archive(site, page, full(at(1), b"83 members"), at(0.5))
    store(database, exchange(at(2), b"x", "https://cdn.example/x.css"))
    (found,) = list_exchanges(database, Selection(page.url))
    assert (found.position.at, found.replay_at) == (at(1), at(0.5))
    (other,) = list_exchanges(database, Selection("https://cdn.example/x.css"))
    assert other.replay_at == other.position.at == at(2)


def test_a_redirect_to_an_equivalent_url_is_marked(database: Database):
    to = (("Location", "https://a.example/"),)
    store(database, exchange(at(0), b"", "http://a.example/", status=301, headers=to))
    store(database, exchange(at(1), b"", "http://a.example/", status=301, headers=(("Location", "/other"),)))
    assert [row.is_self_redirect for row in list_exchanges(database, Selection("http://a.example/"))] == [True, False]


def test_a_long_list_is_read_in_slices_by_the_indexes(database: Database, monkeypatch: pytest.MonkeyPatch):
    """The beginning of a list is had without reading the rest of it."""
    monkeypatch.setattr(url_ranges, "_SLICE", 4)
    monkeypatch.setattr(exchange_list, "_URLS", 2)
    monkeypatch.setattr(exchange_list, "_ROWS", 2)
    monkeypatch.setattr(exchange_list, "_SLICE", 4)
    monkeypatch.setattr(exchange_list, "_LEAST_SLICE", 2)
    urls = [f"https://long.example/{number:03d}" for number in range(40)]
    store(database, *(exchange(at(hours), b"x", url) for url in urls for hours in range(3)))
    statements: list[tuple[str, object]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append((args[2], args[3])))
    found = list_exchanges(database, Selection("https://long.example/", MatchType.HOST))
    assert of(islice(found, 3)) == [(urls[0], hours) for hours in range(3)]
    queries = [item for item in statements if item[0].startswith("SELECT")]
    assert len(queries) == 3  # URLs, their exchanges together, those of the first by itself
    if database.engine.dialect.name == "sqlite":
        with database.read() as connection:
            for (sql, values), index in zip(
                queries,
                ("ix_archived_urls_surt", "ix_exchanges_url_id_started_at", "ix_exchanges_url_id_started_at"),
                strict=True,
            ):
                plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
                assert any(index in step for step in plan), plan
                assert not any("TEMP B-TREE" in step or step.startswith("SCAN") for step in plan), plan


@given(st.sampled_from(list(MatchType)), st.text("abz-09.", min_size=1, max_size=12), st.text("ab/?=%", max_size=8))
def test_the_ranges_of_keys_contain_the_url_itself(match: MatchType, host: str, path: str):
    url = f"http://{host.strip('.-') or 'a'}.example/{path}"
    key = surt(url)
    assert any(low <= key < high or key == low for low, high in key_ranges(Selection(url, match)))
