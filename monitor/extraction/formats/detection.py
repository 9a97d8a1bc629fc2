"""Detect the format of a body by its Content-Type and, if that is not specific, by its first bytes (MIME Sniffing Standard).

Formats with text are HTML, XHTML, feeds, other XML, JSON, plain text and PDF. All other bodies (an image, a program) are described for the verdict.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from monitor.extraction.charset import is_wide
from monitor.extraction.formats.binary import what_binary


class Format(StrEnum):
    """Formats that contain text."""

    HTML = "html"
    XHTML = "xhtml"
    FEED = "feed"
    XML = "xml"
    JSON = "json"
    PLAIN = "plain"
    PDF = "pdf"
    DELIMITED = "delimited"


class Unreadable(NamedTuple):
    """A body without text.

    Attributes:
        why: Description of the body, as the end of "the body is …".
        document: Whether it is a published file, recognised by its first bytes; a change of such a file is detected by its checksum.
    """

    why: str
    document: bool = False


_BINARY = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture or a recording"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"\x1f\x8b", "compressed data"),
    (b"\x28\xb5\x2f\xfd", "compressed data"),
    (b"\x7fELF", "a program"),
)
# These are sent by a broken server or proxy.
_NO_DOCUMENTS = frozenset({"compressed data", "a program"})
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"})
_XML_TYPES = frozenset(
    {"text/xml", "application/xml", "application/rss+xml", "application/atom+xml", "application/rdf+xml"}
)
_JSON_TYPES = frozenset({"application/json", "text/json", "application/x-json", "application/feed+json"})
_DELIMITED_TYPES = frozenset(
    "text/csv text/x-csv application/csv application/x-csv text/tab-separated-values text/tsv text/comma-separated-values".split()
)
_PLAIN_TYPES = frozenset({"application/x-ndjson", "application/yaml", "application/markdown"})
# Text for machines, which is not processed as a page.
_CODE_TYPES = frozenset(
    "text/css text/javascript text/ecmascript text/x-javascript text/calendar text/vcard text/cache-manifest text/event-stream".split()
)
_NAMELESS = frozenset(
    [
        *("", "application/octet-stream", "binary/octet-stream", "application/unknown", "unknown/unknown", "*/*"),
        # Servers use these so that browsers save a file; they say nothing about it.
        *(
            "application/x-download",
            "application/download",
            "application/force-download",
            "application/x-force-download",
        ),
    ]
)

# One item that may precede the first element of an XML document. It is matched repeatedly: one pattern for all could split "<!--a--><!--a-->" in many ways.
_BEFORE_ROOT = re.compile(r"\s*+(?:<\?.*?\?>|<!--.*?-->|<!doctype(?:[^>\[]|\[[^\]]*+\])*+>)", re.IGNORECASE | re.DOTALL)
_ROOT = re.compile(r"\s*+<(?:[a-z_][\w.-]*:)?([a-z_][\w.-]*)", re.IGNORECASE)
_ANY_TAG = re.compile(r"<(?:!doctype html|!--|/?[a-z][a-z0-9]*[\s>/])", re.IGNORECASE)
# The HTML signatures of the MIME Sniffing Standard (§7.1).
_HTML_START = re.compile(
    rb"(?:\xef\xbb\xbf)?[\t\n\f\r ]{0,1000}+<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|body|br|b|p|!--)[ >]",
    re.IGNORECASE,
)
_FEED_ROOTS = frozenset({"rss", "feed", "rdf"})
_LOOK = 4_096


def format_from_type(body: bytes, content_type: str | None) -> Format | Unreadable | None:
    """Return the format given by the Content-Type and the first bytes; None if the text must be examined (`format_from_text`).

    Args:
        body: Content-decoded bytes.
        content_type: The Content-Type field as received; None if it is missing.
    """
    kind = _essence(content_type)
    if body.startswith(b"%PDF-"):
        return Format.PDF
    for start, name in _BINARY:
        if body.startswith(start):
            return Unreadable(name, document=name not in _NO_DOCUMENTS)
    binary = what_binary(body)
    if binary is not None and not is_wide(body, content_type):
        return Unreadable(binary)
    if kind in _JSON_TYPES or kind.endswith("+json"):
        return Format.JSON
    if kind in _DELIMITED_TYPES:
        return Format.DELIMITED
    if kind in _CODE_TYPES:
        return Unreadable(f"text for machines, of type {kind}")
    if kind == "text/html" or kind in _NAMELESS or kind in _XML_TYPES or kind.endswith("+xml"):
        return None
    if kind.startswith("text/") or kind in _PLAIN_TYPES:
        return Format.PLAIN
    return (
        None
        if "/" not in kind or _HTML_START.match(body)
        else Unreadable(f"of type {kind[:60]}, which has no text to read")
    )


def format_from_text(text: str, content_type: str | None) -> Format | Unreadable:
    """Return the format of a decoded text whose Content-Type does not determine it."""
    kind = _essence(content_type)
    root = _root(text[:_LOOK])
    if root in _FEED_ROOTS and kind != "application/xhtml+xml":
        return Format.FEED
    if kind in _XML_TYPES or kind.endswith("+xml"):
        if root == "html" or kind in _HTML_TYPES:
            return Format.XHTML
        return Format.XML if root else Unreadable("XML without an element")
    if kind in _HTML_TYPES:
        return Format.HTML
    return _nameless(text[:_LOOK], root)


def _root(start: str) -> str:
    """Return the name of an XML document's first element, lower case, without its prefix; "" if there is none."""
    place = 0
    while passed := _BEFORE_ROOT.match(start, place):
        place = passed.end()
    found = _ROOT.match(start, place)
    return found.group(1).lower() if found else ""


def _nameless(start: str, root: str) -> Format:
    if root not in ("", "html") and start.lstrip("\ufeff \t\r\n").startswith("<?xml"):
        return Format.XML
    if start.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return Format.JSON
    return Format.HTML if _ANY_TAG.search(start) else Format.PLAIN


def _essence(content_type: str | None) -> str:
    return (content_type or "").split(";")[0].split(",")[0].strip().lower()
