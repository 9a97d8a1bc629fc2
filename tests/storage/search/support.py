"""Pages that show given texts, for the tests of search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from monitor.model import Block, BlockKind, Page, ParserVersion, Snapshot, Version
from monitor.search.query import parse
from storage.database.connection import Database
from storage.queries.history import History, SearchResult
from storage.schema import search_absences, search_blocks
from storage.search.terms import IndexedText, terms_of, vector
from storage.store import SqlStore
from tests.storage.snapshots import READER, add_page, archive, full, ok

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)
HOME, NEWS = "https://a.example/", "https://b.example/news"


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def version_of(texts: Sequence[str | Block], reader: ParserVersion = READER) -> Version:
    blocks = tuple(item if isinstance(item, Block) else Block(BlockKind.CONTENT, item, "paragraph") for item in texts)
    return Version(reader, "Home", "en", blocks, (), ())


def show(store: SqlStore, page: Page, hours: float, *texts: str | Block) -> Snapshot:
    """Check a page that shows these texts now."""
    body = "".join(str(item) for item in texts) + str(hours)
    snapshot = archive(store, page, full(at(hours), body.encode(), page.url), at(hours))
    store.record(snapshot, ok(version_of(texts)), now=at(hours))
    return store.snapshot(snapshot.id)


def home(store: SqlStore, url: str = HOME, **more: object) -> Page:
    return add_page(store, NOON, url, **more)


def find(database: Database, typed: str, limit: int = 50) -> list[SearchResult]:
    return list(History(database).search(parse(typed), limit).rows)


def texts(database: Database, typed: str) -> list[str]:
    return [row.text for row in find(database, typed)]


def rows_of(database: Database) -> list[tuple[object, ...]]:
    """Everything the index records of texts, without their keys, in the order of the list."""
    with database.read() as connection:
        columns = [column for column in search_blocks.c if column.name != "id"]
        found = connection.execute(select(search_blocks.c.id, *columns).order_by(search_blocks.c.id.desc())).all()
        absences = connection.execute(select(search_absences).order_by(search_absences.c.n)).all()
    return [(*row[1:], tuple(tuple(item[1:]) for item in absences if item.block_id == row.id)) for row in found]


def index_of(database: Database) -> dict[int, list[str]]:
    """The terms in the full-text index, by text."""
    with database.begin() as connection:
        if connection.dialect.name == "postgresql":
            rows = connection.execute(text("SELECT block_id, terms::text FROM search_terms")).all()
            return {block_id: sorted(found.split()) for block_id, found in rows}
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE temp.instances USING fts5vocab(main, search_terms, 'instance')"
        )
        rows = connection.exec_driver_sql("SELECT doc, term FROM temp.instances ORDER BY doc, offset").all()
        connection.exec_driver_sql("DROP TABLE temp.instances")
    found: dict[int, list[str]] = {}
    for block_id, term in rows:
        found.setdefault(block_id, []).append(term)
    return found


def expected_index(database: Database) -> dict[int, list[str]]:
    """The terms that the full-text index should hold."""
    with database.read() as connection:
        rows = connection.execute(select(search_blocks.c.id, search_blocks.c.page_id, search_blocks.c.body)).all()
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            return {row.id: terms_of(IndexedText(*row)) for row in rows}
        vectors = {row.id: vector(terms_of(IndexedText(*row))) for row in rows}
        query = text("SELECT CAST(CAST(:vector AS tsvector) AS text)")
        return {
            key: sorted(connection.execute(query, {"vector": value}).scalar_one().split())
            for key, value in vectors.items()
        }
