"""Passwords and secrets of channels, resolved at the time of sending, so that a corrected one is used at the next attempt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from alerts.channels.unreachable import ChannelUnreachable

_LONGEST = 64 * 1024  # characters that are read of a secret


def resolve(value: str, environ: Mapping[str, str]) -> str:
    """Return the secret: of "env:NAME" the environment variable, of "file:PATH" the file's content (without its last line end), otherwise the value itself.

    Raises:
        ChannelUnreachable: The variable is not set or empty, or the file cannot be read or is empty. Never permanent: it can be corrected.
    """
    scheme, _, rest = value.partition(":")
    if scheme == "env":
        return _from_environment(rest, environ)
    if scheme == "file":
        return _from_file(rest)
    return value


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    found = environ.get(name, "")
    if not found:
        raise ChannelUnreachable(f"the environment variable {name}, which the channel's secret comes from, is not set")
    return found


def _from_file(path: str) -> str:
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise ChannelUnreachable(f"{path}, which the channel's secret comes from, is no regular file")
        with Path(path).open(encoding="utf-8") as file:
            found = file.read(_LONGEST).removesuffix("\n").removesuffix("\r")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise ChannelUnreachable(
            f"the file {path}, which the channel's secret comes from, cannot be read: {reason}"
        ) from None
    if not found:
        raise ChannelUnreachable(f"the file {path}, which the channel's secret comes from, is empty")
    return found
