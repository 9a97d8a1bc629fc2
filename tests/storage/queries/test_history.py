from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from alerts.model import DeliveryState
from monitor.errors import UnknownName
from monitor.model import AnalysisOutcome, Mention, Outcome, PageSource, Reading, Schedule, Verdict, Version
from monitor.search.query import parse
from monitor.tracking.fact_history import statement_changes
from storage.maintenance.erasure import forget
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.feed_events import EventFilter
from storage.queries.history import AlertRow, Cursor, FactHistoryRow, History, Neighbours
from storage.store import SqlStore
from tests.alerts.examples import planned as one_alert
from tests.storage.snapshots import (
    URL,
    add_page,
    archive,
    check,
    fact_changed,
    failed,
    full,
    not_modified,
    ok,
    same_body,
    sha256,
    version,
)

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_pages_are_summed_up(store: SqlStore, history: History):
    page = add_page(store, at(0))
    idle = add_page(store, at(0), url="https://idle.example/")
    first = check(store, page, b"<p>83</p>", 83, at(1))
    archive(store, page, same_body(at(2), first, b"<p>83</p>"), at(2))
    archive(store, page, failed(at(3)), at(3))
    archive(store, page, full(at(4), b"<p>85</p>"), at(4), next_check_at=at(60))
    busy, quiet = history.pages()
    assert busy.page == store.page(page.id)
    assert (busy.snapshots, busy.versions, busy.unprocessed) == (4, 1, 1)
    assert (busy.last_ok_at, busy.last_at, busy.last_outcome, busy.last_verdict) == (at(2), at(4), Outcome.FULL, None)
    assert quiet.page == idle
    assert (quiet.snapshots, quiet.versions, quiet.unprocessed, quiet.last_ok_at, quiet.last_at) == (
        0,
        0,
        0,
        None,
        None,
    )


def test_a_page_is_found_by_its_url(store: SqlStore, history: History):
    page = add_page(store, at(0))
    assert history.page(URL) == page
    assert history.page("https://nowhere.example/") is None


def test_snapshots_come_in_either_order(store: SqlStore, history: History):
    page = add_page(store, at(0))
    made = [archive(store, page, full(at(n), b"%d" % n), at(n)) for n in range(4)]
    assert history.snapshots(page.id) == made[::-1]
    assert history.snapshots(page.id, newest_first=False) == made
    assert history.snapshots(page.id, limit=1) == made[-1:]
    assert history.snapshot(made[2].id) == made[2]


def test_the_snapshot_at_or_before_a_time_shows_a_body(store: SqlStore, history: History):
    page = add_page(store, at(0))
    first = archive(store, page, full(at(10), b"A"), at(10))
    archive(store, page, failed(at(20)), at(20))
    second = archive(store, page, full(at(30), b"B"), at(30))
    assert history.at_or_before(page.id, at(9.999999)) is None
    assert history.at_or_before(page.id, at(10)) == first
    assert history.at_or_before(page.id, at(29)) == first
    assert history.at_or_before(page.id, at(99)) == second


def test_the_nearest_snapshot_to_an_instant_may_be_any_of_its_second(store: SqlStore, history: History):
    page = add_page(store, at(0))
    early, late = (check(store, page, body, 83, at(10 + part)) for body, part in ((b"a", 0.2), (b"b", 0.8)))
    assert history.nearest(page.id, at(10.3), exact=True) == early
    assert history.nearest(page.id, at(10.2), exact=True) == early
    assert history.nearest(page.id, at(10.6), exact=True) == late
    assert history.nearest(page.id, at(10.2)) == late


def test_pages_are_found_by_how_their_urls_begin_and_end(store: SqlStore, history: History):
    found = add_page(store, at(0), url="https://a.example/?q=100%25_it's&x=1")
    add_page(store, at(0), url="https://a.example/?q=100y25zit's&x=1")
    assert history.pages_between("https://a.example/?q=100%25_", "s&x=1") == [found]
    assert history.pages_between("https://a.example/", "s&x=2") == []
    assert len(history.pages_between("https://a.example/", "", limit=1)) == 1


def test_the_length_of_a_body_is_known_without_reading_it(store: SqlStore, history: History):
    snapshot = check(store, add_page(store, at(0)), b"<p>83</p>", 83, at(1))
    assert history.body_length(snapshot.body_sha256) == 9
    assert history.body_length("0" * 64) == 0


def test_the_nearest_snapshot_is_the_last_of_its_second(store: SqlStore, history: History):
    page = add_page(store, at(0))
    early, late, far = (archive(store, page, full(at(n), b"%f" % n), at(n)) for n in (10.1, 10.9, 20))
    archive(store, page, failed(at(10.95)), at(10.95))
    assert history.nearest(page.id, at(10)) == late
    assert history.nearest(page.id, at(0)) == early
    assert history.nearest(page.id, at(14)) == late
    assert history.nearest(page.id, at(19)) == far
    assert history.nearest(page.id, at(500)) == far
    assert history.nearest(page.id + 1, at(10)) is None


