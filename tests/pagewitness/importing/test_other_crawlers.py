"""Files in the manner of other crawlers are imported: which fields they write, in which order, and what they leave out."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest

from monitor.model import ExchangeRole, Truncation, Verdict
from monitor.pipeline.analyze import analyze
from pagewitness.importing.saved_pages import SnapshotImporter
from pagewitness.importing.web_archives import ArchiveImporter, ImportedArchives
from storage.archive.exchanges import EXCHANGES_WITH_BODIES, exchange_of
from storage.queries.history import History
from storage.store import SqlStore
from tests.support.web_archives import HTML, gzipped

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOME, SHEET, LOGO = "https://pact.example/", "https://pact.example/css/main.css", "https://pact.example/img/logo.png"
CSS, PNG = b"h1 { color: navy }", b"\x89PNG\r\n\x1a\n" + bytes(64)
NEWER = HTML.replace(b"83", b"85")
Load = Callable[..., ImportedArchives]


def sha1(data: bytes) -> str:
    return f"sha1:{base64.b32encode(hashlib.sha1(data).digest()).decode()}"


def warc(version: str, fields: dict[str, str], block: bytes) -> bytes:
    """A record with exactly these fields, and Content-Length."""
    head = [f"WARC/{version}", *(f"{name}: {value}" for name, value in fields.items()), f"Content-Length: {len(block)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def http(first: str, fields: dict[str, str], body: bytes = b"") -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(body: bytes, size: int = 40) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.fixture
def load(store: SqlStore, tmp_path: Path) -> Load:
    def load_files(*files: bytes) -> ImportedArchives:
        paths = [tmp_path / f"{number}.warc.gz" for number in range(len(files))]
        for path, data in zip(paths, files, strict=True):
            path.write_bytes(data)
        taken = SnapshotImporter(store, NOW, 3, "test", analyze)
        importer = ArchiveImporter(store, taken, now=NOW, exchanges_only=False, max_bytes=10**6)
        importer.add(paths)
        assert taken.failed == []
        return importer.result

    return load_files


def found(store: SqlStore) -> dict[tuple[str, str], tuple]:
    """Status, role and digest of the body of each exchange, by URL and time."""
    with store.database.read() as connection:
        rows = connection.execute(EXCHANGES_WITH_BODIES).all()
    return {
        (item.url, item.started_at.strftime("%Y%m%d%H%M%S")): (item.status, item.role, row.body_sha256)
        for row in rows
        for item in [exchange_of(row)]
    }


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def heritrix(version: str, *, head_of_304: bool) -> list[bytes]:
    """A crawl of Heritrix 3: DNS, robots.txt, responses with request and metadata, both kinds of revisit, a truncated body."""
    profile = f"http://netpreserve.org/warc/{version}/revisit"
    at = {hour: f"2020-06-01T{hour:02}:00:00Z" for hour in range(10, 16)}

    def triple(number: int, url: str, date: str, answer: bytes, body: bytes, hops: str, **more: str) -> list[bytes]:
        key = f"<urn:uuid:0000000{number}-aaaa-4000-8000-000000000000>"
        common = {"WARC-Target-URI": url, "WARC-Date": date}
        return [
            warc(
                version,
                {
                    "WARC-Type": "response",
                    **common,
                    "WARC-Payload-Digest": sha1(body),
                    "WARC-IP-Address": "192.0.2.9",
                    "WARC-Record-ID": key,
                    "Content-Type": "application/http; msgtype=response",
                    **more,
                },
                answer,
            ),
            warc(
                version,
                {
                    "WARC-Type": "request",
                    **common,
                    "WARC-Concurrent-To": key,
                    "WARC-Record-ID": f"<urn:uuid:{number}1>",
                    "Content-Type": "application/http; msgtype=request",
                },
                http(
                    "GET / HTTP/1.0",
                    {
                        "User-Agent": "Mozilla/5.0 (compatible; heritrix/3.4 +https://crawler.example)",
                        "Connection": "close",
                    },
                ),
            ),
            warc(
                version,
                {
                    "WARC-Type": "metadata",
                    **common,
                    "WARC-Concurrent-To": key,
                    "WARC-Record-ID": f"<urn:uuid:{number}2>",
                    "Content-Type": "application/warc-fields",
                },
                f"via: {HOME}\r\nhopsFromSeed: {hops}\r\nfetchTimeMs: 130\r\noutlink: {SHEET} E link/@href\r\n\r\n".encode(),
            ),
        ]

    page = http("HTTP/1.1 200 OK", {"Content-Type": "text/html", "Transfer-Encoding": "chunked"}, chunked(HTML))
    # Its writers have stated the digest of the de-chunked body, or of the payload with chunks.
    records = [
        warc(version, {"WARC-Type": "warcinfo", "WARC-Date": at[10], "WARC-Filename": "WEB-0.warc.gz", "WARC-Record-ID": "<urn:uuid:0>", "Content-Type": "application/warc-fields"}, b"software: Heritrix/3.4.0\r\nformat: WARC File Format\r\nrobots: obey\r\n\r\n"),
        warc(version, {"WARC-Type": "response", "WARC-Target-URI": "dns:pact.example", "WARC-Date": at[10], "WARC-IP-Address": "192.0.2.53", "WARC-Record-ID": "<urn:uuid:dns>", "Content-Type": "text/dns"}, b"20200601100000\npact.example.\t3600\tIN\tA\t192.0.2.9\n"),
        *triple(1, "https://pact.example/robots.txt", at[10], http("HTTP/1.1 404 Not Found", {"Content-Type": "text/html"}, b"none"), b"none", "P"),
        *triple(2, HOME, at[10], page, HTML, ""),
        *triple(3, SHEET, at[10], http("HTTP/1.1 200 OK", {"Content-Type": "text/css"}, CSS), CSS, "E"),
        *triple(4, "https://pact.example/frame.html", at[10], http("HTTP/1.1 200 OK", {"Content-Type": "text/html"}, NEWER), NEWER, "LE"),
        *triple(5, "https://pact.example/long", at[10], http("HTTP/1.1 200 OK", {"Content-Type": "text/html"}, HTML[:60]), HTML[:60], "L", **{"WARC-Truncated": "time"}),
    ]  # fmt: skip
    same = {
        "WARC-Profile": f"{profile}/identical-payload-digest",
        "WARC-Truncated": "length",
        "WARC-Payload-Digest": sha1(HTML),
    }
    refers = {
        "WARC-Refers-To": "<urn:uuid:00000002-aaaa-4000-8000-000000000000>",
        "WARC-Refers-To-Target-URI": HOME,
        "WARC-Refers-To-Date": at[10],
    }
    head = http("HTTP/1.1 200 OK", {"Content-Type": "text/html", "Transfer-Encoding": "chunked"})
    unchanged = http("HTTP/1.1 304 Not Modified", {"ETag": '"7"'}) if head_of_304 else b""
    common = {"WARC-Type": "revisit", "WARC-Target-URI": HOME}
    return [
        *records,
        warc(version, {**common, "WARC-Date": at[11], **same, **refers, "WARC-Record-ID": "<urn:uuid:r1>", "Content-Type": "application/http; msgtype=response"}, head),
        warc(version, {**common, "WARC-Date": at[12], "WARC-Profile": f"{profile}/server-not-modified", "ETag": '"7"', "WARC-Record-ID": "<urn:uuid:r2>", "Content-Type": "application/http; msgtype=response"}, unchanged),
        warc(version, {**common, "WARC-Date": at[13], **same, "WARC-Record-ID": "<urn:uuid:r3>"}, b""),
        warc(version, {**common, "WARC-Date": at[14], "WARC-Profile": f"{profile}/differences", "WARC-Record-ID": "<urn:uuid:r4>"}, b"1c1"),
    ]  # fmt: skip


@pytest.mark.parametrize(("version", "head_of_304"), [("1.0", True), ("1.1", False)])
def test_heritrix(load: Load, store: SqlStore, history: History, version: str, head_of_304: bool):
    result = load(gzipped(*heritrix(version, head_of_304=head_of_304)))
    assert result.skipped == {"response": 1}, "the DNS look-up"
    assert result.damaged == 2, "a repeated body without head and original, and an unknown profile"
    assert ["neither" in result.problems[1], "profile" in result.problems[0]] == [True, True]
    navigation, part = ExchangeRole.NAVIGATION, ExchangeRole.REQUISITE
    assert found(store) == {
        ("https://pact.example/robots.txt", "20200601100000"): (404, ExchangeRole.ROBOTS, sha256(b"none")),
        (HOME, "20200601100000"): (200, navigation, sha256(HTML)),
        (SHEET, "20200601100000"): (200, part, sha256(CSS)),
        ("https://pact.example/frame.html", "20200601100000"): (200, part, sha256(NEWER)),
        ("https://pact.example/long", "20200601100000"): (200, navigation, sha256(HTML[:60])),
        (HOME, "20200601110000"): (200, navigation, sha256(HTML)),
        (HOME, "20200601120000"): (304, navigation, sha256(b"")),
    }
    (long,) = history.snapshots(store.page_by_url("https://pact.example/long").id)
    assert (long.truncated, long.verdict) == (Truncation.TIME, Verdict.PARTIAL)


def test_heritrix_arc(load: Load, store: SqlStore):
    """ARC files of Heritrix 1: a version block with XML, DNS, spaces in URLs, a response of HTTP/1.0, and line feeds only."""
    xml = b'<?xml version="1.0"?><arcmetadata><ardate>20080401</ardate>\n</arcmetadata>\n'
    block = b"1 1 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n" + xml

    def arc(url: str, kind: str, body: bytes, address: str = "192.0.2.9") -> bytes:
        return f"{url} {address} 20080401120000 {kind} {len(body)}\n".encode() + body + b"\n"

    file = gzipped(
        arc("filedesc://WEB-0.arc", "text/plain", block, "0.0.0.0"),
        arc("dns:pact.example", "text/dns", b"20080401120000\npact.example. 60 IN A 192.0.2.9\n"),
        arc(HOME, "text/html", b"HTTP/1.0 200 OK\nContent-Type: text/html\n\n" + HTML),
        arc(
            "https://pact.example/a b.html", "text/html", http("HTTP/1.1 200 OK", {"Content-Type": "text/html"}, NEWER)
        ),
        arc(LOGO, "image/png", http("HTTP/1.1 200 OK", {"Content-Type": "image/png"}, PNG)),
    )
    result = load(file)
    assert (result.damaged, result.problems) == (0, [])
    assert {key[0]: value[1:] for key, value in found(store).items()} == {
        HOME: (ExchangeRole.NAVIGATION, sha256(HTML)),
        "https://pact.example/a%20b.html": (ExchangeRole.NAVIGATION, sha256(NEWER)),
        LOGO: (ExchangeRole.REQUISITE, sha256(PNG)),
    }


def test_wget(load: Load, store: SqlStore):
    """Targets in angle brackets, the response names its request, chunks as sent, without digests, a revisit by record id, and its log at the end."""
    fields = {"WARC-Target-URI": f"<{HOME}>", "WARC-Date": "2021-02-03T04:05:06Z"}
    page = http(
        "HTTP/1.1 200 OK",
        {"Content-Type": "text/html", "Transfer-Encoding": "chunked", "Content-Encoding": "gzip"},
        chunked(gzip.compress(HTML)),
    )
    profile = {
        "WARC-Profile": "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest",
        "WARC-Truncated": "length",
    }
    result = load(
        gzipped(
            warc("1.0", {"WARC-Type": "warcinfo", "Content-Type": "application/warc-fields", "WARC-Date": "2021-02-03T04:05:06Z", "WARC-Record-ID": "<urn:uuid:i>", "WARC-Filename": "site.warc.gz"}, b"software: Wget/1.21 (linux-gnu)\r\nformat: WARC File Format 1.0\r\nrobots: off\r\n"),
            warc("1.0", {"WARC-Type": "request", **fields, "Content-Type": "application/http;msgtype=request", "WARC-Record-ID": "<urn:uuid:q>"}, http("GET / HTTP/1.1", {"Host": "pact.example", "User-Agent": "Wget/1.21"})),
            warc("1.0", {"WARC-Type": "response", "WARC-Record-ID": "<urn:uuid:p>", "WARC-Concurrent-To": "<urn:uuid:q>", **fields, "Content-Type": "application/http;msgtype=response"}, page),
            warc("1.0", {"WARC-Type": "revisit", "WARC-Record-ID": "<urn:uuid:v>", "WARC-Refers-To": "<urn:uuid:p>", **profile, "WARC-Target-URI": f"<{HOME}index.html>", "WARC-Date": "2021-02-03T04:05:09Z", "Content-Type": "application/http;msgtype=response"}, http("HTTP/1.1 200 OK", {"Content-Type": "text/html", "Content-Encoding": "gzip"})),
            warc("1.0", {"WARC-Type": "metadata", "WARC-Record-ID": "<urn:uuid:m>", "WARC-Target-URI": "<metadata://gnu.org/software/wget/warc/MANIFEST.txt>", "WARC-Date": "2021-02-03T04:05:10Z", "Content-Type": "text/plain"}, b"<urn:uuid:i>\n"),
            warc("1.0", {"WARC-Type": "resource", "WARC-Record-ID": "<urn:uuid:l>", "WARC-Target-URI": "<metadata://gnu.org/software/wget/warc/wget.log>", "WARC-Date": "2021-02-03T04:05:10Z", "Content-Type": "text/plain"}, b"--2021-02-03 04:05:06--"),
        )
    )  # fmt: skip
    assert (result.damaged, result.problems, result.skipped) == (0, [], {"resource": 1})
    assert {key[0]: value for key, value in found(store).items()} == {
        HOME: (200, ExchangeRole.NAVIGATION, sha256(HTML)),
        f"{HOME}index.html": (200, ExchangeRole.NAVIGATION, sha256(HTML)),
    }


def browsertrix() -> list[bytes]:
    """A crawl of browsertrix-crawler: decoded bodies with renamed fields, resource types, forms, and its own resource records."""
    common = {"WARC-Date": "2024-05-06T07:08:09.123Z"}

    def pair(url: str, kind: str, answer: bytes, body: bytes, method: str = "GET", **more: str) -> list[bytes]:
        key = f"<urn:uuid:{hashlib.md5((url + method).encode()).hexdigest()}>"
        named = {"WARC-Target-URI": url, **common}
        digest = {"WARC-Payload-Digest": f"sha256:{sha256(body)}", "WARC-Block-Digest": f"sha256:{sha256(answer)}"}
        return [
            warc("1.1", {"WARC-Record-ID": key, **named, "WARC-Type": "response", "Content-Type": "application/http; msgtype=response", **digest, "WARC-Resource-Type": kind, "WARC-Protocol": "h2", "WARC-Page-ID": "p1"}, answer),
            warc("1.1", {"WARC-Concurrent-To": key, **named, "WARC-Type": "request", "Content-Type": "application/http; msgtype=request", "WARC-Record-ID": key.replace("uuid:", "uuid:r")}, http(f"{method} / HTTP/1.1", {"accept": "*/*", **more})),
        ]  # fmt: skip

    page = http(
        "HTTP/1.1 200 OK",
        {
            "content-type": "text/html",
            "x-orig-content-encoding": "br",
            "x-orig-transfer-encoding": "chunked",
            "content-length": str(len(HTML)),
        },
        HTML,
    )
    form = http("HTTP/1.1 200 OK", {"content-type": "application/json"}, b"{}")
    return [
        *pair(HOME, "document", page, HTML, **{"sec-fetch-dest": "document"}),
        *pair(f"{HOME}frame", "document", http("HTTP/1.1 200 OK", {"content-type": "text/html"}, NEWER), NEWER, **{"sec-fetch-dest": "iframe"}),
        *pair(LOGO, "image", http("HTTP/1.1 200 OK", {"content-type": "image/png"}, PNG), PNG, **{"sec-fetch-dest": "image"}),
        *pair(SHEET, "stylesheet", http("HTTP/1.1 200 OK", {"content-type": "text/css", "content-encoding": "br"}, brotli.compress(CSS)), brotli.compress(CSS)),
        *pair(f"{HOME}api", "fetch", form, b"{}", "POST"),
        *pair(f"{HOME}vote?__wb_method=POST&choice=1", "document", http("HTTP/1.1 200 OK", {"content-type": "text/html"}, NEWER), NEWER),
        *(warc("1.1", {"WARC-Record-ID": f"<urn:uuid:{kind}>", "WARC-Target-URI": f"urn:{kind}:{HOME}", **common, "WARC-Type": "resource", "Content-Type": media}, data)
          for kind, media, data in (("pageinfo", "application/json", json.dumps({"pageid": "p1"}).encode()), ("text", "text/plain", b"The Alliance"), ("view", "image/png", PNG), ("thumbnail", "image/jpeg", b"\xff\xd8"))),
    ]  # fmt: skip


def check_browsertrix(result: ImportedArchives, store: SqlStore) -> None:
    assert (result.damaged, result.doubtful, result.problems) == (0, 0, [])
    assert result.skipped == {"resource": 4, "POST response": 2}
    navigation, part = ExchangeRole.NAVIGATION, ExchangeRole.REQUISITE
    assert {key[0]: value for key, value in found(store).items()} == {
        HOME: (200, navigation, sha256(HTML)),
        f"{HOME}frame": (200, part, sha256(NEWER)),
        LOGO: (200, part, sha256(PNG)),
        SHEET: (200, part, sha256(CSS)),
    }


def test_browsertrix(load: Load, store: SqlStore, history: History):
    check_browsertrix(load(gzipped(*browsertrix())), store)
    page = store.page_by_url(HOME)
    (snapshot,) = history.snapshots(page.id)
    (item,) = history.exchanges(snapshot.id)
    assert (item.header("content-encoding"), item.header("transfer-encoding"), item.header("content-length")) == (
        "br",
        "chunked",
        None,
    )


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_wacz_file_of_browsertrix(load: Load, store: SqlStore, compression: int):
    """Also as other tools pack it, which compress every member."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", compression) as file:
        file.writestr("datapackage.json", json.dumps({"profile": "data-package", "wacz_version": "1.1.1"}))
        file.writestr("pages/pages.jsonl", json.dumps({"format": "json-pages-1.0", "id": "pages", "title": "All"}))
        file.writestr("archive/rec-0.warc.gz", gzipped(*browsertrix()[:6]))
        file.writestr("archive/rec-1.warc.gz", gzipped(*browsertrix()[6:]))
        file.writestr("indexes/index.cdx.gz", gzip.compress(b""))
    check_browsertrix(load(package.getvalue()), store)


