"""Replay within limits: so many rewritten at a time, so many bytes held in memory, and an answer that says why there is none."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from pagewitness.replay.admission import Admission
from pagewitness.replay.rewrite import RewrittenPage
from pagewitness.replay.rewrite_worker import LimitedRewriter, ReplayLimits, Source
from pagewitness.workers.model import LimitExceeded, WorkerCrashed, WorkerError, WorkerLimits, WorkerLost
from pagewitness.workers.pool import WorkerPool
from tests.pagewitness.archived import NOON, Archive, Web
from tests.support.patience import PATIENCE_SECONDS, soon

URL = "https://coalition.example/"
STYLE_URL = "https://coalition.example/style.css"
WHEN = "20210301120000"
PATH = f"/replay/{WHEN}{{}}/{URL}"


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


class Gated:
    """A rewriter whose calls wait for a sign, or raise.

    Attributes:
        calls: How many were made.
        most: How many ran at the same time.
    """

    def __init__(self, error: WorkerError | None = None) -> None:
        self.error = error
        self.go = threading.Event()
        self.calls = self.running = self.most = 0
        self._lock = threading.Lock()

    def html(self, source: Source, *_: object) -> RewrittenPage:
        return RewrittenPage(self.style_sheet(source), None)

    def style_sheet(self, source: Source) -> bytes:
        with self._lock:
            self.calls += 1
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            if self.error is not None:
                raise self.error
            assert self.go.wait(PATIENCE_SECONDS)
            return source.body
        finally:
            with self._lock:
                self.running -= 1


def get(web: Web, path: str) -> httpx.Response:
    return httpx.get(web.url + path, timeout=PATIENCE_SECONDS)


# --- how many at a time


def test_of_40_replays_at_once_two_are_rewritten_at_a_time_and_all_are_answered(archive: Archive, web: Web):
    archive.add_snapshot(URL, "<p>85 members")
    rewriter = Gated()
    web.show(archive, rewriter=rewriter, replay_limits=ReplayLimits(wait_seconds=PATIENCE_SECONDS))
    with ThreadPoolExecutor(40) as clients:
        answers = [clients.submit(get, web, PATH.format("")) for _ in range(40)]
        assert soon(lambda: rewriter.running == 2)
        assert get(web, "/healthz").status_code == 200, "waiting replays keep nobody else from being served"
        rewriter.go.set()
        assert {answer.result().status_code for answer in answers} == {200}
    assert (rewriter.most, rewriter.calls) == (2, 40)


@pytest.mark.parametrize("modifier", ["", "if_"])
def test_a_replay_that_waits_too_long_is_asked_to_come_back(archive: Archive, web: Web, modifier: str):
    archive.add_snapshot(URL, "<p>85 members")
    rewriter = Gated()
    web.show(archive, rewriter=rewriter, replay_limits=ReplayLimits(rewritten=1, wait_seconds=0.1))
    with ThreadPoolExecutor(1) as clients:
        first = clients.submit(get, web, PATH.format(""))
        assert soon(lambda: rewriter.running == 1)
        late = get(web, PATH.format(modifier))
        assert (late.status_code, late.headers["retry-after"]) == (503, "5")
        assert f"{WHEN}id_/{URL}" in late.text
        assert get(web, PATH.format("id_")).content == b"<p>85 members", "bytes as received need no rewriting"
        rewriter.go.set()
        assert first.result().status_code == 200
    assert get(web, PATH.format("")).status_code == 200


def test_bodies_held_in_memory_are_bounded_until_they_are_sent(archive: Archive, web: Web):
    archive.add_snapshot(URL, b"x" * 8 * 1024**2, content_type="image/png")
    web.show(archive, replay_limits=ReplayLimits(wait_seconds=0.1, buffer_bytes=20 * 1024**2))
    path = PATH.format("id_")
    with contextlib.ExitStack() as clients:
        parts = urlsplit(web.url)
        for _ in range(2):  # take the first bytes, and then no more
            client = clients.enter_context(socket.create_connection((parts.hostname, parts.port), PATIENCE_SECONDS))
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            assert client.recv(12) == b"HTTP/1.1 200"
        refused = get(web, path)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert soon(lambda: get(web, path).status_code == 200), "what was held is given back with the connection"


def test_a_body_above_the_bound_is_shown_alone(archive: Archive, web: Web):
    archive.add_snapshot(URL, b"x" * 3 * 1024**2, content_type="image/png")
    web.show(archive, replay_limits=ReplayLimits(buffer_bytes=1024**2))
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: len(get(web, PATH.format("id_")).content), range(8)))
    assert answers == [3 * 1024**2] * 8


def test_what_was_held_is_given_back_whatever_happens(archive: Archive, web: Web):
    archive.add_snapshot(URL, "<p>85 members")
    error = LimitExceeded("it took longer than 10 s")
    web.show(archive, rewriter=Gated(error), replay_limits=ReplayLimits(rewritten=1, wait_seconds=0.1, buffer_bytes=20))
    for _ in range(3):
        assert get(web, PATH.format("")).status_code == 500
    assert get(web, PATH.format("id_")).status_code == 200


# --- what exceeds a limit


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (LimitExceeded("it took longer than 10 s"), 500, "Rewriting this page failed: it took longer than 10 s."),
        (WorkerCrashed("its worker process ended by SIGSEGV"), 500, "SIGSEGV"),
        (WorkerLost("its worker process was ended by SIGKILL"), 503, "Try again"),
    ],
)
@pytest.mark.parametrize("modifier", ["", "if_"])
def test_a_page_that_cannot_be_rewritten_is_explained_and_its_bytes_are_offered(
    archive: Archive, web: Web, error: WorkerError, status: int, sentence: str, modifier: str
):
    archive.add_snapshot(URL, "<p>85 members")
    web.show(archive, rewriter=Gated(error))
    response = get(web, PATH.format(modifier))
    assert response.status_code == status
    assert sentence in response.text
    assert f"/replay/{WHEN}id_/{URL}" in response.text
    assert ("retry-after" in response.headers) is (status == 503)
    assert "script" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert get(web, PATH.format("id_")).content == b"<p>85 members"


@pytest.mark.parametrize("url", [URL, STYLE_URL])
def test_a_real_limit_ends_the_rewriting_and_nothing_else(archive: Archive, web: Web, url: str):
    css = "a{background:url(/x.png)}" * 20_000
    archive.add_snapshot(URL, f"<style>{css}</style>")
    archive.add_snapshot(STYLE_URL, css, content_type="text/css")
    archive.add_snapshot(URL, "<p>small", at=NOON + timedelta(days=1))
    pool = WorkerPool(WorkerLimits(seconds=0.01))
    with contextlib.closing(LimitedRewriter(pool)) as rewriter:
        web.show(archive, rewriter=rewriter)
        response = get(web, f"/replay/{WHEN}/{url}")
        assert response.status_code == 500
        assert "took longer than 0.01 s" in response.text
        assert get(web, "/healthz").status_code == 200
    assert pool.pids() == []


def test_what_exceeded_a_limit_is_not_tried_again_for_ten_minutes():
    now = 0.0
    source = Source(b"a{background:url(/x.png)}" * 20_000, "0" * 64, "text/css", URL, WHEN, "/replay/")
    with contextlib.closing(LimitedRewriter(WorkerPool(WorkerLimits(seconds=0.01)), lambda: now)) as rewriter:
        for _ in range(2):
            with pytest.raises(LimitExceeded, match="longer"):
                rewriter.style_sheet(source)
        rewriter._pool = pool = WorkerPool(WorkerLimits(seconds=PATIENCE_SECONDS))
        with pytest.raises(LimitExceeded):
            rewriter.style_sheet(source)
        assert pool.pids() == [], "it was not even tried"
        now = 601.0
        assert b"/replay/" in rewriter.style_sheet(source)


def test_an_end_from_outside_is_forgotten_at_once():
    source = Source(b"<p>x", "0" * 64, "text/html", URL, WHEN, "/replay/")
    pool = WorkerPool(WorkerLimits(seconds=PATIENCE_SECONDS))
    with contextlib.closing(LimitedRewriter(pool)) as rewriter:
        rewriter.html(source, (), "")
        pool._idle[0]._process.kill()
        with pytest.raises(WorkerLost):
            rewriter.html(source, (), "")
        assert b"<p>x" in rewriter.html(source, (), "").content


# --- admission


def run(scenario) -> None:
    asyncio.run(asyncio.wait_for(scenario, PATIENCE_SECONDS))


def test_room_is_given_in_the_order_of_asking():
    async def scenario() -> None:
        room, order = Admission(10), []

        async def holder(name: str, weight: int) -> None:
            await room.enter(weight, PATIENCE_SECONDS)
            order.append(name)

        await room.enter(6, 1)
        tasks = [asyncio.create_task(holder(*one)) for one in (("large", 7), ("small", 1), ("next", 2))]
        await asyncio.sleep(0)
        assert order == [], "a small one does not overtake the large one that waits"
        room.leave(6)
        await asyncio.gather(*tasks)
        assert order == ["large", "small", "next"]
        assert room.in_use == 10

    run(scenario())


def test_one_that_gives_up_takes_no_place_and_delays_no_other():
    async def scenario() -> None:
        room = Admission(10)
        await room.enter(6, 1)
        with pytest.raises(TimeoutError):
            await room.enter(7, 0.01)
        waiting = asyncio.create_task(room.enter(8, PATIENCE_SECONDS))
        behind = asyncio.create_task(room.enter(4, PATIENCE_SECONDS))
        await asyncio.sleep(0)
        waiting.cancel()
        await behind
        assert room.in_use == 10
        with pytest.raises(asyncio.CancelledError):
            await waiting

    run(scenario())


def test_one_that_is_cancelled_in_the_moment_of_its_admission_gives_back_what_it_got():
    async def scenario() -> None:
        room = Admission(1)
        await room.enter(1, 1)
        waiting = asyncio.create_task(room.enter(1, PATIENCE_SECONDS))
        await asyncio.sleep(0)
        room.leave(1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert room.in_use == 0
        await room.enter(1, 0.01)

    run(scenario())


def test_a_weight_above_the_capacity_is_admitted_alone():
    async def scenario() -> None:
        room = Admission(10)
        await room.enter(50, 1)
        with pytest.raises(TimeoutError):
            await room.enter(1, 0.01)
        room.resize(50, 5)
        await room.enter(5, 1)
        assert room.in_use == 10

    run(scenario())
