"""Records: fields, dates, digests, and the exchange of a response, as crawlers write them."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import UTC, datetime

import pytest

from monitor.model import Exchange, ExchangeRole, Truncation
from storage.warc.framing import read_records
from storage.warc.raw_records import RawRecord
from storage.warc.records import Record, normal_digest, parse_date, parse_record, read_response
from storage.warc.roles import role_of
from tests.support.web_archives import ARC_FIRST, HTML, arc, message, record

URL = "https://a.example/page"
DATE = "2020-01-02T03:04:05Z"


def parsed(data: bytes) -> Record:
    (raw,) = read_records(io.BytesIO(data), 10**6)
    assert isinstance(raw, RawRecord)
    return parse_record(raw)


def response(block: bytes, *fields: str, url: str = URL, max_body: int = 10**6):
    found = parsed(record("response", url, DATE, block, fields))
    return read_response(found, (), ExchangeRole.REQUISITE, max_body)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-02T03:04:05Z", datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2020-01-02T03:04:05.5Z", datetime(2020, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC)),
        ("2020-01-02T03:04:05.123456789Z", datetime(2020, 1, 2, 3, 4, 5, 123_456, tzinfo=UTC)),
        ("20200102030405", datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2020-01", datetime(2020, 1, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_dates(text, expected):
    assert parse_date(text) == expected


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2020-13-01", "1969-01-01", "9999-01-01", "2020-01-02T25:00:00Z", "٢٠٢٠"]
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):
        parse_date(text)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_digests_are_recognised_in_every_base(algorithm):
    value = hashlib.new(algorithm, b"x").digest()
    expected = f"{algorithm}:{value.hex()}"
    assert normal_digest(f"{algorithm.upper()}:{value.hex().upper()}") == expected
    assert normal_digest(f"{algorithm}:{base64.b32encode(value).decode()}") == expected
    assert normal_digest(f"{algorithm}:{base64.b32encode(value).decode().lower().rstrip('=')}") == expected


def test_unknown_digests_are_none():
    for text in ("", "sha1", "sha1:", "sha1:xyz", "blake3:00", "sha256:AB", "sha1:" + "é" * 32):
        assert normal_digest(text) is None


def test_targets_of_wget_and_with_spaces():
    assert parsed(record("response", f"<{URL}>", DATE, message())).url == URL
    assert parsed(record("response", "http://A.example:80/a b", DATE, message())).url == "http://a.example/a%20b"


def test_a_record_without_what_an_exchange_needs_is_refused():
    for data in (
        record("response", "https://user:secret@a.example/", DATE, message()),
        record("response", "https://a.example:99999/", DATE, message()),
        record("response", URL, "never", message()),
        record("response", URL, DATE, HTML),
    ):
        with pytest.raises(ValueError):
            read_response(parsed(data), (), ExchangeRole.REQUISITE, 100)


def test_an_arc_record_becomes_a_response():
    items = list(read_records(io.BytesIO(ARC_FIRST + arc(URL, "20090102030405", message())), 10**6))
    first, second = (parse_record(item) for item in items)
    assert first.kind == "warcinfo"
    read = read_response(second, (), ExchangeRole.REQUISITE, 10**6).exchange
    assert (second.kind, read.url, read.body, read.status) == ("response", URL, HTML, 200)
    assert read.started_at == datetime(2009, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert read.peer == "192.0.2.1:443"


def test_a_chunked_payload_is_accepted_with_either_digest():
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(HTML), HTML)
    for payload in (HTML, chunked):
        digest = base64.b32encode(hashlib.sha1(payload).digest()).decode()
        read = response(
            message(chunked, headers=("Transfer-Encoding: chunked",)), f"WARC-Payload-Digest: sha1:{digest}"
        )
        assert (read.exchange.body, read.warnings) == (HTML, ())
        assert read.exchange.response_headers == (("Transfer-Encoding", "chunked"),)


def test_a_wrong_digest_is_a_warning():
    read = response(message(), f"WARC-Payload-Digest: sha256:{'0' * 64}")
    assert read.exchange.body == HTML
    assert "does not match" in read.warnings[0]


def test_truncation_is_kept():
    assert response(message(), "WARC-Truncated: time").exchange.truncated is Truncation.TIME
    assert response(message(), "WARC-Truncated: unspecified").exchange.truncated is Truncation.DISCONNECT
    cut = response(message(), max_body=10).exchange
    assert (cut.body, cut.truncated) == (HTML[:10], Truncation.LENGTH)


def exchange(url: str = URL, status: int = 200, content_type: str = "text/html", **headers: str) -> Exchange:
    return Exchange(
        url=url,
        request_headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
        started_at=datetime(2020, 1, 1, tzinfo=UTC),
        elapsed_ms=0,
        status=status,
        response_headers=(("Content-Type", content_type),) if content_type else (),
    )


NAVIGATION, REQUISITE, ROBOTS = ExchangeRole.NAVIGATION, ExchangeRole.REQUISITE, ExchangeRole.ROBOTS


@pytest.mark.parametrize(
    ("item", "resource_type", "hops", "expected"),
    [
        (exchange(), None, None, NAVIGATION),
        (exchange(content_type="application/pdf"), None, None, NAVIGATION),
        (exchange(content_type="image/png"), None, None, REQUISITE),
        (exchange(content_type=""), None, None, REQUISITE),
        (exchange(url="https://a.example/robots.txt", content_type="text/plain"), None, None, ROBOTS),
        (exchange(status=404), None, None, NAVIGATION),
        (exchange(url="https://a.example/logo.png", status=404), None, None, REQUISITE),
        (exchange(status=301, content_type=""), None, None, NAVIGATION),
        (exchange(url="https://a.example/old.css", status=301), None, None, REQUISITE),
        (exchange(Sec_Fetch_Dest="iframe"), "document", None, REQUISITE),
        (exchange(Sec_Fetch_Dest="document", content_type="text/plain"), None, None, NAVIGATION),
        (exchange(Sec_Fetch_Dest="image"), None, None, REQUISITE),
        (exchange(), "xhr", None, REQUISITE),
        (exchange(content_type="text/plain"), "document", None, NAVIGATION),
        (exchange(), None, "", NAVIGATION),
        (exchange(), None, "LLR", NAVIGATION),
        (exchange(), None, "LE", REQUISITE),
        (exchange(), None, "LER", REQUISITE),
    ],
)
def test_roles(item, resource_type, hops, expected):
    assert role_of(item, resource_type, hops) is expected
