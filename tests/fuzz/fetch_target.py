"""Fuzz target for fetching: bytes sent by a loopback server instead of HTTP responses, through fetch, robots.txt, archiving and the next conditional request."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from monitor.fetching.conditional import validators_in
from monitor.fetching.fetch import Fetcher, FetchLimits
from monitor.fetching.retry_after import LONGEST, backoff_for
from monitor.fetching.robots import LONGEST_DELAY
from monitor.model import FetchResult, Page, PageSource, Schedule, Snapshot
from monitor.pipeline.archive import archive
from monitor.pipeline.process import Processing
from monitor.transport.response import MAX_FIELDS, MAX_HEAD_BYTES
from pagewitness.service.host_session import HostSession, PolitenessPolicy
from storage.database.engine import open_database
from storage.limits import is_text
from storage.maintenance.untrusted import accept
from storage.queries.history import History
from storage.schema import metadata
from storage.store import SqlStore
from tests.fuzz.raw_server import NEXT, PATH, RawServer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = FetchLimits(connect_seconds=1, read_seconds=0.4, total_seconds=0.8, max_body_bytes=256 * 1024, max_redirects=4)
_CHECKS = 2
# For a machine that suspends the process; a fetch without a deadline would wait for the server for ever.
_LATE_SECONDS = 10


def fetch(data: bytes) -> None:
    """Check a page of a server that sends `data`: robots.txt, then twice fetch, T1 and T2, the second time with the stored validators."""
    socket.getaddrinfo = _resolve
    with tempfile.TemporaryDirectory() as folder, RawServer(data.split(NEXT)) as server:
        file = Path(folder) / "a.db"
        shutil.copy(_empty_database(), file)
        with (
            closing(open_database(f"sqlite:///{file}")) as database,
            Fetcher(LIMITS, "Pagewitness (fuzz)", proxy=None) as fetcher,
        ):
            _check_pages(server, SqlStore(database), History(database), fetcher)
        accept(file, "the archive of hostile responses")
        _check_characters(file)


def _check_pages(server: RawServer, store: SqlStore, history: History, fetcher: Fetcher) -> None:
    url = f"{server.origin}{PATH.decode()}"
    page = store.add_page(url, schedule=Schedule(), source=PageSource.ADDED, now=NOW, allow_private=True)
    store.claim_host(page.host, "fuzz", timedelta(hours=1))
    policy = PolitenessPolicy("fuzz", timedelta(hours=1), timedelta(0), 2**40, 3600, threading.Event())
    began = time.monotonic()
    HostSession(page.host, policy, store, fetcher).ruling(page, NOW)
    assert time.monotonic() - began < LIMITS.total_seconds + _LATE_SECONDS, "robots.txt exceeded the deadline"
    for number in range(_CHECKS):
        now = NOW + timedelta(hours=number)
        validators = store.validators(page.id)
        began = time.monotonic()
        # A new session for each request: one ends when a response asks for a backoff.
        result = HostSession(page.host, policy, store, fetcher).fetch_page(page, validators, now)
        assert result is not None
        assert time.monotonic() - began < LIMITS.total_seconds + _LATE_SECONDS, "the fetch exceeded the deadline"
        _check_limits(result, server)
        snapshot = archive(page, result, store=store, now=now, next_check_at=None, validators=validators)
        _check_stored(result, snapshot, history)
        _process(page, store, now)
    facts = store.host_facts(page.host)
    assert facts.spacing is None or timedelta(0) <= facts.spacing <= LONGEST_DELAY


def _process(page: Page, store: SqlStore, now: datetime) -> None:
    processing = Processing(store, lambda: now)
    known = store.page_memory(page.id)
    for snapshot in known.unprocessed:
        outcome = processing.evaluate(page, snapshot, store.page_memory(page.id))
        processing.record(page, snapshot, outcome, owner=None, more=False)


def _check_limits(result: FetchResult, server: RawServer) -> None:
    assert len(result.exchanges) <= 2 * (LIMITS.max_redirects + 2)
    for exchange in result.exchanges:
        assert exchange.peer in (None, server.peer), f"connected to {exchange.peer}"
        assert exchange.body is None or len(exchange.body) <= LIMITS.max_body_bytes
        assert (exchange.entity_bytes or 0) <= LIMITS.max_body_bytes
        assert len(exchange.response_headers) <= MAX_FIELDS
        assert sum(len(name) + len(value) for name, value in exchange.response_headers) <= 2 * MAX_HEAD_BYTES
        validators_in(exchange.response_headers)
        backoff = backoff_for(exchange, 1)
        assert backoff is None or timedelta(0) < backoff <= LONGEST


def _check_stored(result: FetchResult, snapshot: Snapshot, history: History) -> None:
    stored = history.exchanges(snapshot.id)
    assert stored == tuple(_as_stored(replace(exchange, body=None)) for exchange in result.exchanges)
    assert history.snapshot(snapshot.id) == _as_stored(snapshot)
    if snapshot.body_sha256 is not None:
        history.body(snapshot.body_sha256)


def _as_stored(value: Any) -> Any:
    """Return an exchange or snapshot with its texts as they are stored, without characters that PostgreSQL refuses."""
    texts = {
        name: getattr(value, name) for name in ("reason", "url", "content_type", "final_url") if hasattr(value, name)
    }
    return replace(value, **{name: text and text.replace("\0", "\ufffd") for name, text in texts.items()})


def _check_characters(file: Path) -> None:
    """Check that no text contains a NUL, which PostgreSQL does not store."""
    with closing(sqlite3.connect(file)) as connection:
        for table in metadata.sorted_tables:
            for column in filter(is_text, table.columns):
                query = f'SELECT count(*) FROM {table.name} WHERE instr("{column.name}", char(0))'
                assert connection.execute(query).fetchone() == (0,), f"NUL in {table.name}.{column.name}"


def _resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
    """Replace name resolution: this machine's loopback address resolves, and no other name, so that no input reaches another machine."""
    if host != "127.0.0.1":
        raise socket.gaierror(socket.EAI_NONAME, "it is not resolved while fuzzing")
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]


@cache
def _empty_database() -> Path:
    place = Path(tempfile.mkdtemp(prefix="fuzz-")) / "empty.db"
    open_database(f"sqlite:///{place}").close()
    return place
