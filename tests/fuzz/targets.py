"""Fuzz targets that need no server or database of their own: functions of bytes, imported only by a target's process."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import h11
from sqlalchemy import func, select

from monitor.model import Cause, FactDefinition, FactKind, Lookup, Page, Scope
from monitor.pipeline.analyze import PageAnalysis, analyze
from pagewitness.importing.manifest import SavedPage, read_manifest
from pagewitness.importing.saved_pages import SnapshotImporter, import_saved_pages, reprocess_all
from pagewitness.importing.web_archives import ArchiveImporter
from pagewitness.inspection.json_output import changes_between, inspection, loose_snapshot
from pagewitness.inspection.layout import as_html, lay_out
from pagewitness.maintenance.reprocessing import Reprocessor
from pagewitness.replay.css import rewrite_css
from pagewitness.replay.headers import archive_headers, received_type, shown_type
from pagewitness.replay.rewrite import rewrite_html
from pagewitness.replay.targets import Targets
from pagewitness.watchlist import loader
from rendering.event_json import change_json
from rendering.text_safety import escaped_json
from storage.database.engine import Database, open_database
from storage.queries.history import History
from storage.schema import exchanges
from storage.store import SqlStore

MOST_BYTES = 256 * 1024
"""Maximum length of a document."""
URL = "https://pact.example/en/"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FACTS = (
    FactDefinition("member_count", FactKind.COUNT_OF, ("members", "member states")),
    FactDefinition("share", FactKind.PERCENT_OF, ("territory",), scope=Scope(near=("held",))),
    FactDefinition("aid", FactKind.MONEY_OF, ("aid",)),
    FactDefinition("founded", FactKind.DATE_OF, ("founded",)),
    FactDefinition("chair", FactKind.TEXT, (), pattern="Chair: (?P<name>[^.,]+)"),
    FactDefinition("status", FactKind.TEXT, (), source=Lookup("#status > b, .a .b:not(.c)")),
    FactDefinition("partners", FactKind.LIST, (), source=Lookup(None, "Partners", None)),
    FactDefinition("countries", FactKind.LIST, (), source=Lookup(None, None, "Country")),
)


def watchlists(data: bytes) -> None:
    """Load a watchlist file, as `apply` does."""
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        file.write(data)
        file.flush()
        loader.load(Path(file.name))


def extraction(data: bytes) -> None:
    """Analyze a body as `inspect` does, and render the result as JSON and HTML."""
    says = _read(*_body(data))
    json.loads(escaped_json(json.dumps(inspection("page", says), ensure_ascii=False)))
    as_html([lay_out("page", says)], version="1").encode()


def comparison(data: bytes) -> None:
    """Compare a body with itself after exchanging its halves and its digits, as `compare` does. Both are analyzed, so each has half the maximum length."""
    content_type, body = _body(data[: MOST_BYTES // 2])
    half = len(body) // 2
    other = (body[half:] + body[:half]).translate(bytes.maketrans(b"0123456789", b"1234567890"))
    for change in changes_between(_read(content_type, body), _read(content_type, other)):
        escaped_json(json.dumps(change_json(change), ensure_ascii=False))


def replay(data: bytes) -> None:
    """Rewrite a body for replay, as a page and as a style sheet."""
    content_type, body = _body(data)
    rewrite_html(body, content_type, URL, "20260101000000", banner="<div>banner</div>")
    rewrite_css(body.decode("utf-8", "replace"), Targets(URL, "20260101000000", "/replay/").embedded).encode()


def replay_headers(data: bytes) -> None:
    """Build the header fields of a replay from `{"content_type", "fields"}` of an archived response, and check that they are valid HTTP."""
    try:
        given = json.loads(data)
        fields, content_type = [(str(name), str(value)) for name, value in given["fields"]], given["content_type"]
    except (ValueError, KeyError, TypeError):
        return  # an input made smaller by minimising
    for kind_of in (shown_type, received_type):
        kind, download = kind_of(content_type if content_type is None else str(content_type))
        sent = archive_headers(URL, NOW, fields, content_type=kind, download=download)
        # The web server uses h11, and drops the connection when h11 refuses a field.
        h11.Response(
            status_code=200, headers=[(name.lower().encode(), value.encode("latin-1")) for name, value in sent]
        )


def manifest(data: bytes) -> None:
    """Import a directory with a manifest and two files."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "a.html").write_text("<p>The Coalition has 83 members.</p>")
        (folder / "b.html").write_text("<p>The Coalition has 85 members.</p>")
        (folder / "manifest.jsonl").write_bytes(data)
        saved_pages = read_manifest(folder)
        shutil.copy(_empty_database(), folder / "a.db")
        database = open_database(f"sqlite:///{folder}/a.db")
        try:
            _take(saved_pages[:20], SqlStore(database), History(database))
        finally:
            database.close()


def web_archives(data: bytes) -> None:
    """Import a WARC, ARC or WACZ file twice; the second import adds nothing."""
    with tempfile.TemporaryDirectory() as place:
        file, copy = Path(place) / "a.warc", Path(place) / "a.db"
        file.write_bytes(data)
        shutil.copy(_empty_database(), copy)
        with closing(open_database(f"sqlite:///{copy}")) as database:
            _import_archive(file, database)
            before = _exchange_count(database)
            again = _import_archive(file, database)
            assert (again, _exchange_count(database)) == (0, before), "a second import added exchanges"


def _import_archive(file: Path, database: Database) -> int:
    store = SqlStore(database)
    snapshots = SnapshotImporter(store, NOW, 3, "fuzz", analyze)
    importer = ArchiveImporter(store, snapshots, now=NOW, exchanges_only=False, max_bytes=MOST_BYTES)
    importer.add([file])
    reprocessor = Reprocessor(store, analyze, 3, lambda: NOW, "fuzz", timedelta(seconds=30))
    reprocess_all(snapshots.incomplete.values(), lambda page: reprocessor.reprocess(page, cause=Cause.PAGE))
    for problem in importer.result.problems:
        assert problem.isprintable(), "a problem contains control characters"
    return importer.result.exchanges


def _exchange_count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(exchanges)).scalar_one()


def _take(saved_pages: list[SavedPage], store: SqlStore, history: History) -> None:
    def times(page: Page) -> tuple[set[datetime], datetime | None]:
        taken = [snapshot.taken_at for snapshot in history.snapshots(page.id)]
        return set(taken), max(taken, default=None)

    reprocessor = Reprocessor(store, analyze, 3, lambda: NOW, "fuzz", timedelta(seconds=30))
    import_saved_pages(
        saved_pages,
        store,
        times,
        now=NOW,
        absences_before_lost=3,
        progress=lambda: None,
        reprocess=reprocessor.reprocess,
        owner="fuzz",
    )


@cache
def _empty_database() -> Path:
    place = Path(tempfile.mkdtemp(prefix="fuzz-")) / "empty.db"
    database = open_database(f"sqlite:///{place}")
    SqlStore(database).apply_declared((), FACTS[:1], (), (), now=NOW)
    database.close()
    return place


def _body(data: bytes) -> tuple[str | None, bytes]:
    """Split an input into Content-Type (the first line) and body."""
    first, _, body = data.partition(b"\n")
    return first.decode("utf-8", "surrogateescape") or None, body


def _read(content_type: str | None, body: bytes) -> PageAnalysis:
    return analyze(body, loose_snapshot(URL, content_type, 200), FACTS)
