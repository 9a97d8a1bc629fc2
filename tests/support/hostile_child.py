"""A process of the service in which some pages do what no page should be able to do: the real thing, but for what extraction and fetching meet there.

No page is known that hangs or crashes the parser, or it would be mended; so these do it by a word in their body or their URL. The fork server
runs `main` in each process.
"""

from __future__ import annotations

import os
import signal
from typing import Any

from monitor.fetching.fetch import Fetcher
from pagewitness.service import child, extractor

_analyze, _fetch = extractor.analyze, Fetcher.__call__


def _hang() -> None:
    while True:
        pass


def _allocate() -> None:
    held = []
    while True:
        held.append(bytearray(16 * 1024**2))


def _raise() -> None:
    raise ValueError("a tag too far")


DEEDS = {
    b"HANG": _hang,
    b"ALLOCATE": _allocate,
    b"ABORT": os.abort,
    b"RAISE": _raise,
    b"EXIT": lambda: os._exit(3),
    b"OUTSIDE": lambda: os.kill(os.getpid(), signal.SIGKILL),
}
"""What is done while a body that holds the word is extracted."""


def analyze_body(body: bytes, *args: Any, **more: Any) -> Any:
    for word, deed in DEEDS.items():
        if word in body:
            deed()
    return _analyze(body, *args, **more)


def fetch(fetcher: Fetcher, request: Any, now: Any) -> Any:
    if "crash-the-fetcher" in request.url:
        os.abort()
    return _fetch(fetcher, request, now)


def main(start: child.Start) -> None:
    extractor.analyze = analyze_body
    Fetcher.__call__ = fetch  # type: ignore[method-assign]
    child.main(start)
