"""What commands take for a page, a database and a version, as they are typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from monitor.errors import DatabaseUnavailable
from monitor.model import PageSource, PageState, Schedule
from pagewitness.cli import app
from storage.schema import pages
from tests.pagewitness.cli.typed import typed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOURLY = Schedule(every=timedelta(hours=1))


def add(store, url, label):
    return store.add_page(url, label=label, schedule=HOURLY, source=PageSource.ADDED, now=NOW)


def test_a_label_is_accepted_in_place_of_a_url(store):
    page = add(store, "https://example.org/members", "Our members")
    assert typed(store, "history", "Our members").exit_code == 0
    assert typed(store, "pause", "Our members").exit_code == 0
    assert store.page(page.id).state is PageState.PAUSED


def test_a_label_of_several_pages_is_refused_with_their_urls(store):
    for path in "ab":
        add(store, f"https://example.org/{path}", "Members")
    problem = str(typed(store, "history", "Members").exception)
    assert "2 pages have the label 'Members'" in problem
    assert "https://example.org/a, https://example.org/b" in problem


def test_a_retired_page_does_not_keep_its_label_from_another(store):
    old, new = add(store, "https://example.org/old", "Members"), add(store, "https://example.org/new", "Members")
    with store.database.begin() as connection:
        connection.execute(pages.update().where(pages.c.id == old.id).values(state=PageState.RETIRED))
    assert typed(store, "pause", "Members").exit_code == 0
    assert store.page(new.id).state is PageState.PAUSED


@pytest.mark.parametrize(
    "words", [("pages",), ("status",), ("facts",), ("changes",), ("check",), ("history", "x.example")]
)
def test_a_command_that_reads_refuses_a_missing_database_and_creates_none(tmp_path, words):
    path = tmp_path / "missing.db"
    done = CliRunner().invoke(app, [*words, "--db", f"sqlite:///{path}"])
    assert done.exit_code == 1
    assert isinstance(done.exception, DatabaseUnavailable | SystemExit)
    assert "there is no database at" in f"{done.exception} {done.output}"
    assert not path.exists()


def test_add_creates_a_missing_database(tmp_path):
    path = tmp_path / "new.db"
    assert CliRunner().invoke(app, ["add", "https://example.org/", "--db", f"sqlite:///{path}"]).exit_code == 0
    assert path.exists()


def test_a_renamed_command_or_option_names_the_new_one(store):
    assert "reread is called reprocess now" in str(typed(store, "reread").exception)
    assert "called --ignore-robots now" in str(typed(store, "add", "x.example", "--overrule-robots").exception)


def test_a_label_may_be_the_old_name_of_a_command(store):
    add(store, "https://example.org/members", "reread")
    assert typed(store, "history", "reread").exit_code == 0


def test_the_version_is_printed():
    assert CliRunner().invoke(app, ["--version"]).output == f"pagewitness {version('pagewitness')}\n"
