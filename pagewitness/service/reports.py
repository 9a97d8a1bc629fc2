"""Reports of a service process to its supervisor: one JSON object per line over a pipe, made only of our own words and numbers."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from typing import Any

MAX_LINE_BYTES = 1024 * 1024
"""Maximum length of a report; a longer line is invalid."""

READY, BEAT, WORKING, IDLE, ARCHIVED, METRICS = "ready", "beat", "working", "idle", "archived", "metrics"
"""Kinds of reports: started; heartbeat; processing of a snapshot began; it ended; an unprocessed snapshot was archived; counters."""


class Reporter:
    """The process's end of the pipe. All methods are thread-safe, and do nothing after the supervisor has ended."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def ready(self, code: str, url: str = "") -> None:
        """Report that the process has started.

        Args:
            code: Its parser version.
            url: The URL it listens on; "" if it does not listen.
        """
        self._send({"kind": READY, "code": code, "url": url})

    def beat(self, problems: Sequence[str], write_error: str) -> None:
        """Report that the process is alive.

        Args:
            problems: Why it cannot work at present.
            write_error: Why its last write to the database failed; "" if it succeeded.
        """
        shown = [problem[:500] for problem in problems[:10]]
        self._send({"kind": BEAT, "problems": shown, "write_error": write_error[:500]})

    def working(self, page_id: int, snapshot_id: int, seconds: float) -> None:
        """Report that processing of a snapshot began, which may take `seconds` at most."""
        self._send({"kind": WORKING, "page": page_id, "snapshot": snapshot_id, "seconds": seconds})

    def idle(self) -> None:
        """Report that processing of the snapshot ended."""
        self._send({"kind": IDLE})

    def archived(self) -> None:
        """Report that an unprocessed snapshot was archived."""
        self._send({"kind": ARCHIVED})

    def metrics(self, families: list[Any]) -> None:
        """Report the counters since the start of the process; see `pagewitness.service.metrics.Metrics.counted`."""
        self._send({"kind": METRICS, "families": families})

    def _send(self, report: dict[str, Any]) -> None:
        data = json.dumps(report, separators=(",", ":")).encode() + b"\n"
        try:
            with self._lock:
                while data:
                    data = data[os.write(self._descriptor, data) :]
        except BrokenPipeError:
            pass  # the supervisor has ended, and this process is about to end


class Lines:
    """The supervisor's end of the pipe: splits received bytes into reports."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Return the reports completed by these bytes.

        Raises:
            ValueError: A line is not a valid report.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE_BYTES:
            raise ValueError("a line of it is too long")
        reports = [json.loads(line) for line in lines if line]
        if not all(isinstance(report, dict) and isinstance(report.get("kind"), str) for report in reports):
            raise ValueError("it is no object with a kind")
        return reports
