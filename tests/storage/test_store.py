from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.errors import UnknownName
from monitor.model import (
    AnalysisOutcome,
    FetchResult,
    Observation,
    Origin,
    Outcome,
    PageMemory,
    Snapshot,
    SnapshotRef,
    Verdict,
)
from monitor.ports import Store
from storage.database.engine import open_database
from storage.queries.history import History
from storage.store import SqlStore
from tests.storage.snapshots import (
    URL,
    add_page,
    archive,
    check,
    exchange,
    failed,
    full,
    not_modified,
    ok,
    ref,
    same_body,
    sha256,
    version,
)

A, B = b"<p>The Coalition has 83 members.</p>", b"<p>The Coalition has 85 members.</p>"


def test_it_is_a_store(store: SqlStore):
    used: Store = store
    assert used.validators(1) is None
    assert used.page_memory(1) == PageMemory()
    assert store.latest(1) is None
    assert store.unprocessed(1) == []


def test_a_check_is_archived_unprocessed(store: SqlStore, clock):
    page = add_page(store, clock())
    snapshot = archive(store, page, full(clock(), A), clock())
    assert snapshot.seq == 1
    assert (snapshot.outcome, snapshot.status, snapshot.origin) == (Outcome.FULL, 200, Origin.LIVE)
    assert snapshot.body_sha256 == sha256(A)
    assert snapshot.content_type == "text/html; charset=utf-8"
    assert (snapshot.verdict, snapshot.verdict_reason, snapshot.version_id, snapshot.read_at) == (None, "", None, None)
    assert store.snapshot(snapshot.id) == store.latest(page.id) == snapshot
    assert store.unprocessed(page.id) == [snapshot]
    assert store.body(sha256(A)) == A
    assert store.page(page.id).next_check_at == clock() + timedelta(hours=1)


def test_the_page_memory_lists_unprocessed_snapshots_oldest_first(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    assert store.page_memory(page.id).unprocessed == ()
    later = tuple(archive(store, page, full(clock(), body), clock.advance(hours=1)) for body in (B, A))
    known = store.page_memory(page.id)
    assert known.unprocessed == later == tuple(store.unprocessed(page.id))
    assert (known.last_ok.id, known.missed) == (first.id, {})


def test_the_page_memory_counts_failed_checks_beside_unprocessed_ones(store: SqlStore, clock):
    page = add_page(store, clock())
    check(store, page, A, 83, clock())
    archive(store, page, failed(clock()), clock.advance(hours=1))
    waiting = archive(store, page, full(clock(), B), clock.advance(hours=1))
    known = store.page_memory(page.id)
    assert (known.unprocessed, known.missed) == ((waiting,), {"failed": 1})


def test_a_check_is_compared_with_the_newest_snapshot_when_it_is_archived(store: SqlStore, clock):
    page = add_page(store, clock())
    given: list[Snapshot | None] = []

    def observe(latest: Snapshot | None) -> Observation:
        given.append(latest)
        return full(clock(), A)

    first = archive(store, page, observe, clock())
    missed = archive(store, page, failed(clock()), clock.advance(hours=1))
    archive(store, page, observe, clock.advance(hours=1))
    assert missed.outcome is Outcome.FAILED
    assert given == [None, first]


def test_there_and_back_again_keeps_three_snapshots_and_two_bodies(store: SqlStore, history: History, clock):
    page = add_page(store, clock())
    for body in (A, B, A):
        clock.advance(hours=1)
        archive(store, page, full(clock(), body), clock())
    assert [snapshot.body_sha256 for snapshot in history.snapshots(page.id, newest_first=False)] == [
        sha256(A), sha256(B), sha256(A),
    ]  # fmt: skip
    assert history.counts()["bodies"] == 2
    assert store.latest(page.id).seq == 3


def test_exchanges_keep_every_hop(store: SqlStore, history: History, clock):
    page = add_page(store, clock())
    hops = (exchange(clock(), b"moved", status=301, headers=(("Location", "/en/"),)), exchange(clock(), A, URL + "x"))
    snapshot = archive(store, page, Observation(FetchResult(hops), Outcome.FULL, sha256(A), None), clock())
    assert snapshot.final_url == URL + "x"
    assert history.exchanges(snapshot.id) == tuple(replace(hop, body=None) for hop in hops)
    assert store.body(sha256(b"moved")) == b"moved"


def test_a_failed_check_is_processed_and_does_not_hide_an_earlier_one(store: SqlStore, history: History, clock):
    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A), clock())
    missed = archive(store, page, failed(clock()), clock.advance(hours=1))
    assert (missed.outcome, missed.status, missed.body_sha256, missed.verdict) == (Outcome.FAILED, None, None, None)
    assert missed.read_at == clock()
    assert store.latest(page.id) == first
    assert store.unprocessed(page.id) == [first]
    assert history.exchanges(missed.id)[0].failure.message == "no answer"


def test_a_repeat_of_a_settled_page_comes_back_read(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    clock.advance(hours=1)
    for observation in (same_body(clock(), first, A), not_modified(clock(), first)):
        repeat = archive(store, page, observation, clock())
        assert (repeat.verdict, repeat.verdict_reason, repeat.version_id) == (
            Verdict.OK,
            "reads well",
            first.version_id,
        )
        assert repeat.read_at == clock()
        assert repeat.repeats_id == first.id
        assert (repeat.status, repeat.content_type, repeat.body_sha256) == (200, first.content_type, sha256(A))
        assert store.snapshot(repeat.id) == repeat
        assert store.page_memory(page.id).last_ok == SnapshotRef(repeat.id, clock())
    assert store.unprocessed(page.id) == []


def test_a_repeat_of_an_unsettled_page_has_to_be_read(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock(), settled=False)
    assert archive(store, page, same_body(clock(), first, A), clock()).read_at is None


def test_a_repeat_under_another_reader_has_to_be_read(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    assert archive(store, page, same_body(clock(), first, A), clock(), reader="2/abc123/").read_at is None


def test_a_repeat_after_an_unprocessed_snapshot_is_processed(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    waiting = archive(store, page, full(clock(), B), clock())
    repeat = archive(store, page, same_body(clock(), first, A), clock())
    assert store.unprocessed(page.id) == [waiting, repeat]


def test_a_repeat_of_an_unprocessed_snapshot_is_processed(store: SqlStore, clock):
    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A), clock())
    assert archive(store, page, same_body(clock(), first, A), clock()).read_at is None


def test_a_repeat_of_an_older_version_has_to_be_read(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    check(store, page, B, 85, clock())
    assert archive(store, page, same_body(clock(), first, A), clock()).read_at is None


def test_a_repeat_of_a_block_page_is_processed_and_not_ok(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    blocked = archive(store, page, full(clock(), b"<p>Access denied</p>"), clock())
    store.record(blocked, AnalysisOutcome(Verdict.BLOCKED, "says so"), now=clock())
    repeat = archive(store, page, same_body(clock(), blocked, b"<p>Access denied</p>"), clock.advance(hours=1))
    assert (repeat.repeats_id, repeat.read_at, repeat.verdict) == (blocked.id, None, None)
    store.record(repeat, AnalysisOutcome(Verdict.BLOCKED, "still says so"), now=clock())
    assert store.page_memory(page.id).last_ok == ref(first)


def test_an_import_leaves_the_schedule_of_a_watched_page_alone(store: SqlStore, clock):
    page = add_page(store, clock())
    archive(store, page, full(clock(), A), clock(), origin=Origin.IMPORT, next_check_at=None)
    assert store.page(page.id).next_check_at == page.next_check_at


def test_a_live_check_can_leave_a_page_without_a_due_time(store: SqlStore, clock):
    page = add_page(store, clock())
    archive(store, page, full(clock(), A), clock(), next_check_at=None)
    assert store.page(page.id).next_check_at is None


def test_a_page_retired_during_a_visit_stays_retired(store: SqlStore, clock):
    page = add_page(store, clock(), source="watchlist")
    store.apply_declared([], [], [], [], now=clock())
    archive(store, page, full(clock(), A), clock())
    assert store.page(page.id).next_check_at is None


def test_many_threads_on_one_page_get_consecutive_numbers(store: SqlStore, history: History, clock):
    page = add_page(store, clock())
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda n: archive(store, page, full(clock(), A + b"%d" % n), clock()), range(24)))
    assert sorted(snapshot.seq for snapshot in made) == list(range(1, 25))
    by_seq = history.snapshots(page.id, newest_first=False)
    assert [snapshot.id for snapshot in by_seq] == sorted(snapshot.id for snapshot in made)


def test_a_check_of_a_missing_page_is_refused(store: SqlStore, clock):
    page = add_page(store, clock())
    with pytest.raises(UnknownName):
        archive(store, replace(page, id=page.id + 1), full(clock(), A), clock())


def test_snapshots_left_unprocessed_by_a_crash_are_processed_first_and_in_order(database_url: str, clock):
    with closing(open_database(database_url)) as database:
        store = SqlStore(database)
        page = add_page(store, clock())
        left = [archive(store, page, full(clock.advance(hours=1), body), clock()) for body in (A, B, A)]

    with closing(open_database(database_url)) as again:
        store = SqlStore(again)
        left.append(archive(store, page, full(clock.advance(hours=1), B), clock()))
        assert store.unprocessed(page.id) == left
        store.record(left[0], ok(version(83)), now=clock())
        assert store.unprocessed(page.id) == left[1:]


@pytest.mark.parametrize("what", ["snapshot", "version", "page"])
def test_what_is_not_there_is_unknown(store: SqlStore, what: str):
    with pytest.raises(UnknownName, match="77"):
        getattr(store, what)(77)
