"""Files that somebody made to do harm, handed to restore and move as a backup."""

from __future__ import annotations

import random
import sqlite3
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.errors import ConfigurationError, PagewitnessError, StorageError
from storage.archive.compression import keyframe
from storage.database.engine import open_database
from storage.maintenance.backup import backup, restore
from storage.maintenance.move import move
from storage.maintenance.verify import Damage
from storage.queries.history import History
from tests.storage.filled import fill
from tests.support.patience import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the small archive."""
    folder = tmp_path_factory.mktemp("good")
    with closing(open_database(f"sqlite:///{folder / 'source.db'}")) as database:
        fill(database)
    backup(f"sqlite:///{folder / 'source.db'}", folder / "good.db")
    return folder / "good.db"


@pytest.fixture
def file(good: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "backup.db"
    copy.write_bytes(good.read_bytes())
    return copy


@pytest.fixture
def target(tmp_path: Path) -> Iterator[str]:
    yield f"sqlite:///{tmp_path / 'target.db'}"
    assert not (tmp_path / "target.db").exists(), "touched before the file was accepted"


def run(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"
HOSTILE = {
    "a view": ([f"CREATE VIEW slow AS {ENDLESS}"], "the view 'slow'"),
    "a view for a table": (
        ["DROP TABLE robots", f"CREATE VIEW robots AS {ENDLESS}"],
        "the view 'robots'",
    ),
    "a view for the version": (
        ["DROP TABLE alembic_version", f"CREATE VIEW alembic_version AS {ENDLESS}"],
        "the view 'alembic_version'",
    ),
    "a trigger": (
        ["CREATE TRIGGER more AFTER UPDATE ON pages BEGIN DELETE FROM events; END"],
        "the trigger 'more'",
    ),
    "a virtual table": (["CREATE VIRTUAL TABLE words USING fts5(body)"], "the virtual table 'words'"),
    "another table": (["CREATE TABLE theirs (id int)"], "the table 'theirs'"),
    "another index": (["CREATE INDEX theirs ON pages (label)"], "the index 'theirs'"),
    "an index of an expression": (
        ["DROP INDEX ix_page_checks_due", "CREATE INDEX ix_page_checks_due ON page_checks (length(host))"],
        "its index 'ix_page_checks_due' is made otherwise",
    ),
    "an index that is gone": (["DROP INDEX ix_page_checks_due"], "it lacks the index 'ix_page_checks_due'"),
    "a generated column": (
        ["ALTER TABLE pages ADD COLUMN slow AS (length(hex(label)))"],
        "its table 'pages' is made otherwise",
    ),
    "another column": (["ALTER TABLE hosts ADD COLUMN theirs TEXT"], "its table 'hosts' is made otherwise"),
    "two versions": (["INSERT INTO alembic_version VALUES ('0001')"], "more than one value"),
    "no version": (["DELETE FROM alembic_version"], "has no row"),
    "a version that is none": (["UPDATE alembic_version SET version_num = x'00ff'"], "schema version is none"),
    "a summary of 20 MB": (
        ["UPDATE events SET summary = hex(zeroblob(10000000)) WHERE id = 1"],
        "row 1 of the table events has no value that we write in 'summary'",
    ),
    "a summary behind a NUL": (
        ["UPDATE events SET summary = 'x' || char(0) || hex(zeroblob(10000000)) WHERE id = 2"],
        "row 2 of the table events",
    ),
    "an address of 2 MB": (
        ["UPDATE archived_urls SET url = 'https://a.example/' || hex(zeroblob(1000000)) WHERE id = 1"],
        "table archived_urls has no value that we write in 'url'",
    ),
    "header fields of 40 MB": (
        ["UPDATE exchanges SET response_headers = hex(zeroblob(20000000)) WHERE id = 1"],
        "in 'response_headers'",
    ),
    "bytes for a text": (["UPDATE pages SET label = x'ff00ff' WHERE id = 1"], "in 'label'"),
    "a text for a number": (["UPDATE snapshots SET status = 'ok' WHERE id = 1"], "in 'status'"),
    "a text for bytes": (["UPDATE bodies SET data = 'text' WHERE id = 1"], "in 'data'"),
    "hexadecimal digits for a digest": (["UPDATE bodies SET sha256 = hex(sha256)"], "in 'sha256'"),
    "a digest of 33 bytes": (
        ["UPDATE exchanges SET entity_sha256 = zeroblob(33) WHERE id = 1"],
        "row 1 of the table exchanges has no value that we write in 'entity_sha256'",
    ),
    "a long body": (["UPDATE bodies SET length_bytes = 3000000000 WHERE id = 1"], "in 'length_bytes'"),
    "a negative length": (["UPDATE bodies SET length_bytes = -1 WHERE id = 1"], "in 'length_bytes'"),
    "a long version": (["UPDATE versions SET blob_length = 3000000000 WHERE id = 1"], "in 'blob_length'"),
    "no time": (["UPDATE snapshots SET taken_at = 'yesterday' WHERE id = 1"], "in 'taken_at'"),
    "a day that no month has": (
        ["UPDATE snapshots SET taken_at = '2021-02-30 00:00:00.000000' WHERE id = 1"],
        "in 'taken_at'",
    ),
    "an endless interval": (["UPDATE pages SET every_seconds = 9e999 WHERE id = 1"], "in 'every_seconds'"),
    "header fields that are no JSON": (
        ["UPDATE exchanges SET response_headers = '[[' WHERE id = 1"],
        "in 'response_headers'",
    ),
    "header fields that are no pairs": (
        ['UPDATE exchanges SET request_headers = \'[["a","b","c"]]\' WHERE id = 1'],
        "in 'request_headers'",
    ),
    "header fields nested deeply": (
        ["UPDATE exchanges SET response_headers = replace(hex(zeroblob(90000)), '0', '[') WHERE id = 1"],
        "in 'response_headers'",
    ),
    "a number for the facts of a page": (["UPDATE pages SET facts = '85' WHERE id = 1"], "in 'facts'"),
    "a number for the checks of an erased page": (
        [
            "INSERT INTO tombstones (url, forgotten_at, reason, checks) VALUES ('https://x.example/', '2026-01-01 00:00:00.000000', '', '85')"
        ],
        "in 'checks'",
    ),
    "numbers for muted headings": (["UPDATE pages SET mute = '[85]' WHERE id = 1"], "in 'mute'"),
    "a fact without a kind": (["UPDATE facts SET definition = '{}'"], "in 'definition'"),
    "a fact of an unknown kind": (
        ["""UPDATE facts SET definition = '{"kind":"guess","terms":[]}'"""],
        "in 'definition'",
    ),
    "a fact with a number for a pattern": (
        ["""UPDATE facts SET definition = '{"kind":"text","terms":[],"pattern":85}'"""],
        "in 'definition'",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_no_database_of_ours_holds_is_refused_by_name(name: str, file: Path, target: str):
    statements, message = HOSTILE[name]
    run(file, *statements)
    before = file.read_bytes()
    for take in (lambda: restore(file, target), lambda: move(f"sqlite:///{file}", target)):
        with pytest.raises(PagewitnessError) as refused:
            take()
        assert message in str(refused.value)
        assert "backup.db" in str(refused.value)
    assert file.read_bytes() == before


def test_a_frame_that_holds_more_than_is_recorded_is_named_and_never_decoded(file: Path, target: str):
    bomb = keyframe(bytes(300_000_000))
    assert len(bomb) < 100_000
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("UPDATE bodies SET data = ?, length_bytes = 100000 WHERE id = 1", (bomb,))
    reported: list[Damage] = []
    tracemalloc.start()
    try:
        with pytest.raises(StorageError, match="300000000 bytes where 100000 are recorded"):
            restore(file, target, on_damage=reported.append)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
    assert "1" in {one.key for one in reported if one.kind == "body"}


def test_what_anybody_may_have_done_to_a_database_of_ours_is_no_harm(file: Path, tmp_path: Path):
    run(file, "ANALYZE", "VACUUM")
    assert restore(file, f"sqlite:///{tmp_path / 'target.db'}")["pages"] == 3


def test_a_backup_says_at_once_what_a_restore_would_refuse(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'source.db'}"
    with closing(open_database(url)) as database:
        fill(database)
    run(tmp_path / "source.db", "CREATE VIEW mine AS SELECT url FROM pages")
    reported: list[Damage] = []
    kept = backup(url, tmp_path / "kept.db", on_damage=reported.append)
    assert kept.damages == 1
    assert "a restore would refuse it" in str(reported[0])
    assert "the view 'mine'" in str(reported[0])
    assert kept.file.exists()


def test_a_page_count_that_the_file_does_not_have_is_no_long_copy(file: Path, target: str):
    with file.open("rb+") as opened:
        opened.seek(28)
        opened.write((2**31).to_bytes(4, "big"))
    with pytest.raises(PagewitnessError):
        restore(file, target)


def flipped(good: bytes, chance: random.Random) -> bytes:
    data = bytearray(good)
    for _ in range(chance.choice((1, 2, 8, 64))):
        data[chance.randrange(len(data) if chance.random() < 0.7 else 4096 * 8)] = chance.randrange(256)
    if chance.random() < 0.1:
        del data[chance.randrange(len(data)) :]
    return bytes(data)


def test_damaged_files_are_refused_or_restored_without_a_traceback_or_a_hang(good: Path, tmp_path: Path):
    damage_everywhere(good, tmp_path, rounds=25, seed=9)


@pytest.mark.slow
def test_many_damaged_files_are_refused_or_restored(good: Path, tmp_path: Path):
    damage_everywhere(good, tmp_path, rounds=500, seed=10)


def damage_everywhere(good: Path, tmp_path: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    content = good.read_bytes()
    for number in range(rounds):
        file, target = tmp_path / "backup.db", tmp_path / f"target-{number}.db"
        file.write_bytes(flipped(content, chance))
        began = time.monotonic()
        for allow in (False, True):
            try:
                restore(file, f"sqlite:///{target}", allow_damage=allow)
            except (ConfigurationError, StorageError):
                continue
            with closing(open_database(f"sqlite:///{target}", create=False)) as restored:
                History(restored).counts()
            break
        assert time.monotonic() - began < PATIENCE_SECONDS
        target.unlink(missing_ok=True)
