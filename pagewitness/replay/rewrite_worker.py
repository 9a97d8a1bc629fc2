"""Runs `rewrite` in worker processes with hard limits. A body whose rewriting failed is not retried for ten minutes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from pagewitness.replay.rewrite import RewrittenPage
from pagewitness.replay.text_quotes import TextQuote
from pagewitness.workers.model import WorkerError
from pagewitness.workers.pool import WorkerPool
from pagewitness.workers.tasks import REWRITE_CSS, REWRITE_HTML

_REMEMBERED = 1000
_REMEMBERED_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class ReplayLimits:
    """Limits of all replays together.

    Attributes:
        rewritten: Maximum number of bodies rewritten at the same time; further ones wait.
        wait_seconds: Maximum wait for a place or memory, after which the response is 503.
        buffer_bytes: Maximum bytes of bodies in memory, from reading until they are sent. A longer body is served alone.
    """

    rewritten: int = 2
    wait_seconds: float = 10.0
    buffer_bytes: int = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Source:
    """A body to rewrite.

    Attributes:
        body: The archived content-decoded bytes.
        sha256: SHA-256 of the body.
        content_type: The Content-Type field as received; None if there was none.
        base_url: The absolute URL of the response with this body.
        when: The digits of the snapshot's time; links lead to the same time.
        prefix: Path prefix of replay, with both slashes.
    """

    body: bytes
    sha256: str
    content_type: str | None
    base_url: str
    when: str
    prefix: str


class Rewriter(Protocol):
    """Rewrites bodies for replay; thread-safe."""

    def html(self, source: Source, quotes: Sequence[TextQuote], style: str) -> RewrittenPage:
        """Rewrite an HTML page; see `rewrite.rewrite_page`.

        Raises:
            WorkerError: Rewriting returned no result.
        """
        ...

    def style_sheet(self, source: Source) -> bytes:
        """Rewrite a style sheet; see `rewrite.rewrite_style_sheet`.

        Raises:
            WorkerError: Rewriting returned no result.
        """
        ...


class LimitedRewriter:
    """Rewrites in the worker processes of a pool."""

    def __init__(self, pool: WorkerPool, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: dict[tuple[str, str], tuple[float, WorkerError]] = {}

    def html(self, source: Source, quotes: Sequence[TextQuote], style: str) -> RewrittenPage:
        """Rewrite an HTML page; see `Rewriter.html`."""
        return cast(RewrittenPage, self._run(REWRITE_HTML, source, quotes=quotes, style=style))

    def style_sheet(self, source: Source) -> bytes:
        """Rewrite a style sheet; see `Rewriter.style_sheet`."""
        return cast(bytes, self._run(REWRITE_CSS, source))

    def close(self) -> None:
        """End the workers; see `WorkerPool.close`."""
        self._pool.close()

    def _run(self, task: str, source: Source, **named: Any) -> Any:
        self._refuse_again(task, source.sha256)
        try:
            return self._pool.run(
                task, source.body, source.content_type, source.base_url, source.when, source.prefix, **named
            )
        except WorkerError as error:
            if error.caused_by_input:
                self._remember(task, source.sha256, error)
            raise

    def _refuse_again(self, task: str, sha256: str) -> None:
        with self._lock:
            until, error = self._failed.get((task, sha256), (0.0, None))
            if error is not None and self._clock() < until:
                raise type(error)(str(error))
            self._failed.pop((task, sha256), None)

    def _remember(self, task: str, sha256: str, error: WorkerError) -> None:
        with self._lock:
            if len(self._failed) >= _REMEMBERED:
                self._failed.pop(next(iter(self._failed)))
            self._failed[task, sha256] = (self._clock() + _REMEMBERED_SECONDS, error)