def test_warcprox_and_archive_it(load: Load, store: SqlStore):
    """WARC/1.0 of a proxy beside a browser: the response first, digests in Base32, revisits with URL and date, screenshots of other schemes."""
    date, later = "2019-09-08T07:06:05Z", "2019-09-09T07:06:05Z"
    entity = http("HTTP/1.1 200 OK", {"Content-Type": "text/html", "Server": "nginx"}, HTML)
    result = load(
        gzipped(
            warc("1.0", {"WARC-Type": "response", "WARC-Record-ID": "<urn:uuid:a>", "WARC-Date": date, "WARC-Target-URI": HOME, "WARC-IP-Address": "2001:db8::9", "Content-Type": "application/http;msgtype=response", "WARC-Payload-Digest": sha1(HTML), "WARC-Block-Digest": sha1(entity)}, entity),
            warc("1.0", {"WARC-Type": "request", "WARC-Record-ID": "<urn:uuid:b>", "WARC-Date": date, "WARC-Target-URI": HOME, "WARC-Concurrent-To": "<urn:uuid:a>", "Content-Type": "application/http;msgtype=request"}, http("GET / HTTP/1.1", {"Host": "pact.example"})),
        ),
        gzipped(
            warc("1.0", {"WARC-Type": "revisit", "WARC-Record-ID": "<urn:uuid:c>", "WARC-Date": later, "WARC-Target-URI": f"{HOME}copy", "WARC-Profile": "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest", "WARC-Refers-To-Target-URI": HOME, "WARC-Refers-To-Date": date, "WARC-Payload-Digest": sha1(HTML), "Content-Type": "application/http;msgtype=response"}, http("HTTP/1.1 200 OK", {"Content-Type": "text/html", "Server": "nginx"})),
            warc("1.0", {"WARC-Type": "resource", "WARC-Record-ID": "<urn:uuid:d>", "WARC-Date": later, "WARC-Target-URI": f"screenshot:{HOME}", "Content-Type": "image/jpeg", "WARC-Payload-Digest": sha1(PNG)}, PNG),
            warc("1.0", {"WARC-Type": "response", "WARC-Record-ID": "<urn:uuid:e>", "WARC-Date": later, "WARC-Target-URI": f"{HOME}head", "Content-Type": "application/http;msgtype=response"}, http("HTTP/1.1 200 OK", {"Content-Type": "text/html"})),
            warc("1.0", {"WARC-Type": "request", "WARC-Record-ID": "<urn:uuid:f>", "WARC-Date": later, "WARC-Target-URI": f"{HOME}head", "WARC-Concurrent-To": "<urn:uuid:e>", "Content-Type": "application/http;msgtype=request"}, http("HEAD /head HTTP/1.1", {})),
        ),
    )  # fmt: skip
    assert (result.damaged, result.doubtful, result.skipped) == (0, 0, {"resource": 1, "HEAD response": 1})
    assert {key: value[2] for key, value in found(store).items()} == {
        (HOME, "20190908070605"): sha256(HTML),
        (f"{HOME}copy", "20190909070605"): sha256(HTML),
    }


