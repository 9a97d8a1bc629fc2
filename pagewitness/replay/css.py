"""Rewrites style sheets and style attributes: replaces every URL and leaves everything else unchanged.

tinycss2 parses whatever may contain a URL. It takes about 1 ms per KB, so a style sheet is first split at its semicolons and braces, and only pieces
that may contain a URL are parsed; a style sheet that cannot be split cleanly is parsed as a whole. Pieces in which nothing but plain url() can be a URL,
as nearly all are, are rewritten without tinycss2, to the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import tinycss2
from tinycss2.serializer import serialize_string_value

from monitor.requisites.css_parts import (
    BLOCKS,
    FUNCTIONS_OF_STRINGS,
    component_values,
    is_suspect,
    may_contain_url,
    pieces_of,
)

_PLAIN_URL = re.compile(
    r"(?<![\w\-])(url\([ \t]*)(?:\"([^\"\\\n\r\f\0]*+)\"|'([^'\\\n\r\f\0]*+)'|([^\s\"'()\\\x00-\x1f\x7f]++))([ \t]*\))",
    re.IGNORECASE,
)
# What makes other text than plain url() a URL, or a plain url() none.
_NOT_PLAIN = re.compile(r"[\"'\\\0]|/\*|url\(|@import|@namespace", re.IGNORECASE)
_CALL, _BRACKET = re.compile(r"\([^()\[\]]*+\)"), re.compile(r"[()\[\]]")
# A style sheet may be inside <style>, where only markup could end it; the escape has the same meaning in CSS.
_MARKUP = re.compile(r"<(?=[/!?a-zA-Z])")
# Most attributes: colours, lengths and keywords. Without brackets, quotes and escapes there is no URL, and without angle brackets no markup.
_WORDS = re.compile(r"[\w#%.,:; +\-]*+")

To = Callable[[str, str], str | None]
"""(URL, "im_" or "cs_") → its replay address; None if it must not be fetched."""


def rewrite_css(css: str, to: To) -> str:
    """Return the style sheet, or the declarations of a style attribute, with every URL replaced. Never raises.

    @namespace is unchanged, because it refers to no resource. A URL that must not be fetched becomes `about:invalid`, which fetches nothing.
    """
    if _WORDS.fullmatch(css):
        return css
    css = css.replace("<!--", "").replace("-->", "")
    if may_contain_url(css):
        pieces = pieces_of(css)
        css = _read(css, to) if pieces is None else "".join(_piece(piece, to) for piece in pieces)
    return _MARKUP.sub(r"\\3c ", css)


def _piece(piece: str, to: To) -> str:
    if not is_suspect(piece):
        return piece
    if _is_plain(piece):
        return _PLAIN_URL.sub(lambda found: _plain(found, to), piece)
    ending = piece[-1:] if piece[-1:] in ("{", "}") else ""
    return _read(piece.removesuffix(ending), to) + ending


def _is_plain(piece: str) -> bool:
    """Return whether nothing but plain url() in a piece can be a URL, and every bracket in it is closed."""
    rest = _PLAIN_URL.sub("", piece)
    return _NOT_PLAIN.search(rest) is None and _BRACKET.search(_CALL.sub("", _CALL.sub("", rest))) is None


def _plain(found: re.Match[str], to: To) -> str:
    opening, double, single, bare, closing = found.groups()
    url = next(text for text in (double, single, bare) if text is not None)
    quoted = f'"{serialize_string_value(to(url, "im_") or "about:invalid")}"'
    return f"url({quoted})" if bare is not None else f"{opening}{quoted}{closing}"


def _read(css: str, to: To) -> str:
    tokens = component_values(css)
    if tokens is None:
        return ""
    _replace(tokens, to)
    return str(tinycss2.serialize(tokens))


def _replace(tokens: list[Any], to: To, *, strings: bool = False) -> None:
    """Replace URLs in place, including strings that are URLs, as in @import and image-set()."""
    at_rule = ""
    for token in tokens:
        if token.type == "at-keyword":
            at_rule = token.lower_value
        elif token.type == "{} block" or (token.type == "literal" and token.value == ";"):
            at_rule = ""
        if at_rule == "namespace":
            continue
        kind = "cs_" if at_rule == "import" else "im_"
        if token.type == "url" or (token.type == "string" and (strings or at_rule == "import")):
            _point(token, to(token.value, kind) or "about:invalid")
        elif token.type == "function":
            _replace_in_function(token, to, kind)
        elif token.type in BLOCKS:
            _replace(token.content, to, strings=strings)


def _replace_in_function(token: Any, to: To, kind: str) -> None:
    def kept(url: str, _: str) -> str | None:
        return to(url, kind)

    _replace(token.arguments, kept, strings=token.lower_name in FUNCTIONS_OF_STRINGS)


def _point(token: Any, url: str) -> None:
    quoted = f'"{serialize_string_value(url)}"'
    token.representation = f"url({quoted})" if token.type == "url" else quoted
