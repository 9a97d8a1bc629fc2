"""WARC files in WACZ files are read in place, within limits, whatever the zip file states."""

from __future__ import annotations

import io
import os
import random
import zipfile
from pathlib import Path

import pytest

from storage.warc import wacz
from storage.warc.framing import archive_files, is_archive, read_records
from storage.warc.raw_records import RawRecord
from tests.support.web_archives import gzipped, page

RECORDS = [page(f"https://a.example/{day}", f"2020-01-0{day}T00:00:00Z") for day in range(1, 6)]
WARC = gzipped(*RECORDS)


def packed(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED, before: bytes = b"") -> bytes:
    out = io.BytesIO()
    out.write(before)
    with zipfile.ZipFile(out, "w", compression) as package:
        for name, data in members.items():
            package.writestr(name, data)
    return out.getvalue()


PACKAGE = {
    "datapackage.json": b"{}",
    "archive/a.warc.gz": WARC,
    "archive/b.warc": b"".join(RECORDS),
    "pages/pages.jsonl": b"",
}


def read(data: bytes) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    damages: list[tuple[str, str]] = []
    found = {
        name: content.read() for name, content in wacz.archives(io.BytesIO(data), lambda *one: damages.append(one))
    }
    return found, damages


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\n"])
def test_the_archives_are_read(compression: int, before: bytes):
    wanted = {name: data for name, data in PACKAGE.items() if name.startswith("archive/")}
    assert read(packed(PACKAGE, compression, before)) == (wanted, [])


def test_a_member_is_a_seekable_file_of_its_own():
    for _, content in wacz.archives(io.BytesIO(packed(PACKAGE)), lambda *_: None):
        assert len([item for item in read_records(content, 10**6) if isinstance(item, RawRecord)]) == 5
        content.seek(-4, os.SEEK_END)
        assert len(content.read(100)) == 4
        assert content.read(1) == b""


def test_a_file_is_recognised_by_its_content_or_else_its_name(tmp_path: Path):
    for name, data, expected in (
        ("a", packed(PACKAGE), True),
        ("b", packed({"word/document.xml": b""}), False),
        ("c.wacz", packed(PACKAGE)[:-40], True),
        ("d", packed(PACKAGE)[:-40], False),
    ):
        (tmp_path / name).write_bytes(data)
        assert is_archive(tmp_path / name) is expected


def test_names_lead_to_the_member_and_what_is_no_zip_file_is_itself(tmp_path: Path):
    (tmp_path / "a.wacz").write_bytes(packed(PACKAGE))
    (tmp_path / "a.warc.gz").write_bytes(WARC)
    names = [name for file in ("a.wacz", "a.warc.gz") for name, _ in archive_files(tmp_path / file, lambda *_: None)]
    assert [name.removeprefix(f"{tmp_path}/") for name in names] == [
        "a.wacz/archive/a.warc.gz",
        "a.wacz/archive/b.warc",
        "a.warc.gz",
    ]


def edited(data: bytes, old: bytes, new: bytes, count: int = 1) -> bytes:
    """Replaces the last occurrences, which are in the directory."""
    assert old in data
    head, *rest = data.rsplit(old, count)
    return new.join([head, *rest])


def test_what_cannot_be_read_is_named_and_the_rest_is_read():
    encrypted = bytearray(packed(PACKAGE))
    place = encrypted.rindex(b"archive/a.warc.gz")
    encrypted[place - 46 + 8] |= 1
    found, damages = read(bytes(encrypted))
    assert (list(found), damages) == (["archive/b.warc"], [("archive/a.warc.gz", "it is encrypted")])
    moved = bytearray(packed(PACKAGE))
    moved[place - 46 + 42] ^= 1
    assert read(bytes(moved))[1] == [("archive/a.warc.gz", "no member begins where the directory states")]
    lzma = packed(PACKAGE, zipfile.ZIP_LZMA)
    assert [reason for _, reason in read(lzma)[1]] == ["its compression method is not supported"] * 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (packed({"a.warc.gz": WARC}), "no WARC file in archive/"),
        (packed(PACKAGE)[:-30], "it is cut"),
        (b"PK\x03\x04" + bytes(100), "it is cut"),
        (edited(packed(PACKAGE), b"PK\x01\x02", b"PK\x09\x09"), "cannot be read"),
    ],
)
def test_a_file_that_is_damaged_as_a_whole_is_refused(data: bytes, reason: str):
    found, [(name, stated)] = read(data)
    assert (found, name) == ({}, "")
    assert reason in stated


def test_members_that_overlap_are_refused():
    data = bytearray(packed({f"archive/{number}.warc": WARC for number in range(9)}))
    first = data.index(b"PK\x01\x02")
    entry = data[first : data.index(b"PK\x01\x02", first + 1)]
    again = b"".join(bytes(entry) for _ in range(9))
    end = bytearray(data[data.index(b"PK\x05\x06") :])
    end[12:16] = len(again).to_bytes(4, "little")
    begin = data[: len(WARC) + 200]
    end[16:20] = len(begin).to_bytes(4, "little")
    assert read(bytes(begin + again + end)) == ({}, [("", "its members overlap")])


def test_a_bomb_is_left_and_the_next_member_is_read():
    bomb = packed({"archive/a.warc": bytes(80_000_000), "archive/b.warc.gz": WARC}, zipfile.ZIP_DEFLATED)
    found, damages = read(bomb)
    assert list(found) == ["archive/b.warc.gz"]
    assert damages == [("archive/a.warc", "it expands to more than 20 times its compressed length")]


def test_a_long_directory_is_refused_before_it_is_read():
    data = packed(PACKAGE)
    place = data.index(b"PK\x05\x06")
    end = data[place : place + 12] + (17 * 1024 * 1024).to_bytes(4, "little") + data[place + 16 :]
    assert "directory is longer" in read(data[:place] + end)[1][0][1]
    record = bytearray(56)
    record[:4], record[40:48] = b"PK\x06\x06", (2**40).to_bytes(8, "little")
    locator = b"PK\x06\x07" + bytes(4) + place.to_bytes(8, "little") + bytes(4)
    assert "directory is longer" in read(data[:place] + bytes(record) + locator + data[place:])[1][0][1]


def test_flipped_bytes_never_raise():
    whole = packed(PACKAGE, zipfile.ZIP_DEFLATED)
    chance = random.Random(11)
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            place = chance.choice([chance.randrange(len(data)), len(data) - 1 - chance.randrange(400)])
            data[place] ^= chance.randrange(1, 256)
        found, damages = read(bytes(data))
        assert found or damages
