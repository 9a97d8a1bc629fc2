"""A large archive for measuring screens and lists, written as plain rows: checking its pages would take hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, insert, text

from monitor.model import (
    Block,
    BlockKind,
    Cause,
    EventKind,
    FactDefinition,
    FactKind,
    Level,
    Mention,
    MentionType,
    Origin,
    Outcome,
    PageSource,
    PageState,
    ParserVersion,
    Reading,
    Schedule,
    Verdict,
    Version,
)
from storage.archive.bodies import arrival, store_bodies
from storage.archive.compression import pack
from storage.archive.version_blob import blob_of
from storage.database.connection import Database
from storage.schema import (
    events,
    exchanges,
    fact_states,
    page_checks,
    page_results,
    pages,
    readings,
    snapshots,
    versions,
)
from storage.store import SqlStore
from storage.watched.declarations import DeclaredPage
from storage.watched.pages import declared_values

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LONG_URL = "https://www.host-0000.example/articles/000001/"
"""The page with a long history."""
LONG_CHECKS = 5_000
"""Number of its checks."""

_HOSTS = 500
_CHECKS = 19  # of a page, each a day apart
_CHECKS_A_VERSION = 4
_EVENTS_A_PAGE = 2
_BATCH = 2_000
_SENTENCE = "The network has 83 member cities and 12 partner universities in 31 countries."
_BODY = f"<!doctype html><title>Network</title><h1>Network</h1><p>{_SENTENCE}</p>".encode()
_FACTS = (
    FactDefinition("member_cities", FactKind.COUNT_OF, ("member cities",)),
    FactDefinition("partner_universities", FactKind.COUNT_OF, ("partner universities",)),
    # Stated by no page.
    FactDefinition("budget", FactKind.MONEY_OF, ("budget",)),
)
_STATED = (("member_cities", 83, "83"), ("partner_universities", 12, "12"))


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows were written."""

    pages: int
    snapshots: int
    versions: int
    events: int

    def __str__(self) -> str:
        return f"{self.pages:,} pages, {self.snapshots:,} snapshots, {self.versions:,} versions, {self.events:,} events"


def fill(database: Database, count: int) -> Size:
    """Write `count` pages with 19 snapshots each, and one page with 5,000, into an empty database; return what was written."""
    SqlStore(database).apply_declared([], _FACTS, [], [], now=NOW - timedelta(days=30))
    rows = _Rows(count)
    with database.begin() as connection:
        body = arrival("https://www.host-0000.example/", _BODY)
        rows.body_id = store_bodies(connection, [body], NOW)[body.sha256]
        # Versions refer to pages, snapshots to versions, the others to snapshots.
        for table, made in (
            (pages, rows.pages()),
            (page_checks, rows.page_checks()),
            (page_results, rows.page_results()),
            (versions, rows.versions()),
            (snapshots, rows.snapshots()),
            (exchanges, rows.exchanges()),
            (readings, rows.readings()),
            (fact_states, rows.fact_states()),
            (events, rows.events()),
        ):
            _insert(connection, table, made)
    _settle(database)
    return rows.size


def _insert(connection: Connection, table: Table, made: Iterable[dict[str, Any]]) -> None:
    rows = iter(made)
    while batch := list(islice(rows, _BATCH)):
        connection.execute(insert(table), batch)


@dataclass(frozen=True, slots=True)
class _Written:
    """A page to write: `first` is the key of its first snapshot, `version` that of its first version."""

    number: int
    checks: int
    first: int
    version: int

    @property
    def url(self) -> str:
        return f"https://{self.host}/articles/{self.number:06d}/"

    @property
    def host(self) -> str:
        return f"www.host-{(self.number - 1) % _HOSTS:04d}.example"

    @property
    def last(self) -> int:
        return self.first + self.checks - 1

    @property
    def last_version(self) -> int:
        return self.version_of(self.checks - 1)

    def version_of(self, check: int) -> int:
        return self.version + check // _CHECKS_A_VERSION

    def at(self, check: int) -> datetime:
        """The time of a check, counted from 0; the newest ones of all pages are on one day."""
        return NOW - timedelta(hours=24 * (self.checks - check), seconds=-self.number)


