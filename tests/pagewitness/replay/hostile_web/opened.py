"""The hostile pages, archived by the service with what they need, and opened in Chromium from their servers and in replay."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from starlette.types import Message, Receive, Scope, Send

from monitor.model import PageSource, Schedule
from pagewitness.composition import open_app
from pagewitness.settings import Settings
from tests.pagewitness.archived import Archive, Web
from tests.pagewitness.replay.hostile_web.hostile_server import HostileWeb, hostile_pages
from tests.pagewitness.replay.hostile_web.traps import HostilePage
from tests.support.browser import Chromium
from tests.support.services import stepped

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
WHEN = "20210301120000"
_TABS = 12
_LATER_SECONDS = 0.5
"""Time in which what a click or a timer begins is requested."""


class RecordedWeb(Web):
    """The web interface, which records every request and every response.

    Attributes:
        requested: Path and header fields of each request, and the header fields of its response.
    """

    def __init__(self) -> None:
        super().__init__()
        self.requested: list[tuple[str, dict[str, str], list[tuple[str, str]]]] = []

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        fields: list[tuple[str, str]] = []
        own = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.requested.append((scope["path"], own, fields))

        async def record(message: Message) -> None:
            if message["type"] == "http.response.start":
                fields.extend((name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"])
            await send(message)

        await super()._answer(scope, receive, record)


@dataclass
class Opened:
    """What happened while documents were open.

    Attributes:
        requested: Names of the traps whose requests arrived, by the host of the page.
        logged: Names of the traps whose scripts logged them, by the host of the page.
        scripts: Number of scripts that were compiled, by URL of the document.
        targets: Host and path of each request at the proxy.
        cookies: The fields Cookie of all requests.
    """

    requested: set[str] = field(default_factory=set)
    logged: set[str] = field(default_factory=set)
    scripts: dict[str, int] = field(default_factory=dict)
    targets: list[tuple[str, str]] = field(default_factory=list)
    cookies: set[str] = field(default_factory=set)


@dataclass
class HostileArchive:
    """What the tests compare.

    Attributes:
        pages: The hostile pages.
        direct: The pages opened from their servers.
        sandboxed: The same in replay on the origin of the web interface.
        separate: The same in replay on an origin of its own.
        web: The web interface, with what was requested of it.
        fetched: Hosts and paths that the service requested.
    """

    pages: list[HostilePage]
    direct: Opened
    sandboxed: Opened
    separate: Opened
    web: RecordedWeb
    fetched: list[tuple[str, str]]


@contextmanager
def opened_pages(folder: Path) -> Iterator[HostileArchive]:
    """Archive the hostile pages in a folder, and open them in all three ways."""
    pages = hostile_pages()
    with HostileWeb(pages) as hostile, RecordedWeb() as web:
        settings = Settings(database_url=f"sqlite:///{folder}/archive.db", proxy=hostile.proxy, host_interval_seconds=0)
        urls = [url for page in pages for url in page.urls]
        with open_app(settings) as app:
            for url in urls:
                app.store.add_page(url, schedule=Schedule(every=timedelta(hours=1)), source=PageSource.ADDED, now=NOW)
            with stepped(app, lambda: NOW) as service:
                service.tick()
                service.settle()
                service.archive_requisites()
            fetched = hostile.targets()
            archive, control = Archive(app.database), web.url
            replay = control.replace("127.0.0.1", "localhost")
            own = f"{urlsplit(control).netloc};{urlsplit(replay).netloc}"
            with Chromium(folder / "profile", proxy=hostile.proxy, direct=own) as browser:
                hostile.requests.clear()
                clicks = {url: page.clicks for page in pages for url in page.urls}
                direct = open_all(browser, hostile, [(url, clicks[url]) for url in urls])
                replayed = [(f"{control}/replay/{WHEN}/{url}", clicks[url]) for url in urls]
                with hostile.closed():
                    web.show(archive, now=NOW)
                    sandboxed = open_all(browser, hostile, replayed)
                with hostile.closed():
                    web.show(archive, now=NOW, base_url=control, replay_origin=replay)
                    separate = open_all(browser, hostile, replayed)
                yield HostileArchive(pages, direct, sandboxed, separate, web, fetched)


def open_all(browser: Chromium, hostile: HostileWeb, addresses: Sequence[tuple[str, str]]) -> Opened:
    """Open addresses with scripts on, click the elements of their selectors, and return what happened."""
    opened = Opened()
    for begin in range(0, len(addresses), _TABS):
        group = addresses[begin : begin + _TABS]
        tabs = [browser.begin(address, scripts=True) for address, _ in group]
        for (address, clicks), tab in zip(group, tabs, strict=True):
            tab.wait_until_painted()
            opened.scripts[address] = len(tab.scripts())
            tab.click(clicks)
        time.sleep(_LATER_SECONDS)
        for (address, _), tab in zip(group, tabs, strict=True):
            # The click itself is a script without a URL.
            opened.scripts[address] = max(opened.scripts[address], len(list(filter(None, tab.scripts()))))
            opened.logged |= {str(name) for first, *rest in tab.logged() if first == "SPRUNG" for name in rest}
            tab.close()
    opened.targets = hostile.targets()
    opened.requested = hostile.sprung()
    opened.cookies = {request.header("Cookie") or "" for request in hostile.requests} - {""}
    return opened
