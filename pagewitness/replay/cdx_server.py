"""The CDX API: an index of all archived responses, in the formats that clients of web archives request. Read-only, and in bounded memory."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from pagewitness.replay.address import digits
from pagewitness.replay.cdx_query import FIELDS, CdxQuery, InvalidParameter, Order, Output, read_query, resume_key
from pagewitness.replay.headers import media_type
from storage.database.connection import ReadDatabase
from storage.queries.exchange_list import (
    ListedExchange,
    Position,
    count_exchanges,
    list_exchanges,
    nearest_exchanges,
    newest_exchanges,
)
from storage.queries.history import History
from storage.queries.url_ranges import MatchType

PATH = "/cdx/search/cdx"
MAX_EXAMINED = 200_000
"""Maximum exchanges that a request examines. What filters and collapse leave out of them is not returned, so a response may have fewer lines than the limit."""
MAX_COUNTED = 500_000
"""Maximum exchanges that are counted for a number of pages; what is beyond them is on no page, and found by `resumeKey` only."""

_REVISIT = "warc/revisit"
_UNKNOWN_TYPE = "unk"
_NONE = "-"
_TYPES = {Output.TEXT: "text/plain", Output.JSON: "application/json", Output.CDXJ: "text/x-cdxj"}
_CHUNK_CHARACTERS = 64 * 1024
_CDXJ_NAMES = {"original": "url", "mimetype": "mime", "statuscode": "status"}
_NO_FIELD = re.compile(r"[^\x21-\x7e]+")
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


class CdxServer:
    """Answers requests of the CDX API.

    Attributes:
        history: The archive.
    """

    def __init__(self, history: History) -> None:
        self.history = history

    async def answer(self, request: Request) -> Response:
        """Return the requested lines, or 400 with the name of the invalid parameter."""
        try:
            query = read_query(request.query_params.multi_items())
            return await run_in_threadpool(self._answer, query, has_body=request.method != "HEAD")
        except InvalidParameter as error:
            return PlainTextResponse(f"{error}\n", 400)

    def _answer(self, query: CdxQuery, *, has_body: bool) -> Response:
        headers = {"Content-Type": f"{_TYPES[query.output]}; charset=utf-8"}
        listing = _Listing(self.history.database, query)
        if query.show_pages or query.page is not None:
            counts = list(count_exchanges(self.history.database, query.selection, MAX_COUNTED))
            pages = -(-sum(count for _, count in counts) // query.page_size)
            if query.show_pages:
                return Response(f"{pages}\n" if has_body else "", headers=headers)
            listing.turn_to_page(counts, pages)
        if not has_body:
            return Response(headers=headers)
        chunks = _chunks(_WRITERS[query.output](listing))
        # The first chunk is read before the status is sent, so that an unreachable database gets 503.
        first = next(chunks, "")
        return StreamingResponse(chain([first], chunks), headers=headers)


class _Listing:
    """The lines of a response: `resume` is where to resume once all were read; None if the list ended."""

    def __init__(self, database: ReadDatabase, query: CdxQuery) -> None:
        self.query = query
        self.resume: Position | None = None
        self._database = database
        self._after = query.resume
        self._skipped, self._examined = 0, MAX_EXAMINED

    def turn_to_page(self, counts: Sequence[tuple[str, int]], pages: int) -> None:
        """Begin at the requested page.

        Args:
            counts: The number of exchanges of each key.
            pages: The number of pages.

        Raises:
            InvalidParameter: It is past the last page. The first page exists even if nothing is archived.
        """
        page = self.query.page or 0
        if page >= max(pages, 1):
            raise InvalidParameter("page", f"{page} is past the last page; there are {pages}")
        left = page * self.query.page_size
        for key, count in counts:
            if left < count:
                self._after = Position(key, _BEGINNING, 0)
                break
            left -= count
        self._skipped, self._examined = left, self.query.page_size

    def __iter__(self) -> Iterator[Sequence[str]]:
        query = self.query
        if not query.last:
            return self._first()
        if query.selection.match is MatchType.EXACT and query.page is None and not query.collapse:
            newest = self._matching(newest_exchanges(self._database, query.selection))
            found = [line for _, line in islice(newest, query.offset, query.offset + query.limit)]
            return iter(found[::-1])
        tail = deque((line for _, line in self._matching(self._rows())), query.limit + query.offset)
        return islice(tail, max(len(tail) - query.offset, 0))

    def _first(self) -> Iterator[Sequence[str]]:
        begin, end = self.query.offset, self.query.offset + self.query.limit
        last = self._after
        for number, (position, line) in enumerate(self._matching(self._rows())):
            if number == end:
                self.resume = last
                return
            last = position
            if number >= begin:
                yield line

    def _matching(self, rows: Iterable[ListedExchange]) -> Iterator[tuple[Position, Sequence[str]]]:
        """Yield the lines that filters and collapse leave, each with its position."""
        previous: list[str] | None = None
        last: Position | None = None
        for number, row in enumerate(rows):
            if number == self._examined:
                self.resume = last
                return
            last = row.position
            line = line_of(row)
            if not all(condition.accepts(line) for condition in self.query.filters):
                continue
            key = [line[field][:length] for field, length in self.query.collapse]
            if not key or key != previous:
                yield row.position, line
            previous = key

    def _rows(self) -> Iterator[ListedExchange]:
        query = self.query
        if query.closest is not None:
            return nearest_exchanges(self._database, query.selection, query.closest)
        if query.order is Order.REVERSE:
            return newest_exchanges(self._database, query.selection)
        return islice(list_exchanges(self._database, query.selection, self._after), self._skipped, None)


def line_of(row: ListedExchange) -> Sequence[str]:
    """Return the values of `cdx_query.FIELDS`; "-" where there is none, as for the status of a revisit, which is that of the response that it confirms."""
    return (
        row.position.surt,
        digits(row.replay_at),
        _NO_FIELD.sub(lambda found: quote(found.group()), row.url),
        _REVISIT if row.is_revisit else media_type(row.content_type) or _UNKNOWN_TYPE,
        _NONE if row.is_revisit else str(row.status),
        f"sha256:{row.body_sha256}" if row.body_sha256 is not None else _NONE,
        str(row.entity_bytes),
    )


def _text(listing: _Listing) -> Iterator[str]:
    for line in listing:
        yield " ".join(line[field] for field in listing.query.fields) + "\n"
    if (key := _resume_key(listing)) is not None:
        yield f"\n{key}\n"


def _cdxj(listing: _Listing) -> Iterator[str]:
    fields = [field for field in listing.query.fields if field > 1]
    for line in listing:
        values = {_CDXJ_NAMES.get(FIELDS[field], FIELDS[field]): line[field] for field in fields}
        yield f"{line[0]} {line[1]} {json.dumps(values)}\n"
    if (key := _resume_key(listing)) is not None:
        yield f"\n{key}\n"


def _json(listing: _Listing) -> Iterator[str]:
    """Write an array of arrays, the first of which has the names of the fields; an empty one without lines."""
    before = f"[{json.dumps([FIELDS[field] for field in listing.query.fields])}"
    for line in listing:
        yield f"{before},\n{json.dumps([line[field] for field in listing.query.fields])}"
        before = ""
    key = _resume_key(listing)
    end = "" if key is None else f"[],\n{json.dumps([key])}"
    if before:
        yield f"[{end}]\n"
    else:
        yield f",\n{end}]\n" if end else "]\n"


def _resume_key(listing: _Listing) -> str | None:
    query = listing.query
    is_resumable = query.show_resume and query.order is Order.DEFAULT and query.page is None and not query.last
    return resume_key(listing.resume) if is_resumable and listing.resume is not None else None


def _chunks(parts: Iterable[str]) -> Iterator[str]:
    """Join parts, so that each line does not become a message of its own."""
    chunk: list[str] = []
    length = 0
    for part in parts:
        chunk.append(part)
        length += len(part)
        if length >= _CHUNK_CHARACTERS:
            yield "".join(chunk)
            chunk, length = [], 0
    if chunk:
        yield "".join(chunk)


_WRITERS = {Output.TEXT: _text, Output.JSON: _json, Output.CDXJ: _cdxj}
