"""A database as an earlier Pagewitness left it, filled by plain SQL, brought up to this schema."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, func, inspect, select, text

from monitor.errors import SchemaMismatch, StorageError
from monitor.model import (
    WHOLE_PAGE,
    BlockKind,
    ExchangeRole,
    FailureKind,
    HealthStatus,
    HostTemplate,
    Outcome,
    PageHealth,
    PageLists,
    PageState,
    Reason,
    RequestSettings,
    RequisiteMode,
    SnapshotRef,
)
from monitor.search.query import parse
from rendering import sentences
from storage import schema
from storage.archive.bodies import known_bodies, load_body
from storage.archive.compression import delta, keyframe
from storage.archive.rows import page_health
from storage.archive.version_blob import blob_of
from storage.database.connection import connect
from storage.database.engine import Database, Migrated, _config, migrate, open_database
from storage.maintenance.backup import backup, restore
from storage.maintenance.verify import verify
from storage.outbox.sql_outbox import SqlOutbox
from storage.queries.history import History
from storage.store import SqlStore
from tests.storage.snapshots import add_page, archive, check, fact_changed, failed, full, ok, version
from tests.support.stores import backend_of

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
OLD = "0001"
BODIES = [f"<p>The Coalition has {members} members.</p>".encode() for members in (83, 85)]
# What a row says where the test does not care.
PLAIN: dict[str, Any] = {
    "pages": {
        "label": "Home",
        "host": "a.example",
        "every_seconds": 3600.0,
        "timezone": "UTC",
        "facts": '["member_count"]',
        "allow_private": False,
        "state": "active",
        "source": "watchlist",
        "created_at": NOW,
    },
    "snapshots": {
        "origin": "live",
        "outcome": "full",
        "status": 200,
        "final_url": "https://a.example/",
        "content_type": "text/html",
        "verdict": "ok",
        "verdict_reason": "reads well",
    },
    "exchanges": {
        "hop": 0,
        "url": "https://a.example/",
        "request_headers": "[]",
        "elapsed_ms": 5,
        "status": 200,
        "reason": "OK",
        "http_version": "HTTP/1.1",
        "response_headers": '[["Content-Type","text/html"]]',
    },
}


def _bound(connection: Connection, value: Any) -> Any:
    """Times as SQLite holds them: naive UTC with microseconds, as text."""
    if isinstance(value, datetime) and connection.dialect.name == "sqlite":
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value


def insert(connection: Connection, table: str, **values: Any) -> None:
    row = {name: _bound(connection, value) for name, value in (PLAIN.get(table, {}) | values).items()}
    names = ", ".join(f'"{name}"' for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in row)})"), row)


def create(database: Database, version: str) -> None:
    with database.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def build_old(url: str) -> None:
    """The database as schema 0001 left it: a page with two looks, a change between them, one alert sent and one waiting."""
    database = connect(url)
    create(database, OLD)
    with database.begin() as connection:
        insert(
            connection,
            "pages",
            id=1,
            url="https://a.example/",
            next_check_at=NOW + timedelta(hours=1),
            last_seq=2,
            latest_snapshot_id=2,
            ok_snapshot_id=2,
        )
        insert(connection, "pages", id=2, url="https://a.example/gone", state="retired", retired_at=NOW, last_seq=0)
        insert(connection, "hosts", host="a.example", last_visit_at=NOW)
        insert(connection, "body_chains", id=1, url="https://a.example/", url_sha256="0" * 64, size=2)
        for number, body in enumerate(BODIES, 1):
            insert_check(connection, number, body, NOW + timedelta(hours=number - 2))
        for name, definition in (
            ("facts", '{"kind":"count_of","terms":["members"]}'),
            ("channels", '{"type":"webhook","url":"https://hook.example/","secret":null,"allow_private":false}'),
            ("rules", '{"events":["fact_changed"],"to":["hook"],"pages":[],"facts":[]}'),
        ):
            insert(connection, name, name="hook", definition=definition, position=0, applied_at=NOW)
        insert_event(connection)
        if connection.dialect.name == "postgresql":
            for table in ("pages", "snapshots", "bodies", "events", "deliveries", "exchanges", "alerts", "body_chains"):
                connection.execute(
                    text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
                )
    database.close()


def insert_check(connection: Connection, number: int, body: bytes, at: datetime) -> None:
    digest = hashlib.sha256(body).hexdigest()
    insert(
        connection,
        "bodies",
        id=number,
        sha256=digest,
        length_bytes=len(body),
        depth=0,
        data=keyframe(body),
        created_at=at,
    )
    insert(connection, "body_links", chain_id=1, n=number - 1, body_id=number)
    insert(connection, "snapshots", id=number, page_id=1, seq=number, taken_at=at, body_id=number, read_at=at)
    insert(connection, "exchanges", id=number, snapshot_id=number, started_at=at, body_id=number)


def insert_event(connection: Connection) -> None:
    for number, state in ((1, "sent"), (2, "pending")):
        insert(
            connection,
            "events",
            id=number,
            page_id=1,
            snapshot_id=2,
            before_snapshot_id=1,
            read_snapshot_id=2,
            ordinal=number,
            at=NOW,
            from_at=NOW - timedelta(hours=1),
            recorded_at=NOW,
            kind="fact_changed",
            level="fact",
            origin="live",
            cause="page",
            fact="member_count",
            before="83",
            after="85",
            summary="member_count 83 → 85",
            detail="{}",
            planned_at=NOW,
        )
        insert(
            connection,
            "deliveries",
            id=number,
            uid=f"msg_{number}",
            channel="hook",
            payload='{"body":"83 to 85"}',
            state=state,
            attempts=2 - number,
            created_at=NOW,
            next_try_at=NOW if state == "pending" else None,
            sent_at=NOW if state == "sent" else None,
            receipt="",
            last_error="",
        )
        insert(
            connection,
            "alerts",
            id=number,
            event_id=number,
            rule="r",
            channel="hook",
            delivery_id=number,
            planned_at=NOW,
        )


NEW_TABLES = {
    "requisites",
    "archived_urls",
    "robots",
    "page_checks",
    "page_claims",
    "page_health",
    "page_results",
    "page_lists",
    "host_templates",
    "tombstones",
    "channel_states",
    "users",
    "sessions",
    "api_tokens",
    "one_time_links",
    "login_throttles",
    "signing_keys",
    "audit_log",
    "event_acknowledgements",
    "event_comments",
    "search_blocks",
    "search_absences",
    "search_backlog",
}


def everything(url: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that schema 0001 has, as the driver returns it; of pages, with what later schemas store in tables beside it."""
    queries = {name: f"SELECT * FROM {name}" for name in set(schema.metadata.tables) - NEW_TABLES}
    with closing(connect(url)) as database, database.read() as connection:
        if "archived_urls" in inspect(connection).get_table_names():
            queries["body_links"] = "SELECT url_id AS chain_id, n, body_id FROM body_links"
            queries["exchanges"] = (
                "SELECT exchanges.*, url FROM exchanges JOIN archived_urls ON archived_urls.id = url_id"
            )
        if "page_checks" in inspect(connection).get_table_names():
            queries["pages"] = (
                "SELECT * FROM pages JOIN page_checks ON page_checks.page_id = pages.id"
                " JOIN page_results ON page_results.page_id = pages.id"
            )
        return {
            name: sorted((_hexadecimal(row._mapping) for row in connection.execute(text(query))), key=repr)
            for name, query in queries.items()
        }


