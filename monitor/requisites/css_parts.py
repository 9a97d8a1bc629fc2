"""Split CSS into the parts that may contain a URL, which alone are parsed: tinycss2 takes about 1 ms per KB."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import tinycss2

# Not possessive as a whole, which the first releases of Python 3.11 match wrongly. The repetitions are bounded to limit the memory of backtracking.
_PIECE = re.compile(
    r"(?:[^;{}\"'\\/u]+|url\([ \t]*[^\s\"'()\\]++[ \t]*\)|u|/\*.*?(?:\*/|\Z)|/(?!\*)|\\."
    r"|\"[^\"\\\n\r\f]*+(?:\\.[^\"\\\n\r\f]*+){0,10000}\"|'[^'\\\n\r\f]*+(?:\\.[^'\\\n\r\f]*+){0,10000}'){0,10000}[;{}]?",
    re.IGNORECASE | re.DOTALL,
)
_NAMES = ("url(", "@import", "image", "src(")
_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", re.DOTALL)
_MAX_NESTING = 100

FUNCTIONS_OF_STRINGS = frozenset({"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade"})
"""Functions, in lower case, whose strings are URLs."""
BLOCKS = ("{} block", "[] block", "() block")
"""tinycss2's types of a block."""


def may_contain_url(css: str) -> bool:
    """Return whether a style sheet may contain a URL; True in doubt."""
    return "\\" in css or _has_name(css)


def pieces_of(css: str) -> list[str] | None:
    """Split a style sheet into pieces that each, except for the last, end with a semicolon or a brace; return None if that fails."""
    pieces = [piece for match in _PIECE.finditer(css) if (piece := match.group())]
    whole = all(piece[-1] in ";{}" for piece in pieces[:-1]) and "".join(pieces) == css
    return pieces if whole else None


def is_suspect(piece: str) -> bool:
    """Return whether a piece of a style sheet may contain a URL; an escape inside a string is none, one elsewhere may spell `url`."""
    return _has_name(piece) or ("\\" in piece and "\\" in _STRING.sub("", piece))


def _has_name(css: str) -> bool:
    lowered = css.lower()  # ten times as fast as a pattern that ignores case
    return any(name in lowered for name in _NAMES)


def component_values(css: str) -> list[Any] | None:
    """Return the component values of CSS as parsed by tinycss2; None if it is nested too deep, or has a number of more digits than `int` converts."""
    try:
        tokens: list[Any] = tinycss2.parse_component_value_list(css)
    except ValueError:
        return None
    return tokens if _is_shallow(tokens) else None


def _is_shallow(tokens: list[Any]) -> bool:
    level = tokens
    for _ in range(_MAX_NESTING):
        level = [inner for token in level for inner in _inside(token)]
        if not level:
            return True
    return False


def _inside(token: Any) -> Iterable[Any]:
    return getattr(token, "arguments", None) or getattr(token, "content", None) or ()
