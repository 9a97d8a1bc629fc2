"""An export that is imported is what it was, for archives of any content; a second import adds nothing."""

from __future__ import annotations

import gzip
import io
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor.model import Exchange, ExchangeRole, FetchResult, Headers, Observation, Outcome, Truncation
from monitor.pipeline.analyze import analyze
from pagewitness.importing.saved_pages import SnapshotImporter
from pagewitness.importing.web_archives import ArchiveImporter, ImportedArchives
from storage.archive.exchanges import EXCHANGES_WITH_BODIES, exchange_of
from storage.archive.unattached_exchanges import store_unattached
from storage.database.engine import Database, open_database
from storage.schema import exchanges
from storage.store import SqlStore
from storage.warc.export import export_warc
from storage.warc.selection import Selection
from tests.storage.snapshots import add_page, archive, sha256
from tests.support.stores import BACKENDS

START = datetime(2021, 3, 1, 12, tzinfo=UTC)
PAGES = ("https://a.example/", "https://a.example/p%C3%A4ge?q=1&r=%20", "http://b.example:8080/x")
PARTS = ("https://a.example/site.css", "https://c.example/robots.txt", "https://a.example/report.pdf")
BODIES = (
    b"",
    b"<p>The Alliance has 83 members.</p>" * 9,
    "<p>联盟有八十三个成员。</p>".encode("gb18030"),
    bytes(range(256)) * 3,
)
CODINGS = {
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "br": brotli.compress,
    "dcb": lambda body: b"\xff" + body,
}
UNDONE = {"gzip"}
"""The codings that fetching undoes."""

# What a header field can contain: one byte each. Space around a value, and folds, are not part of it (RFC 9112 §5).
TEXT = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF), max_size=12)
NAMES = st.sampled_from(
    [
        "Server",
        "X-Odd",
        "Set-Cookie",
        "ETag",
        "X-Orig-Content-Encoding",
        "x-orig-x-orig-transfer-encoding",
        "Content-length",
    ]
)
FIELDS = st.lists(st.tuples(NAMES, TEXT), max_size=4).map(tuple)


@dataclass(frozen=True)
class Message:
    """A request and its response, before it has a URL and a time."""

    status: int
    body: bytes
    coding: str | None
    chunked: bool
    fields: Headers
    request: Headers
    truncated: Truncation | None
    reason: str

    def at(
        self, url: str, time: datetime, role: ExchangeRole = ExchangeRole.NAVIGATION, more: Headers = ()
    ) -> Exchange:
        entity = self.body if self.coding is None else CODINGS[self.coding](self.body)
        coded = () if self.coding is None else (("Content-Encoding", self.coding),)
        framed = (("Transfer-Encoding", "chunked"),) if self.chunked else (("Content-Length", str(len(entity))),)
        return Exchange(
            url=url,
            request_headers=self.request,
            started_at=time,
            elapsed_ms=0,
            status=self.status,
            reason=self.reason,
            http_version="HTTP/1.1",
            response_headers=(("Content-Type", "text/html"), *coded, *more, *self.fields, *framed),
            peer="192.0.2.7:443",
            entity_sha256=sha256(entity),
            entity_bytes=len(entity),
            body=self.body if self.coding is None or self.coding in UNDONE else entity,
            truncated=self.truncated,
            role=role,
        )


MESSAGES = st.builds(
    Message,
    st.sampled_from([200, 200, 200, 404, 403, 503, 302]),
    st.sampled_from(BODIES),
    st.sampled_from([None, None, *CODINGS]),
    st.booleans(),
    FIELDS,
    st.lists(st.tuples(st.sampled_from(["User-Agent", "Accept", "If-None-Match"]), TEXT), max_size=2).map(tuple),
    st.sampled_from([None, None, None, *Truncation]),
    TEXT,
)
GAPS = st.sampled_from([timedelta(microseconds=1), timedelta(milliseconds=400), timedelta(hours=1)])


@dataclass(frozen=True)
class Visit:
    """A step of an archive: a check of a page with its redirects, a 304 of it, or an exchange of a part of pages."""

    kind: str
    place: int
    gap: timedelta
    messages: tuple[Message, ...]


VISITS = st.builds(
    Visit,
    st.sampled_from(["check", "check", "confirmed", "part"]),
    st.integers(0, 2),
    GAPS,
    st.lists(MESSAGES, min_size=1, max_size=3).map(tuple),
)


def fill(store: SqlStore, visits: Sequence[Visit]) -> None:
    """Archive the steps in order, as T1 and requisite visits do."""
    latest: dict[str, object] = {}
    at = START
    for visit in visits:
        at += visit.gap
        url = PAGES[visit.place]
        if visit.kind == "part":
            role = (ExchangeRole.REQUISITE, ExchangeRole.ROBOTS, ExchangeRole.DOCUMENT)[visit.place]
            item = visit.messages[0].at(PARTS[visit.place], at, role)
            with store.database.begin() as connection:
                store_unattached(connection, [item], None, at)
            continue
        page = store.page_by_url(url) or add_page(store, START, url)
        if visit.kind == "confirmed" and url in latest:
            confirmed = replace(visit.messages[0], status=304, body=b"", coding=None, truncated=None).at(url, at)
            snapshot = latest[url]
            archive(
                store,
                page,
                Observation(FetchResult((confirmed,)), Outcome.NOT_MODIFIED, snapshot.body_sha256, snapshot.id),
                at,
            )
            continue
        chain = tuple(checked(visit, url, at))
        observation = Observation(FetchResult(chain), Outcome.FULL, sha256(chain[-1].body), None)
        latest[url] = archive(store, page, observation, at)


