"""What a soak must come to: judged by the origin's script, by what receivers took, by what the process used, and by its log."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from sqlalchemy import text

from pagewitness.composition import AppContext, open_app
from pagewitness.settings import Settings
from rendering.event_json import event_json
from storage.database.connection import Database
from tests.soak.course import Course
from tests.soak.origin import Origin
from tests.soak.script import WRONG
from tests.soak.watched import Sample, Watched

REPORTED = ("fact_", "number_", "text_")
LOST_AFTER_SECONDS = 20.0
"""A number that stood for so long in a quiet time must have been seen."""

NOT_YET_SECONDS = 15.0
"""What was served so shortly before a fault may not have been recorded any more."""

LEAK_BYTES_A_CHECK = 512
SLACK_BYTES = 2 * 1024 * 1024
"""What memory may grow by from the first third to the last: caches still fill, and faults bring more at once than there was before. With the 5,000
checks that lie between the two in ten minutes, a leak of 1 KiB a check goes beyond that."""

SLACK_THREADS, SLACK_FDS = 4, 12
WARM_UP = 0.25


@dataclass(frozen=True)
class Counts:
    """What a service's soak came to, for the table."""

    checks: int
    events: int
    deliveries: int
    twice: int


def nothing_waits(database: Database) -> dict[str, int]:
    """What still waits, by kind; empty where nothing does."""
    questions = {
        "unread": "SELECT count(*) FROM snapshots WHERE read_at IS NULL",
        "unplanned": "SELECT count(*) FROM events WHERE planned_at IS NULL",
        "undelivered": "SELECT count(*) FROM deliveries WHERE state <> 'sent'",
    }
    with database.read() as connection:
        found = {kind: int(connection.execute(text(sql)).scalar_one()) for kind, sql in questions.items()}
    return {kind: count for kind, count in found.items() if count}


