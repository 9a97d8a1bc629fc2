"""Claims on pages: the queue of unprocessed snapshots, failed attempts, and T2 only for who holds the claim. On SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from monitor.errors import ClaimLost
from monitor.model import AnalysisOutcome, Origin, Page, PageSource, Rescheduling, Schedule, Snapshot, Verdict
from storage.schema import page_claims
from storage.store import SqlStore
from storage.watched.claim_queue import QuickOnly
from storage.watched.failed_attempts import ATTEMPTS
from tests.storage.leases import claims
from tests.storage.page_edits import pause
from tests.storage.snapshots import add_page, archive, failed, full, ok, same_body, version

LEASE = timedelta(seconds=30)
UNREADABLE = AnalysisOutcome(Verdict.UNREADABLE, "extraction failed 3 times: it took too long")


def page_of(store: SqlStore, clock, name: str = "a") -> Page:
    return add_page(store, clock(), f"https://{name}.example/")


def unprocessed(store: SqlStore, clock, page: Page, body: bytes = b"body", **more) -> Snapshot:
    return archive(store, page, full(clock(), body), clock(), **more)


def rows(store: SqlStore) -> list[int]:
    with store.database.read() as connection:
        return list(connection.execute(select(page_claims.c.page_id)).scalars())


def give_up(store: SqlStore, page: Page, snapshot: Snapshot, clock) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        assert store.claim_next("me", LEASE).page_id == page.id
        assert store.fail_attempt(page.id, "me", "it took too long", "1") == attempt
    assert store.claim_next("me", LEASE).attempts_at(snapshot.id) == ATTEMPTS
    store.record(snapshot, UNREADABLE, now=clock(), owner="me")


def test_the_page_that_waits_longest_is_claimed_first_and_live_ones_before_imported_ones(store: SqlStore, clock):
    imported, first, second = (page_of(store, clock, name) for name in "iab")
    unprocessed(store, clock, imported, origin=Origin.IMPORT, next_check_at=None)
    unprocessed(store, clock, first)
    unprocessed(store, clock, second)
    unprocessed(store, clock, first, b"newer")
    claimed = [store.claim_next(f"worker {n}", LEASE) for n in range(4)]
    assert [one and one.page_id for one in claimed] == [first.id, second.id, imported.id, None]
    assert claims(store) == [(imported.id, "worker 2"), (first.id, "worker 0"), (second.id, "worker 1")]


def test_a_quick_claim_skips_listed_pages_and_imported_snapshots(store: SqlStore, clock):
    imported, first, second = (page_of(store, clock, name) for name in "iab")
    unprocessed(store, clock, imported, origin=Origin.IMPORT, next_check_at=None)
    unprocessed(store, clock, first)
    unprocessed(store, clock, second)
    claimed = [store.claim_next(f"worker {n}", LEASE, QuickOnly(1000, without=(first.id,))) for n in range(2)]
    assert [one and one.page_id for one in claimed] == [second.id, None]


def test_a_quick_extractor_passes_over_large_bodies_and_failed_pages_and_may_take_imported_ones(store: SqlStore, clock):
    imported, large, failed = (page_of(store, clock, name) for name in "ilf")
    unprocessed(store, clock, imported, origin=Origin.IMPORT, next_check_at=None)
    archive(store, large, full(clock(), b"x" * 1001), clock())
    unprocessed(store, clock, failed)
    store.claim_page(failed.id, "me", LEASE)
    store.fail_attempt(failed.id, "me", "it hung", "5")
    assert store.claim_next("me", LEASE, QuickOnly(1000)) is None
    assert store.claim_next("me", LEASE, QuickOnly(1000, imported=True)).page_id == imported.id
    assert store.claim_next("me", LEASE, QuickOnly(1001)).page_id == large.id


def test_nothing_waits_where_everything_is_processed(store: SqlStore, clock):
    page = page_of(store, clock)
    archive(store, page, failed(clock()), clock())
    assert store.claim_next("me", LEASE) is None
    snapshot = unprocessed(store, clock, page)
    store.record(snapshot, ok(version()), now=clock())
    assert store.claim_next("me", LEASE) is None


def test_many_extractors_never_get_the_same_page(store: SqlStore, clock):
    watched = [page_of(store, clock, f"p{n}") for n in range(6)]
    for page in watched:
        unprocessed(store, clock, page, page.url.encode())
    with ThreadPoolExecutor(6) as pool:
        claimed = list(pool.map(lambda n: store.claim_next(f"worker {n}", LEASE), range(6)))
    assert sorted(one.page_id for one in claimed if one) == [page.id for page in watched]


def test_a_claim_can_be_taken_over_only_after_its_lease(store: SqlStore, clock):
    page = page_of(store, clock)
    unprocessed(store, clock, page)
    assert store.claim_page(page.id, "me", LEASE)
    assert store.claim_page(page.id, "me", LEASE), "it is kept by asking again"
    assert store.claim_page(page.id, "you", LEASE) is None
    assert store.claim_next("you", LEASE) is None
    with store.database.begin() as connection:
        connection.execute(update(page_claims).values(lease_until=clock() - timedelta(days=9000)))
    assert store.claim_next("you", LEASE)


def test_t2_is_committed_only_by_who_holds_the_claim(store: SqlStore, clock):
    page = page_of(store, clock)
    snapshot = unprocessed(store, clock, page)
    for owner in ("nobody", "you"):
        if owner == "you":
            assert store.claim_page(page.id, "me", LEASE)
        with pytest.raises(ClaimLost):
            store.record(snapshot, ok(version()), now=clock(), owner=owner)
        assert store.snapshot(snapshot.id).read_at is None
    store.record(snapshot, ok(version()), now=clock(), owner="me")
    assert store.snapshot(snapshot.id).verdict is Verdict.OK
    assert rows(store) == [], "the claim ended with the last snapshot"


def test_a_claim_is_kept_while_its_page_has_more_to_process(store: SqlStore, clock):
    page = page_of(store, clock)
    first, second = unprocessed(store, clock, page), unprocessed(store, clock, page, b"newer")
    store.claim_next("me", LEASE)
    store.record(first, ok(version()), now=clock(), owner="me", more=True)
    assert claims(store) == [(page.id, "me")]
    store.record(second, ok(version(84)), now=clock(), owner="me")
    assert rows(store) == []


def test_a_released_page_is_claimed_again_and_leaves_no_row(store: SqlStore, clock):
    page = page_of(store, clock)
    unprocessed(store, clock, page)
    store.claim_next("me", LEASE)
    store.release_page(page.id, "you")
    assert claims(store) == [(page.id, "me")]
    store.release_page(page.id, "me")
    assert rows(store) == []
    assert store.claim_next("you", LEASE)


def test_attempts_are_counted_for_one_snapshot_and_forgotten_with_success(store: SqlStore, clock):
    page = page_of(store, clock)
    snapshot = unprocessed(store, clock, page)
    store.claim_next("me", LEASE)
    assert store.fail_attempt(page.id, "you", "not mine", "1") == 0
    assert store.fail_attempt(page.id, "me", "it took too long" * 100, "1") == 1
    claimed = store.claim_next("me", LEASE)
    assert (claimed.attempts, claimed.attempts_at(snapshot.id), claimed.attempts_at(snapshot.id + 1)) == (1, 1, 0)
    assert claimed.reason.startswith("it took too long")
    assert len(claimed.reason) <= 200
    store.record(snapshot, ok(version()), now=clock(), owner="me")
    assert rows(store) == []


def test_at_most_one_extractor_is_risked_on_pages_that_killed_one(store: SqlStore, clock):
    bad, worse, good = (page_of(store, clock, name) for name in ("bad", "worse", "good"))
    for page in (bad, worse):
        unprocessed(store, clock, page, page.url.encode())
        store.claim_page(page.id, "me", LEASE)
        store.fail_attempt(page.id, "me", "it took too long", "1")
    unprocessed(store, clock, good, b"good")
    assert store.claim_next("one", LEASE).page_id == bad.id
    assert store.claim_next("two", LEASE).page_id == good.id
    assert store.claim_next("three", LEASE) is None
    store.release_page(bad.id, "one")
    assert store.claim_next("three", LEASE).page_id == bad.id


def test_an_unreadable_snapshot_marks_its_unprocessed_repeats_and_the_next_body_has_no_attempts(store: SqlStore, clock):
    page = page_of(store, clock)
    snapshot = unprocessed(store, clock, page)
    repeat = archive(store, page, same_body(clock(), snapshot, b"body"), clock())
    assert repeat.read_at is None
    give_up(store, page, snapshot, clock)
    assert [store.snapshot(one.id).verdict for one in (snapshot, repeat)] == [Verdict.UNREADABLE] * 2
    again = archive(store, page, same_body(clock(), snapshot, b"body"), clock())
    assert (again.verdict, again.read_at is None) == (Verdict.UNREADABLE, False), "the same bytes are not tried again"
    other = unprocessed(store, clock, page, b"other")
    assert store.claim_next("me", LEASE).attempts_at(other.id) == 0


def test_an_unreadable_snapshot_is_tried_again_by_newer_code_and_once_a_day(store: SqlStore, clock):
    page = page_of(store, clock)
    snapshot = unprocessed(store, clock, page)
    give_up(store, page, snapshot, clock)
    assert store.requeue_unreadable("1") == 0
    assert store.requeue_unreadable("2") == 1
    assert store.claim_next("me", LEASE).attempts_at(snapshot.id) == 0, "newer code has all attempts"
    store.release_page(page.id, "me")
    give_up(store, page, snapshot, clock)
    with store.database.begin() as connection:
        connection.execute(update(page_claims).values(tried_at=clock() - timedelta(days=9000)))
    assert store.requeue_unreadable("1") == 1
    assert store.claim_next("me", LEASE).attempts_at(snapshot.id) == ATTEMPTS - 1, "one attempt a day"


def test_an_unreadable_snapshot_is_left_once_a_later_one_was_processed(store: SqlStore, clock):
    page = page_of(store, clock)
    give_up(store, page, unprocessed(store, clock, page), clock)
    later = unprocessed(store, clock, page, b"later")
    store.record(later, ok(version()), now=clock())
    assert store.requeue_unreadable("2") == 0
    assert rows(store) == []


def test_a_process_that_is_gone_leaves_its_pages_at_once_or_delayed_for_longer_each_time(store: SqlStore, clock):
    page = page_of(store, clock)
    unprocessed(store, clock, page)
    store.claim_next("me", LEASE)
    store.release_claims("me", delayed=False)
    assert rows(store) == []
    waits = []
    for _ in range(3):
        assert store.claim_page(page.id, "me", LEASE)
        store.release_claims("me", delayed=True)
        assert store.claim_next("you", LEASE) is None, "it waits"
        with store.database.read() as connection:
            row = connection.execute(select(page_claims)).one()
        waits.append(row.delays)
        assert row.attempts == 0, "what came from outside is not the page's fault"
    assert waits == [1, 2, 3]
    assert store.claim_page(page.id, "by hand", LEASE), "a check by hand does not wait"


def test_claims_of_a_process_are_renewed_together(store: SqlStore, clock):
    one, other = page_of(store, clock, "a"), page_of(store, clock, "b")
    store.claim_page(one.id, "me", timedelta())
    store.claim_page(other.id, "you", timedelta())
    store.renew_claims("me", LEASE)
    assert claims(store) == [(one.id, "me")]


def adaptive(store: SqlStore, clock) -> Page:
    hour = timedelta(hours=1)
    schedule = Schedule(every=hour, adaptive=(timedelta(minutes=5), timedelta(days=1)))
    return store.add_page("https://a.example/", schedule=schedule, source=PageSource.ADDED, now=clock())


def due(store: SqlStore, page: Page):
    row = store.page(page.id)
    return row.next_check_at, row.interval


def test_t2_moves_the_next_check_only_where_its_own_snapshot_set_it_last(store: SqlStore, clock):
    page, half = adaptive(store, clock), timedelta(minutes=30)

    def learned(snapshot: Snapshot, **more) -> None:
        to = Rescheduling(half, snapshot.taken_at + half, "it changed")
        store.record(snapshot, ok(version(snapshot.seq), rescheduling=to), now=clock(), **more)

    only = unprocessed(store, clock, page)
    learned(only)
    assert due(store, page) == (only.taken_at + half, half)
    older = unprocessed(store, clock, page, b"2")
    newer = unprocessed(store, clock, page, b"3", next_check_at=clock() + timedelta(hours=2))
    learned(older)
    assert due(store, page) == (clock() + timedelta(hours=2), half), "a newer snapshot set it"
    store.set_next_check(page.id, clock() + timedelta(hours=9))
    learned(newer)
    assert due(store, page) == (clock() + timedelta(hours=9), half), "something else rescheduled the page"
    pause(store, page.id)
    learned(unprocessed(store, clock, page, b"4"))
    assert due(store, page)[0] is None, "a paused page stays so"


def test_the_queue_is_read_from_its_index_on_sqlite(sqlite_template: Path):
    query = "SELECT page_id FROM snapshots WHERE snapshots.read_at IS NULL AND snapshots.origin = 'live' ORDER BY origin, id LIMIT 8"
    with closing(sqlite3.connect(sqlite_template)) as connection:
        plan = str(connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall())
    assert "ix_snapshots_unprocessed" in plan
    assert "TEMP B-TREE" not in plan
