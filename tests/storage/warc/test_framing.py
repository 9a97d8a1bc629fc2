"""Files are split into records past any damage, within limits and in linear time."""

from __future__ import annotations

import gzip
import io
import random
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.warc.framing import is_archive, read_records
from storage.warc.raw_records import MAX_HEAD_BYTES, Damage, RawRecord
from tests.support.growth import growth
from tests.support.web_archives import ARC_FIRST, HTML, arc, gzipped, message, page, record

URLS = [f"https://a.example/{name}" for name in ("one", "two", "three", "four", "five")]
RECORDS = [page(url, f"2020-01-0{day}T00:00:00Z", HTML * 3 * day) for day, url in enumerate(URLS, 1)]
ARCS = [arc(url, "20090102030405", message(HTML)) for url in URLS]


def read(data: bytes, max_block: int = 1_000_000) -> tuple[list[RawRecord], list[Damage]]:
    items = list(read_records(io.BytesIO(data), max_block))
    return [item for item in items if isinstance(item, RawRecord)], [item for item in items if isinstance(item, Damage)]


def urls(records: list[RawRecord]) -> list[str]:
    return [next(url for url in URLS if url.encode() in record.head) for record in records]


FILES = {
    "plain": b"".join(RECORDS),
    "gzip": gzipped(*RECORDS),
    "one member": gzip.compress(b"".join(RECORDS), mtime=0),
    "arc": ARC_FIRST + b"".join(ARCS),
    "arc gzip": gzipped(ARC_FIRST, *ARCS),
    "line feeds only": b"".join(RECORDS).replace(b"\r\n\r\nHTTP", b"\n\nHTTP"),
}


@pytest.mark.parametrize("name", FILES)
def test_all_records_are_read(name):
    records, damages = read(FILES[name])
    wanted = [record for record in records if not record.head.startswith(b"filedesc:")]
    assert urls(wanted) == URLS
    assert damages == []


@pytest.mark.parametrize("name", ["plain", "gzip"])
def test_blocks_are_exact_and_offsets_lead_to_their_records(name):
    records, _ = read(FILES[name])
    for found, whole in zip(records, RECORDS, strict=True):
        assert found.head + found.block + b"\r\n\r\n" == whole
        assert found.length == len(found.block)
        assert read(FILES[name][found.offset :])[0][0].head == found.head


def test_a_long_block_is_cut_and_the_next_record_is_read():
    for data in (FILES["plain"], FILES["gzip"]):
        records, damages = read(data, max_block=100)
        assert urls(records) == URLS
        assert damages == []
        assert [len(record.block) for record in records] == [100] * 5
        assert all(record.length > 100 for record in records)


@pytest.mark.parametrize("name", ["plain", "gzip"])
def test_a_file_that_is_cut_anywhere_keeps_the_records_before(name):
    data = FILES[name]
    ends = [sum(map(len, RECORDS[:n])) if name == "plain" else len(gzipped(*RECORDS[:n])) for n in range(6)]
    for cut in {*ends, *(end + 1 for end in ends[:-1]), *(end - 6 for end in ends[1:]), *range(1, len(data), 37)}:
        records, damages = read(data[:cut])
        # The line breaks behind a record are no part of it, unless a check sum covers them.
        complete = sum(end <= cut + (4 if name == "plain" else 0) for end in ends[1:])
        assert urls(records) == URLS[:complete]
        is_partial = cut not in ends and cut > ends[complete]
        assert len(damages) == (1 if is_partial else 0), cut


@pytest.mark.parametrize("name", ["plain", "gzip", "arc gzip"])
def test_a_flipped_byte_costs_at_most_one_record(name):
    data = FILES[name]
    chance = random.Random(5)
    for _ in range(300):
        damaged = bytearray(data)
        place = chance.randrange(2, len(data))
        damaged[place] ^= chance.randrange(1, 256)
        records, damages = read(bytes(damaged))
        heads = [record.head for record in records if not record.head.startswith(b"filedesc")]
        whole = [head for head in heads if any(url.encode() in head for url in URLS)]
        assert len(whole) >= 4, place
        assert len(damages) <= 2, place


