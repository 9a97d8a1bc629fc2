"""Export to WARC: which records an archive becomes, and which exchanges are selected."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

from warcio.archiveiterator import ArchiveIterator

from monitor.model import Exchange, ExchangeRole, Page, RequisiteKind, Truncation
from storage.archive.archived_urls import lock_urls
from storage.archive.bodies import arrival, store_bodies
from storage.archive.exchanges import Placement, store_exchange
from storage.database.engine import Database
from storage.maintenance.erasure import forget
from storage.schema import bodies, requisites
from storage.store import SqlStore
from storage.warc.export import Exported, export_warc
from storage.warc.selection import Selection
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
    same_body,
    sha256,
)
from tests.support.patience import soon

NOW = datetime(2021, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
BODY = b"<p>The Coalition has 83 members.</p>" * 9
EVERYTHING = Selection()
SHEET = "https://cdn.example/site.css"


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


@dataclass
class Record:
    """A record as warcio reads it."""

    kind: str
    fields: dict[str, str]
    head: str
    block: bytes

    @property
    def url(self) -> str:
        return self.fields.get("WARC-Target-URI", "")


def export(database: Database, selection: Selection = EVERYTHING, **more) -> tuple[list[Record], Exported, bytes]:
    out = BytesIO()
    options = {"gzip": True, "info": {"software": "test", "description": "all"}, "now": at(99), **more}
    exported = export_warc(database, selection, out, **options)
    return records(out.getvalue()), exported, out.getvalue()


def records(data: bytes) -> list[Record]:
    found = []
    for record in ArchiveIterator(BytesIO(data), check_digests="raise"):
        block = record.raw_stream.read()
        head = record.http_headers
        found.append(
            Record(record.rec_type, dict(record.rec_headers.headers), "" if head is None else head.to_str(), block)
        )
    return found


def store_requisite(database: Database, item: Exchange, role: ExchangeRole = ExchangeRole.REQUISITE) -> int:
    with database.begin() as connection:
        urls = lock_urls(connection, [item.url])
        body_id = store_bodies(connection, [arrival(item.url, item.body)], NOW, urls=urls)[sha256(item.body)]
        return store_exchange(connection, replace(item, role=role), Placement(urls[item.url].id, body_id=body_id))


def refer(database: Database, page: Page, url: str, first: int, last: int) -> None:
    """Record that a page's snapshots refer to a requisite."""
    with database.begin() as connection:
        key = lock_urls(connection, [url])[url].id
        connection.execute(
            requisites.insert().values(
                page_id=page.id,
                url_id=key,
                kind=RequisiteKind.STYLE_SHEET,
                host="cdn.example",
                position=0,
                first_snapshot_id=first,
                last_snapshot_id=last,
                state="archived",
                reason="",
                attempts=0,
            )
        )


def kinds(found: list[Record]) -> list[str]:
    return [record.kind for record in found]


def dates(found: list[Record], kind: str = "response") -> list[str]:
    return [record.fields["WARC-Date"] for record in found if record.kind == kind]


def test_a_response_is_followed_by_its_request_and_refers_to_the_warcinfo(store: SqlStore, database: Database):
    observation = full(NOW, BODY, headers=(("Server", "nginx"),))
    item = replace(observation.fetch_result.final, peer="[2001:db8::1]:443", tls_version="TLSv1.3")
    archive(
        store, add_page(store, NOW), replace(observation, fetch_result=type(observation.fetch_result)((item,))), NOW
    )
    (info, response, request), exported, data = export(database)
    assert (info.kind, response.kind, request.kind) == ("warcinfo", "response", "request")
    assert (exported.responses, exported.revisits, exported.failures) == (1, 0, 0)
    assert b"software: test\r\n" in info.block
    assert response.fields["WARC-Date"] == "2021-03-01T12:00:00.123456Z"
    assert response.fields["WARC-Payload-Digest"] == f"sha256:{sha256(BODY)}"
    assert response.fields["WARC-IP-Address"] == "2001:db8::1"
    assert response.fields["WARC-Warcinfo-ID"] == info.fields["WARC-Record-ID"]
    assert request.fields["WARC-Concurrent-To"] == response.fields["WARC-Record-ID"]
    assert (response.url, response.block) == (URL, BODY)
    assert response.head.startswith("HTTP/1.1 200 OK\r\n")
    assert "Server: nginx" in response.head
    assert request.head.startswith("GET /en/ HTTP/1.1\r\nHost: coalition.example\r\n")
    assert data.startswith(b"\x1f\x8b")


