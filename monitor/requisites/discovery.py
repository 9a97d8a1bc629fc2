"""Find the requisites of a response body by its format: HTML, SVG or CSS."""

from __future__ import annotations

import re
from html import unescape

from monitor.extraction.charset import decode
from monitor.extraction.formats.detection import Format, format_from_text, format_from_type
from monitor.extraction.formats.xhtml import as_html
from monitor.model import Requisite, RequisiteKind
from monitor.requisites.collector import Collector, RequisiteLimits
from monitor.requisites.markup import collect_from_markup
from monitor.requisites.style_sheets import collect_from_css, decode_style_sheet

_LIMITS = RequisiteLimits()
_XHTML = "application/xhtml+xml"
_HTML = frozenset({"text/html", _XHTML})
_SVG = re.compile(r"<(?:svg:)?svg[\s>]", re.IGNORECASE)
_XML_STYLE_SHEET = re.compile(
    r"<\?xml-stylesheet\s[^>]{0,500}?\bhref\s{0,9}=\s{0,9}[\"']([^\"'<>]{1,2000})", re.IGNORECASE
)
_BEGINNING = 4_096
"""Characters in which an XML document declares its root and its style sheets."""


def requisites_of(
    body: bytes, content_type: str | None, url: str, *, limits: RequisiteLimits = _LIMITS
) -> tuple[Requisite, ...]:
    """Return the resources that a body needs to look as it did. Never raises; takes time in proportion to the size of the body.

    The order is that of priority: style sheets; fonts and images in document order; icons; media; frames; alternatives (print and alternate style
    sheets, smaller candidates of a srcset); linked PDF documents. Within each, the order of the body.

    Args:
        body: Content-decoded bytes.
        content_type: The Content-Type field as received; None if it is missing (the bytes then decide; CSS is not recognised without it).
        url: The absolute URL of the response with this body.
        limits: What is beyond them is omitted.

    Returns:
        Each URL once, without the body's own; empty if the body is neither HTML, SVG nor CSS, or beyond the parse limits.
    """
    collector = Collector(url, limits)
    kind = (content_type or "").split(";")[0].split(",")[0].strip().lower()
    if kind == "text/css":
        collect_from_css(decode_style_sheet(body, content_type), collector)
    elif kind in _HTML:
        text = decode(body, content_type)
        if kind == _XHTML:
            _collect_from_xml_style_sheets(text, collector)
        collect_from_markup(as_html(text) if kind == _XHTML else text, collector)
    elif format_from_type(body, content_type) is None:
        _collect_from_unspecific(decode(body, content_type), content_type, collector)
    return collector.requisites()


def _collect_from_unspecific(text: str, content_type: str | None, collector: Collector) -> None:
    """Collect from a text whose Content-Type does not say that it is HTML."""
    form = format_from_text(text, content_type)
    if form is Format.XML and _SVG.search(text[:_BEGINNING]):
        _collect_from_xml_style_sheets(text, collector)
        collect_from_markup(text, collector)
    elif form in (Format.HTML, Format.XHTML):
        if form is Format.XHTML:
            _collect_from_xml_style_sheets(text, collector)
        collect_from_markup(as_html(text) if form is Format.XHTML else text, collector)


def _collect_from_xml_style_sheets(text: str, collector: Collector) -> None:
    """Collect the style sheets that processing instructions before the root of an XML document name."""
    for href in _XML_STYLE_SHEET.findall(text[:_BEGINNING]):
        collector.add(unescape(href), RequisiteKind.STYLE_SHEET)
