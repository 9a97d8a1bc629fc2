"""NUL bytes: dropped from text as HTML parsers drop them, half a letter in UTF-16, and the mark of a binary file only where there are many."""

from __future__ import annotations

import random

import pytest

from monitor.extraction.extract import extract
from monitor.model import Verdict
from monitor.pipeline.analyze import analyze
from tests.support.heart import MEMBERS, snapshot

SENTENCE = "The pact has 87 members in 12 valleys, and each of them has one vote at the yearly meeting."
PAGE = f"<!doctype html><title>The pact</title><h1>The pact</h1><p>{SENTENCE}</p>"


@pytest.mark.parametrize(
    "body",
    [
        PAGE.replace("87 members", "87 mem\0bers"),
        PAGE.replace("87", "8\0" + "7"),
        PAGE.replace("</p>", "\0</p>"),
        "\0" + PAGE,
        PAGE + "\0" * 5000,
        PAGE.replace("<h1>", "\0" * 20 + "<h1>"),
        PAGE.replace("<h1>", "<!--\0--><script>\0</script><h1>"),
        PAGE.replace("<h1>", "<h1 id='a\0b'>"),
    ],
)
def test_a_nul_in_html_is_dropped(body: str):
    says = analyze(body.encode(), snapshot(), (MEMBERS,))
    assert says.verdict is Verdict.OK
    assert says.version.text.split("\n") == ["The pact", SENTENCE]
    assert says.version.readings[0].value == 87


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (f"{SENTENCE}\0\n", "text/plain", [SENTENCE]),
        (SENTENCE.replace("members", "mem\0bers"), "text/plain", [SENTENCE]),
        ('{"members": 87}' + "\0", "application/json", ["members | 87"]),
        ('{"mem\\u0000bers": "8\\u00007"}', "application/json", ["members | 87"]),
        ("<rss><channel><title>The\0 pact</title></channel></rss>", "application/rss+xml", ["The pact"]),
        ("<html xmlns='http://www.w3.org/1999/xhtml'><p>87\0 members</p></html>", "application/xhtml+xml", ["87 members"]),
        ("<p>87\0 members</p>" + "<div>" * 4000, "text/html", ["87 members"]),
    ],
)  # fmt: skip
def test_a_nul_is_dropped_in_every_format(body: str, content_type: str, expected: list[str]):
    assert [block.text for block in extract(body.encode(), content_type).blocks] == expected


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=utf-8", None])
def test_utf_16_without_a_mark_is_told_by_where_its_nuls_are(encoding: str, content_type: str | None):
    for text in (PAGE, PAGE.replace("The pact has", "Договор объединяет")):
        says = analyze(text.encode(encoding), snapshot(content_type=content_type), (MEMBERS,))
        assert says.verdict is Verdict.OK
        assert says.version.readings[0].value == 87


def test_a_file_of_text_in_utf_16_is_read_as_that():
    assert [block.text for block in extract(SENTENCE.encode("utf-16-le"), "text/plain").blocks] == [SENTENCE]


@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=utf-8", "text/plain", "text/xml", None])
def test_binary_data_is_an_error_whatever_it_is_labelled(content_type: str | None):
    random_bytes = random.Random(9).randbytes
    program = b"\xca\xfe\xba\xbe" + bytes(40) + random_bytes(300) + b"a name\0" * 30
    records = b"".join(n.to_bytes(4, "big") + b"name" + bytes(8) for n in range(500))
    for body in (random_bytes(64), random_bytes(5000), program, records):
        assert analyze(body, snapshot(content_type=content_type), (MEMBERS,)).verdict is Verdict.ERROR


def test_control_characters_that_text_has_do_not_make_it_binary():
    overstruck = "".join(f"{letter}\b{letter}" for letter in "NAME")
    for text in (f"{overstruck} {SENTENCE}\x1a", f"\x1b[1m{SENTENCE}\x1b[0m\x0c", "87 members\x03"):
        assert analyze(text.encode(), snapshot(content_type="text/plain"), ()).verdict is Verdict.OK
