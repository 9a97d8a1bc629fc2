"""Independent clients read the archive by Memento and by the CDX API from `pagewitness serve`; the bodies that they get equal ours."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from storage.database.engine import open_database
from tests.interop.clients import Client, installed
from tests.pagewitness.archived import NOON, Archive
from tests.support.patience import PATIENCE_SECONDS, soon
from tests.support.ports import unused_port
from tests.support.sites import Site

__all__ = ["installed"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
OLD, NEW = "<p>83 members — стран, 国</p>".encode(), b"<p>85 members</p>"
BINARY = bytes(range(256)) * 400
TIMES = ["20210301120000", "20210302120000", "20210303120000"]


@dataclass
class Served:
    """An archive that is served: its origin, the origin of the archived site, and the archived responses as (URL, time) -> (status, body)."""

    base: str
    site: str
    expected: dict[tuple[str, str], tuple[int, bytes]]

    @property
    def page(self) -> str:
        """A page with three mementos, the last of which is a 304."""
        return f"{self.site}/partners?lang=en"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`memento-client` requests the original first, so that the site must be there."""
    url = f"sqlite:///{tmp_path_factory.mktemp('archive') / 'archive.db'}"
    with Site() as live:
        site = f"http://127.0.0.1:{live.port}"
        expected = filled(url, site)
        with serving(url) as base:
            yield Served(base, site, expected)


def filled(url: str, site: str) -> dict[tuple[str, str], tuple[int, bytes]]:
    with closing(open_database(url)) as database:
        archive = Archive(database)
        page = f"{site}/partners?lang=en"
        archive.add_snapshot(page, OLD, at=NOON)
        second = archive.add_snapshot(page, NEW, at=NOON + timedelta(days=1))
        archive.not_modified(page, second, at=NOON + timedelta(days=2))
        archive.failed(page, at=NOON + timedelta(days=3))
        archive.add_snapshot(f"{site}/gone", b"<p>Gone", status=404, at=NOON)
        to = [("Location", page)]
        archive.add_snapshot(f"{site}/old", b"<p>Moved", status=301, headers=to, at=NOON)
        archive.add_snapshot(f"{site}/map.bin", BINARY, content_type="application/octet-stream", at=NOON)
    return {
        (page, TIMES[0]): (200, OLD),
        (page, TIMES[1]): (200, NEW),
        (page, TIMES[2]): (200, NEW),
        (f"{site}/gone", TIMES[0]): (404, b"<p>Gone"),
        (f"{site}/old", TIMES[0]): (301, b"<p>Moved"),
        (f"{site}/map.bin", TIMES[0]): (200, BINARY),
    }


@contextmanager
def serving(database: str) -> Iterator[str]:
    settings = {"PAGEWITNESS_DATABASE_URL": database, "PAGEWITNESS_WEB_PORT": "0", "PAGEWITNESS_WATCHLIST": ""}
    process = subprocess.Popen(
        [sys.executable, "-m", "pagewitness", "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tempfile.gettempdir(),
        env={**os.environ, **settings, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"},
    )
    try:
        line = process.stdout.readline()
        assert "http://" in line, line + process.stdout.read()
        yield line.split()[1].rstrip("/")
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        process.stdout.close()


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def test_edgi_wayback_finds_and_loads_every_response(served: Served, installed: Callable[[str], Client]):
    *rows, followed, absent = installed("wayback").run("edgi_wayback.py", served.base, served.site)
    found = {(url, time): (status, body) for url, time, status, body, _ in rows}
    assert found == {key: (status, digest(body)) for key, (status, body) in served.expected.items()}
    second = next(links for url, time, _, _, links in rows if (url, time) == (served.page, TIMES[1]))
    names = "first memento, last memento, memento, next memento, original, prev memento, timegate, timemap"
    assert second == names.split(", ")
    assert followed[:4] == [served.page, TIMES[0], 200, digest(OLD)]
    assert absent == "none"


def test_memento_client_finds_the_mementos_around_a_date(served: Served, installed: Callable[[str], Client]):
    *found, kinds, original = installed("memento-client").run("memento_client_info.py", served.base, served.page)
    times = [{name: uri.split("/replay/")[1][:14] for name, uri in around.items()} for around in found]
    first, second, third = TIMES
    assert times == [
        {"closest": first, "first": first, "next": second, "last": third},
        {"closest": second, "first": first, "prev": first, "next": third, "last": third},
        {"closest": third, "first": first, "prev": second, "last": third},
    ]
    assert kinds == [True, True]
    assert original == served.page


def test_cdx_toolkit_reads_all_pages_and_stops(served: Served, installed: Callable[[str], Client]):
    *rows, errors, nothing, pages = installed("cdx-toolkit").run("cdx_toolkit_captures.py", served.base, served.site)
    found = {(url, time): body for url, time, _, body in rows}
    assert found == {key: digest(body) for key, (_, body) in served.expected.items()}
    statuses = {(url, time): status for url, time, status, _ in rows}
    assert statuses[served.page, TIMES[2]] == "-"
    assert (errors, nothing, pages) == (1, 0, 3)


@pytest.mark.parametrize("source", ["memento", "cdx"])
def test_pywb_replays_the_archive(served: Served, installed: Callable[[str], Client], source: str, tmp_path: Path):
    cdx = f"{served.base}/cdx/search/cdx?url={{url}}&closest={{closest}}&sort=closest"
    (tmp_path / "config.yaml").write_text(
        f"""
collections:
  memento: memento+{served.base}/replay/
  cdx:
    index:
      type: cdx
      api_url: {cdx}
      replay_url: {served.base}/replay/{{timestamp}}id_/{{url}}
"""
    )
    with pywb(installed("pywb"), tmp_path) as base, httpx.Client(timeout=PATIENCE_SECONDS) as client:
        for (url, time), (status, body) in served.expected.items():
            response = client.get(f"{base}/{source}/{time}id_/{url}")
            assert (response.status_code, response.content) == (status, body), url
        nearest = client.get(f"{base}/{source}/20210302000000id_/{served.page}", follow_redirects=True)
        assert nearest.content in (OLD, NEW)
        assert client.get(f"{base}/{source}/20210302000000id_/{served.site}/absent").status_code == 404


@contextmanager
def pywb(client: Client, folder: Path) -> Iterator[str]:
    with unused_port() as port, (folder / "log").open("wb") as log:
        command = [client.command("wayback"), "--port", str(port), "--bind", "127.0.0.1"]
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            base = f"http://127.0.0.1:{port}"
            assert soon(lambda: _answers(base)), (folder / "log").read_text()
            yield base
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _answers(base: str) -> bool:
    try:
        return httpx.get(base, timeout=1).status_code < 500
    except httpx.TransportError:
        return False
