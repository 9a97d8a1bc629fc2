"""`inspect` and `compare`: how saved pages are read, without a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import html, pagewitness
from tests.support.pdf_writer import paragraph, pdf
from tests.support.sites import Site
from tests.support.watchlists import FACT

BEFORE, AFTER = html("The Coalition has 83 members.", "It was founded in 2014."), html("The Coalition has 85 members.")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Two pages that differ by a number, and a watchlist that follows it."""
    old, new, watchlist = tmp_path / "old.html", tmp_path / "new.html", tmp_path / "watchlist.toml"
    old.write_text(BEFORE)
    new.write_text(AFTER)
    watchlist.write_text('[[page]]\nurl = "https://example.org/"\n' + FACT)
    return old, new, watchlist


def test_inspect_shows_how_a_page_is_extracted(files: tuple[Path, Path, Path]):
    old, _, watchlist = files
    done = pagewitness("inspect", old, "--watchlist", watchlist, "--json")
    (row,) = done.rows
    assert (done.code, done.err) == (0, "")
    assert list(row) == "file title language verdict reason text blocks mentions facts".split()
    assert row["text"].splitlines() == ["The Coalition", "The Coalition has 83 members.", "It was founded in 2014."]
    assert [set(block) for block in row["blocks"]] == [{"kind", "text", "why", "links"}] * 4
    assert row["blocks"][3]["kind"] == "metadata"
    (fact,) = row["facts"]
    assert (fact["name"], fact["value"], fact["contradicts"]) == ("member_count", 83, [])
    mention = fact["mentions"][0]
    assert set(mention) == set("value type unit quote sentence hedge block start end readable".split())
    assert row["blocks"][mention["block"]]["text"][mention["start"] : mention["end"]] == mention["quote"] == "83"
    rendered = pagewitness("inspect", old, "--watchlist", watchlist)
    assert (rendered.code, rendered.err) == (0, "")
    assert "member_count = 83" in rendered.out


def test_compare_exits_1_where_anything_would_be_reported(files: tuple[Path, Path, Path]):
    old, new, watchlist = files
    done = pagewitness("compare", old, new, old, old, "--watchlist", watchlist, "--json")
    first, second = done.rows
    assert (done.code, done.err) == (1, "")
    assert list(first) == ["old", "new", "verdict_old", "verdict_new", "changes"]
    (change,) = [change for change in first["changes"] if change["level"] == "fact"]
    assert (change["kind"], change["before"], change["after"]) == ("fact_changed", 83, 85)
    assert not {"at", "from_at", "url", "origin"} & set(change)
    assert second["changes"] == []
    assert pagewitness("compare", old, old, "--watchlist", watchlist).code == 0


