"""A service under way in the soak: its process, its log, what its web tells of it, and what it takes of the machine."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.command import BASE, environment
from tests.soak.hook import Hook
from tests.support.family import family, memory, name_of, threads_and_files
from tests.support.receivers import Mailbox

SAMPLE_SECONDS = 2.0


@dataclass(frozen=True)
class Sample:
    """How a service was at one moment, in seconds of the soak.

    Attributes:
        at: When.
        healthy, ready: What /healthz and /readyz said: None is yes, else the reasons; "no answer" where none came in time.
        metrics: Selected numbers of /metrics; empty where the database did not answer.
        rss, threads, fds: Memory in bytes, threads and open files of all its processes together.
        memory: Memory in bytes of its processes by name: with its share of what they share, and with all of that.
    """

    at: float
    healthy: str | None
    ready: str | None
    metrics: dict[str, float]
    rss: int
    threads: int
    fds: int
    memory: dict[str, tuple[int, int]] = field(default_factory=dict)


class Watched:
    """One service.

    Attributes:
        name: Its name, which is its User-Agent too.
        disk: The folder that its database is in.
        samples: How it was, every few seconds.
        trouble: The fault under way; "" where there is none.
    """

    def __init__(self, name: str, database_url: str, disk: Path, folder: Path, mailbox: Mailbox, hook: Hook) -> None:
        self.name, self.database_url, self.disk, self.mailbox, self.hook = name, database_url, disk, mailbox, hook
        self.log = folder / f"{name}.log"
        self.watchlist = folder / f"{name}.toml"
        self.samples: list[Sample] = []
        self.trouble = ""
        self.web = ""
        self.process: subprocess.Popen[str] | None = None
        self._ended = threading.Event()

    @contextmanager
    def running(self, now: Callable[[], float], **settings: object) -> Iterator[None]:
        """`pagewitness run`, watched; killed in the end where it still lives."""
        given = {
            "database_url": self.database_url,
            "watchlist": self.watchlist,
            "web_port": 0,
            "log_format": "json",
            "user_agent": self.name,
            **settings,
        }
        # With few arenas a leak is told sooner from memory that some thread once needed and that is kept for it.
        environ = environment(given) | {"MALLOC_ARENA_MAX": "2"}
        # A pipe for the log: a limit on the size of files must not cut it short.
        with subprocess.Popen(
            [*BASE, "run"], env=environ, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        ) as self.process:
            reading = threading.Thread(target=self._keep_log)
            watching = threading.Thread(target=self._watch, args=(now,))
            reading.start()
            try:
                wait(lambda: self.web or self.process.poll() is not None, 60, f"{self.name} does not listen")
                watching.start()
                yield
            finally:
                self._ended.set()
                self.process.kill()
                reading.join(30)
                if watching.ident is not None:
                    watching.join(60)

    def terminate(self) -> int:
        """End it in good order; its exit code."""
        assert self.process is not None
        self._ended.set()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(120)

    def _keep_log(self) -> None:
        assert self.process is not None
        assert self.process.stderr is not None
        with self.log.open("w") as log:
            for line in self.process.stderr:
                log.write(line)
                log.flush()
                if not self.web and (found := re.search(r'"url": ?"([^"]+)", "event": ?"listening"', line)):
                    self.web = found[1]
                elif not self.web and '"listening"' in line:
                    self.web = json.loads(line)["url"]

    def _watch(self, now: Callable[[], float]) -> None:
        with httpx.Client(base_url=self.web, timeout=20) as web:
            while not self._ended.wait(SAMPLE_SECONDS):
                assert self.process is not None
                if self.process.poll() is not None:
                    return
                self.samples.append(
                    Sample(
                        now(), _probe(web, "/healthz"), _probe(web, "/readyz"), _metrics(web), *_taken(self.process.pid)
                    )
                )

    def lines(self) -> Iterator[dict[str, Any]]:
        """Its log."""
        with self.log.open() as log:
            for line in log:
                if line.startswith("{"):
                    yield json.loads(line)
                else:
                    # What applying the watchlist said, before there was a log.
                    assert line.startswith("added "), line


def wait(until: Callable[[], object], seconds: float, otherwise: str) -> float:
    """Wait for something; how long it took."""
    began = time.monotonic()
    while not until():
        assert time.monotonic() - began < seconds, f"{otherwise} (waited {seconds} s)"
        time.sleep(0.1)
    return time.monotonic() - began


def _probe(web: httpx.Client, path: str) -> str | None:
    try:
        answer = web.get(path)
    except httpx.HTTPError:
        return "no answer"
    return None if answer.status_code == 200 else "; ".join(answer.json()["reasons"])


_OF_INTEREST = {
    "lag_seconds",
    "pages_due",
    "snapshots_unprocessed",
    "unprocessed_oldest_seconds",
    "leases_held",
    "hosts_paused",
    "checks",
    "deliveries",
    "failures",
}


def _metrics(web: httpx.Client) -> dict[str, float]:
    """Sums over labels, names without "pagewitness_"."""
    try:
        text = web.get("/metrics").text
    except httpx.HTTPError:
        return {}
    found = {}
    for metric in text_string_to_metric_families(text):
        name = metric.name.removeprefix("pagewitness_")
        if name in _OF_INTEREST:
            found[name] = sum(sample.value for sample in metric.samples if not sample.name.endswith("_created"))
    return found


def _taken(pid: int) -> tuple[int, int, int, dict[str, tuple[int, int]]]:
    """Memory, threads and open files of a supervisor and its processes, and the memory of each by name."""
    everybody = family(pid)
    counted = [threads_and_files(one) for one in everybody]
    by_name: dict[str, tuple[int, int]] = {}
    for one in everybody:
        share, whole = by_name.get(name_of(one), (0, 0))
        more = memory(one)
        by_name[name_of(one)] = share + more[0], whole + more[1]
    taken = sum(share for share, _ in by_name.values())
    return taken, sum(threads for threads, _ in counted), sum(files for _, files in counted), by_name
