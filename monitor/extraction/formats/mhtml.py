"""Extract the page from an MHTML archive (RFC 2557): browsers save a page with its parts as one mail whose root part is the page.

Only headers are passed to Python's mail parser, each of bounded length. Parts are split at their boundaries and only the root part is decoded, so that
the cost is linear in the size of the archive.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesHeaderParser
from typing import NamedTuple

_TYPES = frozenset(
    "multipart/related message/rfc822 application/x-mimearchive application/mhtml application/x-mhtml application/x-mht".split()
)
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_SAVED = _PAGES | {"multipart/related", "multipart/mixed", "multipart/alternative"}
_MAY_BE = frozenset({"", "text/html", "application/octet-stream", *_TYPES})
_HEADER_BYTES = 16_384
MAX_PARTS = 2_000
"""Maximum number of parts that are searched for the page, which comes first."""
_DEEP = 3
_FIELD = re.compile(rb"[A-Za-z][A-Za-z0-9-]{0,60}:")
_BLANK = re.compile(rb"\r?\n\r?\n")


class Page(NamedTuple):
    """The page in an archive.

    Attributes:
        body: The bytes after transfer decoding.
        content_type: The Content-Type field.
        location: The URL from which the page was saved; "" if the archive does not record it.
    """

    body: bytes
    content_type: str
    location: str


def header_of(body: bytes, content_type: str | None) -> Message | None:
    """Return the header of an MHTML archive; None if the body is not one.

    Args:
        body: Content-decoded bytes.
        content_type: The Content-Type field as received; None if it is missing.
    """
    kind = (content_type or "").split(";")[0].strip().lower()
    if kind not in _MAY_BE:
        return None
    if _FIELD.match(body):
        header = _header(body)
        return header if "mime-version" in header and _kind(header) in _SAVED else None
    if kind == "multipart/related" and body.lstrip().startswith(b"--"):
        header = Message()
        header["Content-Type"] = " ".join((content_type or "").split())
        return header
    return None


def page_of(body: bytes, header: Message) -> Page | None:
    """Return the page in the archive with that header; None if it contains none."""
    location = _text(header, "Content-Location") or _text(header, "Snapshot-Content-Location")
    try:
        found = _root(body, header, 0)
    except Exception:  # noqa: BLE001 (the mail parser raises all kinds of errors where a field's parameters are hostile)
        return None
    return found if found is None or found.location else found._replace(location=location)


def _root(body: bytes, header: Message, depth: int) -> Page | None:
    kind = _kind(header)
    if kind in _PAGES:
        return Page(_decoded(_payload(body), header), _text(header, "Content-Type"), _text(header, "Content-Location"))
    boundary = header.get_boundary()
    if not kind.startswith("multipart/") or not boundary or depth >= _DEEP:
        return None
    start = str(header.get_param("start") or "").strip("<> ")
    first = None
    for part in _parts(body, boundary):
        inner = _header(part)
        if first is not None and start != _text(inner, "Content-ID").strip("<> "):
            continue
        found = _root(part, inner, depth + 1)
        if found is not None and (not start or start == _text(inner, "Content-ID").strip("<> ")):
            return found
        first = first or found
    return first


def _parts(body: bytes, boundary: str) -> Iterator[bytes]:
    """Yield the parts between boundaries, with their headers; the line end before a boundary belongs to the boundary (RFC 2046 §5.1.1)."""
    line = re.compile(
        rb"(?:\A|\r?\n)--" + re.escape(boundary.encode("latin-1", "replace")) + rb"(--)?[ \t]*+(?=\r?\n|\Z)"
    )
    begin = None
    for count, found in enumerate(line.finditer(body)):
        if begin is not None:
            yield body[begin : found.start()].removeprefix(b"\r").removeprefix(b"\n")
        if found.group(1) or count >= MAX_PARTS:
            return
        begin = found.end()
    if begin is not None:
        yield body[begin:].removeprefix(b"\r").removeprefix(b"\n")


def _header(part: bytes) -> Message:
    start = part[:_HEADER_BYTES]
    end = _BLANK.search(start)
    return BytesHeaderParser().parsebytes(start if end is None else start[: end.start()])


def _payload(part: bytes) -> bytes:
    end = _BLANK.search(part, 0, _HEADER_BYTES)
    return b"" if end is None else part[end.end() :]


def _decoded(payload: bytes, header: Message) -> bytes:
    encoding = _text(header, "Content-Transfer-Encoding").lower()
    if encoding == "quoted-printable":
        return binascii.a2b_qp(payload)
    if encoding != "base64":
        return payload
    for padding in (b"", b"=", b"=="):
        try:
            return binascii.a2b_base64(payload + padding)
        except binascii.Error:
            continue
    return b""


def _kind(header: Message) -> str:
    """Return the media type, lower case."""
    return _text(header, "Content-Type").split(";")[0].strip().lower()


def _text(header: Message, name: str) -> str:
    """Return a field as one line; "" if it is missing."""
    return " ".join(str(header.get(name) or "").split())
