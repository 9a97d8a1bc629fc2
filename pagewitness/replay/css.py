"""Rewrites style sheets and style attributes: replaces every URL and leaves everything else unchanged.

tinycss2 parses whatever may contain a URL. It takes about 1 ms per KB, so a style sheet is first split at its semicolons and braces, and only pieces
that may contain a URL are parsed; a style sheet that cannot be split cleanly is parsed as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import tinycss2
from tinycss2.serializer import serialize_string_value

# Not possessive as a whole, which the first releases of Python 3.11 match wrongly. The repetitions are bounded to limit the memory of backtracking.
_PIECE = re.compile(
    r"(?:[^;{}\"'\\/u]+|url\([ \t]*[^\s\"'()\\]++[ \t]*\)|u|/\*.*?(?:\*/|\Z)|/(?!\*)|\\."
    r"|\"[^\"\\\n\r\f]*+(?:\\.[^\"\\\n\r\f]*+){0,10000}\"|'[^'\\\n\r\f]*+(?:\\.[^'\\\n\r\f]*+){0,10000}'){0,10000}[;{}]?",
    re.IGNORECASE | re.DOTALL,
)
_MAY_NAME = re.compile(r"url\(|@import|image|src\(", re.IGNORECASE)
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", re.DOTALL)
# A style sheet may be inside <style>, where only markup could end it; the escape has the same meaning in CSS.
_MARKUP = re.compile(r"<(?=[/!?a-zA-Z])")
_FUNCTIONS_OF_STRINGS = frozenset({"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade"})
_MAX_NESTING = 100

To = Callable[[str, str], str | None]
"""(URL, "im_" or "cs_") → its replay address; None if it must not be fetched."""


def rewrite_css(css: str, to: To) -> str:
    """Return the style sheet, or the declarations of a style attribute, with every URL replaced. Never raises.

    @namespace is unchanged, because it refers to no resource. A URL that must not be fetched becomes `about:invalid`, which fetches nothing.
    """
    css = css.replace("<!--", "").replace("-->", "")
    if _MAY_NAME.search(css) or "\\" in css:
        pieces = _cut(css)
        css = _read(css, to) if pieces is None else "".join(_piece(piece, to) for piece in pieces)
    return _MARKUP.sub(r"\\3c ", css)


def _cut(css: str) -> list[str] | None:
    """Split the style sheet into pieces that each, except for the last, end with a semicolon or a brace; return None if that fails."""
    pieces = [piece for match in _PIECE.finditer(css) if (piece := match.group())]
    whole = all(piece[-1] in ";{}" for piece in pieces[:-1]) and "".join(pieces) == css
    return pieces if whole else None


def _piece(piece: str, to: To) -> str:
    if not _suspect(piece):
        return piece
    ending = piece[-1:] if piece[-1:] in ("{", "}") else ""
    return _read(piece.removesuffix(ending), to) + ending


def _suspect(piece: str) -> bool:
    return _MAY_NAME.search(piece) is not None or ("\\" in piece and "\\" in _STRING.sub("", piece))


def _read(css: str, to: To) -> str:
    try:
        tokens = tinycss2.parse_component_value_list(css)
    except ValueError:  # a number of more digits than `int` converts
        return ""
    if not _shallow(tokens):
        return ""
    _replace(tokens, to)
    return str(tinycss2.serialize(tokens))


def _shallow(tokens: list[Any]) -> bool:
    level: list[Any] = tokens
    for _ in range(_MAX_NESTING):
        level = [inner for token in level for inner in _inside(token)]
        if not level:
            return True
    return False


def _inside(token: Any) -> Iterable[Any]:
    return getattr(token, "arguments", None) or getattr(token, "content", None) or ()


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
        elif token.type in ("{} block", "[] block", "() block"):
            _replace(token.content, to, strings=strings)


def _replace_in_function(token: Any, to: To, kind: str) -> None:
    def kept(url: str, _: str) -> str | None:
        return to(url, kind)

    _replace(token.arguments, kept, strings=token.lower_name in _FUNCTIONS_OF_STRINGS)


def _point(token: Any, url: str) -> None:
    quoted = f'"{serialize_string_value(url)}"'
    token.representation = f"url({quoted})" if token.type == "url" else quoted
