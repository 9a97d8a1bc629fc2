"""The scorer of the authored pages, on a made-up page and edits; and the set itself, without extraction."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from eval import authored_pages
from eval.authored_pages import FOLDER, SILENT, decoy_read, edited, number_read, score_edit, score_page

_INSPECTED = {
    "verdict": "ok",
    "text": "The Kite Club\nThe club has 42 members and paid $12.50, or 4.5% of its fees.",
    "blocks": [
        {"kind": "heading", "text": "The Kite Club"},
        {"kind": "content", "text": "The club has 42 members and paid $12.50, or 4.5% of its fees. Version 4.5"},
        {"kind": "footer", "text": "Suite 1200"},
    ],
    "mentions": [
        {"value": 42, "type": "count", "unit": "members", "quote": "42", "block": 1, "start": 13, "end": 15},
        {"value": 12.5, "type": "money", "unit": "USD", "quote": "$12.50", "block": 1, "start": 33, "end": 39},
        {"value": 4.5, "type": "percent", "unit": "fees", "quote": "4.5%", "block": 1, "start": 44, "end": 48},
        {"value": 1200, "type": "count", "unit": None, "quote": "1200", "block": 2, "start": 6, "end": 10},
    ],
}
_ROW = {
    "text": "The Kite Club\nThe club has 42 members and paid $12.50, or 4.5% of its fees.",
    "with": ["42 members", "next meeting"],
    "without": ["all cookies"],
    "numbers": [
        {"quote": "42", "value": 42, "unit": "members"},
        {"quote": "$12.50", "value": 12.5, "unit": "EUR"},
        {"quote": "17", "value": 17, "unit": None},
    ],
    "decoys": ["4.5", "1200", "7.7"],
}
_TRUTH = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))


def _change(before, after, level="number", **more):
    return {"level": level, "before": before, "after": after, "summary": "", **more}


def test_a_page_is_scored_by_words_snippets_numbers_and_decoys():
    scores = score_page(_INSPECTED, _ROW)
    assert scores["f1"] == [1.0]
    assert scores["kept"] == [0.5]
    assert scores["gone"] == [1.0]
    assert scores["numbers"] == [1.0, 1.0, 0.0]
    assert scores["units"] == [1.0, 0.0]  # an amount in another currency; a number without a unit is not in the list
    assert scores["decoys"] == [
        0.0,
        1.0,
        1.0,
    ]  # one that is a percentage; one outside the content; one that is not read
    assert scores["ok"] == [1.0]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ({"quote": "4.5%", "value": 4.5, "unit": "%"}, (True, True)),
        ({"quote": "42 members", "value": 42, "unit": "kites"}, (True, False)),
        ({"quote": "142", "value": 142, "unit": None}, (False, False)),
    ],
)
def test_a_number_is_read_if_value_and_quote_agree(number, expected):
    assert number_read(_INSPECTED, number) == expected


def test_a_decoy_is_matched_at_whole_numbers_only():
    assert not decoy_read(_INSPECTED, "2")
    assert decoy_read(_INSPECTED, "42")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], (False, False, 0)),
        ([_change(42, 43)], (True, True, 0)),
        ([_change(42, 43, level="noise")], (False, False, 0)),
        ([_change(42, 44)], (False, True, 1)),
        ([_change("42 members", "43 members", level="text")], (False, True, 0)),
        ([_change(42, 43.0), _change(7, 8)], (True, True, 1)),
    ],
)
def test_an_edit_of_a_number_is_found_by_both_values(changes, expected):
    assert score_edit({"changes": changes}, {"kind": "number", "expected": [[42, 43]]}) == expected


def test_an_edit_of_two_numbers_needs_both():
    edit = {"kind": "number", "expected": [[7, 4], [4, 7]]}
    assert score_edit({"changes": [_change(7, 4)]}, edit) == (False, True, 0)
    assert score_edit({"changes": [_change(7, 4), _change(4, 7)]}, edit) == (True, True, 0)


def test_an_edit_of_text_is_found_by_its_snippet_in_any_value_of_a_change():
    edit = {"kind": "text", "snippet": "no  longer open"}
    removed = _change(None, None, level="text", sentence_after="The hall is No longer open.")
    assert score_edit({"changes": [removed]}, edit)[0]
    assert score_edit({"changes": [_change([], ["It is no longer open"], level="text")]}, edit)[0]
    assert not score_edit({"changes": [_change(1, 2)]}, edit)[0]


def test_a_silent_edit_is_right_if_nothing_loud_is_reported():
    edit = {"kind": SILENT}
    assert score_edit({"changes": [_change(1, 2, level="noise")]}, edit) == (True, False, 0)
    assert score_edit({"changes": [_change(1, 2)]}, edit) == (False, True, 1)


def test_an_edit_whose_substring_does_not_occur_once_is_an_error():
    assert edited("<p>42 kites", {"page": "a", "replace": [["42", "43"]]}) == "<p>43 kites"
    with pytest.raises(ValueError, match="occurs 2 times"):
        edited("<p>42 42", {"page": "a", "replace": [["42", "43"]]})


def test_the_figures_are_written_by_language_and_type(tmp_path, monkeypatch, capsys):
    (tmp_path / "truth.json").write_text(
        json.dumps(
            {
                "pages": {"a.html": {**_ROW, "type": "service", "language": "en"}},
                "edits": [
                    {"page": "a.html", "kind": "number", "replace": [], "expected": [[42, 43]]},
                    {"page": "a.html", "kind": "silent", "replace": []},
                ],
            }
        )
    )
    monkeypatch.setattr(authored_pages, "_inspected", lambda folder, names: [_INSPECTED])
    monkeypatch.setattr(authored_pages, "_compared", lambda folder, edits: [{"changes": [_change(42, 43)]}] * 2)
    assert authored_pages.run(tmp_path, target=tmp_path / "out.json", misses=tmp_path / "misses") == 0
    figures = json.loads((tmp_path / "out.json").read_text())
    assert list(figures) == ["all", "language en", "type service"]
    assert figures["all"]["number found"] == 1.0
    assert figures["all"]["text found"] is None
    assert figures["all"]["silent found"] == 0.0
    assert (figures["all"]["number_edits"], figures["all"]["text_edits"], figures["all"]["silent_edits"]) == (1, 0, 1)
    assert "edit a.html silent" in (tmp_path / "misses").read_text()
    assert "service" in capsys.readouterr().out


@pytest.mark.parametrize("name", _TRUTH["pages"])
def test_the_snippets_and_quotes_of_a_page_occur_on_it(name):
    html = (FOLDER / "pages" / name).read_text(encoding="utf-8")
    row = _TRUTH["pages"][name]
    words = _visible(html)
    assert not [snippet for snippet in row["with"] if snippet not in words and snippet not in html]
    assert not [snippet for snippet in row["without"] if snippet not in words]
    assert not [snippet for snippet in row["without"] if snippet.lower() in " ".join(row["text"].lower().split())]
    quotes = [*(number["quote"] for number in row["numbers"]), *row["decoys"]]
    assert not [quote for quote in quotes if quote not in words and quote not in html]
    missing = [line for line in row["text"].splitlines() if line not in words and line not in html]
    assert (
        len(missing) <= len(row["text"].splitlines()) / 4
    )  # lines of which the page has parts, such as around a button


def test_every_edit_can_be_made_and_a_text_edit_has_its_snippet():
    for edit in _TRUTH["edits"]:
        html = (FOLDER / "pages" / edit["page"]).read_text(encoding="utf-8")
        after = edited(html, edit)
        assert after != html
        if edit["kind"] == "text":
            assert edit["snippet"] in _visible(html) + _visible(after) + html + after, edit


def _visible(html: str) -> str:
    html = re.sub(r"(?is)<!--.*?-->|<(script|style|template)\b.*?</\1>", "", html)
    inline = r"span|b|i|em|strong|a|sup|sub|small|mark|abbr|code|bdi|time|u|s|cite|font|label|data|wbr"
    html = re.sub(rf"(?i)</?(?:{inline})\b[^>]*>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
