"""Lists of pages: text, CSV, bookmark exports; what is wrong in them is named by its line."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from monitor.model import Schedule
from pagewitness.cli import app
from pagewitness.page_lists import model, reading
from pagewitness.page_lists.declare import Declared, declare
from pagewitness.page_lists.model import ListError, PageEntry
from pagewitness.page_lists.reading import parse_list, read_list, read_stream
from pagewitness.watchlist.loader import parse

BOOKMARKS = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<!-- This is an automatically generated file. -->
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Lesezeichen</TITLE>
<H1>Lesezeichen-Menü</H1>
<DL><p>
    <DT><A HREF="https://top.example/" ADD_DATE="1600000000">Oben &amp; mehr</A>
    <DT><H3 ADD_DATE="1" PERSONAL_TOOLBAR_FOLDER="true">Lesezeichen-Symbolleiste</H3>
    <DL><p>
        <DT><H3 ADD_DATE="2">Ministerien, Bund</H3>
        <DL><p>
            <DT><A HREF="https://a.example/x?a=1&amp;b=2" ICON="data:image/png;base64,iVBORw0KGgo=" TAGS="presse,Berlin">A</A>
            <DD>A description.
            <DT><A HREF="javascript:void(0)">Bookmarklet</A>
            <DT><A HREF="place:sort=8">Zuletzt</A>
        </DL><p>
        <DT><A href="http://b.example/"></A>
    </DL><p>
    <HR>
    <DT><A HREF="https://c.example/">С</A>
</DL>
"""


def entries(text: str, name: str = "list") -> list[tuple[str, str, dict]]:
    return [(entry.place, entry.url, dict(entry.settings)) for entry in parse_list(text.encode(), name).entries]


def declared(*found: PageEntry, **options) -> Declared:
    return declare(found, options, ("members",), allow_private=False)


# --- formats


def test_text_has_one_url_a_line():
    assert entries("\ufeff# ours\n\nhttps://a.example/#x\n b.example/y  # and\r\n") == [
        ("list:3", "https://a.example/#x", {}),
        ("list:4", "b.example/y", {}),
    ]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_has_the_settings_of_each_page(mark):
    text = mark.join(["URL", "Label", "tags", "every"]) + "\n" + mark.join(['https://a.example/"x"'.replace('"', ""), '"Ä, B"', '"p;q, r"', "1h"]) + "\n\n" + mark.join(["https://b.example/"]) + "\n"  # fmt: skip
    assert entries(text) == [
        ("list:2", "https://a.example/x", {"label": "Ä, B", "tags": ["p", "q", "r"], "every": "1h"}),
        ("list:4", "https://b.example/", {}),
    ]


def test_the_line_of_a_row_is_right_after_cells_of_several_lines():
    rows = entries('url,label\nhttps://a.example/,"two\nlines"\nhttps://b.example/,B\n')
    assert [place for place, _, _ in rows] == ["list:3", "list:4"]


def test_a_bookmark_export_has_folders_as_tags_and_titles_as_labels():
    assert entries(BOOKMARKS) == [
        ("list:7", "https://top.example/", {"label": "Oben & mehr"}),
        (
            "list:12",
            "https://a.example/x?a=1&b=2",
            {"tags": ["Ministerien Bund", "presse", "Berlin"], "label": "A"},
        ),
        ("list:17", "http://b.example/", {}),
        ("list:20", "https://c.example/", {"label": "С"}),
    ]
    assert parse_list(BOOKMARKS.encode(), "list").skipped == (
        "list:14: no web page: javascript:void(0)",
        "list:15: no web page: place:sort=8",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "list: it has no web page"),
        ("# nothing\n", "list: it has no web page"),
        ("url,labl\nhttps://a.example/,A\n", '1: there is no such column as "labl" (did you mean "label"?)'),
        ("url,url\n", "1: the column url occurs twice"),
        ("url,label\nhttps://a.example/,A,B\n", "2: it has 3 cells, the header 2"),
        ('url,label\nhttps://a.example/,"A\n', "2: this is no CSV"),
        (f'url,label\n"{"x" * 200_000}"\n', "this is no CSV: field larger"),
    ],
)
def test_what_is_no_list_is_named_with_its_line(text, message):
    with pytest.raises(ListError) as refused:
        parse_list(text.encode(), "list")
    assert message in str(refused.value)