@given(st.binary(max_size=3000))
def test_arbitrary_bytes_end(data):
    for content in (data, b"WARC/1.0\r\n" + data, b"\x1f\x8b\x08\x00" + data, gzip.compress(b"WARC/1.0\r\n" + data)):
        records, damages = read(content)
        assert all(record.head for record in records)
        assert all(damage.reason for damage in damages)


def test_two_damaged_places_are_named_with_their_urls():
    broken = bytearray(gzipped(RECORDS[1]))
    broken[-6] ^= 1  # the check sum
    data = gzipped(RECORDS[0]) + broken + gzipped(RECORDS[2]) + b"garbage" * 9 + gzipped(RECORDS[3])
    records, damages = read(data)
    assert urls(records) == [URLS[0], URLS[2], URLS[3]]
    assert [damage.url for damage in damages] == [URLS[1], ""]
    assert damages[0].offset == len(gzipped(RECORDS[0]))


def test_a_wrong_length_costs_its_own_record_only():
    for length in (10, 10**6, 10**17):
        wrong = record("response", URLS[1], "2020-01-01T00:00:00Z", message(), length=length)
        for data in (RECORDS[0] + wrong + RECORDS[2], gzipped(RECORDS[0], wrong, RECORDS[2])):
            records, damages = read(data)
            assert urls(records) == [URLS[0], URLS[2]]
            assert {damage.url for damage in damages} == {URLS[1]}
            assert len(damages) == 1


def test_zero_padding_and_empty_members_are_no_damage():
    records, damages = read(gzipped(RECORDS[0], b"", RECORDS[1]) + b"\0" * 100_000)
    assert urls(records) == URLS[:2]
    assert damages == []


def test_a_bomb_is_left_and_the_next_record_is_read():
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {URLS[0]}\r\nContent-Length: {10**10}\r\n\r\n".encode()
    bomb = (
        compressor.compress(head) + b"".join(compressor.compress(bytes(2**20)) for _ in range(300)) + compressor.flush()
    )
    began = time.process_time()
    records, damages = read(bomb + gzipped(RECORDS[1]))
    assert time.process_time() - began < 5
    assert urls(records) == [URLS[1]]
    assert [damage.url for damage in damages] == [URLS[0]]
    assert "expands" in damages[0].reason


def test_a_head_has_a_limit():
    head = b"WARC/1.0\r\nX: " + b"a" * (2 * MAX_HEAD_BYTES) + b"\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
    for data in (head + RECORDS[0], gzipped(head, RECORDS[0])):
        records, damages = read(data)
        assert urls(records) == [URLS[0]]
        assert len(damages) == 1


@pytest.mark.parametrize(
    "piece",
    [
        b"WARC/1.0\r\n",
        b"\nWARC/1.0\r\nContent-Length: 9\r\n\r\n",
        b"http://a.example/ 1.2.3.4 20200101000000 text/html 99\n",
        b"\r\n",
        b"WARC/1.0\r\nContent-Length: 99999999\r\n\r\n",
    ],
    ids=["heads", "wrong lengths", "arc lines", "blank", "long"],
)
def test_the_time_is_linear(piece):
    members = growth(read, lambda size: gzip.compress((piece * 100)[:100], mtime=0) * 200 * size, floor=0.004)
    plain = growth(read, lambda size: piece * 1_000 * size, floor=0.004)
    assert (plain.is_linear, members.is_linear) == (True, True), f"{plain}; {members}"


def test_archives_are_recognised_by_content_or_name(tmp_path: Path):
    for name, data, expected in (
        ("a.bin", FILES["plain"], True),
        ("b.bin", FILES["gzip"], True),
        ("c.bin", FILES["arc"], True),
        ("d.warc.gz", b"damaged", True),
        ("manifest.jsonl", b'{"url": "https://a.example/"}', False),
        ("e.gz", gzip.compress(b"text"), False),
        ("f", b"", False),
    ):
        (tmp_path / name).write_bytes(data)
        assert is_archive(tmp_path / name) is expected, name
