"""A process that is killed between any two steps of requisites, or while a body is searched: nothing is lost, and nothing is requested for ever."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.model import PageSource, RequisiteState, Schedule
from pagewitness.composition import AppContext, open_app
from storage.requisites.counts import RequisiteCounts
from storage.schema import archived_urls, exchanges, requisites
from tests.support.patience import soon
from tests.support.requisite_child import STEPS, settings
from tests.support.services import stepped
from tests.support.sites import Site

pytestmark = pytest.mark.slow

NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
LATER = timedelta(minutes=5)
"""Until a body whose search ended with its process is searched again."""
KILLED = -9
FILES = {
    "/site.css": ('@import "base.css"; h1 {background: url(/wave.svg)}', "text/css"),
    "/base.css": ("p {background: url(/dots.png)}", "text/css"),
    "/wave.svg": ('<svg xmlns="http://www.w3.org/2000/svg"><image href="/foam.png"/></svg>', "image/svg+xml"),
    **dict.fromkeys(("/dots.png", "/foam.png", "/logo.png"), (b"\x89PNG\r\n\x1a\n" + b"0" * 60, "image/png")),
}
CROSSINGS = (1, 3)
"""How often a step is reached before the process ends."""


@pytest.fixture
def coalition(site: Site) -> Site:
    """A page with three requisites, which have three of their own."""
    text = "<h1>Members</h1><p>Our coalition has 85 members in all the world, and it grows from year to year.</p>"
    links = '<link rel="stylesheet" href="/site.css"><img src="/logo.png"><img src="/missing.png">'
    site.serve("/", f'<!doctype html><html lang="en"><title>Coalition</title>{links}<main>{text}</main></html>')
    for path, (body, content_type) in FILES.items():
        site.serve(path, body, content_type=content_type)
    return site


@pytest.fixture
def monitored(coalition: Site, tmp_path: Path) -> Path:
    """A database in which the page is due for the first time."""
    path = tmp_path / "monitored.db"
    with open_app(settings(f"sqlite:///{path}")) as app:
        every = Schedule(every=timedelta(days=9))
        app.store.add_page(coalition.url(), schedule=every, source=PageSource.ADDED, now=NOW, allow_private=True)
    return path


def run(database: Path, now: datetime, step: str, crossing: int = 1) -> int:
    """Archive in a process that ends at a step; return its exit status."""
    command = [sys.executable, "-m", "tests.support.requisite_child", f"sqlite:///{database}", now.isoformat()]
    return subprocess.run([*command, step, str(crossing)], check=False, capture_output=True, timeout=120).returncode


def finish(database: Path, now: datetime) -> Iterator[AppContext]:
    """Archive what is left, as soon as the leases of the process that ended have expired."""
    with open_app(settings(f"sqlite:///{database}")) as app, stepped(app, lambda: now) as service:

        def is_finished() -> bool:
            service.tick()
            service.settle()
            service.archive_requisites()
            return counts(app).waiting == 0 and counts(app).found > 0 and not app.store.has_discovery(now)

        assert soon(is_finished)
        yield app


def counts(app: AppContext) -> RequisiteCounts:
    return app.store.count_requisites(1, 1)


def kept(app: AppContext) -> dict[str, RequisiteState]:
    """The state of each requisite by path."""
    url = archived_urls.c.url
    query = select(url, requisites.c.state).join(archived_urls, archived_urls.c.id == requisites.c.url_id)
    with app.database.read() as connection:
        return {"/" + row.url.split("/", 3)[3]: row.state for row in connection.execute(query)}


def archived_paths(app: AppContext) -> Counter[str]:
    query = select(archived_urls.c.url).join(exchanges, exchanges.c.url_id == archived_urls.c.id)
    with app.database.read() as connection:
        return Counter("/" + url.split("/", 3)[3] for url in connection.execute(query).scalars())


def test_a_kill_between_steps_loses_nothing_and_repeats_at_most_one_request(coalition: Site, monitored: Path):
    """Each step and crossing has a database of its own; the kills are made at the same time, as leases take time to expire."""
    kills = [(step, crossing) for step in STEPS for crossing in CROSSINGS]
    copies = {kill: monitored.with_name(f"{number}.db") for number, kill in enumerate(kills)}
    for copy in copies.values():
        shutil.copyfile(monitored, copy)
    with ThreadPoolExecutor(2) as pool:
        statuses = dict(zip(kills, pool.map(lambda kill: run(copies[kill], NOW, *kill), kills), strict=True))
    # A visit begins only once or twice: with few requisites, the process reaches its end.
    assert {kill for kill, status in statuses.items() if status != KILLED} <= {("a visit begins", 3)}
    states = dict.fromkeys(FILES, RequisiteState.ARCHIVED) | {"/missing.png": RequisiteState.FAILED}
    for kill, copy in copies.items():
        for app in finish(copy, NOW + LATER):
            assert kept(app) == states, kill
            # A request whose result was not committed is made again; nothing is archived twice.
            assert set(archived_paths(app)) >= {"/", *states}, kill
            assert [path for path, count in archived_paths(app).items() if count > 1 and path != "/robots.txt"] == []
    requested = Counter(request.path for request in coalition.requests)
    assert all(requested[path] <= len(kills) * 2 for path in states)


def test_afterwards_nothing_is_requested_again(coalition: Site, monitored: Path):
    assert run(monitored, NOW, "its transaction begins", 2) == KILLED
    for _ in finish(monitored, NOW + LATER):
        pass
    coalition.requests.clear()
    for hours in (1, 5, 48):
        assert run(monitored, NOW + timedelta(hours=hours), "none") == 0
    assert [request.path for request in coalition.requests if request.path != "/robots.txt"] == []


def test_a_body_that_ends_the_process_is_searched_three_times_and_delays_no_other(coalition: Site, monitored: Path):
    attempts = 0
    while run(monitored, NOW + attempts * LATER, "search dots.png") == KILLED:
        attempts += 1
        assert attempts <= 3
    assert attempts == 3
    for app in finish(monitored, NOW + 4 * LATER):
        assert kept(app) == {path: RequisiteState.ARCHIVED for path in FILES if path != "/dots.png"} | {
            "/missing.png": RequisiteState.FAILED
        }
