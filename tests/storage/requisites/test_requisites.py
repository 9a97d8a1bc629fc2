from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.fetching.requisite_outcome import RequisiteResult
from monitor.model import (
    FetchResult,
    Page,
    PageState,
    Requisite,
    RequisiteKind,
    RequisiteMode,
    RequisiteState,
    Schedule,
    Snapshot,
    Verdict,
)
from storage.archive.archived_urls import lock_urls
from storage.database.engine import Database
from storage.maintenance.erasure import forget
from storage.queries.exchange_lookup import nearest_exchange
from storage.requisites.counts import RequisiteCounts
from storage.requisites.discovery import DISCOVERY_ATTEMPTS, DISCOVERY_LEASE, REFRESH_AFTER, REFRESH_EVERY
from storage.requisites.visits import DueRequisite
from storage.schema import pages, requisites
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage
from storage.watched.due_hosts import CRASHES_BEFORE_ALONE
from tests.storage.page_edits import pause, resume
from tests.storage.snapshots import add_page, archive, check, exchange, full, ok, sha256

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
PAGE = "https://coalition.example/en/"
SHEET, LOGO, FONT = (f"https://cdn.example/{name}" for name in ("site.css", "logo.png", "serif.woff2"))
FOUND = (Requisite(SHEET, RequisiteKind.STYLE_SHEET), Requisite(LOGO, RequisiteKind.IMAGE))


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def checked(store: SqlStore, page: Page, members: int, when: datetime) -> Snapshot:
    """A check that found a new version; its requisites are due for discovery."""
    return check(store, page, b"<p>The Coalition has %d members.</p>" % members, members, when)


def discovered(store: SqlStore, when: datetime, found=FOUND, most: int = 500) -> int:
    searched = store.next_discovery(when)
    assert searched is not None
    return store.store_discovery(searched, found, when, most)


def due(store: SqlStore, when: datetime, host: str = "cdn.example") -> list[DueRequisite]:
    return list(store.due_requisites(host, when, 100))


def received(store: SqlStore, one: DueRequisite, when: datetime, body: bytes = b"content", **more) -> None:
    fetched = FetchResult((exchange(when, body, one.url, **more),))
    store.archive_requisite(one, fetched, RequisiteResult(RequisiteState.ARCHIVED), when)


@pytest.fixture
def page(store: SqlStore) -> Page:
    found = add_page(store, NOW, PAGE)
    store.reschedule(found.id, at(1000), interval=None, reason="")
    return found


def test_the_first_version_and_each_new_one_are_searched_once(store: SqlStore, page: Page):
    assert not store.has_discovery(at(0))
    first = checked(store, page, 82, at(0))
    assert store.has_discovery(at(0))
    searched = store.next_discovery(at(0))
    assert (searched.page_id, searched.snapshot_id, searched.url_id, searched.url) == (page.id, first.id, None, PAGE)
    assert searched.body_sha256 == first.body_sha256
    assert store.store_discovery(searched, FOUND, at(0), 500) == 2
    assert store.next_discovery(at(0)) is None
    again = archive(store, page, full(at(1), b"<p>The Coalition has 82 members.</p>"), at(1))
    store.record(again, ok(version_id=first.version_id), now=at(1))
    assert store.next_discovery(at(9)) is None
    checked(store, page, 83, at(2))
    assert store.next_discovery(at(2)) is not None


def test_a_page_without_requisites_is_not_searched(store: SqlStore, page: Page, database: Database):
    with database.begin() as connection:
        connection.execute(pages.update().values(requisites=RequisiteMode.OFF))
    checked(store, page, 82, at(0))
    assert not store.has_discovery(at(9))


def test_a_body_that_ends_its_process_is_given_up(store: SqlStore, page: Page):
    checked(store, page, 82, at(0))
    when = at(0)
    for _ in range(DISCOVERY_ATTEMPTS):
        assert store.next_discovery(when) is not None
        assert store.next_discovery(when) is None, "it is leased"
        when += DISCOVERY_LEASE
    assert store.next_discovery(when) is None
    assert not store.has_discovery(at(1000))


def test_requisites_are_due_in_order_with_their_page(store: SqlStore, page: Page):
    checked(store, page, 82, at(0))
    discovered(store, at(0))
    found = due(store, at(0))
    assert [(one.url, one.kind, one.page.id, one.validators) for one in found] == [
        (SHEET, RequisiteKind.STYLE_SHEET, page.id, None),
        (LOGO, RequisiteKind.IMAGE, page.id, None),
    ]


