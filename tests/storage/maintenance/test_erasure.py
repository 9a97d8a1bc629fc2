from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, text, update

from alerts.model import Hold
from alerts.planned import HeldAlerts, PlannedAlert
from monitor.errors import BodyCorrupt, ConfigurationError, UnknownName
from monitor.model import FetchResult, Observation, Outcome, PageSource, Schedule
from monitor.times import iso_utc
from storage.archive.compression import MAX_DEPTH
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.maintenance.body_removal import remove_bodies
from storage.maintenance.erasure import _OF_A_PAGE, forget, preview, scrub
from storage.maintenance.page_exchanges import only_of
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.schema import alerts, archived_urls, bodies, deliveries, exchanges, metadata
from storage.store import SqlStore
from tests.storage.filled import HOME, NEWS, NOW, OTHER, body, declare, fill, holdings, plan
from tests.storage.snapshots import add_page, archive, check, exchange, full, sha256
from tests.support.stores import backend_of

SENTENCE = "Elsewhere."
REASON = "court order 7"


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database)
    return database


def everything(database: Database) -> str:
    """All rows as text, bodies and version blobs unpacked."""
    history, store = History(database), SqlStore(database)
    with database.read() as connection:
        rows = [repr(connection.execute(select(table)).all()) for table in metadata.sorted_tables]
        rows += [
            history.body(sha).decode("utf-8", "replace")
            for sha in connection.execute(select(bodies.c.sha256)).scalars()
        ]
        versions = metadata.tables["versions"]
        rows += [repr(store.version(key)) for key in connection.execute(select(versions.c.id)).scalars()]
    return "\n".join(rows)


def depths(database: Database) -> None:
    """Every body that is left can be read, and says truly on how many others it stands."""
    with database.read() as connection:
        rows = {row.id: row for row in connection.execute(select(bodies))}
    for row in rows.values():
        assert hashlib.sha256(History(database).body(row.sha256)).hexdigest() == row.sha256
        assert row.depth == (0 if row.base_id is None else rows[row.base_id].depth + 1) <= MAX_DEPTH
        assert row.base_id is None or row.base_id < row.id


def test_the_content_of_a_page_is_erased_and_a_tombstone_lists_its_checks(filled: Database):
    history = History(filled)
    page = history.page(OTHER)
    checks = tuple(
        {
            "at": iso_utc(snapshot.taken_at),
            "outcome": snapshot.outcome.value,
            "verdict": snapshot.verdict.value if snapshot.verdict else None,
            "sha256": snapshot.body_sha256,
        }
        for snapshot in history.snapshots(page.id, newest_first=False)
    )
    assert SENTENCE in everything(filled)
    assert "Other — “quoted”" in everything(filled)
    gone = forget(filled, OTHER, reason=REASON, now=NOW)
    left = everything(filled)
    for fragment in (SENTENCE, "Denied", "Not read yet", "Other — “quoted”"):
        assert fragment not in left
    assert history.page(OTHER) is None
    stone = history.tombstone(OTHER)
    assert (stone.forgotten_at, stone.reason, stone.checks) == (NOW, REASON, checks)
    assert (gone.snapshots, gone.versions) == (len(checks), 12)
    assert stone.description == "removed on 2021-03-01 (court order 7)"


def test_what_is_shown_before_is_what_goes(filled: Database):
    before = History(filled).counts()
    shown = preview(filled, HOME)
    assert History(filled).counts() == before
    assert forget(filled, HOME, reason="", now=NOW) == shown
    after = History(filled).counts()
    gone = {name: before[name] - after[name] for name in before}
    assert (shown.snapshots, shown.exchanges, shown.bodies) == (gone["snapshots"], gone["exchanges"], gone["bodies"])
    assert (shown.versions, shown.events, shown.alerts) == (gone["versions"], gone["events"], gone["alerts"])
    assert (shown.alerts, shown.pending, gone["deliveries"]) == (3, 1, 2)
    assert (gone["pages"], gone["fact_states"], gone["page_health"], gone["tombstones"]) == (1, 1, 1, -1)
    assert (shown.first_at, shown.last_at) == (NOW + timedelta(hours=1), NOW + timedelta(hours=14))


