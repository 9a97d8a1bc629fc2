"""Replay of one page: rewriting alone, as a person opens it, and as received, beside parsing alone and beside pywb where its interpreter is named.

pywb is GPL-3 and runs as a program of its own: set PYWB_PYTHON to the Python of an environment that has it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from selectolax.lexbor import LexborHTMLParser
from starlette.types import ASGIApp, Message

from bench.measure import median_ms, spending
from bench.site import bench_pages
from bench.small import Part
from monitor.model import Exchange, FetchResult, Observation, Origin, Outcome, PageSource, Schedule
from pagewitness.replay.rewrite import RewrittenPage, rewrite_html, rewrite_page, rewrite_style_sheet
from pagewitness.replay.rewrite_worker import Source
from pagewitness.replay.text_quotes import TextQuote
from pagewitness.web.access.policy import AccessPolicy
from pagewitness.web.app import create_app
from storage.database.engine import open_database
from storage.queries.history import History
from storage.store import SqlStore

_URL = "http://site.example/articles/page"
_STAMP, _AT = "20210301120000", datetime(2021, 3, 1, 12, tzinfo=UTC)
_TYPE = "text/html; charset=utf-8"
_PAGE_BYTES = 100_000
_ROUNDS = 40
_PEER = Path(__file__).with_name("replay_pywb.py")


class _Here:
    """Rewrites in this process, whose CPU time is measured."""

    def html(self, source: Source, quotes: Sequence[TextQuote], style: str) -> RewrittenPage:
        named = {"quotes": quotes, "style": style}
        return rewrite_page(source.body, source.content_type, source.base_url, source.when, source.prefix, **named)

    def style_sheet(self, source: Source) -> bytes:
        return rewrite_style_sheet(source.body, source.content_type, source.base_url, source.when, source.prefix)


def replay(folder: Path) -> list[Part]:
    """CPU milliseconds of one replay of a page of about 100 KB."""
    body = min((page.body() for page in bench_pages(40)), key=lambda each: abs(len(each) - _PAGE_BYTES))
    parsed = median_ms(lambda: LexborHTMLParser(body.decode()).root.html, _ROUNDS)  # type: ignore[union-attr]
    rewritten = median_ms(partial(rewrite_html, body, _TYPE, _URL, _STAMP), _ROUNDS)
    served = asyncio.run(_served(folder, body))
    figures = {"floor: parse and serialise": parsed, "rewritten, the function alone": rewritten, **served}
    figures |= {f"pywb: {name}": figure for name, figure in _peer(folder, body).items()}
    return [
        Part("the page", f"{len(body):,} bytes"),
        *(Part(name, f"{figure:.2f} CPU ms") for name, figure in figures.items()),
    ]


async def _served(folder: Path, body: bytes) -> dict[str, float]:
    with closing(open_database(f"sqlite:///{folder / 'replay.db'}")) as database:
        _archive(SqlStore(database), body)
        app = create_app(
            History(database),
            clock=lambda: _AT,
            version="bench",
            allowed_hosts=None,
            access=AccessPolicy(anonymous_reads=True),
            rewriter=_Here(),
        )
        forms = (("served rewritten", "if_"), ("served with the banner", ""), ("served as received", "id_"))
        return {name: await _median(app, f"/replay/{_STAMP}{modifier}/{_URL}") for name, modifier in forms}


def _archive(store: SqlStore, body: bytes) -> None:
    schedule = Schedule(every=timedelta(hours=1))
    page = store.add_page(_URL, label="", schedule=schedule, source=PageSource.ADDED, now=_AT)
    sha256 = hashlib.sha256(body).hexdigest()
    exchange = Exchange(
        url=_URL,
        request_headers=(),
        started_at=_AT,
        elapsed_ms=1,
        status=200,
        reason="OK",
        http_version="HTTP/1.1",
        response_headers=(("Content-Type", _TYPE),),
        peer="203.0.113.7:80",
        entity_sha256=sha256,
        entity_bytes=len(body),
        body=body,
        truncated=None,
    )
    observation = Observation(FetchResult((exchange,)), Outcome.FULL, sha256, None)
    store.archive(page, observation, taken_at=_AT, origin=Origin.LIVE, reader="bench", next_check_at=None)


async def _median(app: ASGIApp, path: str) -> float:
    taken = []
    for _ in range(_ROUNDS + 5):  # the first ones fill caches
        with spending() as spent:
            await _request(app, path)
        taken.append(spent.cpu * 1000)
    return median(taken[5:])


async def _request(app: ASGIApp, path: str) -> None:
    """Call the application as a server would: a client's own work is not measured."""
    headers = [(b"host", b"localhost")]
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        assert message.get("status", 200) == 200, message

    await app(scope, receive, send)


def _peer(folder: Path, body: bytes) -> dict[str, float]:
    python = os.environ.get("PYWB_PYTHON")
    if not python:
        return {}
    (folder / "page.html").write_bytes(body)
    words = [python, str(_PEER), str(folder), _URL, _STAMP, _TYPE, str(_ROUNDS)]
    with (folder / "pywb.log").open("w") as log:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=log, check=True, text=True, cwd=folder)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures
