"""Independent tools accept an export: warcio and FastWARC verify every digest, and pywb replays every response with equal bytes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from warcio.archiveiterator import ArchiveIterator

from monitor.model import FetchResult, Observation, Outcome, Truncation
from storage.database.engine import open_database
from storage.store import SqlStore
from storage.warc.export import export_warc
from storage.warc.selection import Selection
from tests.interop.clients import Client, installed
from tests.storage.snapshots import URL, add_page, archive, exchange, failed, full, not_modified, same_body, sha256
from tests.support.patience import soon
from tests.support.ports import unused_port

__all__ = ["installed"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
NOON = datetime(2021, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
OTHER, MOVED, CUT = "https://coalition.example/other", "http://coalition.example/moved", "https://coalition.example/cut"
OLD, NEW = "<p>83 members — 83 个成员</p>".encode(), b"<p>85 members</p>" * 50
Replayed = dict[tuple[str, str], bytes]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Replayed]:
    """A WARC file with every kind of record, and what replay must return by URL and time."""
    folder = tmp_path_factory.mktemp("exported")
    with closing(open_database(f"sqlite:///{folder / 'archive.db'}")) as database:
        expected = filled(SqlStore(database))
        file = folder / "export.warc.gz"
        out = BytesIO()
        export_warc(database, Selection(), out, gzip=True, info={"software": "test"}, now=NOON)
    file.write_bytes(out.getvalue())
    return file, expected


def filled(store: SqlStore) -> Replayed:
    """Archive encoded, chunked, repeated, confirmed, redirected, truncated and failed responses."""

    def at(hours: int) -> datetime:
        return NOON + timedelta(hours=hours)

    home, other, cut = (add_page(store, NOON, url) for url in (URL, OTHER, CUT))
    coded = (("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked"), ("X-Name", "caf\xe9"))
    first = archive(store, home, full(NOON, OLD, headers=coded), NOON)
    archive(store, home, same_body(at(1), first, OLD), at(1))
    archive(store, home, not_modified(at(2), first), at(2))
    archive(store, home, full(at(3), NEW), at(3))
    archive(store, home, failed(at(4)), at(4))
    archive(store, other, full(at(5), OLD, OTHER), at(5))
    short = replace(exchange(at(6), OLD[:9], CUT, headers=(("Content-Length", "999"),)), truncated=Truncation.LENGTH)
    archive(store, cut, Observation(FetchResult((short,)), Outcome.FULL, sha256(OLD[:9]), None), at(6))
    hop = exchange(at(7), b"", MOVED, 301, (("Location", OTHER),))
    final = exchange(at(7), NEW, OTHER)
    moved = add_page(store, NOON, MOVED)
    archive(store, moved, Observation(FetchResult((hop, final)), Outcome.FULL, sha256(NEW), None), at(7))
    stamps = [at(hours).strftime("%Y%m%d%H%M%S") for hours in range(8)]
    bodies = (
        (0, URL, OLD),
        (1, URL, OLD),
        (2, URL, OLD),
        (3, URL, NEW),
        (5, OTHER, OLD),
        (6, CUT, OLD[:9]),
        (7, OTHER, NEW),
    )
    return {(url, stamps[hours]): body for hours, url, body in bodies}


def test_warcio_finds_no_fault(installed: Callable[[str], Client], exported: tuple[Path, Replayed]):
    command = [installed("warcio").command("warcio"), "check", "-v", str(exported[0])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout
    assert "digest pass" in done.stdout
    assert "fail" not in done.stdout


def test_fastwarc_finds_no_fault(installed: Callable[[str], Client], exported: tuple[Path, Replayed]):
    """With -p it fails for revisits of any writer: it compares their payload digest, which WARC/1.1 §6.7.2 requires and defines as that of the original, with what the record contains."""
    file = exported[0]
    fastwarc = installed("fastwarc").command("fastwarc")
    blocks = subprocess.run([fastwarc, "check", str(file)], capture_output=True, text=True, timeout=100, check=False)
    assert blocks.returncode == 0, blocks.stdout
    command = [fastwarc, "check", "--quiet", "-p", "-o", "-", str(file)]
    payloads = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False).stdout.splitlines()
    with file.open("rb") as content:
        kinds = {record.rec_headers["WARC-Record-ID"]: record.rec_type for record in ArchiveIterator(content)}
    results = dict(line.split(": ", 1) for line in payloads)
    assert results.keys() == kinds.keys()
    assert {kinds[key] for key, result in results.items() if result == "OK, PAYLOAD_OK"} == {"response", "request"}
    assert {kinds[key] for key, result in results.items() if "FAIL" in result} == {"revisit"}
    assert all(result.startswith("OK") for result in results.values())


def test_pywb_replays_every_response_with_equal_bytes(
    installed: Callable[[str], Client], exported: tuple[Path, Replayed], tmp_path: Path
):
    file, expected = exported
    client = installed("pywb")
    for words in (["init", "ours"], ["add", "ours", str(file)]):
        subprocess.run(
            [client.command("wb-manager"), *words], cwd=tmp_path, capture_output=True, timeout=100, check=True
        )
    with replaying(client, tmp_path) as base:
        for (url, stamp), body in expected.items():
            response = httpx.get(f"{base}/ours/{stamp}id_/{url}", timeout=30)
            assert response.status_code == 200, (url, stamp)
            assert response.content == body, (url, stamp)
        moved = httpx.get(f"{base}/ours/20210301190000id_/{MOVED}", timeout=30)
    assert moved.status_code == 301


@contextmanager
def replaying(client: Client, folder: Path) -> Iterator[str]:
    """pywb on a port of its own; yields its origin."""
    with unused_port() as port, (folder / "log").open("wb") as log:
        command = [client.command("wayback"), "-b", "127.0.0.1", "-p", str(port)]
        with subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as server:
            try:
                base = f"http://127.0.0.1:{port}"
                assert soon(lambda: answers(base))
                yield base
            finally:
                server.terminate()


def answers(base: str) -> bool:
    try:
        return httpx.get(base, timeout=5).status_code < 500
    except httpx.HTTPError:
        return False
