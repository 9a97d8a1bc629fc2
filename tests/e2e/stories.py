"""Three hosts that serve the histories of their pages step by step, and a watchlist of all these pages."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from monitor.model import EventKind
from tests.support.receivers import Mailbox, Receiver
from tests.support.seams import HALF_AN_ANSWER
from tests.support.servers import Answer, Received
from tests.support.sites import Site
from tests.support.watchlists import FACT, SECRET, alert_tables, page

SELECTED = [kind.value for kind in EventKind if kind.value.startswith(("fact_", "number_", "page_"))]


@dataclass(frozen=True)
class Step:
    """The content of a page until it has been archived that often. Every body differs from every other, if only by a comment."""

    body: str
    status: int = 200
    checks: int = 1

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body.encode()).hexdigest()


class Origin:
    """Three hosts with a story for each page, all at the same step, which only `go_on` changes.

    Attributes:
        place: The step that is shown.
        last: The step after which nothing comes.
        log: Path and body digest of every answer, in order, written down before it is sent.
        on_request: Asked at each request, with `HALF_AN_ANSWER`, whether the answer is to break off in the middle.
        on_half: Called then with the URL, before the connection is closed.
    """

    def __init__(self, histories: Mapping[str, Sequence[Step]]) -> None:
        self.histories = histories
        self.place = 0
        self.last = min(map(len, histories.values())) - 1
        self.log: list[tuple[str, str]] = []
        self.on_request: Callable[[str], bool] = lambda seam: False
        self.on_half: Callable[[str], None] = lambda url: None
        self._hosts = [Site() for _ in range(3)]
        self.urls = {path: self._hosts[n % 3].route(path, self._answer) for n, path in enumerate(histories)}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for host in self._hosts:
                stack.enter_context(host)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def go_on(self, checks: Counter[tuple[str, str]]) -> bool:
        """To the next step, where each page's present body was archived as often as it wants to be; whether that was the last one."""
        now = {path: history[self.place] for path, history in self.histories.items()}
        if any(checks[self.urls[path], step.digest] < step.checks for path, step in now.items()):
            return False
        if self.place == self.last:
            return True
        self.place += 1
        return False

    def requested(self) -> Counter[str]:
        """Requests by URL."""
        return Counter(self.urls[path] for path, _ in self.log)

    def _answer(self, request: Received) -> Answer | None:
        step = self.histories[request.path][self.place]
        self.log.append((request.path, step.digest))
        tag = f'"{step.digest}"'
        # Every other page supports conditional requests.
        tags = [("ETag", tag)] if list(self.histories).index(request.path) % 2 else []
        same = tags and request.header("If-None-Match") == tag
        answer = Answer(status=304, headers=tags, content_type=None) if same else Answer(step.body, step.status, tags)
        if not self.on_request(HALF_AN_ANSWER):
            return answer
        wire = answer.wire()
        request.socket.sendall(wire[: len(wire) // 2])
        self.on_half(self.urls[request.path])
        return None


def declare(folder: Path, origin: Origin, mailbox: Mailbox, receiver: Receiver) -> Path:
    """A watchlist for these."""
    pages = [page(url, every="1s", label=path.strip("/")) for path, url in origin.urls.items()]
    file = folder / "watchlist.toml"
    reported = alert_tables(mailbox.port, receiver.url, secret=SECRET, events=SELECTED)
    file.write_text("".join(pages) + FACT + reported)
    return file
