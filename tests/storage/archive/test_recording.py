from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from monitor.model import (
    AnalysisOutcome,
    FactState,
    FetchResult,
    ParserVersion,
    SnapshotRef,
    Validators,
    Verdict,
)
from storage.queries.history import History
from storage.schema import page_checks
from storage.store import SqlStore
from tests.storage.snapshots import (
    READER,
    URL,
    add_page,
    archive,
    check,
    fact_changed,
    failed,
    full,
    not_modified,
    ok,
    ref,
    same_body,
    version,
)

A, B = b"<p>The Coalition has 83 members.</p>", b"<p>The Coalition has 85 members.</p>"


def test_reading_records_version_verdict_and_mark(store: SqlStore, clock):
    page = add_page(store, clock())
    snapshot = archive(store, page, full(clock(), A), clock())
    store.record(snapshot, ok(version(83)), now=clock.advance(seconds=5))
    read = store.snapshot(snapshot.id)
    assert read == replace(
        snapshot, verdict=Verdict.OK, verdict_reason="reads well", version_id=read.version_id, read_at=clock()
    )
    assert store.version(read.version_id) == version(83)
    unconditional = store.page_memory(page.id)
    assert (unconditional.version_id, unconditional.version, unconditional.current.snapshot) == (
        read.version_id,
        version(83),
        read,
    )
    assert unconditional.last_ok == ref(snapshot)


def test_recording_twice_stores_once(store: SqlStore, history: History, clock):
    page = add_page(store, clock())
    snapshot = archive(store, page, full(clock(), A), clock())
    reading = ok(version(83), events=(fact_changed(snapshot),), states=(FactState("member_count", READER.digest, 83),))
    assert store.record(snapshot, reading, now=clock()) == 1
    counts = history.counts()
    assert store.record(snapshot, reading, now=clock()) == 0
    assert store.record(snapshot, AnalysisOutcome(Verdict.BLOCKED, "too late"), now=clock()) == 0
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
    events = list(history.events())
    assert [event.event.snapshot for event in events] == [ref(showed), ref(showed)]
    assert [event.event.before for event in events] == [ref(first), ref(first)]
    assert [event.recorded_at for event in events] == [showed.taken_at, confirmed.taken_at]


def test_only_an_ok_verdict_changes_version_and_last_ok_snapshot(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    before = store.page_memory(page.id)
    for verdict in set(Verdict) - {Verdict.OK}:
        snapshot = archive(store, page, full(clock.advance(hours=1), verdict.encode()), clock())
        store.record(snapshot, AnalysisOutcome(verdict, "why"), now=clock())
    missed = dict.fromkeys(sorted(verdict.value for verdict in set(Verdict) - {Verdict.OK}), 1)
    assert store.page_memory(page.id) == replace(before, missed=missed)
    # How the page stands may have to be told now, so the next look is read though it repeats a good one.
    assert archive(store, page, same_body(clock(), first, A), clock()).read_at is None


def test_fact_states_are_replaced_fact_by_fact(store: SqlStore, clock):
    page = add_page(store, clock())
    old = FactState("member_count", READER.digest, 83, since=SnapshotRef(1, clock()))
    other = FactState("partner_count", READER.digest)
    first = archive(store, page, full(clock(), A), clock())
    store.record(first, ok(version(83), states=(old, other)), now=clock())
    assert store.page_memory(page.id).states == {"member_count": old, "partner_count": other}
    new = replace(old, candidate=85, candidate_since=SnapshotRef(2, clock()), contradiction=(85, 84), lost=True)
    second = archive(store, page, full(clock(), B), clock())
    store.record(second, ok(version(85), states=(new,)), now=clock())
    assert store.page_memory(page.id).states == {"member_count": new, "partner_count": other}


def test_a_page_that_reads_as_before_keeps_its_version(store: SqlStore, history: History, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    second = archive(store, page, full(clock(), A + b"<!-- nonce -->"), clock())
    store.record(second, ok(version_id=first.version_id, settled=True), now=clock())
    assert store.snapshot(second.id).version_id == first.version_id
    assert store.page_memory(page.id).current.snapshot.id == first.id
    assert history.counts()["versions"] == 1
    assert archive(store, page, same_body(clock(), second, A), clock()).read_at is not None


def test_a_version_that_another_reader_confirms_is_that_readers(store: SqlStore, clock):
    page = add_page(store, clock())
    first = check(store, page, A, 83, clock())
    newer = ParserVersion("2", "abc123", "template-7")
    second = archive(store, page, same_body(clock(), first, A), clock(), reader=newer.digest)
    store.record(second, ok(version_id=first.version_id, settled=True, confirmed_by=newer), now=clock())
    assert store.page_memory(page.id).version == version(83, newer)
    assert archive(store, page, same_body(clock(), first, A), clock(), reader=newer.digest).read_at is not None
    assert archive(store, page, same_body(clock(), first, A), clock(), reader=READER.digest).read_at is None


# --- validators ---

TAGS = (("ETag", 'W/"tag"'), ("Last-Modified", "Mon, 01 Mar 2021 11:00:00 GMT"))


def test_validators_come_from_the_latest_ok_snapshot_with_a_body_of_its_own(store: SqlStore, clock):
    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A, headers=TAGS), clock())
    assert store.validators(page.id) is None
    store.record(first, ok(version(83), settled=True), now=clock())
    given = Validators(URL, 'W/"tag"', "Mon, 01 Mar 2021 11:00:00 GMT", first.id, first.body_sha256)
    given = replace(given, confirmed_at=clock())
    assert store.validators(page.id) == given
    archive(store, page, not_modified(clock(), first), clock.advance(hours=1))
    given = replace(given, repeats=1)
    assert store.validators(page.id) == given

    blocked = archive(store, page, full(clock(), b"denied", headers=(("ETag", '"block"'),)), clock())
    store.record(blocked, AnalysisOutcome(Verdict.BLOCKED, "says so"), now=clock())
    assert store.validators(page.id) == given