def test_other_pages_are_left_exactly_as_they_were(filled: Database):
    history, page = History(filled), History(filled).page(HOME)
    others = [summary for summary in history.pages() if summary.page.url != OTHER]
    snapshots = history.snapshots(page.id)
    shown = [history.body(one.body_sha256) for one in snapshots if one.body_sha256]
    reported = list(history.events(url=HOME))
    forget(filled, OTHER, reason="", now=NOW)
    assert history.pages() == others
    assert history.snapshots(page.id) == snapshots
    assert [history.body(one.body_sha256) for one in snapshots if one.body_sha256] == shown
    assert list(history.events(url=HOME)) == reported
    depths(filled)


def test_deliveries_that_wait_are_never_sent(filled: Database):
    outbox = SqlOutbox(filled)
    with filled.begin() as connection:
        connection.execute(update(deliveries).values(lease_until=None, lease_owner=None))
    forget(filled, HOME, reason="", now=NOW)
    assert outbox.claim("me", "hook", lease=timedelta(minutes=1), limit=10) == []
    assert outbox.unplanned(100) == []


def test_held_alerts_of_other_pages_do_not_keep_a_delivery(store, outbox, database: Database):
    declare(store)
    for page in (store.page_by_url(HOME), add_page(store, NOW, OTHER)):
        record_events(store, page, 1)
    one, other = (item.id for item in outbox.unplanned(10))
    plan(outbox, 0, one)
    outbox.plan([other], [], [HeldAlerts("hook", (PlannedAlert(other, "facts"),), Hold.DIGEST, NOW)], now=NOW)
    forget(database, HOME, reason="", now=NOW)
    with database.read() as connection:
        assert connection.execute(select(deliveries.c.payload)).all() == []
        assert connection.execute(select(alerts.c.event_id)).scalars().all() == [other]


def record_events(store: SqlStore, page, events_made: int) -> None:
    from tests.storage.snapshots import fact_changed, ok, version

    snapshot = archive(store, page, full(NOW, page.url.encode(), page.url), NOW)
    store.record(snapshot, ok(version(), events=(fact_changed(snapshot),) * events_made), now=NOW)


def test_every_table_that_refers_to_a_page_is_erased():
    hangs = {
        table for table in metadata.sorted_tables for key in table.foreign_keys if key.column.table.name == "pages"
    }
    assert hangs == set(_OF_A_PAGE)


# --- bodies that others need


def through(first: str, last: str, content: bytes) -> Observation:
    """A look at `first` that was redirected to `last`."""
    return Observation(
        FetchResult((exchange(NOW, b"moved on, see there", first, 302), exchange(NOW, content, last))),
        Outcome.FULL,
        sha256(content),
        None,
    )


def test_a_delta_of_an_erased_body_is_stored_again(store: SqlStore, history: History, database: Database):
    stays, goes = add_page(store, NOW, HOME), add_page(store, NOW, OTHER)
    texts = [body(members) for members in range(8)]
    for number, content in enumerate(texts):
        # Number 7 stands on 6, that on 4, that on 0; 5 on 4; all on one chain.
        page = goes if number in (0, 4, 6) else stays
        archive(store, page, through(page.url, NEWS, content), NOW + timedelta(hours=number))
    with database.read() as connection:
        before = connection.execute(select(bodies.c.base_id).where(bodies.c.sha256 == sha256(texts[7]))).scalar_one()
        size = connection.execute(select(func.sum(func.length(bodies.c.data)))).scalar_one()
    assert before is not None
    gone = forget(database, OTHER, reason="", now=NOW)
    assert (gone.bodies, gone.shared_bodies) == (3, 1)
    assert [history.body(sha256(texts[number])) for number in (1, 2, 3, 5, 7)] == [texts[n] for n in (1, 2, 3, 5, 7)]
    for number in (0, 4, 6):
        with pytest.raises(UnknownName):
            history.body(sha256(texts[number]))
    depths(database)
    with database.read() as connection:
        assert connection.execute(select(func.sum(func.length(bodies.c.data)))).scalar_one() < size * 6
    # The chain goes on with gaps in it.
    archive(store, stays, through(HOME, NEWS, body(99)), NOW + timedelta(days=1))
    assert history.body(sha256(body(99))) == body(99)
    depths(database)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    checks=st.lists(
        st.tuples(st.sampled_from([HOME, OTHER]), st.sampled_from([HOME, OTHER, NEWS]), st.integers(0, 20)),
        min_size=1,
        max_size=30,
    ),
    gone=st.sampled_from([HOME, OTHER]),
)
def test_whatever_pages_share_what_stays_can_be_read(database: Database, checks, gone: str):
    store, history = SqlStore(database), History(database)
    with database.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table is bodies:
                remove_bodies(connection, list(connection.execute(select(bodies.c.id)).scalars()))
            connection.execute(table.delete())
    pages = {url: add_page(store, NOW, url) for url in (HOME, OTHER)}
    for number, (page, final, mark) in enumerate(checks):
        content = f"<p>{mark}</p>{'The text around it. ' * 30}".encode()
        archive(store, pages[page], through(page, final, content), NOW + timedelta(seconds=number))
    stays = ({HOME, OTHER} - {gone}).pop()
    shown = {
        sha256(f"<p>{mark}</p>{'The text around it. ' * 30}".encode()) for page, _, mark in checks if page == stays
    }
    forget(database, gone, reason="", now=NOW)
    depths(database)
    with database.read() as connection:
        left = set(connection.execute(select(bodies.c.sha256)).scalars())
        bare = select(archived_urls.c.id).where(archived_urls.c.id.not_in(select(exchanges.c.url_id)))
        assert connection.execute(bare).all() == []
    assert left == shown | ({sha256(b"moved on, see there")} if shown else set())
    assert all(history.body(one.body_sha256) for one in history.snapshots(pages[stays].id))


