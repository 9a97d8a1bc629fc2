"""Safe reading of files named on the command line, in settings and in manifests: regular files only, up to a size limit.

A device such as /dev/zero never ends, and opening a FIFO blocks until another process writes to it. The type is therefore checked before the file is opened.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class Unreadable(ValueError):
    """A file cannot be used. The message gives the reason and the remedy but not the file's name, which the caller adds."""


def read_regular(path: Path | str, limit: int) -> bytes:
    """Read all bytes of a regular file.

    Args:
        path: Any path given by a user.
        limit: Maximum size of the file in bytes.

    Raises:
        Unreadable: The file is missing, not a regular file, longer than the limit, or cannot be read.
    """
    check_regular(path, limit)
    try:
        # The file may have been replaced since it was checked; without O_NONBLOCK, opening a FIFO would block here.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            _check(os.fstat(descriptor), limit)
            content = file.read(limit + 1)
    except OSError as error:
        raise Unreadable(_reason(error)) from None
    if len(content) > limit:  # a file that grows, or one of /proc, whose size is reported as 0
        raise Unreadable(_too_long(len(content), limit))
    return content


def check_regular(path: Path | str, limit: int) -> None:
    """Check that a path leads to a regular file of at most `limit` bytes, without opening it.

    Raises:
        Unreadable: As for `read_regular`, except for errors that only reading reveals.
    """
    try:
        _check(os.stat(path), limit)  # noqa: PTH116 (Path.stat takes no str)
    except Unreadable:
        raise
    except OSError as error:
        raise Unreadable(_reason(error)) from None
    except ValueError:  # a NUL, or characters that no file name can contain
        raise Unreadable("no file can have this name; correct the path") from None


def _check(info: os.stat_result, limit: int) -> None:
    if not stat.S_ISREG(info.st_mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(info.st_mode)), "no regular file")
        advice = "name a file in it" if stat.S_ISDIR(info.st_mode) else "name a regular file"
        raise Unreadable(f"this is {kind}; {advice}")
    if info.st_size > limit:
        raise Unreadable(_too_long(info.st_size, limit))


def _too_long(size: int, limit: int) -> str:
    return f"it is longer than {limit:,} bytes ({size:,}), the most that is read here; name a shorter file"


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return f"it can not be read: {error.strerror}"
