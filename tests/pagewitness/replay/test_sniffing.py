"""Media types by the first bytes."""

from __future__ import annotations

import pytest

from pagewitness.replay.sniffing import MEDIA_BYTES, sniffed_type, xml_document_type


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        (b"wOF2\0\1\0\0", "font/woff2"),
        (b"\0\1\0\0\0\x0f", "font/ttf"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"\0\0\0\x20ftypavif", "image/avif"),
        (b"<svg xmlns=", None),
        (b"%PDF-1.7", None),
        (b"<html>", None),
        (b"RIFF", None),
        (b"", None),
    ],
)
def test_media_are_detected_and_nothing_active(beginning: bytes, kind: str | None):
    assert sniffed_type(beginning[:MEDIA_BYTES]) == kind


SVG = "image/svg+xml"


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        ('<svg xmlns="http://www.w3.org/2000/svg">', SVG),
        ('<?xml version="1.0"?>\n<!-- a -->\n<!DOCTYPE svg PUBLIC "x" "y" [<!ENTITY a "b">]>\n<svg width="1" xmlns="&a;">', SVG),
        ("<html lang='en' xmlns='http://www.w3.org/1999/xhtml'>", "application/xhtml+xml"),
        ("<svg>", None),
        ("<html>", None),
        ('<rss><svg xmlns="http://www.w3.org/2000/svg">', None),
        ("<!--" * 1_000, None),
        ("<!---->" * 500, None),
    ],
)  # fmt: skip
def test_a_root_of_xhtml_or_svg_is_detected(beginning: str, kind: str | None):
    assert xml_document_type(beginning.encode()) == kind
