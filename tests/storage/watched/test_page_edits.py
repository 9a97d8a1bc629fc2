"""What users change about pages, on both databases: their state, tags and declaration, with the audit log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import ConfigurationError, UnknownName
from monitor.model import PageSource, PageState, RequisiteMode, Schedule, Selection
from storage.account_store import AccountStore
from storage.accounts.model import AuditEntry
from storage.database.connection import Database
from storage.queries.paging import Cursor
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage
from storage.watched.page_edits import CHECK_REQUESTED, ActionReport, PageAction, Refusal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
HOURLY = Schedule(every=timedelta(hours=1))
ENTRY = AuditEntry(LATER, None, "", "page.test", address="203.0.113.9")
URLS = [f"https://example.org/{name}" for name in ("a", "b", "c")]


@pytest.fixture
def store(database: Database) -> SqlStore:
    return SqlStore(database)


def add(store: SqlStore, url: str = URLS[0], source: PageSource = PageSource.WEB) -> int:
    page = store.add_page(url, label="Page", schedule=HOURLY, source=source, now=NOW)
    if source is not PageSource.IMPORTED:
        store.reschedule(page.id, NOW + timedelta(hours=6), interval=None, reason="")
    return page.id


def act(store: SqlStore, action: PageAction, *page_ids: int) -> ActionReport:
    return store.act_on_pages(action, page_ids, now=LATER, entry=ENTRY)


def audited(store: SqlStore) -> list[str]:
    return [entry.subject for entry in AccountStore(store.database).audit_slice(Cursor(50)).rows][::-1]


def test_a_page_is_made_due_at_once_and_the_reason_is_stored(store: SqlStore):
    key, other = add(store), add(store, URLS[1])
    assert act(store, PageAction.CHECK, key).changed == (URLS[0],)
    assert store.page(key).next_check_at == LATER
    assert store.schedule_reason(key) == CHECK_REQUESTED
    assert store.page(other).next_check_at == NOW + timedelta(hours=6)
    assert act(store, PageAction.CHECK, key).unchanged == (URLS[0],)
    assert audited(store) == [URLS[0]]


def test_pages_are_paused_and_resumed_together(store: SqlStore):
    keys = [add(store, url) for url in URLS]
    assert act(store, PageAction.PAUSE, *keys[:2]).changed == tuple(URLS[:2])
    assert [store.page(key).state for key in keys] == [PageState.PAUSED, PageState.PAUSED, PageState.ACTIVE]
    assert [store.page(key).next_check_at for key in keys[:2]] == [None, None]
    report = act(store, PageAction.RESUME, *keys)
    assert (report.changed, report.unchanged) == (tuple(URLS[:2]), (URLS[2],))
    assert store.page(keys[0]).next_check_at == LATER
    assert audited(store) == [*URLS[:2], *URLS[:2]]


def test_a_page_is_retired_and_monitored_again(store: SqlStore):
    key = add(store)
    assert act(store, PageAction.RETIRE, key).changed == (URLS[0],)
    assert (store.page(key).state, store.page(key).next_check_at) == (PageState.RETIRED, None)
    for action in (PageAction.PAUSE, PageAction.RESUME):
        assert act(store, action, key).refused == ((URLS[0], Refusal.RETIRED),)
    assert act(store, PageAction.CHECK, key).refused == ((URLS[0], Refusal.NOT_ACTIVE),)
    assert act(store, PageAction.RESTORE, key).changed == (URLS[0],)
    assert (store.page(key).state, store.page(key).next_check_at) == (PageState.ACTIVE, LATER)


def test_a_page_of_a_watchlist_can_be_checked_and_paused_and_is_not_retired(store: SqlStore):
    key = add(store, source=PageSource.WATCHLIST)
    assert act(store, PageAction.CHECK, key).changed == (URLS[0],)
    assert act(store, PageAction.PAUSE, key).changed == (URLS[0],)
    assert act(store, PageAction.RETIRE, key).refused == ((URLS[0], Refusal.WATCHLIST),)
    assert store.page(key).state is PageState.PAUSED


def test_a_restored_page_of_a_watchlist_stays_when_that_is_applied_again(store: SqlStore):
    declared = DeclaredPage(URLS[0], "Home", HOURLY, (), allow_private=False)
    store.apply_declared([declared], [], [], [], now=NOW)
    store.apply_declared([], [], [], [], now=NOW)
    key = store.page_by_url(URLS[0]).id
    act(store, PageAction.RESTORE, key)
    assert store.apply_declared([], [], [], [], now=LATER).retired == ()
    assert store.page(key).state is PageState.ACTIVE


def test_unknown_and_imported_pages_are_refused_with_the_reason(store: SqlStore):
    key = add(store, source=PageSource.IMPORTED)
    report = act(store, PageAction.CHECK, key, 999)
    assert report.refused == ((URLS[0], Refusal.IMPORTED), ("999", Refusal.UNKNOWN))
    assert store.page(key).next_check_at is None
    act(store, PageAction.PAUSE, key)
    act(store, PageAction.RESUME, key)
    assert (store.page(key).state, store.page(key).next_check_at) == (PageState.ACTIVE, None)
    assert act(store, PageAction.PAUSE) == ActionReport()


def test_tags_are_added_and_removed_where_no_watchlist_declares_them(store: SqlStore):
    keys = [add(store, url) for url in URLS[:2]] + [add(store, URLS[2], PageSource.WATCHLIST)]

    def tag(*page_ids: int, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> ActionReport:
        return store.tag_pages(page_ids, add=add, remove=remove, most=3, entry=ENTRY)

    report = tag(*keys, add=("ministries", "Köln"))
    assert (report.changed, report.refused) == (tuple(URLS[:2]), ((URLS[2], Refusal.WATCHLIST),))
    assert store.page(keys[0]).tags == ("ministries", "Köln")
    assert tag(keys[0], add=("Köln",)).unchanged == (URLS[0],)
    tag(keys[0], add=("press",), remove=("ministries",))
    assert store.page(keys[0]).tags == ("Köln", "press")
    assert tag(keys[1], add=("1", "2")).refused == ((URLS[1], Refusal.TOO_MANY_TAGS),)
    assert audited(store) == [*URLS[:2], URLS[0]]


CHANGED = DeclaredPage(
    URLS[0],
    "Renamed",
    Schedule(cron="0 6 * * 1", timezone="Europe/Berlin"),
    (),
    allow_private=False,
    obey_robots=False,
    mute=("Weather",),
    always_report=("Cases",),
    tags=("press",),
    selection=Selection(("main",), (".ads",)),
    requisites=RequisiteMode.OFF,
    paused_until=LATER,
)


@pytest.mark.parametrize("source", [PageSource.WEB, PageSource.ADDED])
def test_the_declaration_of_a_page_is_replaced_and_apply_leaves_it(store: SqlStore, source: PageSource):
    key = add(store, source=source)
    changed = store.edit_page(key, CHANGED, now=LATER, entry=ENTRY)
    assert {"label", "cron", "mute", "tags", "requisites", "selected"} <= set(changed)
    page = store.page(key)
    assert (page.label, page.schedule, page.mute, page.tags) == ("Renamed", CHANGED.schedule, ("Weather",), ("press",))
    assert (page.selection, page.requisites, page.paused_until) == (CHANGED.selection, RequisiteMode.OFF, LATER)
    assert (page.source, page.next_check_at) == (source, LATER)
    assert store.apply_declared([], [], [], [], now=LATER).retired == ()
    assert store.page(key) == page
    assert store.edit_page(key, CHANGED, now=LATER, entry=ENTRY) == ()
    (entry,) = AccountStore(store.database).audit_slice(Cursor(9)).rows
    assert "label" in entry.detail["changed"]


def test_a_new_label_does_not_make_a_page_due(store: SqlStore):
    key = add(store)
    store.edit_page(key, DeclaredPage(URLS[0], "Other", HOURLY, (), allow_private=False), now=LATER, entry=ENTRY)
    assert store.page(key).next_check_at == NOW + timedelta(hours=6)


def test_a_paused_page_is_edited_and_stays_paused(store: SqlStore):
    key = add(store)
    act(store, PageAction.PAUSE, key)
    store.edit_page(key, CHANGED, now=LATER, entry=ENTRY)
    assert (store.page(key).state, store.page(key).next_check_at) == (PageState.PAUSED, None)


def test_an_imported_page_is_monitored_once_it_is_edited(store: SqlStore):
    key = add(store, source=PageSource.IMPORTED)
    store.edit_page(key, CHANGED, now=LATER, entry=ENTRY)
    assert (store.page(key).source, store.page(key).next_check_at) == (PageSource.WEB, LATER)


def test_a_page_of_a_watchlist_or_a_retired_one_is_not_edited(store: SqlStore):
    declared, retired = add(store, source=PageSource.WATCHLIST), add(store, URLS[1])
    act(store, PageAction.RETIRE, retired)
    with pytest.raises(ConfigurationError, match="watchlist declares"):
        store.edit_page(declared, CHANGED, now=LATER, entry=ENTRY)
    with pytest.raises(ConfigurationError, match="retired"):
        store.edit_page(retired, replace(CHANGED, url=URLS[1]), now=LATER, entry=ENTRY)
    with pytest.raises(UnknownName):
        store.edit_page(999, CHANGED, now=LATER, entry=ENTRY)


def test_a_page_of_the_web_belongs_to_the_watchlist_once_that_declares_it(store: SqlStore):
    key = add(store)
    declared = DeclaredPage(URLS[0], "Home", HOURLY, (), allow_private=False)
    store.apply_declared([declared], [], [], [], now=LATER)
    assert store.page(key).source is PageSource.WATCHLIST
    assert store.apply_declared([], [], [], [], now=LATER).retired == (f"page {URLS[0]}",)
