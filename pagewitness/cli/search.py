"""The `search` command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from monitor.errors import ConfigurationError
from monitor.model import JsonValue
from monitor.search.query import QueryError, SearchQuery, parse
from monitor.times import iso_utc
from pagewitness.cli.common import app_on
from pagewitness.cli.output import err, print_json, print_table, progress_bar
from pagewitness.composition import AppContext
from pagewitness.display import page_name
from rendering.search_excerpts import excerpt
from rendering.times import counted, day
from storage.queries.history import SearchResult

_BATCH = 100
_SHOWN = 160
_EMPTY = "no text was found; try fewer words, or the beginning of a word with *"


def search(*, words: list[str], limit: int | None, json: bool, db: str | None) -> None:
    """See `pagewitness.cli.commands.lists.search`."""
    with app_on(db) as parts:
        try:
            query = parse(" ".join(words))
            waiting = parts.history.search_backlog()
            if waiting:
                err.print(
                    f"{counted(waiting, 'page')} not indexed yet, so results can be missing; the service indexes them, or now: "
                    "`pagewitness reprocess --search-index`"
                )
            with progress_bar() as bar:
                task = bar.add_task("searching", total=None)

                def searched(to: datetime) -> None:
                    bar.update(task, description=f"searched back to {day(to)}")

                rows = islice(_results(parts, query, searched), limit)
                if json:
                    print_json(map(_row_json, rows))
                    return
                # A table's first rows are read before it is printed; the bar is drawn until then.
                columns = ["first (UTC)", "last (UTC)", "gone (UTC)", "text", "page"]
                print_table(columns, (_table_row(row, query, name) for row, name in _named(parts, rows)), empty=_EMPTY)
        except QueryError as error:
            raise ConfigurationError(str(error)) from None


def _results(parts: AppContext, query: SearchQuery, searched: Callable[[datetime], None]) -> Iterator[SearchResult]:
    """Yield all results, read slice by slice."""
    after: int | None = None
    while True:
        part = parts.history.search(query, _BATCH, after)
        yield from part.rows
        if part.next is None or part.searched_to is None:
            return
        after = part.next
        searched(part.searched_to)


def _named(parts: AppContext, rows: Iterator[SearchResult]) -> Iterator[tuple[SearchResult, str]]:
    """Yield results with the names of their pages; titles are read for many results at once."""
    while batch := list(islice(rows, _BATCH)):
        titles = parts.history.titles({row.page_id for row in batch if not row.page_label})
        for row in batch:
            yield row, page_name(row.page_label, titles.get(row.page_id, ""), row.page_url)


def _table_row(row: SearchResult, query: SearchQuery, name: str) -> tuple[object, ...]:
    text = "".join(part.text for part in excerpt(row.text, query.required, _SHOWN))
    return row.first_at, row.last_at, row.gone_at, text, name


def _row_json(row: SearchResult) -> dict[str, JsonValue]:
    return {
        "url": row.page_url,
        "text": row.text,
        "first_at": iso_utc(row.first_at),
        "last_at": iso_utc(row.last_at),
        "gone_at": None if row.gone_at is None else iso_utc(row.gone_at),
        "returns": row.returns,
        "absences": [
            {"last_at": iso_utc(item.last_at), "gone_at": iso_utc(item.gone_at), "back_at": iso_utc(item.back_at)}
            for item in row.absences
        ],
    }