def test_more_requisites_than_allowed_are_left_out(store: SqlStore, page: Page):
    checked(store, page, 82, at(0))
    assert discovered(store, at(0), most=1) == 1
    assert [one.url for one in due(store, at(0))] == [SHEET]


def test_a_host_with_a_due_page_is_not_visited_for_requisites(store: SqlStore, page: Page):
    checked(store, page, 82, at(0))
    discovered(store, at(0), [*FOUND, Requisite("https://coalition.example/style.css", RequisiteKind.STYLE_SHEET)])
    store.reschedule(page.id, at(5), interval=None, reason="")
    assert sorted(store.due_requisite_hosts(at(0), 9)) == ["cdn.example", "coalition.example"]
    assert store.due_requisite_hosts(at(5), 9) == ["cdn.example"]
    assert store.has_due_page("coalition.example", at(5))
    assert not store.has_due_page("cdn.example", at(5))


def test_a_leased_or_paused_host_is_not_visited(store: SqlStore, page: Page):
    checked(store, page, 82, at(0))
    discovered(store, at(0))
    assert store.claim_host("cdn.example", "one", timedelta(minutes=1))
    assert store.due_requisite_hosts(at(0), 9) == []
    store.release_host("cdn.example", "one")
    assert store.due_requisite_hosts(at(0), 9) == ["cdn.example"]
    store.pause_host("cdn.example", timedelta(hours=1), "429")
    assert store.due_requisite_hosts(at(0), 9) == []


def test_hosts_are_visited_in_the_order_of_waiting(store: SqlStore, page: Page):
    assert store.due_requisite_hosts(at(9), 9) == []
    checked(store, page, 82, at(0))
    searched = store.next_discovery(at(0))
    for number, host in enumerate(("c.example", "a.example", "b.example", "a.example")):
        url = f"https://{host}/{number}.png"
        store.store_discovery(searched, [Requisite(url, RequisiteKind.IMAGE)], at(number), 500)
    assert store.due_requisite_hosts(at(9), 9) == ["c.example", "a.example", "b.example"]
    assert store.due_requisite_hosts(at(9), 2) == ["c.example", "a.example"]
    assert store.due_requisite_hosts(at(1), 9) == ["c.example", "a.example"]


def test_a_host_at_which_fetchers_crashed_is_not_visited(store: SqlStore, page: Page):
    checked(store, page, 82, at(0))
    discovered(store, at(0))
    for number in range(CRASHES_BEFORE_ALONE):
        assert store.due_requisite_hosts(at(0), 9) == ["cdn.example"]
        assert store.claim_host("cdn.example", f"fetcher-{number}", timedelta(minutes=1))
        store.release_hosts(f"fetcher-{number}", crashed=True)
    assert store.due_requisite_hosts(at(0), 9) == []


def test_an_archived_requisite_is_found_by_url_and_time_and_not_requested_again(
    store: SqlStore, page: Page, database: Database
):
    snapshot = checked(store, page, 82, at(0))
    discovered(store, at(0))
    for one in due(store, at(0)):
        received(store, one, at(1), one.url.encode())
    assert due(store, at(900)) == []
    assert store.count_requisites(page.id, snapshot.id) == RequisiteCounts(2, 2, 0)
    with database.read() as connection:
        found = nearest_exchange(connection, SHEET, at(0))
    assert (found.at, found.body_sha256) == (at(1), sha256(SHEET.encode()))


def test_one_request_serves_all_pages_that_wait_for_it(store: SqlStore, page: Page):
    other = add_page(store, NOW, "https://coalition.example/fr/")
    for number, one in enumerate((page, other)):
        checked(store, one, 82 + number, at(0))
        discovered(store, at(0))
    assert [one.url for one in due(store, at(0))] == [SHEET, LOGO]
    for one in due(store, at(0)):
        received(store, one, at(1))
    assert due(store, at(900)) == []


def test_an_old_requisite_is_requested_again_conditionally_when_the_page_changes(store: SqlStore, page: Page):
    checked(store, page, 82, at(0))
    discovered(store, at(0))
    for one in due(store, at(0)):
        received(store, one, at(1), headers=(("ETag", '"7"'),))
    checked(store, page, 83, at(2))
    assert discovered(store, at(2)) == 0
    assert due(store, at(2)) == [], "it was archived an hour ago"
    later = at(3) + REFRESH_AFTER
    checked(store, page, 84, later)
    discovered(store, later)
    (sheet, _) = due(store, later)
    assert (sheet.validators.url, sheet.validators.etag) == (SHEET, '"7"')


