"""Reprocessing as users do it: after an upgrade, with new facts, and to see what other rules would have sent."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.command import pagewitness
from tests.e2e.test_import_equals_live import HISTORY, SAVED, save
from tests.support.watchlists import FACT, alert_tables, page

BOTH = page(SAVED).replace('["member_count"]', '["member_count", "office_count"]')
OFFICES = '\n[[fact]]\nname = "office_count"\ncount_of = ["offices"]\n'


@pytest.fixture
def db(tmp_path: Path) -> str:
    db = f"sqlite:///{tmp_path}/kept.db"
    (tmp_path / "first.toml").write_text(page(SAVED) + FACT)
    assert pagewitness("apply", tmp_path / "first.toml", db=db).code == 0
    assert pagewitness("import", save(tmp_path / "saved", HISTORY), db=db).code == 0
    return db


def test_reprocessing_after_an_upgrade_can_use_several_processes_and_is_done_once(db: str, tmp_path: Path):
    assert pagewitness("reprocess", "--json", db=db).rows == []
    before = pagewitness("changes", "--json", db=db).out
    for number in range(3):
        saved = save(tmp_path / f"more{number}", HISTORY[:4], url=f"https://pact{number}.example/")
        assert pagewitness("import", saved, db=db).code == 0
    with closing(sqlite3.connect(tmp_path / "kept.db")) as connection, connection:
        connection.execute("UPDATE versions SET code = '0'")
    done = pagewitness("reprocess", "--jobs", "2", "--json", db=db)
    assert (done.code, sorted(row["snapshots"] for row in done.rows)) == (0, [4, 4, 4, len(HISTORY)])
    assert {(row["versions"], row["events"], row["superseded"]) for row in done.rows} == {(0, 0, 0)}
    assert pagewitness("changes", SAVED, "--json", db=db).out == before
    again = pagewitness("reprocess", db=db)
    assert (again.code, again.out) == (0, "")
    assert "4 pages are as this version reads them" in again.err


def test_a_fact_declared_later_is_found_in_the_history_after_reprocessing(db: str, tmp_path: Path):
    (tmp_path / "second.toml").write_text(BOTH + FACT + OFFICES)
    assert pagewitness("apply", tmp_path / "second.toml", db=db).code == 0
    (row,) = pagewitness("reprocess", SAVED, "--json", db=db).rows
    assert row["events"] == row["superseded"] == 2
    reported = [row for row in pagewitness("changes", "--json", db=db).rows if row["fact"] == "office_count"]
    assert [(row["before"], row["after"], row["cause"], row["at"][:10]) for row in reported] == [
        (12, 14, "rules", "2021-04-05"),
        (14, 12, "rules", "2021-05-03"),
    ]
    gone = [
        row for row in pagewitness("changes", "--superseded", "--json", db=db).rows if row["kind"] == "number_changed"
    ]
    assert (12, 14) in [(row["before"], row["after"]) for row in gone]
    assert (12, 14) not in [
        (row["before"], row["after"])
        for row in pagewitness("changes", "--json", db=db).rows
        if row["kind"] == "number_changed"
    ]
    assert pagewitness("alerts", "--json", db=db).rows == []


def test_what_if_evaluates_the_whole_history_and_changes_nothing(db: str, tmp_path: Path):
    rule = '\n[[rule]]\nname = "offices"\nevents = ["fact_changed"]\nfacts = ["office_count"]\nto = ["desk"]\n'
    (tmp_path / "other.toml").write_text(BOTH + FACT + OFFICES + alert_tables(2525, "http://127.0.0.1:9/") + rule)
    before = (tmp_path / "kept.db").read_bytes()
    requested = pagewitness("reprocess", "--what-if", tmp_path / "other.toml", "--json", db=db)
    assert requested.code == 0
    row, _ = [row for row in requested.rows if "offices" in row["rules"]]
    assert (row["fact"], row["before"], row["after"], row["recorded"]) == ("office_count", 12, 14, False)
    assert all(row["recorded"] for row in requested.rows if row["fact"] == "member_count")
    assert "rules would have sent" in requested.err
    assert (tmp_path / "kept.db").read_bytes() == before
    rendered = pagewitness("reprocess", "--what-if", tmp_path / "other.toml", db=db)
    assert "office_count 12 → 14 (+2)" in rendered.out


def test_what_if_without_an_archived_page_is_an_error(tmp_path: Path):
    (tmp_path / "list.toml").write_text(page("https://elsewhere.example/") + FACT)
    pagewitness("migrate", db=f"sqlite:///{tmp_path}/empty.db")
    done = pagewitness("reprocess", "--what-if", tmp_path / "list.toml", db=f"sqlite:///{tmp_path}/empty.db")
    assert (done.code, done.out) == (2, "")
    assert "declares none of the pages" in done.message