def _hexadecimal(row: Mapping[str, Any]) -> dict[str, Any]:
    """Digests in one form, whether stored as text or, since schema 0026, as bytes."""
    return {
        name: value.hex() if name == "sha256" and isinstance(value, bytes) else value for name, value in row.items()
    }


@pytest.fixture
def old_url(empty_database_url: str) -> str:
    build_old(empty_database_url)
    return empty_database_url


def test_an_older_schema_is_refused_until_it_is_migrated(old_url: str):
    with pytest.raises(SchemaMismatch, match=rf"schema version {OLD}.*pagewitness migrate"):
        open_database(old_url)


def test_an_upgrade_keeps_every_row_as_it_was(old_url: str):
    before = everything(old_url)
    assert migrate(old_url)[:2] == (OLD, schema.VERSION)
    after = everything(old_url)
    # Stored as differences since schema 0022, which has a test of its own.
    for row in [*before["exchanges"], *after["exchanges"]]:
        del row["request_headers"], row["response_headers"]
    for name, rows in before.items():
        kept = [{column: row[column] for column in rows[0]} for row in after[name]] if rows else after[name]
        assert sorted(kept, key=repr) == rows, name
    assert migrate(old_url) == (schema.VERSION, schema.VERSION, None)


def test_an_upgraded_database_is_worked_on_as_if_it_had_always_been_so(old_url: str):
    migrate(old_url)
    with closing(open_database(old_url, create=False)) as database:
        assert_usable(database)


