"""Claims of killed imports are released, those of running processes and of other hosts are not."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from pagewitness.importing.claims import PREFIX, release_killed_imports
from storage.store import SqlStore
from tests.storage.snapshots import add_page

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = timedelta(minutes=5)


def ended_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_only_claims_of_killed_imports_of_this_host_are_released(store: SqlStore):
    ended = ended_pid()
    own = f"{PREFIX}here:{os.getpid()}:new"
    killed = (f"{PREFIX}here:{ended}:a", f"{PREFIX}here:{os.getpid()}:b")
    others = (f"{PREFIX}here:{os.getppid()}:c", f"{PREFIX}there:{ended}:d", f"here:{ended}:e", f"{PREFIX}here:x:f")
    for number, owner in enumerate((*killed, *others)):
        page = add_page(store, NOW, f"https://h{number}.example/")
        assert store.claim_page(page.id, owner, LEASE) is not None
        assert store.claim_host(page.host, owner, LEASE)
    release_killed_imports(store, own)
    assert store.lease_owners("") == sorted(others)
    release_killed_imports(store, f"{PREFIX}%:{os.getpid()}:new")
    assert store.lease_owners("") == sorted(others)
