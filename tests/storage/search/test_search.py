"""What a search finds, on both databases: the same rows in the same order."""

from __future__ import annotations

import pytest

from monitor.model import PageSource, Schedule
from monitor.search.query import QueryError, parse
from storage.database.connection import Database
from storage.queries import search as searching
from storage.queries.history import History
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage
from tests.storage.search.support import HOME, NEWS, NOON, at, find, home, show, texts

TEXTS = (
    "We demand an immediate ceasefire and the protection of civilians.",
    "Members of the Coalition: 1,234.",
    "L'école d'été à Genève",
    "聯合國安全理事會通過決議",
    "東京 2020",
    "ประเทศไทยเรียกร้องให้หยุดยิง",
    "대한민국은 회원국이다",
    "وَقْف إطلاق النار ٨٥",
    "Прекращение огня, ещё раз",
    "C++ & <b>markup</b> \"quotes\" 'more' * - ^ : NEAR(a b) \\",
    "the the the the",
)


@pytest.fixture
def searched(database: Database) -> Database:
    show(SqlStore(database), home(SqlStore(database)), 0, *TEXTS)
    return database


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("ceasefire", [0]),
        ("CEASEFIRE immediate", [0]),
        ("ceasefire members", []),
        ('"immediate ceasefire"', [0]),
        ('"ceasefire immediate"', []),
        ("protect*", [0]),
        ("protect", []),
        ('"members of the co"*', [1]),
        ("of -coalition", [0]),
        ('of -"immediate ceasefire" -nothing', [1]),
        ("1,234", [1]),
        ("234,1", []),
        ("ecole ete", [2]),
        ("l'école", [2]),
        ("安全理事會", [3]),
        ("理", [3]),
        ("會", [3]),
        ("議", [3]),
        ("理安", []),
        ("東京", [4]),
        ('"東京 2020"', [4]),
        ("หยุดยิง", [5]),
        ("회원국", [6]),
        ("대한*", [6]),
        ("وقف 85", [7]),
        ("اطلاق", [7]),
        ("огня еще", [8]),
        ("near(a", [9]),
        ("<b>markup</b>", [9]),
        ("'more'", [9]),
        ("c++", [9]),
        ('"the the the"', [10]),
        ("the*", [0, 1, 10]),
    ],
)
def test_what_is_found(searched: Database, typed: str, numbers: list[int]):
    assert texts(searched, typed) == [TEXTS[number] for number in numbers]


@pytest.mark.parametrize(
    "typed",
    ["' OR 1=1 --", 'a" OR "b', "terms:x", "{a}: b", "x ^ y", "NEAR/2 a", "a\\ b", "'a':* & !b <-> c | d", "\ue0001", "%s :words ?", "\0 a"],
)  # fmt: skip
def test_no_text_reaches_the_query_language(searched: Database, typed: str):
    try:
        query = parse(typed)
    except QueryError:
        return
    assert list(History(searched).search(query, 10).rows) in ([], find(searched, "near"), find(searched, typed))


def test_results_are_the_newest_first_and_paged_by_key(database: Database):
    store = SqlStore(database)
    page, news = home(store), home(store, NEWS)
    for hours in range(5):
        show(store, page if hours % 2 else news, hours, *(f"statement {hours} part {part}" for part in range(3)))
    expected = [f"statement {hours} part {part}" for hours in (4, 3, 2, 1, 0) for part in range(3)]
    history, query = History(database), parse("statement")
    found, after = [], None
    while True:
        part = history.search(query, 4, after)
        found += [row.text for row in part.rows]
        if part.next is None:
            break
        after = part.next
    assert found == expected
    assert [row.text for row in history.search(parse("part removed: page:b.example/news"), 3).rows] == expected[6:9]


