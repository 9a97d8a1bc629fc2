"""Access tokens for OAuth 2.0, printed by a command of the operator, which renews them: there is no other standard way to get one.

The command is the value of an environment variable: a definition in the database names the variable only, so that no restored database can run anything.
It runs without a shell, with limits on its time and output, and its output is in no message.
"""

from __future__ import annotations

import os
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress

from alerts.channels.credentials import resolve
from alerts.channels.unreachable import ChannelUnreachable

_LONGEST_TOKEN = 16 * 1024


def access_token(reference: str, environ: Mapping[str, str], seconds: float) -> str:
    """Run the command and return the token that it prints.

    Args:
        reference: "env:NAME", NAME ending in "_COMMAND"; the variable contains the command with its arguments, quoted as for a shell.
        environ: Contains the variable, and is the command's environment.
        seconds: Maximum duration; the command and its children are then killed.

    Raises:
        ChannelUnreachable: The variable is not set, or the command cannot be run, fails, takes too long, or prints no token.
    """
    if not reference.startswith("env:") or not reference.endswith("_COMMAND"):
        raise ChannelUnreachable(
            "the token command must be the name of an environment variable that ends in _COMMAND; it is not"
        )
    name = reference.removeprefix("env:")
    try:
        words = shlex.split(resolve(reference, environ))
    except ValueError as error:
        raise ChannelUnreachable(f"the token command in {name} cannot be parsed: {error}") from None
    if not words:
        raise ChannelUnreachable(f"the token command in {name} is empty")
    token = _output(words, environ, name, seconds).decode("ascii", "replace").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ChannelUnreachable(f"the token command in {name} printed no token")
    return token


def _output(words: list[str], environ: Mapping[str, str], name: str, seconds: float) -> bytes:
    end = time.monotonic() + seconds
    try:
        process = subprocess.Popen(  # noqa: S603 (the operator's own command, from the environment)
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            start_new_session=True,
        )
    except OSError as error:
        raise ChannelUnreachable(f"the token command in {name} cannot be run: {error.strerror}") from None
    try:
        assert process.stdout is not None
        output = _read(process.stdout.fileno(), end)
        if output is None or (code := _wait(process, end)) is None:
            raise ChannelUnreachable(f"the token command in {name} took longer than {seconds:g} s, or printed too much")
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with process:
            pass
    if code != 0:
        raise ChannelUnreachable(f"the token command in {name} failed with exit code {code}")
    return output


def _read(descriptor: int, end: float) -> bytes | None:
    """Return all that is written; None where that is too much, or does not end in time."""
    output = b""
    while (left := end - time.monotonic()) > 0 and len(output) <= _LONGEST_TOKEN:
        if select.select([descriptor], [], [], left)[0]:
            part = os.read(descriptor, 4096)
            if not part:
                return output
            output += part
    return None


def _wait(process: subprocess.Popen[bytes], end: float) -> int | None:
    with suppress(subprocess.TimeoutExpired):
        return process.wait(max(end - time.monotonic(), 0.001))
    return None
