"""Converts XHTML and SVG documents to HTML syntax, so that the rules of HTML pages rewrite them as well.

An HTML parser reads `<script/>` or `<title/>` as a start tag, and would take the rest of an XHTML document for a script or a title.
Expat parses the XML; no external entity is loaded, and a document that entities multiply is given up.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from html.entities import html5
from xml.parsers import expat

_XHTML = "http://www.w3.org/1999/xhtml"
_SVG = "http://www.w3.org/2000/svg"
_MATHML = "http://www.w3.org/1998/Math/MathML"
_XML = "http://www.w3.org/XML/1998/namespace"
_ATTRIBUTE_PREFIXES = {"http://www.w3.org/1999/xlink": "xlink:", _XML: "xml:"}
_KEPT_XML = frozenset({"lang", "space"})
_ROOTS = {"html": _XHTML, "svg": _SVG, "math": _MATHML}
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
# Their content would be read as text by an HTML parser, and nothing of it is shown.
_SKIPPED = frozenset("script iframe noembed noframes".split())
_RENAMED = {"xmp": "pre", "plaintext": "pre", "listing": "pre", "image": "img"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.:_\-]*")
_PSEUDO_ATTRIBUTE = re.compile(r"(href|type|media)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_MOST_GROWTH, _FREE_CHARS = 4, 100_000
_SVG_SIZE = "html,body{margin:0;height:100%}body>svg{display:block}body>svg:not([width]){width:100%}body>svg:not([height]){height:100%}"


def html_of_xml(text: str) -> str | None:
    """Return an XHTML or SVG document in HTML syntax, an SVG document as the only element of a page; None if it is neither or not well-formed.

    Elements of other namespaces, such as the data of drawing programs, are left out. A style sheet that a processing instruction names becomes a link.
    """
    writer = _Writer(_MOST_GROWTH * len(text) + _FREE_CHARS)
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.UseForeignDTD(True)  # an undeclared entity, such as &nbsp;, is then no error
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.text
    parser.SkippedEntityHandler = writer.entity
    parser.ProcessingInstructionHandler = writer.instruction
    try:
        parser.Parse(text.encode("utf-8"), True)
    except (expat.ExpatError, _Unfit, UnicodeEncodeError):
        return None
    return writer.page()


class _Unfit(Exception):
    """The document is no XHTML or SVG, or too long."""


class _Writer:
    """Writes HTML from the events of an XML parser."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._written: list[str] = []
        self._sheets: list[str] = []
        self._root = ""
        self._default = ""
        self._skipping = 0
        self._raw = False

    def page(self) -> str:
        content, sheets = "".join(self._written), "".join(self._sheets)
        if self._root == "html":
            return f"<!DOCTYPE html>{content.replace('<head>', '<head>' + sheets, 1) if sheets else content}"
        style = f"<style>{_SVG_SIZE}</style>" if self._root == "svg" else ""
        return f"<!DOCTYPE html><html><head>{style}{sheets}</head><body>{content}</body></html>"

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        namespace, local = self._named(name)
        if self._skipping or not local or (namespace == _XHTML and local in _SKIPPED) or local == "script":
            self._skipping += 1
            if self._skipping > 1 or local != "iframe":
                return
            self._write(f"<iframe{_attributes(attributes)}></iframe>")
            return
        self._raw = namespace == _XHTML and local == "style"
        # An HTML parser drops the first line break in these.
        self._write(f"<{local}{_attributes(attributes)}>" + ("\n" if local in ("pre", "textarea") else ""))

    def end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        namespace, local = self._named(name)
        self._raw = False
        if namespace != _XHTML or local not in _VOID:
            self._write(f"</{local}>")

    def text(self, text: str) -> None:
        if not self._skipping:
            # In CSS, an escaped slash is a slash.
            self._write(text.replace("</", "<\\/") if self._raw else html.escape(text, quote=False))

    def entity(self, name: str, is_parameter: bool) -> None:
        if not is_parameter and not self._skipping:
            self.text(html5.get(f"{name};", ""))

    def instruction(self, target: str, data: str) -> None:
        named = {name: double or single for name, double, single in _PSEUDO_ATTRIBUTE.findall(data)}
        if target == "xml-stylesheet" and named.get("type", "text/css").strip().lower() == "text/css":
            self._sheets.append(f'<link rel="stylesheet"{_attributes(_without_entities(named))}>')

    def _named(self, name: str) -> tuple[str, str]:
        """Return namespace and name of an element; the name is "" if it is not written."""
        namespace, _, local = name.rpartition(" ")
        if not self._root:
            self._default = namespace or _ROOTS.get(local, "")
            if local not in _ROOTS or self._default != _ROOTS[local]:
                raise _Unfit
            self._root = local
        namespace = namespace or self._default
        if namespace not in (_XHTML, _SVG, _MATHML) or not _NAME.fullmatch(local):
            return namespace, ""
        return namespace, _RENAMED.get(local, local) if namespace == _XHTML else local

    def _write(self, markup: str) -> None:
        self._room -= len(markup)
        if self._room < 0:
            raise _Unfit
        self._written.append(markup)


def _attributes(attributes: Mapping[str, str]) -> str:
    return "".join(
        f' {written}="{html.escape(value)}"' for name, value in attributes.items() if (written := _attribute(name))
    )


def _attribute(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    if not _NAME.fullmatch(local) or (namespace == _XML and local not in _KEPT_XML):
        return ""
    if not namespace:
        return local
    if namespace == _XML and local == "lang":
        return "lang"
    return _ATTRIBUTE_PREFIXES[namespace] + local if namespace in _ATTRIBUTE_PREFIXES else ""


def _without_entities(values: Mapping[str, str]) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in values.items()}
