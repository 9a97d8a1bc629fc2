"""XML that is neither XHTML nor a feed: each value a row with its name, under the elements around it; whatever it is, within bounds."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.extraction.formats.xml_text import MAX_ELEMENTS, MAX_VALUES
from monitor.model import BlockKind, Verdict
from monitor.pipeline.analyze import analyze
from tests.support.heart import MEMBERS, snapshot


def rows(document: str, content_type: str | None = "application/xml") -> list[tuple[str, tuple[str, ...]]]:
    return [(block.text, block.anchor) for block in extract(document.encode(), content_type).blocks]


def test_a_value_is_a_row_with_its_name_under_the_elements_around_it():
    document = "<?xml version='1.0'?><release><version>4.1.0</version><stats><members>87</members></stats></release>"
    says = analyze(document.encode(), snapshot(content_type="text/xml"), (MEMBERS,))
    assert (says.verdict, says.version.readings[0].value) == (Verdict.OK, 87)
    assert rows(document) == [("version | 4.1.0", ("release",)), ("members | 87", ("release", "stats"))]
    assert {block.kind for block in says.version.blocks} == {BlockKind.ROW}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("<pact members='87'/>", [("members | 87", ("pact",))]),
        ("<pact><town name='Alder' members='12'/></pact>", [("members | 12", ("pact", "Alder"))]),
        ("<pact><entry key='members' value='87'/></pact>", [("members | 87", ("pact", "entry"))]),
        ("<pact><field name='members'>87</field></pact>", [("members | 87", ("pact", "field"))]),
        ("<p:pact xmlns:p='urn:p' xsi:schemaLocation='a b'><p:members>87</p:members></p:pact>", [("members | 87", ("pact",))]),
        ("<pact><p>The pact has <b>87</b> members.</p></pact>", [("p | The pact has 87 members.", ("pact",))]),
        ("<pact><members><![CDATA[87]]></members><!-- 3 --><?x 4?></pact>", [("members | 87", ("pact",))]),
        ("<pact><text><![CDATA[<p>87 members</p><p>12 valleys</p>]]></text></pact>", [("87 members", ("pact", "text")), ("12 valleys", ("pact", "text"))]),
        ("<pact><members>8&#55;</members><a>x &amp; y</a></pact>", [("members | 87", ("pact",)), ("a | x & y", ("pact",))]),
        ("<pact><town>Alder</town><town>Birch</town><none/></pact>", [("town | Alder", ("pact",)), ("town | Birch", ("pact",))]),
        ("<pact><members>87</pact>", [("members | 87", ("pact",))]),
        ("<pact></b><members>87", [("members | 87", ("pact",))]),
        ("<svg><style>a{}</style><path d='M0 0'/><text x='9'>87 members</text></svg>", [("87 members", ("svg",))]),
    ],
)  # fmt: skip
def test_a_document_is_read_value_by_value(document: str, expected: list[tuple[str, tuple[str, ...]]]):
    assert rows(document) == expected


def test_xml_is_told_by_its_declaration_where_nothing_else_says_what_it_is():
    assert rows("<?xml version='1.0'?><pact><members>87</members></pact>", None) == [("members | 87", ("pact",))]


def test_prose_stands_under_its_name_and_the_language_is_the_documents_own():
    said = "Der Bund hat 87 Mitglieder, und jedes von ihnen hat bei der jährlichen Versammlung eine Stimme."
    cleaned = extract(f"<bund xml:lang='de'><text>{said}</text></bund>".encode(), "text/xml")
    assert [(block.kind, block.text, block.anchor) for block in cleaned.blocks] == [
        (BlockKind.CONTENT, said, ("bund", "text"))
    ]
    assert cleaned.language == "de"


def test_no_entity_is_expanded_and_nothing_is_fetched():
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    document = (
        f'<!DOCTYPE pact [{bomb}<!ENTITY file SYSTEM "file:///etc/hostname">]><pact><a>&a9;</a><b>&file;</b></pact>'
    )
    assert rows(document) == [("a | &a9;", ("pact",)), ("b | &file;", ("pact",))]


@pytest.mark.parametrize(
    "document",
    [
        "<pact>" * 200_000 + "87 members",
        "<pact>" * 200 + "<!--" * 50_000,
        "<pact><members " + "a='1' " * 50_000 + ">87",
        "<pact " * 50_000,
        "<!DOCTYPE pact [" * 50_000,
        "<" * 200_000,
    ],
)
def test_a_document_that_is_broken_or_deep_stays_small(document: str):
    blocks = extract(document.encode(), "application/xml").blocks
    assert sum(len(block.text) + sum(map(len, block.anchor)) for block in blocks) <= 2 * len(document)


def test_a_document_of_too_many_values_is_read_as_the_text_it_is():
    for document in (
        f"<pact>{'<a>1</a>' * (MAX_VALUES + 1)}</pact>",
        f"<pact>87 members{'<a/>' * (MAX_ELEMENTS + 1)}</pact>",
    ):
        assert {block.why for block in extract(document.encode(), "text/xml").blocks} == {
            "XML that is not read value by value"
        }