def test_a_304_keeps_what_is_archived(store: SqlStore, page: Page, database: Database):
    checked(store, page, 82, at(0))
    discovered(store, at(0), FOUND[:1])
    (sheet,) = due(store, at(0))
    received(store, sheet, at(0), b"body {}", headers=(("ETag", '"7"'),))
    assert store.next_discovery(at(0)).url == SHEET
    later = at(1) + REFRESH_AFTER
    checked(store, page, 83, later)
    store.store_discovery(store.next_discovery(later), FOUND[:1], later, 500)
    (again,) = due(store, later)
    answer = replace(exchange(later, b"", SHEET, status=304), body=b"")
    store.archive_requisite(again, FetchResult((answer,)), RequisiteResult(RequisiteState.ARCHIVED), later)
    assert due(store, at(9000)) == []
    with database.read() as connection:
        found = nearest_exchange(connection, SHEET, later)
    assert (found.at, found.exchange.status, found.body_sha256) == (later, 200, sha256(b"body {}"))


def test_a_style_sheet_is_searched_when_its_content_is_new(store: SqlStore, page: Page):
    snapshot = checked(store, page, 82, at(0))
    discovered(store, at(0), FOUND[:1])
    (sheet,) = due(store, at(0))
    received(store, sheet, at(1), b"@font-face {src: url(serif.woff2)}")
    searched = store.next_discovery(at(1))
    assert (searched.url, searched.url_id, searched.snapshot_id) == (SHEET, sheet.url_id, snapshot.id)
    assert store.store_discovery(searched, [Requisite(FONT, RequisiteKind.FONT)], at(1), 500) == 1
    assert [one.url for one in due(store, at(1))] == [FONT]
    assert store.next_discovery(at(9)) is None
    # A new version that refers to the style sheet refers to its font as well.
    newer = checked(store, page, 83, at(2))
    discovered(store, at(2), FOUND[:1])
    assert store.count_requisites(page.id, newer.id).found == 2


def test_requisites_are_counted_for_the_versions_that_refer_to_them(store: SqlStore, page: Page):
    first = checked(store, page, 82, at(0))
    discovered(store, at(0), FOUND)
    second = checked(store, page, 83, at(1))
    discovered(store, at(1), [FOUND[0], Requisite(FONT, RequisiteKind.FONT)])
    received(store, due(store, at(1))[0], at(1))
    assert store.count_requisites(page.id, first.id) == RequisiteCounts(2, 1, 1)
    assert store.count_requisites(page.id, second.id) == RequisiteCounts(2, 1, 1)
    assert store.count_requisites(page.id + 1, first.id) == RequisiteCounts(0, 0, 0)


def test_a_failed_request_is_repeated_when_its_result_says_so(store: SqlStore, page: Page):
    snapshot = checked(store, page, 82, at(0))
    discovered(store, at(0), FOUND[:1])
    (sheet,) = due(store, at(0))
    failure = FetchResult((exchange(at(0), b"busy", SHEET, status=503),))
    waits = RequisiteResult(RequisiteState.WAITING, "the server answered 503", at(3), 1)
    store.archive_requisite(sheet, failure, waits, at(0))
    assert due(store, at(2)) == []
    (sheet,) = due(store, at(3))
    assert sheet.attempts == 1
    store.archive_requisite(sheet, None, RequisiteResult(RequisiteState.DISALLOWED, "robots.txt"), at(3))
    assert due(store, at(900)) == []
    assert store.count_requisites(page.id, snapshot.id) == RequisiteCounts(1, 0, 0)


def test_requisites_with_a_schedule_of_their_own_are_requested_each_day(
    store: SqlStore, page: Page, database: Database
):
    with database.begin() as connection:
        connection.execute(pages.update().values(requisites=RequisiteMode.ON))
    checked(store, page, 82, at(0))
    discovered(store, at(0), FOUND[:1])
    received(store, due(store, at(0))[0], at(0))
    assert due(store, at(0) + REFRESH_EVERY - timedelta(seconds=1)) == []
    assert len(due(store, at(0) + REFRESH_EVERY)) == 1


def test_an_unusable_snapshot_is_not_searched(store: SqlStore, page: Page):
    blocked = archive(store, page, full(at(0), b"Access denied"), at(0))
    store.record(blocked, replace(ok(), verdict=Verdict.BLOCKED, reason="blocked"), now=at(0))
    assert store.next_discovery(at(9)) is None
    assert page.state is PageState.ACTIVE


