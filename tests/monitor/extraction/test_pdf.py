"""PDF documents are read as pages are: headings, paragraphs, rows, facts and changes; one without text says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.diff.compare import compare
from monitor.extraction.extract import ExtractedPage, extract
from monitor.model import FactDefinition, FactKind, Verdict
from monitor.pipeline.analyze import analyze
from rendering.sentences import summary
from tests.support.heart import MEMBERS, snapshot
from tests.support.pdf_writer import Text, paragraph, pdf

PROSE = [
    "The union has 64 lodges in three valleys, and each of them sends",
    "two singers to the yearly meeting in the hall by the old mill.",
]


def read(*pages: list[Text], title: str = "") -> ExtractedPage:
    return extract(pdf(*pages, title=title), "application/pdf")


def kinds(page: ExtractedPage) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in page.blocks]


def test_headings_paragraphs_title_and_number_of_pages_are_read():
    page = read(
        [
            Text(72, 780, "The singing union", 22),
            *paragraph(PROSE, 740),
            Text(72, 690, "Dues", 15),
            *paragraph(["Dues are €70 a year."], 665),
        ],
        title="Report of the union",
    )
    assert (page.title, page.language, page.readable, page.document) == ("Report of the union", "en", True, False)
    assert kinds(page) == [
        ("heading", "The singing union"),
        ("content", " ".join(PROSE)),
        ("heading", "Dues"),
        ("content", "Dues are €70 a year."),
        ("metadata", "Report of the union"),
        ("metadata", "1 page"),
    ]
    assert page.blocks[3].anchor == ("The singing union", "Dues")


@pytest.mark.parametrize(
    ("lines", "texts"),
    [
        (["Der Verband hat 64 Logen, und jede davon entsendet zwei", "Sänger zum jährlichen Treffen in der Halle an der Mühle."], ["Der Verband hat 64 Logen, und jede davon entsendet zwei Sänger zum jährlichen Treffen in der Halle an der Mühle."]),
        (["Short line.", "A second paragraph that is much longer than the line above it."], ["Short line.", "A second paragraph that is much longer than the line above it."]),
        (["• first item of the list, which is as long as a line can be", "• second item of it"], ["• first item of the list, which is as long as a line can be", "• second item of it"]),
    ],
)  # fmt: skip
def test_lines_are_joined_to_paragraphs(lines, texts):
    assert [text for kind, text in kinds(read(paragraph(lines, 700))) if kind == "content"] == texts


def test_a_word_divided_at_the_end_of_a_line_is_put_together():
    lines = ["The union has sixty-four lodges, and each of them sends two sin-", "gers to the yearly meeting in the hall by the old mill."]  # fmt: skip
    (content, *_) = kinds(read(paragraph(lines, 700)))
    assert "two singers to" in content[1]


def test_aligned_pieces_are_rows_of_a_table():
    rows = [("Region", "Lodges", "Singers"), ("North", "12", "340"), ("South", "52", "1,210")]
    texts = [
        Text(x, 700 - 18 * n, cell) for n, row in enumerate(rows) for x, cell in zip((72, 220, 360), row, strict=True)
    ]
    assert [pair for pair in kinds(read(texts)) if pair[0] == "row"] == [
        ("row", "Region | Lodges | Singers"),
        ("row", "North | 12 | 340"),
        ("row", "South | 52 | 1,210"),
    ]


def test_two_columns_are_read_one_after_the_other():
    left = [f"Line {n} of the left column is quite long" for n in range(1, 7)]
    right = [f"Line {n} of the right column is long, too" for n in range(1, 7)]
    texts = [text for n in range(6) for text in (Text(60, 700 - 14 * n, left[n]), Text(320, 700 - 14 * n, right[n]))]
    joined = " ".join(text for kind, text in kinds(read(texts)) if kind == "content")
    assert joined == " ".join([*left, *right])


def test_headers_and_footers_of_pages_are_no_text_and_a_paragraph_goes_on_over_the_page():
    pages = [[Text(72, 810, "Report of the union, 2020", 9), *paragraph([f"Chapter {n} is about the lodges of the valley."], 700), Text(290, 30, f"Page {n} of 4", 9)] for n in range(1, 5)]  # fmt: skip
    read_blocks = kinds(read(*pages))
    assert [text for kind, text in read_blocks if kind == "content"] == [f"Chapter {n} is about the lodges of the valley." for n in range(1, 5)]  # fmt: skip
    assert [text for kind, text in read_blocks if kind == "footer"][:2] == ["Report of the union, 2020", "Page 1 of 4"]


def test_facts_and_changes_are_those_of_pages():
    def version(members: int, pages: int = 1):
        body = pdf(
            [*paragraph([f"The pact has {members} members."], 700)],
            *([[Text(72, 700, "More.")]] * (pages - 1)),
            title="Pact",
        )
        return analyze(body, replace(snapshot(), content_type="application/pdf"), (MEMBERS,))

    old, new = version(86), version(87)
    assert (old.verdict, old.version.document) == (Verdict.OK, None)
    assert [reading.value for reading in (*old.version.readings, *new.version.readings)] == [86, 87]
    assert compare(old.version, old.version) == ()
    longer = version(86, pages=2)
    assert "number of pages changed: “1 page” → “2 pages”" in [
        summary(change) for change in compare(old.version, longer.version)
    ]


def test_a_fact_is_read_under_a_heading():
    fact = FactDefinition("dues", FactKind.MONEY_OF, ("dues",))
    body = pdf(
        [Text(72, 780, "Dues", 20), *paragraph(["The dues are €70 a year, and nobody pays more than that."], 740)]
    )
    assert analyze(body, replace(snapshot(), content_type="application/pdf"), (fact,)).version.readings[0].value == 70


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (pdf([], [], image=True), "a scanned PDF document without text"),
        (pdf([]), "a PDF document without text"),
        (pdf([Text(72, 700, "64 lodges")], encrypted=True), "a PDF document with a password"),
        (pdf([Text(72, 700, "64 lodges")])[:60], "a damaged PDF document"),
        (b"%PDF-1.7 and nothing that follows", "a damaged PDF document"),
    ],
)
def test_a_document_that_cannot_be_read_says_why(body, why):
    page = extract(body, "application/pdf")
    assert (page.readable, page.why, page.document, page.blocks) == (False, why, True, ())
    analysis = analyze(body, replace(snapshot(), content_type="application/pdf"), (MEMBERS,))
    assert analysis.verdict is Verdict.OK
    assert why in analysis.reason
    assert analysis.version.document is not None


def test_a_document_is_recognised_whatever_its_type():
    body = pdf(paragraph(PROSE, 700))
    assert extract(body, "text/html").blocks == extract(body, "application/octet-stream").blocks == extract(body, None).blocks  # fmt: skip


@given(st.integers(0, 900), st.binary(max_size=4))
def test_a_document_damaged_anywhere_gives_a_result(at, noise):
    body = pdf(paragraph(PROSE, 700), title="Union")
    damaged = body[:at] + noise + body[at + len(noise) :]
    assert extract(damaged, "application/pdf") == extract(damaged, "application/pdf")


def test_pages_that_consist_of_similar_lines_have_neither_header_nor_footer():
    page = read(*([Text(72, 700, f"Lodges: {64 + number}")] for number in range(6)))
    assert [text for kind, text in kinds(page) if kind == "content"] == [
        f"Lodges: {64 + number}" for number in range(6)
    ]
