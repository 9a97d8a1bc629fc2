"""The service killed again and again while a site changes: nothing that was archived is lost, nothing is told wrong, everything is told."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from alerts.event_json import event_json
from monitor.model import EventKind
from pagewitness import watchlist
from pagewitness.service import Service
from pagewitness.settings import Settings
from pagewitness.wiring import opened
from storage.history import History
from tests.support.clocks import Clock
from tests.support.receivers import Mailbox, Receiver
from tests.support.sites import Answer, Received, Site

SEED = 20210301
KILLS = 25
STEPS = 24
PATHS = ("/members", "/mission", "/partners")
SELECTED = [kind.value for kind in EventKind if kind.value.startswith(("fact_", "number_"))]

Change = tuple[str, object, object]


@dataclass(frozen=True)
class Step:
    """What a page says for a while. Every body is unlike every other, if only by a comment."""

    body: str
    status: int = 200


class Story:
    """A page that goes on to its next step once the present one has been archived, whatever became of that look afterwards."""

    def __init__(self, steps: list[Step], database: Path) -> None:
        self.steps = steps
        self.place = 0
        self._database = database

    @property
    def told(self) -> bool:
        return self.place == len(self.steps) - 1 and self._is_archived()

    def __call__(self, request: Received) -> Answer:
        if self.place < len(self.steps) - 1 and self._is_archived():
            self.place += 1
        step = self.steps[self.place]
        return Answer(step.body, status=step.status)

    def _is_archived(self) -> bool:
        digest = hashlib.sha256(self.steps[self.place].body.encode()).hexdigest()
        return bool(query(self._database, "SELECT count(*) FROM bodies WHERE sha256 = ?", digest))


def query(database: Path, sql: str, *values: object) -> int:
    with closing(sqlite3.connect(database, timeout=10)) as connection:
        return int(connection.execute(sql, values).fetchone()[0])


def story(path: str, chance: random.Random) -> list[Step]:
    """Numbers go up and down and back, wording changes, the page contradicts itself, loses its number, and is blocked at times."""
    members, year, steps = 80, 2014, []
    for n in range(STEPS):
        turn = chance.choice(["up", "down", "wording", "beside", "gone", "blocked"]) if 0 < n < STEPS - 2 else "up"
        members += {"up": chance.randint(1, 4), "down": -chance.randint(1, 3)}.get(turn, 0)
        year += turn == "wording"
        if turn == "blocked":
            steps.append(Step(page(path, n, "<p>Verify that you are a human.</p>", "Just a moment..."), status=403))
            continue
        stated = f"<h2>{members} members</h2>" * (turn != "gone")
        beside = f"<p>Together, the {members - 1} members act as one.</p>" * (turn == "beside")
        text = f"<p>The partners met for the first time in the autumn of the year {year}.</p>"
        steps.append(Step(page(path, n, f"{stated}{text}{beside}")))
        if turn == "gone":
            steps += [Step(page(path, f"{n}-{again}", text)) for again in range(2)]
    return steps


def page(path: str, mark: object, content: str, title: str = "Coalition") -> str:
    return f'<!doctype html><html lang="en"><title>{title}</title><body><main>{content}</main><!-- {path} {mark} --></body></html>'


def declare(folder: Path, site: Site, mailbox: Mailbox, receiver: Receiver) -> Path:
    pages = [
        f'[[page]]\nurl = "{site.url(path)}"\nevery = "1s"\nfacts = ["member_count"]\nallow_private = true'
        for path in PATHS
    ]
    file = folder / "watchlist.toml"
    file.write_text(
        "\n\n".join(pages)
        + f"""

[[fact]]
name = "member_count"
count_of = ["members"]

[[channel]]
name = "desk"
type = "email"
host = "{mailbox.host}"
port = {mailbox.port}
security = "none"
from = "monitor@example.org"
to = ["desk@example.org"]

[[channel]]
name = "hook"
type = "webhook"
url = "{receiver.url}"
secret = "whsec_{"QUJD" * 8}"
allow_private = true

