"""`inspect` shows a page as its checks extract it: with the `only` and `without` of the watchlist, or of options."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pagewitness.cli import app
from tests.support.sites import Site

PAGE = (
    "<main><h1>Wohnheime</h1><p>Im Verbund sind 14 Wohnheime mit einem Speisesaal.</p>"
    "<aside class=note><p>Gestern kamen 230 Gäste zum Sommerfest im Garten.</p></aside></main>"
)


def inspected(*words: str) -> Result:
    return CliRunner().invoke(app, ["inspect", *words, "--allow-private", "--json"])


def kinds(done: Result) -> dict[str, str]:
    """The kind of each block with a number."""
    row = json.loads(done.stdout)
    return {block["text"]: block["kind"] for block in row["blocks"] if any(map(str.isdigit, block["text"]))}


@pytest.fixture
def watchlist(site: Site, tmp_path: Path) -> Path:
    site.serve("/", PAGE)
    site.serve("/other", PAGE)
    file = tmp_path / "list.toml"
    file.write_text(f'[[page]]\nurl = "{site.url("/")}"\nallow_private = true\nwithout = [".note"]\n')
    return file


def test_a_url_of_the_watchlist_has_the_selection_of_its_page(site: Site, watchlist: Path):
    home, party = (
        "Im Verbund sind 14 Wohnheime mit einem Speisesaal.",
        "Gestern kamen 230 Gäste zum Sommerfest im Garten.",
    )
    assert kinds(inspected(site.url("/"), "--watchlist", str(watchlist))) == {home: "content", party: "control"}
    same = site.url("/").upper().replace("HTTP:", "http:") + "#top"
    assert kinds(inspected(same, "--watchlist", str(watchlist)))[party] == "control"
    assert kinds(inspected(site.url("/other"), "--watchlist", str(watchlist)))[party] == "content"
    assert kinds(inspected(site.url("/")))[party] == "content"


def test_options_take_precedence_and_apply_to_files_too(site: Site, watchlist: Path, tmp_path: Path):
    file = tmp_path / "saved.html"
    file.write_text(PAGE, encoding="utf-8")
    for place in (str(file), site.url("/")):
        found = list(kinds(inspected(place, "--only", ".note", "--watchlist", str(watchlist))).values())
        assert found == ["control", "content"]
    assert json.loads(inspected(str(file), "--only", ".absent").stdout)["verdict"] == "empty"


def test_what_is_no_selector_is_refused(tmp_path: Path):
    done = inspected(str(tmp_path / "x.html"), "--without", "p[")
    assert done.exit_code != 0
    assert "--without: " in str(done.exception)
