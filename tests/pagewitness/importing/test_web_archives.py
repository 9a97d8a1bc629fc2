"""Import of WARC and ARC files, as several tools write them, into a database."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.errors import PagewitnessError
from monitor.model import Cause, ExchangeRole, Origin, PageSource, Verdict
from monitor.pipeline.analyze import analyze
from pagewitness.importing.saved_pages import SnapshotImporter, reprocess_all
from pagewitness.importing.web_archives import ArchiveImporter, ImportedArchives
from pagewitness.maintenance.reprocessing import Reprocessor
from storage.archive.exchanges import EXCHANGES, exchange_of
from storage.database.engine import Database
from storage.queries.exchange_lookup import nearest_exchange
from storage.queries.history import History
from storage.schema import bodies, exchanges, snapshots
from storage.store import SqlStore
from storage.warc import import_index
from storage.warc.export import export_warc
from storage.warc.selection import Selection
from tests.storage.snapshots import add_page
from tests.support.web_archives import ARC_FIRST, HTML, arc, gzipped, message, page, record, request

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOME, OTHER = "https://a.example/", "https://a.example/other"
SHEET = "https://a.example/site.css"
DAYS = [f"2020-01-0{day}T00:00:00Z" for day in range(1, 10)]
Load = Callable[..., ImportedArchives]


@pytest.fixture
def snapshots_of(store: SqlStore) -> SnapshotImporter:
    return SnapshotImporter(store, NOW, 3, "test", analyze)


@pytest.fixture
def load(store: SqlStore, tmp_path: Path) -> Load:
    def load_files(*files: bytes, exchanges_only: bool = False, max_bytes: int = 10**6) -> ImportedArchives:
        paths = [tmp_path / f"{number}.warc" for number in range(len(files))]
        for path, data in zip(paths, files, strict=True):
            path.write_bytes(data)
        taken = SnapshotImporter(store, NOW, 3, "test", analyze)
        importer = ArchiveImporter(store, taken, now=NOW, exchanges_only=exchanges_only, max_bytes=max_bytes)
        importer.add(paths)
        reprocessor = Reprocessor(store, analyze, 3, lambda: NOW, "test", timedelta(minutes=5))
        reprocess_all(
            taken.incomplete.values(), lambda one: reprocessor.reprocess(one, cause=Cause.PAGE), lambda _: None
        )
        assert taken.failed == []
        return importer.result

    return load_files


def stored(database: Database) -> list[tuple]:
    """URL, time, status, headers and body of every exchange with a response."""
    with database.read() as connection:
        query = EXCHANGES.add_columns(bodies.c.sha256).outerjoin(bodies, bodies.c.id == exchanges.c.body_id)
        rows = [(exchange_of(row), row.sha256) for row in connection.execute(query)]
    found = [
        (
            e.url,
            e.started_at,
            e.status,
            e.reason,
            e.request_headers,
            e.response_headers,
            e.truncated,
            e.entity_sha256,
            e.entity_bytes,
            e.role,
            sha,
        )
        for e, sha in rows
        if e.status
    ]
    return sorted(found, key=str)


def at(date: str) -> datetime:
    return datetime.fromisoformat(date)


def roles(database: Database) -> dict[str, ExchangeRole]:
    return {item[0]: item[9] for item in stored(database)}


def test_navigations_become_pages_and_the_rest_exchanges(
    load: Load, store: SqlStore, history: History, database: Database
):
    sheet = record("response", SHEET, DAYS[0], message(b"p {}", headers=("Content-Type: text/css",)))
    result = load(gzipped(page(HOME, DAYS[0]), sheet, page(HOME, DAYS[1], HTML.replace(b"83", b"84"))))
    home = store.page_by_url(HOME)
    assert home.source is PageSource.IMPORTED
    found = history.snapshots(home.id)
    assert [(one.taken_at, one.origin, one.verdict) for one in sorted(found, key=lambda one: one.seq)] == [
        (at(day), Origin.IMPORT, Verdict.OK) for day in DAYS[:2]
    ]
    assert [event.event.origin for event in history.events(url=HOME, limit=None)] == [Origin.IMPORT]
    assert store.page_by_url(SHEET) is None
    assert (result.exchanges, result.damaged, result.doubtful) == (1, 0, 0)
    with database.read() as connection:
        nearest = nearest_exchange(connection, SHEET, at(DAYS[5]))
    assert (nearest.at, nearest.exchange.role) == (at(DAYS[0]), ExchangeRole.REQUISITE)


def test_a_second_import_adds_nothing(load: Load, database: Database):
    moved = record("response", "http://a.example/", DAYS[0], message(b"", "301 Moved", (f"Location: {HOME}",)))
    sheet = record("response", SHEET, DAYS[0], message(b"p {}", headers=("Content-Type: text/css",)))
    data = gzipped(moved, page(HOME, DAYS[0]), page(HOME, DAYS[1]), sheet, page(HOME, DAYS[1]))
    load(data)
    before = stored(database)
    second = load(data)
    assert stored(database) == before
    assert (len(before), second.exchanges, second.already_imported) == (4, 0, 5)


def test_exchanges_only_adds_no_page_but_snapshots_of_watched_ones(
    load: Load, store: SqlStore, history: History, database: Database
):
    watched = add_page(store, NOW, HOME)
    result = load(gzipped(page(HOME, DAYS[0]), page(OTHER, DAYS[0])), exchanges_only=True)
    assert result.exchanges == 1
    assert store.page_by_url(OTHER) is None
    assert len(history.snapshots(watched.id)) == 1
    assert roles(database)[OTHER] is ExchangeRole.NAVIGATION


def test_redirects_are_hops_of_the_snapshot_of_their_first_url(load: Load, store: SqlStore, database: Database):
    old = record("response", "http://a.example/old", DAYS[0], message(b"gone", "301 Moved", ("Location: /new",)))
    new = record(
        "response", "http://a.example/new", DAYS[0], message(b"", "302 Found", ("Location: https://a.example/",))
    )
    load(gzipped(old, new, page(HOME, DAYS[0])))
    first = store.page_by_url("http://a.example/old")
    assert store.page_by_url(HOME) is None
    with database.read() as connection:
        rows = connection.execute(select(exchanges.c.hop, exchanges.c.status).order_by(exchanges.c.hop)).all()
        (snapshot,) = connection.execute(select(snapshots)).all()
    assert [tuple(row) for row in rows] == [(0, 301), (1, 302), (2, 200)]
    assert (snapshot.page_id, snapshot.final_url) == (first.id, HOME)


def test_a_redirect_to_a_watched_page_is_a_snapshot_of_that_page(load: Load, store: SqlStore, history: History):
    watched = add_page(store, NOW, HOME)
    load(
        gzipped(
            record("response", "http://a.example/", DAYS[0], message(b"", "301 x", (f"Location: {HOME}",))),
            page(HOME, DAYS[0]),
        )
    )
    assert len(history.snapshots(watched.id)) == 1
    assert store.page_by_url("http://a.example/") is None


def test_a_redirect_without_its_target_is_an_exchange(load: Load, store: SqlStore, database: Database):
    load(gzipped(record("response", HOME, DAYS[0], message(b"", "302 Found", ("Location: /elsewhere",)))))
    assert store.page_by_url(HOME) is None
    assert roles(database) == {HOME: ExchangeRole.NAVIGATION}


def test_responses_of_one_second_are_distinguished_by_status_and_target(load: Load, database: Database):
    """Dates of WARC/1.0 are whole seconds, and all of these have empty bodies."""
    data = gzipped(
        record("response", HOME, DAYS[0], message(b"", "401 Unauthorized", ()), record_id="<urn:uuid:1>"),
        record("response", HOME, DAYS[0], message(b"", "302 Found", ("Location: /login",)), record_id="<urn:uuid:2>"),
        record("response", HOME, DAYS[0], message(b"", "302 Found", ("Location: /other",)), record_id="<urn:uuid:3>"),
        record("response", HOME, DAYS[0], message(b"", "302 Found", ("Location: /other",)), record_id="<urn:uuid:4>"),
    )
    load(data, exchanges_only=True)
    found = stored(database)
    assert sorted((item[2], dict(item[5]).get("Location")) for item in found if item[2] == 302) == [
        (302, "/login"),
        (302, "/other"),
    ]
    assert len(found) == 3
    load(data)
    assert stored(database) == found


def test_redirects_before_a_watched_page_are_completed_after_an_interruption(
    load: Load, store: SqlStore, database: Database, monkeypatch: pytest.MonkeyPatch
):
    """The snapshot is committed before the batch with the redirects that precede its page."""
    add_page(store, NOW, HOME)
    moved = record("response", "http://a.example/", DAYS[0], message(b"", "301 x", (f"Location: {HOME}",)))
    data = gzipped(moved, page(HOME, DAYS[0]))
    with monkeypatch.context() as patch:
        patch.setattr(ArchiveImporter, "_flush", _killed)
        with pytest.raises(KeyboardInterrupt):
            load(data)
    assert set(roles(database)) == {HOME}
    load(data)
    assert set(roles(database)) == {"http://a.example/", HOME}
    before = stored(database)
    load(data)
    assert stored(database) == before


def test_a_deferred_revisit_is_named_with_its_own_file_and_an_empty_payload_needs_no_original(
    load: Load, database: Database, tmp_path: Path
):
    profile = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
    empty = f"WARC-Payload-Digest: sha1:{hashlib.sha1(b'').hexdigest()}"
    lost = record("revisit", OTHER, DAYS[2], message(b""), (profile, f"WARC-Payload-Digest: sha1:{'0' * 40}"))
    blank = record("revisit", SHEET, DAYS[1], message(b"", headers=("Content-Type: text/css",)), (profile, empty))
    result = load(gzipped(lost), gzipped(blank))
    (problem,) = result.problems
    assert problem.startswith(f"{tmp_path / '0.warc'}, byte 0, {OTHER}")
    assert set(roles(database)) == {SHEET}


def test_records_out_of_order_are_put_in_order(load: Load, store: SqlStore, history: History):
    load(gzipped(*(page(HOME, DAYS[day], HTML.replace(b"83", b"%d" % (80 + day))) for day in (3, 1, 2))))
    found = sorted(history.events(url=HOME, limit=None), key=lambda one: one.event.snapshot.taken_at)
    assert [(one.event.change.before, one.event.change.after) for one in found] == [(81, 82), (82, 83)]


def test_requests_of_other_tools_are_joined(load: Load, database: Database):
    """Beside the response by Concurrent-To (warcio), named by it (wget), or with the same URL and date (others)."""
    frame = "https://a.example/frame"
    iframe = request("/frame", ("Host: a.example", "Sec-Fetch-Dest: iframe"))
    by_response = (
        record("response", frame, DAYS[0], message(), record_id="<urn:uuid:1>"),
        record("request", frame, DAYS[0], iframe, ("WARC-Concurrent-To: <urn:uuid:1>",)),
    )
    by_request = (
        record("request", frame, DAYS[1], iframe, record_id="<urn:uuid:2>"),
        record("response", frame, DAYS[1], message(), ("WARC-Concurrent-To: <urn:uuid:2>",)),
    )
    by_date = (record("response", frame, DAYS[2], message()), record("request", frame, DAYS[2], iframe))
    load(gzipped(*by_response, *by_request, *by_date))
    found = stored(database)
    assert len(found) == 3
    assert {item[9] for item in found} == {ExchangeRole.REQUISITE}
    assert {item[4] for item in found} == {(("Sec-Fetch-Dest", "iframe"),)}


def test_frames_are_distinguished_by_the_path_of_heritrix(load: Load, store: SqlStore, database: Database):
    frame = "https://a.example/frame"
    load(
        gzipped(
            record("response", frame, DAYS[0], message(), record_id="<urn:uuid:1>"),
            record(
                "metadata",
                frame,
                DAYS[0],
                b"via: https://a.example/\r\nhopsFromSeed: LE\r\n",
                ("WARC-Concurrent-To: <urn:uuid:1>",),
            ),
            record("response", OTHER, DAYS[0], message(), record_id="<urn:uuid:2>"),
            record("metadata", OTHER, DAYS[0], b"hopsFromSeed: L\r\n", ("WARC-Concurrent-To: <urn:uuid:2>",)),
        )
    )
    assert roles(database) == {frame: ExchangeRole.REQUISITE, OTHER: ExchangeRole.NAVIGATION}
    assert store.page_by_url(frame) is None


def test_revisits_get_the_body_of_their_original_wherever_it_is(
    load: Load, history: History, store: SqlStore, database: Database
):
    digest = f"sha1:{hashlib.sha1(HTML).hexdigest()}"
    profile = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
    head = message(b"", headers=("Content-Type: text/html", "X-Number: 2"))
    revisit = record("revisit", HOME, DAYS[1], head, (profile, f"WARC-Payload-Digest: {digest}"))
    original = record("response", OTHER, DAYS[0], message(), (f"WARC-Payload-Digest: {digest}",))
    later = record(
        "revisit",
        HOME,
        DAYS[2],
        b"",
        (profile, f"WARC-Refers-To-Target-URI: {OTHER}", f"WARC-Refers-To-Date: {DAYS[0]}"),
    )
    lost = record(
        "revisit", "https://a.example/lost", DAYS[2], head, (profile, f"WARC-Payload-Digest: sha1:{'0' * 40}")
    )
    result = load(gzipped(revisit), gzipped(original, lost, later))
    assert (result.damaged, "neither the files nor the database" in result.problems[0]) == (1, True)
    assert "https://a.example/lost" in result.problems[0]
    home = store.page_by_url(HOME)
    assert sorted(one.taken_at for one in history.snapshots(home.id)) == [at(DAYS[1]), at(DAYS[2])]
    assert {one.body_sha256 for one in history.snapshots(home.id)} == {hashlib.sha256(HTML).hexdigest()}
    number = len(stored(database))
    again = load(gzipped(later))
    assert (again.already_imported, len(stored(database))) == (1, number)


def test_a_304_confirms_the_response_before_it(load: Load, database: Database):
    profile = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/server-not-modified"
    confirmation = record("revisit", HOME, DAYS[4], message(b"", "304 Not Modified", ('ETag: "1"',)), (profile,))
    load(gzipped(page(HOME, DAYS[0]), confirmation))
    with database.read() as connection:
        found = nearest_exchange(connection, HOME, at(DAYS[4]))
    assert (found.at, found.exchange.status, found.body_sha256) == (at(DAYS[4]), 200, hashlib.sha256(HTML).hexdigest())


def test_codings_chunks_and_charsets(load: Load, store: SqlStore, history: History, database: Database):
    text = "<meta charset=gb18030><h1>联盟</h1><p>联盟有八十三个成员，来自四大洲。</p>".encode("gb18030")
    entity = gzip.compress(text)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(entity), entity)
    fields = ("Content-Type: text/html", "Content-Encoding: gzip", "Transfer-Encoding: chunked")
    load(gzipped(record("response", f"<{HOME}>", DAYS[0], message(chunked, headers=fields))))
    (item,) = stored(database)
    assert item[10] == hashlib.sha256(text).hexdigest()
    assert (item[7], item[8]) == (hashlib.sha256(entity).hexdigest(), len(entity))
    (snapshot,) = history.snapshots(store.page_by_url(HOME).id)
    assert snapshot.verdict is Verdict.OK
    assert "联盟有八十三个成员" in history.version(snapshot.version_id).text


def test_other_records_are_counted(load: Load):
    result = load(
        gzipped(
            record("warcinfo", "", DAYS[0], b"software: x\r\n"),
            record("resource", "urn:pageinfo:https://a.example/", DAYS[0], b"{}"),
            record("resource", HOME, DAYS[0], HTML),
            record("conversion", HOME, DAYS[0], b"text"),
            record("response", "dns:a.example", DAYS[0], b"2020\na.example. 60 IN A 192.0.2.1"),
        )
    )
    assert result.skipped == {"resource": 2, "conversion": 1, "response": 1}
    assert result.damaged == 0


def test_an_arc_file(load: Load, store: SqlStore, history: History):
    data = ARC_FIRST + arc(HOME, "20090102030405", message()) + arc("dns:a.example", "20090102030405", b"1.2.3.4")
    for packed in (data, gzipped(data)):
        load(packed)
    assert [one.taken_at for one in history.snapshots(store.page_by_url(HOME).id)] == [
        datetime(2009, 1, 2, 3, 4, 5, tzinfo=UTC)
    ]


def test_damaged_and_doubtful_records_are_named_and_the_rest_is_imported(load: Load, store: SqlStore, tmp_path: Path):
    wrong = record("response", OTHER, DAYS[0], message(), (f"WARC-Payload-Digest: sha1:{'0' * 40}",))
    unknown = record("response", OTHER, DAYS[1], message(headers=("Content-Type: text/html", "Content-Encoding: dcb")))
    no_http = record("response", HOME, DAYS[2], b"\x1b[31mnothing")
    broken = bytearray(gzipped(page("https://a.example/broken", DAYS[0])))
    broken[-5] ^= 1
    result = load(gzipped(wrong, unknown, no_http) + broken + gzipped(page(HOME, DAYS[3])))
    assert (result.damaged, result.doubtful) == (2, 2)
    named = "\n".join(result.problems)
    for part in (
        "does not match its digest",
        "'dcb' cannot be undone",
        "HTTP status line",
        "broken: it cannot be decompressed",
    ):
        assert part in named
    assert f"{tmp_path / '0.warc'}, byte " in named
    assert "\x1b" not in named
    assert store.page_by_url(HOME) is not None
    assert store.page_by_url(OTHER) is not None


def test_a_file_that_was_cut_is_completed_by_the_whole_one(load: Load, store: SqlStore, history: History):
    days = [page(HOME, day, HTML + day.encode()) for day in DAYS[:4]]
    whole = gzipped(*days)
    for count in range(4):
        result = load(whole[: len(gzipped(*days[:count])) + 30])
        assert result.damaged == 1
        page_now = store.page_by_url(HOME)
        assert len([] if page_now is None else history.snapshots(page_now.id)) == count
    assert load(whole).damaged == 0
    assert len(history.snapshots(store.page_by_url(HOME).id)) == 4


def test_an_import_that_was_killed_between_archiving_and_processing_is_completed(
    load: Load, store: SqlStore, history: History, monkeypatch: pytest.MonkeyPatch
):
    data = gzipped(page(HOME, DAYS[0]), page(HOME, DAYS[1], HTML.replace(b"83", b"84")))
    with monkeypatch.context() as patch:
        patch.setattr("pagewitness.service.page_processor.PageProcessor.backlog", _killed)
        with pytest.raises(KeyboardInterrupt):
            load(data)
    assert [one.verdict for one in history.snapshots(store.page_by_url(HOME).id)] == [None]
    load(data)
    assert {one.verdict for one in history.snapshots(store.page_by_url(HOME).id)} == {Verdict.OK}
    (event,) = history.events(url=HOME, limit=None)
    assert (event.event.change.before, event.event.change.after) == (83, 84)


def _killed(*_, **__):
    raise KeyboardInterrupt


def test_an_export_imports_as_what_it_was(
    load: Load, store: SqlStore, database: Database, tmp_path: Path, database_url: str
):
    """What is read from an export of an import equals the import: every field, for redirects, 304s, repeats, requisites and odd bytes."""
    profile = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/server-not-modified"
    odd = ("Content-Type: text/html", "X-Latin: caf\xe9", "Set-Cookie: a=1", "Set-Cookie: b=2", "Content-Length: 999")
    packed = message(gzip.compress(HTML), headers=("Content-Type: text/html", "Content-Encoding: gzip"))
    load(
        gzipped(
            record(
                "response", "http://a.example/", DAYS[0], message(b"", "301 Moved Permanently", (f"Location: {HOME}",))
            ),
            record("response", HOME, DAYS[0], packed, ("WARC-IP-Address: 192.0.2.7",), record_id="<urn:uuid:1>"),
            record("request", HOME, DAYS[0], request(), ("WARC-Concurrent-To: <urn:uuid:1>",)),
            page(OTHER, DAYS[1]),
            record("response", OTHER, DAYS[2], message(HTML[:50], "200 Très bien", odd), ("WARC-Truncated: time",)),
            record("revisit", OTHER, DAYS[3], message(b"", "304 Not Modified", ('ETag: "x"', "Server: y")), (profile,)),
            record("response", SHEET, DAYS[3], message(b"p {}", headers=("Content-Type: text/css",))),
            record("response", "https://a.example/robots.txt", DAYS[3], message(b"", "404 Not Found", ())),
        )
    )
    before = stored(database)
    assert len(before) == 7
    out = io.BytesIO()
    export_warc(database, Selection(), out, gzip=True, info={}, now=NOW)
    repeated = load(out.getvalue())
    assert (repeated.exchanges, repeated.damaged, repeated.doubtful, repeated.problems) == (0, 0, 0, [])
    assert repeated.already_imported == 7
    assert stored(database) == before
    from storage.database.engine import open_database

    other = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    copy = SqlStore(other)
    file = tmp_path / "export.warc.gz"
    file.write_bytes(out.getvalue())
    ArchiveImporter(
        copy, SnapshotImporter(copy, NOW, 3, "test", analyze), now=NOW, exchanges_only=False, max_bytes=10**6
    ).add([file])
    assert stored(other) == before
    other.close()


def test_a_full_disk_of_temporary_files_is_named_and_the_import_is_completed_later(
    load: Load, database: Database, monkeypatch: pytest.MonkeyPatch
):
    requests = [record("request", f"{HOME}?{number}", DAYS[0], request()) for number in range(400)]
    data = gzipped(page(HOME, DAYS[0]), *requests)
    with monkeypatch.context() as patch:
        patch.setattr("storage.warc.import_index._TABLES", f"{import_index._TABLES}PRAGMA max_page_count = 15;")
        with pytest.raises(PagewitnessError, match="a temporary file cannot be written: database or disk is full"):
            load(data)
    load(data)
    assert len(stored(database)) == 1


def test_flipped_bytes_never_stop_an_import(load: Load, database: Database):
    whole = gzipped(*(page(f"https://a.example/{day}", DAYS[day]) for day in range(4)))
    plain = b"".join(page(f"https://b.example/{day}", DAYS[day]) for day in range(4))
    chance = random.Random(7)
    for data in (whole, plain):
        for _ in range(6):
            damaged = bytearray(data)
            for _ in range(3):
                damaged[chance.randrange(2, len(data))] ^= chance.randrange(1, 256)
            load(bytes(damaged), exchanges_only=True)
    load(whole, plain, exchanges_only=True)
    with database.read() as connection:
        for day in range(4):
            for host in "ab":
                found = nearest_exchange(connection, f"https://{host}.example/{day}", at(DAYS[day]))
                assert found is not None
