"""Each distinct text of a page is one row, with the times at which it appeared, disappeared and returned."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from monitor.model import Block, BlockKind
from storage.database.connection import Database
from storage.schema import pages, versions
from storage.search import presence
from storage.search.indexing import backlog_count, index_page, queue_all, queue_page
from storage.store import SqlStore
from tests.storage.search.support import HOME, NEWS, at, expected_index, find, home, index_of, rows_of, show, texts
from tests.storage.snapshots import archive, not_modified


def test_a_text_has_the_times_of_its_first_and_last_snapshot(database: Database):
    store = SqlStore(database)
    page = home(store)
    show(store, page, 0, "We demand a ceasefire.", "Welcome.")
    second = show(store, page, 1, "We demand a ceasefire.", "Welcome back.")
    archive(store, page, not_modified(at(2), second), at(2))
    show(store, page, 3, "We demand peace.", "Welcome back.")

    (found,) = find(database, "ceasefire")
    assert (found.page_url, found.text) == (HOME, "We demand a ceasefire.")
    assert (found.first_at, found.gone_at) == (at(0), at(3))
    assert found.last_at == at(1)  # the repeat is not processed yet
    (kept,) = find(database, '"welcome back"')
    assert (kept.first_at, kept.last_at, kept.gone_at) == (at(1), at(3), None)
    assert index_of(database) == expected_index(database)


def test_a_text_that_returns_is_one_row_with_its_absence(database: Database):
    store = SqlStore(database)
    page = home(store)
    for hours, shown in enumerate(["old", "new", "new", "old", "new"]):
        show(store, page, hours, f"The {shown} plan", f"Number {hours}")
    (old,) = find(database, '"the old plan"')
    assert (old.first_at, old.last_at, old.gone_at, old.returns) == (at(0), at(3), at(4), 1)
    assert [(item.last_at, item.gone_at, item.back_at) for item in old.absences] == [(at(0), at(1), at(3))]
    (new,) = find(database, '"the new plan"')
    assert (new.first_at, new.last_at, new.gone_at, new.returns) == (at(1), at(4), None, 1)


def test_a_text_of_two_pages_is_found_on_both(database: Database):
    store = SqlStore(database)
    for hours, url in enumerate((HOME, NEWS)):
        show(store, home(store, url), hours, "Joint statement")
    assert [row.page_url for row in find(database, "joint")] == [NEWS, HOME]


def test_repeated_and_left_out_blocks(database: Database):
    store = SqlStore(database)
    noise = [Block(kind, f"{kind.value} ceasefire", "") for kind in BlockKind]
    show(store, home(store), 0, "Twice ceasefire", "Twice ceasefire", *noise)
    found = texts(database, "ceasefire")
    assert found == [
        "Twice ceasefire",
        *(
            f"{kind.value} ceasefire"
            for kind in BlockKind
            if kind.value not in ("navigation", "footer", "control", "consent")
        ),
    ]


def test_absences_beyond_the_limit_are_counted_only(database: Database, monkeypatch):
    monkeypatch.setattr(presence, "MOST_ABSENCES", 2)
    store = SqlStore(database)
    page = home(store)
    for hours in range(9):
        show(store, page, hours, "stays", *(["flickers"] if hours % 2 == 0 else []))
    (found,) = find(database, "flickers")
    assert (found.returns, len(found.absences), found.first_at, found.last_at) == (4, 2, at(0), at(8))


def test_a_version_before_the_newest_is_indexed_in_the_order_of_time(database: Database):
    store = SqlStore(database)
    page = home(store)
    show(store, page, 5, "late words")
    show(store, page, 1, "early words")
    assert backlog_of(database) == 1
    index_page(database, page.id)
    assert backlog_of(database) == 0
    (early,) = find(database, "early")
    (late,) = find(database, "late")
    assert (early.first_at, early.gone_at) == (at(1), at(5))
    assert (late.first_at, late.gone_at) == (at(5), None)


def test_a_page_in_the_backlog_waits_and_is_indexed_as_a_whole(database: Database):
    store = SqlStore(database)
    page = home(store)
    show(store, page, 0, "first words")
    database.write(lambda connection: queue_page(connection, page.id))
    show(store, page, 1, "second words")
    assert texts(database, "words") == ["first words"]
    index_page(database, page.id)
    assert texts(database, "words") == ["second words", "first words"]
    index_page(database, page.id)
    assert backlog_of(database) == 0


def test_indexing_continues_where_it_was_interrupted(database: Database, monkeypatch):
    monkeypatch.setattr("storage.search.indexing.VERSIONS_AT_ONCE", 2)
    monkeypatch.setattr("storage.search.indexing.SNAPSHOTS_AT_ONCE", 3)
    store = SqlStore(database)
    page = home(store)
    for hours, words in enumerate("abcbbbaac"):
        show(store, page, hours, f"plan {words}", "always")
    incremental = rows_of(database)
    database.write(queue_all)
    index_page(database, page.id)
    assert rows_of(database) == incremental
    assert index_of(database) == expected_index(database)


_SHOWN = st.lists(
    st.lists(st.sampled_from(["red fox", "blue whale", "東京都", "٨٥ دولة", "red"]), max_size=4), min_size=1, max_size=7
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_SHOWN)
def test_indexing_again_finds_what_indexing_each_version_found(database: Database, shown: list[list[str]]):
    store = SqlStore(database)
    number = database.write(lambda connection: connection.execute(select(func.count()).select_from(pages)).scalar_one())
    page = home(store, f"https://a.example/{number}")
    for hours, words in enumerate(shown):
        show(store, page, hours, "always", *words)
    incremental = rows_of(database)
    database.write(lambda connection: queue_page(connection, page.id))
    index_page(database, page.id)
    assert rows_of(database) == incremental
    assert index_of(database) == expected_index(database)


def backlog_of(database: Database) -> int:
    with database.read() as connection:
        return backlog_count(connection)


def test_the_oldest_and_newest_times_have_keys():
    early, late = (presence.block_key(datetime(year, 1, 1, tzinfo=UTC), 2**40, 0) for year in (1900, 9998))
    assert 0 <= early < late < 2**63
    assert presence.block_key(at(0), 1, 0) > presence.block_key(at(0), 1, 1)
    assert presence.block_key(at(1), 1, 4095) > presence.block_key(at(0), 2**19 - 1, 0)
    assert presence.second_of(presence.first_key_of(at(0))) == at(0)


def test_a_version_that_cannot_be_decoded_is_left_out(database: Database):
    store = SqlStore(database)
    page = home(store)
    for hours, words in enumerate(("first", "second", "third")):
        show(store, page, hours, f"{words} words")
    with database.begin() as connection:
        connection.execute(update(versions).where(versions.c.seq == 2).values(blob=b"damaged", blob_base_id=None))
        # The third one must not depend on it.
        connection.execute(update(versions).where(versions.c.seq == 3).values(blob_base_id=None))
    database.write(lambda connection: queue_page(connection, page.id))
    index_page(database, page.id)
    assert "first words" in texts(database, "words")
    assert "second words" not in texts(database, "words")
    assert index_of(database) == expected_index(database)
