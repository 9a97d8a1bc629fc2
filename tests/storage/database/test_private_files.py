"""Databases, their copies and backups are readable by their owner only."""

from __future__ import annotations

import os
import stat
from contextlib import closing
from pathlib import Path

import pytest

from storage.database.engine import open_database
from storage.database.private_files import create_private
from storage.maintenance.backup import backup


@pytest.fixture(autouse=True)
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_database_and_its_log_files_are_private(tmp_path: Path):
    with closing(open_database(f"sqlite:///{tmp_path}/watch.db")) as database, database.read():
        assert {path.name: mode(path) for path in tmp_path.iterdir() if path.name.startswith("watch.db")} == {
            "watch.db": 0o600,
            "watch.db-wal": 0o600,
            "watch.db-shm": 0o600,
        }


def test_the_mode_of_a_database_that_exists_stays(tmp_path: Path):
    path = tmp_path / "watch.db"
    open_database(f"sqlite:///{path}").close()
    path.chmod(0o640)
    open_database(f"sqlite:///{path}").close()
    assert mode(path) == 0o640


def test_a_backup_is_private(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/watch.db"
    open_database(url).close()
    backup(url, tmp_path / "copy.db")
    assert mode(tmp_path / "copy.db") == 0o600


def test_a_file_that_exists_is_kept_or_refused(tmp_path: Path):
    path = tmp_path / "list.toml"
    path.write_text("mine")
    create_private(path)
    assert path.read_text() == "mine"
    with pytest.raises(FileExistsError):
        create_private(path, exclusive=True)
