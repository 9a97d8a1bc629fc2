"""Writes small PDF documents (ISO 32000-1): pages of positioned texts in Helvetica, with a title, without compression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Text(NamedTuple):
    """A text at a position, in points from the lower left corner of a page of 595 × 842 points."""

    x: float
    y: float
    text: str
    size: float = 11


def paragraph(lines: Sequence[str], top: float, *, left: float = 72, size: float = 11) -> list[Text]:
    """Lines at the distance of a paragraph."""
    return [Text(left, top - 1.25 * size * number, line, size) for number, line in enumerate(lines)]


def pdf(*pages: Sequence[Text], title: str = "", image: bool = False, encrypted: bool = False) -> bytes:
    """A document.

    Args:
        pages: The texts of each page.
        title: Its title; "" for none.
        image: Whether each page shows an image of one pixel, as a scanned page does.
        encrypted: Whether it names an encryption for which a password is needed.
    """
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    objects.append(
        _stream(b"\0", b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8")
    )
    objects.append(b"<< /Title " + _string(title) + b" >>")
    kids = []
    for texts in pages:
        content = b"\n".join(
            f"BT /F1 {text.size} Tf 1 0 0 1 {text.x} {text.y} Tm ".encode() + _string(text.text) + b" Tj ET"
            for text in texts
        )
        objects.append(_stream(content + (b"\nq 500 0 0 700 40 60 cm /Im1 Do Q" if image else b"")))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> /XObject << /Im1 4 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [" + b" ".join(kids) + b"] /Count %d >>" % len(kids)
    security = b""
    if encrypted:
        objects.append(
            b"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <" + b"11" * 32 + b"> /U <" + b"22" * 32 + b"> >>"
        )
        security = b"/Encrypt %d 0 R /ID [<00> <00>] " % len(objects)
    return _file(objects, security)


def pdf_of_a_form(text: str, *, draws_itself: int) -> bytes:
    """A document of one page whose text is in a form XObject, which draws itself so many times more."""
    resources = b"/Resources << /Font << /F1 3 0 R >> /XObject << /Fm1 4 0 R >> >>"
    content = b"BT /F1 11 Tf 1 0 0 1 72 700 Tm " + _string(text) + b" Tj ET" + b" /Fm1 Do" * draws_itself
    return _file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [7 0 R] /Count 1 >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            _stream(content, b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] " + resources),
            b"<< /Title () >>",
            _stream(b"/Fm1 Do"),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 6 0 R " + resources + b" >>",
        ],
        b"",
    )


def _file(objects: Sequence[bytes], security: bytes) -> bytes:
    body = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(
        b"%010d 00000 n \n" % offset for offset in offsets
    )
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R %s>>\nstartxref\n%d\n%%%%EOF\n"
    return body + table + trailer % (len(objects) + 1, security, len(body))


def _stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< %s /Length %d >>\nstream\n" % (entries, len(content)) + content + b"\nendstream"


def _string(text: str) -> bytes:
    return b"(" + text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"
