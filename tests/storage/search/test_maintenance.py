"""The search index follows a page that is forgotten, copied, moved or restored, and verify compares it with the versions."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update

from storage.database.connection import Database
from storage.database.engine import open_database
from storage.maintenance.backup import backup, restore
from storage.maintenance.erasure import forget, scrub
from storage.maintenance.move import move
from storage.maintenance.verify import verify
from storage.schema import search_absences, search_blocks
from storage.search.indexing import backlog_count, index_page, queue_all
from storage.search.terms import IndexedText, remove_terms
from storage.store import SqlStore
from tests.storage.search.support import (
    HOME,
    NEWS,
    at,
    expected_index,
    find,
    home,
    index_of,
    rows_of,
    show,
    texts,
)


@pytest.fixture
def searched(database: Database) -> Database:
    store = SqlStore(database)
    page, news = home(store), home(store, NEWS)
    for hours, words in enumerate(["zebra", "giraffe", "zebra"]):
        show(store, page, hours, f"The {words} of the home page", "Shared sentence")
        show(store, news, hours, f"News of hour {hours}", "Shared sentence")
    return database


def test_no_term_of_a_forgotten_page_stays(searched: Database, tmp_path: Path):
    forget(searched, HOME, reason="", now=at(5))
    assert texts(searched, "shared") == ["Shared sentence"]
    assert not find(searched, "zebra")
    assert index_of(searched) == expected_index(searched)
    scrub(searched)
    if searched.engine.dialect.name == "sqlite":
        with searched.read() as connection:
            stored = b"".join(row[0] for row in connection.exec_driver_sql("SELECT block FROM search_terms_data"))
        assert b"sentence" in stored
        assert b"zebra" not in stored
        assert b"giraffe" not in stored


def test_a_copy_finds_the_same(searched: Database, database_url: str, tmp_path: Path):
    target = f"sqlite:///{tmp_path / 'moved.db'}"
    move(database_url, target)
    with closing(open_database(target)) as moved:
        assert rows_of(moved) == rows_of(searched)
        assert index_of(moved) == expected_index(moved)
        assert [row.page_url for row in find(moved, '"shared sentence"')] == [NEWS, HOME]


def test_a_restored_backup_finds_the_same(searched: Database, database_url: str, tmp_path: Path):
    kept = backup(database_url, tmp_path / "backup.db")
    assert kept.damages == 0
    assert not any(name.startswith("search_terms") for name in kept.rows)
    target = f"sqlite:///{tmp_path / 'restored.db'}"
    restore(tmp_path / "backup.db", target)
    with closing(open_database(target)) as restored:
        assert rows_of(restored) == rows_of(searched)
        assert index_of(restored) == expected_index(restored)


def test_verify_finds_what_differs(searched: Database, database_url: str):
    assert verify(database_url).damages == ()
    with searched.begin() as connection:
        connection.execute(update(search_blocks).where(search_blocks.c.body.contains("giraffe")).values(gone_at=at(9)))
        connection.execute(delete(search_absences))
    (damage,) = verify(database_url).damages
    assert (damage.table, damage.url) == ("search_blocks", HOME)
    assert "pagewitness reprocess --search-index" in damage.reason

    searched.write(queue_all)
    assert verify(database_url).damages == ()
    for page_id in (1, 2):
        index_page(searched, page_id)
    assert verify(database_url).damages == ()


def test_verify_finds_terms_that_are_missing(searched: Database, database_url: str):
    (row,) = find(searched, "giraffe")
    with searched.begin() as connection:
        remove_terms(connection, [IndexedText(row.id, row.page_id, row.text)])
    (damage,) = verify(database_url).damages
    assert damage.table == "search_terms"


def test_verify_finds_terms_of_another_text(searched: Database, database_url: str):
    (row,) = find(searched, "giraffe")
    with searched.begin() as connection:
        changed = text("UPDATE search_blocks SET body = 'The okapi of the home page' WHERE id = :id")
        connection.execute(changed, {"id": row.id})
    assert "search_terms" in {damage.table for damage in verify(database_url).damages}


def test_a_page_without_versions_is_indexed_at_once(database: Database):
    page = home(SqlStore(database))
    database.write(queue_all)
    index_page(database, page.id)
    with database.read() as connection:
        assert backlog_count(connection) == 0
