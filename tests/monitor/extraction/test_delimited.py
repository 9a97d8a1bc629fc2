"""CSV and TSV are rows; JSON and HTML are recognised under other types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extraction.extract import extract


def read(body: str | bytes, content_type: str | None) -> list[tuple[str, str]]:
    body = body.encode() if isinstance(body, str) else body
    return [(block.kind.value, block.text) for block in extract(body, content_type).blocks]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("region,lodges\nNorth,12\nSouth,52\n", "text/csv"),
        ("region;lodges\r\nNorth;12\r\nSouth;52\r\n", "text/csv; charset=utf-8; header=present"),
        ("region\tlodges\nNorth\t12\nSouth\t52", "text/tab-separated-values"),
        ("region|lodges\nNorth|12\nSouth|52", "application/csv"),
        ('"region","lodges"\n"North","12"\n"South","52"\n', "text/csv"),
        ("\ufeffregion,lodges\nNorth,12\nSouth,52\n", "text/csv"),
    ],
)
def test_records_are_rows(body, content_type):
    assert read(body, content_type) == [("row", "region | lodges"), ("row", "North | 12"), ("row", "South | 52")]


def test_quotes_empty_cells_and_breaks_in_cells_are_understood():
    body = 'name,note,lodges\n"The ""old"" mill","a, b\nand c",12\n,,\nSouth,,52\n'
    assert [text for _, text in read(body, "text/csv")] == ["name | note | lodges", 'The "old" mill | a, b and c | 12', "South | 52"]  # fmt: skip


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", None])
def test_delimited_text_of_another_type_is_recognised_by_its_lines(content_type):
    body = "region;lodges;singers\nNorth;12;340\nSouth;52;1210\n"
    assert [kind for kind, _ in read(body, content_type)] == ["row"] * 3


@pytest.mark.parametrize(
    "body", ["First, of all, a line.\nThen another one.\n", "one, two\nthree, four\nfive, six", "just a line"]
)
def test_prose_with_commas_is_not_delimited(body):
    assert all(kind == "content" for kind, _ in read(body, "text/plain"))


def test_a_file_in_cyrillic_without_a_declared_encoding_is_read():
    body = "дата;область;случаи\n2020-05-01;Юг;1234\n2020-05-02;Север;567\n".encode("windows-1251")
    assert read(body, "text/csv")[0] == ("row", "дата | область | случаи")


@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=utf-8", "text/plain", "application/json"])
def test_json_is_rows_whatever_its_type(content_type):
    assert read('{"members": 87, "partners": 12}', content_type) == [("row", "members | 87"), ("row", "partners | 12")]


@pytest.mark.parametrize("body", ["[update] <p>87 members</p>", "{{ title }} <p>87 members</p>", "<p>{87 members}</p>"])
def test_a_page_that_begins_with_a_bracket_is_a_page(body):
    assert ("content", "87 members") in read(body, "text/html") or ("content", "{87 members}") in read(
        body, "text/html"
    )


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-download",
        "application/force-download",
        "application/pdf",
        "image/png",
        "application/vnd.ms-excel",
    ],
)
def test_html_is_recognised_under_a_wrong_type(content_type):
    body = "<!DOCTYPE html><html lang=en><title>Pact</title><p>The pact has 87 members.</p></html>"
    page = extract(body.encode(), content_type)
    assert (page.readable, page.title) == (True, "Pact")
    assert ("content", "The pact has 87 members.") in read(body, content_type)


@pytest.mark.parametrize(("body", "content_type"), [("87 members", "image/png"), ("body { color: red }", "text/css"), ("<svg/>", "video/mp4")])  # fmt: skip
def test_other_texts_under_such_types_are_not_read(body, content_type):
    assert not extract(body.encode(), content_type).readable


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_sent_as_csv_gives_a_result(text):
    extracted = extract(text.encode(), "text/csv")
    assert extracted.readable
    assert all(block.text == " ".join(block.text.split()) for block in extracted.blocks)


def test_a_field_of_any_length_gives_a_result():
    assert extract(b'"' + b"a," * 200_000, "text/csv").readable
