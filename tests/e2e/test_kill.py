"""The service's processes killed more than 100 times while a site changes, at every stage of a check and its telling, on both databases.

Judged by those it deals with: the origin's log of what it answered, and what the mail server and the webhook receiver took.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pagewitness.composition import open_app
from pagewitness.settings import Settings
from pagewitness.watchlist import loader
from storage.queries.summaries import AlertRow
from tests.e2e.killing import PROCESSES, SUPERVISOR, Kill, Lane, found
from tests.e2e.stories import SELECTED, Origin, Step, declare
from tests.support.clocks import Clock
from tests.support.receivers import Mailbox, Receiver
from tests.support.seams import DELIVERIES, EXTRACTOR, FETCHER, SEAMS, Stage
from tests.support.services import stepped

SEED = 20210301
LEAST_KILLS = 100
KILLS_A_SEAM = 3
"""On each database, at a crossing that is known."""
KILLS_AT_ANY_TIME = 4
"""On each database, of any process."""
KILLS_OF_THE_SUPERVISOR = 4
"""On each database."""
STEPS = 300
KINDS = {"fact_changed", "fact_contradiction", "fact_agreed", "fact_lost", "fact_found", "page_blocked", "page_back"}
PATHS = ("/members", "/mission", "/partners", "/history")

Change = tuple[str, object, object]


def history_of(path: str) -> list[Step]:
    """Numbers go up and down and back, wording changes, the page contradicts itself, loses its number, and is blocked at times; the same at each call.

    It never goes to and fro twice: what flaps depends on how many checks show a value, and a killed service makes more of them.
    """
    chance = random.Random(f"{SEED}{path}")
    members, year, steps, statements = 80, 2014, [], [(0, False)]
    for n in range(STEPS):
        turn = chance.choice(["up", "up", "down", "down", "wording", "beside", "gone", "blocked"]) if n else "up"
        members += {"up": chance.randint(1, 4), "down": -chance.randint(1, 3)}.get(turn, 0)
        year += turn == "wording"
        if turn == "blocked":
            text = html(path, n, "<p>Verify that you are a human.</p>", "Just a moment...")
            steps.append(Step(text, status=403, checks=2))
            continue
        statement = (members, turn == "beside")
        if turn != "gone" and statement != statements[-1]:
            if statements[-3:] == [statements[-1], statement, statements[-1]]:
                turn, members = "up", max(statements)[0] + 1
                statement = (members, False)
            statements.append(statement)
        stated = f"<h2>{members} members</h2>" * (turn != "gone")
        beside = f"<p>Together, the {members - 1} members act as one.</p>" * (turn == "beside")
        text = f"<p>The partners met for the first time in the autumn of the year {year}.</p>"
        steps.append(Step(html(path, n, f"{stated}{text}{beside}"), checks=3 if turn == "gone" else 1))
    return steps


def html(path: str, mark: object, content: str, title: str = "Coalition") -> str:
    return f'<!doctype html><html lang="en"><title>{title}</title><body><main>{content}</main><!-- {path} {mark} --></body></html>'


@dataclass(frozen=True)
class Reported:
    """What two receivers took.

    Attributes:
        hook: The events in the webhooks, each message id once: URL, kind, before and after.
        mail: The events of which alerts were in the mails, likewise; which events one message has depends on when the processes ran.
        ids: All message ids.
        planned: The ids of all deliveries.
        again: How often each message id came beyond the first time.
    """

    hook: Counter[str]
    mail: Counter[str]
    ids: frozenset[str]
    planned: frozenset[str]
    again: Counter[str]


@dataclass(frozen=True)
class End:
    """The result of a service: its events by page, its bodies by page, and the messages received."""

    events: Mapping[str, Sequence[Change]]
    bodies: frozenset[tuple[str, str]]
    reported: Reported


def reported(mailbox: Mailbox, receiver: Receiver, alerts: Sequence[AlertRow]) -> Reported:
    """What was taken; the same id always carried the same content."""
    arrived: Counter[str] = Counter()
    calls: dict[str, bytes] = {}
    mails: dict[str, tuple[object, ...]] = {}
    for call in receiver.calls:
        arrived[call.headers["webhook-id"]] += 1
        assert calls.setdefault(call.headers["webhook-id"], call.body) == call.body
    for message in mailbox.messages:
        arrived[str(message["X-Pagewitness-Delivery"])] += 1
        # All of it except the boundary between its parts, which the mail library chooses anew each time.
        fields = [field for field in message.items() if field[0] != "Content-Type"]
        content = (fields, [part.get_content() for part in message.iter_parts()])
        assert mails.setdefault(str(message["X-Pagewitness-Delivery"]), content) == content
    bodies = [json.loads(body) for body in calls.values()]
    assert {body["id"] for body in bodies} == set(calls)
    return Reported(
        hook=Counter(
            json.dumps([url, entry["kind"], entry["before"], entry["after"]])
            for body in bodies
            for entry in body["events"]
            for url in (entry["url"], *(page["url"] for page in entry["also_on"]))
        ),
        mail=Counter(
            json.dumps([row.page_url, row.change.kind.value, row.change.before, row.change.after])
            for row in alerts
            if row.uid in mails
        ),
        ids=frozenset({*calls, *mails}),
        planned=frozenset(str(row.uid) for row in alerts),
        again=arrived - Counter({*calls, *mails}),
    )


def end_of(url: str, mailbox: Mailbox, receiver: Receiver) -> End:
    events: defaultdict[str, list[Change]] = defaultdict(list)
    with open_app(Settings(database_url=url)) as app:
        for one in app.history.events():
            change = one.event.change
            events[str(one.page_url)].append((change.kind.value, change.before, change.after))
        alerts = app.history.alerts()
    return End(dict(events), frozenset(found(url).checks), reported(mailbox, receiver, alerts))


def unkilled(url: str, folder: Path, origin: Origin) -> End:
    """The result of an unkilled service that goes through the same steps, one per second of a simulated clock."""
    clock, origin.place = Clock(), 0
    with receivers() as (mailbox, receiver), open_app(Settings(database_url=url)) as app, ExitStack() as stack:
        watchlist = loader.load(declare(folder, origin, mailbox, receiver))
        app.store.apply_declared(watchlist.pages, watchlist.facts, watchlist.channels, watchlist.rules, now=clock())
        service = stack.enter_context(stepped(app, clock))
        for _ in range(10 * STEPS):
            clock.advance(seconds=1)
            service.tick()
            service.settle()
            service.plan()
            service.dispatch()
            now = found(url)
            if origin.go_on(now.checks) and not now.waiting:
                break
        assert not now.waiting
        return end_of(url, mailbox, receiver)


@contextmanager
def receivers() -> Iterator[tuple[Mailbox, Receiver]]:
    """A mail server and a webhook receiver for as long as the block lasts."""
    with ExitStack() as stack:
        mailbox, receiver = Mailbox(), Receiver()
        for one in (mailbox, receiver):
            one.start()
            stack.callback(one.close)
        yield mailbox, receiver


def plan(chance: random.Random) -> list[str]:
    """The kills of one lane in a seeded order: seams, "" for any process at any time, and the supervisor, all of whose kills come early: after the last
    one, leases are long."""
    every = [seam for seam in SEAMS for _ in range(KILLS_A_SEAM)] + [""] * KILLS_AT_ANY_TIME
    chance.shuffle(every)
    for _ in range(KILLS_OF_THE_SUPERVISOR):
        every.insert(chance.randrange(len(every) // 3), SUPERVISOR)
    return every


def play(name: str, url: str, reference: str, folder: Path) -> list[Kill]:
    """Kill a service's processes on one database as planned, let it finish what is begun, and judge what became of it all."""
    chance = random.Random(f"{SEED}{name}")
    (folder / "reference").mkdir(parents=True)
    with Origin({path: history_of(path) for path in PATHS}) as origin, receivers() as (mailbox, receiver):
        lane = Lane(url, folder, origin, mailbox, receiver)
        with lane.running():
            planned = plan(chance)
            kills = [kill(lane, planned[n:], chance) for n in range(len(planned))]
            lane.live_on()
        killed, log = end_of(url, mailbox, receiver), list(origin.log)
        requested, at_rest = origin.requested(), found(url)
        intact = unkilled(reference, folder / "reference", origin)
    assert {kind for changes in intact.events.values() for kind, _, _ in changes} >= KINDS
    judge_archive(url, origin, log)
    assert killed.events == intact.events
    assert killed.bodies == intact.bodies
    check_deliveries(killed, intact, kills, failed=lane.log.read_text().count('"delivery failed"'))
    lost = sum((requested - at_rest.kept()).values())
    assert lost >= sum(one.stage is Stage.FETCHING and one.seam != "look begins" for one in kills)
    assert (at_rest.waiting, at_rest.owners) == (0, frozenset()), "something is left undone, or leased"
    return kills


