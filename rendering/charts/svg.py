"""Elements of SVG as text: every attribute and text is escaped, every number is finite and short. Pure."""

from __future__ import annotations

import math
import unicodedata
from html import escape

from rendering.text_safety import one_line

_NARROW, _WIDE = 6.6, 12.0
"""Width of a character in a text of 12 pixels: Latin digits and letters at most, and East Asian wide ones."""


def element(name: str, content: str = "", /, **attributes: object) -> str:
    """Return an element. `content` is markup; attributes are escaped, those that are None are left out, and "_" in their names is "-" ("class_": class)."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def text_of(text: str) -> str:
    """Return a text on one line as markup, without characters that XML does not allow."""
    return escape(one_line(text), quote=False)


def lines_of(text: str) -> str:
    """Return a text of several lines as markup, without characters that XML does not allow."""
    return "\n".join(text_of(line) for line in text.split("\n"))


def number(value: float) -> str:
    """Return a coordinate with at most one decimal.

    Raises:
        ValueError: It is not finite.
    """
    if not math.isfinite(value):
        raise ValueError("a coordinate must be finite")
    written = f"{value:.1f}".removesuffix(".0")
    return "0" if written == "-0" else written


def width_of(text: str) -> float:
    """Return an upper estimate of a text's width at 12 pixels."""
    return sum(_WIDE if unicodedata.east_asian_width(sign) in "WF" else _NARROW for sign in text)


def fitted(text: str, width: float) -> str:
    """Return the beginning of a text that fits a width at 12 pixels, with an ellipsis where it is cut; "" where fewer than three characters fit."""
    if width_of(text) <= width:
        return text
    room, end = width - _WIDE, 0
    for sign in text:
        room -= width_of(sign)
        if room < 0:
            break
        end += 1
    return f"{text[:end].rstrip()}…" if end > 2 else ""


def _attribute(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    return escape(one_line(str(value)))