def test_a_csv_file_needs_its_column(tmp_path: Path):
    file = tmp_path / "pages.csv"
    file.write_text("https://a.example/\n")
    with pytest.raises(ListError, match="there is no such column"):
        read_list(file)
    file.write_text("label,tags\n")
    with pytest.raises(ListError, match="the column url is missing"):
        read_list(file)


def test_text_that_is_not_utf8_is_named_by_its_line(tmp_path: Path):
    file = tmp_path / "pages.txt"
    file.write_bytes(b"https://a.example/\n\xe4\n")
    with pytest.raises(ListError, match=r"pages\.txt:2: this is not UTF-8"):
        read_list(file)


def test_size_and_number_of_entries_are_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 50)
    with pytest.raises(ListError, match="longer than 50 bytes"):
        read_stream(io.BytesIO(b"x" * 51), "standard input")
    monkeypatch.setattr(reading, "MAX_ENTRIES", 2)
    with pytest.raises(ListError, match="it has 3 pages; one list may have 2"):
        parse_list(b"a\nb\nc\n", "list")
    assert model.MAX_BYTES < 2**27


@given(
    st.lists(
        st.sampled_from(["<DL>", "</DL>", "<H3>", "</H3>", "<A HREF=", '"', ">", "https://a.example/", "<DT>", "\n", "x", "&lt;", ' TAGS="', "<", "<a "]),
        max_size=40,
    )
)  # fmt: skip
def test_any_bookmark_file_is_read_or_refused(parts):
    text = "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n" + "".join(parts)
    try:
        found = parse_list(text.encode(), "list").entries
    except ListError:
        found = ()
    assert all(entry.url.lower().startswith("http") for entry in found)


def test_deeply_nested_folders_give_no_more_tags_than_a_page_takes():
    text = "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n" + "".join(f"<H3>f{n}</H3><DL>" for n in range(3000)) + '<A HREF="https://a.example/">A</A>' * 100  # fmt: skip
    found = declare(parse_list(text.encode(), "list").entries, {}, (), allow_private=False)
    assert (len(found.pages), len(found.pages[0].tags), found.repeated) == (1, 50, 99)


# --- validation


def test_entries_become_pages_with_the_options_they_have_no_setting_for():
    found = declared(
        PageEntry("l:1", "a.example", {"every": "1h", "tags": ["x"]}),
        PageEntry("l:2", "https://b.example/", {"label": "B"}),
        PageEntry("l:3", "https://A.example/"),
        cron="0 6 * * *",
        timezone="Europe/Berlin",
        tags=["all"],
        label="Ours",
    )
    assert found.problems == ()
    assert found.repeated == 1
    one, two = found.pages
    assert (one.url, one.label, one.tags, one.schedule) == (
        "https://a.example/",
        "Ours",
        ("x",),
        Schedule(every=timedelta(hours=1)),
    )
    assert (two.label, two.tags, two.schedule) == ("B", ("all",), Schedule(cron="0 6 * * *", timezone="Europe/Berlin"))
    assert one.facts == two.facts == ("members",)


def test_every_invalid_entry_is_named_with_its_place_and_value():
    found = declared(
        PageEntry("l:1", "nowhere at all"),
        PageEntry("l:2", "http://127.0.0.1/"),
        PageEntry("l:3", "https://a.example/", {"every": "often", "tags": ["–"]}),
        PageEntry("l:4", "https://me:hunter2@a.example/"),
        PageEntry("l:5", "https://a.example/", {"label": "x\x1b[31m"}),
        PageEntry("l:6", ""),
    )
    assert [problem.partition(": ")[0] for problem in found.problems] == [
        "l:1",
        "l:2",
        "l:3",
        "l:3",
        "l:4",
        "l:5",
        "l:6",
    ]
    text = "\n".join(found.problems)
    assert 'every: found "often"' in text
    assert 'tags: found "–"' in text
    assert "hunter2" not in text
    assert "\x1b" not in text


def test_problems_are_limited():
    found = declare((PageEntry(f"l:{n}", "no url") for n in range(10**9)), {}, (), allow_private=False)
    assert len(found.problems) == 101
    assert found.problems[-1] == "only the first 100 problems are listed; there may be more"