def test_a_repeat_that_had_to_be_read_keeps_the_validators(store: SqlStore, clock):
    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A, headers=TAGS), clock())
    store.record(first, ok(version(83)), now=clock())
    repeat = archive(store, page, same_body(clock(), first, A), clock())
    store.record(repeat, ok(version_id=store.page_memory(page.id).version_id), now=clock())
    assert store.validators(page.id).snapshot_id == first.id


def test_304s_are_counted_until_a_request_without_validators_has_an_ok_response(store: SqlStore, clock):
    def unconditional() -> tuple[int, datetime | None]:
        validators = store.validators(page.id)
        return validators.repeats, validators.confirmed_at

    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A, headers=TAGS), clock())
    store.record(first, ok(version(83)), now=clock())
    began = clock()
    unsettled = archive(store, page, not_modified(clock(), first), clock.advance(hours=1))
    store.record(unsettled, ok(version_id=store.page_memory(page.id).version_id, settled=True), now=clock())
    archive(store, page, not_modified(clock(), first), clock.advance(hours=1))
    assert unconditional() == (2, began)
    archive(store, page, failed(clock()), clock.advance(hours=1))
    broken = archive(store, page, full(clock(), b"sorry"), clock.advance(hours=1))
    store.record(broken, AnalysisOutcome(Verdict.ERROR, "status 500"), now=clock())
    still = archive(store, page, same_body(clock(), broken, b"sorry"), clock.advance(hours=1))
    store.record(still, AnalysisOutcome(Verdict.ERROR, "status 500"), now=clock())
    assert unconditional() == (2, began)
    again = archive(store, page, same_body(clock(), first, A), clock.advance(hours=1))
    store.record(again, ok(version_id=store.page_memory(page.id).version_id, settled=True), now=clock())
    assert unconditional() == (0, clock())
    archive(store, page, not_modified(clock(), first), clock.advance(hours=1))
    archive(store, page, same_body(clock(), first, A), clock.advance(hours=1))
    assert unconditional() == (0, clock())


def test_of_an_older_database_the_first_304_begins_the_count(store: SqlStore, clock):
    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A, headers=TAGS), clock())
    store.record(first, ok(version(83), settled=True), now=clock())
    with store.database.begin() as connection:
        connection.execute(update(page_checks).values(confirmed_at=None))
    archive(store, page, not_modified(clock(), first), clock.advance(hours=1))
    archive(store, page, not_modified(clock(), first), clock.advance(hours=1))
    validators = store.validators(page.id)
    assert (validators.repeats, validators.confirmed_at) == (2, clock() - timedelta(hours=1))


@pytest.mark.parametrize(
    ("etag", "kept"),
    [('"a\0b"', None), ('"a\r\nX: y"', None), ("*", None), ("a" * 8_000, None), ('"\u20ac"', None), ("bare", "bare")],
)
def test_only_what_can_be_sent_back_becomes_a_validator(store: SqlStore, clock, etag: str, kept: str | None):
    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A, headers=(("ETag", etag), TAGS[1])), clock())
    store.record(first, ok(version(83)), now=clock())
    validators = store.validators(page.id)
    assert (validators.etag, validators.last_modified) == (kept, TAGS[1][1])


def test_validators_that_did_not_serve_are_forgotten(store: SqlStore, clock):
    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A, headers=TAGS), clock())
    store.record(first, ok(version(83), settled=True), now=clock())
    again = same_body(clock(), first, A)
    refused = replace(again.fetch_result.final, status=400, request_headers=(("If-None-Match", TAGS[0][1]),))
    archive(
        store,
        page,
        replace(again, fetch_result=FetchResult((refused, *again.fetch_result.exchanges))),
        clock.advance(hours=1),
    )
    assert store.validators(page.id) is None


def test_one_validator_is_enough_and_none_is_none(store: SqlStore, clock):
    page = add_page(store, clock())
    first = archive(store, page, full(clock(), A, headers=TAGS[1:]), clock())
    store.record(first, ok(version(83)), now=clock())
    assert store.validators(page.id).etag is None
    second = archive(store, page, full(clock(), B), clock())
    store.record(second, ok(version(85)), now=clock())
    assert store.validators(page.id) is None
