"""Detects media types from the first bytes, where the declared one is missing or generic: fonts, images, audio and video (MIME Sniffing Standard §6), XHTML and SVG.

Of the media types only those are detected that can neither run scripts nor load resources.
"""

from __future__ import annotations

import re

_SIGNATURES = (
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"OTTO", "font/otf"),
    (b"\0\1\0\0", "font/ttf"),
    (b"true", "font/ttf"),
    (b"ttcf", "font/collection"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\0\0\1\0", "image/x-icon"),
    (b"BM", "image/bmp"),
    (b"ID3", "audio/mpeg"),
    (b"OggS\0", "audio/ogg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
_RIFF = {b"WEBPVP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/avi"}
_BRANDS = {b"avif": "image/avif", b"avis": "image/avif"}
MEDIA_BYTES, XML_BYTES = 14, 4096
"""How many bytes are read at most."""
# One at a time: a pattern for all of them could match "<!----><!---->" in many ways.
_BEFORE_ROOT = re.compile(rb"[ \t\r\n]*+(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*+(?:\[.*?\][ \t\r\n]*+)?>)", re.DOTALL)
_ROOT = re.compile(
    rb"[ \t\r\n]*+<(?:html[ \t\r\n][^>]*?\bxmlns=[\"'](?P<xhtml>http://www\.w3\.org/1999/xhtml)|svg[ \t\r\n][^>]*?\bxmlns=[\"'](?:http://www\.w3\.org/2000/svg|&))"
)


def sniffed_type(beginning: bytes) -> str | None:
    """Return the media type of content that begins with these bytes; None if it is not known."""
    if beginning.startswith(b"RIFF"):
        return next((kind for name, kind in _RIFF.items() if beginning.startswith(name, 8)), None)
    if beginning[4:8] == b"ftyp":
        return _BRANDS.get(beginning[8:12], "video/mp4")
    return next((kind for signature, kind in _SIGNATURES if beginning.startswith(signature)), None)


def xml_document_type(beginning: bytes) -> str | None:
    """Return the media type of an XML document whose root is one of XHTML or SVG; None for any other."""
    place = 0
    while passed := _BEFORE_ROOT.match(beginning, place):
        place = passed.end()
    root = _ROOT.match(beginning, place)
    if root is None:
        return None
    return "application/xhtml+xml" if root["xhtml"] else "image/svg+xml"