[[rule]]
name = "key facts"
events = {json.dumps(SELECTED)}
to = ["desk", "hook"]
"""
    )
    return file


def tell(site: Site, database: Path) -> list[Story]:
    """Let the site begin its stories, the same at each call."""
    stories = [Story(story(path, random.Random(f"{SEED}{path}")), database) for path in PATHS]
    for path, one in zip(PATHS, stories, strict=True):
        site.route(path, one)
    return stories


def undisturbed(declared: Path, site: Site, database: Path) -> dict[str, list[Change]]:
    """What is recorded by a service that lives through it all, a second after the other on a clock that is told."""
    clock = Clock()
    settings = Settings(database_url=f"sqlite:///{database}")
    with opened(settings) as parts:
        said = watchlist.load(declared)
        parts.store.apply_declared(said.pages, said.facts, said.channels, said.rules, now=clock())
        stories, service = tell(site, database), Service(parts, clock=clock)
        while not all(one.told for one in stories):
            service.tick()
            service.settle()
            clock.advance(seconds=1)
        service.stop()
        return recorded(parts.history)


def recorded(history: History) -> dict[str, list[Change]]:
    changes: defaultdict[str, list[Change]] = defaultdict(list)
    for one in history.events():
        change = one.event.change
        if change.kind is EventKind.PAGE_STALE:
            continue  # hangs on how long nobody looked, not on what the pages said
        changes[str(one.page_url)].append((change.kind.value, change.before, change.after))
    return dict(changes)


@contextmanager
def running(database: Path, declared: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`pagewitness run`; killed in the end where it still lives."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAGEWITNESS_")} | {
        "PAGEWITNESS_DATABASE_URL": f"sqlite:///{database}",
        "PAGEWITNESS_WATCHLIST": str(declared),
        "PAGEWITNESS_WEB_PORT": "0",
        "PAGEWITNESS_TICK_SECONDS": "0.1",
        "PAGEWITNESS_LEASE_SECONDS": "1",
    }
    with log.open("ab") as stderr:
        process = subprocess.Popen([sys.executable, "-m", "pagewitness", "run"], env=environment, stderr=stderr)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def wait(until: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True


def moment(chance: random.Random, turn: int, site: Site, mailbox: Mailbox, receiver: Receiver) -> None:
    """Wait for a moment worth a kill: soon after a page was asked for, soon after something was told, or any."""
    asked, posted, mailed = len(site.requests), len(receiver.calls), len(mailbox.messages)
    if turn % 5 == 4:
        time.sleep(chance.uniform(0, 3))
    elif turn % 5 == 3:
        wait(lambda: len(receiver.calls) + len(mailbox.messages) > posted + mailed, 5)
        time.sleep(chance.uniform(0, 0.02))
    else:
        wanted = asked + chance.randint(1, 2 * len(PATHS))
        wait(lambda: len(site.requests) >= wanted, 8)
        time.sleep(chance.uniform(0, 0.06))


def idle(database: Path) -> bool:
    """Whether nothing waits to be read, planned or sent."""
    waiting = (
        "SELECT (SELECT count(*) FROM snapshots WHERE read_at IS NULL) + (SELECT count(*) FROM events WHERE planned_at IS NULL)"
        " + (SELECT count(*) FROM deliveries WHERE state <> 'sent')"
    )
    return query(database, waiting) == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_service_killed_at_any_moment_records_and_tells_what_an_undisturbed_one_does(
    tmp_path: Path, site: Site, mailbox: Mailbox, receiver: Receiver
) -> None:
    declared = declare(tmp_path, site, mailbox, receiver)
    expected = undisturbed(declared, site, tmp_path / "undisturbed.db")
    assert {kind for changes in expected.values() for kind, _, _ in changes} > {
        "fact_changed",
        "fact_contradiction",
        "fact_agreed",
        "fact_lost",
        "fact_found",
    }

    database, log, chance = tmp_path / "killed.db", tmp_path / "log.txt", random.Random(SEED)
    with running(database, declared, log) as process:
        assert wait(lambda: b"watching" in log.read_bytes(), 30), log.read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    stories = tell(site, database)
    for turn in range(KILLS):
        with running(database, declared, log) as process:
            moment(chance, turn, site, mailbox, receiver)
            assert process.poll() is None, log.read_text()
    with running(database, declared, log) as process:
        assert wait(lambda: all(one.told for one in stories) and idle(database), 90), log.read_text()[-5000:]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0

    with opened(Settings(database_url=f"sqlite:///{database}")) as parts:
        assert recorded(parts.history) == expected
        events = [event_json(one) for one in parts.history.events()]
    every = Counter(json.dumps(event, sort_keys=True) for event in events if event["kind"] in SELECTED)
    assert told_by_webhook(receiver) == every
    assert told_by_mail(mailbox) == every.total()


def told_by_webhook(receiver: Receiver) -> Counter[str]:
    """The events that arrived, each id once. The same id always carries the same body."""
    bodies: dict[str, bytes] = {}
    for call in receiver.calls:
        assert bodies.setdefault(call.headers["webhook-id"], call.body) == call.body
    messages = [json.loads(body) for body in bodies.values()]
    assert {message["id"] for message in messages} == set(bodies)
    return Counter(json.dumps(message["event"], sort_keys=True) for message in messages)


def told_by_mail(mailbox: Mailbox) -> int:
    """How many different mails arrived. The same id always carries the same subject and text."""
    mails: dict[str, tuple[str, str]] = {}
    for message in mailbox.messages:
        body = message.get_body(("plain",))
        assert body is not None
        said = (message["Subject"], body.get_content())
        assert mails.setdefault(message["Message-ID"], said) == said
    return len(mails)
