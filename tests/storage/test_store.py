from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.errors import UnknownName
from monitor.interfaces import Store
from monitor.model import (
    FactState,
    Interpretation,
    Known,
    Look,
    Observation,
    Origin,
    Outcome,
    Reader,
    SnapshotRef,
    Validators,
    Verdict,
)
from storage.engine import open_database
from storage.history import History
from storage.store import SqlStore
from tests.storage.looks import (
    READER,
    URL,
    add_page,
    archive,
    check,
    exchange,
    fact_changed,
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
    assert used.latest(1) is None
    assert used.validators(1) is None
    assert used.known(1) == Known()
    assert used.unread(1) == []


# --- T1 ---


def test_a_look_is_archived_unread(store: SqlStore, clock):
    page = add_page(store, clock())
    snapshot = archive(store, page, full(clock(), A), clock())
    assert snapshot.seq == 1
    assert (snapshot.outcome, snapshot.status, snapshot.origin) == (Outcome.FULL, 200, Origin.LIVE)
    assert snapshot.body_sha256 == sha256(A)
    assert snapshot.content_type == "text/html; charset=utf-8"
    assert (snapshot.verdict, snapshot.verdict_reason, snapshot.version_id, snapshot.read_at) == (None, "", None, None)
    assert store.snapshot(snapshot.id) == store.latest(page.id) == snapshot
    assert store.unread(page.id) == [snapshot]
    assert store.body(sha256(A)) == A
    assert store.page(page.id).next_check_at == clock() + timedelta(hours=1)


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
    snapshot = archive(store, page, Observation(Look(hops), Outcome.FULL, sha256(A), None), clock())
    assert snapshot.final_url == URL + "x"
    assert history.exchanges(snapshot.id) == tuple(replace(hop, body=None) for hop in hops)
    assert store.body(sha256(b"moved")) == b"moved"


def test_a_failed_look_is_read_and_hides_no_earlier_one(store: SqlStore, history: History, clock):
    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A), clock())
    missed = archive(store, page, failed(clock()), clock.advance(hours=1))
    assert (missed.outcome, missed.status, missed.body_sha256, missed.verdict) == (Outcome.FAILED, None, None, None)
    assert missed.read_at == clock()
    assert store.latest(page.id) == first
    assert store.unread(page.id) == [first]
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
        assert store.known(page.id).last_ok == SnapshotRef(repeat.id, clock())
    assert store.unread(page.id) == []


def test_a_repeat_of_an_unsettled_page_has_to_be_read(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock(), settled=False)
    assert archive(store, page, same_body(clock(), first, A), clock()).read_at is None


def test_a_repeat_under_another_reader_has_to_be_read(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    assert archive(store, page, same_body(clock(), first, A), clock(), reader="2/abc123/").read_at is None


def test_a_repeat_behind_something_unread_has_to_be_read(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    waiting = archive(store, page, full(clock(), B), clock())
    repeat = archive(store, page, same_body(clock(), first, A), clock())
    assert store.unread(page.id) == [waiting, repeat]


def test_a_repeat_of_something_unread_has_to_be_read(store: SqlStore, clock):
    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A), clock())
    assert archive(store, page, same_body(clock(), first, A), clock()).read_at is None