def replayable_times(history: History, page_id: int, between: datetime) -> list[datetime | None]:
    """The times of a page's two replayable snapshots, as navigation finds them: from both ends, and from a moment between them."""
    near = history.neighbours(page_id, between)
    assert (near.first, near.second) == (near.previous, near.following) == (near.previous, near.last)
    return [near.previous, near.following]


def test_imports_in_any_order_are_found_by_their_time(store: SqlStore, history: History):
    page = add_page(store, at(0))
    newer = archive(store, page, full(at(100), b"B"), at(100), origin="import")
    older = archive(store, page, full(at(50), b"A"), at(50), origin="import")
    assert history.at_or_before(page.id, at(60)) == older
    assert history.nearest(page.id, at(90)) == newer
    assert replayable_times(history, page.id, at(75)) == [at(50), at(100)]


def test_repeats_are_replayable_and_failed_checks_are_not(store: SqlStore, history: History):
    page = add_page(store, at(0))
    first = archive(store, page, full(at(1), b"A"), at(1))
    repeat = archive(store, page, not_modified(at(2), first), at(2))
    archive(store, page, failed(at(3)), at(3))
    assert replayable_times(history, page.id, at(1.5)) == [at(1), at(2)]
    assert history.nearest(page.id, at(9)) == repeat
    assert history.body(repeat.body_sha256) == b"A"


def test_a_version_is_read(store: SqlStore, history: History):
    snapshot = check(store, add_page(store, at(0)), b"A", 83, at(0))
    assert history.version(snapshot.version_id) == version(83)


def test_events_come_oldest_first_whatever_their_origin(store: SqlStore, history: History):
    page, other = add_page(store, at(0)), add_page(store, at(0), url="https://other.example/")
    for where, when, origin in ((page, 30, "live"), (page, 10, "import"), (other, 20, "live")):
        snapshot = archive(store, where, full(at(when), b"%d" % when), at(when), origin=origin)
        store.record(snapshot, ok(events=(fact_changed(snapshot, origin=origin),)), now=at(100))
    assert [item.event.snapshot.taken_at for item in history.events()] == [at(10), at(20), at(30)]
    assert [item.event.snapshot.taken_at for item in history.events(limit=2)] == [at(20), at(30)]
    assert [item.page_url for item in history.events(url=other.url)] == [other.url]
    assert [item.check_id == item.visit_id == item.event.snapshot.id for item in history.events()] == [True] * 3
    assert [item.event.snapshot.taken_at for item in history.events(since=at(20))] == [at(20), at(30)]
    assert [history.event_count(), history.event_count(at(20)), history.event_count(at(31))] == [3, 2, 0]


def test_alerts_show_the_state_of_their_deliveries(store: SqlStore, outbox: SqlOutbox, history: History):
    page = add_page(store, at(0))
    snapshot = archive(store, page, full(at(5), b"A"), at(5))
    store.record(snapshot, ok(events=(fact_changed(snapshot),)), now=at(6))
    (event,) = outbox.unplanned(1)
    outbox.plan(
        [event.id],
        [one_alert(event.id, "key facts", channel, f"msg_{channel}", {}) for channel in ("desk", "hook")],
        now=at(7),
    )
    hook, desk = history.alerts()
    assert (hook.channel, desk.channel) == ("hook", "desk")
    assert history.alerts(limit=1) == [hook]
    assert desk == AlertRow(
        id=desk.id, event_id=event.id, change=event.event.change, page_url=URL, rule="key facts", channel="desk",
        uid="msg_desk", state=DeliveryState.PENDING, attempts=0, at=at(5), created_at=desk.created_at,
        next_try_at=desk.created_at, sent_at=None, receipt="", last_error="",
    )  # fmt: skip


def test_the_fact_history_has_a_row_for_each_change_of_what_a_page_states(store: SqlStore, history: History):
    page = add_page(store, at(0), label="Home")
    silent = Version(
        version().reader, "Coalition", "en", (), (), (Reading("member_count", None, (), (), "not stated"),)
    )
    retitled = replace(version(83), title="The Coalition")
    readings = [silent, version(83), retitled, version(85), silent, contradicting()]
    made = []
    for n, read in enumerate(readings):
        made.append(archive(store, page, full(at(n), b"%d" % n), at(n)))
        store.record(made[-1], ok(read), now=at(n))
    rows = list(statement_changes(history.stream_statements()))
    assert [(row.value, row.at, row.snapshot_id) for row in rows] == [
        (83, at(1), made[1].id),
        (85, at(3), made[3].id),
        (None, at(4), made[4].id),
        (87, at(5), made[5].id),
    ]
    assert rows[0] == FactHistoryRow(
        "member_count", URL, "Home", "Coalition", 83, at(1), "83", "The Coalition has 83 members.", made[1].id, ()
    )
    assert rows[3].contradicts == ({"value": 86, "quote": "86", "sentence": "The Coalition has 87 members."},)
    assert list(statement_changes(history.stream_statements("member_count"))) == rows
    assert list(history.stream_statements("something else")) == []


