"""Claims that a killed import left: released when the next import begins, which would otherwise wait until they expire."""

from __future__ import annotations

import os

from storage.store import SqlStore

PREFIX = "import/"
"""Begins the name under which an import claims pages and hosts; the rest is that of its process, "host:pid:random"."""


def release_killed_imports(store: SqlStore, owner: str) -> None:
    """Release the claims of imports of this host whose process has ended.

    A process on another machine of the same name could be taken for one that has ended. It would lose its claim, which it notices before it writes.

    Args:
        store: Where claims are stored.
        owner: The name of this import, which has no claim yet.

    Raises:
        StorageError: A database operation failed.
    """
    host = owner.rsplit(":", 2)[0]
    for other in store.lease_owners(f"{host}:"):
        pid = other.rsplit(":", 2)[1]
        if pid.isascii() and pid.isdigit() and not _is_running(int(pid)):
            store.release_claims(other, delayed=False)
            store.release_hosts(other, crashed=False)


def _is_running(pid: int) -> bool:
    """Return whether a process other than this one has a number."""
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # of another user
        return True
    return True
