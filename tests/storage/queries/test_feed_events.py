"""Feeds find the newest events of a page, tag, fact or level, in the order of an index and within a bound."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, update

from monitor.model import Level, Origin, Page
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.queries.history import EventFilter, History
from storage.schema import events, pages
from storage.store import SqlStore
from tests.storage.snapshots import add_page, archive, fact_changed, full, ok, version

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def record(store: SqlStore, page: Page, seconds: int, **parts: object) -> None:
    """Record an event of a page; `parts` are those of its change."""
    snapshot = archive(store, page, full(at(seconds), b"%d" % seconds), at(seconds))
    happened = fact_changed(snapshot)
    change = replace(happened.change, **parts)  # type: ignore[arg-type]
    store.record(snapshot, ok(version(seconds), events=(replace(happened, change=change),)), now=at(seconds))


def tagged(database: Database, page: Page, *tags: str) -> None:
    database.write(
        lambda connection: connection.execute(update(pages).where(pages.c.id == page.id).values(tags=list(tags)))
    )


def seconds_of(history: History, wanted: EventFilter, limit: int = 100) -> list[float]:
    return [(row.event.snapshot.taken_at - NOON).total_seconds() for row in history.feed_events(wanted, limit)]


@pytest.fixture
def filled(store: SqlStore, database: Database) -> tuple[Page, Page]:
    """Two pages with events at the seconds 1 to 5; that at 3 is noise."""
    one, two = (add_page(store, at(0), url=f"https://{name}.example/") for name in ("one", "two"))
    record(store, one, 1)
    record(store, two, 2, fact="seats")
    record(store, one, 3, level=Level.NOISE)
    record(store, two, 4, level=Level.TEXT, fact=None)
    record(store, one, 5, level=Level.NUMBER, fact=None)
    tagged(database, one, "press", 'the "best"')
    tagged(database, two, "Press", "pre", 'a,"b', "überall")
    return one, two


def test_everything_but_noise_comes_newest_first(history: History, filled: tuple[Page, Page]):
    assert seconds_of(history, EventFilter()) == [5, 4, 2, 1]
    assert seconds_of(history, EventFilter(), limit=2) == [5, 4]
    assert history.feed_events(EventFilter(), 1)[0].page_title == "Coalition"
    assert history.feed_events(EventFilter(), 1)[0].page_tags == ("press", 'the "best"')


def test_events_are_selected_by_page_fact_and_level(history: History, filled: tuple[Page, Page]):
    one, two = filled
    assert seconds_of(history, EventFilter(page_id=one.id)) == [5, 1]
    assert seconds_of(history, EventFilter(fact="member_count")) == [1]
    assert seconds_of(history, EventFilter(fact="no such fact\0\ud800")) == []
    assert seconds_of(history, EventFilter(level=Level.NOISE)) == [3]
    assert seconds_of(history, EventFilter(level=Level.TEXT)) == [4]
    assert seconds_of(history, EventFilter(page_id=two.id, fact="seats", level=Level.FACT)) == [2]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("press", [5, 1]),
        ('the "best"', [5, 1]),
        ("Press", [4, 2]),
        ("überall", [4, 2]),
        ("pre", [4, 2]),
        ("pres", []),
        ("%", []),
        ("", []),
        ('","', []),
        ("best", []),
        ('best"', []),
        ("the best", []),
        ('a,"b', [4, 2]),
        ("b", []),
        ("\0\ud800", []),
    ],
)
def test_events_are_selected_by_the_exact_tag(
    history: History, filled: tuple[Page, Page], tag: str, expected: list[int]
):
    assert seconds_of(history, EventFilter(tag=tag)) == expected


def test_superseded_events_are_left_out(history: History, database: Database, filled: tuple[Page, Page]):
    removed = update(events).where(events.c.at == at(5)).values(superseded_at=at(9))
    database.write(lambda connection: connection.execute(removed))
    assert seconds_of(history, EventFilter()) == [4, 2, 1]


def test_the_number_of_events_considered_is_bounded(
    history: History, filled: tuple[Page, Page], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("storage.queries.feed_events.EVENTS_CONSIDERED", 3)
    assert seconds_of(history, EventFilter()) == [5, 4]
    assert seconds_of(history, EventFilter(level=Level.FACT)) == []
    assert seconds_of(history, EventFilter(page_id=filled[0].id)) == [5, 1], "of a page's feed, the page's events"


@pytest.fixture
def frequent(store: SqlStore, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pages of a tag with rare events, and a third page that changes at every check."""
    monkeypatch.setattr("storage.queries.feed_events.EVENTS_CONSIDERED", 6)
    busy, *rare = (add_page(store, at(0), url=f"https://{name}.example/") for name in ("busy", "calm", "still"))
    record(store, rare[0], 1, fact="budget")
    record(store, rare[1], 2, level=Level.TEXT, fact=None)
    record(store, rare[0], 3, level=Level.NOISE, fact=None)
    for seconds in range(10, 30):
        record(store, busy, seconds, fact="visitors")
    for page in rare:
        tagged(database, page, "rare")
    tagged(database, busy, "busy")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (EventFilter(fact="budget"), [1]),
        (EventFilter(fact="budget", tag="rare"), [1]),
        (EventFilter(fact="budget", tag="busy"), []),
        (EventFilter(tag="rare"), [2, 1]),
        (EventFilter(tag="rare", level=Level.TEXT), [2]),
        (EventFilter(tag="rare", level=Level.NOISE), [3]),
        (EventFilter(tag="no such tag"), []),
    ],
    ids=str,
)
def test_rare_events_do_not_drop_out_behind_frequent_ones(
    history: History, frequent: None, monkeypatch: pytest.MonkeyPatch, wanted: EventFilter, expected: list[int]
):
    assert seconds_of(history, wanted) == expected
    monkeypatch.setattr("storage.queries.feed_events._PAGES_AT_ONCE", 1)
    assert seconds_of(history, wanted) == expected


