"""Keeping the archive, by the command line: backed up, restored, moved, and a page taken out of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from pagewitness.cli import main
from pagewitness.composition import open_app
from pagewitness.settings import Settings
from pagewitness.web.server import Web
from storage.database.engine import open_database
from storage.maintenance.backup import backup
from storage.maintenance.table_copy import Holding
from storage.queries.history import History
from tests.storage.damage import flip_body
from tests.storage.filled import NOW, body, fill, holdings
from tests.storage.snapshots import add_page, check
from tests.support.patience import PATIENCE_SECONDS
from tests.support.receivers import Receiver
from tests.support.sites import Site


@dataclass(frozen=True)
class Printed:
    """The result of a command."""

    exit: int
    out: str
    err: str


Command = Callable[..., Printed]
BUSY = "https://busy.example/"


@pytest.fixture
def pagewitness(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """The command line, on a database of its own in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAGEWITNESS_DATABASE_URL", f"sqlite:///{tmp_path / 'watch.db'}")

    def run(*arguments: object) -> Printed:
        monkeypatch.setattr(sys, "argv", ["pagewitness", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        message = capsys.readouterr()
        return Printed(int(ended.value.code or 0), message.out, message.err)

    return run


@pytest.fixture
def watchlist(tmp_path: Path, site: Site, receiver: Receiver) -> Path:
    file = tmp_path / "watchlist.toml"
    file.write_text(
        f"""
[[page]]
url = "{site.url("/members")}"
every = "1h"
facts = ["member_count"]
allow_private = true

[[fact]]
name = "member_count"
count_of = ["members"]

[[channel]]
name = "hook"
type = "webhook"
url = "{receiver.url}"
allow_private = true

[[rule]]
name = "facts"
events = ["fact_changed"]
to = ["hook"]
"""
    )
    return file


def state(site: Site, members: int) -> None:
    site.serve(
        "/members",
        f'<!doctype html><html lang="en"><title>Us</title><body><main><h2>{members} members</h2></main></body></html>',
    )


def watched(pagewitness: Command, watchlist: Path, site: Site) -> None:
    """Three checks: the change of the second was sent, that of the third is recorded but not sent yet."""
    assert pagewitness("apply", watchlist).exit == 0
    for members, send in ((83, "--send"), (85, "--send"), (87, "--no-send")):
        state(site, members)
        assert pagewitness("check", send).exit == 0


def changes(receiver: Receiver) -> list[tuple[int, int]]:
    events = [json.loads(call.body)["event"] for call in receiver.calls]
    return [(event["before"], event["after"]) for event in events]


def archive_of(url: str) -> dict[str, object]:
    """Everything that can be seen of an archive."""
    with open_app(Settings(database_url=url)) as app:
        history: History = app.history
        snapshots = [one for page in history.pages() for one in history.snapshots(page.page.id)]
        return {
            "pages": history.pages(),
            "snapshots": snapshots,
            "bodies": [history.body(one.body_sha256) for one in snapshots if one.body_sha256],
            "alerts": history.alerts(),
            "statements": list(history.stream_statements()),
            "counts": history.counts(),
        }


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_restored_archive_goes_on_where_it_was(
    kind: str,
    pagewitness: Command,
    watchlist: Path,
    site: Site,
    receiver: Receiver,
    tmp_path: Path,
    request: pytest.FixtureRequest,
):
    watched(pagewitness, watchlist, site)
    assert changes(receiver) == [(83, 85)]
    made = pagewitness("backup", "kept.db")
    assert (made.exit, made.out) == (0, "")
    assert "kept.db" in made.err
    assert "3 snapshots" in made.err
    assert "checked" in made.err
    again = pagewitness("backup", "kept.db")
    assert again.exit == 2
    assert "--force" in again.err

    target = f"sqlite:///{tmp_path / 'restored.db'}"
    if kind == "postgresql":
        target = request.getfixturevalue("postgres_server").create(f"restored_{tmp_path.name}"[:60].lower())
    restored = pagewitness("restore", "kept.db", "--db", target)
    assert (restored.exit, restored.out) == (0, "")
    assert "restored 1 pages, 3 snapshots" in restored.err
    assert pagewitness("changes", "--json", "--db", target).out == pagewitness("changes", "--json").out != ""
    assert archive_of(target) == archive_of(f"sqlite:///{tmp_path / 'watch.db'}")
    assert pagewitness("restore", "kept.db", "--db", target).exit == 2

    # The change that was not sent yet is sent; the one that was sent is not sent again.
    assert pagewitness("check", "--db", target).exit == 0
    assert changes(receiver) == [(83, 85), (85, 87)]
    state(site, 88)
    assert pagewitness("check", "--db", target).exit == 0
    assert changes(receiver) == [(83, 85), (85, 87), (87, 88)]
    assert pagewitness("apply", watchlist, "--db", target).err.startswith("nothing to do")


def test_an_archive_moves_to_postgresql_and_back(
    pagewitness: Command, watchlist: Path, site: Site, tmp_path: Path, postgres_server
):
    watched(pagewitness, watchlist, site)
    here, back = (f"sqlite:///{tmp_path / name}" for name in ("watch.db", "back.db"))
    before = archive_of(here)
    there = postgres_server.create("moved_there")
    moved = pagewitness("move", here, there)
    assert moved.exit == 0
    assert "moved 1 pages, 3 snapshots" in moved.err
    assert pagewitness("move", here, there).exit == 2
    assert archive_of(there) == before == archive_of(here)
    assert pagewitness("check", "--no-send", "--db", there).exit == 0
    after = archive_of(there)
    assert pagewitness("move", there, back).exit == 0
    assert archive_of(back) == after != before
    assert pagewitness("move", here, "mysql://nobody@nowhere/x").exit == 2


def test_a_database_of_an_earlier_version_is_upgraded_and_its_copy_is_named(
    pagewitness: Command, watchlist: Path, site: Site, tmp_path: Path
):
    from tests.storage.database.test_upgrades import build_old

    build_old(f"sqlite:///{tmp_path / 'watch.db'}")
    refused = pagewitness("pages")
    assert refused.exit == 1
    assert "pagewitness migrate" in refused.err
    assert pagewitness("backup", "before.db").exit == 0
    done = pagewitness("migrate")
    assert done.exit == 0
    assert "schema 0001 →" in done.err
    assert "watch.db.0001" in done.err.replace("\n", "")
    assert "member_count 83 → 85" in pagewitness("changes").out
    assert "already" in pagewitness("migrate").err


def test_a_page_that_has_to_go_is_gone_and_stays_gone(
    pagewitness: Command, watchlist: Path, site: Site, receiver: Receiver, tmp_path: Path
):
    watched(pagewitness, watchlist, site)
    url = site.url("/members")
    rendered = pagewitness("forget", url)
    assert rendered.exit == 0
    assert "nothing was removed" in rendered.err
    assert "snapshots" in rendered.out
    assert pagewitness("history", url).exit == 0

    gone = pagewitness("forget", url, "--reason", "court order 7", "--yes")
    assert gone.exit == 0
    assert "removed 3 snapshots, 3 bodies and 2 events" in gone.err.replace("\n", " ")
    assert b"87 members" not in b"".join(file.read_bytes() for file in tmp_path.glob("watch.db*"))
    assert pagewitness("changes", "--json").out == ""
    assert pagewitness("history", url).exit == 2
    assert "court order 7" in pagewitness("forget", url).err

    applied = pagewitness("apply", watchlist)
    assert applied.exit == 0
    assert "not watched: page" in applied.err
    assert "court order 7" in applied.err.replace("\n", " ")
    refused = pagewitness("add", url, "--allow-private")
    assert refused.exit == 2
    assert "--again" in refused.err
    with open_app(Settings(web_port=0, database_url=f"sqlite:///{tmp_path / 'watch.db'}")) as app, Web(app) as web:
        for address in (f"replay/{url}", f"replay/20260101000000/{url}", f"replay/20260101000000id_/{url}"):
            answer = httpx.get(web.url + address, timeout=PATIENCE_SECONDS)
            assert (answer.status_code, "was removed on" in answer.text) == (410, True)
            assert "Memento-Datetime" not in answer.headers
            assert "court order" not in answer.text
        never = httpx.get(web.url + f"replay/{site.url('/never')}", timeout=PATIENCE_SECONDS)
        assert never.status_code == 404

    assert pagewitness("check").exit == 0
    assert changes(receiver) == [(83, 85)]
    assert pagewitness("add", url, "--allow-private", "--again").exit == 0
    assert pagewitness("check").exit == 0
    with open_app(Settings(database_url=f"sqlite:///{tmp_path / 'watch.db'}")) as app:
        assert app.history.counts()["snapshots"] == 1


def test_an_unknown_page_cannot_be_forgotten(pagewitness: Command):
    assert pagewitness("migrate").exit == 0
    refused = pagewitness("forget", "https://never.example/", "--yes")
    assert refused.exit == 2
    assert "not watched here" in refused.err


def test_a_backup_is_a_plain_sqlite_file(pagewitness: Command, watchlist: Path, site: Site, tmp_path: Path):
    watched(pagewitness, watchlist, site)
    assert pagewitness("backup", "kept.db").exit == 0
    with closing(sqlite3.connect(tmp_path / "kept.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT count(*) FROM snapshots").fetchone() == (3,)


# --- killed


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """An archive of two pages, one of them with four hundred checks."""
    path = tmp_path / "large.db"
    with open_app(Settings(database_url=f"sqlite:///{path}")) as app:
        fill(app.database)
        page = add_page(app.store, NOW, BUSY)
        for number in range(400):
            check(app.store, page, body(number), number, NOW + timedelta(minutes=number))
        with app.database.begin() as connection:
            connection.execute(text("UPDATE deliveries SET lease_until = NULL, lease_owner = NULL"))
    return path


def killed_at_any_moment(arguments: list[object], judge: Callable[[], bool], again: Callable[[], None]) -> None:
    """Run a command to its end, then again and again, killed later each time; `judge` returns whether it was done, and fails if it is half done."""
    command = [sys.executable, "-m", "pagewitness", *map(str, arguments)]

    def is_done_after(seconds: float) -> bool:
        again()
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            time.sleep(seconds)
            process.kill()
        return judge()

    begun = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    takes = time.monotonic() - begun
    assert judge()
    while is_done_after(0.3 * takes):
        takes /= 2  # the first run was one of a busy moment
    for turn in range(1, 12):
        is_done_after(takes * (0.3 + turn / 13))
    again()
    subprocess.run(command, check=True, capture_output=True)
    assert judge()


def kept_in(path: Path) -> dict[str, Holding]:
    with closing(open_database(f"sqlite:///{path}")) as database:
        return holdings(database)


def remove(*paths: Path) -> None:
    for path in paths:
        for beside in path.parent.glob(f"{path.name}*"):
            beside.unlink()


@pytest.mark.slow
def test_a_removal_that_is_killed_removed_all_or_nothing(large: Path, tmp_path: Path):
    whole, path = kept_in(large), tmp_path / "watch.db"

    def again() -> None:
        remove(path)
        shutil.copyfile(large, path)

    def judge() -> bool:
        held = kept_in(path)
        if held == whole:
            return False
        assert held["tombstones"].rows == 1
        assert held["pages"].rows == whole["pages"].rows - 1
        assert held["snapshots"].rows == whole["snapshots"].rows - 400
        assert held["exchanges"].rows == whole["exchanges"].rows - 400
        return True

    again()
    killed_at_any_moment(["forget", BUSY, "--yes", "--db", f"sqlite:///{path}"], judge, again)


@pytest.mark.slow
def test_a_restore_that_is_killed_filled_all_or_nothing(large: Path, tmp_path: Path):
    path = tmp_path / "restored.db"
    whole = kept_in(large)

    def judge() -> bool:
        if not path.exists() or not path.stat().st_size:
            return False
        held = kept_in(path)
        assert held == whole or not any(holding.rows for holding in held.values())
        return held == whole

    backup(f"sqlite:///{large}", tmp_path / "kept")

    def again() -> None:
        # What a killed one left has to do for the next.
        if judge():
            remove(path)

    arguments = ["restore", tmp_path / "kept", "--db", f"sqlite:///{path}"]
    killed_at_any_moment(arguments, judge, again)


@pytest.mark.slow
def test_a_killed_backup_leaves_no_file_with_its_name(large: Path, tmp_path: Path):
    file, whole = tmp_path / "kept", kept_in(large)

    def judge() -> bool:
        if not file.exists():
            return False
        assert kept_in(file) == whole
        return True

    arguments = ["backup", file, "--db", f"sqlite:///{large}"]
    killed_at_any_moment(arguments, judge, lambda: file.unlink(missing_ok=True))


# --- damage


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_flipped_bit_is_named_by_every_command_that_carries_it(
    kind: str, pagewitness: Command, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
):
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'watch.db'}"
        if kind == "postgresql":
            server = request.getfixturevalue("postgres_server")
            url = stack.enter_context(server.cloned("template_built"))
            monkeypatch.setenv("PAGEWITNESS_DATABASE_URL", url)
        with closing(open_database(url)) as database:
            fill(database)
            sound = pagewitness("verify")
            assert (sound.exit, sound.out) == (0, "")
            assert "27 bodies" in sound.err
            assert "all sound" in sound.err
            with database.read() as connection:
                last = connection.execute(text("SELECT max(id) FROM bodies WHERE base_id IS NOT NULL")).scalar_one()
            name = f"body {flip_body(database, last)[:12]}…"

        found = pagewitness("verify")
        assert found.exit == 1
        assert found.out.startswith(f"{name} of https://")
        assert found.out.count("\n") == 1
        (reported,) = map(json.loads, pagewitness("verify", "--json", "--sample", "1").out.splitlines())
        assert reported["kind"] == "body"
        assert reported["sha256"][:12] in name
        assert {"reason", "table", "key", "url", "snapshot", "at"} <= reported.keys()
        assert pagewitness("verify", "--sample", "2").exit == 2

        kept = pagewitness("backup", "kept.db")
        assert kept.exit == 1
        assert f"damaged: {name}" in kept.err
        assert "DAMAGED in 1 places, as the database is; kept all the same" in kept.err
        assert (tmp_path / "kept.db").exists()

        other = f"sqlite:///{tmp_path / 'moved.db'}"
        for command in (["restore", "kept.db", "--db", other], ["move", "--force", url, other]):
            refused = pagewitness(*command)
            assert refused.exit == 1
            assert f"the first: {name}" in refused.err
            assert "--allow-damage" in refused.err
            assert not (tmp_path / "moved.db").exists()
            done = pagewitness(*command, "--allow-damage")
            assert done.exit == 1
            assert "DAMAGED" in done.err
            with closing(open_database(other)) as arrived:
                assert len(History(arrived).pages()) == 3
            (tmp_path / "moved.db").unlink()