def test_an_upgraded_event_keeps_its_sentence_and_new_ones_have_a_reason_code(old_url: str):
    migrate(old_url)
    with closing(open_database(old_url, create=False)) as database:
        store, history = SqlStore(database), History(database)
        page = next(summary.page for summary in history.pages())
        new = archive(store, page, full(NOW + timedelta(hours=1), b"86"), NOW + timedelta(hours=1))
        store.record(new, ok(version(86), events=(fact_changed(new),)), now=NOW + timedelta(hours=1))
        assert [
            (event.event.change.reason, event.event.change.stored_text, sentences.summary(event.event.change))
            for event in history.events()
        ] == [(None, "member_count 83 → 85", "member_count 83 → 85")] * 2 + [
            (Reason.FACT_CHANGED, "", "member_count 83 → 85 (+2)")
        ]
        assert [row.change.stored_text for row in history.alerts()] == ["member_count 83 → 85"] * 2


def test_an_upgrade_queues_the_versions_of_before_for_the_search(old_url: str):
    with closing(connect(old_url)) as database:
        create(database, "0028")
        data = blob_of(version(83))
        with database.begin() as connection:
            texts = {"code": "1", "facts": "", "learned": "", "title": ""}
            blob = {"blob": keyframe(data), "blob_depth": 0, "blob_length": len(data), "created_at": NOW}
            insert(connection, "versions", id=7, page_id=1, seq=1, snapshot_id=1, **texts, **blob)
            connection.execute(text("UPDATE snapshots SET version_id = 7 WHERE id = 1"))
    migrate(old_url)
    with closing(open_database(old_url, create=False)) as database:
        store, history, query = SqlStore(database), History(database), parse("83")
        assert history.search_backlog() == 1
        assert not history.search(query, 10).rows
        while store.index_next():
            pass
        assert history.search_backlog() == 0
        (found,) = history.search(query, 10).rows
        assert found.first_at == store.snapshot(1).taken_at


def assert_usable(database: Database) -> None:
    store, history, outbox = SqlStore(database), History(database), SqlOutbox(database)
    home, gone = (summary.page for summary in history.pages())
    assert (home.state, home.next_check_at, home.obey_robots, home.failures) == (
        PageState.ACTIVE,
        NOW + timedelta(hours=1),
        True,
        0,
    )
    assert (gone.state, gone.next_check_at) == (PageState.RETIRED, None)
    assert [history.body(one.body_sha256) for one in history.snapshots(home.id, newest_first=False)] == BODIES
    assert store.due_hosts(NOW + timedelta(hours=2), 5) == ["a.example"]
    assert [sentences.summary(event.event.change) for event in history.events()] == ["member_count 83 → 85"] * 2
    assert [one.uid for one in outbox.claim("me", "hook", lease=timedelta(minutes=1), limit=5)] == ["msg_2"]
    new = check(store, home, b"<p>The Coalition has 86 members.</p>", 86, NOW + timedelta(hours=2))
    assert (new.id, new.seq, new.outcome) == (3, 3, Outcome.FULL)
    assert store.page_memory(home.id).version == version(86)


