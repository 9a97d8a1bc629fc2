"""Search among 100,000 texts beside a scan with LIKE, and what indexing a version takes, on SQLite and PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles

from sqlalchemy import func, select, text

from bench.databases import both
from bench.prose import Prose
from bench.small import Part
from monitor.model import Block, BlockKind, PageSource, Schedule, SnapshotRef
from monitor.search.blocks import search_blocks as texts_of
from monitor.search.query import parse
from storage.database.connection import Database
from storage.database.engine import open_database
from storage.queries.history import History
from storage.schema import search_blocks
from storage.search.presence import apply_version
from storage.store import SqlStore

_BEGIN = datetime(2016, 1, 1, tzinfo=UTC)
_BLOCKS, _VERSIONS = 60, 11
# Of the texts of a page, this many are replaced in each version after the first.
_REPLACED = 4
_TEXTS_A_PAGE = _BLOCKS + (_VERSIONS - 1) * _REPLACED
_RARE, _SHOWN, _ROUNDS = "zirconium", 50, 200
_QUERIES = {
    "a rare word": _RARE,
    "a word of every third text": "the",
    "two frequent words": "the place",
    "a phrase": '"the works are done"',
    "a prefix": "spoke*",
    "a rare word that disappeared": f"{_RARE} removed:",
    "a frequent word that disappeared in a month": "the removed:2016-02",
    "a frequent word on one page": "the page:https://bench.example/7",
    "a word that is not there": "quux",
}


def search(count: int, folder: Path) -> list[Part]:
    """Searches among `count` texts."""
    parts: list[Part] = []
    for name, url in both(folder):
        with closing(open_database(url)) as database:
            parts += [Part(f"{name}: {what}", figure) for what, figure in _measured(database, count)]
    return parts


def _measured(database: Database, count: int) -> Iterator[tuple[str, str]]:
    first, later = _fill(database, max(count // _TEXTS_A_PAGE, 8))
    yield f"index a first version of {_BLOCKS} texts", _spread(first, "CPU ms of the client")
    yield f"index a version with {_REPLACED} new texts", _spread(later, "CPU ms of the client")
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    yield "the full-text index", _size(database)
    history = History(database)
    for what, typed in _QUERIES.items():
        query = parse(typed)
        found = len(history.search(query, _SHOWN).rows)
        taken = [_took(lambda query=query: history.search(query, _SHOWN)) for _ in range(_ROUNDS)]  # type: ignore[misc]
        yield f"{_SHOWN} of {what} ({found})", _spread(taken, "ms")
    scan = select(search_blocks).where(search_blocks.c.body.contains(_RARE)).order_by(search_blocks.c.id.desc())

    def scanned() -> None:
        with database.read() as connection:
            connection.execute(scan.limit(_SHOWN)).all()

    yield "floor: a rare word by LIKE", _spread([_took(scanned) for _ in range(10)], "ms")


def _fill(database: Database, pages: int) -> tuple[list[float], list[float]]:
    """Index versions of pages; return the milliseconds of processor time of each first and each later version."""
    store, random = SqlStore(database), Random(7)
    prose = Prose(random)
    first: list[float] = []
    later: list[float] = []
    shown = [[_text(prose, random) for _ in range(_BLOCKS)] for _ in range(pages)]
    ids = [
        store.add_page(f"https://bench.example/{n}", schedule=Schedule(), source=PageSource.ADDED, now=_BEGIN).id
        for n in range(pages)
    ]
    for number in range(_VERSIONS):
        for place, page_id in enumerate(ids):
            at = _BEGIN + timedelta(days=number * 10, seconds=place)
            if number:
                for _ in range(_REPLACED):
                    shown[place][random.randrange(_BLOCKS)] = _text(prose, random)
            blocks = [Block(BlockKind.CONTENT, body, "") for body in shown[place]]
            snapshot = SnapshotRef(number * pages + place + 1, at)
            previous = SnapshotRef(snapshot.id - pages, at - timedelta(days=10)) if number else None
            with database.begin() as connection:
                begun = time.process_time()
                apply_version(connection, page_id, snapshot, previous, texts_of(blocks))
                (later if number else first).append((time.process_time() - begun) * 1000)
    return first, later


def _text(prose: Prose, random: Random) -> str:
    extra = f" {_RARE}" if random.random() < 0.001 else ""
    return f"{prose.sentence()} {prose.sentence()}{extra} {random.randrange(10**6)}"


def _size(database: Database) -> str:
    with database.read() as connection:
        length = connection.execute(select(func.sum(func.length(search_blocks.c.body)))).scalar_one()
        sized = (
            "SELECT pg_total_relation_size('search_terms')"
            if connection.dialect.name == "postgresql"
            else "SELECT sum(length(block)) FROM search_terms_data"
        )
        size = connection.execute(text(sized)).scalar_one()
    return f"{size / 2**20:.1f} MB for {length / 2**20:.1f} MB of distinct texts"


def _took(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return (time.perf_counter() - begun) * 1000


def _spread(taken: list[float], unit: str) -> str:
    return f"median {median(taken):.2f}, p95 {quantiles(taken, n=20)[-1]:.2f} {unit}"
