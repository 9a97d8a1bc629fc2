"""What goes wrong in the world: servers that misbehave and databases that are not there. Each a clear outcome, and nothing lost."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import trustme

from tests.e2e.command import html, pagewitness
from tests.support.ports import unused_port
from tests.support.sites import Answer, Site, server_context
from tests.support.watchlists import FACT, page

GOOD = html("The Coalition has 85 members.")
LIMITS = {"max_body_bytes": 65536, "max_redirects": 5}


@pytest.fixture
def unused_url() -> Iterator[str]:
    """A port without a listener."""
    with unused_port() as port:
        yield f"http://127.0.0.1:{port}/"


def test_every_misbehaviour_is_an_outcome_of_its_own_and_nothing_is_lost(
    tmp_path: Path, site: Site, sites: Callable[..., Site], authority: trustme.CA, unused_url: str
):
    elsewhere, other_host = sites(), sites("127.0.0.1", tls=server_context(authority.issue_cert("127.0.0.1")))
    elsewhere.serve("/inside", GOOD)
    site.route(
        "/charset",
        lambda request: Answer(html("Café: 85 members.").encode("latin-1"), content_type="text/html; charset=utf-8"),
    )
    dripped = site.drip_headers("/dripped")
    expected = {
        # page → (outcome, verdict, words of the reason)
        site.serve("/good", GOOD): ("full", "ok", ""),
        unused_url: ("failed", None, "could not be connected to"),
        other_host.serve("/", GOOD): ("failed", None, "not trusted"),
        site.redirect_loop("/loop"): ("failed", None, "redirect"),
        site.redirect_chain("/chain", 9): ("failed", None, "redirect"),
        site.redirect("/inward", elsewhere.url("/inside")): ("failed", None, "127.0.0.1"),
        site.endless("/endless", headers=[("Transfer-Encoding", "identity")]): ("full", "partial", ""),
        dripped: ("failed", None, "in the time allowed"),
        site.gzip_bomb("/bomb", 20_000_000): ("full", "partial", ""),
        site.url("/charset"): ("full", "ok", ""),
        site.serve("/empty", ""): ("full", "empty", ""),
        site.serve("/binary", bytes(range(256)) * 8, content_type="application/octet-stream"): ("full", "error", ""),
        site.serve("/missing", html("Not here."), status=404): ("full", "gone", "404"),
        site.hang_up("/hang-up"): ("failed", None, "without an answer"),
        site.garbage("/garbage"): ("failed", None, "no HTTP"),
    }
    watchlist, db = tmp_path / "watchlist.toml", f"sqlite:///{tmp_path}/bad.db"
    watchlist.write_text("".join(map(page, expected)) + FACT)
    assert pagewitness("apply", watchlist, db=db).code == 0

    # What never ends needs a short time; nothing else is to fail for it.
    done = pagewitness("check", *(url for url in expected if url != dripped), "--json", db=db, **LIMITS)
    assert (done.code, done.err) == (0, "")
    cut = pagewitness("check", dripped, "--json", db=db, **LIMITS, total_seconds=1.5, connect_seconds=1)
    assert (cut.code, cut.err) == (1, "")
    found = {row["url"]: row for row in (*done.rows, *cut.rows)}
    assert {url: (row["outcome"], row["verdict"]) for url, row in found.items()} == {
        url: (outcome, verdict) for url, (outcome, verdict, _) in expected.items()
    }
    for url, (_, _, words) in expected.items():
        assert words in found[url]["reason"], found[url]["reason"]
        assert "\n" not in found[url]["reason"]
    kept = {row["url"]: (row["snapshots"], row["unprocessed"]) for row in pagewitness("pages", "--json", db=db).rows}
    assert kept == dict.fromkeys(expected, (1, 0))
    stated = {row["url"]: row["value"] for row in pagewitness("facts", "--json", db=db).rows}
    assert stated == {site.url("/good"): 85, site.url("/charset"): 85}
    assert elsewhere.requests == []


def test_a_page_nested_200000_deep_is_processed_in_time(tmp_path: Path, site: Site):
    deep = "<div>" * 200_000 + "<p>The Coalition has 85 members.</p>"
    watchlist, db = tmp_path / "watchlist.toml", f"sqlite:///{tmp_path}/deep.db"
    watchlist.write_text(page(site.serve("/deep", html("The Coalition has 85 members.") + deep)) + FACT)
    pagewitness("apply", watchlist, db=db)
    done = pagewitness("check", "--json", db=db)
    assert (done.code, done.err) == (0, "")
    assert [row["value"] for row in pagewitness("facts", "--json", db=db).rows] == [85]


def test_check_exits_1_only_if_every_check_failed(tmp_path: Path, site: Site, unused_url: str):
    watchlist, db = tmp_path / "watchlist.toml", f"sqlite:///{tmp_path}/down.db"
    watchlist.write_text(page(unused_url) + page(site.serve("/", GOOD)) + FACT)
    pagewitness("apply", watchlist, db=db)
    assert pagewitness("check", db=db).code == 0
    failed = pagewitness("check", unused_url, db=db)
    assert (failed.code, failed.err) == (1, "")
    assert "could not be connected to" in failed.out


# --- databases


@contextmanager
def written(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def test_a_database_of_another_schema_version_is_refused_and_left_alone(tmp_path: Path):
    path = tmp_path / "old.db"
    pagewitness("migrate", db=f"sqlite:///{path}")
    with written(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'elsewhen'")
    before = path.read_bytes()
    done = pagewitness("pages", db=f"sqlite:///{path}")
    assert done.code == 1
    assert "schema version elsewhen" in done.message
    assert "run `pagewitness migrate`" in done.message
    assert path.read_bytes() == before


@pytest.mark.slow  # a writer is waited for, 10 s
def test_a_locked_database_is_reported_and_nothing_is_half_written(tmp_path: Path):
    path = tmp_path / "locked.db"
    db = f"sqlite:///{path}"
    pagewitness("migrate", db=db)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = pagewitness("add", "https://example.org/", db=db)
        assert done.code == 1
        assert "another process is writing to the database; try again" in done.message
        other.execute("ROLLBACK")
    assert pagewitness("pages", "--json", db=db).rows == []


@pytest.mark.parametrize(
    ("place", "code", "message"),
    [
        ("sqlite:///{folder}/nowhere/a.db", 2, "nowhere does not exist; create it"),
        ("sqlite:///{folder}", 1, "cannot be opened; check path and permissions"),
        ("sqlite:///{folder}/notes.txt", 1, "the file is not an SQLite database; check the path"),
        ("sqlite:///:memory:", 2, "a database in memory would be lost"),
        ("mysql://localhost/watch", 2, "it takes sqlite:///FILE"),
        ("postgresql://nobody@127.0.0.1:1/none", 1, "the server cannot be reached"),
        ("postgresql://nobody:secret@127.0.0.1:1/none", 1, "nobody:***@127.0.0.1:1"),
    ],
)
def test_an_unusable_database_is_one_line_with_the_reason(tmp_path: Path, place: str, code: int, message: str):
    (tmp_path / "notes.txt").write_text("buy milk\n" * 100)
    done = pagewitness("pages", db=place.format(folder=tmp_path))
    assert done.code == code
    assert (done.out, "Traceback" in done.err, "secret" in done.err) == ("", False, False)
    assert message in done.err


def test_wrong_settings_are_all_reported_at_once():
    done = pagewitness("pages", web_port="eighty", tick_secnds=3)
    assert (done.code, done.out) == (2, "")
    assert "PAGEWITNESS_WEB_PORT" in done.err
    assert "PAGEWITNESS_TICK_SECNDS is no setting" in done.err


def test_a_web_port_in_use_is_reported_before_anything_starts(tmp_path: Path):
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        pagewitness("migrate", db=f"sqlite:///{tmp_path}/a.db")
        done = pagewitness("serve", db=f"sqlite:///{tmp_path}/a.db", web_port=taken.getsockname()[1])
    assert done.code == 2
    assert "set PAGEWITNESS_WEB_PORT to a free port" in done.message
