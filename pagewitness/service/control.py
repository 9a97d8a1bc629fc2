"""The supervisor's control socket: a Unix socket that reports status and metrics, also while the database is unavailable.

A request is one line, `status` or `metrics`; the response is one JSON value. Only the user who runs the service may connect.
"""

from __future__ import annotations

import hashlib
import json
import os
import selectors
import socket
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from monitor.errors import ConfigurationError
from pagewitness.settings import Settings

ASK_SECONDS = 2.0
"""Timeout for a response."""

_MAX_REQUEST_BYTES = 64
_MAX_ADDRESS_BYTES = 100
_MAX_ANSWER_BYTES = 16 * 1024 * 1024
_MAX_CALLERS = 16
_CALLER_SECONDS = 5.0


def socket_path(settings: Settings) -> Path:
    """Return the path of the control socket for this database; its folder may not exist."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        name = str(Path(url.database or "").resolve())
    else:
        name = url.render_as_string(hide_password=True)
    base = settings.runtime_dir or Path(tempfile.gettempdir())
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return base / f"pagewitness-{os.getuid()}" / f"{digest}.sock"


def ask(settings: Settings, what: str, *, seconds: float = ASK_SECONDS) -> Any:
    """Query the supervisor.

    Args:
        settings: Identify the database, and thereby the supervisor.
        what: The request: "status" or "metrics".
        seconds: Timeout for the whole response.

    Returns:
        The decoded JSON response; None if no supervisor runs for this database on this machine, or it does not respond in time.
    """
    deadline = time.monotonic() + seconds
    data = b""
    try:
        with socket.socket(socket.AF_UNIX) as caller, _address(socket_path(settings)) as address:
            caller.settimeout(seconds)
            caller.connect(address)
            caller.sendall(what.encode() + b"\n")
            while part := caller.recv(65_536):
                data += part
                left = deadline - time.monotonic()
                if left <= 0 or len(data) > _MAX_ANSWER_BYTES:
                    return None
                caller.settimeout(left)
        return json.loads(data)
    except (OSError, ValueError):
        return None


class Control:
    """The server side of the control socket, driven by the supervisor's selector; it never blocks."""

    def __init__(self, path: Path, answers: Mapping[str, Callable[[], Any]], selector: selectors.BaseSelector) -> None:
        """Start listening.

        Args:
            path: The socket's path; a socket left behind by an earlier supervisor is replaced.
            answers: By request, the function that returns the response.
            selector: Where sockets are registered; the `data` of each is the function to call when it is ready.

        Raises:
            ConfigurationError: It cannot listen on this path.
        """
        self._path = path
        self._answers = answers
        self._selector = selector
        self._callers: dict[socket.socket, tuple[float, bytes]] = {}
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            _private_folder(path.parent)
            path.unlink(missing_ok=True)
            with _address(path) as address:
                self._socket.bind(address)
            self._socket.listen(_MAX_CALLERS)
        except OSError as error:
            self._socket.close()
            raise ConfigurationError(
                f"the service cannot listen on {path} ({error.strerror or error}); set PAGEWITNESS_RUNTIME_DIR to a folder of its own"
            ) from None
        self._inode = path.stat().st_ino
        self._socket.setblocking(False)
        selector.register(self._socket, selectors.EVENT_READ, self._accept)

    def close(self) -> None:
        """Stop listening."""
        for caller in list(self._callers):
            self._drop(caller)
        self._selector.unregister(self._socket)
        self._socket.close()
        with suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()

    def tidy(self) -> None:
        """Close connections that are older than the time limit."""
        now = time.monotonic()
        for caller, (since, _) in list(self._callers.items()):
            if now - since > _CALLER_SECONDS:
                self._drop(caller)

    def _accept(self) -> None:
        with suppress(OSError):
            caller, _ = self._socket.accept()
            if len(self._callers) >= _MAX_CALLERS:
                caller.close()
                return
            caller.setblocking(False)
            self._callers[caller] = (time.monotonic(), b"")
            self._selector.register(caller, selectors.EVENT_READ, lambda: self._read(caller))

    def _read(self, caller: socket.socket) -> None:
        since, request = self._callers[caller]
        try:
            request += caller.recv(_MAX_REQUEST_BYTES)
        except OSError:
            self._drop(caller)
            return
        answer = self._answers.get(request.partition(b"\n")[0].decode(errors="replace"))
        if b"\n" not in request and request and len(request) < _MAX_REQUEST_BYTES:
            self._callers[caller] = (since, request)
        elif answer is None:
            self._drop(caller)
        else:
            self._selector.modify(caller, selectors.EVENT_WRITE, lambda: self._write(caller))
            self._callers[caller] = (since, json.dumps(answer()).encode())

    def _write(self, caller: socket.socket) -> None:
        since, left = self._callers[caller]
        try:
            left = left[caller.send(left) :]
        except OSError:
            left = b""
        if left:
            self._callers[caller] = (since, left)
        else:
            self._drop(caller)

    def _drop(self, caller: socket.socket) -> None:
        del self._callers[caller]
        self._selector.unregister(caller)
        caller.close()


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """Yield a path as a socket address, which is limited to 107 bytes: a longer path is shortened through /proc/self/fd, where the system has it.

    Raises:
        OSError: The folder cannot be opened.
    """
    if len(os.fsencode(path)) <= _MAX_ADDRESS_BYTES or not Path("/proc/self/fd").is_dir():
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _private_folder(folder: Path) -> None:
    """Create a folder that only its owner can access, or verify that an existing one is private.

    Raises:
        OSError: It cannot be created, belongs to another user, or is open to other users.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    info = folder.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid() or info.st_mode & 0o077:
        raise OSError("its folder is open to other users")