def test_schema_0010_moves_the_state_of_pages_into_tables_of_its_writers(empty_database_url: str):
    checks = {
        "next_check_at": NOW,
        "scheduled_by": 12,
        "interval_seconds": 1800.5,
        "schedule_reason": "1 check failed",
        "failures": 1,
        "last_seq": 7,
        "latest_snapshot_id": 11,
        "ok_snapshot_id": 10,
        "repeats": 3,
        "confirmed_at": NOW - timedelta(days=1),
    }
    results = {
        "version_id": 4,
        "settled_by": "digest",
        "validator_snapshot_id": 9,
        "validator_url": "https://a.example/",
        "etag": '"a"',
        "last_modified": "Mon, 01 Mar 2021 12:00:00 GMT",
    }
    with closing(connect(empty_database_url)) as database:
        create(database, "0009")
        with database.begin() as connection:
            insert(connection, "pages", id=1, url="https://a.example/", churn='{"code":"1"}', **checks, **results)
            insert(connection, "pages", id=2, url="https://a.example/b", state="paused", next_check_at=NOW, last_seq=0)
            insert(
                connection,
                "tombstones",
                id=1,
                url="https://a.example/c",
                forgotten_at=NOW,
                reason="",
                looks='[{"at":"x"}]',
            )
    migrate(empty_database_url)
    with closing(open_database(empty_database_url)) as database, database.read() as connection:
        first, second = connection.execute(select(schema.page_checks).order_by(schema.page_checks.c.page_id))
        assert first._mapping == {"page_id": 1, "host": "a.example", **checks}
        assert (second.page_id, second.next_check_at, second.last_seq) == (2, None, 0), "only active pages are due"
        stored = [column for column in schema.page_results.c if not column.name.startswith("discovery_")]
        first, second = connection.execute(select(*stored).order_by(schema.page_results.c.page_id))
        assert first._mapping == {"page_id": 1, "learned_noise": {"code": "1"}, **results}
        assert second._mapping == {name: 2 if name == "page_id" else None for name in second._fields}
        assert connection.execute(select(schema.tombstones.c.checks)).scalar_one() == [{"at": "x"}]
        assert {"next_check_at", "churn", "etag"}.isdisjoint(schema.pages.c.keys())


def test_schema_0012_renames_columns_of_page_health_and_keeps_its_rows(empty_database_url: str):
    expiry = NOW + timedelta(days=9)
    with closing(connect(empty_database_url)) as database:
        create(database, "0011")
        with database.begin() as connection:
            for page_id, path in enumerate(("", "b"), 1):
                insert(connection, "pages", id=page_id, url=f"https://a.example/{path}")
            before = {"since_id": 4, "since_at": NOW, "candidate": "ok", "candidate_seen": 1, "stale_since": NOW}
            insert(connection, "page_health", page_id=1, standing="gone", certificate_told=expiry, **before)
            insert(connection, "page_health", page_id=2, standing="unreadable", candidate_seen=0)
    migrate(empty_database_url)
    with closing(open_database(empty_database_url)) as database:
        with database.read() as connection:
            gone, unreadable = map(page_health, connection.execute(select(schema.page_health)))
        assert gone == PageHealth(
            status=HealthStatus.GONE,
            since=SnapshotRef(4, NOW),
            candidate=HealthStatus.OK,
            candidate_seen=1,
            stale_since=NOW,
            reported_certificate_expiry=expiry,
        )
        assert unreadable == PageHealth(status=HealthStatus.UNREADABLE)
        with pytest.raises(StorageError, match="ck_page_health_status"):
            database.write(lambda connection: connection.execute(text("UPDATE page_health SET status = 'late'")))


