"""What a process of the service reports to its supervisor: one JSON object a line over a pipe, of our own words and numbers only."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from typing import Any

MAX_LINE_BYTES = 1024 * 1024
"""A longer line is no report of ours."""

READY, BEAT, WORKING, IDLE, ARCHIVED, METRICS = "ready", "beat", "working", "idle", "archived", "metrics"
"""Kinds of reports: it has started; it is alive; it processes a snapshot; it is done with that; it archived an unprocessed one; what it counted."""


class Reporter:
    """A process's end of its pipe. Any method may be called from any thread; once the supervisor is gone, none does anything."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def ready(self, code: str, url: str = "") -> None:
        """It has started.

        Args:
            code: Its reading version.
            url: Where it listens; "" where it does not.
        """
        self._send({"kind": READY, "code": code, "url": url})

    def beat(self, problems: Sequence[str], write_error: str) -> None:
        """It is alive.

        Args:
            problems: Why it cannot do its work just now.
            write_error: Why its last write into the database failed; "" where it did not.
        """
        shown = [problem[:500] for problem in problems[:10]]
        self._send({"kind": BEAT, "problems": shown, "write_error": write_error[:500]})

    def working(self, page_id: int, snapshot_id: int, seconds: float) -> None:
        """It processes a snapshot, which may take so long at most."""
        self._send({"kind": WORKING, "page": page_id, "snapshot": snapshot_id, "seconds": seconds})

    def idle(self) -> None:
        """It is done with that snapshot."""
        self._send({"kind": IDLE})

    def archived(self) -> None:
        """It has archived a snapshot that waits to be processed."""
        self._send({"kind": ARCHIVED})

    def metrics(self, families: list[Any]) -> None:
        """What it has counted since it started; see `pagewitness.service.metrics.Metrics.counted`."""
        self._send({"kind": METRICS, "families": families})

    def _send(self, report: dict[str, Any]) -> None:
        data = json.dumps(report, separators=(",", ":")).encode() + b"\n"
        try:
            with self._lock:
                while data:
                    data = data[os.write(self._descriptor, data) :]
        except BrokenPipeError:
            pass  # the supervisor is gone, and this process is about to follow it


class Lines:
    """The supervisor's end: bytes as they come, to reports."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The reports that are complete with these bytes.

        Raises:
            ValueError: This is no report.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE_BYTES:
            raise ValueError("a line of it is too long")
        reports = [json.loads(line) for line in lines if line]
        if not all(isinstance(report, dict) and isinstance(report.get("kind"), str) for report in reports):
            raise ValueError("it is no object with a kind")
        return reports