# --- several pages, and pages that change while a request is under way


def two_pages(store: SqlStore, page: Page, found=FOUND[:1]) -> Page:
    """A second page with the same requisites; both wait for them."""
    other = add_page(store, NOW, "https://coalition.example/fr/")
    for number, one in enumerate((page, other)):
        checked(store, one, 82 + number, at(0))
        discovered(store, at(0), found)
    return other


def test_a_style_sheet_is_searched_for_every_page_to_which_it_is_new(store: SqlStore, page: Page):
    checked(store, page, 82, at(0))
    discovered(store, at(0), FOUND[:1])
    received(store, due(store, at(0))[0], at(0), b"body {}", headers=(("ETag", '"7"'),))
    assert discovered(store, at(0), ()) == 0
    later = at(1) + REFRESH_AFTER
    checked(store, page, 83, later)
    discovered(store, later, FOUND[:1])
    other = add_page(store, NOW, "https://coalition.example/fr/")
    checked(store, other, 90, later)
    discovered(store, later, FOUND[:1])
    (again,) = due(store, later)
    assert again.page.id == page.id, "the request is made for the page that has it already"
    answer = replace(exchange(later, b"", SHEET, status=304), body=b"")
    store.archive_requisite(again, FetchResult((answer,)), RequisiteResult(RequisiteState.ARCHIVED), later)
    searched = store.next_discovery(later)
    assert (searched.page_id, searched.url, searched.body_sha256) == (other.id, SHEET, sha256(b"body {}"))
    assert store.next_discovery(later) is None


def test_a_result_without_a_request_is_that_of_its_own_page_only(store: SqlStore, page: Page):
    other = two_pages(store, page)
    (first,) = due(store, at(0))
    assert first.page.id == page.id
    store.archive_requisite(first, None, RequisiteResult(RequisiteState.OVER_BUDGET, "too large"), at(0))
    (second,) = due(store, at(0))
    assert (second.page.id, second.url) == (other.id, SHEET)


def test_only_the_current_version_counts_towards_the_bytes_of_a_page(store: SqlStore, page: Page):
    for number in range(3):
        when = at(number)
        found = [Requisite(f"https://cdn.example/{name}.{number}.png", RequisiteKind.IMAGE) for name in "ab"]
        checked(store, page, 82 + number, when)
        discovered(store, when, found)
        first, _ = due(store, when)
        assert first.page_bytes == 0
        received(store, first, when, b"1234567890%d" % number)
        (second,) = due(store, when)
        assert second.page_bytes == 11
        received(store, second, when, b"1")


def test_what_arrives_for_an_erased_page_is_not_archived(store: SqlStore, page: Page, database: Database):
    checked(store, page, 82, at(0))
    discovered(store, at(0), FOUND[:1])
    (sheet,) = due(store, at(0))
    forget(database, PAGE, reason="", now=at(0))
    received(store, sheet, at(1))
    with database.read() as connection:
        assert nearest_exchange(connection, SHEET, at(1)) is None


def test_a_page_is_erased_while_one_of_its_requisites_is_archived(store: SqlStore, page: Page, database: Database):
    checked(store, page, 82, at(0))
    discovered(store, at(0), FOUND[:1])
    (sheet,) = due(store, at(0))
    received(store, sheet, at(1))
    checked(store, page, 83, at(1) + REFRESH_AFTER)
    discovered(store, at(1) + REFRESH_AFTER, FOUND[:1])
    wanted = requisites.select().where(requisites.c.url_id == sheet.url_id).with_for_update()
    with ThreadPoolExecutor(1) as pool:
        with database.begin() as connection:
            lock_urls(connection, [SHEET])
            erased = pool.submit(forget, database, PAGE, reason="", now=at(2))
            time.sleep(0.5)
            assert len(connection.execute(wanted).all()) == 1
        assert erased.result().snapshots == 2


# --- pages that are paused, retired or changed


DECLARED = DeclaredPage(PAGE, "", Schedule(every=timedelta(hours=1)), (), allow_private=False)


def applied(store: SqlStore, when: datetime, *declared: DeclaredPage) -> None:
    store.apply_declared(declared, (), (), (), now=when)


@pytest.fixture
def declared(store: SqlStore) -> Page:
    """A page of a watchlist, with requisites that are due."""
    applied(store, at(0), DECLARED)
    page = store.page_by_url(PAGE)
    checked(store, page, 82, at(0))
    discovered(store, at(0))
    assert len(due(store, at(0))) == 2
    return page


