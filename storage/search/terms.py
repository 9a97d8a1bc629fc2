"""The full-text index `search_terms`: a contentless FTS5 table on SQLite, a column of type tsvector with a GIN index on PostgreSQL.

Both hold the same terms at the same positions, made by `monitor.search.tokens`, so neither database's own parser decides what is found. The first term of each
text stands for its page, so that a search in few pages reads only their part of the index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from monitor.search.query import SearchQuery
from monitor.search.tokens import Phrase, terms
from storage.database.slices import slices

NAME = "search_terms"
"""Name of the table; on SQLite, also the beginning of the names of the tables that FTS5 keeps for it."""

# A private-use character: no term of a text contains it.
_OWN = "\ue000"
# PostgreSQL keeps at most 256 positions of a term; further ones are left out on both databases.
_MOST_POSITIONS = 255


class IndexedText(NamedTuple):
    """A row of `search_blocks` as far as the index needs it."""

    id: int
    page_id: int
    body: str


def page_term(page_id: int) -> str:
    """Return the term that all texts of a page have."""
    return f"{_OWN}{page_id}"


def terms_of(row: IndexedText) -> list[str]:
    """Return the terms of a text as they are indexed, position by position."""
    counts: Counter[str] = Counter()
    found = [page_term(row.page_id)]
    for term in terms(row.body):
        counts[term] += 1
        found.append(term if counts[term] <= _MOST_POSITIONS else _OWN)
    return found


def add_terms(connection: Connection, rows: Sequence[IndexedText]) -> None:
    """Index texts."""
    if connection.dialect.name == "sqlite":
        statement = "INSERT INTO search_terms (rowid, terms) VALUES (?, ?)"
        _execute_each(connection, statement, [(row.id, " ".join(terms_of(row))) for row in rows])
        return
    statement = "INSERT INTO search_terms (block_id, terms) VALUES (%s, %s::tsvector)"
    _execute_each(connection, statement, [(row.id, vector(terms_of(row))) for row in rows])


def remove_terms(connection: Connection, rows: Sequence[IndexedText]) -> None:
    """Remove texts from the index. FTS5 (of SQLite 3.40) finds the terms of a contentless row only by the text, which must be the indexed one."""
    if connection.dialect.name == "sqlite":
        statement = "INSERT INTO search_terms (search_terms, rowid, terms) VALUES ('delete', ?, ?)"
        _execute_each(connection, statement, [(row.id, " ".join(terms_of(row))) for row in rows])
        return
    for some in slices(rows):
        connection.execute(
            text("DELETE FROM search_terms WHERE block_id = ANY(:ids)"), {"ids": [row.id for row in some]}
        )


def compact(connection: Connection) -> None:
    """Rewrite an FTS5 index without the removed terms, which it otherwise keeps, marked as removed, until its parts are merged; a no-op on PostgreSQL."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO search_terms (search_terms) VALUES ('optimize')")


def _execute_each(connection: Connection, statement: str, values: list[tuple[int, str]]) -> None:
    if values:
        connection.exec_driver_sql(statement, values)


def vector(found: Iterable[str]) -> str:
    """Return the text form of the tsvector with these terms at consecutive positions, from 1."""
    positions: dict[str, list[str]] = {}
    for position, term in enumerate(found, 1):
        if term != _OWN:
            positions.setdefault(term, []).append(str(position))
    # Terms contain neither quotation marks nor backslashes.
    return " ".join(f"'{term}':{','.join(places)}" for term, places in positions.items())


# --- queries


def condition_of(dialect: str, query: SearchQuery, page_ids: Sequence[int]) -> str:
    """Return a query in the language of the index: an FTS5 query, or the text form of a tsquery.

    Args:
        dialect: "sqlite" or "postgresql".
        query: Its words; at least one is required.
        page_ids: Only texts of these pages; empty: of all.
    """
    pages = [Phrase((page_term(page_id),)) for page_id in page_ids]
    if dialect == "sqlite":
        needed = [_fts5(phrase) for phrase in query.required]
        needed += [f"({' OR '.join(map(_fts5, pages))})"] if pages else []
        excluded = f" NOT ({' OR '.join(map(_fts5, query.excluded))})" if query.excluded else ""
        return f"({' AND '.join(needed)}){excluded}"
    needed = [_tsquery(phrase) for phrase in query.required]
    needed += [f"({' | '.join(map(_tsquery, pages))})"] if pages else []
    return " & ".join([*needed, *(f"!{_tsquery(phrase)}" for phrase in query.excluded)])


def _fts5(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.terms)}"{" *" if phrase.is_prefix else ""}'


def _tsquery(phrase: Phrase) -> str:
    quoted = [f"'{term}'" for term in phrase.terms]
    return f"({' <-> '.join(quoted)}{':*' if phrase.is_prefix else ''})"