# --- all or nothing


def test_a_removal_that_breaks_off_at_any_statement_removes_nothing(filled: Database):
    before, place, stop = holdings(filled), 0, 0

    @event.listens_for(filled.engine, "before_cursor_execute")
    def break_off(_connection, _cursor, statement: str, *_more: object) -> None:
        nonlocal place
        place += statement.startswith(("INSERT", "UPDATE", "DELETE"))
        if stop and place == stop:
            raise KeyboardInterrupt

    forgotten = False
    while not forgotten:
        place, stop = 0, stop + 1
        try:
            forget(filled, HOME, reason="", now=NOW)
            forgotten = True
        except KeyboardInterrupt:
            stop, at = 0, stop
            assert holdings(filled) == before
            stop = at
    assert stop > 10


def test_others_go_on_archiving_meanwhile(store: SqlStore, history: History, database: Database):
    """On the very chain whose bodies go."""
    stays, goes = add_page(store, NOW, HOME), add_page(store, NOW, OTHER)
    for number in range(6):
        archive(store, goes, through(OTHER, NEWS, body(number)), NOW)
    begun = threading.Event()

    def archive_number(number: int) -> None:
        archive(store, stays, through(HOME, NEWS, body(number)), NOW)
        begun.set()

    with ThreadPoolExecutor(5) as pool:
        checks = [pool.submit(archive_number, number) for number in range(40)]
        begun.wait(10)
        gone = pool.submit(forget, database, OTHER, reason="", now=NOW)
        for one in (*checks, gone):
            one.result()
    assert [snapshot.body_sha256 is not None for snapshot in history.snapshots(stays.id)] == [True] * 40
    assert history.page(OTHER) is None
    depths(database)


def test_a_damaged_body_that_has_to_stay_keeps_everything(store: SqlStore, database: Database):
    stays, goes = add_page(store, NOW, HOME), add_page(store, NOW, OTHER)
    archive(store, goes, through(OTHER, NEWS, body(1)), NOW)
    archive(store, stays, through(HOME, NEWS, body(2)), NOW)
    with database.begin() as connection:
        connection.execute(update(bodies).where(bodies.c.sha256 == sha256(body(2))).values(data=b"garbage"))
    before = holdings(database)
    with pytest.raises(BodyCorrupt, match="cannot be decompressed"):
        forget(database, OTHER, reason="", now=NOW)
    assert holdings(database) == before


def test_a_page_that_is_not_there_cannot_be_forgotten(database: Database):
    for removing in (lambda: preview(database, HOME), lambda: forget(database, HOME, reason="", now=NOW)):
        with pytest.raises(UnknownName, match="not watched here"):
            removing()


# --- it stays away