def test_each_record_is_a_gzip_member_and_a_file_can_be_plain(store: SqlStore, database: Database):
    archive(store, add_page(store, NOW), full(NOW, BODY), NOW)
    found, _, data = export(database)
    assert data.count(b"\x1f\x8b\x08") == len(found)
    plain, _, uncompressed = export(database, gzip=False)
    assert uncompressed.startswith(b"WARC/1.1\r\n")
    assert kinds(plain) == kinds(found)
    assert gzip.decompress(data).count(b"WARC/1.1\r\n") == len(found)


def test_fields_of_the_message_as_sent_are_renamed_where_the_body_is_decoded(store: SqlStore, database: Database):
    headers = (
        ("content-encoding", "gzip"),
        ("Transfer-Encoding", "chunked"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    )
    observation = full(NOW, BODY, headers=headers)
    item = replace(observation.fetch_result.final, entity_sha256=sha256(b"encoded"), entity_bytes=7)
    archive(
        store, add_page(store, NOW), replace(observation, fetch_result=type(observation.fetch_result)((item,))), NOW
    )
    response = export(database)[0][1]
    assert "X-Orig-content-encoding: gzip\r\n" in response.head
    assert "X-Orig-Transfer-Encoding: chunked\r\n" in response.head
    assert f"Content-Length: {len(BODY)}\r\n" in response.head
    assert "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n" in response.head
    assert response.fields["Pagewitness-Entity-Digest"] == f"sha256:{sha256(b'encoded')}"
    assert response.fields["Pagewitness-Entity-Length"] == "7"


def test_a_truncated_body_is_marked_and_its_length_is_right(store: SqlStore, database: Database):
    observation = full(NOW, BODY, headers=(("Content-Length", "99999"),))
    item = replace(observation.fetch_result.final, truncated=Truncation.DISCONNECT)
    archive(
        store, add_page(store, NOW), replace(observation, fetch_result=type(observation.fetch_result)((item,))), NOW
    )
    response = export(database)[0][1]
    assert response.fields["WARC-Truncated"] == "disconnect"
    assert "X-Orig-Content-Length: 99999\r\n" in response.head
    assert f"\r\nContent-Length: {len(BODY)}\r\n" in response.head


def test_a_304_is_a_revisit_without_a_block_and_its_head_is_metadata(store: SqlStore, database: Database):
    page = add_page(store, NOW)
    first = archive(store, page, full(NOW, BODY), NOW)
    archive(store, page, not_modified(at(1), first), at(1))
    found, exported, _ = export(database)
    response, revisit, metadata = found[1], found[3], found[4]
    assert kinds(found) == ["warcinfo", "response", "request", "revisit", "metadata"]
    assert exported.revisits == 1
    assert (revisit.head, revisit.block, revisit.fields["Content-Length"]) == ("", b"", "0")
    assert revisit.fields["WARC-Profile"].endswith("/revisit/server-not-modified")
    assert revisit.fields["WARC-Refers-To"] == response.fields["WARC-Record-ID"]
    assert revisit.fields["WARC-Refers-To-Target-URI"] == URL
    assert revisit.fields["WARC-Refers-To-Date"] == response.fields["WARC-Date"]
    assert metadata.fields["WARC-Concurrent-To"] == revisit.fields["WARC-Record-ID"]
    assert metadata.block.startswith(b"http-response-head:\r\n HTTP/1.1 304")


def test_a_body_is_written_once_for_all_urls(store: SqlStore, database: Database):
    page = add_page(store, NOW)
    first = archive(store, page, full(NOW, BODY), NOW)
    archive(store, page, same_body(at(1), first, BODY), at(1))
    other = "https://example.org/other"
    archive(store, add_page(store, NOW, other), full(at(2), BODY, other), at(2))
    found, exported, _ = export(database)
    revisits = [record for record in found if record.kind == "revisit"]
    assert (exported.responses, exported.revisits) == (1, 2)
    assert [record.url for record in revisits] == [URL, other]
    for record in revisits:
        assert record.fields["WARC-Profile"].endswith("/revisit/identical-payload-digest")
        assert record.fields["WARC-Payload-Digest"] == f"sha256:{sha256(BODY)}"
        assert record.fields["WARC-Refers-To-Target-URI"] == URL
        assert record.fields["WARC-Truncated"] == "length"
        assert record.head.startswith("HTTP/1.1 200")
        assert record.block == b""


def test_a_failed_request_is_metadata(store: SqlStore, database: Database):
    archive(store, add_page(store, NOW), failed(NOW), NOW)
    found, exported, _ = export(database)
    assert kinds(found) == ["warcinfo", "metadata"]
    assert exported.failures == 1
    assert b"fetchFailure: timeout\r\nfetchFailureMessage: no answer\r\n" in found[1].block


def test_secrets_stay_redacted_and_no_field_can_add_lines(store: SqlStore, database: Database):
    observation = full(NOW, BODY, headers=(("X-Odd", "a\r\nInjected: yes"), ("X-Name", "\xe6\x97\xa5\xe6\x9c\xac")))
    item = replace(observation.fetch_result.final, request_headers=(("Authorization", "[redacted]"),))
    archive(
        store, add_page(store, NOW), replace(observation, fetch_result=type(observation.fetch_result)((item,))), NOW
    )
    _, response, request = export(database)[0]
    assert "Authorization: [redacted]\r\n" in request.head
    assert "\r\nInjected" not in response.head
    assert "X-Name: 日本\r\n" in response.head


def test_pages_and_times_select(store: SqlStore, database: Database):
    first, second = add_page(store, NOW), add_page(store, NOW, "https://example.org/b")
    for hours in range(4):
        archive(store, first, full(at(hours), BODY + b"%d" % hours), at(hours))
    archive(store, second, full(at(1), b"other", second.url), at(1))
    of_first = export(database, Selection((first.id,)))[0]
    assert {record.url for record in of_first[1:]} == {URL}
    between = export(database, Selection((first.id,), since=at(1), until=at(3)))[0]
    assert dates(between) == ["2021-03-01T13:00:00.123456Z", "2021-03-01T14:00:00.123456Z"]
    everything = export(database, Selection(since=at(1), until=at(2)))[0]
    assert {record.url for record in everything[1:]} == {URL, second.url}


def test_a_304_brings_the_response_that_it_confirms(store: SqlStore, database: Database):
    page = add_page(store, NOW)
    first = archive(store, page, full(NOW, BODY), NOW)
    archive(store, page, not_modified(at(5), first), at(5))
    found = export(database, Selection((page.id,), since=at(4)))[0]
    assert kinds(found) == ["warcinfo", "response", "request", "revisit", "metadata"]


def test_changed_selects_snapshots_with_a_new_version(store: SqlStore, database: Database):
    page = add_page(store, NOW)
    check(store, page, b"one", 83, NOW)
    unchanged = archive(store, page, full(at(1), b"<!-- again -->one"), at(1))
    store.record(unchanged, ok(), now=at(1))
    check(store, page, b"two", 84, at(2))
    found = export(database, Selection(changed=True))[0]
    assert [record.block for record in found if record.kind == "response"] == [b"one", b"two"]


def test_requisites_nearest_to_the_snapshots_are_included(store: SqlStore, database: Database):
    page = add_page(store, NOW)
    first = archive(store, page, full(at(10), BODY), at(10))
    last = archive(store, page, full(at(12), BODY + b"2"), at(12))
    for hours in (0, 9, 11, 13, 20):
        store_requisite(database, exchange(at(hours), b"body {margin: %dpx}" % hours, SHEET))
    unrelated = "https://cdn.example/unrelated.css"
    store_requisite(database, exchange(at(11), b"p {}", unrelated))
    refer(database, page, SHEET, first.id, last.id)
    found = export(database, Selection((page.id,)))[0]
    sheets = [record.block for record in found if record.url == SHEET and record.kind == "response"]
    assert sheets == [b"body {margin: %dpx}" % hours for hours in (9, 11, 13)]
    assert unrelated not in {record.url for record in found}
    assert SHEET not in {record.url for record in export(database, Selection((page.id,), requisites=False))[0]}
    assert SHEET not in {record.url for record in export(database, Selection(requisites=False))[0]}
    everything = export(database)[0]
    assert {SHEET, unrelated} <= {record.url for record in everything}


def test_a_requisite_brings_the_target_of_its_redirect(store: SqlStore, database: Database):
    page = add_page(store, NOW)
    snapshot = archive(store, page, full(NOW, BODY), NOW)
    moved = "https://cdn.example/v2.css"
    store_requisite(database, exchange(NOW, b"", SHEET, 301, (("Location", "/v2.css"),)))
    store_requisite(database, exchange(NOW, b"p {}", moved))
    refer(database, page, SHEET, snapshot.id, snapshot.id)
    found = export(database, Selection((page.id,)))[0]
    assert {URL, SHEET, moved} == {record.url for record in found if record.kind == "response"}


def test_a_damaged_body_is_named_and_the_rest_is_written(store: SqlStore, database: Database):
    page = add_page(store, NOW)
    first = archive(store, page, full(NOW, BODY), NOW)
    archive(store, page, same_body(at(1), first, BODY), at(1))
    archive(store, page, full(at(2), b"fine", headers=()), at(2))
    with database.begin() as connection:
        connection.execute(bodies.update().where(bodies.c.sha256 == sha256(BODY)).values(data=b"damaged"))
    found, exported, _ = export(database)
    assert (exported.responses, exported.damaged) == (1, 2)
    assert all(problem.startswith(f"{URL}: ") for problem in exported.problems)
    assert [record.block for record in found if record.kind == "response"] == [b"fine"]


def test_a_coding_that_was_stated_only_is_renamed_too(store: SqlStore, database: Database):
    """Otherwise a replay tool would decode what is not encoded."""
    for hours, coding, name in ((0, "gzip", "X-Orig-Content-Encoding"), (1, "br", "Content-Encoding")):
        url = f"https://example.org/{coding}"
        page = add_page(store, NOW, url)
        archive(store, page, full(at(hours), BODY + coding.encode(), url, (("Content-Encoding", coding),)), at(hours))
        response = next(record for record in export(database, Selection((page.id,)))[0] if record.kind == "response")
        assert f"\r\n{name}: {coding}\r\n" in response.head


def test_what_is_archived_or_erased_during_an_export_does_not_disturb_it(store: SqlStore, database: Database):
    """The selection is of one moment: what is archived later is not in the file, and what was erased meanwhile is left out."""
    page, other = add_page(store, NOW), add_page(store, NOW, "https://example.org/b")
    for hours in range(3):
        archive(store, page, full(at(hours), BODY + b"%d" % hours), at(hours))
    archive(store, other, full(at(0.5), b"erased", other.url), at(0.5))

    def change(done: int, _total: int) -> None:
        archive(store, page, full(at(10 + done), b"later %d" % done), at(10 + done))
        if done == 1:
            forget(database, other.url, reason="test", now=at(50))

    out = BytesIO()
    exported = export_warc(database, Selection(), out, gzip=True, info={}, now=at(99), progress=change)
    found = records(out.getvalue())
    assert exported.damaged == 0
    assert len(dates(found)) == 3
    assert other.url not in {record.url for record in found}
    assert max(dates(found)) < "2021-03-01T20"


def test_an_export_beside_a_writer_ends_and_is_complete(store: SqlStore, database: Database):
    page = add_page(store, NOW)
    first = archive(store, page, full(NOW, BODY), NOW)
    for minutes in range(1, 20):
        archive(store, page, same_body(at(minutes / 60), first, BODY), at(minutes / 60))
    stop, written = threading.Event(), []

    def write() -> None:
        moment = at(1)
        while not stop.is_set():
            moment += timedelta(seconds=1)
            archive(store, page, full(moment, b"%d" % len(written) + BODY), moment)
            written.append(moment)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert soon(lambda: written)
        found, exported, _ = export(database)
    finally:
        stop.set()
        writer.join()
    assert exported.damaged == 0
    assert exported.revisits == 19
    bodies_of = {record.fields["WARC-Record-ID"] for record in found if record.kind == "response"}
    assert {record.fields["WARC-Refers-To"] for record in found if record.kind == "revisit"} <= bodies_of
    assert 1 < len(bodies_of) <= len(written) + 1
