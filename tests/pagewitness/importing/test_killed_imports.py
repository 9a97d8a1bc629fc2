"""An import that is killed at a transaction, before its commit or after it, and is then run again, has the result of one that was not interrupted."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from storage.archive.exchanges import EXCHANGES_WITH_BODIES, exchange_of
from storage.database.engine import open_database
from storage.queries.history import History
from storage.schema import exchanges, snapshots
from storage.store import SqlStore
from tests.e2e.command import environment
from tests.support.patience import PATIENCE_SECONDS
from tests.support.web_archives import HTML, gzipped, message, page, record, request

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
HOME, OLD, SHEET = "https://a.example/", "http://a.example/", "https://a.example/site.css"
KILLS = 6
"""At places that are evenly distributed."""

# Imports a file into a database, and kills itself at the n-th crossing: the end of a transaction, before its commit or after it. Writes how many it crossed.
IMPORTER = """
import os, signal, sys
from contextlib import contextmanager
from pathlib import Path
from pagewitness.cli import main
from storage.database.connection import Database

fatal, report = int(sys.argv[1]), Path(sys.argv[2])
crossed = 0

def cross():
    global crossed
    crossed += 1
    if crossed == fatal:
        os.kill(os.getpid(), signal.SIGKILL)

begin = Database.begin

@contextmanager
def mortal(database):
    with begin(database) as connection:
        yield connection
        cross()
    cross()

Database.begin = mortal
sys.argv = ["pagewitness", *sys.argv[3:]]
try:
    main()
finally:
    report.write_text(str(crossed))
"""


def archives() -> list[bytes]:
    """Two files with redirects, requisites, versions out of order, revisits before their originals, and a 304."""

    def day(number: int) -> str:
        return f"2020-01-{number:02}T00:00:00Z"

    def html(members: int) -> bytes:
        return HTML.replace(b"83", b"%d" % members)

    profile = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/"
    same = (f"{profile}identical-payload-digest", f"WARC-Payload-Digest: sha1:{hashlib.sha1(html(90)).hexdigest()}")
    head = message(b"", headers=("Content-Type: text/html",))
    parts = [
        record("response", f"{SHEET}?{n}", day(2), message(b"p { top: %dpx }" % n, headers=("Content-Type: text/css",)))
        for n in range(130)
    ]
    versions = [page(HOME, day(number), html(80 + number)) for number in (3, 4, 6)]
    late = [
        page(HOME, day(5), html(99)),
        page("https://a.example/b", day(9), html(70)),
        page("https://a.example/b", day(8), html(71)),
    ]
    moved = record("response", OLD, day(7), message(b"", "301 Moved", (f"Location: {HOME}",)))
    first = gzipped(
        record("revisit", HOME, day(1), head, same),
        *parts[:60],
        *versions,
        moved,
        page(HOME, day(7), html(87)),
        record("request", HOME, day(7), request()),
        record(
            "revisit",
            HOME,
            day(8),
            message(b"", "304 Not Modified", ('ETag: "1"',)),
            (f"{profile}server-not-modified",),
        ),
    )
    second = gzipped(
        *late,
        *parts[60:],
        record("response", "https://a.example/original", day(9), message(html(90)), same[1:]),
        page(HOME, day(10), html(88)),
    )
    return [first, second]


def contents(url: str) -> dict[str, list]:
    """Everything that was imported, without keys, which depend on the order."""
    with closing(open_database(url, create=False)) as database:
        with database.read() as connection:
            rows = connection.execute(
                EXCHANGES_WITH_BODIES.add_columns(snapshots.c.taken_at).outerjoin(
                    snapshots, snapshots.c.id == exchanges.c.snapshot_id
                )
            ).all()
        items = [(exchange_of(row), row.body_sha256, row.hop, row.taken_at) for row in rows]
        history, store = History(database), SqlStore(database)
        pages = sorted(row.page.url for row in history.stream_pages())
        found = {one: history.snapshots(store.page_by_url(one).id) for one in pages}
        texts = {
            snapshot.id: None if snapshot.version_id is None else history.version(snapshot.version_id).text
            for taken in found.values()
            for snapshot in taken
        }
        return {
            "exchanges": sorted(map(str, items)),
            "snapshots": sorted(
                str((one, item.taken_at, item.outcome, item.verdict, item.body_sha256, texts[item.id]))
                for one, taken in found.items()
                for item in taken
            ),
            "events": sorted(
                str(
                    (
                        row.page_url,
                        row.event.snapshot.taken_at,
                        row.event.change.kind,
                        row.event.change.before,
                        row.event.change.after,
                    )
                )
                for row in history.events()
            ),
        }


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., tuple[int, int]]:
    """Imports the files; returns the exit code and the number of crossings (0 if it was killed)."""
    files = [tmp_path / f"{number}.warc.gz" for number in range(2)]
    for file, data in zip(files, archives(), strict=True):
        file.write_bytes(data)

    def run_import(url: str, fatal: int = 0) -> tuple[int, int]:
        report = tmp_path / "crossed"
        report.unlink(missing_ok=True)
        command = [sys.executable, "-c", IMPORTER, str(fatal), str(report), "import", "--db", url, *map(str, files)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_SECONDS * 10, env=environment(), check=False
        )
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        return done.returncode, int(report.read_text()) if report.exists() else 0

    return run_import


@pytest.fixture
def another(tmp_path: Path, request: pytest.FixtureRequest, database_url: str) -> Callable[[], str]:
    """Returns the URL of an empty database of the same kind at each call."""
    numbers = iter(range(1000))

    def new() -> str:
        if database_url.startswith("sqlite"):
            return f"sqlite:///{tmp_path}/{next(numbers)}.db"
        server = request.getfixturevalue("postgres_server")
        context = server.cloned("template_built")
        url = context.__enter__()
        request.addfinalizer(lambda: context.__exit__(None, None, None))
        return url

    return new


def test_a_killed_import_is_completed_by_the_next(run, another, database_url: str):
    code, crossings = run(database_url)
    assert code == 0
    expected = contents(database_url)
    assert len(expected["exchanges"]) == 142
    assert len(expected["events"]) > 3
    places = sorted({1 + (crossings - 1) * number // KILLS for number in range(KILLS + 1)})
    for fatal in places:
        url = another()
        assert run(url, fatal)[0] == -signal.SIGKILL
        assert run(url)[0] == 0
        assert contents(url) == expected, f"killed at {fatal} of {crossings}"


def test_an_import_that_is_killed_again_and_again_is_completed_in_the_end(run, another, database_url: str):
    _, crossings = run(database_url)
    url = another()
    for _ in range(30):
        if run(url, crossings // 4)[0] == 0:
            break
    else:
        pytest.fail("the import makes no progress")
    run(url)
    assert contents(url) == contents(database_url)