def test_pdf_documents_are_inspected_and_compared_as_pages_are(tmp_path: Path):
    old, new = tmp_path / "old.pdf", tmp_path / "new.pdf"
    for file, members in ((old, 83), (new, 85)):
        file.write_bytes(pdf(paragraph([f"The Coalition has {members} members."], 700), title="Coalition"))
    (row,) = pagewitness("inspect", new, "--json").rows
    assert (row["title"], row["verdict"], row["text"]) == ("Coalition", "ok", "The Coalition has 85 members.")
    (compared,) = pagewitness("compare", old, new, "--json").rows
    assert [(change["before"], change["after"]) for change in compared["changes"]] == [(83, 85)]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["inspect", "missing.html"], 2, "missing.html: there is no such file"),
        (["compare", "one.html"], 2, "compare takes pairs"),
        (["inspect", "http://127.0.0.1:9/"], 1, "private"),
        (["inspect", "--watchlist", "missing.toml", "missing.html"], 2, "missing.toml: there is no such file"),
        (["apply", "missing.toml"], 2, "missing.toml: there is no such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_files_that_cannot_be_read(tmp_path: Path, arguments: list[str], code: int, message: str):
    done = pagewitness(*arguments, cwd=tmp_path)
    assert done.code == code
    assert message in done.message


def test_a_page_that_is_not_ok_makes_inspect_exit_1(tmp_path: Path):
    (tmp_path / "empty.html").write_bytes(b"")
    done = pagewitness("inspect", tmp_path / "empty.html", "--json")
    assert done.code == 1
    assert done.rows[0]["verdict"] == "empty"


def test_a_truncated_body_is_partial_in_inspect_too(site: Site):
    body = html("The Coalition has 83 members.")
    url = site.garbage("/", f"HTTP/1.1 200 OK\r\nContent-Length: {len(body) + 9}\r\n\r\n{body}".encode())
    done = pagewitness("inspect", url, "--allow-private", "--json")
    assert (done.code, done.rows[0]["verdict"]) == (1, "partial")


def test_inspect_html_is_one_self_contained_file(files: tuple[Path, Path, Path], tmp_path: Path):
    old, new, watchlist = files
    target = tmp_path / "shown.html"
    done = pagewitness("inspect", old, new, "--watchlist", watchlist, "--html", "--output", target)
    assert (done.code, done.out) == (0, "")
    page = target.read_text(encoding="utf-8")
    assert page.count('class="reading"') == 2
    assert "<script" not in page
    assert pagewitness("inspect", old, "--html").out.startswith("<!doctype html>")
    assert pagewitness("inspect", old, "--html", "--json").code == 2
    assert pagewitness("inspect", old, "-o", target).code == 2


def test_inspect_takes_a_file_s_type_from_its_name_or_its_bytes(tmp_path: Path):
    (tmp_path / "figures.json").write_text('{"members": 87}')
    (tmp_path / "feed").write_text("<rss><channel><title>Pact</title></channel></rss>")
    (tmp_path / "notes.txt").write_text("<b>87</b> members")
    done = pagewitness("inspect", *(tmp_path / name for name in ("figures.json", "feed", "notes.txt")), "--json")
    assert [row["text"] for row in done.rows] == ["members | 87", "Pact", "<b>87</b> members"]


# --- within limits


@pytest.fixture
def too_much(tmp_path: Path) -> Path:
    """A page that no machine extracts from within a millisecond."""
    file = tmp_path / "much.html"
    file.write_text(html(*(f"The Coalition has {number} members." for number in range(5_000))))
    return file


def test_inspect_names_the_limit_a_page_exceeded_and_continues(files: tuple[Path, Path, Path], too_much: Path):
    old, _, _ = files
    done = pagewitness("inspect", too_much, "--json", parse_seconds=0.001)
    assert (done.code, done.message) == (
        1,
        f"pagewitness: {too_much}: extraction failed: it took longer than 0.001 s",
    )
    done = pagewitness("inspect", too_much, old, "--json", parse_memory_bytes=64 * 1024**2, parse_seconds=60)
    assert [row["file"] for row in done.rows][-1] == str(old)


def test_compare_names_the_limit_a_page_exceeded(files: tuple[Path, Path, Path], too_much: Path):
    done = pagewitness("compare", too_much, too_much, parse_seconds=0.001)
    assert (done.code, done.message) == (
        1,
        f"pagewitness: {too_much}: extraction failed: it took longer than 0.001 s",
    )


def test_a_saved_page_that_exceeds_a_limit_is_archived_and_not_extracted_in_the_command_itself(
    too_much: Path, tmp_path: Path
):
    (tmp_path / "manifest.jsonl").write_text('{"url": "http://a.example/", "date": "2024-01-01", "file": "much.html"}')
    db = f"sqlite:///{tmp_path / 'p.db'}"
    done = pagewitness("import", tmp_path, db=db, parse_seconds=0.001)
    assert (done.code, done.out) == (0, ""), "it is archived, and counted for another attempt"
    assert "extraction failed: it took longer than 0.001 s" in done.err
    assert pagewitness("show", "http://a.example/", "--raw", db=db).out == too_much.read_text()
    rendered = pagewitness("show", "http://a.example/", db=db, parse_seconds=0.001)
    assert (rendered.code, "took longer than 0.001 s" in rendered.err) == (1, True)