def test_filters_by_page_tag_and_host(database: Database):
    store = SqlStore(database)
    store.apply_declared(
        [
            DeclaredPage(HOME, "Front page", Schedule(), (), allow_private=False, tags=("press", "home")),
            DeclaredPage(NEWS, "", Schedule(), (), allow_private=False, tags=("press",)),
        ],
        [],
        [],
        [],
        now=NOON,
    )
    third = store.add_page("https://www.c.example/", schedule=Schedule(), source=PageSource.ADDED, now=NOON)
    for hours, page in enumerate((store.page_by_url(HOME), store.page_by_url(NEWS), third)):
        show(store, page, hours, "a common statement", f"own words {hours}")

    def urls(typed: str) -> list[str]:
        return [row.page_url for row in find(database, typed)]

    assert urls("common") == [third.url, NEWS, HOME]
    assert urls("common page:a.example") == [HOME]
    assert urls('common page:"Front page"') == [HOME]
    assert urls(f"common page:{NEWS} page:{HOME}") == [NEWS, HOME]
    assert urls("common tag:press") == [NEWS, HOME]
    assert urls("common tag:press tag:home") == [HOME]
    assert urls("common host:c.example") == [third.url]
    assert urls("host:b.example") == [NEWS, NEWS]
    for typed, message in (
        ("x tag:sport", "No page fits tag:sport; check the tag in the list of pages."),
        ("x page:nowhere", "No page fits page:nowhere; check the URL or label in the list of pages."),
        ("x host:d.example", "No page fits host:d.example; check the host in the list of pages."),
        ("x tag:home host:b.example", "No page fits all of tag:home host:b.example; remove one of them."),
    ):
        with pytest.raises(QueryError, match=f"^{message.replace('.', '[.]')}$"):
            find(database, typed)


def test_many_pages_are_tested_row_by_row(database: Database, monkeypatch):
    monkeypatch.setattr(searching, "MOST_PAGE_TERMS", 1)
    store = SqlStore(database)
    for hours, url in enumerate((HOME, NEWS, "https://c.example/")):
        show(store, home(store, url), hours, "a common statement")
    assert [row.page_url for row in find(database, "common host:a.example host:b.example")] == [NEWS, HOME]


def days(number: float) -> float:
    return 24 * number


def test_filters_by_time(database: Database):
    store = SqlStore(database)
    page = home(store)
    # NOON is on 1 March 2021. The plan is there on days 0 and 1, absent on day 10, and there again on day 20.
    show(store, page, 0, "the plan", "always here")
    show(store, page, days(1), "the plan", "always here", "from day one")
    show(store, page, days(10), "always here", "from day one")
    show(store, page, days(20), "the plan", "always here")

    assert texts(database, "plan before:2021-03-02") == ["the plan"]
    assert texts(database, "plan before:2021-03-01") == []
    assert texts(database, "plan after:2021-03-21") == ["the plan"]
    assert texts(database, "plan after:2021-03-22") == []
    # In an absence it was not on the page.
    assert texts(database, "plan after:2021-03-05 before:2021-03-06") == []
    assert texts(database, "plan after:2021-03-02 before:2021-03-06") == ["the plan"]
    assert texts(database, "after:2021-03-12 before:2021-03-13") == ["always here"]
    assert texts(database, "added:2021-03-02") == ["from day one"]
    assert texts(database, "added:2021-03-21") == ["the plan"]
    assert texts(database, "plan added:2021-03-01..2021-03-05") == ["the plan"]
    assert texts(database, "plan added:2021-03-02..2021-03-05") == []
    assert texts(database, "removed:2021-03-11") == ["the plan"]
    assert texts(database, "removed:2021-03") == ["from day one", "the plan"]
    assert texts(database, "removed:") == ["from day one", "the plan"]
    assert texts(database, "always removed:") == []
    assert texts(database, "removed: after:2021-03-20") == ["from day one"]
    (plan,) = find(database, "plan")
    assert (plan.first_at, plan.last_at, plan.gone_at, plan.returns) == (at(0), at(days(20)), None, 1)


def test_a_slice_considers_a_bounded_number_of_texts(database: Database, monkeypatch):
    monkeypatch.setattr(searching, "CONSIDERED", 3)
    store = SqlStore(database)
    page = home(store)
    for hours in range(4):
        show(store, page, hours, f"remark {hours} one", f"remark {hours} two", "remark always")
    history, query = History(database), parse("remark removed:2021 -two")
    first = history.search(query, 10)
    assert [row.text for row in first.rows] == ["remark 2 one", "remark 1 one"]
    assert first.next is not None
    assert first.searched_to == at(1)
    second = history.search(query, 10, first.next)
    assert [row.text for row in second.rows] == ["remark 0 one"]
    assert (second.next, second.searched_to) == (None, None)
