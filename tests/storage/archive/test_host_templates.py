"""Host templates in the database: which versions are still to be considered, what is learned of them, and what remains when a page is erased."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import Table, func, select

from monitor.diff.linked_lists import LISTS_VERSION
from monitor.model import HostTemplate, PageLists
from monitor.model.host_template import moment
from monitor.pipeline.analyze import analyze
from monitor.tracking.host_template import LEAST_PAGES, learn, lists_of
from storage import schema
from storage.database.engine import open_database
from storage.maintenance.erasure import forget
from storage.maintenance.move import move
from storage.store import SqlStore
from tests.storage.snapshots import add_page, archive, full, ok
from tests.support.heart import snapshot
from tests.support.repeated_lists import NEW_POST, POSTS, TOPICS, blog_page

HOST = "quay.example"
MOVED = (NEW_POST, *POSTS[:-1])


def url(topic: str) -> str:
    return f"https://{HOST}/{topic.lower()}"


def show(store: SqlStore, clock, topic: str, posts=POSTS):
    """A check of a page of the blog, archived and recorded; returns the page."""
    page = store.page_by_url(url(topic)) or add_page(store, clock(), url(topic))
    body = blog_page(topic, posts).encode()
    taken = archive(store, page, full(clock.advance(seconds=1), body, url(topic)), clock())
    store.record(taken, ok(analyze(body, snapshot(), ()).version), now=clock())
    return page


@pytest.fixture
def blog(store: SqlStore, clock):
    return [show(store, clock, topic) for topic in TOPICS]


def learned(store: SqlStore) -> HostTemplate:
    found = [lists_of(version) for version in store.outdated_lists(HOST, LISTS_VERSION, 200)]
    return store.learn_template(HOST, found, learn)


def damage_lists(store: SqlStore, table: Table, value: str) -> None:
    with store.database.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {table.name} SET lists = '{value}'")


def rows(store: SqlStore, table) -> int:
    with store.database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_the_template_is_learned_from_the_current_versions_once(store: SqlStore, clock, blog):
    assert store.host_template(HOST) is None
    outdated = store.outdated_lists(HOST, LISTS_VERSION, 200)
    assert [version.page_id for version in outdated] == [page.id for page in blog]
    assert [version.version for version in outdated] == [store.version(version.version_id) for version in outdated]
    assert moment(outdated[-1].at) == clock()
    assert len(store.outdated_lists(HOST, LISTS_VERSION, 3)) == 3

    template = learned(store)
    assert len(template.lists) == 2
    assert moment(next(iter(template.lists.values()))) == moment(outdated[LEAST_PAGES - 1].at)
    assert store.host_template(HOST) == template
    assert store.outdated_lists(HOST, LISTS_VERSION, 200) == []
    assert len(store.outdated_lists(HOST, "another", 200)) == len(blog)
    assert store.host_template("other.example") is None
    assert store.outdated_lists("other.example", LISTS_VERSION, 200) == []


def test_a_new_version_is_considered_again(store: SqlStore, clock, blog):
    before = learned(store)
    show(store, clock, TOPICS[3], MOVED)
    assert [version.page_id for version in store.outdated_lists(HOST, LISTS_VERSION, 200)] == [blog[3].id]
    # One page that shows the new lists is not enough.
    assert learned(store) == before
    for topic in TOPICS[:2]:
        show(store, clock, topic, MOVED)
    assert learned(store).lists.keys() > before.lists.keys()


def test_pages_that_were_erased_meanwhile_are_left_out(store: SqlStore, clock, blog):
    found = [lists_of(version) for version in store.outdated_lists(HOST, LISTS_VERSION, 200)]
    forget(store.database, blog[0].url, reason="", now=clock())
    store.learn_template(HOST, found, learn)
    assert rows(store, schema.page_lists) == len(blog) - 1


def test_erasing_a_page_removes_what_was_learned_of_its_host(store: SqlStore, clock, blog):
    template = learned(store)
    forget(store.database, blog[0].url, reason="", now=clock())
    assert rows(store, schema.page_lists) == len(blog) - 1
    assert store.host_template(HOST) is None
    assert store.learn_template(HOST, [], learn).lists.keys() == template.lists.keys()


def test_moving_an_archive_moves_what_was_learned(store: SqlStore, database_url: str, empty_database_url: str, blog):
    template = learned(store)
    move(database_url, empty_database_url)
    with closing(open_database(empty_database_url)) as target:
        assert SqlStore(target).host_template(HOST) == template
        assert SqlStore(target).outdated_lists(HOST, LISTS_VERSION, 200) == []


@pytest.mark.parametrize("text", ["[]", "{", '{"a": "b"}', '{"a": 1.5}', "7", "null"])
def test_a_template_that_cannot_be_decoded_is_learned_again(store: SqlStore, blog, text: str):
    template = learned(store)
    damage_lists(store, schema.host_templates, text)
    assert store.host_template(HOST) is None
    assert store.learn_template(HOST, [], learn) == template
    assert store.host_template(HOST) == template


@pytest.mark.parametrize("text", ["{}", "[", "[7]", "null"])
def test_lists_that_cannot_be_decoded_are_no_evidence(store: SqlStore, blog, text: str):
    learned(store)
    damage_lists(store, schema.page_lists, text)
    seen: list[PageLists] = []

    def look(known, pages):
        seen.extend(pages)
        return replace(known, lists={})

    store.learn_template(HOST, [], look)
    assert seen == []