def test_folders_that_many_bookmarks_share_do_not_outgrow_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pagewitness.page_lists.declare.MAX_TOTAL", 10_000)
    entries = (PageEntry(f"l:{n}", f"https://a.example/{n}", {"tags": ["x" * 100]}) for n in range(10**9))
    found = declare(entries, {}, (), allow_private=False)
    assert "more than 10,000 characters" in found.problems[-1]
    assert len(found.pages) < 100


# --- settings of a watchlist

SHARED = parse(
    '[defaults]\nevery = "12h"\ntags = ["alle"]\nmute = ["Wetter"]\n'
    '[[host]]\nmatch = "*.example.org"\nevery = "2h"\ninterval = "10s"\nfacts = ["seats"]\n'
    '[[page]]\nurl = "https://else.example/"\n[[fact]]\nname = "seats"\ncount_of = ["seats"]\n',
    "list.toml",
).shared


def test_added_pages_take_the_settings_of_a_watchlist_that_they_do_not_have():
    found = [
        PageEntry("a:1", "https://www.example.org/"),
        PageEntry("a:2", "https://www.example.org/own", {"every": "1h", "tags": ["eigen"]}),
        PageEntry("a:3", "https://b.example/"),
    ]
    result = declare(found, {"label": "Amt"}, None, allow_private=False, shared=SHARED, all_facts=("seats", "rooms"))
    assert result.problems == ()
    host, own, other = result.pages
    assert (host.schedule, host.tags, host.mute, host.facts) == (
        Schedule(every=timedelta(hours=2)),
        ("alle",),
        ("Wetter",),
        ("seats",),
    )
    assert (host.label, host.request.interval) == ("Amt", timedelta(seconds=10))
    assert dict(host.inherited) == {
        "every": "host *.example.org",
        "interval": "host *.example.org",
        "facts": "host *.example.org",
        "tags": "defaults",
        "mute": "defaults",
    }
    assert (own.schedule.every, own.tags) == (timedelta(hours=1), ("eigen",))
    assert "every" not in dict(own.inherited)
    assert (other.schedule.every, other.request.interval, other.facts) == (
        timedelta(hours=12),
        None,
        ("seats", "rooms"),
    )


def test_facts_that_are_named_take_precedence_and_without_a_watchlist_nothing_is_inherited():
    found = [PageEntry("a:1", "https://www.example.org/")]
    (page,) = declare(found, {}, ["rooms"], allow_private=False, shared=SHARED, all_facts=("seats",)).pages
    assert page.facts == ("rooms",)
    (page,) = declare(found, {}, None, allow_private=False, all_facts=("seats",)).pages
    assert (page.facts, page.schedule, page.inherited) == (("seats",), Schedule(every=timedelta(hours=6)), ())


def test_shared_settings_count_towards_the_size_of_all_pages(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pagewitness.page_lists.declare.MAX_TOTAL", 1_000)
    found = [PageEntry(f"a:{number}", f"https://{number}.example.org/") for number in range(20)]
    assert declare(found, {}, None, allow_private=False).problems == ()
    (problem,) = declare(found, {}, None, allow_private=False, shared=SHARED).problems
    assert "characters; split the list" in problem


def test_add_takes_the_watchlist_of_its_option_or_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file, db = tmp_path / "list.toml", f"sqlite:///{tmp_path}/watch.db"
    file.write_text('[defaults]\nevery = "3h"\n[[page]]\nurl = "https://else.example/"\n')
    runner = CliRunner()
    assert runner.invoke(app, ["add", "https://a.example/", "--watchlist", str(file), "--db", db]).exit_code == 0
    assert runner.invoke(app, ["add", "https://b.example/", "--db", db]).exit_code == 0
    monkeypatch.setenv("PAGEWITNESS_WATCHLIST", str(file))
    assert runner.invoke(app, ["add", "https://c.example/", "--cron", "0 6 * * *", "--db", db]).exit_code == 0
    rows = runner.invoke(app, ["pages", "--why", "--json", "--db", db]).stdout.splitlines()
    times = [(row["value"], row["from"]) for row in map(json.loads, rows) if row["setting"] in ("every", "cron")]
    assert times == [("3 h", "defaults"), ("6 h", "built-in"), ("0 6 * * *", "add")]