def test_requisites_of_a_paused_page_are_not_requested_until_it_is_resumed(store: SqlStore, declared: Page):
    received(store, due(store, at(0))[1], at(0))
    pause(store, declared.id)
    assert due(store, at(9)) == []
    assert store.due_requisite_hosts(at(9), 9) == []
    resume(store, declared.id, at(10))
    assert discovered(store, at(10)) == 0
    assert [one.url for one in due(store, at(10))] == [SHEET], "the other is archived"


@pytest.mark.parametrize(
    "after", [(), (replace(DECLARED, requisites=RequisiteMode.OFF),), (replace(DECLARED, paused=True),)]
)
def test_requisites_that_the_watchlist_no_longer_wants_are_not_requested_until_it_does(
    store: SqlStore, declared: Page, after: tuple[DeclaredPage, ...]
):
    applied(store, at(1), *after)
    assert due(store, at(9)) == []
    assert not store.has_discovery(at(9))
    applied(store, at(10), DECLARED)
    discovered(store, at(10))
    assert [one.url for one in due(store, at(10))] == [SHEET, LOGO]


def test_what_is_discovered_for_a_paused_page_is_not_requested(store: SqlStore, declared: Page):
    checked(store, declared, 83, at(1))
    searched = store.next_discovery(at(1))
    pause(store, declared.id)
    assert store.store_discovery(searched, [Requisite(FONT, RequisiteKind.FONT)], at(1), 500) == 1
    assert due(store, at(9)) == []


def test_a_version_that_arrives_while_the_one_before_is_searched_is_searched_too(store: SqlStore, page: Page):
    checked(store, page, 82, at(0))
    first = store.next_discovery(at(0))
    newer = checked(store, page, 83, at(0.01))
    store.store_discovery(first, FOUND, at(0), 500)
    assert store.next_discovery(at(0.01)).snapshot_id == newer.id


def test_a_style_sheet_that_is_searched_after_a_newer_version_belongs_to_that(store: SqlStore, page: Page):
    checked(store, page, 82, at(0))
    discovered(store, at(0), FOUND[:1])
    received(store, due(store, at(0))[0], at(0), b"@font-face {src: url(serif.woff2)}")
    searched = store.next_discovery(at(0))
    newer = checked(store, page, 83, at(1))
    discovered(store, at(1), FOUND[:1])
    assert store.store_discovery(searched, [Requisite(FONT, RequisiteKind.FONT)], at(1), 500) == 1
    assert store.count_requisites(page.id, newer.id).found == 2


def test_a_page_with_other_requisites_at_every_check_has_a_bounded_number_of_them_due(store: SqlStore, page: Page):
    for number in range(6):
        found = [Requisite(f"https://cdn.example/{number}-{n}.png", RequisiteKind.IMAGE) for n in range(5)]
        checked(store, page, 82 + number, at(number))
        assert discovered(store, at(number), found, most=5) == 5
    waiting = sorted(one.url for one in due(store, at(6)))
    assert waiting == [f"https://cdn.example/{number}-{n}.png" for number in (4, 5) for n in range(5)]


def test_requisites_of_earlier_versions_are_not_requested_daily(store: SqlStore, page: Page, database: Database):
    with database.begin() as connection:
        connection.execute(pages.update().values(requisites=RequisiteMode.ON))
    for number, one in enumerate(FOUND):
        when = at(0) + number * timedelta(hours=1)
        checked(store, page, 82 + number, when)
        discovered(store, when, [one])
        received(store, due(store, when)[0], when)
    assert [one.url for one in due(store, at(0) + 3 * REFRESH_EVERY)] == [LOGO]
    # A version that refers to it again requests it daily again.
    checked(store, page, 90, at(3))
    discovered(store, at(3))
    assert [one.url for one in due(store, at(3))] == []
    assert {one.url for one in due(store, at(3) + REFRESH_EVERY)} == {SHEET, LOGO}


def test_other_discoveries_do_not_repeat_requests_that_failed(store: SqlStore, page: Page):
    checked(store, page, 82, at(0))
    discovered(store, at(0))
    sheet, logo = due(store, at(0))
    failure = FetchResult((exchange(at(0), b"", LOGO, status=404),))
    store.archive_requisite(logo, failure, RequisiteResult(RequisiteState.FAILED, "the server answered 404"), at(0))
    received(store, sheet, at(0), b"@font-face {src: url(serif.woff2)}")
    discovered(store, at(0), [Requisite(FONT, RequisiteKind.FONT)])
    assert [one.url for one in due(store, at(9))] == [FONT]
