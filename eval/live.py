"""The same history twice: served over HTTP and checked at its snapshots' dates, and imported. Both must report the same."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from eval.files import imported_changes, unpacked
from monitor.model import PageSource, Schedule
from pagewitness import logs
from pagewitness.composition import open_app
from pagewitness.importing.manifest import SavedPage, read_manifest
from pagewitness.service.in_process import InProcessService
from pagewitness.settings import Settings
from rendering.event_json import event_json

USUAL = ["nz-parliament-mps", "ota-uptimerobot-privacy"]
KINDS = frozenset({"number_changed", "text_changed"})

ComparedChange = tuple[str, str, str]


def run(folder: Path, names: list[str]) -> int:
    """Compare each history's two ways; 1 where any differs."""
    same = True
    for name in names:
        with unpacked(folder / "histories", name) as history:
            if history is None:
                raise SystemExit(f"{folder} has no history called {name}")
            with TemporaryDirectory() as scratch:
                live = list(reported(_lived(history, f"sqlite:///{scratch}/live.db")))
                imported = list(reported(imported_changes(history, f"sqlite:///{scratch}/import.db")))
        same = report(name, live, imported) and same
    return 0 if same else 1


def reported(changes: Iterable[dict[str, Any]]) -> Iterator[ComparedChange]:
    """What is compared of changes: kind, before and after, of facts, numbers and texts."""
    for change in changes:
        if change["kind"] in KINDS or change["kind"].startswith("fact_"):
            before, after = (
                change[side] if change[side] is not None else change[f"quote_{side}"] for side in ("before", "after")
            )
            yield change["kind"], json.dumps(before), json.dumps(after)


def report(name: str, live: list[ComparedChange], imported: list[ComparedChange]) -> bool:
    """Print how the two compare; whether they are equal."""
    if live == imported:
        print(f"{name}: live and import report the same {len(live)} changes")
        return True
    at = next((n for n, pair in enumerate(zip(live, imported, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(live), len(imported)) if at is None else at
    print(f"{name}: live reports {len(live)} changes, import {len(imported)}; the first difference is at {at + 1}:")
    for way, changes in (("live", live), ("import", imported)):
        print(f"  {way:7}{changes[at] if at < len(changes) else 'nothing more'}")
    return False


def _lived(history: Path, database: str) -> list[dict[str, Any]]:
    settings = Settings(database_url=database, log_level="error")
    logs.configure(settings)
    clock = _Clock()
    with _Site() as site, open_app(settings) as app:
        saved_pages = read_manifest(history)
        clock.now = saved_pages[0].date
        app.store.add_page(
            site.url,
            schedule=Schedule(every=timedelta(seconds=1)),
            allow_private=True,
            source=PageSource.ADDED,
            now=clock.now,
        )
        service = InProcessService(app, clock=clock)
        try:
            for saved_page in saved_pages:
                clock.now = max(saved_page.date, clock.now + timedelta(seconds=1))
                site.saved_page = saved_page
                # A pause that an outage requested runs on real time; months go by here in a moment.
                app.store.clear_host_pauses()
                _check(service, site)
        finally:
            service.close()
        return [event_json(recorded.event, recorded.page_url) for recorded in app.history.events()]


def _check(service: InProcessService, site: _Site) -> None:
    requested = site.asked
    service.tick()
    service.settle()
    if site.asked != requested + 1:
        raise SystemExit(f"{site.asked - requested} requests came where one was due")


class _Clock:
    def __init__(self) -> None:
        self.now = datetime(2000, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class _Site:
    """Serves one page, as `saved_page` holds it, with an ETag: a snapshot that repeats the last is answered by 304."""

    def __init__(self) -> None:
        self.saved_page: SavedPage | None = None
        self.asked = 0
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/robots.txt":
                    self.send_error(404)
                    return
                site.asked += 1
                _answer(self, site.saved_page)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _answer(request: BaseHTTPRequestHandler, saved_page: SavedPage | None) -> None:
    assert saved_page is not None
    body = saved_page.file.read_bytes()
    tag = f'"{hashlib.sha256(body).hexdigest()}"'
    same = saved_page.status == 200 and request.headers.get("If-None-Match") == tag
    request.send_response(304 if same else saved_page.status)
    request.send_header("ETag", tag)
    if not same:
        request.send_header("Content-Type", saved_page.content_type)
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    if not same:
        request.wfile.write(body)