def test_a_repeat_of_an_older_version_has_to_be_read(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    check(store, page, B, 85, clock())
    assert archive(store, page, same_body(clock(), first, A), clock()).read_at is None


def test_a_repeat_of_a_block_page_inherits_that_and_is_no_ok_look(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    blocked = archive(store, page, full(clock(), b"<p>Access denied</p>"), clock())
    store.record(blocked, Interpretation(Verdict.BLOCKED, "says so"), now=clock())
    repeat = archive(store, page, same_body(clock(), blocked, b"<p>Access denied</p>"), clock.advance(hours=1))
    assert (repeat.verdict, repeat.verdict_reason, repeat.version_id) == (Verdict.BLOCKED, "says so", None)
    assert repeat.read_at is not None
    assert store.known(page.id).last_ok == ref(first)


def test_an_import_leaves_the_schedule_of_a_watched_page_alone(store: SqlStore, clock):
    page = add_page(store, clock())
    archive(store, page, full(clock(), A), clock(), origin=Origin.IMPORT, next_check_at=None)
    assert store.page(page.id).next_check_at == page.next_check_at


def test_a_live_look_may_say_that_a_page_is_never_due_again(store: SqlStore, clock):
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


def test_a_look_at_a_page_that_is_not_there_is_refused(store: SqlStore, clock):
    page = add_page(store, clock())
    with pytest.raises(UnknownName):
        archive(store, replace(page, id=page.id + 1), full(clock(), A), clock())


def test_what_a_crash_left_unread_is_read_first_and_in_order(database_url: str, clock):
    database = open_database(database_url)
    store = SqlStore(database)
    page = add_page(store, clock())
    left = [archive(store, page, full(clock.advance(hours=1), body), clock()) for body in (A, B, A)]
    database.close()

    again = open_database(database_url)
    store = SqlStore(again)
    left.append(archive(store, page, full(clock.advance(hours=1), B), clock()))
    assert store.unread(page.id) == left
    store.record(left[0], ok(version(83)), now=clock())
    assert store.unread(page.id) == left[1:]
    again.close()


# --- T2 ---


def test_reading_records_version_verdict_and_mark(store: SqlStore, clock):
    page = add_page(store, clock())
    snapshot = archive(store, page, full(clock(), A), clock())
    store.record(snapshot, ok(version(83)), now=clock.advance(seconds=5))
    read = store.snapshot(snapshot.id)
    assert read == replace(
        snapshot, verdict=Verdict.OK, verdict_reason="reads well", version_id=read.version_id, read_at=clock()
    )
    assert store.version(read.version_id) == version(83)
    known = store.known(page.id)
    assert (known.version_id, known.version, known.shown_by) == (read.version_id, version(83), read)
    assert known.last_ok == ref(snapshot)


def test_recording_twice_stores_once(store: SqlStore, history: History, clock):
    page = add_page(store, clock())
    snapshot = archive(store, page, full(clock(), A), clock())
    reading = ok(version(83), events=(fact_changed(snapshot),), states=(FactState("member_count", READER.digest, 83),))
    assert store.record(snapshot, reading, now=clock()) == 1
    counts = history.counts()
    assert store.record(snapshot, reading, now=clock()) == 0
    assert store.record(snapshot, Interpretation(Verdict.BLOCKED, "too late"), now=clock()) == 0
    assert history.counts() == counts
    assert store.snapshot(snapshot.id).verdict is Verdict.OK


def test_many_readers_of_one_snapshot_store_once(store: SqlStore, history: History, clock):
    page = add_page(store, clock())
    snapshot = archive(store, page, full(clock(), A), clock())
    reading = ok(version(83), events=(fact_changed(snapshot), fact_changed(snapshot)))
    with ThreadPoolExecutor(4) as pool:
        stored = list(pool.map(lambda _: store.record(snapshot, reading, now=clock()), range(4)))
    assert sorted(stored) == [0, 0, 0, 2]
    assert (history.counts()["versions"], history.counts()["events"]) == (1, 2)


def test_a_confirmed_change_points_at_the_snapshot_that_first_showed_it(store: SqlStore, history: History, clock):
    """Both readings make an event of the first showing; neither may get lost."""
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    showed = archive(store, page, full(clock.advance(hours=1), B), clock())
    store.record(showed, ok(version(85), events=(fact_changed(showed, first),)), now=clock())
    confirmed = archive(store, page, full(clock.advance(hours=1), B + b" "), clock())
    assert store.record(confirmed, ok(version(85), events=(fact_changed(showed, first),)), now=clock()) == 1
    told = list(history.events())
    assert [event.event.snapshot for event in told] == [ref(showed), ref(showed)]
    assert [event.event.before for event in told] == [ref(first), ref(first)]
    assert [event.recorded_at for event in told] == [showed.taken_at, confirmed.taken_at]


def test_only_an_ok_verdict_moves_version_and_last_ok_look(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    before = store.known(page.id)
    for verdict in set(Verdict) - {Verdict.OK}:
        snapshot = archive(store, page, full(clock.advance(hours=1), verdict.encode()), clock())
        store.record(snapshot, Interpretation(verdict, "why"), now=clock())
    assert store.known(page.id) == before
    assert archive(store, page, same_body(clock(), first, A), clock()).read_at is not None


def test_fact_states_are_replaced_fact_by_fact(store: SqlStore, clock):
    page = add_page(store, clock())
    old = FactState("member_count", READER.digest, 83, since=SnapshotRef(1, clock()))
    other = FactState("partner_count", READER.digest)
    first = archive(store, page, full(clock(), A), clock())
    store.record(first, ok(version(83), states=(old, other)), now=clock())
    assert store.known(page.id).states == {"member_count": old, "partner_count": other}
    new = replace(old, candidate=85, candidate_seen=1, contradiction=(85, 84), lost=True)
    second = archive(store, page, full(clock(), B), clock())
    store.record(second, ok(version(85), states=(new,)), now=clock())
    assert store.known(page.id).states == {"member_count": new, "partner_count": other}


def test_a_page_that_reads_as_before_keeps_its_version(store: SqlStore, history: History, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    second = archive(store, page, full(clock(), A + b"<!-- nonce -->"), clock())
    store.record(second, ok(version_id=first.version_id, settled=True), now=clock())
    assert store.snapshot(second.id).version_id == first.version_id
    assert store.known(page.id).shown_by.id == first.id
    assert history.counts()["versions"] == 1
    assert archive(store, page, same_body(clock(), second, A), clock()).read_at is not None


def test_a_version_that_another_reader_confirms_is_that_readers(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    newer = Reader("2", "abc123", "template-7")
    second = archive(store, page, same_body(clock(), first, A), clock(), reader=newer.digest)
    store.record(second, ok(version_id=first.version_id, settled=True, confirmed_by=newer), now=clock())
    assert store.known(page.id).version == version(83, newer)
    assert archive(store, page, same_body(clock(), first, A), clock(), reader=newer.digest).read_at is not None
    assert archive(store, page, same_body(clock(), first, A), clock(), reader=READER.digest).read_at is None


# --- validators ---

TAGS = (("ETag", 'W/"tag"'), ("Last-Modified", "Mon, 01 Mar 2021 11:00:00 GMT"))


def test_validators_come_from_the_latest_ok_look_with_a_body_of_its_own(store: SqlStore, clock):
    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A, headers=TAGS), clock())
    assert store.validators(page.id) is None
    store.record(first, ok(version(83), settled=True), now=clock())
    given = Validators(URL, 'W/"tag"', "Mon, 01 Mar 2021 11:00:00 GMT", first.id)
    assert store.validators(page.id) == given
    archive(store, page, not_modified(clock(), first), clock())
    assert store.validators(page.id) == given

    blocked = archive(store, page, full(clock(), b"denied", headers=(("ETag", '"block"'),)), clock())
    store.record(blocked, Interpretation(Verdict.BLOCKED, "says so"), now=clock())
    assert store.validators(page.id) == given


def test_a_repeat_that_had_to_be_read_keeps_the_validators(store: SqlStore, clock):
    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A, headers=TAGS), clock())
    store.record(first, ok(version(83)), now=clock())
    repeat = archive(store, page, same_body(clock(), first, A), clock())
    store.record(repeat, ok(version_id=store.known(page.id).version_id), now=clock())
    assert store.validators(page.id).snapshot_id == first.id


def test_one_validator_is_enough_and_none_is_none(store: SqlStore, clock):
    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A, headers=TAGS[1:]), clock())
    store.record(first, ok(version(83)), now=clock())
    assert store.validators(page.id).etag is None
    second = archive(store, page, full(clock(), B), clock())
    store.record(second, ok(version(85)), now=clock())
    assert store.validators(page.id) is None


@pytest.mark.parametrize("what", ["snapshot", "version", "page"])
def test_what_is_not_there_is_unknown(store: SqlStore, what: str):
    with pytest.raises(UnknownName, match="77"):
        getattr(store, what)(77)
