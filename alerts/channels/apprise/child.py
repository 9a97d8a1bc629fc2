"""Sends one message by Apprise: `python -m alerts.channels.apprise.child`. The only module that imports Apprise.

The order is a JSON object on standard input, so that no secret is in the arguments or the environment:

    {"proxy", "ca_bundle", "user", "seconds", "cpu_seconds", "memory_bytes", "title", "body", "urls"}

Each URL is answered by a line of JSON as soon as it is done: {"index", "ok", "log"}; {"error"} where nothing can be sent. The limits are set before Apprise
is imported. From then on, an audit hook (PEP 578), which cannot be removed, refuses connections to anything but the proxy, and new processes.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

NOT_INSTALLED = "not installed"
"""The error where Apprise is missing."""

SHORT_BODY = 1000
"""Services that take fewer characters get the beginning of the message only: text messages are paid by the part."""
_PAUSE = 1.0
"""Seconds between the parts of a message, at most: Apprise would wait 5.5, longer than a send may take."""
_LOG_LINES, _LOG_CHARS = 5, 500

_REFUSED_EVENTS = frozenset(
    """
    os.exec os.fork os.forkpty os.posix_spawn os.spawn os.startfile os.system pty.spawn subprocess.Popen
    socket.bind socket.sendto socket.sendmsg socket.gethostbyname socket.gethostbyaddr socket.getnameinfo
    """.split()
)


def main() -> None:
    """Read the order, send, and answer."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a service's code prints is no answer
    order = json.load(sys.stdin.buffer)

    def answer(line: Mapping[str, Any]) -> None:
        print(json.dumps(line), file=answers, flush=True)

    _limit(order)
    try:
        deliver = _prepare(order)
    except ModuleNotFoundError as error:
        answer({"error": NOT_INSTALLED if error.name == "apprise" else f"{error.name} is missing"})
        return
    threads = [
        threading.Thread(
            target=lambda index=index, url=url: answer({"index": index, **deliver(url)}), name=f"url-{index}"
        )
        for index, url in enumerate(order["urls"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _limit(order: Mapping[str, Any]) -> None:
    """Limit this process, should its parent end before it."""
    signal.setitimer(signal.ITIMER_REAL, order["seconds"] + 1)
    for kind, wanted in (
        (resource.RLIMIT_AS, order["memory_bytes"]),
        (resource.RLIMIT_CPU, order["cpu_seconds"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        _, inherited = resource.getrlimit(kind)
        limit = wanted if inherited == resource.RLIM_INFINITY else min(wanted, inherited)
        resource.setrlimit(kind, (limit, limit))


def _prepare(order: Mapping[str, Any]) -> Callable[[str], dict[str, Any]]:
    """Confine this process, import Apprise, and return what sends the message to a URL.

    Raises:
        ModuleNotFoundError: Apprise, or something that it needs, is not installed.
    """
    import requests  # noqa: PLC0415

    _route(requests, order["proxy"], order["ca_bundle"] or True)
    _confine(urlsplit(order["proxy"]))
    import apprise  # noqa: PLC0415

    asset = apprise.AppriseAsset(
        app_id=order["user"],
        app_desc=order["user"],
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        http_redirects=False,
        storage_mode="memory",
        allow_templates=False,
        timezone="UTC",
        language="en",
    )
    apprise.Apprise.instantiate("json://localhost", asset=asset)  # loads all services, which is not safe in threads

    def deliver(url: str) -> dict[str, Any]:
        log = _Log()
        log.attach()
        try:
            done = _send(apprise, asset, url, order["title"], order["body"])
        except Exception as error:  # noqa: BLE001 (any code of a service)
            return {"ok": False, "log": [*log.lines, type(error).__name__]}
        finally:
            log.detach()
        return {"ok": done, "log": log.lines}

    return deliver


def _send(apprise: Any, asset: Any, url: str, title: str, body: str) -> bool:
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        return False
    service.request_rate_per_sec = min(service.request_rate_per_sec, _PAUSE)
    overflow = service.overflow_mode
    if overflow is apprise.OverflowMode.UPSTREAM:
        overflow = apprise.OverflowMode.TRUNCATE if service.body_maxlen < SHORT_BODY else apprise.OverflowMode.SPLIT
    return bool(service.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT, overflow=overflow))


def _route(requests: Any, proxy: str, verify: str | bool) -> None:
    """Send all requests through the proxy, with certificates verified and without following redirects, whatever a service's code asks for."""
    original = requests.adapters.HTTPAdapter.send

    def send(self: Any, request: Any, **options: Any) -> Any:
        options |= {"proxies": {"http": proxy, "https": proxy}, "verify": verify}
        return original(self, request, **options)

    requests.adapters.HTTPAdapter.send = send
    requests.Session.resolve_redirects = lambda *_args, **_options: iter(())


def _confine(proxy: Any) -> None:
    """Refuse everything that leads out of this process but connections to the proxy."""

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _REFUSED_EVENTS:
            raise PermissionError(errno.EPERM, f"{event} is not allowed here")
        if event == "socket.connect" and tuple(arguments[1][:2]) != (proxy.hostname, proxy.port):
            raise PermissionError(errno.EPERM, "connections are possible through the proxy only")
        if event == "socket.getaddrinfo" and arguments[0] not in {proxy.hostname, proxy.hostname.encode()}:
            raise PermissionError(errno.EPERM, "names are resolved by the proxy")

    sys.addaudithook(refuse)


class _Log(logging.Handler):
    """Keeps the first lines that Apprise logs in the current thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._thread = threading.get_ident()

    def attach(self) -> None:
        logging.getLogger("apprise").addHandler(self)

    def detach(self) -> None:
        logging.getLogger("apprise").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread and len(self.lines) < _LOG_LINES:
            self.lines.append(record.getMessage()[:_LOG_CHARS])


if __name__ == "__main__":
    main()
