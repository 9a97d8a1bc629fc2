"""`pagewitness run` as a process: a changed number reaches people, SIGTERM drains, an outage of the mail server loses nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.e2e.command import BASE, environment, html, pagewitness
from tests.support import ports
from tests.support.patience import PATIENCE_SECONDS, soon
from tests.support.receivers import Mailbox, Receiver
from tests.support.sites import Answer, Received, Site
from tests.support.watchlists import FACT, alert_tables, page

BEFORE, AFTER = html("The Coalition has 83 members."), html("The Coalition has 85 members.")


class Running:
    """A service that runs; `log` is what it wrote to standard error so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.log: list[str] = []
        self._process = process
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wrote(self, words: str) -> bool:
        return soon(lambda: any(words in line for line in self.log))

    @property
    def url(self) -> str:
        """Where its web listens."""
        assert self.wrote('"listening"')
        return next(str(json.loads(line)["url"]) for line in self.log if '"listening"' in line)

    def ask_to_end(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def terminate(self) -> int:
        self.ask_to_end()
        return self.wait()

    def wait(self) -> int:
        code = self._process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        return code

    def kill(self) -> None:
        """End it, and the reading of its log, where it still lives."""
        self._process.kill()
        self._reader.join(PATIENCE_SECONDS)

    def _read(self) -> None:
        assert self._process.stderr is not None
        self.log.extend(iter(self._process.stderr.readline, ""))


@contextmanager
def running(db: str, watchlist: Path, **settings: object) -> Iterator[Running]:
    chosen = {"database_url": db, "watchlist": watchlist, "web_port": 0, "tick_seconds": 0.1, "log_format": "json"}
    with subprocess.Popen(
        [*BASE, "run"],
        env=environment(chosen | settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        service = Running(process)
        try:
            yield service
        finally:
            service.kill()


def facts(db: str) -> list[object]:
    return [row["value"] for row in pagewitness("facts", "--json", db=db).rows]


def test_a_changed_number_arrives_as_mail_and_webhook_and_sigterm_ends_it_with_all_recorded(
    tmp_path: Path, database_url: str, site: Site, mailbox: Mailbox, receiver: Receiver, unused_port: int
):
    watchlist = tmp_path / "watchlist.toml"
    url = site.serve("/", BEFORE)
    watchlist.write_text(page(url, every="2s", label="Home") + FACT + alert_tables(mailbox.port, receiver.url))
    with running(database_url, watchlist, web_port=unused_port) as service:
        assert service.wrote('"checked"')
        health = requests.get(f"http://127.0.0.1:{unused_port}/healthz", timeout=PATIENCE_SECONDS)
        site.serve("/", AFTER)
        assert soon(lambda: mailbox.messages and receiver.calls)
        checks = len(site.requests)
        assert soon(lambda: len(site.requests) > checks), "it goes on"
        assert service.terminate() == 0
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    (mail,), (call,) = mailbox.messages, receiver.calls
    assert mail["Subject"] == "Home · members 83 → 85 (+2)"
    reported = json.loads(call.body)
    assert (reported["event"]["before"], reported["event"]["after"]) == (83, 85)
    assert reported["links"]["replay_after"].startswith(f"http://127.0.0.1:{unused_port}/replay/")
    kept = pagewitness("history", url, "--json", db=database_url).rows
    assert len(kept) == len(site.requests_for("/"))
    assert all(row["read"] for row in kept)
    assert facts(database_url) == [83, 85]
    assert {row["state"] for row in pagewitness("alerts", "--json", db=database_url).rows} == {"sent"}
    assert not [line for line in service.log if line.startswith("{") and json.loads(line)["level"] == "error"]


def test_sigterm_lets_a_check_in_progress_finish(tmp_path: Path, database_url: str, site: Site):
    requested, answer = threading.Event(), threading.Event()

    def slow(_: Received) -> Answer:
        requested.set()
        answer.wait(PATIENCE_SECONDS)
        return Answer(AFTER)

    def is_ending(url: str) -> bool:
        return "the service is stopping" in requests.get(url, timeout=PATIENCE_SECONDS).json()["reasons"]

    watchlist = tmp_path / "watchlist.toml"
    url = site.route("/", slow)
    watchlist.write_text(page(url, every="2s") + FACT)
    with running(database_url, watchlist) as service:
        assert requested.wait(PATIENCE_SECONDS)
        service.ask_to_end()
        assert soon(lambda: is_ending(f"{service.url}readyz"))
        answer.set()
        assert service.wait() == 0
    (result,) = pagewitness("history", url, "--json", db=database_url).rows
    assert (result["outcome"], result["verdict"], result["read"]) == ("full", "ok", True)
    assert facts(database_url) == [85]


@pytest.mark.slow  # the first retry comes after 10 s
def test_an_alert_outlives_an_outage_of_the_mail_server_and_arrives_once(
    tmp_path: Path, database_url: str, site: Site, mailbox: Mailbox, receiver: Receiver
):
    watchlist = tmp_path / "watchlist.toml"
    watchlist.write_text(page(site.serve("/", BEFORE), every="2s") + FACT + alert_tables(mailbox.port, receiver.url))
    with running(database_url, watchlist) as service:
        assert service.wrote('"checked"')
        mailbox.stop()
        site.serve("/", AFTER)
        assert service.wrote("delivery failed")
        assert soon(lambda: receiver.calls), "one channel's trouble holds up no other"
        (waiting,) = [row for row in pagewitness("alerts", "--json", db=database_url).rows if row["channel"] == "desk"]
        mailbox.start()
        assert soon(lambda: mailbox.messages)
        assert service.terminate() == 0
    (mail,) = mailbox.messages
    (arrived,) = [row for row in pagewitness("alerts", "--json", db=database_url).rows if row["channel"] == "desk"]
    assert (waiting["state"], arrived["state"]) == ("pending", "sent")
    assert waiting["id"] == arrived["id"]
    assert mail["Message-ID"].startswith(f"<{arrived['id']}@")
    assert arrived["attempts"] >= 2


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port that only the service will get."""
    with ports.unused_port() as port:
        yield port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_web_alone_ends_cleanly_too(tmp_path: Path, number: signal.Signals):
    assert pagewitness("migrate", db=f"sqlite:///{tmp_path}/a.db").code == 0
    with subprocess.Popen(
        [*BASE, "serve", "--db", f"sqlite:///{tmp_path}/a.db"],
        env=environment({"web_port": 0}),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            url = process.stderr.readline().split()[1]
            assert process.stderr.readline().startswith(f"Add the first administrator: {url}welcome/")
            assert requests.get(url, timeout=PATIENCE_SECONDS).status_code == 200
            process.send_signal(number)
            assert process.wait(PATIENCE_SECONDS) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()


def test_a_broken_watchlist_stops_the_service_before_it_starts(tmp_path: Path):
    watchlist = tmp_path / "watchlist.toml"
    watchlist.write_text("[[page]]\n")
    done = pagewitness("run", db=f"sqlite:///{tmp_path}/a.db", watchlist=watchlist, web_port=0)
    assert (done.code, done.out) == (2, "")
    assert "watchlist.toml:1: " in done.err
    assert not (tmp_path / "a.db").exists()