def test_a_watchlist_that_still_names_it_does_not_bring_it_back(filled: Database):
    store = SqlStore(filled)
    forget(filled, HOME, reason=REASON, now=NOW)
    from storage.watched.declarations import DeclaredPage

    declared = [
        DeclaredPage(url, "", Schedule(every=timedelta(hours=1)), (), allow_private=False) for url in (HOME, NEWS)
    ]
    report = store.apply_declared(declared, [], [], [], now=NOW)
    assert report.forgotten == (f"page {HOME}, removed on 2021-03-01 (court order 7)",)
    assert store.page_by_url(HOME) is None
    assert store.page_by_url(NEWS) is not None

    again = store.add_page(HOME, schedule=Schedule(), source=PageSource.ADDED, now=NOW, again=True)
    assert store.apply_declared(declared, [], [], [], now=NOW).forgotten == ()
    assert store.page(again.id).source is PageSource.WATCHLIST


@pytest.mark.parametrize("source", [PageSource.ADDED, PageSource.IMPORTED])
def test_an_erased_page_is_added_again_only_on_request(filled: Database, source: PageSource):
    store = SqlStore(filled)
    forget(filled, HOME, reason="", now=NOW)
    with pytest.raises(ConfigurationError, match=r"removed on 2021-03-01 and .* --again"):
        store.add_page(HOME, schedule=Schedule(), source=source, now=NOW)
    page = store.add_page(HOME, schedule=Schedule(), source=source, now=NOW, again=True)
    assert check(store, page, body(83), 83, NOW).seq == 1


def test_what_is_watched_again_can_be_forgotten_again(filled: Database):
    store, history = SqlStore(filled), History(filled)
    forget(filled, HOME, reason=REASON, now=NOW)
    first = history.tombstone(HOME).checks
    page = store.add_page(HOME, schedule=Schedule(), source=PageSource.ADDED, now=NOW, again=True)
    archive(store, page, full(NOW, b"<p>new</p>", HOME), NOW)
    later = NOW + timedelta(days=1)
    forget(filled, HOME, reason="", now=later)
    stone = history.tombstone(HOME)
    assert (stone.forgotten_at, stone.reason) == (later, REASON)
    assert stone.checks == (
        *first,
        {"at": iso_utc(NOW), "outcome": "full", "verdict": None, "sha256": sha256(b"<p>new</p>")},
    )


# --- the files


def test_nothing_of_it_is_left_in_the_files(tmp_path: Path):
    """Another connection stays open, so that the log is not simply taken away with the last one."""
    url = f"sqlite:///{tmp_path / 'watch.db'}"
    with closing(open_database(url)) as beside, closing(open_database(url)) as database:
        fill(database)
        store = SqlStore(database)
        secret = "The-accused-lives-at-7-Mill-Lane"
        page = add_page(store, NOW, "https://c.example/", label=secret)
        archive(store, page, full(NOW, b"short", "https://c.example/", headers=(("X-Secret", secret),)), NOW)
        with beside.read() as connection:
            connection.execute(text("SELECT count(*) FROM pages"))
        assert found(tmp_path, secret)
        forget(database, "https://c.example/", reason="", now=NOW)
        assert scrub(database)
        assert not found(tmp_path, secret)
        assert len(History(beside).pages()) == 3
    assert not found(tmp_path, secret)


def test_scrub_reports_that_a_reader_keeps_the_log(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'watch.db'}"
    with closing(open_database(url)) as beside, closing(open_database(url, busy_timeout=0.1)) as database:
        add_page(SqlStore(database), NOW, HOME)
        with beside.read() as connection:
            connection.execute(text("SELECT count(*) FROM pages"))
            forget(database, HOME, reason="", now=NOW)
            assert not scrub(database)
        assert scrub(database)


def test_postgresql_cleans_its_files_itself(database: Database, database_url: str):
    assert scrub(database) == (backend_of(database_url) == "sqlite")


def found(folder: Path, secret: str) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file() and secret.encode() in path.read_bytes()]


def test_more_redirect_targets_than_a_statement_has_parameters(database: Database):
    keys = range(1, 70_001)
    with database.read() as connection:
        assert connection.execute(select(exchanges.c.id).where(only_of(1, keys))).all() == []
        assert connection.execute(select(exchanges.c.id).where(~only_of(1, keys))).all() == []
