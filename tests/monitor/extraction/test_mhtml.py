"""Pages that a browser saved with their parts (MHTML) are read as the page that they hold, or are errors that name MHTML."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.extraction.extract import extract
from monitor.model import Verdict
from monitor.pipeline.analyze import analyze
from tests.support.heart import MEMBERS, snapshot

PAGE = "<!doctype html><html lang=en><title>The pact</title><p>The pact has 87 members – today – and <a href=towns>12 valleys</a>.</p>"
HEADER = (
    "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://pact.example/about/\r\nSubject: The pact\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="----MultipartBoundary--x"\r\n\r\n\r\n'
)
PICTURE = "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <p@x>\r\nContent-Location: /p.png\r\n\r\niVBORw0KGgo="
STYLE = "Content-Type: text/css\r\nContent-Location: cid:css@x\r\n\r\np { color: red } 99 members"


def part(page: bytes, encoding: str, content_type: str = "text/html", more: str = "") -> bytes:
    return (
        f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n{more}\r\n".encode() + page + b"\r\n"
    )


def archive(*parts: bytes | str, header: str = HEADER, end: bytes = b"------MultipartBoundary--x--\r\n") -> bytes:
    made = [made if isinstance(made, bytes) else f"{made}\r\n".encode() for made in parts]
    return header.encode() + b"".join(b"------MultipartBoundary--x\r\n" + made for made in made) + end


QUOTED = part(quopri.encodestring(PAGE.encode()), "quoted-printable", more="Content-ID: <f@x>\r\n")
START = HEADER.replace('type="text/html"', 'type="text/html"; start="<f@x>"')


@pytest.mark.parametrize(
    "body",
    [
        archive(QUOTED, PICTURE, STYLE),
        archive(QUOTED, PICTURE, STYLE).replace(b"\r\n", b"\n"),
        archive(STYLE, PICTURE, QUOTED),
        archive(part(b"<p>A frame of 3 members.", "8bit"), QUOTED, header=START),
        archive(QUOTED, part(b"<p>A frame of 3 members.", "8bit")),
        archive(part(base64.encodebytes(PAGE.encode()), "base64")),
        archive(part(base64.encodebytes(PAGE.encode()).rstrip(b"=\n"), "Base64")),
        archive(part(PAGE.encode(), "8bit", "text/html; charset=utf-8")),
        archive(part(PAGE.encode("windows-1252"), "binary", "text/html; charset=windows-1252")),
        archive(part(PAGE.encode("utf-16"), "binary")),
        archive(QUOTED, end=b""),
        b"Subject: The pact\r\nMIME-Version: 1.0\r\n" + QUOTED,
    ],
)
@pytest.mark.parametrize("content_type", ["multipart/related", "message/rfc822", "application/x-mimearchive", "text/html", None])  # fmt: skip
def test_a_saved_page_is_read_as_the_page_that_it_is(body: bytes, content_type: str | None):
    says = analyze(body, snapshot(content_type=content_type), (MEMBERS,))
    assert (says.verdict, says.version.title, says.version.text) == (
        Verdict.OK,
        "The pact",
        "The pact has 87 members – today – and 12 valleys.",
    )
    assert says.version.readings[0].value == 87


def test_links_of_a_saved_page_start_where_it_was_saved():
    assert extract(archive(QUOTED), None).base == "https://pact.example/about/"
    located = part(PAGE.encode(), "8bit", "text/html; charset=utf-8", "Content-Location: https://pact.example/en/\r\n")
    assert extract(archive(located), None).base == "https://pact.example/en/"
    based = part(b"<base href=/de/><p>87", "8bit", more="Content-Location: https://pact.example/en/\r\n")
    assert extract(archive(based), None).base == "https://pact.example/de/"


def test_an_archive_that_is_served_with_its_boundary_needs_no_header_of_its_own():
    body = archive(QUOTED, header="")
    cleaned = extract(body, 'multipart/related; boundary="----MultipartBoundary--x"')
    assert cleaned.title == "The pact"


@pytest.mark.parametrize(
    "body",
    [
        archive(PICTURE),
        archive(),
        HEADER.encode(),
        HEADER.replace("boundary", "border").encode() + QUOTED,
        b"MIME-Version: 1.0\nContent-Type: multipart/related; a*0=b; a*=c; boundary=x\n\n--x\n",
        b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary*=utf-7''%80%FF\n\n--x\n",
    ],
)
def test_an_archive_without_a_page_is_an_error_that_names_mhtml(body: bytes):
    says = analyze(body, snapshot(content_type="multipart/related"), ())
    assert (says.verdict, says.reason) == (Verdict.ERROR, "the body is an MHTML archive without a page in it")


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n87 members", "text/plain", "MIME-Version: 1.0"),
        (b"Members: 87", "text/html", "Members: 87"),
        (b"Members: 87\n\nContent-Type: multipart/related; MIME-Version: 1.0", None, "Members: 87"),
    ],
)  # fmt: skip
def test_other_text_with_colons_is_no_archive(body: bytes, content_type: str | None, text: str):
    assert extract(body, content_type).blocks[0].text.startswith(text)


def test_an_archive_in_an_archive_and_one_of_endless_parts_end():
    inner = archive(QUOTED)
    for depth in range(20):
        inner = HEADER.replace("--x", f"--{depth}").encode() + f"------MultipartBoundary--{depth}\r\n".encode() + inner
    assert not extract(inner, None).readable
    many = archive(*[PICTURE] * 5_000, QUOTED)
    assert not extract(many, None).readable
    assert not extract(HEADER.encode() + b"------MultipartBoundary--x\r\n" * 100_000, None).readable


_PIECES = [b"MIME-Version: 1.0\n", b"Content-Type: ", b"multipart/related", b"text/html", b"; boundary=x", b"; boundary*0*=x", b"; start=<a>", b"; charset=utf-16", b"\n", b" ",
           b"\n\n", b"--x\n", b"\n--x--\n", b"Content-ID: <a>\n", b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: quoted-printable\n", b"ODcg", b"=38=\n7", b"<p>87",
           b'"', b"\\", b"=?utf-8?q?=38?=", b"\xff", b"*=", b"Content-Location: http://[\n"]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=30).map(b"".join))
def test_any_soup_of_headers_and_boundaries_gives_a_result(soup: bytes):
    assert extract(b"MIME-Version: 1.0\n" + soup, "multipart/related") is not None
