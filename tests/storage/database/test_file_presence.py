from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.errors import ConfigurationError, DatabaseUnavailable, SchemaMismatch
from storage.database.connection import Database
from storage.database.engine import open_database, reopen
from storage.queries.gauges import check_ready
from storage.queries.history import History
from storage.store import SqlStore
from tests.storage.filled import NOW, fill
from tests.storage.snapshots import add_page


@pytest.fixture
def path(sqlite_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(sqlite_template, tmp_path / "d.db"))


@pytest.fixture
def opened(path: Path) -> Iterator[Database]:
    with closing(open_database(f"sqlite:///{path}")) as database:
        yield database


def pages(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [url for (url,) in connection.execute("SELECT url FROM pages ORDER BY id")]


def test_nothing_is_written_to_a_file_that_was_moved_away(opened: Database, path: Path, tmp_path: Path):
    add_page(SqlStore(opened), NOW, "https://before.example/")
    old = path.rename(tmp_path / "old.db")
    for transaction in (opened.begin, opened.read):
        with pytest.raises(DatabaseUnavailable, match="the file is gone"), transaction():
            pass
    with pytest.raises(DatabaseUnavailable, match="the file is gone"):
        check_ready(opened)
    assert reopen(opened) is False
    # All of it is in the file, nothing is left in a log that the next file of that name would take for its own.
    old.with_name("alone.db").write_bytes(old.read_bytes())
    assert pages(old.with_name("alone.db")) == ["https://before.example/"]
    assert not (log := Path(f"{path}-wal")).exists() or log.stat().st_size == 0
    old.rename(path)
    assert reopen(opened) is True
    add_page(SqlStore(opened), NOW, "https://after.example/")
    assert pages(path) == ["https://before.example/", "https://after.example/"]


def test_another_database_in_its_place_is_used_once_nothing_uses_the_old_one(
    opened: Database, path: Path, tmp_path: Path
):
    add_page(SqlStore(opened), NOW, "https://before.example/")
    with closing(open_database(f"sqlite:///{tmp_path / 'new.db'}")) as new:
        add_page(SqlStore(new), NOW, "https://new.example/")
    with opened.read() as held:
        path.rename(tmp_path / "old.db")
        (tmp_path / "new.db").rename(path)
        with pytest.raises(DatabaseUnavailable, match="replaced by another one"):
            add_page(SqlStore(opened), NOW, "https://lost.example/")
        assert reopen(opened) is False
        assert held.execute(text("SELECT url FROM pages")).scalar() == "https://before.example/"
    assert reopen(opened) is True
    add_page(SqlStore(opened), NOW, "https://after.example/")
    assert [one.page.url for one in History(opened).pages()] == ["https://new.example/", "https://after.example/"]
    assert pages(tmp_path / "old.db") == ["https://before.example/"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", DatabaseUnavailable),
        (b"members: 83\n" * 999, DatabaseUnavailable),
        (b"theirs", ConfigurationError),
        (b"9999", SchemaMismatch),
    ],
)
def test_what_is_no_database_of_ours_is_never_used(
    content: bytes, error: type[Exception], opened: Database, path: Path, tmp_path: Path
):
    fill(opened)
    path.rename(tmp_path / "old.db")
    assert reopen(opened) is False
    if content in {b"theirs", b"9999"}:
        if content == b"9999":
            shutil.copyfile(tmp_path / "old.db", path)
        with closing(sqlite3.connect(path)) as other, other:
            other.execute(
                "CREATE TABLE theirs (id int)"
                if content == b"theirs"
                else "UPDATE alembic_version SET version_num = '9999'"
            )
    else:
        path.write_bytes(content)
    with pytest.raises(error):
        reopen(opened)
    with pytest.raises(DatabaseUnavailable, match="replaced by another one"):
        check_ready(opened)
    path.unlink()
    (tmp_path / "old.db").rename(path)
    assert len(History(opened).pages()) == 3


def test_on_postgresql_there_is_no_file_to_mind(postgres_server):
    with postgres_server.cloned("template_built") as url, closing(open_database(url)) as database:
        assert database.file is None
        assert reopen(database) is True