class _Rows:
    """The rows of each table; each page's keys follow those of the page before."""

    def __init__(self, count: int) -> None:
        self.body_id = 0
        self._pages: list[_Written] = []
        snapshot = version = 1
        for number in range(1, count + 1):
            page = _Written(number, LONG_CHECKS if number == 1 else _CHECKS, snapshot, version)
            self._pages.append(page)
            snapshot, version = page.last + 1, page.last_version + 1
        self.size = Size(count, snapshot - 1, version - 1, count * _EVENTS_A_PAGE)
        blob = blob_of(_version())
        self._blob = {"blob": pack(blob, None)[0], "blob_length": len(blob), "blob_depth": 0}

    def pages(self) -> Iterator[dict[str, Any]]:
        names = tuple(fact.name for fact in _FACTS)
        for page in self._pages:
            label = "" if page.number % 100 == 0 else f"Article {page.number}"
            yield {
                **declared_values(
                    DeclaredPage(page.url, label, Schedule(every=timedelta(days=1)), names, allow_private=False),
                    PageSource.WATCHLIST,
                ),
                "id": page.number,
                "url": page.url,
                "host": page.host,
                "state": PageState.ACTIVE,
                "source": PageSource.WATCHLIST,
                "created_at": page.at(0),
            }

    def page_checks(self) -> Iterator[dict[str, Any]]:
        for page in self._pages:
            yield {
                "page_id": page.number,
                "host": page.host,
                "next_check_at": None,
                "last_seq": page.checks,
                "latest_snapshot_id": page.last,
                "ok_snapshot_id": page.last,
            }

    def page_results(self) -> Iterator[dict[str, Any]]:
        for page in self._pages:
            yield {"page_id": page.number, "version_id": page.last_version}

    def versions(self) -> Iterator[dict[str, Any]]:
        for page in self._pages:
            for check in range(0, page.checks, _CHECKS_A_VERSION):
                yield {
                    "id": page.version_of(check),
                    "page_id": page.number,
                    "seq": check // _CHECKS_A_VERSION + 1,
                    "snapshot_id": page.first + check,
                    "code": "bench",
                    "facts": "bench",
                    "learned": "",
                    "title": f"The network in year {check}",
                    "language": "en",
                    "created_at": page.at(check),
                    **self._blob,
                }

    def snapshots(self) -> Iterator[dict[str, Any]]:
        for page in self._pages:
            for check in range(page.checks):
                fresh = check % _CHECKS_A_VERSION == 0
                yield {
                    "id": page.first + check,
                    "page_id": page.number,
                    "seq": check + 1,
                    "taken_at": page.at(check),
                    "origin": Origin.LIVE,
                    "outcome": Outcome.FULL if fresh else Outcome.SAME_BODY,
                    "status": 200,
                    "final_url": page.url,
                    "content_type": "text/html; charset=UTF-8",
                    "body_id": self.body_id,
                    "repeats_id": None if fresh else page.first + check - check % _CHECKS_A_VERSION,
                    "verdict": Verdict.OK,
                    "verdict_reason": "",
                    "version_id": page.version_of(check),
                    "read_at": page.at(check),
                }

    def exchanges(self) -> Iterator[dict[str, Any]]:
        for page in self._pages:
            for check in range(page.checks):
                yield {
                    "snapshot_id": page.first + check,
                    "hop": 0,
                    "url": page.url,
                    "request_headers": [["User-Agent", "Pagewitness"]],
                    "started_at": page.at(check),
                    "elapsed_ms": 80,
                    "status": 200,
                    "reason": "OK",
                    "http_version": "HTTP/1.1",
                    "response_headers": [["Server", "nginx"], ["Content-Type", "text/html; charset=UTF-8"]],
                    "entity_bytes": len(_BODY),
                    "body_id": self.body_id,
                }

    def readings(self) -> Iterator[dict[str, Any]]:
        for page in self._pages:
            for check in range(0, page.checks, _CHECKS_A_VERSION):
                for position, (fact, value, quote) in enumerate(_STATED):
                    # The value of the first fact changes once in a page's history.
                    late = position == 0 and check >= page.checks // 2
                    yield {
                        "version_id": page.version_of(check),
                        "fact": fact,
                        "position": position,
                        "value": value if late or position else value - 1,
                        "quote": quote if late or position else str(value - 1),
                        "sentence": _SENTENCE,
                        "contradicts": [],
                        "why": "the only one",
                    }

    def fact_states(self) -> Iterator[dict[str, Any]]:
        for page in self._pages:
            for fact, value, quote in _STATED:
                yield {
                    "page_id": page.number,
                    "fact": fact,
                    "reader": "bench/bench/",
                    "value": value,
                    "quote": quote,
                    "sentence": _SENTENCE,
                    "since_id": page.first,
                    "since_at": page.at(0),
                    "absences": 0,
                    "lost": False,
                    "baseline": value,
                    "baseline_at": page.at(0),
                    "contradiction": [],
                    "flapping": False,
                    "trail": [],
                }

    def events(self) -> Iterator[dict[str, Any]]:
        for check in (_CHECKS - 9, _CHECKS - 1):
            for page in self._pages:
                yield {
                    "page_id": page.number,
                    "snapshot_id": page.first + check,
                    "before_snapshot_id": page.first + check - 1,
                    "read_snapshot_id": page.first + check,
                    "ordinal": 0,
                    "at": page.at(check),
                    "from_at": page.at(check - 1),
                    "recorded_at": page.at(check),
                    "kind": EventKind.FACT_CHANGED,
                    "level": Level.FACT,
                    "origin": Origin.LIVE,
                    "cause": Cause.PAGE,
                    "fact": "member_cities",
                    "before": 82,
                    "after": 83,
                    "quote_before": "82",
                    "quote_after": "83",
                    "sentence_before": _SENTENCE,
                    "sentence_after": _SENTENCE,
                    "summary": "member_cities 82 → 83 (+1)",
                    "detail": {},
                    "planned_at": page.at(check),
                }


def _version() -> Version:
    start = _SENTENCE.index("83")
    mention = Mention(MentionType.COUNT, 83, "member cities", "83", None, 0, start, start + 2, 0, len(_SENTENCE))
    stated = tuple(Reading(fact, value, (mention,), (), "the only one") for fact, value, _ in _STATED)
    block = Block(BlockKind.CONTENT, _SENTENCE, "prose")
    return Version(ParserVersion("bench", "bench"), "Network", "en", (block,), (mention,), stated)


def _settle(database: Database) -> None:
    """Do what a database does by itself in the long run: fold in its log, or collect statistics."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.execute(text("VACUUM ANALYZE"))