def contradicting() -> Version:
    read = version(87)
    other: Mention = read.mentions[0]._replace(value=86, quote="86")
    (reading,) = read.readings
    return replace(read, mentions=(*read.mentions, other), readings=(replace(reading, contradicts=(other,)),))


def test_what_is_not_there_is_unknown(history: History):
    for ask in (history.snapshot, history.version):
        with pytest.raises(UnknownName):
            ask(77)
    with pytest.raises(UnknownName):
        history.body(sha256(b"never seen"))
    assert history.exchanges(77) == ()
    assert history.neighbours(77, at(0)) == Neighbours(None, None, None, None, None, None)
    assert history.at_or_before(77, at(0)) is None


def test_rows_and_bytes_are_counted(store: SqlStore, history: History):
    page = add_page(store, at(0))
    archive(store, page, full(at(0), b"A"), at(0))
    counts = history.counts()
    assert (counts["pages"], counts["snapshots"], counts["exchanges"], counts["bodies"]) == (1, 1, 1, 1)
    assert history.size_bytes() > 10_000


def test_reading_changes_nothing(store: SqlStore, outbox: SqlOutbox, history: History):
    page = add_page(store, at(0))
    snapshot = check(store, page, b"<p>83</p>", 83, at(1))
    changed = archive(store, page, full(at(2), b"<p>85</p>"), at(2))
    store.record(changed, ok(version(85), events=(fact_changed(changed, snapshot),) * 2), now=at(2))
    event_id = outbox.unplanned(1)[0].id
    outbox.plan([event_id], [one_alert(event_id, "key facts", "desk", "msg_1", {})], now=at(2))
    archive(store, page, full(at(3), b"<p>denied</p>"), at(3))
    archive(store, page, failed(at(4)), at(4))
    add_page(store, at(4), url="https://gone.example/")
    store.add_page("https://named.example/", label="named", schedule=Schedule(), source=PageSource.ADDED, now=at(4))
    forget(history.database, "https://gone.example/", reason="", now=at(5))
    before = everything(history)

    some = Cursor(10)
    calls = {
        "pages": (), "page": (URL,), "tombstone": ("https://gone.example/",), "snapshot": (snapshot.id,), "snapshots": (page.id,),
        "at_or_before": (page.id, at(9)), "nearest": (page.id, at(9)), "exchanges": (snapshot.id,),
        "body": (snapshot.body_sha256,), "body_length": (snapshot.body_sha256,), "pages_between": ("https://", ""), "pages_labelled": ("named",), "version": (snapshot.version_id,), "events": (), "event_count": (), "alerts": (),
        "counts": (), "size_bytes": (), "stream_pages": (), "stream_snapshots": (page.id,), "stream_statements": (), "never_matched": (),
        "page_slice": (some,), "snapshot_slice": (page.id, some), "event_slice": (some,), "page_count": (), "snapshot_count": (page.id,), "titles": ([page.id],),
        "pages_near": (URL, 5), "current_facts": ([page.id],), "newest_snapshots": ([page.id], 5), "neighbours": (page.id, at(1)), "with_other_version": (page.id, changed),
        "nearest_exchange": (URL, at(9)), "feed_events": (EventFilter(), 5), "version_steps": (page.id, snapshot.version_id), "noise_places": (page.id, at(9)),
        "at_one_moment": (), "received": (snapshot.id,), "version_neighbours": (changed,), "count_requisites": (page.id, snapshot.id),
        "stream_times": (page.id,), "last_time": (page.id, at(9)), "changes_of": ([changed.id],), "calendar": (page.id, 2021), "years": (page.id,), "gauges": (at(9),), "event": (event_id,), "changes_at": (page.id, changed.id, 5), "text_of": (snapshot.id,), "search_backlog": (),
        "search": (parse("83"), 5),
    }  # fmt: skip
    assert set(calls) == {name for name in vars(History) if not name.startswith("_")}
    for name, arguments in calls.items():
        result = getattr(history, name)(*arguments)
        if isinstance(result, Iterator):
            result = list(result)
        assert result or name in ("never_matched", "current_facts", "noise_places", "search_backlog"), name
    assert everything(history) == before
    assert len(outbox.unplanned(9)) == 1
    assert len(store.unprocessed(page.id)) == 1


def everything(history: History) -> dict[str, list]:
    """Every row of every table."""
    with history.database.read() as connection:
        return {
            name: connection.execute(text(f"SELECT * FROM {name} ORDER BY 1, 2")).all() for name in history.counts()
        }


def test_an_abandoned_stream_of_events_holds_no_connection(store: SqlStore, history: History):
    page = add_page(store, at(0))
    snapshot = archive(store, page, full(at(1), b"A"), at(1))
    store.record(snapshot, ok(events=(fact_changed(snapshot),) * 3), now=at(1))
    walk = history.events()
    next(walk)
    second = archive(store, page, full(at(2), b"B"), at(2))
    store.record(second, AnalysisOutcome(Verdict.EMPTY, "nothing there"), now=at(2))
    assert history.database.engine.pool.checkedout() == 0
