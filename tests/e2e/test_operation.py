"""`pagewitness run` as a process: signals, health, metrics."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from monitor.model import PageSource
from pagewitness.clock import system_clock
from pagewitness.composition import open_app
from pagewitness.settings import Settings
from tests.e2e.command import pagewitness
from tests.storage.snapshots import HOURLY
from tests.support.family import family
from tests.support.patience import PATIENCE_SECONDS, soon
from tests.support.sites import Answer, Received, Site


class Run:
    """A service under way: its log, and where its web is."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]

    def reported(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]

    def wait_for(self, event: str) -> dict[str, Any]:
        self.wait(lambda: self.reported(event))
        return self.reported(event)[0]

    def wait(self, until: Callable[[], object]) -> None:
        assert soon(lambda: until() or self.process.poll() is not None), self._log.read_text()
        assert self.process.poll() is None, self._log.read_text()

    @contextmanager
    def web(self) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.wait_for("listening")["url"], timeout=PATIENCE_SECONDS) as client:
            yield client

    def terminate(self) -> None:
        """Send the signal, and wait until it is heard."""
        self.process.send_signal(signal.SIGTERM)
        with self.web() as web:
            self.wait(lambda: "the service is stopping" in web.get("/readyz").json()["reasons"])

    def ends_with(self) -> int:
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def running(folder: Path, **settings: object) -> Iterator[Run]:
    """`pagewitness run` on a database in `folder`, once it listens; killed in the end where it still lives."""
    given = {
        "database_url": f"sqlite:///{folder / 'p.db'}",
        "web_port": 0,
        "log_format": "json",
        "tick_seconds": 0.1,
        "lease_seconds": 2,
        "send_seconds": 1.5,
        **settings,
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAGEWITNESS_")}
    environment |= {f"PAGEWITNESS_{name.upper()}": str(value) for name, value in given.items()}
    log = folder / "log.txt"
    with log.open("wb") as stderr:
        process = subprocess.Popen([sys.executable, "-m", "pagewitness", "run"], env=environment, stderr=stderr)
    run = Run(process, log)
    try:
        run.wait_for("listening")
        yield run
    finally:
        process.kill()
        process.wait()


def declare(file: Path, *urls: str) -> Path:
    file.write_text("\n".join(f'[[page]]\nurl = "{url}"\nevery = "1h"\nallow_private = true\n' for url in urls))
    return file


def slow(requested: threading.Event, answer: threading.Event) -> Callable[[Received], Answer]:
    def handler(request: Received) -> Answer:
        requested.set()
        answer.wait(PATIENCE_SECONDS)
        return Answer("<p>87 members</p>")

    return handler


def test_a_service_reloads_its_watchlist_and_reports_its_state(tmp_path: Path, site: Site):
    one, two = site.serve("/one", "<p>87 members</p>"), site.serve("/two", "<p>Later.</p>")
    watchlist = declare(tmp_path / "watchlist.toml", one)
    with running(tmp_path, watchlist=watchlist) as run, run.web() as web:
        checked = run.wait_for("checked")
        assert (checked["url"], checked["outcome"]) == (one, "full")
        processed = run.wait_for("processed")
        assert (processed["url"], processed["verdict"]) == (one, "ok")

        watchlist.write_text('[[page]]\nurl = "nowhere"\nevery = "soon"\n')
        run.process.send_signal(signal.SIGHUP)
        refused = run.wait_for("watchlist not applied, all stays as it was")
        problems = "\n".join(refused["problems"])
        assert "nowhere" in problems
        assert "soon" in problems

        declare(watchlist, one, two)
        run.process.send_signal(signal.SIGHUP)
        run.wait(lambda: site.requests_for("/two"))
        run.wait(lambda: len(run.reported("checked")) == 2)
        assert run.wait_for("watchlist applied")["added"] == [f"page {two}"]
        assert len(site.requests_for("/one")) == 1

        assert web.get("/healthz").json() == {"status": "ok", "reasons": []}
        run.wait(lambda: web.get("/readyz").json() == {"status": "ok", "reasons": []})
        # Processes report what they count every few seconds.
        run.wait(lambda: metrics(web).get(("pagewitness_processed_total", (("verdict", "ok"),))) == 2)
        checks = ("pagewitness_checks_total", (("outcome", "full"), ("verdict", "none")))
        run.wait(lambda: metrics(web).get(checks) == 2)
        reported = metrics(web)
        assert reported["pagewitness_pages", (("state", "active"),)] >= 1
        assert reported["pagewitness_database_up", ()] == 1
        assert reported["process_resident_memory_bytes", ()] > 10_000_000

        database = tmp_path / "p.db"
        database.rename(tmp_path / "away.db")
        gone = web.get("/readyz")
        assert (gone.status_code, gone.json()["status"]) == (503, "unavailable")
        assert web.get("/healthz").status_code == 200, "starting it again would not help"
        (tmp_path / "away.db").rename(database)
        run.wait(
            lambda: web.get("/readyz").status_code == 200
        )  # processes may have met the missing file, and say so until they have worked again

        run.process.send_signal(signal.SIGTERM)
        assert run.ends_with() == 0
        assert run.reported("stopped")


def metrics(web: httpx.Client) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = web.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_shutdown_waits_for_a_check_in_progress(tmp_path: Path, site: Site):
    requested, answer = threading.Event(), threading.Event()
    url = site.route("/", slow(requested, answer))
    with running(tmp_path, watchlist=declare(tmp_path / "watchlist.toml", url)) as run:
        assert requested.wait(PATIENCE_SECONDS)
        run.terminate()
        answer.set()
        assert run.ends_with() == 0
    with open_app(Settings(database_url=f"sqlite:///{tmp_path / 'p.db'}")) as app:
        (snapshot,) = app.history.snapshots(1)
        assert snapshot.read_at is not None


def test_a_check_that_takes_too_long_is_abandoned_and_repeated(tmp_path: Path, site: Site):
    requested, answer = threading.Event(), threading.Event()
    url = site.route("/", slow(requested, answer))
    watchlist = declare(tmp_path / "watchlist.toml", url)
    with running(tmp_path, watchlist=watchlist, shutdown_seconds=0.3) as run:
        assert requested.wait(PATIENCE_SECONDS)
        run.process.send_signal(signal.SIGTERM)
        assert run.ends_with() == 0
        assert run.reported("stopped without waiting for what is under way")
    answer.set()
    with running(tmp_path, watchlist=watchlist) as run:
        assert run.wait_for("checked")["outcome"] == "full", "its lease ended by itself"


def test_a_second_signal_ends_it_at_once(tmp_path: Path, site: Site):
    requested, answer = threading.Event(), threading.Event()
    url = site.route("/", slow(requested, answer))
    with running(tmp_path, watchlist=declare(tmp_path / "watchlist.toml", url)) as run:
        assert requested.wait(PATIENCE_SECONDS)
        run.terminate()
        run.process.send_signal(signal.SIGTERM)
        assert run.ends_with() == 128 + signal.SIGTERM
    answer.set()


def test_one_sqlite_file_takes_one_service_and_any_number_of_commands(tmp_path: Path, site: Site):
    url = site.serve("/", "<p>87 members</p>")
    watchlist = declare(tmp_path / "watchlist.toml", url)
    database = f"sqlite:///{tmp_path / 'p.db'}"
    with running(tmp_path, watchlist=watchlist) as run:
        run.wait_for("checked")
        declare(watchlist, url, site.serve("/more", "<p>1 member</p>"))
        second = pagewitness("run", db=database, watchlist=watchlist, web_port=0)
        assert second.code == 2
        assert f"(process {run.process.pid})" in second.message
        assert "PostgreSQL" in second.message
        assert len(pagewitness("pages", "--json", db=database).rows) == 1, "it did not even apply its watchlist"
        assert pagewitness("check", url, db=database).code == 0
    with running(tmp_path, watchlist=watchlist) as run:  # the first one was killed
        run.wait(lambda: site.requests_for("/more"))


def test_a_process_that_starts_while_the_database_is_moved_away_puts_no_empty_one_in_its_place(
    tmp_path: Path, site: Site
):
    url = site.serve("/one", "<p>87 members</p>")
    place, away = tmp_path / "p.db", tmp_path / "old.db"
    with running(tmp_path, watchlist=declare(tmp_path / "watchlist.toml", url)) as run, run.web() as web:
        run.wait(lambda: web.get("/readyz").status_code == 200)
        run.wait_for("processed")
        place.rename(away)
        for extractor in (
            pid for pid in family(run.process.pid) if "extractor" in Path(f"/proc/{pid}/comm").read_text()
        ):
            os.kill(extractor, signal.SIGKILL)
        run.wait(lambda: [line for line in run.reported("process cannot go on") if "no database" in line["error"]])
        assert not place.exists()
        away.rename(place)
        run.wait(lambda: web.get("/readyz").status_code == 200)
        assert len(pagewitness("pages", "--json", db=f"sqlite:///{place}").rows) == 1


def test_a_database_that_is_replaced_stops_the_service_until_one_is_back(tmp_path: Path, site: Site):
    url = site.serve("/one", "<p>87 members</p>")
    place, away, new = tmp_path / "p.db", tmp_path / "old.db", tmp_path / "new.db"
    with open_app(Settings(database_url=f"sqlite:///{new}")) as app:
        other = site.serve("/other", "<p>12 partners</p>")
        app.store.add_page(other, schedule=HOURLY, allow_private=True, source=PageSource.ADDED, now=system_clock())
    with running(tmp_path, watchlist=declare(tmp_path / "watchlist.toml", url)) as run, run.web() as web:
        run.wait_for("checked")
        place.rename(away)
        run.wait(
            lambda: [line for line in run.reported("step failed, will be tried again") if "is gone" in line["error"]]
        )
        unready = web.get("/readyz")
        assert unready.status_code == 503
        assert "the file is gone" in unready.text
        # What is put there next must not find a log that is not its own.
        log = Path(f"{place}-wal")
        run.wait(lambda: not log.exists() or log.stat().st_size == 0)
        place.write_bytes(b"")
        run.wait(lambda: "was replaced" in web.get("/readyz").text)
        new.rename(place)
        run.wait_for("another database file was put in place, going on with that one")
        run.wait(lambda: site.requests_for("/other"))
        run.wait(lambda: web.get("/readyz").status_code == 200)
        assert len(site.requests_for("/one")) == 1
    with open_app(Settings(database_url=f"sqlite:///{away}")) as app:
        assert [one.page.url for one in app.history.pages()] == [url]
        assert len(app.history.snapshots(1)) == 1
