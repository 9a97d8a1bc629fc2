"""The command `search`."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from monitor.errors import ConfigurationError
from pagewitness.cli import app
from storage.search.indexing import queue_all
from storage.store import SqlStore
from tests.pagewitness.cli.typed import typed
from tests.storage.search.support import HOME, home, show


@pytest.fixture(autouse=True)
def _pages(store: SqlStore) -> None:
    page = home(store)
    for hours, texts in enumerate(
        (["An immediate ceasefire", "plan"], ["plan", "Other words"], ["An immediate ceasefire"])
    ):
        show(store, page, hours, *texts)


def test_json_has_the_text_and_its_times(store: SqlStore):
    result = typed(store, "search", "CEASEFIRE", "--json")
    assert result.exit_code == 0, result.stderr
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "url": HOME,
            "text": "An immediate ceasefire",
            "first_at": "2021-03-01T12:00:00.000000Z",
            "last_at": "2021-03-01T14:00:00.000000Z",
            "gone_at": None,
            "returns": 1,
            "absences": [
                {
                    "last_at": "2021-03-01T12:00:00.000000Z",
                    "gone_at": "2021-03-01T13:00:00.000000Z",
                    "back_at": "2021-03-01T14:00:00.000000Z",
                }
            ],
        }
    ]
    (gone,) = typed(store, "search", "plan", "--json").stdout.splitlines()
    assert json.loads(gone)["gone_at"] == "2021-03-01T14:00:00.000000Z"


def test_a_table_with_the_newest_first(store: SqlStore):
    result = typed(store, "search", "removed:")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [word for line in lines[1:] for word in ("Other words", "plan", "ceasefire") if word in line] == [
        "Other words",
        "ceasefire",
        "plan",
    ]
    assert len(typed(store, "search", "removed:", "--limit", "1").stdout.splitlines()) == 2


def test_excluded_words_follow_a_double_hyphen(store: SqlStore):
    url = store.database.engine.url.render_as_string()
    result = CliRunner().invoke(app, ["search", "--db", url, "--", "plan", "-ceasefire"])
    assert "plan" in result.stdout


def test_nothing_found(store: SqlStore):
    result = typed(store, "search", "armistice")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no text was found" in result.stderr


@pytest.mark.parametrize("words", [['"open'], ["tag:none"], ["after:x"]])
def test_a_search_that_cannot_be_run(store: SqlStore, words: list[str]):
    assert isinstance(typed(store, "search", *words).exception, ConfigurationError)


def test_pages_that_are_not_indexed_are_counted_and_can_be(store: SqlStore):
    store.database.write(queue_all)
    waiting = typed(store, "search", "ceasefire")
    assert "1 page not indexed yet" in waiting.stderr
    done = typed(store, "reprocess", "--search-index")
    assert "1 page indexed for search" in done.stderr
    assert typed(store, "search", "ceasefire").stderr == ""
    assert typed(store, "reprocess", "--search-index", HOME).exit_code == 0
    assert "ceasefire" in typed(store, "search", "ceasefire").stdout
