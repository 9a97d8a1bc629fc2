"""`inspect` suggests facts, which a watchlist takes as they are printed."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.e2e.command import html, pagewitness

TEXTS = ("We are a coalition of 83 members, founded in 2014.", "We raised £22 billion for stabilisation.")


def test_suggestions_are_tables_of_a_watchlist_and_are_left_out_where_facts_are_declared(tmp_path: Path):
    page, watchlist = tmp_path / "page.html", tmp_path / "watchlist.toml"
    page.write_text(html(*TEXTS))
    shown = pagewitness("inspect", page).out
    printed = "[[fact]]" + shown.partition("[[fact]]")[2]
    suggested = {fact["name"]: fact for fact in tomllib.loads(printed)["fact"]}
    assert suggested["member_count"]["count_of"] == ["members"]
    assert "83: “We are a coalition of 83 members" in shown

    watchlist.write_text(f'[[page]]\nurl = "https://example.org/"\nevery = "1h"\n\n{printed}')
    read = pagewitness("inspect", "--watchlist", watchlist, page).out
    assert "member_count = 83" in read
    assert "[[fact]]" not in read


def test_nothing_is_suggested_in_json_or_for_a_page_without_numbers(tmp_path: Path):
    page = tmp_path / "page.html"
    page.write_text(html("We remain committed to the protection of civilians and to their safe return."))
    assert "[[fact]]" not in pagewitness("inspect", page).out
    page.write_text(html(*TEXTS))
    (row,) = pagewitness("inspect", "--json", page).rows
    assert row["facts"] == []
