"""Find the requisites of CSS: imports, fonts, and images in any url() or image-set()."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from monitor.extraction.charset import decode
from monitor.model import RequisiteKind
from monitor.requisites.collector import Collector
from monitor.requisites.css_parts import (
    BLOCKS,
    FUNCTIONS_OF_STRINGS,
    component_values,
    is_suspect,
    may_contain_url,
    pieces_of,
)

_FONT_FACE = re.compile(r"@font-face(?![\w-])", re.IGNORECASE)
_CHARSET = re.compile(rb'@charset "([^"\x80-\xff]{1,40})";')
_CHARSET_FIELD = re.compile(r";\s*+charset\s*+=", re.IGNORECASE)
_UNSUPPORTED = frozenset({"embedded-opentype", "svg", "eot"})
"""Font formats that no current browser loads, as format() and as the ending of a file."""
_LONGEST = 4 * 1024 * 1024
"""Maximum number of characters of a style sheet; the rest of a longer one is ignored. Splitting this many into parts takes a second."""
_PART_CHARS = 50
"""Parsing a part takes as long as this many characters, whatever its length."""


def decode_style_sheet(body: bytes, content_type: str | None) -> str:
    """Return a style sheet as text: by its byte order mark, the Content-Type, its @charset rule (CSS Syntax §3.2), then as any text."""
    rule = _CHARSET.match(body)
    if rule is not None and _CHARSET_FIELD.search(content_type or "") is None:
        label = rule[1].decode("ascii").strip().lower()
        # A rule that is readable as ASCII cannot be in UTF-16.
        return decode(body, f"text/css; charset={'utf-8' if label.startswith('utf-16') else label}")
    return decode(body, content_type)


def collect_from_css(css: str, collector: Collector) -> None:
    """Collect the requisites of a style sheet, or of the declarations of a style attribute. @namespace refers to no resource.

    Of the sources of a font, only the first that browsers support is collected, because they load no other: see `_supported`.
    """
    css = css[:_LONGEST].replace("<!--", "").replace("-->", "")
    if not may_contain_url(css):
        return
    for part, is_font_face in _parts(css):
        is_full = all(map(collector.is_full, (RequisiteKind.STYLE_SHEET, RequisiteKind.IMAGE)))
        if is_full or collector.css_chars <= 0:
            return
        tokens = component_values(part[: collector.css_chars])
        collector.css_chars -= len(part) + _PART_CHARS
        if tokens is not None and is_font_face:
            _collect_font(tokens, collector)
        elif tokens is not None:
            _collect(tokens, collector)


def _parts(css: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a style sheet that may contain a URL, each with whether it is the content of @font-face."""
    pieces = pieces_of(css)
    if pieces is None:
        yield css, False
        return
    face: list[str] | None = None
    for piece in pieces:
        if face is not None:
            face.append(piece.removesuffix("}"))
            if piece.endswith("}"):
                if any(map(is_suspect, face)):
                    yield "".join(face), True
                face = None
        elif piece.endswith("{") and _FONT_FACE.search(piece):
            face = []
        elif is_suspect(piece):
            yield piece.removesuffix("{").removesuffix("}"), False
    if face:
        yield "".join(face), True


def _collect(
    tokens: list[Any], collector: Collector, inherited: RequisiteKind | None = None, *, strings: bool = False
) -> None:
    """Collect the URLs of component values, including strings that are URLs, as in @import and image-set().

    Args:
        tokens: The component values.
        collector: Where they are collected.
        inherited: The kind of all URLs in the arguments of a function; None if the at-rule decides.
        strings: Whether strings are URLs.
    """
    at_rule = ""
    for token in tokens:
        if token.type == "at-keyword":
            at_rule = token.lower_value
            continue
        ends = token.type == "{} block" or (token.type == "literal" and token.value == ";")
        is_font_face = token.type == "{} block" and at_rule == "font-face"
        at_rule = "" if ends else at_rule
        kind = inherited or (RequisiteKind.STYLE_SHEET if at_rule == "import" else RequisiteKind.IMAGE)
        if is_font_face:
            _collect_font(token.content, collector)
        elif at_rule == "namespace":
            continue
        elif token.type == "url" or (token.type == "string" and (strings or at_rule == "import")):
            collector.add(token.value, kind)
        elif token.type == "function":
            _collect(token.arguments, collector, kind, strings=token.lower_name in FUNCTIONS_OF_STRINGS)
        elif token.type in BLOCKS:
            _collect(token.content, collector, inherited, strings=strings)


def _collect_font(tokens: list[Any], collector: Collector) -> None:
    """Collect the source of the font of an @font-face rule.

    A later `src` overrides an earlier one, which is a fallback for old browsers; it is used if the later one has no format that browsers support.
    """
    for source in reversed(_sources(tokens)):
        url = next(filter(None, map(_supported, source)), None)
        if url is not None:
            collector.add(url, RequisiteKind.FONT)
            return


def _sources(tokens: list[Any]) -> list[list[list[Any]]]:
    """Return the `src` descriptors of declarations, each as its comma-separated entries."""
    found: list[list[list[Any]]] = []
    for declaration in _split(tokens, ";"):
        name, colon, *values = [token for token in declaration if token.type not in ("whitespace", "comment")] + [
            None
        ] * 2
        if (
            name is not None
            and colon is not None
            and name.type == "ident"
            and name.lower_value == "src"
            and colon == ":"
        ):
            found.append(_split([value for value in values if value is not None], ","))
    return found


def _split(tokens: list[Any], at: str) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == at:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _supported(entry: list[Any]) -> str | None:
    """Return the URL of an entry of `src`, data: included; None if it has none (local()) or browsers do not support its format.

    Browsers load the first entry with a supported format (CSS Fonts §4.3.1). Without format() they try the file, so its ending decides here.
    """
    url = next(filter(None, map(_url_of, entry)), None)
    if url is None:
        return None
    hint = next((token for token in entry if token.type == "function" and token.lower_name == "format"), None)
    if hint is None:
        ending = url.partition("#")[0].partition("?")[0].rpartition(".")[2]
    else:
        ending = next((token.value for token in hint.arguments if token.type in ("string", "ident")), "")
    return None if ending.lower() in _UNSUPPORTED else url


def _url_of(token: Any) -> str | None:
    """Return the URL of a url() token, whether quoted or not; None for any other token."""
    if token.type == "function" and token.lower_name in ("url", "src"):
        return next((inner.value for inner in token.arguments if inner.type == "string"), None)
    return token.value if token.type == "url" else None