def leases(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM hosts WHERE lease_owner IS NOT NULL")).scalar_one())


def judge(service: Watched, origin: Origin, course: Course) -> Counts:
    """All that the database and the receivers have to show."""
    with open_app(Settings(database_url=service.database_url)) as parts:
        assert nothing_waits(parts.database) == {}
        assert leases(parts.database) == 0
        events = [event_json(one.event, one.page_url) for one in parts.history.events()]
        seen = _chains(origin, events)
        _archived_is_reported(parts, origin, seen)
        _long_enough_is_seen(service, origin, course, seen)
        _only_true_trouble(origin, events)
        checks = _count(parts, "SELECT count(*) FROM snapshots")
        deliveries, twice = _reported_exactly(parts, service, events)
    return Counts(checks, len(events), deliveries, twice)


def _count(parts: AppContext, sql: str) -> int:
    with parts.database.read() as connection:
        return int(connection.execute(text(sql)).scalar_one())


def _chains(origin: Origin, events: list[dict[str, object]]) -> dict[str, list[int]]:
    """The numbers told of each page, as indices of its story: each event goes on where the one before ended, and never back."""
    chains: dict[str, list[int]] = {}
    for url, story in origin.stories(origin.hosts).items():
        places = {value: index for index, value in enumerate(story.values)}
        reported = [one for one in events if one["url"] == url and str(one["kind"]).startswith(REPORTED)]
        assert {one["kind"] for one in reported} <= {"fact_changed"}, (url, Counter(one["kind"] for one in reported))
        assert WRONG not in {value for one in reported for value in (one["before"], one["after"])}, url
        steps = [(places[one["before"]], places[one["after"]]) for one in reported]
        for before, after in steps:
            assert before < after, (url, steps)
        for (_, after), (before, _) in pairwise(steps):
            assert after == before, (url, steps)
        chains[url] = [steps[0][0], *(after for _, after in steps)] if steps else []
    return chains


def _archived_is_reported(parts: AppContext, origin: Origin, seen: dict[str, list[int]]) -> None:
    """A number that was archived was told, and none that was not."""
    kept = text(
        "SELECT DISTINCT bodies.sha256 FROM snapshots JOIN bodies ON bodies.id = snapshots.body_id WHERE verdict = 'ok'"
    )
    with parts.database.read() as connection:
        digests = [
            digest.hex() if isinstance(digest, bytes) else str(digest) for digest in connection.execute(kept).scalars()
        ]
    archived: defaultdict[str, set[int]] = defaultdict(set)
    for digest in digests:
        url, index = origin.digests[digest]
        archived[url].add(index)
    for url, chain in seen.items():
        # A page that stated one number all along tells nothing.
        assert archived[url] == set(chain) or (chain == [] and len(archived[url]) == 1), url


def _long_enough_is_seen(service: Watched, origin: Origin, course: Course, seen: dict[str, list[int]]) -> None:
    """Nothing is lost: what was served whole in quiet times, and what stood long in them where a host behaved."""
    quiet, steady = course.quiet_times(), origin.stories(origin.steady)
    served = Counter(
        (one.url, one.index)
        for one in origin.served
        if one.who == service.name and any(a <= one.at <= b - NOT_YET_SECONDS for a, b in quiet)
    )
    for (url, index), times in served.items():
        # One look may have been too slow to be had whole, on a machine that does much else.
        assert url not in steady or times == 1 or index in seen[url], f"{service.name} was served {index} of {url}"
    for url, story in steady.items():
        for index, begin, end in story.spans():
            stood = max((min(end, b) - max(begin, a) for a, b in quiet), default=0.0)
            if stood >= LOST_AFTER_SECONDS:
                assert index in seen[url], (
                    f"{service.name} never saw {url} state {story.values[index]}, for {stood:.0f} s"
                )


def troubles_met(service: Watched) -> Counter[str]:
    """The checks that brought no page or not a whole one, by reason, hosts left out."""
    asked = text(
        "SELECT coalesce(failure_message, truncated) AS why FROM exchanges WHERE failure_kind IS NOT NULL OR truncated IS NOT NULL"
    )
    with open_app(Settings(database_url=service.database_url)) as parts, parts.database.read() as connection:
        return Counter(
            re.sub(r"127\.\d+\.\d+\.\d+(:\d+)?", "HOST", why)[:100] for why in connection.execute(asked).scalars()
        )


def _only_true_trouble(origin: Origin, events: list[dict[str, object]]) -> None:
    """Nothing is told of the health of pages that were well all along."""
    steady = origin.stories(origin.steady)
    wrong = [one for one in events if one["url"] in steady and one["kind"] != "fact_changed"]
    assert wrong == []


def _reported_exactly(parts: AppContext, service: Watched, events: list[dict[str, object]]) -> tuple[int, int]:
    """Every selected event reached both receivers under the ids that were planned; some twice, but the same. How many, and how many twice."""
    with parts.database.read() as connection:
        planned = connection.execute(text("SELECT uid, channel FROM deliveries")).all()
    uids = {channel: {uid for uid, name in planned if name == channel} for channel in ("desk", "hook")}
    selected = Counter(json.dumps(one, sort_keys=True) for one in events if one["kind"] == "fact_changed")
    posted, mailed = service.hook.taken, _mails(service)
    for name, reported in (("hook", posted), ("desk", mailed)):
        assert set(reported) == uids[name], f"{service.name}, {name}: {len(reported)} told, {len(uids[name])} planned"
        assert all(len(set(contents)) == 1 for contents in reported.values()), (
            f"{service.name}, {name}: one id, two contents"
        )
        assert len(reported) == selected.total()
    bodies = [json.loads(contents[0]) for contents in posted.values()]
    assert Counter(json.dumps(body["event"], sort_keys=True) for body in bodies) == selected
    twice = sum(len(contents) - 1 for reported in (posted, mailed) for contents in reported.values())
    return len(planned), twice


def _mails(service: Watched) -> dict[str, list[bytes]]:
    """What came, by the delivery's id."""
    mails: defaultdict[str, list[bytes]] = defaultdict(list)
    for message in service.mailbox.messages:
        body = message.get_body(("plain",))
        assert body is not None
        uid = message["Message-ID"].strip("<>").partition("@")[0]
        mails[uid].append(f"{message['Subject']}\n{body.get_content()}".encode())
    return mails


# --- the process ---


@dataclass(frozen=True)
class Third:
    """The medians of a third of the run, warm-up left out; `checks` counts from the start, `memory` is by the names of the processes."""

    rss: float
    threads: float
    fds: float
    checks: float
    memory: dict[str, tuple[float, float]]


def thirds(samples: list[Sample]) -> list[Third]:
    """The run in three parts."""
    known = [one for one in samples if one.rss and "checks" in one.metrics]
    known = known[round(len(known) * WARM_UP) :]
    size = len(known) // 3
    assert size > 3, f"too few samples: {len(samples)}"
    names = sorted({name for one in known for name in one.memory})
    return [
        Third(
            *(
                median(getattr(one, name) if name != "checks" else one.metrics["checks"] for one in part)
                for name in ("rss", "threads", "fds", "checks")
            ),
            memory={
                name: tuple(median(one.memory.get(name, (0, 0))[which] for one in part) for which in (0, 1))
                for name in names
            },
        )
        for part in (known[:size], known[size : 2 * size], known[2 * size : 3 * size])
    ]


def flat(service: Watched) -> None:
    """Nothing grows with the number of checks."""
    first, _, last = thirds(service.samples)
    grown, checks = last.rss - first.rss, last.checks - first.checks
    assert grown <= LEAK_BYTES_A_CHECK * checks + SLACK_BYTES, (
        f"{service.name} took {grown / 1024:.0f} KiB more after {checks:.0f} checks"
    )
    assert last.threads - first.threads <= SLACK_THREADS, (service.name, first, last)
    assert last.fds - first.fds <= SLACK_FDS, (service.name, first, last)


def truthful(service: Watched) -> None:
    """The process lived all along, and said so; nobody hung on its answers."""
    ill = [one for one in service.samples if one.healthy is not None]
    assert not ill, f"{service.name} called itself unhealthy, first: {ill[0]}"


def log_without_surprises(service: Watched) -> Counter[str]:
    """The log's errors, by what they say; none with a traceback, which is how the unexpected shows."""
    errors: Counter[str] = Counter()
    for line in service.lines():
        assert "exception" not in line, f"{service.name}: {line}"
        assert "Traceback" not in json.dumps(line), f"{service.name}: {line}"
        if line["level"] in ("error", "critical"):
            errors[line["event"]] += 1
    return errors