def kill(lane: Lane, planned: list[str], chance: random.Random) -> Kill:
    """The first of the kills that are planned still."""
    which, *later = planned
    if which in SEAMS:
        # A later stage has fewer crossings.
        return lane.kill_at(which, chance.randint(1, 4 if SEAMS[which].role == FETCHER else 2))
    if which == SUPERVISOR:
        return lane.kill_supervisor(chance.uniform(0, 1), is_last=SUPERVISOR not in later)
    return lane.kill_any(chance.choice(PROCESSES), chance.uniform(0, 1))


def judge_archive(url: str, origin: Origin, log: list[tuple[str, str]]) -> None:
    """Every snapshot shows what the origin answered, in that order; what it answered and is not kept was lost before T1."""
    with open_app(Settings(database_url=url)) as app:
        for path, page_url in origin.urls.items():
            page = app.store.page_by_url(page_url)
            assert page is not None
            digests = [row.body_sha256 for row in app.history.snapshots(page.id, newest_first=False)]
            answers = iter([digest for one, digest in log if one == path])
            assert all(digest in answers for digest in digests), path


def check_deliveries(killed: End, intact: End, kills: list[Kill], *, failed: int) -> None:
    """Everything that an unkilled service sends was sent, in what was planned and nothing else; twice only if a kill came between sending and recording."""
    assert killed.reported.hook == intact.reported.hook
    assert killed.reported.mail == intact.reported.mail
    assert killed.reported.ids == killed.reported.planned
    assert intact.reported.ids == intact.reported.planned
    events = sum(kind in SELECTED for changes in killed.events.values() for kind, _, _ in changes)
    assert killed.reported.hook.total() == killed.reported.mail.total() == events
    assert not intact.reported.again
    unmarked = Counter(str(one.item[1]) for one in kills if one.stage is Stage.SENT and one.item is not None)
    assert unmarked <= killed.reported.again, "what was sent and not marked comes again"
    # Two channels are served at a time: a kill cuts off one message of each at most. On a busy machine an acknowledgement may come too late.
    assert killed.reported.again.total() <= 2 * sum(one.role in (DELIVERIES, SUPERVISOR) for one in kills) + failed