def test_wpull_and_scrapy(load: Load, store: SqlStore):
    """wpull: the request first, its log as a resource. Scrapy: decoded bodies with the field of their coding, header names in lower case, no request."""
    date = "2022-01-02T03:04:05Z"
    result = load(
        gzipped(
            warc("1.0", {"WARC-Type": "request", "Content-Type": "application/http;msgtype=request", "WARC-Record-ID": "<urn:uuid:a>", "WARC-Date": date, "WARC-Target-URI": HOME, "WARC-Block-Digest": sha1(b"")}, http("GET / HTTP/1.1", {"Host": "pact.example"})),
            warc("1.0", {"WARC-Type": "response", "Content-Type": "application/http;msgtype=response", "WARC-Record-ID": "<urn:uuid:b>", "WARC-Concurrent-To": "<urn:uuid:a>", "WARC-Date": date, "WARC-Target-URI": HOME, "WARC-Payload-Digest": sha1(HTML)}, http("HTTP/1.1 200 OK", {"Content-Type": "text/html"}, HTML)),
            warc("1.0", {"WARC-Type": "resource", "Content-Type": "text/plain", "WARC-Record-ID": "<urn:uuid:c>", "WARC-Date": date, "WARC-Target-URI": "urn:X-wpull:log"}, b"INFO Fetching"),
        ),
        gzipped(
            warc("1.0", {"WARC-Type": "response", "WARC-Record-ID": "<urn:uuid:d>", "WARC-Target-URI": f"{HOME}news", "WARC-Date": date, "WARC-Payload-Digest": sha1(NEWER), "Content-Type": "application/http; msgtype=response"}, http("HTTP/1.1 200 OK", {"content-type": "text/html; charset=utf-8", "content-encoding": "gzip"}, NEWER)),
        ),
    )  # fmt: skip
    assert (result.damaged, result.doubtful, result.skipped) == (0, 0, {"resource": 1})
    assert {key[0]: value[2] for key, value in found(store).items()} == {
        HOME: sha256(HTML),
        f"{HOME}news": sha256(NEWER),
    }


def test_a_second_import_of_any_of_them_adds_nothing(load: Load, store: SqlStore):
    files = [gzipped(*heritrix("1.1", head_of_304=True)), gzipped(*browsertrix())]
    load(*files)
    before = found(store)
    result = load(*files)
    assert found(store) == before
    assert result.exchanges == 0