def test_schema_0014_allows_the_kinds_of_blocks_beside_the_text(empty_database_url: str):
    with closing(connect(empty_database_url)) as database:
        create(database, "0013")
        with database.begin() as connection:
            insert(connection, "pages", id=1, url="https://a.example/")
            event = {"page_id": 1, "ordinal": 0, "at": NOW, "recorded_at": NOW, "kind": "text_changed", "level": "text", "origin": "live", "cause": "page", "summary": "", "detail": "{}"}  # fmt: skip
            insert(connection, "events", id=1, block_kind="footer", **event)
    migrate(empty_database_url)
    with closing(open_database(empty_database_url)) as database:
        for kind in BlockKind:
            statement = text("UPDATE events SET block_kind = :kind").bindparams(kind=kind.value)
            database.write(lambda connection, statement=statement: connection.execute(statement))
            with database.read() as connection:
                assert connection.execute(select(schema.events.c.block_kind)).scalar_one() is kind
        with pytest.raises(StorageError, match="ck_events_block_kind"):
            database.write(lambda connection: connection.execute(text("UPDATE events SET block_kind = 'other'")))


def test_schema_0015_adds_host_templates(empty_database_url: str):
    with closing(connect(empty_database_url)) as database:
        create(database, "0014")
        with database.begin() as connection:
            insert(connection, "pages", id=1, url="https://a.example/")
    migrate(empty_database_url)
    with closing(open_database(empty_database_url)) as database:
        store = SqlStore(database)
        assert store.host_template("a.example") is None
        found = PageLists(1, 5, 0, "identity", ("digest",), "1")
        template = HostTemplate("1", {"digest": 0})
        considered: list[PageLists] = []

        def learn(_known: HostTemplate | None, pages: Sequence[PageLists]) -> HostTemplate:
            considered.extend(pages)
            return template

        assert store.learn_template("a.example", [found], learn) == template
        assert considered == [found]
        assert store.host_template("a.example") == template


def test_schema_0017_gives_pages_empty_tags_and_no_inherited_settings(empty_database_url: str):
    with closing(connect(empty_database_url)) as database:
        create(database, "0014")
        with database.begin() as connection:
            insert(connection, "pages", id=1, url="https://a.example/")
            connection.execute(text("INSERT INTO page_checks (page_id, host) VALUES (1, 'a.example')"))
    migrate(empty_database_url)
    with closing(open_database(empty_database_url)) as database:
        page = SqlStore(database).page(1)
        assert (page.tags, page.request, page.inherited) == ((), RequestSettings(), ())


def test_schema_0018_allows_checks_that_fail_for_their_credentials(empty_database_url: str, clock):
    with closing(connect(empty_database_url)) as database:
        create(database, "0017")
        with database.begin() as connection:
            insert(connection, "pages", id=7, url="https://a.example/")
            connection.execute(text("INSERT INTO page_checks (page_id, host) VALUES (7, 'a.example')"))
    migrate(empty_database_url)
    with closing(open_database(empty_database_url)) as database:
        store = SqlStore(database)
        assert store.page(7).selection == WHOLE_PAGE  # schema 0020
        assert store.page(7).paused_until is None  # schema 0021
        page = add_page(store, clock())
        for kind in FailureKind:
            archive(store, page, failed(clock.advance(minutes=1), kind), clock())
        with database.read() as connection:
            kinds = connection.execute(select(schema.exchanges.c.failure_kind)).scalars().all()
        assert kinds == list(FailureKind)
        with pytest.raises(StorageError, match="ck_exchanges_failure_kind"):
            database.write(lambda connection: connection.execute(text("UPDATE exchanges SET failure_kind = 'other'")))


