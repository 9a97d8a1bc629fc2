"""The parts of a check by themselves: reading a page, comparing two readings of it, keeping its bodies."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from bench.measure import median_ms, spending
from bench.site import bench_pages
from monitor.diff.compare import compare
from monitor.extraction.extract import extract
from monitor.facts.fact_reader import read
from monitor.facts.mentions import read_blocks
from monitor.model import FactDefinition, FactKind, ParserVersion, Version, facts_digest
from storage.archive.bodies import Arrival, arrival, load_body, store_bodies
from storage.archive.version_blob import blob_of, decode
from storage.database.engine import open_database

_TYPE = "text/html; charset=UTF-8"
_FACT = FactDefinition("member_count", FactKind.COUNT_OF, ("member cities", "members"))
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_VERSIONS = 500
_LONG_WORDS = 5_000
_PAGE_BYTES = 107_000


@dataclass(frozen=True, slots=True)
class Part:
    """One part's cost.

    Attributes:
        name: What was done.
        figure: What it took.
    """

    name: str
    figure: str


def reading(count: int) -> list[Part]:
    """Clean, mentions and facts, CPU milliseconds a page: the median over the pages."""
    taken: dict[str, list[float]] = {name: [] for name in ("clean", "mentions", "mentions, one sentence new", "facts")}
    for page in bench_pages(count):
        body, like = page.body(), _version(page.body())
        old, new = extract(body, _TYPE), extract(page.body(edition=1), _TYPE)
        taken["clean"].append(median_ms(partial(extract, body, _TYPE), 3))
        taken["mentions"].append(median_ms(partial(read_blocks, old.blocks, old.language), 3))
        taken["mentions, one sentence new"].append(median_ms(partial(read_blocks, new.blocks, new.language, like), 3))
        taken["facts"].append(median_ms(partial(read, _FACT, old.blocks, like.mentions), 3))
    return [Part(name, f"{median(each):.2f} ms") for name, each in taken.items()]


def comparing(count: int) -> list[Part]:
    """Two versions to changes, CPU milliseconds: the median over the pages."""
    same, edited = [], []
    for page in bench_pages(count):
        old, again, new = _version(page.body()), _version(page.body()), _version(page.body(edition=1))
        same.append(median_ms(partial(compare, old, again)))
        edited.append(median_ms(partial(compare, old, new)))
    long, number, reworded = (_long(edit) for edit in ("", "number", "words"))
    return [
        Part("compare, unchanged", f"{median(same):.3f} ms"),
        Part("compare, one sentence changed", f"{median(edited):.2f} ms"),
        Part(f"compare, {_LONG_WORDS:,} words unchanged", f"{median_ms(partial(compare, long, _long(''))):.3f} ms"),
        Part(f"compare, one number in {_LONG_WORDS:,} words", f"{median_ms(partial(compare, long, number)):.2f} ms"),
        Part(
            f"compare, one sentence reworded in {_LONG_WORDS:,} words",
            f"{median_ms(partial(compare, long, reworded)):.2f} ms",
        ),
    ]


def blobs(count: int) -> list[Part]:
    """Blobs of versions, CPU milliseconds, the median over the pages; the standard library's json on the same data, without blocks made of it, is the floor."""
    taken: dict[str, list[float]] = {
        name: [] for name in ("encode", "decode", "json alone, encode", "json alone, decode")
    }
    to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
    for page in bench_pages(count):
        version = _version(page.body())
        blob = blob_of(version)
        value = json.loads(blob[1:])
        assert to_json(value).encode() == blob[1:]
        taken["encode"].append(median_ms(partial(blob_of, version)))
        taken["decode"].append(median_ms(partial(decode, blob)))
        taken["json alone, encode"].append(median_ms(partial(to_json, value)))
        taken["json alone, decode"].append(median_ms(partial(json.loads, blob[1:])))
    return [Part(f"blob of a version, {name}", f"{median(each):.3f} ms") for name, each in taken.items()]


def _long(edit: str) -> Version:
    """A page of 5,000 words with a number in every sentence, one of which may be edited in its middle."""
    dice = random.Random(1)
    sentences = []
    for number in range(_LONG_WORDS // 10):
        words = [f"word{dice.randrange(900)}" for _ in range(8)]
        count = dice.randint(2, 900) + (number == _LONG_WORDS // 20 and edit != "")
        if number == _LONG_WORDS // 20 and edit == "words":
            words[2:4] = ["other", "phrase"]
        sentences.append(f"The {' '.join(words[:5])} {count} members {' '.join(words[5:])}.")
    paragraphs = "".join(f"<p>{' '.join(sentences[at : at + 4])}</p>" for at in range(0, len(sentences), 4))
    return _version(f"<!doctype html><html lang='en'><title>Long</title><h1>Long</h1>{paragraphs}</html>".encode())


def bodies(folder: Path) -> list[Part]:
    """500 versions of one page of about 107 KB, each in a transaction of its own, then each read back."""
    page = min(bench_pages(200), key=lambda page: abs(len(page.body()) - _PAGE_BYTES))
    kept = [arrival("http://river.example/", page.body(edition)) for edition in range(_VERSIONS)]
    noisy = [arrival("http://river.example/n", page.body(n, nonce=n + 1)) for n in range(_VERSIONS)]
    parts = [Part("page", f"{len(kept[0].body):,} bytes, {_VERSIONS} versions")]
    for name, arrivals in (("one sentence", kept), ("one sentence and a nonce", noisy)):
        parts += _bodies(name, arrivals, folder / f"{name.replace(' ', '-')}.db")
    return parts


def _bodies(name: str, arrivals: Sequence[Arrival], path: Path) -> list[Part]:
    database = open_database(f"sqlite:///{path}")
    writes, reads = [], []
    for item in arrivals:
        with spending() as spent, database.begin() as connection:
            store_bodies(connection, [item], _NOW)
        writes.append(spent.cpu * 1000)
    for item in arrivals:
        with spending() as spent, database.read() as connection:
            assert load_body(connection, item.sha256) == item.body
        reads.append(spent.cpu * 1000)
    database.close()
    with closing(sqlite3.connect(path)) as file:
        (stored,) = file.execute("SELECT sum(length(data)) FROM bodies").fetchone()
    return [
        Part(f"bodies, {name}: stored", f"{stored / len(arrivals):.0f} bytes a version"),
        Part(f"bodies, {name}: write", f"{median(writes):.2f} ms CPU, transaction included"),
        Part(f"bodies, {name}: read", f"{median(reads):.2f} ms CPU, p95 {quantiles(reads, n=20)[-1]:.2f}"),
    ]


def _version(body: bytes) -> Version:
    cleaned = extract(body, _TYPE)
    mentions = read_blocks(cleaned.blocks, cleaned.language)
    return Version(
        ParserVersion("bench", facts_digest([_FACT])),
        cleaned.title,
        cleaned.language,
        cleaned.blocks,
        mentions,
        (read(_FACT, cleaned.blocks, mentions),),
    )
