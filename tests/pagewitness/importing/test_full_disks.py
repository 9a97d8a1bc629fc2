"""An import into a database whose disk is full ends with one clear line, leaves nothing half-written, and is completed later."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage.database.engine import open_database
from storage.maintenance.verify import verify
from storage.queries.history import History
from storage.store import SqlStore
from tests.e2e.command import environment
from tests.support.patience import PATIENCE_SECONDS
from tests.support.web_archives import HTML, gzipped, page

pytestmark = pytest.mark.slow
HOME = "https://a.example/"
NUMBER = 40


def imported(file: Path, url: str, limit: int = resource.RLIM_INFINITY) -> subprocess.CompletedProcess[str]:
    """Import a file in a process whose files cannot grow beyond a limit, as on a full disk."""
    command = [sys.executable, "-m", "pagewitness", "import", "--db", url, str(file)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS * 10,
        env=environment(),
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY)),
    )


def counted(url: str) -> int:
    """Snapshots of the page; nothing is damaged."""
    assert not verify(url).damages
    with closing(open_database(url, create=False)) as database:
        found = SqlStore(database).page_by_url(HOME)
        return 0 if found is None else len(History(database).snapshots(found.id))


def test_a_full_disk_ends_an_import_that_can_be_completed(tmp_path: Path):
    chance = random.Random(3)
    days = [f"2020-01-01T00:{minute:02}:00Z" for minute in range(NUMBER)]
    bodies = [HTML + b"<!--%s-->" % chance.randbytes(30_000).hex().encode() for _ in days]
    file, url = tmp_path / "a.warc.gz", f"sqlite:///{tmp_path / 'a.db'}"
    file.write_bytes(gzipped(*(page(HOME, day, body) for day, body in zip(days, bodies, strict=True))))
    with closing(open_database(url)):
        pass
    size = (tmp_path / "a.db").stat().st_size
    done = imported(file, url, limit=size + 500_000)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "full" in done.stderr or "disk" in done.stderr
    stored = counted(url)
    assert 0 < stored < NUMBER
    again = imported(file, url)
    assert again.returncode == 0, again.stderr
    assert counted(url) == NUMBER