def histogram(lanes: Mapping[str, list[Kill]]) -> str:
    """A table of the kills by stage and role, on each database."""
    roles = [FETCHER, EXTRACTOR, DELIVERIES, "web", SUPERVISOR]
    lines = [f"{' / '.join(lanes):22}" + "".join(f"{role:>12}" for role in roles)]
    for stage in (*Stage, None):
        cells = [
            " / ".join(str(sum((one.stage, one.role) == (stage, role) for one in kills)) for kills in lanes.values())
            for role in roles
        ]
        lines.append(f"{stage.value if stage else 'at any time':22}" + "".join(f"{cell:>12}" for cell in cells))
    lines.append(f"{sum(map(len, lanes.values()))} kills")
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_service_killed_at_every_stage_records_and_sends_what_an_unkilled_one_does(
    tmp_path: Path, sqlite_template: Path, postgres_server, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "killed.db", tmp_path / "unkilled.db"]
    for file in files:
        shutil.copyfile(sqlite_template, file)
    with postgres_server.cloned("template_built") as one, postgres_server.cloned("template_built") as other:
        databases = {"SQLite": [f"sqlite:///{file}" for file in files], "PostgreSQL": [one, other]}
        with ThreadPoolExecutor(len(databases)) as lanes:
            playing = {name: lanes.submit(play, name, *urls, tmp_path / name) for name, urls in databases.items()}
        kills = {name: lane.result() for name, lane in playing.items()}
    with capsys.disabled():
        print(f"\n{histogram(kills)}")
    for lane in kills.values():
        assert Counter(one.seam for one in lane if one.seam) == dict.fromkeys(SEAMS, KILLS_A_SEAM)
    assert sum(map(len, kills.values())) >= LEAST_KILLS