def test_the_old_file_stays_beside_the_new_one(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'watch.db'}"
    build_old(url)
    before = everything(url)
    copy = tmp_path / f"watch.db.{OLD}"
    assert migrate(url) == Migrated(OLD, schema.VERSION, copy)
    assert everything(f"sqlite:///{copy}") == before
    with pytest.raises(SchemaMismatch, match=OLD):
        open_database(f"sqlite:///{copy}")
    assert not list(tmp_path.glob("*.part"))

    # A second time, from the copy put back: the first copy is not overwritten.
    (tmp_path / "watch.db").write_bytes(copy.read_bytes())
    assert migrate(url).copy == tmp_path / f"watch.db.{OLD}.2"


def test_postgresql_is_not_copied(old_url: str):
    copied = migrate(old_url).copy is not None
    assert copied == (backend_of(old_url) == "sqlite")


def test_a_backup_of_an_older_schema_can_be_made_and_is_restored_into_this_one(tmp_path: Path, empty_database_url: str):
    url, file = f"sqlite:///{tmp_path / 'old.db'}", tmp_path / "old.backup"
    build_old(url)
    assert backup(url, file).schema == OLD
    before = file.read_bytes()
    assert restore(file, empty_database_url)["snapshots"] == 2
    assert file.read_bytes() == before
    with closing(open_database(empty_database_url, create=False)) as database:
        assert_usable(database)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ("UPDATE pages SET etag = x'ff00' WHERE id = 1", "has no value that we write in 'etag'"),
        ("UPDATE pages SET validator_url = printf('%.*c', 2000000, 'a') WHERE id = 1", "in 'validator_url'"),
    ],
)
def test_a_value_that_a_migration_moves_is_checked_like_any_other(
    change: str, refusal: str, tmp_path: Path, empty_database_url: str
):
    file = tmp_path / "old.backup"
    build_old(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute(change)
        connection.commit()
    with pytest.raises(StorageError, match=refusal):
        restore(file, empty_database_url)


def test_schema_0022_finds_exchanges_by_url_and_stores_repeated_headers_once(empty_database_url: str):
    date = [["Content-Type", "text/html"], ["Date", "Mon, 01 Mar 2021 12:00:00 GMT"]]
    headers = {
        1: [["Server", "nginx"], *date],
        2: [["Server", "nginx"], date[0], ["Date", "Mon, 01 Mar 2021 13:00:00 GMT"]],
        3: [["Server", "nginx"], ["Refresh", "5"], *date],
        4: [["Date", "Mon, 01 Mar 2021 14:00:00 GMT"]],
    }
    sent = [["User-Agent", "Pagewitness/1.0 (+https://a.example/bot)"], ["Accept", "text/html,application/xhtml+xml"]]
    with closing(connect(empty_database_url)) as database:
        create(database, "0021")
        with database.begin() as connection:
            insert_0020(connection)
            for number, fields in headers.items():
                outcome = {"outcome": "not_modified", "status": 200, "repeats_id": 3} if number == 4 else {}
                at = NOW + timedelta(hours=number)
                insert(connection, "snapshots", id=number, page_id=1, seq=number, taken_at=at, body_id=1, **outcome)
                insert(
                    connection,
                    "exchanges",
                    id=number,
                    snapshot_id=number,
                    started_at=at,
                    url="https://www.a.example/" if number == 1 else "https://a.example/",
                    request_headers=json.dumps(sent),
                    response_headers=json.dumps(fields),
                    status=304 if number == 4 else 200,
                    entity_sha256="ab" * 32,
                    body_id=1,
                )
    assert migrate(empty_database_url)[:2] == ("0021", schema.VERSION)
    with closing(open_database(empty_database_url, create=False)) as database:
        history = History(database)
        found = [history.exchanges(number)[0] for number in headers]
        assert [one.response_headers for one in found] == [
            tuple((name, value) for name, value in fields) for fields in headers.values()
        ]
        assert {one.request_headers for one in found} == {tuple((name, value) for name, value in sent)}
        assert {(one.entity_sha256, one.role) for one in found} == {("ab" * 32, ExchangeRole.NAVIGATION)}
        assert history.snapshot(3).refresh == "5"
        with database.read() as connection:
            stored = connection.execute(
                select(
                    schema.exchanges.c.id, schema.exchanges.c.repeats_id, schema.exchanges.c.header_base_id
                ).order_by(schema.exchanges.c.id)
            ).all()
            keys = connection.execute(select(schema.archived_urls.c.url, schema.archived_urls.c.surt)).all()
        # Another URL, the first of this one, one with a Refresh field, and a 304 that is mostly its request.
        assert [row[1:] for row in stored] == [(None, None), (None, None), (None, None), (3, 3)]
        assert sorted(keys) == [
            ("https://a.example/", "example,a)/"),
            ("https://www.a.example/", "example,a)/"),
        ]


def insert_0020(connection: Connection) -> None:
    """A page with a body, in the columns of schema 0020."""
    insert(connection, "pages", id=1, url="https://a.example/", host="a.example", label="", timezone="UTC", facts="[]")
    for table, more in (("page_checks", {"host": "a.example", "last_seq": 4}), ("page_results", {})):
        insert(connection, table, page_id=1, **more)
    insert(
        connection,
        "bodies",
        id=1,
        sha256=hashlib.sha256(BODIES[0]).hexdigest(),
        length_bytes=len(BODIES[0]),
        depth=0,
        data=keyframe(BODIES[0]),
        created_at=NOW,
    )
    insert(connection, "body_chains", id=1, url="https://a.example/", url_sha256="ab" * 32, size=1)
    insert(connection, "body_links", chain_id=1, n=0, body_id=1)


def test_schema_0023_lets_pages_that_are_already_monitored_get_their_requisites(empty_database_url: str):
    with closing(connect(empty_database_url)) as database:
        create(database, "0022")
        with database.begin() as connection:
            for number, state in ((1, "active"), (2, "active"), (3, "retired")):
                url = f"https://{number}.example/"
                insert(connection, "pages", id=number, url=url, state=state, label="", timezone="UTC", facts="[]")
                insert(connection, "page_checks", page_id=number, host="a.example", last_seq=0)
                insert(connection, "page_results", page_id=number, version_id=None if number == 2 else 7)
    migrate(empty_database_url)
    with closing(open_database(empty_database_url, create=False)) as database, database.read() as connection:
        due = connection.execute(
            select(schema.page_results.c.page_id).where(schema.page_results.c.discovery_due_at <= NOW)
        ).scalars()
        assert list(due) == [1]
        assert set(connection.execute(select(schema.pages.c.requisites)).scalars()) == {RequisiteMode.ON_CHANGE}


@pytest.fixture
def many_bodies(empty_database_url: str) -> str:
    """A database of schema 0024 with more bodies than are converted at once, every fifth stored as a delta of the one before."""
    with closing(connect(empty_database_url)) as database:
        create(database, "0024")
        with database.begin() as connection:
            for key, body in enumerate(MANY, 1):
                is_delta = key % 5 == 0
                data = delta(body, MANY[key - 2]) if is_delta else keyframe(body)
                insert(
                    connection,
                    "bodies",
                    id=key,
                    sha256=hashlib.sha256(body).hexdigest(),
                    length_bytes=len(body),
                    base_id=key - 1 if is_delta else None,
                    depth=int(is_delta),
                    data=data,
                    created_at=NOW,
                )
    return empty_database_url


MANY = [f"<p>{number} members in the list of {number % 7} regions</p>".encode() for number in range(1_100)]


def test_schema_0030_stores_digests_in_32_bytes(many_bodies: str):
    assert migrate(many_bodies)[:2] == ("0024", schema.VERSION)
    assert verify(many_bodies).damages == ()
    with closing(open_database(many_bodies, create=False)) as database:
        with database.read() as connection:
            lengths = connection.execute(text("SELECT DISTINCT length(sha256) FROM bodies")).scalars().all()
            digests = [hashlib.sha256(body).hexdigest() for body in MANY]
            assert known_bodies(connection, digests) == {digest: key for key, digest in enumerate(digests, 1)}
            assert all(load_body(connection, digests[key]) == MANY[key] for key in (0, 4, 499, 500, 1_099))
            columns = {column["name"] for column in inspect(connection).get_columns("versions")}
        assert lengths == [32]
        assert "text_sha256" not in columns, "nothing used it"
        with pytest.raises(StorageError, match=r"(?i)unique"):
            database.write(
                lambda connection: connection.execute(
                    text("UPDATE bodies SET sha256 = (SELECT sha256 FROM bodies WHERE id = 1) WHERE id = 2")
                )
            )
        store = SqlStore(database)
        page = add_page(store, NOW)
        archive(store, page, full(NOW, MANY[3]), NOW)
        with database.read() as connection:
            assert connection.execute(select(func.count()).select_from(schema.bodies)).scalar_one() == len(MANY)


@pytest.mark.parametrize("digest", ["", "5d716e", "Z" * 64, "A" * 63])
def test_a_digest_that_is_none_stops_the_upgrade_and_changes_nothing(many_bodies: str, digest: str):
    with closing(connect(many_bodies)) as database:
        with database.begin() as connection:
            connection.execute(text("UPDATE bodies SET sha256 = :digest WHERE id = 700"), {"digest": digest})
        with database.read() as connection:
            before = connection.execute(text("SELECT id, sha256 FROM bodies ORDER BY id")).all()
    with pytest.raises(StorageError, match="the body 700 has no SHA-256"):
        migrate(many_bodies)
    with closing(connect(many_bodies)) as database, database.read() as connection:
        assert connection.execute(text("SELECT id, sha256 FROM bodies ORDER BY id")).all() == before
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0024"


def test_a_damaged_body_of_an_older_schema_is_named_by_its_backup(tmp_path: Path):
    url, named = f"sqlite:///{tmp_path / 'old.db'}", []
    build_old(url)
    with closing(connect(url)) as database, database.begin() as connection:
        connection.execute(text("UPDATE bodies SET data = (SELECT data FROM bodies WHERE id = 1) WHERE id = 2"))
    assert backup(url, tmp_path / "old.backup", on_damage=named.append).damages == 1
    assert [(one.kind, one.key, one.sha256) for one in named] == [
        ("body", "2", hashlib.sha256(BODIES[1]).hexdigest()),
    ]


@pytest.mark.parametrize(
    ("digest", "is_restored"), [("ab" * 32, True), ("AB" * 32, False), ("ab", False), (b"ab", False)]
)
def test_digests_of_entities_in_a_backup_of_an_older_schema_are_checked(
    digest: str | bytes, is_restored: bool, tmp_path: Path, empty_database_url: str
):
    file = tmp_path / "old.backup"
    build_old(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("UPDATE exchanges SET entity_sha256 = ?", (digest,))
        connection.commit()
    if not is_restored:
        with pytest.raises(StorageError, match="in 'entity_sha256'"):
            restore(file, empty_database_url)
        return
    restore(file, empty_database_url)
    with closing(open_database(empty_database_url, create=False)) as database:
        assert {one.entity_sha256 for key in (1, 2) for one in History(database).exchanges(key)} == {digest}


def test_schema_0030_leaves_the_degree_of_earlier_versions_unknown(empty_database_url: str):
    with closing(connect(empty_database_url)) as database:
        create(database, "0024")
        with database.begin() as connection:
            insert(connection, "pages", id=1, url="https://a.example/", label="", timezone="UTC", facts="[]")
            version = {"code": "1", "facts": "", "learned": "", "title": "", "text_sha256": "ab" * 32}
            blob = {"blob": b"x", "blob_depth": 0, "blob_length": 1, "created_at": NOW}
            insert(connection, "versions", id=7, page_id=1, seq=1, snapshot_id=3, **version, **blob)
    migrate(empty_database_url)
    with closing(open_database(empty_database_url, create=False)) as database, database.read() as connection:
        columns = schema.versions.c
        rows = connection.execute(select(columns.id, columns.changed_permille)).all()
        assert rows == [(7, None)]
