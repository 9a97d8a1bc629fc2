"""Creates files that only their owner can read: a database contains what secrets of the watchlist it was given, and pages behind a login."""

from __future__ import annotations

import os
from pathlib import Path

_OWNER_ONLY = 0o600


def create_private(path: Path, *, exclusive: bool = False) -> None:
    """Create an empty file with mode 0600, whatever the umask allows to others. SQLite gives the log files of a database the mode of the database.

    Args:
        path: The file. If it exists, its mode and content stay as they are.
        exclusive: Whether a file that exists is an error.

    Raises:
        OSError: It cannot be created, or exists and `exclusive` is true.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_EXCL if exclusive else 0)
    os.close(os.open(path, flags, _OWNER_ONLY))