def checked(visit: Visit, url: str, at: datetime) -> Iterator[Exchange]:
    *hops, final = visit.messages
    for number, hop in enumerate(hops):
        target = f"https://a.example/hop{number}"
        yield replace(hop, status=(301, 302)[number]).at(
            url, at + timedelta(microseconds=number), more=(("Location", target),)
        )
        url = target
    yield final.at(url, at + timedelta(microseconds=len(hops)))


def contents(database: Database) -> list[tuple]:
    """Everything that an export preserves of the exchanges with a response."""
    with database.read() as connection:
        rows = connection.execute(EXCHANGES_WITH_BODIES.where(exchanges.c.status.is_not(None))).all()
    found = []
    for row in rows:
        item = exchange_of(row)
        body = row.body_sha256 or sha256(b"")
        heads = (item.status, item.reason, item.http_version, item.request_headers, item.response_headers)
        entity = (item.entity_sha256, item.entity_bytes, item.truncated, item.role)
        found.append((item.url, item.started_at, *heads, *entity, body))
    return sorted(found, key=str)


def exported(database: Database) -> bytes:
    out = io.BytesIO()
    result = export_warc(database, Selection(), out, gzip=True, info={}, now=START)
    assert result.damaged == 0
    return out.getvalue()


def imported(store: SqlStore, file: Path, *, exchanges_only: bool = False) -> ImportedArchives:
    snapshots = SnapshotImporter(store, START, 3, "test", analyze)
    importer = ArchiveImporter(store, snapshots, now=START, exchanges_only=exchanges_only, max_bytes=10**6)
    importer.add([file])
    assert snapshots.failed == []
    return importer.result


@pytest.fixture(params=BACKENDS)
def emptied(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], AbstractContextManager[SqlStore]]:
    """Opens a new store at each call."""

    @contextmanager
    def new() -> Iterator[SqlStore]:
        if request.param == "sqlite":
            path = tmp_path / "new.db"
            path.unlink(missing_ok=True)
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
            with closing(open_database(f"sqlite:///{path}")) as database:
                yield SqlStore(database)
            for rest in tmp_path.glob("new.db*"):
                rest.unlink()
            return
        server = request.getfixturevalue("postgres_server")
        with server.cloned("template_built") as url, closing(open_database(url)) as database:
            yield SqlStore(database)

    return new


PLAIN = Message(200, BODIES[1], None, False, (), (), None, "OK")
FIELD = replace(PLAIN, fields=(("X-Orig-Content-Encoding", "x"), ("Set-Cookie", "a=1"), ("set-cookie", "caf\xe9 \x85")))
SECOND = timedelta(microseconds=1)


@settings(
    max_examples=settings().max_examples // 6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(exchanges_only=False, visits=[Visit("check", 0, SECOND, (replace(PLAIN, coding="br", chunked=True),))])
@example(exchanges_only=False, visits=[Visit("check", 0, SECOND, (FIELD,)), Visit("confirmed", 0, SECOND, (FIELD,))])
@example(
    exchanges_only=False,
    visits=[
        Visit("check", 0, SECOND, (replace(PLAIN, truncated=Truncation.TIME),)),
        Visit("check", 1, SECOND, (PLAIN,)),
    ],
)
@example(
    exchanges_only=True,
    visits=[
        Visit("check", 0, SECOND, (replace(PLAIN, body=b""), PLAIN)),
        Visit("check", 1, SECOND, (replace(PLAIN, body=b""), PLAIN)),
    ],
)
@given(visits=st.lists(VISITS, min_size=1, max_size=8), exchanges_only=st.booleans())
def test_an_import_of_an_export_is_equal(
    emptied, tmp_path_factory: pytest.TempPathFactory, visits: list[Visit], exchanges_only: bool
):
    file = tmp_path_factory.mktemp("exported") / "export.warc.gz"
    with emptied() as original:
        fill(original, visits)
        before = contents(original.database)
        file.write_bytes(exported(original.database))
        again = imported(original, file)
        assert contents(original.database) == before, "an import of its own export adds nothing"
        assert (again.already_imported, again.damaged, again.doubtful) == (len(before), 0, 0)
    with emptied() as copy:
        first = imported(copy, file, exchanges_only=exchanges_only)
        assert (first.damaged, first.doubtful, first.problems) == (0, 0, [])
        assert contents(copy.database) == before
        assert imported(copy, file).already_imported == len(before)
        assert contents(copy.database) == before