def test_a_rare_tag_has_as_many_entries_as_are_wanted_the_newest(history: History, frequent: None):
    assert seconds_of(history, EventFilter(tag="rare"), limit=1) == [2]
    assert seconds_of(history, EventFilter(tag="busy"), limit=8) == [29, 28, 27, 26, 25, 24, 23, 22]


def test_events_of_every_origin_count(history: History, store: SqlStore):
    page = add_page(store, at(0))
    for seconds, origin in enumerate((Origin.LIVE, Origin.IMPORT)):
        snapshot = archive(store, page, full(at(seconds), b"%d" % seconds), at(seconds), origin=origin)
        store.record(snapshot, ok(events=(fact_changed(snapshot, origin=origin),)), now=at(9))
    assert seconds_of(history, EventFilter()) == [1, 0]


@pytest.mark.parametrize(
    "wanted",
    [
        EventFilter(),
        EventFilter(page_id=1),
        EventFilter(tag="press"),
        EventFilter(fact="member_count"),
        EventFilter(level=Level.FACT),
        EventFilter(page_id=1, fact="member_count", level=Level.NOISE),
    ],
    ids=str,
)
def test_no_feed_scans_or_sorts_a_table_on_sqlite(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: EventFilter
):
    monkeypatch.setattr("storage.queries.feed_events.EVENTS_CONSIDERED", 2)
    path = shutil.copy(sqlite_template, tmp_path / "feeds.db")
    statements: list[tuple[str, object]] = []
    with closing(open_database(f"sqlite:///{path}")) as database:
        store, history = SqlStore(database), History(database)
        page = add_page(store, at(0))
        tagged(database, page, "press")
        for seconds in range(4):
            record(store, page, seconds)
        event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append((args[2], args[3])))
        history.feed_events(wanted, 10)
        queries = [item for item in statements if item[0].startswith("SELECT")]
        assert len(queries) == (2 if wanted.tag is None else 5)
        index = "ix_events_at_id" if wanted.page_id is None else "ix_events_page_id_at"
        index = "ix_events_fact_at" if wanted.fact is not None and wanted.page_id is None else index
        with database.read() as connection:
            for sql, values in queries[:2]:
                plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
                assert index in plan[0] or ("ix_events_fact_at" in plan[0] and wanted.fact is not None), plan
                assert not any("TEMP B-TREE" in step for step in plan), plan
                assert all("INDEX" in step or "PRIMARY KEY" in step for step in plan), plan
            for sql, values in queries[3:]:
                plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
                assert not any(step == "SCAN events" for step in plan), plan
