"""Runs `alerts.channels.apprise.child`, within a time and with a proxy. The parent's side."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from alerts.channels.apprise import child
from alerts.channels.apprise.forward_proxy import ForwardProxy
from monitor.transport.connection import Guard

MEMORY_BYTES = 512 * 1024**2
"""Maximum address space of the process. Apprise with all its services takes 60 MiB of it, and a response at most 4 MiB more."""
_CPU_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Order:
    """One message to send.

    Attributes:
        urls: Apprise URLs that were checked.
        title: In plain text.
        body: In plain text.
        guard: Endpoints that may be private.
        seconds: Maximum duration; then the process is killed.
        connect_seconds: Maximum time to connect to one address.
        ca_bundle: A PEM file of trusted authorities; None means certifi's.
    """

    urls: Sequence[str] = field(repr=False)
    title: str
    body: str
    guard: Guard
    seconds: float
    connect_seconds: float
    ca_bundle: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message.

    Attributes:
        logs: For the position of each URL that was done, the lines that Apprise logged, or None where it reported success.
        error: Why nothing could be sent, such as `child.NOT_INSTALLED`; "" for no error.
        connected: Whether any connection was made.
        problems: Why connections were not made, or ended without a response.
        expired: Whether the time was over.
    """

    logs: dict[int, list[str] | None]
    error: str
    connected: bool
    problems: list[str]
    expired: bool


def deliver(order: Order) -> Outcome:
    """Send a message to each URL in a process of its own."""
    with ForwardProxy(order.guard, connect_seconds=order.connect_seconds, seconds=order.seconds) as proxy:
        output, expired, code = _run(order, proxy.url)
    # Only now: until the proxy is closed, it may still connect.
    logs, error = _parsed(output)
    if code != 0 and not expired and not error:
        error = f"its process ended with {_end(code)}"
    return Outcome(logs, error, proxy.connected > 0, proxy.problems, expired)


def _run(order: Order, proxy: str) -> tuple[bytes, bool, int]:
    """Return the process's output, whether it was killed because the time was over, and its exit code."""
    process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
        [sys.executable, "-m", child.__name__],
        # Nothing of ours: neither secrets nor settings of proxies and certificates.
        env={
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONSAFEPATH": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LC_ALL": "C.UTF-8",
            "HOME": "/nonexistent",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in the terminal reaches only the parent
    )
    expired = False
    try:
        try:
            output, _ = process.communicate(_input(order, proxy), order.seconds)
        except subprocess.TimeoutExpired as error:
            output, expired = error.output or b"", True
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with process:
            pass
    return output, expired, process.returncode


def _input(order: Order, proxy: str) -> bytes:
    values = {
        "proxy": proxy,
        "ca_bundle": order.ca_bundle,
        "user": "Pagewitness",
        "seconds": order.seconds,
        "cpu_seconds": _CPU_SECONDS,
        "memory_bytes": MEMORY_BYTES,
        "title": order.title,
        "body": order.body,
        "urls": list(order.urls),
    }
    return json.dumps(values).encode()


def _parsed(output: bytes) -> tuple[dict[int, list[str] | None], str]:
    """Return the answers by the URL's position, and the error; incomplete lines are left out."""
    logs: dict[int, list[str] | None] = {}
    for line in output.splitlines():
        try:
            answer = json.loads(line)
        except ValueError:
            continue
        if "error" in answer:
            return logs, str(answer["error"])
        logs[int(answer["index"])] = None if answer["ok"] else [str(text) for text in answer["log"]]
    return logs, ""


def _end(code: int) -> str:
    if code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"
