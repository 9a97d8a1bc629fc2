"""Bodies of other kinds and in other encodings than most: golden_formats/NAME beside golden_formats/NAME.golden.json, and what is no text at all.

After a change to the cleaner, `PAGEWITNESS_UPDATE_GOLDEN=1 pytest tests/monitor/extraction/test_formats.py` writes the answers anew; read the difference.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.extraction.extract import extract
from monitor.extraction.formats.json_text import MAX_VALUES
from monitor.model import READING_KINDS, BlockKind, Document, Verdict
from monitor.pipeline.analyze import analyze
from tests.support.heart import MEMBERS, snapshot

_FILES = sorted(
    path for path in (Path(__file__).parent / "golden_formats").iterdir() if not path.name.endswith(".golden.json")
)
_TYPES = {
    ".html": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".json": "application/json",
    ".txt": "text/plain",
    ".rss": "application/rss+xml",
    ".atom": "application/xml",
}
_HEADERS = {"koi8-r-header.html": "text/html; charset=KOI8-R", "utf-16be-header.html": 'text/html; charset="utf-16be"'}


def _seen(file: Path) -> dict[str, object]:
    cleaned = extract(file.read_bytes(), _HEADERS.get(file.name, _TYPES.get(file.suffix)))
    return {
        "title": cleaned.title,
        "language": cleaned.language,
        "blocks": [
            {"kind": block.kind.value, "text": block.text, "why": block.why, "anchor": list(block.anchor)}
            for block in cleaned.blocks
        ],
    }


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_a_body_of_any_kind_and_encoding_reads_as_a_person_sees_it(file):
    answer = file.with_name(f"{file.name}.golden.json")
    if os.environ.get("PAGEWITNESS_UPDATE_GOLDEN"):
        answer.write_text(json.dumps(_seen(file), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert _seen(file) == json.loads(answer.read_text(encoding="utf-8"))


def test_the_files_are_in_the_encodings_they_are_named_for():
    assert len(_FILES) >= 22
    as_utf8 = 0
    for file in _FILES:
        try:
            file.read_bytes().decode("utf-8")
            as_utf8 += 1
        except UnicodeDecodeError:
            pass
    assert as_utf8 <= 7


@pytest.mark.parametrize("name", ["figures.json", "feed.rss", "notice.txt", "page.xhtml", "feed.atom"])
def test_a_fact_is_read_in_every_format(name):
    file = Path(__file__).parent / "golden_formats" / name
    facts = (MEMBERS,) if not name.endswith((".xhtml", ".atom")) else ()
    says = analyze(file.read_bytes(), snapshot(content_type=_TYPES[file.suffix]), facts)
    assert says.verdict is Verdict.OK
    assert any(mention.value == 42 for mention in says.version.mentions)
    assert [reading.value for reading in says.version.readings] == [42] * len(facts)


@pytest.mark.parametrize(
    ("body", "content_type", "what"),
    [
        (b"\x1f\x8b....", "text/html", "compressed data"),
        (b"\x7fELF....", None, "a program"),
        (b"a\0b\0\0c", "text/html", "no text: it has NUL bytes"),
        (b"\0" * 5000, "text/html", "no text: it has NUL bytes"),
        (b"\0" * 50, None, "no text: it has NUL bytes"),
        (bytes(range(256)) * 4, "text/html", "no text: it has control characters"),
        (bytes(range(256)) * 4, "application/json", "no text: it has control characters"),
        (b"....", "application/pdf", "of type application/pdf, which has no text to read"),
        (b"  ", "application/xml", "XML without an element"),
        (b"p { color: red }", "text/css", "text for machines, of type text/css"),
    ],
)  # fmt: skip
def test_what_has_no_text_is_an_error_that_says_what_it_is(body, content_type, what):
    assert extract(body, content_type).why == what
    says = analyze(body, snapshot(content_type=content_type), ())
    assert (says.verdict, says.reason) == (Verdict.ERROR, f"the body is {what}")


@pytest.mark.parametrize(
    ("body", "content_type", "what"),
    [
        (b"%PDF-1.7 ...", "application/pdf", "a damaged PDF document"),
        (b"%PDF-1.7 ...", "text/html", "a damaged PDF document"),
        (b"\x89PNG\r\n\x1a\n", "image/png", "a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>", "image/svg+xml", "a picture"),
        (b"PK\x03\x04....", None, "a ZIP archive or an office document"),
    ],
)
def test_a_file_that_people_publish_is_told_by_its_digest(body, content_type, what):
    says = analyze(body, snapshot(content_type=content_type), (MEMBERS,))
    assert (says.verdict, says.reason) == (Verdict.OK, f"{what}, only its checksum is compared")
    assert says.version.document == Document(what, len(body), hashlib.sha256(body).hexdigest())
    assert (says.version.blocks, [reading.value for reading in says.version.readings]) == ((), [None])
    assert says.version.text == f"{what}, {len(body)} bytes, SHA-256 {hashlib.sha256(body).hexdigest()}"


@pytest.mark.parametrize(
    "content_type", ["text/html", "text/xml", None, "application/octet-stream", "application/rss+xml"]
)
def test_a_feed_is_a_feed_whatever_it_is_served_as(content_type):
    body = b"<?xml version='1.0'?><rss><channel><title>Pact</title><item><title>New</title><description>87 members</description></item></channel></rss>"
    assert [(block.kind, block.text, block.anchor) for block in extract(body, content_type).blocks] == [
        (BlockKind.HEADING, "Pact", ()),
        (BlockKind.HEADING, "New", ("Pact",)),
        (BlockKind.CONTENT, "87 members", ("Pact", "New")),
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<p>87 members</p>", ["87 members"]),
        (b'[{"members": 87}]', ["members | 87"]),
        (b"87 members\n", ["87 members"]),
        (b"if 3 < 4 then {x}", ["if 3 < 4 then {x}"]),
    ],
)
def test_a_body_without_a_type_is_told_by_how_it_begins(body, expected):
    assert [block.text for block in extract(body, None).blocks] == expected


def test_json_that_is_broken_deep_or_endless_is_read_as_the_text_it_is():
    assert [block.text for block in extract(b'{"members": 87,', "application/json").blocks] == ['{"members": 87,']
    assert len(extract(b"[" * 100_000, "application/json").blocks) <= 1
    many = json.dumps(list(range(1, MAX_VALUES + 2))).encode()
    assert extract(many, "application/json").blocks[0].why == "JSON that is not read value by value"


def test_a_number_in_json_keeps_its_own_characters():
    body = b'{"price": 1.50, "big": ' + b"9" * 5000 + b', "odd": NaN, "ok": false}'
    texts = [block.text for block in extract(body, "application/json").blocks]
    assert texts[0] == "price | 1.50"
    assert texts[2:] == ["odd | NaN", "ok | false"]


def test_a_feed_that_breaks_off_says_what_it_had_said():
    body = b"<rss><channel><title>Pact</title><item><title>New</title><description>87 members"
    assert [block.text for block in extract(body, "application/rss+xml").blocks] == ["Pact", "New", "87 members"]


def test_markup_in_a_feed_keeps_its_kinds():
    body = b"<rss><channel><item><title>A</title><description><![CDATA[<nav><a href=/>Home</a></nav><table><tr><th>Members</th><td>87</td></tr></table>]]></description></item></channel></rss>"
    kinds = {block.text: block.kind for block in extract(body, "application/rss+xml").blocks}
    assert kinds == {"A": BlockKind.HEADING, "Home": BlockKind.NAVIGATION, "Members | 87": BlockKind.ROW}


def test_entity_bombs_stay_small():
    bomb = "<!DOCTYPE rss [" + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)) + "]>"
    body = f"{bomb}<rss><channel><title>&a9;</title></channel></rss>".encode()
    assert sum(len(block.text) for block in extract(body, "application/rss+xml").blocks) < 2 * len(body)


_PIECES = ["<rss>", "<channel>", "<item>", "</item>", "<title>", "</title>", "<![CDATA[", "]]>", "<!--", "-->", "&lt;p&gt;", "&#0;", "<content type='xhtml'>",
           "</content>", "{", "}", "[", "]", '"a"', ":", ",", "1", "<p>", "</p>", "# ", "\n\n", "---", "<feed xml:lang='de'>", "<entry/>", "<html", "/>", "87 members"]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join), st.sampled_from([*_TYPES.values(), None]))
@settings(max_examples=300, deadline=None)
def test_any_soup_gives_a_result(soup, content_type):
    cleaned = extract(soup.encode(), content_type)
    for block in cleaned.blocks:
        assert block.text
        assert block.text == " ".join(block.text.split())
        assert block.kind in READING_KINDS or not block.anchor
    assert cleaned == extract(soup.encode(), content_type)


@pytest.mark.parametrize("before", ["<!--a-->", "<?x?>", "<!doctype rss [<!ENTITY a '>'>]>", "<!-- <a> -->\n"])
def test_what_stands_before_the_root_is_passed_over_whatever_its_number(before: str):
    feed = before * 40 + "<rss><channel><item><title>87 members</title></item></channel></rss>"
    assert [block.text for block in extract(feed.encode(), "text/xml").blocks] == ["87 members"]
    assert "XML without an element" in extract((before * 40 + "text").encode(), "text/xml").why
