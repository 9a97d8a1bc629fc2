"""An archive to replay from: looks are kept by the real store, as the service keeps them."""

from __future__ import annotations

import hashlib
import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.model import (
    AnalysisOutcome,
    Exchange,
    ExchangeRole,
    Failure,
    FailureKind,
    FetchResult,
    Observation,
    Origin,
    Outcome,
    Page,
    PageSource,
    ParserVersion,
    Schedule,
    Snapshot,
    Truncation,
    Verdict,
)
from pagewitness.replay.rewrite_worker import LimitedRewriter
from pagewitness.web.access.policy import AccessPolicy
from pagewitness.web.app import create_app
from pagewitness.workers.model import WorkerLimits
from pagewitness.workers.pool import WorkerPool
from storage.archive.archived_urls import lock_urls
from storage.archive.bodies import arrival, store_bodies
from storage.archive.exchanges import Placement, store_exchange
from storage.database.engine import Database, open_database
from storage.queries.history import History
from storage.store import SqlStore
from tests.support.patience import PATIENCE_SECONDS, soon

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC)
READER = ParserVersion("1", "", "")
HTML = "text/html; charset=utf-8"


class Archive:
    """A store with a few words for adding snapshots to it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = SqlStore(database)
        self.history = History(database)

    def page(self, url: str, label: str = "") -> Page:
        schedule = Schedule(every=timedelta(hours=1))
        return self.store.add_page(url, label=label, schedule=schedule, source=PageSource.ADDED, now=NOON)

    def add_snapshot(
        self,
        url: str,
        body: bytes | str = "<p>85 members</p>",
        *,
        at: datetime = NOON,
        content_type: str | None = HTML,
        status: int = 200,
        headers: Sequence[tuple[str, str]] = (),
        final_url: str | None = None,
        truncated: Truncation | None = None,
        verdict: Verdict | None = Verdict.OK,
        reason: str = "",
    ) -> Snapshot:
        """Keep a look at a page that answered, after one redirect where `final_url` is another; read it unless the verdict is None."""
        page = self.page(url)
        content = body.encode() if isinstance(body, str) else body
        fields = [*headers, *([("Content-Type", content_type)] if content_type is not None else [])]
        last = _exchange(final_url or url, at, status, fields, content, truncated)
        hops = [_exchange(url, at, 302, [("Location", final_url)], b"", None)] if final_url else []
        observation = Observation(FetchResult((*hops, last)), Outcome.FULL, hashlib.sha256(content).hexdigest(), None)
        snapshot = self._keep(page, observation, at)
        if verdict is not None:
            self.store.record(snapshot, AnalysisOutcome(verdict, reason), now=at)
        return snapshot

    def add_exchange(
        self,
        url: str,
        body: bytes | str,
        *,
        content_type: str | None,
        at: datetime = NOON,
        status: int = 200,
        headers: Sequence[tuple[str, str]] = (),
    ) -> int:
        """Keep an exchange of a URL that is not monitored; return its key."""
        content = body.encode() if isinstance(body, str) else body
        fields = [*headers, *([("Content-Type", content_type)] if content_type is not None else [])]
        item = replace(_exchange(url, at, status, fields, content, None), role=ExchangeRole.REQUISITE)
        with self.database.begin() as connection:
            urls = lock_urls(connection, [url])
            keys = store_bodies(connection, [arrival(url, content)], at, urls=urls)
            return store_exchange(connection, item, Placement(urls[url].id, body_id=next(iter(keys.values()))))

    def not_modified(self, url: str, repeated: Snapshot, *, at: datetime) -> Snapshot:
        answer = _exchange(url, at, 304, [], b"", None)
        return self._keep(
            self.page(url),
            Observation(FetchResult((answer,)), Outcome.NOT_MODIFIED, repeated.body_sha256, repeated.id),
            at,
        )

    def failed(self, url: str, *, at: datetime) -> Snapshot:
        failure = Failure(FailureKind.TIMEOUT, "no answer within 10 s", transient=True)
        silence = Exchange(url, (), at, 10_000, failure=failure)
        return self._keep(self.page(url), Observation(FetchResult((silence,)), Outcome.FAILED, None, None), at)

    def _keep(self, page: Page, observation: Observation, at: datetime) -> Snapshot:
        return self.store.archive(
            page, observation, taken_at=at, origin=Origin.LIVE, reader=READER.digest, next_check_at=None
        )


def _exchange(url, at, status, headers, body, truncated) -> Exchange:
    return Exchange(
        url=url,
        request_headers=(("User-Agent", "Pagewitness"),),
        started_at=at,
        elapsed_ms=12,
        status=status,
        reason="",
        http_version="HTTP/1.1",
        response_headers=tuple(headers),
        peer="203.0.113.7:80",
        entity_sha256=hashlib.sha256(body).hexdigest(),
        entity_bytes=len(body),
        body=body,
        truncated=truncated,
    )


def archive_on_sqlite(template: Path, folder: Path) -> Iterator[Archive]:
    """A fresh SQLite archive; for what does not depend on the database."""
    path = folder / "archive.db"
    shutil.copyfile(template, path)
    database = open_database(f"sqlite:///{path}")
    yield Archive(database)
    database.close()


class Web:
    """A real server on a free loopback port, whose application can be exchanged: starting one takes longer than a test."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None
        self._rewriter = LimitedRewriter(WorkerPool(WorkerLimits(seconds=PATIENCE_SECONDS)))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(
            uvicorn.Config(self._answer, interface="asgi3", log_level="critical", lifespan="off")
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            assert soon(lambda: self._server.started), "the web did not start"
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()
        self._rewriter.close()

    def show(self, archive: Archive, *, now: datetime = NOON, **options: object) -> None:
        """Serve this archive from now on; `options` are those of `create_app`."""
        given = {
            "clock": lambda: now,
            "rewriter": self._rewriter,
            "access": AccessPolicy(anonymous_reads=True),
            "store": archive.store,
            **options,
        }
        self._app = create_app(archive.history, version="9.8.7", **given)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._app is not None
        await self._app(scope, receive, send)
